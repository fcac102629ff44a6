"""The recursive model on the SHIPPED weights: NumPy reference, halting, decoding."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.text import parse
from sklearn_trm.network import grammar
from sklearn_trm.network.decode import vocabulary, write_answers
from sklearn_trm.network.grid_tree import to_grid
from sklearn_trm.network.model import TRM, n_parameters, newton_schulz
from sklearn_trm.network.refine import Refiner, think
from sklearn_trm.network.scaling import problem_features
from sklearn_trm.network.views import views
from tests.network import reference
from training.grids import evaluate_grids

CELLS, V = 15, 5
LAWS = [
    "x0*x1", "x0/x1", "2*x0 + 1.3", "sin(x0) + x1", "exp(-0.5*x0**2)", "sqrt(x0**2 + x1**2)",
    "x0*x1/x2**2", "x0 + x1*x2", "log(x0)*x1", "x0**2 - x1", "cos(2*x0)", "x0/(x1 + x2)",
]  # fmt: skip


@pytest.fixture(scope="module")
def refiner() -> Refiner:
    return Refiner.load("auto")


@pytest.fixture(scope="module")
def model(refiner: Refiner) -> TRM:
    return nnx.merge(refiner._graph, refiner._params, refiner._rest)


def problems(n: int, seed: int = 0):
    """Features of n held-out problems: the laws above on random tables."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(0.3, 3.0, (n, 64, V)).astype(np.float32)
    y = np.stack(
        [
            evaluate_grids(to_grid(parse(LAWS[i % len(LAWS)])), X[i].astype(float))[0]
            for i in range(n)
        ]
    )
    columns = np.zeros((n, V), bool)
    columns[:, :3] = True
    mask = np.ones((n, 64), bool)
    y = y.astype(np.float32)
    with np.errstate(all="ignore"):
        f = problem_features(X, y, np.zeros_like(y), mask, columns)
    return f._replace(views=views(X, y, mask, columns))


@functools.cache
def _thinker(refiner: Refiner, n: int, max_iters: int):
    """The compiled latent loop for n problems; the threshold stays free."""

    def run(params, f, threshold):
        model = nnx.merge(refiner._graph, params, refiner._rest)
        answer = jnp.zeros((n, CELLS, model.cfg.dim))
        y, z = model.start(n, V, CELLS)
        return think(
            model, model.encode(f), answer, f.columns, y, z, threshold,
            max_iters=max_iters, ns_steps=2,
        )  # fmt: skip

    return jax.jit(run)


def run_think(features, max_iters: int, threshold: float):
    refiner = Refiner.load("auto")
    run = _thinker(refiner, len(features.columns), max_iters)
    return run(refiner._params, jax.tree.map(jnp.asarray, features), threshold)


def test_the_model_is_tiny(model: TRM) -> None:
    assert n_parameters(model) < 1_000_000


@pytest.mark.parametrize("ns_steps", [0, 2, 3])
def test_numpy_reference_equals_jax(model: TRM, ns_steps: int) -> None:
    ref = reference.load("auto")
    rng = np.random.default_rng(ns_steps)
    x = rng.normal(size=(1, model.cfg.slots + V, model.cfg.dim)).astype(np.float32)
    grids = to_grid(parse("x0*sin(x1) + x2"), CELLS)
    e = model.embed_answer(G.Grids(*(jnp.asarray(a) for a in grids[:3]), None))
    np.testing.assert_allclose(ref.embed(grids), e[0], atol=1e-5)
    y, z = model.start(1, V, CELLS)
    columns = jnp.ones((1, V), bool)
    thought = think(model, jnp.asarray(x), e, columns, y, z, 1e-3, max_iters=6, ns_steps=ns_steps)
    ry, rz, velocities = ref.think(
        x[0].astype(float), ref.embed(grids), np.asarray(y[0], float), np.asarray(z[0], float),
        threshold=1e-3, max_iters=6, ns_steps=ns_steps,
    )  # fmt: skip
    assert len(velocities) == int(thought.n_iter[0])
    np.testing.assert_allclose(
        velocities, thought.velocities[0, : len(velocities)], rtol=1e-2, atol=1e-4
    )
    np.testing.assert_allclose(rz, thought.z[0], atol=1e-4 * max(1.0, np.abs(rz).max()))
    np.testing.assert_allclose(ry, thought.y[0], atol=1e-3)
    np.testing.assert_allclose(
        ref.write(ry, ref.embed(grids)), model.write(thought.y, e)[0], atol=2e-3
    )


