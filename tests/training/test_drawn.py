"""Drawn laws for training: forms held back stay out, and a kept pool is the one that was drawn."""

from dataclasses import replace
from itertools import islice

import jax
import numpy as np
import pytest

from benchmarks.plausible_tables import Noise
from sklearn_trm.expressions.text import parse
from training.ahead import Ahead
from training.config import CONFIGS, Bucket
from training.drawn import Pool, drawn_apart, problem, share_of
from training.grids import evaluate_grids
from training.loop import train

BUCKETS = (Bucket(15, 3, 0.8), Bucket(31, 10, 0.2))


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    pool = Pool(tmp_path_factory.mktemp("pool"), BUCKETS)
    pool.grow(80)
    return pool


def test_what_is_held_back_is_in_no_pool(pool):
    held = drawn_apart(8)
    assert held == drawn_apart(10)[:8]
    assert all(share_of(law.node) == "held back" for law in held)
    assert {share_of(parse(row["law"])) for row in pool._laws} == {"trained"}
    assert share_of(parse("x0**exp(-3*x0)")) == share_of(parse("8*x1**exp(-2*x1)"))


def test_a_pool_goes_on_where_it_was_killed(pool, tmp_path):
    rows = pool._path.read_text().splitlines(keepends=True)
    (tmp_path / "laws.jsonl").write_text("".join(rows[:20]) + rows[20][:30])
    again = Pool(tmp_path, BUCKETS)
    assert len(again) == 20
    again.grow(40)
    assert again._laws == pool._laws[:40]
    a, b = (p.batch(np.random.default_rng(0), 0, 4, 16, 40) for p in (pool, again))
    assert np.array_equal(a.X, b.X) and np.array_equal(a.y, b.y)


def test_problems_are_the_rows_of_their_grids(pool):
    rng = np.random.default_rng(0)
    for which, bucket in enumerate(BUCKETS):
        batch = pool.batch(rng, which, 16, 24)
        assert batch.X.shape == (16, 24, bucket.columns) and batch.mask.any(-1).all()
    law = drawn_apart(8)[0]
    one = problem(rng, law, Bucket(31, 10, 1.0), 24, 30, Noise())
    grids = one.grids._replace(value=one.grids.value.astype(float))
    with np.errstate(all="ignore"):
        y = evaluate_grids(grids, one.X.astype(float))
    np.testing.assert_allclose(y[one.mask], one.y[one.mask], rtol=1e-3, atol=1e-4 * np.std(y))
    assert one.columns.sum() == len(law.columns)
    nothing = Pool(pool._path.parent, (Bucket(15, 0, 1.0),)).batch(rng, 0, 3, 8)
    assert not nothing.mask.any()


def test_processes_draw_what_a_thread_does(tmp_path):
    cfg = replace(CONFIGS["smoke"], drawn=0.7, drawn_first=20, drawn_more=1, drawn_most=30, batch=4)
    drawn = []
    for workers in (1, 2):
        ahead = Ahead(cfg, tmp_path / str(workers), 3, workers)
        try:
            drawn.append(list(islice(ahead, 5)))
        finally:
            ahead.close()
    assert len({tag for _, tag, _ in drawn[0]}) == 2  # drawn laws, and some that the step draws
    for (which, tag, one), (other, name, two) in zip(*drawn, strict=True):
        assert (which, tag) == (other, name)
        for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
            assert np.array_equal(a, b)
    assert len(Pool(tmp_path / "2", cfg.buckets)) == 30
    with pytest.raises(ValueError, match="workers"):
        Ahead(cfg, tmp_path, workers=0)


@pytest.mark.slow
def test_training_on_drawn_laws(tmp_path):
    cfg = replace(CONFIGS["smoke"], drawn=1.0, drawn_first=30, drawn_more=2)
    facts = train(cfg, tmp_path, 30, max_steps=2, progress=False)
    assert facts["steps"] == 2 and facts["data_version"].endswith("+drawn")
    assert len(Pool(tmp_path, cfg.buckets)) == 32
