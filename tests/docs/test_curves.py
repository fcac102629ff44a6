"""The page of named curves is of the catalogue."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_is_of_this_catalogue():
    done = subprocess.run(
        [sys.executable, "docs/curves.py", "--check"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_check_sees_a_change(tmp_path):
    for name in ("curves.py", "curves.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("| Kepler", "| Brahe"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "curves.py", "--check"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 1 and b"run python docs/curves.py" in done.stderr
