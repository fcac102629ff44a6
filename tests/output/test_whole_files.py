"""Files appear whole or not at all, also on a full disk; lines too."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import sklearn_trm
from sklearn_trm import load
from sklearn_trm.output.whole_files import append_line, whole_lines, write_whole

ROOT = Path(sklearn_trm.__file__).resolve().parents[1]
SAVED = Path(__file__).parents[1] / "saved" / "0.1.0.dev0" / "regressor.json"


@contextmanager
def little_room():
    """A disk on which no file may have more than 600 bytes: no fixture, for pytest writes too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_is_written_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "a"
    for content in ("first", b"second", ""):
        assert write_whole(path, content) == path
        assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    path.chmod(0o640)
    (tmp_path / "link").symlink_to(path)
    write_whole(tmp_path / "link", "by a link")
    assert path.read_text() == "by a link" and (tmp_path / "link").is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "link"]
    write_whole("/dev/null", "goes nowhere")
    assert Path("/dev/null").is_char_device()


def test_what_a_killed_process_left_is_no_obstacle(tmp_path):
    (tmp_path / f"a.{os.getpid()}.part").write_text("half")
    write_whole(tmp_path / "a", "whole")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("stood", [None, "what stood there"])
def test_a_full_disk_leaves_what_was_there(tmp_path, stood):
    path = tmp_path / "law.json"
    if stood is not None:
        path.write_text(stood)
    est = load(SAVED)
    for write in (lambda: est.save(path), lambda: write_whole(path, "x" * 601)):
        with little_room(), pytest.raises(OSError, match=r"too large|No space"):
            write()
        assert [p.name for p in tmp_path.iterdir()] == ([] if stood is None else ["law.json"])
    assert stood is None or path.read_text() == stood


def test_a_folder_that_is_not_there_or_no_folder(tmp_path):
    (tmp_path / "file").write_text("")
    for place in ("nowhere/law.json", "file/law.json"):
        with pytest.raises(OSError):
            load(SAVED).save(tmp_path / place)
    if os.geteuid():  # root may write everywhere
        tmp_path.chmod(0o500)
        with pytest.raises(PermissionError):
            load(SAVED).save(tmp_path / "law.json")
        tmp_path.chmod(0o700)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_lines_are_whole(tmp_path):
    path, line = tmp_path / "lines", "x" * 99
    with little_room():
        for _ in range(6):
            append_line(path, line)
        with pytest.raises(OSError):
            append_line(path, line)
    assert whole_lines(path) == [line] * 6 and path.stat().st_size == 600
    path.write_bytes(path.read_bytes()[:250])
    assert whole_lines(path) == [line] * 2
    append_line(path, "y")
    assert path.read_text().splitlines() == [line, line, "x" * 50, "y"]
    assert whole_lines(tmp_path / "nowhere") == []


def test_a_process_that_is_killed_while_it_writes_tears_nothing(tmp_path):
    """Twenty kills at random moments: each time one of the two contents, whole."""
    code = (
        "import sys\nfrom sklearn_trm.output.whole_files import append_line, write_whole\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for sign in 'ab':\n"
        "        write_whole(sys.argv[1], sign * 300_000)\n"
        "        append_line(sys.argv[2], sign * 5_000)\n"
    )
    page, lines = tmp_path / "page", tmp_path / "lines"
    for i in range(20):
        run = subprocess.Popen([sys.executable, "-c", code, page, lines], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE)  # fmt: skip
        assert run.stdout.readline() == "ready\n"
        try:
            run.wait(0.005 * i)
        except subprocess.TimeoutExpired:
            run.kill()
        run.communicate()
        if page.exists():
            assert page.read_text() in ("a" * 300_000, "b" * 300_000)
    told = whole_lines(lines)
    assert len(told) > 5 and {len(set(line)) for line in told} == {1}
    assert {len(line) for line in told} <= {5_000}