def test_stabilizer_flattens_singular_values_and_zero_steps_only_scale() -> None:
    z = jax.random.normal(jax.random.key(0), (3, 20, 32)) * jnp.linspace(0.1, 3, 32)
    spread = [
        float(np.ptp(np.log(np.linalg.svd(np.asarray(newton_schulz(z, k)[0]), compute_uv=False))))
        for k in (0, 2, 5)
    ]
    assert spread[0] > spread[1] > spread[2]
    np.testing.assert_allclose(np.sqrt((newton_schulz(z, 3) ** 2).mean((1, 2))), 1.0, rtol=1e-4)
    scaled = newton_schulz(z, 0)
    np.testing.assert_allclose(scaled / z, (scaled / z)[:, :1, :1] * jnp.ones_like(z), rtol=1e-4)


def test_velocity_falls_below_the_threshold_on_most_laws() -> None:
    thought = run_think(problems(200), 32, 1e-3)
    assert np.asarray(thought.converged).mean() > 0.9
    assert float(thought.n_iter.mean()) < 32


def test_a_looser_threshold_needs_fewer_iterations() -> None:
    features = problems(24)
    mean = [float(run_think(features, 32, t).n_iter.mean()) for t in (1e-1, 1e-2, 1e-3)]
    assert mean[0] < mean[1] < mean[2]


def test_a_halted_lane_is_bit_identical_however_long_others_run() -> None:
    features = problems(24)
    short, long = (run_think(features, n, 1e-3) for n in (14, 32))
    done = np.asarray(short.n_iter) < 14
    assert done.any()
    assert (np.asarray(long.n_iter)[done] == np.asarray(short.n_iter)[done]).all()
    assert (np.asarray(long.z)[done] == np.asarray(short.z)[done]).all()
    assert (np.asarray(long.n_iter).max()) > np.asarray(short.n_iter)[done].min()


def test_the_encoder_does_not_care_about_the_order_of_rows(model: TRM) -> None:
    f = problems(4)
    shuffled = np.random.default_rng(1).permutation(64)
    g = f._replace(
        points=f.points[:, shuffled], targets=f.targets[:, shuffled], mask=f.mask[:, shuffled]
    )
    encode = jax.jit(model.encode)
    a, b = (encode(jax.tree.map(jnp.asarray, q)) for q in (f, g))
    np.testing.assert_allclose(a, b, atol=1e-4)


@pytest.fixture(scope="module")
def answers(model: TRM):
    thought = run_think(problems(6), 16, 1e-3)
    y = jnp.repeat(thought.y, 20, axis=0)
    columns = jnp.asarray(np.repeat(problems(6).columns, 20, axis=0))

    def write(words, heat):
        fn = functools.partial(write_answers, cells=CELLS)
        return jax.jit(lambda k: fn(model, y, columns, k, heat, words))(jax.random.key(0))

    return write


def test_sampled_answers_obey_the_grammar_and_the_users_operators(answers) -> None:
    words = vocabulary(unary=("sin", "exp"), binary=("add", "mul"))
    grids, log_prob = answers(words, jnp.full(120, 1.5))
    g = G.Grids(*(np.asarray(a) for a in grids))
    filled = g.head != G.EMPTY
    assert set(np.unique(g.unary)) <= {0, G.UNARY_CODE["sin"], G.UNARY_CODE["exp"]}
    assert not np.isin(g.head, [G.SUB, G.DIV, G.POW]).any()
    assert not np.isin(g.head, [G.VAR0 + 3, G.VAR0 + 4]).any()  # columns that are not there
    context = grammar.contexts(G.Grids(*(jnp.asarray(a) for a in grids)))
    np.testing.assert_array_equal(np.asarray(context.wanted), filled)
    assert (np.asarray(log_prob) < 0).all()
    assert np.unique(g.head, axis=0).shape[0] > 6  # sampling gives many answers


def test_greedy_decoding_is_teacher_forcing_on_its_own_answer(model: TRM) -> None:
    """The cached scan and the one-pass decoder are the same network."""
    thought = run_think(problems(6), 16, 1e-3)
    columns = jnp.asarray(problems(6).columns)
    grids, _ = write_answers(
        model, thought.y, columns, jax.random.key(0), jnp.zeros(6), vocabulary(), CELLS
    )
    h = model.write(thought.y, model.embed_answer(grids))
    context = grammar.contexts(grids)
    logits = jnp.where(grammar.head_mask(context), model.head_logits(h, thought.y, columns), -1e9)
    same = np.asarray(logits.argmax(-1) == grids.head) | ~np.asarray(context.wanted)
    assert same.all()
