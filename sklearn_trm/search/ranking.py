"""What a row is worth: how probably it is a part of the law, and pools of rows by their worth.

A guiding head of the network: trained on the same laws (`training.worth`), it reads how often
the sampled answers hold a row, and the row's signature. Its probabilities are calibrated, so
that their sum says how many parts of the law a pool is expected to hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..expressions.canonical import canonical
from ..expressions.evaluate import evaluate
from ..expressions.tree import Node
from .atoms import Builder
from .proposals import Proposals
from .signature import SIZE, signatures
from .workspace import Workspace

Array = np.ndarray

FEATURES = SIZE + 3  # a signature, and what the answers say
LIMIT = 5.0  # standard deviations to which a feature is cut
_ANSWERED, _CHEAPEST = 400, 1000  # most frequent parts of answers, cheapest library rows


@dataclass(frozen=True, eq=False)
class Pool:
    """Different rows that may be parts of the law.

    Attributes
    ----------
    nodes : list of P Node
    values : ndarray of shape (P, n)
    frequency : ndarray of shape (P,)
        Share of the answers that hold a row.
    """

    nodes: list[Node]
    values: Array
    frequency: Array

    @classmethod
    def of(cls, ws: Workspace, proposals: Proposals, rows: int = _CHEAPEST) -> Pool:
        """The most frequent parts of answers, and the cheapest rows of a library."""
        parts = proposals.parts(_ANSWERED)
        order = ws.library.order[:rows]
        nodes = [canonical(n) for n in parts] + [ws.library.node(i) for i in order]
        with np.errstate(all="ignore"):
            own = np.array([evaluate(n, ws.X) for n in nodes[: len(parts)]])
        values = np.vstack([own.reshape(len(parts), len(ws.X)), ws.library.values[order]])
        frequency = np.zeros(len(nodes))
        frequency[: len(parts)] = proposals.frequency(parts)
        builder = Builder(len(ws.X), len(nodes), (), ())
        kept = builder.a[builder.give(nodes, values, np.arange(len(nodes)))]
        kept = np.array([i for i in kept if nodes[i].children], dtype=int)
        return cls([nodes[i] for i in kept], values[kept], frequency[kept])

    def features(self, ws: Workspace) -> Array:
        """What `Ranking` reads, shape (P, FEATURES)."""
        X, y = ws.X[:, ws.columns], ws.y
        f = self.frequency
        rank = np.argsort(np.argsort(-f, kind="stable"), kind="stable")
        heard = np.column_stack([f, np.log(f + 1e-3), np.log1p(rank)])
        return np.hstack([heard, signatures(self.nodes, self.values, X, y)])

    def best(self, ranking: Ranking, ws: Workspace) -> tuple[list[Node], Array]:
        """The rows, the worthiest first, and their probabilities."""
        p = ranking(self.features(ws))
        order = np.argsort(-p, kind="stable")
        return [self.nodes[i] for i in order], p[order]


@dataclass(frozen=True, eq=False)
class Ranking:
    """A small network from features of rows to the probability that they are parts of the law.

    Parameters
    ----------
    mean, spread : ndarray of shape (FEATURES,)
    layers : sequence of (weight, bias)
        Of which the last one has a single output; SiLU between them.
    """

    mean: Array
    spread: Array
    layers: Sequence[tuple[Array, Array]]

    @classmethod
    def of(cls, arrays: Mapping[str, Array], prefix: str = "worth/") -> Ranking | None:
        """The head among the arrays of a weights file; None where it has none that fits."""
        own = {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
        if "mean" not in own or own["mean"].shape != (FEATURES,):
            return None
        count = sum(k.startswith("weight") for k in own)
        layers = [(own[f"weight{i}"], own[f"bias{i}"]) for i in range(count)]
        return cls(own["mean"], own["spread"], layers)

    def arrays(self, prefix: str = "worth/") -> dict[str, Array]:
        """What `of` reads."""
        out = {"mean": self.mean, "spread": self.spread}
        for i, (weight, bias) in enumerate(self.layers):
            out |= {f"weight{i}": weight, f"bias{i}": bias}
        return {prefix + k: np.asarray(v) for k, v in out.items()}

    def __call__(self, features: Array) -> Array:
        """Probabilities, shape (P,)."""
        h = np.clip((features - self.mean) / self.spread, -LIMIT, LIMIT)
        for i, (weight, bias) in enumerate(self.layers):
            h = h if i == 0 else h / (1 + np.exp(-np.clip(h, -50, 50)))
            h = h @ weight + bias
        return np.asarray(1 / (1 + np.exp(-np.clip(h[:, 0], -50, 50))))
