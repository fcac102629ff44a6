"""Files and pickles of every earlier version load and say what they said (tests/saved)."""

from __future__ import annotations

import json
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sklearn_trm
from tests.saved.writing import HERE, outputs

MOVED = "sklearn_trm.* is now sklearn_trm"  # old names of modules, for one release
VERSIONS = sorted(p for p in HERE.iterdir() if (p / "expected.json").exists() and p.name != "0.1")
FILES = [p for folder in VERSIONS for p in sorted(folder.iterdir()) if p.stem != "expected"]


def test_the_present_version_is_kept():
    release = re.sub(r"\.dev\d+$", "", sklearn_trm.__version__)
    kept = [p.name for p in VERSIONS]
    assert sklearn_trm.__version__ in kept or release in kept, (
        f"no files of {sklearn_trm.__version__}: python -m tests.saved.writing"
    )
    assert len(FILES) >= 20


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.name}")
def test_what_an_earlier_version_wrote_says_the_same(path: Path):
    told = json.loads((path.parent / "expected.json").read_text(encoding="utf-8"))[path.stem]
    rows = pd.DataFrame(told["rows"])
    if path.stem == "dates":
        rows["day"] = pd.to_datetime(rows["day"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", MOVED, DeprecationWarning)
        if path.suffix == ".pickle":
            estimator = pickle.loads(path.read_bytes())
        else:
            estimator = sklearn_trm.load(path)
        values = outputs(estimator, rows)
        if values.dtype.kind == "f":
            np.testing.assert_allclose(values, told["predictions"], rtol=1e-12)
        else:  # classes
            assert values.tolist() == told["predictions"]
        assert getattr(estimator, "expr_", None) == told["laws"]
        if path.stem not in ("transformer", "operator"):
            assert isinstance(estimator.export("sql"), str | list)
            assert len(np.atleast_1d(estimator.choose("accuracy").latex())) >= 1
