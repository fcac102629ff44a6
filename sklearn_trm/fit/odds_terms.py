"""Log odds as sums of library rows: greedy forward selection by the score test.

Labels are far noisier than any number: the search, which looks for laws that fit, has little
to hold on to. A score test uses all rows at once, and asks of each library row how much the
likelihood would gain if it were added (Rao 1948).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..expressions.least_squares import solve_normal
from ..expressions.tree import Node
from ..objectives.logistic import LogOdds, fit_logistic, log_odds_loss, probability
from ..search.builders import weighted_sum
from ..search.composed import NATS_PER_TOKEN
from ..search.library import Library, sum_library
from ..task.problem import Problem

_SIZE = 1200  # rows of the library
_ROWS = 1000  # rows of the table that the score test looks at
_TERMS = 4
_BEAM = 3
_SLACK = 4


def odds_terms(problem: Problem, objective: LogOdds, late: Callable[[], bool]) -> Iterator[Node]:
    """Log odds of one, two, ... terms, their constants fitted.

    Parameters
    ----------
    problem : Problem
    objective : LogOdds
        Of the same rows.
    late : callable
        Whether to stop.
    """
    X, member, weight, rules = problem.X, objective.is_class, objective.weight, problem.rules
    part = np.sort(problem.rng.permutation(len(X))[:_ROWS])
    few, of_class = X[part], member[part]
    share = None if weight is None else weight[part]
    columns = [j for j in range(X.shape[1]) if np.ptp(few[:, j]) > 0]
    if not columns or len(np.unique(of_class)) < 2:
        return
    library = sum_library(few, problem.unary, problem.binary, _SIZE, columns)
    rows = np.asarray(library.values, dtype=float)
    rows = np.where(np.isfinite(rows).all(axis=1)[:, None], rows, 0.0)
    rows = rows - rows.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.mean(rows**2, axis=1, keepdims=True))
    rows = np.divide(rows, spread, out=np.zeros_like(rows), where=spread > 1e-9)
    beam: list[tuple[float, tuple[int, ...], np.ndarray]] = [
        (log_odds_loss(of_class, share), (), np.zeros(len(few)))
    ]
    for _ in range(_TERMS):
        grown: dict[tuple[int, ...], tuple[float, np.ndarray]] = {}
        for _, chosen, odds in beam:
            for row in _best_rows(library, rows, chosen, odds, of_class, share):
                key = tuple(sorted((*chosen, row)))
                if key in grown:
                    continue
                if late():
                    return
                raw = library.values[list(key)]
                c = _coefficients(raw, of_class, share)
                law = weighted_sum(c[1:].tolist(), [library.node(i) for i in key], float(c[0]))
                if rules.measure(law) > problem.max_complexity + _SLACK * rules.largest:
                    continue  # its canonical form may be a little shorter
                node, loss = fit_logistic(law, X, member, weight, rules.held)
                yield node
                grown[key] = loss, c[1:] @ raw + c[0]
        ranked = sorted(grown.items(), key=lambda item: item[1][0])[:_BEAM]
        if not ranked or ranked[0][1][0] > beam[0][0] - 1.0 / len(X):
            return  # not one nat gained
        beam = [(loss, key, odds) for key, (loss, odds) in ranked]


def _best_rows(
    library: Library,
    rows: np.ndarray,
    chosen: tuple[int, ...],
    odds: np.ndarray,
    of_class: np.ndarray,
    share: np.ndarray | None,
) -> list[int]:
    """Rows whose addition promises most: by likelihood, and by likelihood less their cost."""
    p = probability(odds)
    importance = p * (1.0 - p) * (1.0 if share is None else share)
    slope = (of_class - p) * (1.0 if share is None else share)
    basis = np.vstack([np.ones(rows.shape[1]), rows[list(chosen)]]) * np.sqrt(importance)
    q, _ = np.linalg.qr(basis.T)
    scaled = rows * np.sqrt(importance)
    size = np.einsum("kn,kn->k", scaled, scaled) - np.sum((scaled @ q) ** 2, axis=1)
    gain = np.where(size > 1e-6, (rows @ slope) ** 2 / np.maximum(size, 1e-6), 0.0) / 2.0
    gain[list(chosen)] = 0.0
    net = gain - NATS_PER_TOKEN * np.asarray(library.cost[: len(gain)], dtype=float)
    best = [*np.argsort(-gain)[:_BEAM], *np.argsort(-net)[:_BEAM]]
    return [int(i) for i in dict.fromkeys(best) if gain[i] > 0]


def _coefficients(rows: np.ndarray, of_class: np.ndarray, share: np.ndarray | None) -> np.ndarray:
    """Offset and coefficients of a few rows: Newton's method with a small ridge."""
    mean, spread = rows.mean(axis=1), rows.std(axis=1)
    basis = np.vstack([np.ones(rows.shape[1]), (rows - mean[:, None]) / spread[:, None]])
    weight = 1.0 if share is None else share
    c = np.zeros(len(basis))
    for _ in range(8):
        p = probability(c @ basis)
        hessian = (basis * (np.maximum(p * (1 - p), 1e-4) * weight)) @ basis.T
        hessian += 1e-6 * np.trace(hessian) * np.eye(len(c))
        push = basis @ ((of_class - p) * weight) - 1e-6 * c
        c = c + solve_normal(hessian, push[:, None])[:, 0]
    slopes = c[1:] / spread
    return np.concatenate([[c[0] - slopes @ mean], slopes])
