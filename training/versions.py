"""``python -m training.ablate --versions``: all published weights on the same held-out laws.

How the rate rises with the laws seen. The scores in old registries do not tell: the held-out
laws, their verdict and the settings have changed since.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn_trm.network import weights
from sklearn_trm.network.refine import Refiner

from .evaluate import Settings, evaluate_refiner, untrained
from .laws import DATA_VERSION

ROOT = Path(__file__).resolve().parent.parent


def published(name: str = "tiny") -> Iterator[bytes]:
    """Weights files of the git history, newest first."""
    path = f"pretrained/{name}.safetensors"

    def git(*command: str) -> bytes:
        return subprocess.run(["git", "-C", str(ROOT), *command], capture_output=True).stdout

    for commit in git("log", "--format=%H", "--", path).decode().split():
        if file := git("show", f"{commit}:{path}"):
            yield file


def measure(laws: list) -> list[dict[str, Any]]:
    """Laws seen and rates of each version, of the untrained network first.

    Versions that were trained on benchmark laws (data version 1) are left out.
    """
    rows = [{"seen": 0, "data_version": DATA_VERSION}
            | _rates(untrained("tiny"), laws)]  # fmt: skip
    for file in published():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "weights.safetensors"
            path.write_bytes(file)
            facts = weights.read(str(path))[1]
            if facts["data_version"] == "1":
                continue
            row = {"seen": facts["laws"], "data_version": facts["data_version"]}
            rows.append(row | _rates(Refiner.load(str(path)), laws))
    return sorted(rows, key=lambda row: row["seen"])


def _rates(refiner: Refiner, laws: list) -> dict[str, Any]:
    scores = evaluate_refiner(refiner, laws, Settings())
    return {key: scores[key] for key in ("laws", "exact", "by_filled_cells")}
