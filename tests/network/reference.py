"""The recursion in plain NumPy: the paper version of `model.py`, to be read top to bottom.

``think`` refines the latent z of ONE problem until it is at rest and updates the answer
state y; ``write`` reads an answer off y, cell by cell. A test holds both equal to JAX.
Weights are the arrays of a weights file: ``path -> values``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sklearn_trm.expressions import grid as G
from sklearn_trm.network.model import (
    ANSWER,
    DECODE,
    LATENT,
    ModelConfig,
    cell_relations,
    think_relations,
    token_index,
)

Weights = dict[str, np.ndarray]


def rms_norm(a: np.ndarray) -> np.ndarray:
    return a / np.sqrt((a * a).mean(-1, keepdims=True) + 1e-6)


def newton_schulz(z: np.ndarray, steps: int) -> np.ndarray:
    """Cubic Newton-Schulz on a (tokens, dim) latent; 0 steps scale only."""
    if steps:
        z = z / (np.sqrt((z * z).sum()) + 1e-6)
    for _ in range(steps):
        gram = z @ z.T
        bound = np.sqrt(np.sqrt((gram * gram).sum())) + 1e-6
        z, gram = z / bound, gram / bound**2
        z = 1.5 * z - 0.5 * gram @ z
    return z / np.sqrt((z * z).mean() + 1e-6)


class Reference:
    """The network of one weights file, in NumPy.

    Parameters
    ----------
    weights : dict of ndarray
    cfg : ModelConfig
    """

    def __init__(self, weights: Weights, cfg: ModelConfig) -> None:
        self.w, self.cfg = weights, cfg

    def table(self, layer: int, kind: str, relations: np.ndarray, index: np.ndarray) -> np.ndarray:
        """Mixing weights among tokens: shared by relation, plus free, (heads, t, t)."""
        grid = np.ix_(index, index)
        shared = self.w[f"blocks/{layer}/{kind}/shared"][:, relations[grid]]
        return shared + self.w[f"blocks/{layer}/{kind}/free"][:, grid[0], grid[1]]

    def mix(self, layer: int, kind: str, tokens: np.ndarray, table: np.ndarray) -> np.ndarray:
        t, d = tokens.shape
        v = rms_norm(tokens) @ self.w[f"blocks/{layer}/{kind}/value/kernel"]
        mixed = np.einsum("hts,shd->thd", table, v.reshape(t, self.cfg.heads, -1)).reshape(t, d)
        return tokens + mixed @ self.w[f"blocks/{layer}/{kind}/out/kernel"]

    def feed_forward(self, layer: int, tokens: np.ndarray) -> np.ndarray:
        gate, value = np.split(rms_norm(tokens) @ self.w[f"blocks/{layer}/mlp/up/kernel"], 2, -1)
        hidden = gate / (1 + np.exp(-gate)) * value
        return tokens + hidden @ self.w[f"blocks/{layer}/mlp/down/kernel"]

    def network(self, tokens: np.ndarray, mode: int, v: int, cells: int) -> np.ndarray:
        """The one network: every token sees every token."""
        index = token_index(self.cfg, v, cells)
        tokens = tokens + self.w["mode"][mode]
        for layer in range(self.cfg.layers):
            table = self.table(layer, "think", think_relations(self.cfg.slots), index)
            tokens = self.feed_forward(layer, self.mix(layer, "think", tokens, table))
        return tokens

    def think(
        self,
        x: np.ndarray,
        answer: np.ndarray,
        y: np.ndarray,
        z: np.ndarray,
        *,
        threshold: float,
        max_iters: int,
        ns_steps: int,
    ) -> tuple[np.ndarray, np.ndarray, list[float]]:
        """Latent loop, then answer update: (y, z, velocities).

        x is (slots + v, dim), all columns in use; answer is the embedded last answer
        (cells, dim); y and z are (tokens, dim).
        """  # fmt: skip
        cells = len(answer)
        v = len(x) - self.cfg.slots
        inject = np.concatenate([x, answer + self.w["cell_embedding"][:cells]])
        rate = 0.5 + 0.5 / (1 + np.exp(-(self.w["damping"] + 2.0)))
        velocities: list[float] = []
        while len(velocities) < max_iters:
            h = self.network(z + y + inject, LATENT, v, cells)
            target = newton_schulz(rms_norm(h), ns_steps)
            velocities.append(float(np.sqrt(((target - z) ** 2).sum() / ((z * z).sum() + 1e-12))))
            z = z + rate * (target - z)
            if velocities[-1] < threshold:
                break
        return rms_norm(self.network(y + z, ANSWER, v, cells)), z, velocities

    def embed(self, grids: G.Grids) -> np.ndarray:
        """Embedding of the cells of one answer, (cells, dim)."""
        head, unary, scaled = (a[0] for a in grids[:3])
        w = self.w
        e = w["head_embedding"][head] + w["unary_embedding"][unary] + w["scaled_embedding"][scaled]
        return e * (head != G.EMPTY)[:, None]

    def write(self, y: np.ndarray, e: np.ndarray) -> np.ndarray:
        """Decoder states (cells, dim), each given the true cells above and before it."""
        cells = len(e)
        parent = np.maximum((np.arange(cells) - 1) // 2, 0)
        known = np.roll(e, 1, 0) @ self.w["before/kernel"] + e[parent] @ self.w["parent/kernel"]
        known[0] = 0.0
        tokens = y[-cells:] + self.w["cell_embedding"][:cells] + known + self.w["mode"][DECODE]
        for layer in range(self.cfg.layers):
            table = self.table(layer, "write", cell_relations(), np.arange(cells))
            tokens = self.mix(layer, "write", tokens, table * np.tril(np.ones((cells, cells))))
            tokens = self.feed_forward(layer, tokens)
        return rms_norm(tokens)


def load(model: str = "auto") -> Reference:
    """The reference network with shipped weights."""
    from sklearn_trm.network import weights

    arrays, facts = weights.read(model)
    config: dict[str, Any] = facts["config"]
    return Reference({k: v.astype(float) for k, v in arrays.items()}, ModelConfig(**config))
