"""How the law was thought, as one HTML page that plays: velocity, latent and answer together."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from ..whole_files import write_whole
from .grid import Tree, trees
from .style import cut
from .thinking import Thinking, plane, think_again

_MOST_FRAMES = 2000  # about 1 KB each
_CLOUD = 16  # random beginnings that are shown
_LAW = 300  # characters of a law

CAPTION = (
    "Look for the moment at which the velocity falls below the threshold and the cells of the "
    "answer stop changing: the thought has crystallised."
)


def animation(
    est: Any, path: str | Path = "aha.html", X: Any = None, y: Any = None, *, lane: int = 0
) -> Path:
    """Write a page that plays how the network thought in a fit.

    Look for the moment at which the velocity falls below the threshold and the cells of the answer
    stop changing: the thought has crystallised. One file, without network access.

    Parameters
    ----------
    est : TRMSymbolicRegressor or TRMSymbolicClassifier
        Fitted with a network, of one target.
    path : str or Path, default="aha.html"
    X, y : array-like, optional
        The table of the fit; needed for an estimator from a pickle or a file.
    lane : int, default=0
        Whose answers are shown.

    Returns
    -------
    Path
        Of the file.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(random_state=0).fit(x, 3 * x[:, 0] ** 2)  # doctest: +SKIP
    >>> est.plot.animation("aha.html")  # doctest: +SKIP
    """
    seen = think_again(est, X, y)
    film = {
        "threshold": float(est.threshold),
        "levels": _levels(seen, lane),
        "frames": _frames(seen, lane),
    }
    text = json.dumps(film, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":  # nothing in a name ends the script
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    page = files(__package__).joinpath("animation.html").read_text(encoding="utf-8")
    return write_whole(path, page.replace("@FILM@", text))


def _levels(seen: Thinking, lane: int) -> int:
    filled = [
        i
        for k in range(len(seen.films))
        for tree in trees(seen, k, lane)
        for i, text in enumerate(tree.texts)
        if text
    ]
    return int(max(filled, default=0) + 1).bit_length()


def _frames(seen: Thinking, lane: int) -> list[dict[str, Any]]:
    """One frame an iteration, and one of the beginning."""
    cloud, begin, *latents = _flat(seen)
    still = [None] * begin.shape[0]
    cells = len(trees(seen, 0, lane)[0].texts)
    frames: list[dict[str, Any]] = [{
        "step": 1, "iteration": 0, "first": True, "v": still, "z": _points(begin),
        "g": [0] * cells, "law": "", "c": _points(cloud[0]),
    }]  # fmt: skip
    before: Tree | None = None
    for k, film in enumerate(seen.films):
        written = trees(seen, k, lane)
        if k and len(frames) + len(written) > _MOST_FRAMES:
            break
        for t, tree in enumerate(written):
            frame = {
                "step": k + 1,
                "iteration": t + 1,
                "first": t == 0 and k > 0,
                "v": [_number(v) for v in film.velocities[t]],
                "z": _points(latents[k][t]),
                "g": _cells(tree, before),
                "law": cut(seen.laws[k], _LAW) if t == len(written) - 1 else "",
            }
            if k == 0:
                frame["c"] = _points(cloud[min(t + 1, len(cloud) - 1)])
            frames.append(frame)
            before = tree
    return frames


def _flat(seen: Thinking) -> list[np.ndarray]:
    """Cloud, beginning, and lanes of each step, in the widest plane of beginnings and rests."""
    cloud, begin = seen.cloud[:, :_CLOUD], seen.films[0].start
    rests = [film.latent[-1] for film in seen.films]
    middle, axes, _ = plane(np.concatenate([cloud[0], *rests]))
    parts = [cloud, begin, *(film.latent for film in seen.films)]
    return [(part - middle) @ axes.T for part in parts]


def _points(points: np.ndarray) -> list[list[float]]:
    return [[round(float(a), 2), round(float(b), 2)] for a, b in points]


def _number(value: float) -> float | None:
    return float(f"{value:.3g}") if np.isfinite(value) else None


def _cells(tree: Tree, before: Tree | None) -> list[Any]:
    """Text, certainty and change of each cell; 0 where it is empty."""
    changed = set(tree.changed(before))
    return [
        [text, _number(sure), int(i in changed)] if text else 0
        for i, (text, sure) in enumerate(zip(tree.texts, tree.certainty, strict=True))
    ]
