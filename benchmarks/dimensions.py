"""Units that a law permits: the most that its structure leaves free, as `fit` takes them."""

from __future__ import annotations

from fractions import Fraction

from sympy import Matrix, Rational

from sklearn_trm.expressions.operators import OPS
from sklearn_trm.expressions.tree import Node

_BASE = ("m", "s", "kg", "K", "A", "mol", "cd")


def units_of(law: Node, n_columns: int, most: int = 4) -> dict[str, str]:
    """A unit for each column and for ``y`` that make the law consistent.

    Each column has unknown exponents, and each operator says what must be equal; what that
    leaves free is spread over `most` base units.
    """
    equations: list[list[Fraction]] = []
    zero = [Fraction(0)] * n_columns

    def of(n: Node) -> list[Fraction]:
        """Exponents of a part as a combination of those of the columns."""
        if n.is_const:
            return zero
        if n.is_var:
            return [Fraction(int(j == n.column)) for j in range(n_columns)]
        parts = [of(child) for child in n.children]
        if n.op in ("mul", "div"):
            sign = 1 if n.op == "mul" else -1
            return [a + sign * b for a, b in zip(*parts, strict=True)]
        if n.op in ("add", "sub"):
            equations.append([a - b for a, b in zip(*parts, strict=True)])
            return parts[0]
        power = OPS[n.op].degree if OPS[n.op].power is None else OPS[n.op].power
        if n.op == "pow" and n.children[1].is_const:
            power = n.children[1].value
        if power is not None:
            return [Fraction(power).limit_denominator(1000) * a for a in parts[0]]
        equations.extend(parts)
        return zero

    target = of(law)
    rows = [[Rational(a.numerator, a.denominator) for a in e] for e in [*equations, zero]]
    free = Matrix(rows).nullspace()[:most]
    columns = [[Fraction(int(v[j].p), int(v[j].q)) for v in free] for j in range(n_columns)]
    of_y = [sum((a * c[k] for a, c in zip(target, columns, strict=True)), Fraction(0))
            for k in range(len(free))]  # fmt: skip
    return {f"x{j}": _text(c) for j, c in enumerate(columns)} | {"y": _text(of_y)}


def _text(exponents: list[Fraction]) -> str:
    parts = [f"{b}^({e})" for b, e in zip(_BASE, exponents, strict=False) if e]
    return "*".join(parts) or "1"
