"""What the network tells the search: parts of its answers, the most frequent first.

The answers that a refiner samples are seldom the law, but their parts are often parts of it:
among the twenty most frequent ones stand 1.5 to 1.7 times as many true parts as among the
twenty cheapest rows of a library. A `ProposalWorkspace` grows its libraries from such parts instead
of from monomials, so that the same scans reach deeper with the same number of rows.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable

import numpy as np

from ..expressions.canonical import canonical
from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, columns, complexity, walk
from .atoms import Builder, Library
from .workspace import Workspace

MOST_PARTS = 75
_LARGEST = 12  # complexity of a part
_RANKS = 12  # parts that cost as much as each other


class Proposals:
    """Counts the parts of answers.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> proposals = Proposals()
    >>> proposals.hear([parse("x0*sin(x1) + x2"), parse("sin(x1)/x2")])
    >>> str(proposals.parts(1)[0])
    'sin(x1)'
    """

    def __init__(self) -> None:
        self._counts: Counter[Node] = Counter()
        self.answers = 0

    def hear(self, answers: Iterable[Node]) -> None:
        """Count each part once an answer."""
        for answer in answers:
            self.answers += 1
            parts = (n for n in walk(answer) if n.children and complexity(n) <= _LARGEST)
            # no set: its order, and with it the rank of ties, would differ by process
            self._counts.update(list(dict.fromkeys(n for n in parts if columns(n))))

    def __bool__(self) -> bool:
        return bool(self._counts)

    def frequency(self, parts: Iterable[Node]) -> np.ndarray:
        """Shares of the answers that hold each of the parts."""
        return np.array([self._counts[n] for n in parts], dtype=float) / max(self.answers, 1)

    def parts(self, count: int = MOST_PARTS) -> list[Node]:
        """The most frequent parts; of equally frequent ones the shortest first."""
        return sorted(self._counts, key=lambda n: (-self._counts[n], complexity(n)))[:count]


class ProposalWorkspace(Workspace):
    """A workspace whose rows are made of given parts.

    Parameters
    ----------
    ws : Workspace
        The workspace of the whole problem.
    parts : list of Node
        In the order of their worth.
    """

    def __init__(self, ws: Workspace, parts: list[Node]) -> None:
        super().__init__(ws.acceptance, ws.X, ws.root, ws.size, ws.wide, ws.columns)
        self.parts = [canonical(n) for n in parts]
        self._part_values = np.array([evaluate(n, self.X) for n in self.parts])

    def _started(self, limit: int) -> tuple[Builder, np.ndarray]:
        """A builder that holds columns and parts, and where they are."""
        p = self.problem
        builder = Builder(len(self.X), limit, p.unary, p.binary)
        builder.start(self.X, self.columns, 0, bars=False)
        rank = 1 + np.arange(len(self.parts)) // _RANKS
        rows = builder.give(self.parts, self._part_values, rank)
        # a column that barely moves is no row
        return builder, builder.by_cost(np.arange(builder.plain), rows)

    @functools.cached_property
    def library(self) -> Library:
        s = self.size
        with np.errstate(all="ignore"):
            B, base = self._started(s)
            B.combine("mul", *B.pairs(base[:80], base[:80], s // 4))
            B.powers(base[:60], s // 16)
            B.functions(base[:60], s // 8)
            sums = B.sums(*B.pairs(base[:60], base[:60], s // 8))
            f = B.functions(sums[: s // 40], s // 8)
            powers = B.powers(sums[: s // 20], s // 10)
            more = B.by_cost(sums[:60], powers[:60], f[:40])
            B.combine("mul", *B.pairs(base[:40], more, s // 5))
        return B.library()

    @functools.cached_property
    def factors(self) -> Library:
        s = self.size
        with np.errstate(all="ignore"):
            B, base = self._started(s)
            B.shifted(base[: s // 20])
            sums = B.sums(*B.pairs(base[:80], base[:80], s // 2))
            B.functions(base[:80], s // 8)
            B.functions(sums[: s // 20], s // 8)
        return B.library()

    @functools.cached_property
    def arguments(self) -> Library:
        s = self.size * 9 // 4
        with np.errstate(all="ignore"):
            B, base = self._started(s)
            B.sums(*B.pairs(base[:100], base[:100], s // 3))
            B.triple_sums(base[:40], s // 4)
            B.combine("mul", *B.pairs(base[:100], base[:100], s // 5))
            B.shifted(base[: s // 80])
        return B.library()
