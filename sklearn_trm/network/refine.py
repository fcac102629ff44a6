"""The recursive refiner at work: think until at rest, write answers, take feedback.

One jitted program per shape does a whole answer step: features, encoder, the latent loop
(one fused ``while_loop`` with halting per lane), the answer update and the decoder.
Lanes are views of the same table (other rows, permuted columns): what they agree on
is not an accident of the sample.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from scipy.special import expit

from ..data.relevance import Relevance
from ..errors import GridOverflowError, WeightsError
from ..expressions import grid as G
from ..expressions.evaluate import evaluate
from ..expressions.tree import Node, map_columns
from . import weights
from .decode import Vocabulary, vocabulary, write_answers
from .grid_tree import from_grid, to_grid
from .kept import Kept
from .model import TRM, ModelConfig, token_index
from .scaling import Features, problem_features
from .states import Answer, Seen, State, Thought
from .views import views

Array = jax.Array

ROWS = 64  # rows that a lane sees
LANES = 4


def think(
    model: TRM,
    x: Array,
    answer: Array,
    columns: Array,
    y: Array,
    z: Array,
    threshold: Array | float,
    *,
    max_iters: int,
    ns_steps: int,
) -> Thought:
    """Refine z until its relative velocity falls below `threshold`, then update y.

    A lane that is at rest freezes (bit for bit) while the others go on.
    """  # fmt: skip
    cells = answer.shape[1]
    b, v = columns.shape
    tables, live = model.think_tables(v, cells), model.live_tokens(columns, cells)
    inject = model.inject(x, answer)

    def moving(carry: tuple) -> Array:
        t, _, active, _, _ = carry
        return (t < max_iters) & active.any()

    def update(carry: tuple) -> tuple:
        t, z, active, n_iter, velocities = carry
        new, velocity = model.latent_update(z, y, inject, tables, live, ns_steps)
        z = jnp.where(active[:, None, None], new, z)
        velocities = velocities.at[:, t].set(jnp.where(active, velocity, jnp.nan))
        n_iter = n_iter + active
        return t + 1, z, active & (velocity >= threshold), n_iter, velocities

    start = (0, z, jnp.ones(b, bool), jnp.zeros(b, jnp.int32), jnp.full((b, max_iters), jnp.nan))
    _, z, active, n_iter, velocities = jax.lax.while_loop(moving, update, start)
    return Thought(model.answer_update(z, y, tables, live), z, n_iter, ~active, velocities)


class Refiner:
    """A loaded model and its compiled programs.

    Examples
    --------
    >>> import numpy as np
    >>> refiner = Refiner.load()  # doctest: +SKIP
    >>> state = refiner.start(X, y, np.random.default_rng(0))  # doctest: +SKIP
    >>> refiner.step(state).nodes[0]  # doctest: +SKIP
    """

    def __init__(self, cfg: ModelConfig, arrays: dict[str, np.ndarray]) -> None:
        self.cfg = cfg
        # shapes only: running the initialisers would compile each of them
        model = nnx.eval_shape(lambda: TRM(cfg, rngs=nnx.Rngs(0)))
        self._graph: Any
        self._graph, state, _ = nnx.split(model, nnx.Param, ...)
        self._rest = nnx.State({})
        template = nnx.to_pure_dict(state)
        paths, tree = jax.tree_util.tree_flatten_with_path(template)
        leaves = []
        for path, leaf in paths:
            name = "/".join(str(p.key) for p in path)
            if name not in arrays or arrays[name].shape != leaf.shape:
                raise WeightsError(f"the weights lack {name} of shape {leaf.shape}")
            leaves.append(jax.device_put(arrays[name]))  # as it is: `asarray` compiles a copy
        nnx.replace_by_pure_dict(state, jax.tree_util.tree_unflatten(tree, leaves))
        self._params = state
        # arrays of heads that guide a search, each by the name of its head
        self.heads = weights.heads(arrays)

    @classmethod
    def load(cls, model: str = "auto") -> Refiner:
        """Load pretrained weights (cached in the process).

        Raises
        ------
        WeightsError
            If they are missing or damaged.
        """
        return _load(str(model))

    # ------------------------------------------------------------ one problem
    def start(
        self,
        X: np.ndarray,
        y: np.ndarray,
        rng: np.random.Generator,
        *,
        unary: tuple[str, ...] | None = None,
        binary: tuple[str, ...] | None = None,
        cells: int | None = None,
        lanes: int = LANES,
        columns: Sequence[int] | None = None,
    ) -> State:
        """Lay out lanes for a table of any size: subsampled rows, permuted columns.

        Parameters
        ----------
        X : ndarray of shape (n, d)
        y : ndarray of shape (n,) or (lanes, n)
            One target for all lanes, or one for each.
        rng : Generator
        unary, binary : tuple of str, optional
            Allowed operators.
        cells : int, optional
            15 or 31; by the number of columns when omitted.
        columns : sequence of int, optional
            Columns to read, at most 10; when omitted all, or the most relevant of more.
        """  # fmt: skip
        n, d = X.shape
        targets = np.broadcast_to(y, (lanes, n))
        if columns is None and d > G.MAX_COLUMNS:
            columns = Relevance(X, targets[0]).finish().few(G.MAX_COLUMNS)
        keep = np.arange(d) if columns is None else np.array(columns)
        v = 5 if len(keep) <= 5 else G.MAX_COLUMNS
        cells = cells or (15 if v == 5 else G.CELLS)
        # the network has seen numbers of ordinary size; powers of ten are the constants' affair
        order = np.full((lanes, v), -1)
        table = np.zeros((lanes, ROWS, v), np.float32)
        target, mask = np.zeros((lanes, ROWS), np.float32), np.zeros((lanes, ROWS), bool)
        rows = np.zeros((lanes, ROWS), int)
        m = min(n, ROWS)
        for lane in range(lanes):
            y_unit = float(np.max(np.abs(targets[lane]))) or 1.0
            y_unit = 1.0 if 1e-6 < y_unit < 1e6 else y_unit
            picked = keep if lane == 0 else rng.permutation(keep)
            order[lane, : len(keep)] = picked
            rows[lane, :m] = rng.choice(n, m, replace=False)
            sample = X[rows[lane, :m]][:, picked]
            unit = np.max(np.abs(X[:, picked]), axis=0, initial=0.0)
            unit = np.where((unit > 1e-6) & (unit < 1e6), 1.0, np.where(unit > 0, unit, 1.0))
            table[lane, :m, : len(keep)] = sample / unit
            target[lane, :m] = targets[lane, rows[lane, :m]] / y_unit
            mask[lane, :m] = True
        return State(
            table, target, mask, order >= 0, order, rows, X, cells, rng,
            vocabulary(unary, binary), y.ndim == 1,
        )  # fmt: skip

    def step(
        self,
        state: State,
        *,
        n_candidates: int = 128,
        max_iters: int = 32,
        threshold: float = 1e-2,
        ns_steps: int = 2,
        temperature: float = 1.0,
    ) -> Answer:
        """Think, then write `n_candidates` answers: a greedy one per lane, the rest sampled."""
        lanes, v = state.columns.shape
        samples = -(-max(n_candidates, lanes) // lanes)
        heat = np.full((lanes, samples), temperature, np.float32)
        heat[:, 0] = 0.0
        seed = np.int32(state.rng.integers(2**31))
        seen = self._seen(state, max_iters, ns_steps, threshold)
        answer, latent, features = self.inputs(state)
        program = _compile(self, v, state.cells, samples, max_iters, ns_steps)
        thought, q, grids, log_prob = program(
            self._params, features, state.columns, answer, latent, threshold, seed,
            heat.ravel(), state.words,
        )  # fmt: skip
        state.latent, state.n_steps = (thought.y, thought.z), state.n_steps + 1
        return self._answer(state, thought, q, grids, log_prob, samples, seen)

    def feedback(self, state: State, node: Node) -> State:
        """Execute `node` and hand its prediction, residual and grid to the next step; z is kept."""
        lanes = len(state.order)
        y_hat = np.zeros_like(state.y)
        answer = [np.zeros((lanes, state.cells), np.int32) for _ in range(3)]
        for lane in range(lanes):
            m = int(state.mask[lane].sum())
            predicted = evaluate(node, state.table[state.rows[lane, :m]])
            # laws live on the table's scale, the lane on its own: match them by least squares
            y_hat[lane, :m] = _match(predicted, state.y[lane, :m])
            where = {c: i for i, c in enumerate(state.order[lane]) if c >= 0}
            try:
                size = max(where, default=-1) + 1
                g = to_grid(map_columns(node, [where.get(c, G.MAX_COLUMNS) for c in range(size)]),
                            state.cells)  # fmt: skip
            except (GridOverflowError, IndexError):
                continue  # deeper than the grid: the prediction alone is fed back
            for to, source in zip(answer, g, strict=False):
                to[lane] = source[0]
        state.y_hat, state.answer = y_hat, (answer[0], answer[1], answer[2])
        return state

    def inputs(self, state: State) -> tuple[tuple, tuple, Features]:
        """What a step goes by: the answer fed back, the latent so far, the table as it is seen."""
        lanes, v = state.columns.shape
        answer = state.answer or tuple(np.zeros((lanes, state.cells), np.int32) for _ in range(3))
        latent = state.latent or self._first_latent(lanes, v, state.cells)
        return answer, latent, self.features(state)

    def features(self, state: State) -> Features:
        """What the network sees of a problem's lanes, with the prediction that was fed back."""
        y_hat = np.zeros_like(state.y) if state.y_hat is None else state.y_hat
        with np.errstate(all="ignore"):
            f = problem_features(state.X, state.y, y_hat, state.mask, state.columns)
        if not self.cfg.views:
            return f
        if state.views is None:
            state.views = views(state.X, state.y, state.mask, state.columns)
        return f._replace(views=state.views)

    # ------------------------------------------------------------ inside
    def _answer(
        self,
        state: State,
        thought: Thought,
        q: Array,
        grids: G.Grids,
        log_prob: Array,
        samples: int,
        seen: Seen,
    ) -> Answer:
        g = G.Grids(*(np.asarray(a) for a in grids))
        lp = np.asarray(log_prob)
        found: dict[tuple[int, Node], float] = {}
        for i in np.argsort(-lp, kind="stable"):
            order = state.order[i // samples]
            try:
                node = map_columns(from_grid(g, int(i)), [int(c) for c in order])
            except ValueError:
                continue
            lane = 0 if state.one_target else int(i) // samples
            found.setdefault((lane, node), float(lp[i]))
        velocities = np.asarray(thought.velocities)
        n_iter = np.asarray(thought.n_iter)
        longest = int(n_iter.max())
        filled = np.where(np.isnan(velocities[:, :longest]), 0.0, velocities[:, :longest])
        count = np.maximum((~np.isnan(velocities[:, :longest])).sum(0), 1)
        return Answer(
            [node for _, node in found], np.array(list(found.values())),
            np.array([lane for lane, _ in found]), float(expit(np.asarray(q).max())), longest,
            bool(np.asarray(thought.converged).mean() > 0.5), filled.sum(0) / count,
            velocities[:, :longest], seen,
        )  # fmt: skip

    def _seen(self, state: State, max_iters: int, ns_steps: int, threshold: float) -> Seen:
        goes_on = state.n_steps > 0
        kept = replace(
            state, table=state.table[:0].copy(), latent=None if goes_on else state.latent
        )
        return Seen(self, kept, goes_on, max_iters, ns_steps, float(threshold))

    def _first_latent(self, lanes: int, v: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
        index = token_index(self.cfg, v, cells)
        pure = nnx.to_pure_dict(self._params)
        shape = (lanes, len(index), self.cfg.dim)
        y, z = (np.broadcast_to(np.asarray(pure[k])[index], shape) for k in ("y_init", "z_init"))
        return y, z


@functools.lru_cache(maxsize=32)
def _compile(
    refiner: Refiner, v: int, cells: int, samples: int, max_iters: int, ns_steps: int
) -> Any:
    """The jitted answer step of one shape."""

    def program(
        params: Any, features: Features, columns: Array, answer: tuple,
        latent: tuple[Array, Array], threshold: Array, seed: Array, heat: Array,
        words: Vocabulary,
    ) -> tuple:  # fmt: skip
        model = nnx.merge(refiner._graph, params, refiner._rest)
        x = model.encode(features)
        e = model.embed_answer(G.Grids(*answer, None))
        thought = think(
            model, x, e, columns, *latent, threshold, max_iters=max_iters, ns_steps=ns_steps
        )
        key = jax.random.key(seed)
        repeat = functools.partial(jnp.repeat, repeats=samples, axis=0)
        grids, log_prob = write_answers(
            model, repeat(thought.y), repeat(columns), key, heat, words, cells
        )
        return thought, model.q_logit(thought.y), grids, log_prob

    return Kept(program, (refiner.cfg, v, cells, samples, max_iters, ns_steps))


@functools.lru_cache(maxsize=4)
def _load(model: str) -> Refiner:
    arrays, facts = weights.read(model)
    try:
        cfg = ModelConfig(**facts["config"])
    except (KeyError, TypeError) as error:
        raise WeightsError(f"the weights of {model!r} carry no usable config: {error}") from error
    return Refiner(cfg, arrays)


def _match(predicted: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Prediction on the lane's scale: an affine fit where the scales differ, 0 where undefined."""
    if not np.isfinite(predicted).all() or not np.abs(predicted).max(initial=0.0):
        return np.zeros_like(y)
    unit = np.max(np.abs(predicted))
    f = predicted / unit
    scale = float(f @ y) / max(float(f @ f), 1e-30)
    return (scale * f).astype(np.float32)
