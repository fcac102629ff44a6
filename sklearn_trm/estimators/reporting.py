"""What an estimator says of its laws: a page, an explanation, the short forms of notebooks."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

from .targets import by_target

if TYPE_CHECKING:
    from ..output.explaining import Explanation


class ReportMixin:
    """Methods by which an estimator tells people of its laws."""

    def report(
        self, path: str | PathLike[str] | None = None, X: Any = None, y: Any = None, *,
        target: Any = None, units: Any = None, y_units: Any = None, title: str | None = None,
    ) -> Path | str:  # fmt: skip
        """Write a page about the laws: one HTML file that needs no network.

        It shows the law typeset, the front to choose from, and of each law the fit, what it
        leaves, its constants and code in ten languages; beside these what a reader has to
        know, why this law, where to measure next, settings and versions.

        Parameters
        ----------
        path : str or path-like, optional
            Where to write; without it the page is returned as a text.
        X : array-like or DataFrame of shape (n, d), optional
        y : array-like of shape (n,) or (n, n_targets), optional
            The table of the fit, or another one, for an estimator keeps no data. Of more than
            500 rows the pictures show 500; all numbers count every row. Without a table the page
            shows the laws alone.
        target : str or sequence of str, optional
            Name of the target, or of each; that of ``y`` when omitted.
        units : dict of str to str, or sequence of str, optional
            Units of the columns, to be shown: ``{"x0": "m"}``.
        y_units : str or sequence of str, optional
            Unit of the target, or of each.
        title : str, optional

        Returns
        -------
        pathlib.Path or str
            The file, or the page without `path`. It holds at most a megabyte: of long fronts
            fewer laws are shown, and the page says so.

        Raises
        ------
        DataError
            For a table that does not fit the estimator.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_trm import TRMSymbolicRegressor
        >>> X = np.linspace(1, 4, 12)[:, None]
        >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(X, 3 * X[:, 0] ** 2)
        >>> page = est.report(None, X, 3 * X[:, 0] ** 2, y_units="m")
        >>> page.splitlines()[0], "<script src" in page
        ('<!DOCTYPE html>', False)
        """
        from ..output.page.page import page, write_page

        check_is_fitted(self)
        told = (self, X, y, target, units, y_units, title)
        return page(*told) if path is None else write_page(path, *told)

    @by_target
    def explain(self, index: int | None = None) -> Explanation:
        """Why this law: its description length in words, beside its two rivals.

        Parameters
        ----------
        index : int, optional
            Row of ``equations_``; the chosen law when omitted.

        Returns
        -------
        Explanation
            Shown and printed as a text: what the law leaves, what its constants take and what its
            text takes before any data, in nats beyond those of the law in question; and what rows
            left out had to say. ``law`` and ``rivals`` hold the numbers.

        References
        ----------
        Rissanen, "Modeling by shortest data description", Automatica 14, 465-471 (1978)

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn_trm import TRMSymbolicRegressor
        >>> X = np.linspace(1, 4, 12)[:, None]
        >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(X, 3 * X[:, 0] ** 2)
        >>> print(str(est.explain()).splitlines()[0])
        y = 3*x0**2
        >>> all(rival.total > 10 for rival in est.explain().rivals)
        True
        """
        from ..output.explaining import explain

        return explain(self, index)

    # ------------------------------------------------------------------ terminals and notebooks

    def __str__(self) -> str:
        from ..output.report import plain_laws

        return plain_laws(self) or repr(self)

    def _repr_latex_(self) -> str | None:
        from ..output.report import latex_laws

        return latex_laws(self) or None

    def _repr_html_inner(self) -> str:
        from ..output.page.notebook import notebook_laws

        return str(super()._repr_html_inner()) + notebook_laws(self)  # type: ignore[misc]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        out = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        if "text/html" in out:
            out["text/html"] = self._repr_html_inner()
        return out
