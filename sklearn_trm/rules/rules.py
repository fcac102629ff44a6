"""The rules of one fit: which laws may be written, how, and what they count.

A law has several writings (its canonical form, a shorter one); each is judged as it would be
shown. `Rules.written` gives the shortest that is permitted, and everything that keeps laws asks
it: the front, the search before it yields, the last polish.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import DataError
from ..expressions.canonical import canonical
from ..expressions.operators import OPS, resolve
from ..expressions.tree import Node, complexity, const, depth, map_columns, walk, ways
from .constraints import ANY, Constraints
from .prior import Shift, by_operator, prior
from .units import Consistent, Dimension

_KIN = {op.name: op.kin for op in OPS.values() if op.kin}  # what is said of the family
_EXPONENTS = {name: abs(OPS[name].power or 1.0) for name in _KIN}  # their absolute values

Predicate = Callable[[Node], bool]


class Rules:
    """What laws may be, and what they count.

    Parameters
    ----------
    constraints : Constraints, optional
    names : sequence of str
        Names of the user's columns.
    columns : sequence of int, optional
        Which of them the fit's own table holds; all when omitted.
    restore : callable, optional
        Writes a law of rescaled columns for the user's; the same when omitted.
    predicates : sequence of callable
        Further ones, of laws as they are shown.
    shift : mapping or callable, optional
        What a user adds to the prior of laws; a callable gets them as they are shown.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> rules = Rules(Constraints(nested={"sin": {"sin": 0}}, max_exponent=2))
    >>> [rules.permits(parse(t)) for t in ("sin(x0)**2", "sin(2*sin(x0))", "x0*x0*x0")]
    [True, False, False]
    """

    def __init__(
        self,
        constraints: Constraints | None = None,
        names: Sequence[str] = (),
        columns: Sequence[int] | None = None,
        restore: Callable[[Node], Node] | None = None,
        predicates: Sequence[Predicate] = (),
        shift: Shift | None = None,
    ) -> None:
        c = self._c = Constraints() if constraints is None else constraints
        self._mapping, self._restore = columns, restore
        self._predicates = tuple(predicates)
        self._units = [p for p in self._predicates if isinstance(p, Consistent)]
        self._costs = _by_operator(c.complexity_of_operators)
        self._limits = _by_operator(c.operands)
        self._nested = {op: _by_operator(most) for op, most in _by_operator(c.nested).items()}
        self._forbidden = [frozenset(resolve(op).name for op in ops) for ops in c.forbidden]
        self._columns = _columns(c.complexity_of_variables, names)
        self._number = c.complexity_of_constants or 1
        self._shift = by_operator(shift) if isinstance(shift, Mapping) else shift
        self.key = repr((c, self._predicates, self._shift))  # equal for equal rules of a table
        plain = self._plain = (
            not self._costs and self._number == 1 and c.complexity_of_variables is None
        )
        self._size: Callable[[Node], int] = complexity if plain else self._weighted
        self._exponents = c.max_exponent is not None or c.integer_exponents
        self.free = not (
            self._limits or self._nested or self._forbidden or self._exponents
            or c.max_depth is not None or self._predicates
        )  # fmt: skip
        self.largest = max([1, self._number, self._columns[1], *self._columns[0].values(),
                            *self._costs.values()])  # fmt: skip

    def on(self, columns: Sequence[int]) -> Rules:
        """The same rules for laws of a table of these columns, in the user's units."""
        out = copy.copy(self)
        out._mapping, out._restore = list(columns), None
        return out

    # ------------------------------------------------------------------ writings

    def written(self, law: Node) -> Node | None:
        """The shortest writing of a law that is permitted; None where none is."""
        ordered = canonical(law)
        if self.free:
            return min(ordered, law, key=self.measure)
        writings = sorted({ordered: 0, law: 0}, key=self.measure)
        writings += [self._with_units(ordered)] if self._units else []
        return next((w for w in writings if self.permits(w)), None)

    def _with_units(self, law: Node) -> Node:
        """The law with factors of 1, which may carry units."""
        shown = self._on_columns(law)
        for units in self._units:
            shown = units.mended(shown)
        if self._mapping is None:
            return shown
        return map_columns(shown, {j: i for i, j in enumerate(self._mapping)})

    def repaired(self, law: Node) -> Iterator[Node]:
        """Laws like `law`, with exponents that are permitted."""
        if self._exponents and (law := canonical(law)) != (near := self._near(law)):
            yield near

    def permits(self, law: Node) -> bool:
        """Whether a law may be shown as it is written."""
        if self.free:
            return True
        shown = self._on_columns(law)
        shown = shown if self._restore is None else self._restore(shown)
        return (
            self._is_small(shown)
            and self._has_parts(shown)
            and self._has_parts(canonical(shown))  # x*x*x is a cube, however it is written
            and all(good(shown) for good in self._predicates)
        )

    def units(self, n_columns: int) -> tuple[list[Dimension], Dimension] | None:
        """Units of the table's columns and of its target, where numbers have none."""
        known = next((u for u in self._units if not u.free_constants), None)
        if known is None:
            return None
        mapping = range(n_columns) if self._mapping is None else self._mapping
        return [known.columns[j] for j in mapping], known.target

    def held(self, law: Node) -> frozenset[int]:
        """Numeric leaves, in preorder, that are no free constants: whole exponents."""
        if not self._c.integer_exponents:
            return frozenset()
        return exponents(law)

    # ------------------------------------------------------------------ measure

    def measure(self, law: Node) -> int:
        """Complexity of a law of the fit's own table."""
        return complexity(law) if self._plain else self._size(self._on_columns(law))

    def prior(self, law: Node) -> float:
        """Nats of a law of the fit's own table, before any data."""
        if callable(self._shift):
            law = self._on_columns(law)
            law = law if self._restore is None else self._restore(law)
        return prior(law, self._shift)

    @property
    def shift(self) -> Mapping[str, float]:
        """Nats by operator that a user adds to the prior: for parts of laws.

        None where a function shifts it: that is asked of whole laws.
        """
        return self._shift if isinstance(self._shift, Mapping) else {}

    def _on_columns(self, law: Node) -> Node:
        return law if self._mapping is None else map_columns(law, self._mapping)

    def _weighted(self, law: Node) -> int:
        columns, other = self._columns
        total = 0
        for n in walk(law):
            if n.children:
                total += _of(self._costs, n.op, 1)
            else:
                total += self._number if n.is_const else columns.get(n.column, other)
        return total

    # ------------------------------------------------------------------ predicates

    def _is_small(self, law: Node) -> bool:
        """Depth and sizes of operands."""
        c = self._c
        if c.max_depth is not None and depth(law) > c.max_depth:
            return False
        if not self._limits:
            return True
        for n in walk(law):
            most = _of(self._limits, n.op, None) if n.children else None
            if most is None:
                continue
            sizes = [self._size(child) for child in n.children]
            if n.op == "inv" and n.op not in self._limits:
                sizes = [self._number, *sizes]  # 1/x, a division
            limits = most if isinstance(most, list) else [most] * len(sizes)
            orders = [sizes, sizes[::-1]] if n.op in ("add", "mul") else [sizes]
            if not any(
                all(m == ANY or s <= m for s, m in zip(order, limits, strict=False))
                for order in orders
            ):
                return False
        return True

    def _has_parts(self, law: Node) -> bool:
        """Operators that stand together or inside one another, and exponents."""
        if self._forbidden:
            held = {op for n in walk(law) if n.children for op in (n.op, _KIN.get(n.op, n.op))}
            if any(group <= held for group in self._forbidden):
                return False
        for n in walk(law):
            if not n.children:
                continue
            inside = _of(self._nested, n.op, None)
            for op, most in (inside or {}).items():
                if max(_most_on_a_way(child, op) for child in n.children) > most:
                    return False
            if self._exponents and not self._exponent_fits(n):
                return False
        return True

    def _exponent_fits(self, n: Node) -> bool:
        if n.op == "pow":
            if not n.children[1].is_const:
                return False
            value = abs(n.children[1].value)
        elif n.op in _EXPONENTS:
            value = _EXPONENTS[n.op]
        else:
            return True
        whole = not self._c.integer_exponents or float(value).is_integer()
        return whole and (self._c.max_exponent is None or value <= self._c.max_exponent)

    def _near(self, n: Node) -> Node:
        """The law with every constant exponent at the nearest one that fits."""
        children = tuple(self._near(child) for child in n.children)
        if n.op == "pow" and children[1].is_const:
            value = children[1].value
            size = abs(value)
            if self._c.integer_exponents:
                size = max(1.0, float(round(size)))
            if self._c.max_exponent is not None:
                whole = self._c.integer_exponents
                most = self._c.max_exponent
                size = min(size, float(int(most)) if whole else float(most))
            children = (children[0], const(size if value > 0 else -size))
        return n if children == n.children else Node(n.op, children, n.value)


