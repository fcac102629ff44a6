"""The generator: canonical, defined, varied laws, and no benchmark law among them."""

from __future__ import annotations

import functools

import jax
import numpy as np
import pytest

from benchmarks.signature import benchmark_signatures
from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.text import parse
from sklearn_trm.network.grid_tree import from_grid, to_grid
from training.grids import evaluate_grids, is_canonical, n_filled
from training.held_out import is_benchmark
from training.laws import Batch, sample_batch


@pytest.fixture(scope="module")
def batch() -> Batch:
    draw = jax.jit(functools.partial(sample_batch, batch=256, cells=15, columns=4, rows=32))
    key = jax.random.key(0, impl="rbg")
    # drawn once: it's the compiler that takes the time
    quick = draw.lower(key).compile(compiler_options={"xla_backend_optimization_level": 0})
    return jax.tree.map(np.asarray, quick(key))


def test_targets_are_canonical_and_defined(batch: Batch) -> None:
    valid = batch.mask.any(-1)
    assert valid.mean() > 0.95
    assert is_canonical(batch.grids)[valid].all()
    assert np.isfinite(batch.y).all()
    sizes = n_filled(batch.grids)
    assert (sizes <= 3).mean() < 0.75 and (sizes >= 5).mean() > 0.2
    assert len({from_grid(batch.grids, i) for i in range(256)}) > 200


def test_y_is_the_law_on_x_up_to_noise(batch: Batch) -> None:
    grids = batch.grids._replace(value=batch.grids.value.astype(float))
    with np.errstate(all="ignore"):
        clean = evaluate_grids(grids, batch.X.astype(float))
    clean = np.where(batch.mask, clean, 0.0)
    error = np.where(batch.mask, batch.y, 0.0) - clean
    relative = np.sqrt((error**2).mean(-1) / (clean**2).mean(-1).clip(1e-30))
    assert 0.4 < (relative < 1e-4).mean() < 0.9  # more than half of the laws are clean
    assert np.quantile(relative, 0.95) < 0.2


def test_only_columns_in_use_appear(batch: Batch) -> None:
    count = batch.columns.sum(-1)
    top = np.where(
        (batch.grids.head >= G.VAR0) & (batch.grids.head < G.ADD), batch.grids.head - G.VAR0, -1
    ).max(-1)
    assert (top < count).all()


def test_most_targets_survive_the_way_to_trees_and_back(batch: Batch) -> None:
    """What the generator calls canonical is what `to_grid` writes."""
    same = 0
    valid = np.flatnonzero(batch.mask.any(-1))
    for i in valid:
        try:
            back = to_grid(from_grid(batch.grids, int(i)), 15)
        except ValueError:
            continue
        pairs = zip(back[:3], batch.grids[:3], strict=True)
        same += all((a[0] == b[i]).all() for a, b in pairs)
    # the rest: constants that happen to be 1 or negative under an even function
    assert same / len(valid) > 0.85


def test_no_benchmark_law_is_drawn(batch: Batch) -> None:
    valid = batch.mask.any(-1)
    with np.errstate(all="ignore"):
        assert not is_benchmark(batch.grids, np)[valid].any()


@pytest.mark.parametrize("text", ["x0*x1", "5*x3*x2", "x1**2", "7*x2/(x0*x1)", "exp(-x0**2)"])
def test_the_signature_sees_benchmark_laws_in_any_columns(text: str) -> None:
    with np.errstate(all="ignore"):
        assert is_benchmark(to_grid(parse(text)), np).all()


@pytest.mark.parametrize("text", ["x0 + tanh(x1)*x2", "x4*sin(x1)", "x0*cos(x1)/x2 + x3"])
def test_the_signature_leaves_other_laws_alone(text: str) -> None:
    with np.errstate(all="ignore"):
        assert not is_benchmark(to_grid(parse(text)), np).any()


def test_all_suites_are_in_the_table() -> None:
    assert len(benchmark_signatures()) > 150
