"""Is a found law the true one? Two verdicts.

`evaluator` compares numbers: after a refit of the constants to noise-free values the law must
agree with the truth on fresh rows and on rows from widened ranges, and be of similar size.
`symbolic_solution` is the definition of SRBench (La Cava et al. 2021): constants rounded
to three decimals, the simplified difference from the truth is a constant, or the ratio is
a constant other than 0, and R2 > 0.5. sympy may need for ever, so `Scorer` asks a process
of its own and stops waiting.
"""

from __future__ import annotations

import multiprocessing
from typing import Any

import numpy as np

from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, complexity, constants

from .laws import Law

EXACT = 1e-6  # relative error on fresh rows
SIZE = (3, 12)  # a found law may have 3 times the nodes of the true one, plus 12
VANISHED = 1e-4  # share of a constant that is left of it in the refit
DECIMALS = 3  # of a constant, for the symbolic verdict
LEAST_R2 = 0.5  # below, a law is not looked at by the symbolic verdict
GUARD = 20.0  # seconds that sympy may take for one law


def evaluator(found: Node, law: Law, X: np.ndarray, rng: np.random.Generator) -> tuple[bool, float]:
    """Whether `found` is `law`, and its relative error on fresh rows."""
    fresh = law.sample(1000, rng)
    wide = law.sample(1000, rng, widen=1.5)
    truth = evaluate(law.node, fresh)
    try:
        fitted = fit_constants(found, fresh, truth).node
    except Exception:
        fitted = found
    best = np.inf
    for node in (found, fitted) if not _vanished(found, fitted) else (found,):
        errors = [_error(node, Z, law) for Z in (fresh, wide, X)]
        best = min(best, max(errors))
    small = complexity(found) <= SIZE[0] * law.size + SIZE[1]
    return bool(best < EXACT and small), _error(found, fresh, law)


def _vanished(found: Node, fitted: Node) -> bool:
    """Whether a constant goes to zero in the refit: then `found` has a part that is not there."""
    pairs = zip(constants(found), constants(fitted), strict=True)
    return any(abs(new) < VANISHED * abs(old) for old, new in pairs)


def _error(node: Node, X: np.ndarray, law: Law) -> float:
    y = evaluate(law.node, X)
    with np.errstate(all="ignore"):
        v = evaluate(node, X)
        ok = np.isfinite(v)
        if ok.mean() < 0.95:  # a different domain is a different law
            return np.inf
        # by row: neither a few huge rows nor a few rows near a pole decide
        spread = float(np.diff(np.quantile(y, [0.25, 0.75]))[0])
        return float(np.quantile(np.abs(v - y)[ok] / (np.abs(y[ok]) + spread + 1e-300), 0.99))


def r2(y: np.ndarray, values: np.ndarray) -> float:
    """Coefficient of determination; minus infinity where a value is not finite."""
    if not np.isfinite(values).all():
        return -np.inf
    with np.errstate(all="ignore"):
        return float(1 - np.mean((y - values) ** 2) / np.var(y))


def symbolic_solution(found: str, truth: str, positive: list[bool]) -> bool:
    """SRBench's symbolic verdict, without its condition on R2 and without a time guard.

    Parameters
    ----------
    found, truth : str
        Laws in ``x0, x1, ...``, as ``sklearn_trm.expressions.text.parse`` reads them.
    positive : list of bool
        Whether a column is positive throughout. Columns are tried without assumptions,
        as SRBench does, and as real or positive: ``sqrt(x0**2)`` is ``x0`` for some.
    """
    import sympy

    from sklearn_trm.expressions.sympy_io import to_sympy

    # pi is a number like others: the difference of a rounded one from pi must vanish
    number = {sympy.pi: sympy.Float(np.pi)}
    named, true = (to_sympy(parse(text)).xreplace(number) for text in (found, truth))
    plain = sorted(named.free_symbols | true.free_symbols, key=str)
    known = {
        s: sympy.Symbol(str(s), positive=True) if positive[int(str(s)[1:])]
        else sympy.Symbol(str(s), real=True)
        for s in plain
    }  # fmt: skip
    for names in ({}, known):
        law, target = named.xreplace(names), true.xreplace(names)
        for form in (law, sympy.simplify(law, ratio=1)):
            if _same(form, target):
                return True
    return False


def _same(law: Any, target: Any) -> bool:
    """Whether the difference, or the ratio, is a constant."""
    import sympy

    if _rounded(target).free_symbols == target.free_symbols:
        law = _rounded(law)
        if law.free_symbols != target.free_symbols:
            return False
        for change in (sympy.expand, lambda e: sympy.simplify(e, ratio=1)):
            if _constant(_rounded(change(target - law))):
                return True
    # of a law whose constants all round to 0 the difference would say nothing
    if law == 0:
        return False
    ratio = _rounded(sympy.simplify(law / target, ratio=1))
    return _constant(ratio) and ratio != 0


def _constant(expr: Any) -> bool:
    return not expr.free_symbols and expr.is_finite is not False


def _rounded(expr: Any) -> Any:
    """Floats to `DECIMALS` places; whole ones become integers, as powers need them."""
    import sympy

    rounded = {}
    for number in expr.atoms(sympy.Float):
        value = round(float(number), DECIMALS)
        rounded[number] = sympy.Integer(int(value)) if value.is_integer() else sympy.Float(value)
    return expr.xreplace(rounded)


def _serve(pipe: Any) -> None:
    """The worker's loop: a law comes in, a verdict or the reason for none goes out."""
    while (task := pipe.recv()) is not None:
        try:
            pipe.send((symbolic_solution(*task), ""))
        except Exception as error:
            pipe.send((False, repr(error)))


class Scorer:
    """`symbolic_solution` in a process that is given up after `guard` seconds.

    Use it as a context manager; one process serves until it hangs.
    """

    def __init__(self, guard: float = GUARD) -> None:
        self.guard = guard
        self._process: Any = None
        self._pipe: Any = None

    def __enter__(self) -> Scorer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, found: str, truth: str, positive: list[bool], r2: float) -> tuple[bool, str]:
        """The verdict, and why there is none."""
        if not r2 > LEAST_R2:
            return False, ""
        if self._process is None:
            self._start()
        self._pipe.send((found, truth, positive))
        if not self._pipe.poll(self.guard):
            self.close()
            return False, "time guard"
        try:
            return self._pipe.recv()
        except EOFError:
            self.close()
            return False, "the scoring process died"

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.join()
            self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        # the first import of sympy is not part of a law's time
        self._pipe.send(("x0", "x0", [True]))
        self._pipe.recv()
