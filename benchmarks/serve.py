"""A peer in a process of its own, which stays for many fits.

`Server` is the near side; ``python -m benchmarks.serve PEER CORE`` is the far one, in the
Python that the peer lives in. It is pinned to one core where the system can do that, warms
up with a small fit, and takes one job after the other. A fit that does not come back is
killed with its process, and the next job starts a new one.
"""

from __future__ import annotations

import json
import os
import platform
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from .peers import ONE_CORE, run

ROOT = Path(__file__).parents[1]
SLACK = (20, 120)  # a fit may take 20 times its limit plus 120 s of wall time: cores are shared
DISTRIBUTION = {
    "ours": "sklearn-trm", "guided": "sklearn-trm", "network": "sklearn-trm",
    "linear": "scikit-learn", "boosting": "scikit-learn", "rils-rols": "rils-rols",
}  # fmt: skip


def cores() -> list[int]:
    """Numbers of the cores that this process may use; none where the system does not tell."""
    get = getattr(os, "sched_getaffinity", None)
    return sorted(get(0)) if get else []


class Server:
    """One peer's process: started when needed, killed when it hangs.

    Parameters
    ----------
    peer : str
    python : str, optional
        The Python that the peer lives in; this one when omitted.
    core : int, optional
        The core that the process is pinned to.
    """

    def __init__(self, peer: str, python: str | None = None, core: int | None = None) -> None:
        self.peer, self.python, self.core = peer, python or sys.executable, core
        self.facts: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()

    def fit(
        self, X: np.ndarray, y: np.ndarray, X_test: np.ndarray, limit: float, seed: int
    ) -> dict[str, Any]:
        """What `peers.run` returns, from the other process."""
        if self._process is None and (answer := self._start()).get("error"):
            return answer
        job = self._folder / "job.npz"
        np.savez(job, X=X, y=y, X_test=X_test)
        return self._ask({"job": str(job), "limit": limit, "seed": seed}, SLACK[0] * limit)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Server:
        self._folder = Path(tempfile.mkdtemp())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> dict[str, Any]:
        core = "" if self.core is None else str(self.core)
        try:
            self._process = subprocess.Popen(
                # -P: the current folder must not shadow what the peer imports
                [self.python, "-P", "-m", "benchmarks.serve", self.peer, core],
                env=os.environ | ONE_CORE | {"PYTHONPATH": str(ROOT), "GHCRTS": "-N1"},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            return {"error": repr(error)}
        answer = self._ask(None, 0.0)  # the warm-up
        self.facts = answer.get("facts", {})
        return answer

    def _ask(self, job: dict[str, Any] | None, seconds: float) -> dict[str, Any]:
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            self.close()
            return {"error": "the process died"}
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds + SLACK[1]):
                self.close()
                return {"error": f"no answer within {seconds + SLACK[1]:.0f} s"}
        line = process.stdout.readline()
        if not line:
            self.close()
            return {"error": "the process died"}
        return dict(json.loads(line))


def _facts(peer: str) -> dict[str, Any]:
    """Versions in this process, and the core."""
    versions = {"python": platform.python_version()}
    for name in (DISTRIBUTION.get(peer, peer), "numpy", "scikit-learn", "jax"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {"versions": versions, "cores": cores()}


def _warm_up(peer: str) -> dict[str, Any]:
    """Small fits, so that imports and compilation are no part of a measured fit."""
    rng = np.random.default_rng(0)
    answer: dict[str, Any] = {}
    for columns in (1, 2, 6):  # few and many columns are compiled apart
        X = rng.uniform(1, 2, (40, columns))
        answer = run(peer, X, np.sin(3.3 * X[:, 0] ** 1.7) + np.cos(X[:, -1]), X, 1.5, 0)
    return answer


def main() -> None:
    peer, core = sys.argv[1:]
    # whatever a peer prints goes nowhere: the pipe carries one line a job
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if core and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    for line in sys.stdin:
        job = json.loads(line)
        if job is None:
            answer = {k: v for k, v in _warm_up(peer).items() if k in ("error", "skipped")}
            answer["facts"] = _facts(peer)
            answer.pop("error", None)  # too small a table for it, perhaps
        else:
            table = np.load(job["job"])
            begin = time.perf_counter()
            answer = run(peer, table["X"], table["y"], table["X_test"], job["limit"], job["seed"])
            answer.setdefault("seconds", time.perf_counter() - begin)
        pipe.write(json.dumps(answer) + "\n")
        pipe.flush()


if __name__ == "__main__":
    main()
