"""What users do with the laws of a fitted estimator."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import _num_samples, check_is_fitted

from ..data import validation
from ..expressions.grouped import of_group
from ..expressions.text import to_text
from ..expressions.tree import Node
from ..output.equations import front_table, laws_table
from ..output.export import export, jax_callable, torch_module
from ..output.letters import shown
from ..rules.constraints import Constraints
from ..rules.rules import Rules
from ..selection.choice import choose_again, choose_on
from ..task.result import FitResult
from .extrapolation import check_range
from .reporting import ReportMixin
from .targets import by_target

if TYPE_CHECKING:
    import pandas as pd

    from ..curves import Named
    from ..output.pictures.accessor import Pictures


class LawsMixin(ReportMixin):
    """Methods of an estimator whose fit left a front of laws.

    With several targets each gives a list, one answer for each target, and `index` may be
    a list too.
    """

    _fitted: FitResult
    n_features_in_: int
    named_curves: bool = True  # also of pickles from before

    # ------------------------------------------------------------------ the law

    @property
    def expr_(self) -> Any:
        """The chosen law as a text."""
        return self.export("text")

    @property
    def sympy_expr_(self) -> Any:
        """The chosen law for sympy."""
        return self.sympy()

    @property
    def name_(self) -> Any:
        """What textbooks call the chosen law; None where they have no name for it."""
        return self._name()

    @property
    def equations_(self) -> pd.DataFrame:
        """The Pareto front, simplest law first."""
        return self._table()

    @property
    def all_laws_(self) -> pd.DataFrame:
        """Every law that was fitted, in its order, with ``keep_all=True``; files hold none."""
        return self._every_law()

    @property
    def constants_(self) -> pd.DataFrame:
        """Constants of the chosen law: value, standard error, ends of the 95% interval."""
        return self.constants()

    def column_names(self) -> list[str]:
        """Names of the columns in texts; x0, x1, ... where ``X`` had none."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        return [f"x{i}" for i in range(self.n_features_in_)] if names is None else list(names)

    @by_target
    def law(self, index: int | None = None) -> Node:
        """The law, or row `index` of ``equations_``, as our own expression tree."""
        return self._fitted.law(index)

    @by_target
    def short_law(self, index: int | None = None) -> Node:
        """As `law`, each number with the digits that its standard error supports."""
        return self._fitted.short_law(index)

    @by_target
    def short_text(self, index: int | None = None) -> str:
        """The law, or row `index` of ``equations_``, to be read: with the digits that count.

        ``expr_`` has them all.
        """
        return to_text(*shown(self, self.short_law(index)))

    @by_target
    def curve(self, index: int | None = None) -> Named | None:
        """The textbook's curve that the law, or row `index` of ``equations_``, is.

        Returns
        -------
        curves.Named or None
            ``name``, ``parameters`` by their usual symbols, ``others``: further names of the same
            form; ``family``: formula, field and source. None where the catalogue has none
            (docs/curves.md), and with ``named_curves=False``. With ``groups=``, of the first group.

        Examples
        --------
        >>> from sklearn_trm import TRMSymbolicRegressor
        >>> S = np.linspace(0.5, 12, 20)[:, None]
        >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(
        ...     S, 4 * S[:, 0] / (3 + S[:, 0])
        ... )
        >>> est.name_, est.curve().parameters
        ('Michaelis-Menten', {'Vmax': 4.0, 'Km': 3.0})
        """
        from ..curves import recognised

        law, groups = self.law(index), getattr(self, "groups_", None)
        if groups is not None:
            law = of_group(law, groups.columns(self.n_features_in_))
        return recognised(law) if self.named_curves else None

    @by_target
    def sympy(self, index: int | None = None) -> Any:
        """The law, or row `index` of ``equations_``, for sympy."""
        from ..expressions.sympy_io import to_sympy

        return to_sympy(self.law(index), self.column_names())

    @by_target
    def latex(self, index: int | None = None, precision: int | str | None = "short") -> str:
        """The law, or row `index` of ``equations_``, as LaTeX.

        Parameters
        ----------
        index : int, optional
            Row of ``equations_``.
        precision : int, "short" or None
            Significant digits of the constants; "short": those that standard errors support;
            None: all.
        """
        from ..expressions.sympy_io import to_latex

        if precision == "short":
            return to_latex(*shown(self, self.short_law(index)), None)
        digits = validation.check_precision(precision)
        return to_latex(*shown(self, self.law(index)), digits)

    @by_target
    def latex_table(self, precision: int | str | None = "short", columns: Any = None) -> str:
        """The front as a LaTeX table (packages ``booktabs`` and ``breqn`` are not needed).

        Parameters
        ----------
        precision : int, "short" or None
            Significant digits of constants and numbers; "short": those that standard errors
            support, and three of the other numbers.
        columns : sequence of str, optional
            Columns of ``equations_``; equation, complexity, loss and score when omitted.
        """
        from ..output.report import latex_table

        return latex_table(self, precision, columns)

    @by_target
    def constants(self, index: int | None = None, confidence: float = 0.95) -> pd.DataFrame:
        """Constants of a law with their standard errors and intervals, from the Jacobian.

        Parameters
        ----------
        index : int, optional
            Row of ``equations_``.
        confidence : float
            Probability that an interval holds the constant, for this law and independent
            normal errors; the choice of the law itself is not counted.

        Returns
        -------
        DataFrame
            ``value``, ``std``, ``low``, ``high``, in the order of the law's text. A number that
            cannot move, such as an exponent of a negative base, has ``std`` 0.
        """
        return self._fitted.constants(index, confidence)

    # ------------------------------------------------------------------ other languages

    @by_target
    def export(self, target: str, index: int | None = None, name: str = "law") -> Any:
        """The law, or row `index` of ``equations_``, as a text in another language.

        Parameters
        ----------
        target : {"numpy", "python", "jax", "torch", "c", "cpp", "rust", "julia", "matlab", "r", \
"fortran", "javascript", "sql", "excel", "onnx", "latex", "sympy", "text", "json"}
            numpy, JAX, MATLAB (and Octave) and R give a function of a table of shape (n, d),
            torch a module; python, C, C++, Rust, Julia, Fortran and JavaScript a function of
            one row; SQL an expression over quoted columns; excel the formula of a cell, with the
            columns of ``X`` from A on and the first row of the table in row 2.
        index : int, optional
            Row of ``equations_``.
        name : str
            Name of the function.

        Returns
        -------
        str or bytes
            Bytes for "onnx" (it needs the package ``onnx``): a serialized model with the input
            ``X`` of shape (n, d) and the output ``y`` of shape (n,), both float64. ONNX Runtime
            has no asin, acos, atan and erf of float64; the package's own reference has.

        Examples
        --------
        >>> from sklearn_trm import TRMSymbolicRegressor
        >>> X = [[i, j] for i in range(1, 6) for j in range(1, 6)]
        >>> est = TRMSymbolicRegressor(model=None).fit(X, [a / b for a, b in X])
        >>> est.export("excel")
        '=A2/B2'
        """
        names = self.column_names()
        dates, groups = getattr(self, "dates_", None), getattr(self, "groups_", None)
        meanings = {} if dates is None else dates.notes(names)
        meanings |= {} if groups is None else groups.notes()
        labels = groups.in_sql() if groups is not None and target == "sql" else None
        return export(self.law(index), names, target, name, meanings, labels)

    @by_target
    def jax(self, index: int | None = None) -> dict[str, Any]:
        """``{"callable": f(X, parameters), "parameters": array}`` for JAX."""
        return jax_callable(self.law(index))

    @by_target
    def pytorch(self, index: int | None = None) -> Any:
        """A ``torch.nn.Module`` of a table, whose constants are parameters."""
        return torch_module(self.law(index))

    # ------------------------------------------------------------------ another choice

    def choose(self, selection: Any = "best") -> Self:
        """Choose again from the front, without a new fit.

        Parameters
        ----------
        selection : {"best", "law", "prediction", "accuracy", "score"} or callable
            As the parameter of the estimator.

        Returns
        -------
        self
        """
        check_is_fitted(self)
        for part in getattr(self, "estimators_", [self]):
            part._fitted = choose_again(part._fitted, selection)
        return self

    def choose_on(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose from the front by data that the fit has not seen.

        The simplest law is taken whose squared errors are no more than one standard error
        above those of the law that predicts best. ``equations_`` gains a column
        ``validation_loss``.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, n_targets)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        self
        """
        check_is_fitted(self)
        X = validation.check_predict_data(self, X)
        parts = getattr(self, "estimators_", [self])
        y = self._targets(y, len(X), len(parts))
        weight = validation.check_weight(sample_weight, len(X))
        for part, column in zip(parts, y.T, strict=True):
            part._fitted = choose_on(part._fitted, X, column, weight)
        return self

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """How good the predictions are: R2 of a regressor, accuracy of a classifier.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,) or (n, n_targets)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        if sample_weight is not None:
            validation.check_weight(sample_weight, _num_samples(y))
        return float(super().score(X, y, sample_weight=sample_weight))  # type: ignore[misc]

    # ------------------------------------------------------------------ pictures and files

    @property
    def plot(self) -> Pictures:
        """Pictures: ``est.plot(X, y)`` the overview, ``est.plot.law(X, y)`` and others."""
        from ..output.pictures.accessor import Pictures

        return Pictures(self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator as JSON; ``sklearn_trm.load`` reads it back.

        A file holds no code and no weights: it is safe to open from anyone.
        """
        from ..output.saving import save

        save(self, path)

    # ------------------------------------------------------------------ inside

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle holds: the laws, not the loop that `warm_start` keeps."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]
        return {name: value for name, value in state.items() if name != "_warm"}

    def _keep_each(self, parts: list[Any]) -> None:
        """Take over what the fits of several targets left."""
        self.estimators_ = parts
        for name in ("answer_steps_", "velocity_history_", "stopped_"):
            setattr(self, name, [getattr(part, name) for part in parts])
        self.n_iter_ = sum(part.n_iter_ for part in parts)
        self.converged_ = all(part.converged_ for part in parts)

    def _keep_steps(self, steps: list[Any]) -> None:
        """Take over the answer steps of a fit of one target."""
        self.answer_steps_ = steps
        self.velocity_history_ = [step.velocities for step in steps]
        self.n_iter_ = sum(step.n_iter for step in steps)
        self.converged_ = bool(steps) and steps[-1].converged

    def _targets(self, y: Any, n_rows: int, n_laws: int) -> np.ndarray:
        """What each law is compared with, shape (n_rows, n_laws)."""
        return validation.check_targets(y, n_rows, n_laws)

    def _seen_again(self, steps: Any, X: Any, y: Any) -> list[Any]:
        from .seen import seen_again

        return seen_again(self, steps, X, y)

    @by_target
    def _name(self) -> str | None:
        found = self.curve()
        return None if found is None else found.name

    @by_target
    def _table(self) -> pd.DataFrame:
        return front_table(self._fitted, self.column_names())

    @by_target
    def _every_law(self) -> pd.DataFrame:
        if not self._fitted.filed:
            raise AttributeError("all_laws_ needs a fit with keep_all=True in this process")
        names = self.column_names()
        limits = self.constraints or Constraints()  # type: ignore[attr-defined]
        rules = Rules(limits, names, shift=self.prior)  # type: ignore[attr-defined]
        return laws_table(self._fitted, names, rules)

    def _values(self, X: Any, index: Any) -> np.ndarray:
        """Execute the laws on a checked table: one column a target, if there are several."""
        parts = getattr(self, "estimators_", None)
        check_range(self, X)
        if parts is None:
            return self._fitted.values(X, index)
        rows = index if isinstance(index, list | tuple) else [index] * len(parts)
        return np.column_stack([p._fitted.values(X, i) for p, i in zip(parts, rows, strict=True)])
