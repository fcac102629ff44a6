"""Does a law have the form of the truth? The judge of small noisy tables.

A law is *found* if it has the truth's form (`has_form`), agrees with the clean truth inside the
range of the rows and 20% beyond it, and is short. A *look-alike* agrees and is short, but is
another law: it predicts well and explains wrongly. Anything else is *neither*.

A truth is written with braces around the numbers that a fit has to find:
``"{4}*x0/({3.1} + x0)"`` has two; a bare number (an exponent, a zero of Celsius) is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.idioms import as_idiom
from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.sympy_io import to_sympy
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node

BEYOND = 0.2  # of the range, on both sides
FRESH = 400  # rows that a law is judged on
SAME = 1e-6  # share of the truth's spread that is no difference
KEPT = 10.0  # factor that a number may change by in a refit: no term can be fitted away
STARTS = (0.0, 0.02, 0.1, 0.3)  # spreads of the starting values of a refit
_NUMBER = re.compile(r"\{([^{}]+)\}")
# what numbers that lead nowhere raise on their way through sympy and least squares
_NO_FORM = (
    ValueError,
    TypeError,
    ArithmeticError,
    AttributeError,
    NameError,
    np.linalg.LinAlgError,
)


@dataclass(frozen=True)
class Table:
    """Rows with the law behind them, and what counts as having found it.

    Attributes
    ----------
    name : str
    X, y : ndarray
        The rows, noise included.
    law : str
        The truth, with braces around the numbers that a fit has to find.
    tolerance : float
        Root mean square error on fresh rows that passes, as a share of the truth's spread.
    nodes : int
        A law of more nodes is not taken.
    numbers : int
        Numbers that the truth's form has.
    fit, settings : mapping
        Arguments of ``fit`` and of the estimator.
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    law: str
    tolerance: float
    nodes: int
    numbers: int
    fit: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What the judge says of a law: ``"found"``, ``"look-alike"`` or ``"neither"``."""

    mark: str
    error: float  # root mean square on fresh rows, as a share of the truth's spread
    nodes: int


def plain(law: str) -> str:
    """The truth as a text of the package, without braces.

    >>> plain("{4}*x0/({3.1} + x0)")
    '4*x0/(3.1 + x0)'
    """
    return _NUMBER.sub(r"\1", law)


def numbers_of(law: str) -> list[float]:
    """The numbers in braces, from left to right.

    >>> numbers_of("{4}*x0/({3.1} + x0)")
    [4.0, 3.1]
    """
    return [float(text) for text in _NUMBER.findall(law)]


def template(law: str, n_columns: int) -> Node:
    """The truth with its numbers as further columns, after those of the table.

    >>> from sklearn_trm.expressions.text import to_text
    >>> to_text(template("{4}*x0/({3.1} + x0)", 1))
    'x1*x0/(x2 + x0)'
    """
    columns = iter(range(n_columns, n_columns + len(numbers_of(law))))
    return parse(_NUMBER.sub(lambda _: f"x{next(columns)}", law))


def fresh_rows(X: np.ndarray) -> np.ndarray:
    """Rows inside the range of `X` and 20% beyond it; what is positive stays positive."""
    low, high = X.min(axis=0), X.max(axis=0)
    more = BEYOND * (high - low)
    start = np.where(low >= 0, np.maximum(low - more, 0.5 * low), low - more)
    return np.random.default_rng(1).uniform(start, high + more, (FRESH, X.shape[1]))


def nodes_read(law: Node) -> int:
    """Nodes of a law as it is read: a minimum is one, whatever stands for it inside.

    >>> nodes_read(parse("min(x0, 8)"))
    3
    """
    word = as_idiom(law)
    if word is not None:
        return 1 + sum(map(nodes_read, word[1]))
    return (OPS[law.op].cost if law.children else 1) + sum(map(nodes_read, law.children))


def judge(table: Table, law: Node) -> Verdict:
    """Whether a law is the truth behind a table, looks like it, or does neither.

    Examples
    --------
    >>> X = np.linspace(0.0, 20.0, 20)[:, None]
    >>> truth = "{4}*x0/({3.1} + x0)"
    >>> table = Table("saturation", X, evaluate(parse(plain(truth)), X), truth, 0.05, 12, 2)
    >>> [judge(table, parse(text)).mark for text in ("3.95/(3/x0 + 1)", "x0/3", "4*tanh(x0/7)")]
    ['found', 'neither', 'neither']
    """
    Z, true = fresh_rows(table.X), parse(plain(table.law))
    with np.errstate(all="ignore"):
        t, values = evaluate(true, Z), evaluate(law, Z)
        spread = float(np.std(evaluate(true, table.X)))
        ok = np.isfinite(t)
        error = float(np.sqrt(np.mean((values[ok] - t[ok]) ** 2)) / spread)
    nodes = nodes_read(law)
    if not (error <= table.tolerance and nodes <= table.nodes):
        return Verdict("neither", error, nodes)
    form = has_form(law, Z, t, table.numbers)
    return Verdict("found" if form else "look-alike", error, nodes)


def has_form(law: Node, Z: np.ndarray, truth: np.ndarray, numbers: int) -> bool:
    """Whether a law becomes the truth when its numbers are refitted to it.

    Parameters
    ----------
    law : Node
    Z, truth : ndarray
        Rows, and the clean values of the truth there.
    numbers : int
        Of the law's numbers at most so many may matter (the rank of the Jacobian): one that
        has more is a wider law. Exponents are held first; freed, they count as numbers too.
        Equal numbers may count as one: sympy writes ``5*(1 - exp(-x0))`` with two fives.

    Notes
    -----
    A number keeps its sign and stays within a factor of `KEPT`, so that no term is fitted away.

    Examples
    --------
    >>> X = np.linspace(0.0, 3.0, 20)[:, None]
    >>> truth = 5.0 * np.exp(-1.3 * X[:, 0]) + 2.0
    >>> has_form(parse("4.7*exp(-1.25*x0) + 2.1"), X, truth, 3)
    True
    >>> has_form(parse("7/exp(atan(x0))"), X, truth, 3)
    False
    """
    try:
        return _becomes(to_sympy(law), Z, truth, numbers)
    except _NO_FORM:
        return False


def _becomes(law: Any, Z: np.ndarray, truth: np.ndarray, numbers: int) -> bool:
    import sympy

    columns = [sympy.Symbol(f"x{k}") for k in range(Z.shape[1])]
    law = law.subs({s: sympy.Symbol(s.name) for s in law.free_symbols})  # no assumptions
    ok = np.isfinite(truth)
    spread = float(np.std(truth[ok]))
    for held, tied in ((True, False), (True, True), (False, False), (False, True)):
        freed = _Freed(held, tied)
        tree = freed(law)
        start = np.array(freed.values)
        values = sympy.lambdify([*columns, *freed.symbols], tree, "numpy")

        def residuals(p: np.ndarray, values: Any = values) -> np.ndarray:
            with np.errstate(all="ignore"):
                v = np.real(np.asarray(values(*Z[ok].T, *p), complex)) * np.ones(ok.sum())
                r = (v - truth[ok]) / spread
            return np.where(np.isfinite(r), np.clip(r, -1e6, 1e6), 1e6)

        rank = _rank_of_exact_fit(residuals, start)
        if rank is not None and rank <= numbers:
            return True
    return False


class _Freed:
    """Replaces the numbers of a law by symbols, and remembers both."""

    def __init__(self, hold_exponents: bool, tie: bool) -> None:
        self.hold_exponents = hold_exponents
        self.tie = tie
        self.symbols: list[Any] = []
        self.values: list[float] = []

    def __call__(self, e: Any) -> Any:
        if e.is_Number or e.is_NumberSymbol:
            return self._symbol(float(e))
        if e.is_Pow and e.exp.is_Number and (self.hold_exponents or e.exp == -1):
            return e.func(self(e.base), e.exp)
        # signs, ones and zeros are words of the text, except as an exponent
        return e if e.is_Atom else e.func(*[
            a if a in (-1, 0, 1) and not e.is_Pow else self(a) for a in e.args
        ])  # fmt: skip

    def _symbol(self, value: float) -> Any:
        import sympy

        if self.tie and abs(value) in map(abs, self.values):
            at = [abs(v) for v in self.values].index(abs(value))
            return self.symbols[at] if value == self.values[at] else -self.symbols[at]
        self.symbols.append(sympy.Dummy())
        self.values.append(value)
        return self.symbols[-1]


def _rank_of_exact_fit(residuals: Any, start: np.ndarray) -> int | None:
    """How many numbers matter where the fit is exact; None if it is nowhere."""
    if not len(start):
        return 0 if np.sqrt(np.mean(residuals(start) ** 2)) < SAME else None
    scale = np.where(start == 0, 1.0, np.abs(start))
    one = start / scale
    low = np.where(one > 0, 1 / KEPT, np.where(one < 0, -KEPT, -1.0))
    high = np.where(one > 0, KEPT, np.where(one < 0, -1 / KEPT, 1.0))
    rng = np.random.default_rng(0)
    for spread in STARTS:
        begin = one * (1 + spread * rng.standard_normal(len(one)))
        done = least_squares(
            lambda p: residuals(p * scale), np.clip(begin, low + 1e-9, high - 1e-9),
            bounds=(low, high), x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=400,
        )  # fmt: skip
        if np.sqrt(np.mean(done.fun**2)) < SAME:
            sizes = np.linalg.svd(done.jac, compute_uv=False)
            return int((sizes > 1e-6 * sizes[0]).sum())
    return None


def refitted(table: Table) -> Node:
    """The truth with its numbers fitted to the noisy rows, from the true ones on.

    Residuals are divided by known errors, as in a fit.
    """
    true = np.array(numbers_of(table.law))
    if not len(true):
        return parse(plain(table.law))
    form, n = template(table.law, table.X.shape[1]), len(table.y)
    scale = np.where(true == 0, 1.0, np.abs(true))
    size = table.fit.get("y_error", np.std(table.y))

    def residuals(p: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            v = evaluate(form, np.column_stack([table.X, np.tile(p * scale, (n, 1))]))
            return np.nan_to_num((v - table.y) / size, nan=1e6, posinf=1e6, neginf=-1e6)

    done = least_squares(residuals, true / scale, x_scale="jac", xtol=1e-14, ftol=1e-14, gtol=1e-14)
    best = iter((done.x * scale).tolist())
    return parse(_NUMBER.sub(lambda _: f"({next(best)!r})", table.law))
