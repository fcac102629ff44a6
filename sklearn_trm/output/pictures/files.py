"""A picture written to a file, by its name; no window opens."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from ..whole_files import write_whole
from .dependence import DependenceDisplay
from .display import Display
from .front import FrontDisplay
from .law import LawDisplay
from .overview import OverviewDisplay
from .residuals import ResidualsDisplay
from .series import SeriesDisplay
from .style import need_matplotlib, style
from .velocity import VelocityDisplay

PICTURES: dict[str, Any] = {
    "overview": OverviewDisplay, "law": LawDisplay, "residuals": ResidualsDisplay,
    "partial_dependence": DependenceDisplay, "series": SeriesDisplay, "front": FrontDisplay,
    "velocity": VelocityDisplay,
}  # fmt: skip
_OF_ROWS = ("overview", "law", "residuals", "series")  # take X and y


def save_picture(
    path: str | Path, est: Any, X: Any, y: Any, picture: str = "overview", **options: Any
) -> None:
    """Write the picture that ``est.plot`` has under a name.

    Parameters
    ----------
    path : str or Path
        Its ending says the kind: png, svg, pdf.
    est : estimator
    X : array-like of shape (n, d)
    y : array-like of shape (n,)
    picture : str, default="overview"
        One of `PICTURES`.
    **options
        Of its `from_estimator`.
    """
    need_matplotlib()
    data = (X, y) if picture in _OF_ROWS else (X,) if picture == "partial_dependence" else ()
    if picture in ("front", "velocity"):  # these know no target
        options = {}
    with style():
        from matplotlib.figure import Figure

        figure = Figure(layout="constrained")  # of its own: no global state
        shown: Display = PICTURES[picture].from_estimator(est, *data, ax=figure, **options)
        figure.set_size_inches(shown._size())
        drawn = BytesIO()
        target = Path(path)
        target = target if target.suffix else target.with_name(f"{target.name}.png")
        figure.savefig(drawn, dpi=160, format=target.suffix[1:].lower())
    write_whole(target, drawn.getvalue())
