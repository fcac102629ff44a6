"""Where compiled code is kept: the user's own folder, or nowhere.

Kept programs are run when they are read back, so nobody else may be able to write them:
the folder belongs to this user, and no other may write to it or put another in its place.
Where that cannot be had nothing is kept, and each process compiles for itself.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import sys
from pathlib import Path

VARIABLE = "SKLEARN_TRM_CACHE"


def folder() -> Path | None:
    """The folder for compiled code; None where nothing is kept.

    It is ``sklearn-trm`` in the platform's cache folder. The environment variable
    ``SKLEARN_TRM_CACHE`` names another one, or is ``off``. It may be deleted at any time.

    Examples
    --------
    >>> import os
    >>> from sklearn_trm.cache import folder
    >>> os.environ["SKLEARN_TRM_CACHE"] = "off"  # doctest: +SKIP
    >>> folder()  # doctest: +SKIP
    """
    return _folder(os.environ.get(VARIABLE, "").strip())


@functools.cache
def _folder(wish: str) -> Path | None:
    if wish.lower() == "off":
        return None
    try:
        place = Path(wish).expanduser().absolute() if wish else _usual()
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place.resolve() if _is_private(place) else None
    except (OSError, RuntimeError):  # not to be made or read, a circle of links, or no home
        return None


def _usual() -> Path:
    place: str | Path
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        place = Path.home() / "Library" / "Caches"
    else:
        place = os.environ.get("XDG_CACHE_HOME", "")
        # a relative path there is to be ignored, says the specification
        place = place if os.path.isabs(place) else Path.home() / ".cache"
    return Path(place) / "sklearn-trm"


def _is_private(place: Path) -> bool:
    """Whether this user alone can say what lies in `place`, and can write there."""
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return False
    if os.name == "nt":  # folders of a profile are its user's; modes say nothing there
        return True
    link, facts, user = place.lstat(), place.stat(), os.geteuid()
    if link.st_uid != user or facts.st_uid != user or facts.st_mode & 0o022:
        return False
    for above in place.resolve().parents:
        mode = above.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return False  # anyone can move the folder away
    return True


@functools.cache
def source_stamp(*folders: Path) -> str:
    """A hash of all Python sources in `folders`: code compiled from others is stale."""
    digest = hashlib.sha256()
    for place in folders:
        for path in sorted(place.glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