def exponents(law: Node) -> frozenset[int]:
    """Numeric leaves, in preorder, that are the exponent of a power."""
    return frozenset(i for i, (_, way) in enumerate(ways(law)) if way and way[-1] == ("pow", 1))


def _by_operator(table: Mapping[str, Any] | None) -> dict[str, Any]:
    return {} if table is None else {resolve(name).name: value for name, value in table.items()}


def _of(table: Mapping[str, Any], op: str, default: Any) -> Any:
    """What a table says of an operator, or of its family."""
    if op in table:
        return table[op]
    return table.get(_KIN.get(op, op), default)


def _most_on_a_way(n: Node, op: str) -> int:
    """How many of an operator lie on one way from `n` to a leaf."""
    own = bool(n.children) and op in (n.op, _KIN.get(n.op, n.op))
    return own + max((_most_on_a_way(child, op) for child in n.children), default=0)


def _columns(given: Any, names: Sequence[str]) -> tuple[dict[int, int], int]:
    """Complexity of the columns that are named, and of all others."""
    if not isinstance(given, dict):
        return {}, given or 1
    place = {str(name): j for j, name in enumerate(names)}
    unknown = [name for name in given if name not in place]
    if unknown:
        known = ", ".join(list(place)[:20])
        raise DataError(f"complexity_of_variables names {unknown[0]!r}; columns are {known}")
    return {place[name]: size for name, size in given.items()}, 1


FREE = Rules()
