"""Files that appear whole or not at all, and lines that a kill or a full disk can't tear."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from os import PathLike
from pathlib import Path


def write_whole(path: str | PathLike[str], content: str | bytes) -> Path:
    """Write a file beside its place, then put it there in one step.

    What stood there before is there until then, also when the disk is full or the process is
    killed. Devices and pipes are written to as they are; a link goes on being one.

    Raises
    ------
    OSError
        If the folder can't be written to, or the disk is full; nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    data = content.encode("utf-8") if isinstance(content, str) else content
    if target.exists() and not target.is_file():
        target.write_bytes(data)
        return Path(path)
    part = target.with_name(f"{target.name[:100]}.{os.getpid()}.part")
    try:
        with open(part, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except FileExistsError:  # of a process with this number that was killed
        part.unlink()
        return write_whole(path, content)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return Path(path)


def append_line(path: str | PathLike[str], line: str) -> None:
    """Append a line in one write; where it can't be whole, the file stays as it was.

    Raises
    ------
    OSError
        If the file can't be written to, or the disk is full.
    """
    data = line.encode("utf-8") + b"\n"
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":  # of a writer that was killed
            data = b"\n" + data
        try:
            written = os.write(file, data)
            if written < len(data):
                raise OSError(errno.ENOSPC, "no space left for a whole line", str(path))
        except OSError:
            os.ftruncate(file, size)
            raise
        os.fsync(file)
    finally:
        os.close(file)


def whole_lines(path: str | PathLike[str]) -> list[str]:
    """The lines of a file that end as lines do; none where there is no file."""
    try:
        text = Path(path).read_bytes()
    except FileNotFoundError:
        return []
    return [line.decode("utf-8", "replace") for line in text.split(b"\n")[:-1] if line.strip()]
