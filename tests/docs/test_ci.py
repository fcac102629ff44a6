"""What the server runs is there: files move, and a script that names them is read by nobody."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_fast_tests_are_where_ci_looks_for_them():
    named = re.findall(r"(?<!\S)tests/[\w/.]+", (ROOT / ".ci/run").read_text(encoding="utf-8"))
    assert len(named) > 5
    assert not [path for path in named if not (ROOT / path).exists()]
