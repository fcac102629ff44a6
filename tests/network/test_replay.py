"""The replay is the answer step, slowly."""

import numpy as np
import pytest

from sklearn_trm.expressions import grid as G
from sklearn_trm.expressions.text import parse
from sklearn_trm.network.grid_tree import from_grid
from sklearn_trm.network.refine import Refiner
from sklearn_trm.network.replay import COLUMN, cloud, replay


@pytest.fixture(scope="module")
def steps():
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (40, 2))
    refiner = Refiner.load("auto")
    state = refiner.start(X, X[:, 0] * np.exp(-X[:, 1]), rng)
    answers = []
    for _ in range(2):
        answers.append(refiner.step(state, n_candidates=4))  # the greedy answers alone
        state = refiner.feedback(state, parse("x0/x1"))
    return answers


def test_latent_and_answers_are_those_of_the_step(steps):
    films = replay([answer.seen for answer in steps])
    for film, answer in zip(films, steps, strict=True):
        np.testing.assert_array_equal(film.velocities.T, answer.by_lane)
        # a greedy answer is as probable as its cells together
        sure = np.where(film.head[-1] == G.EMPTY, 1.0, film.certainty[-1])
        for lane in range(4):
            head = np.where(film.head[-1, lane] >= COLUMN,
                            film.head[-1, lane] - COLUMN + G.VAR0, film.head[-1, lane])  # fmt: skip
            cells = G.Grids(head[None], film.unary[-1, lane][None], film.scaled[-1, lane][None],
                            np.ones((1, len(head))))  # fmt: skip
            law = from_grid(cells)
            assert law in answer.nodes
            log_prob = answer.log_prob[answer.nodes.index(law)]
            assert np.log(sure[lane]).sum() <= log_prob + 1e-3
        best = from_grid_log_prob(film, answer)
        assert best == pytest.approx(answer.log_prob.max(), abs=1e-3)


def from_grid_log_prob(film, answer):
    sure = np.where(film.head[-1] == G.EMPTY, 1.0, film.certainty[-1])
    return float(np.log(sure).sum(axis=1).max())


def test_every_beginning_ends_at_the_rest_of_the_lane(steps):
    (film,) = replay([steps[0].seen])
    paths = cloud(steps[0].seen, size=6)
    assert paths.shape[1] == 6
    rest = film.latent[-1, 0]
    far = np.linalg.norm(paths - rest, axis=-1).mean(axis=1) / np.linalg.norm(rest)
    assert far[0] > 1 and far[-1] < 0.05


def test_columns_are_those_of_the_table(steps):
    seen = steps[0].seen.on_columns([3, 7])
    (before,), (now,) = replay([steps[0].seen]), replay([seen])
    columns = before.head >= COLUMN
    assert columns.any()
    np.testing.assert_array_equal(
        now.head[columns] - COLUMN, np.array([3, 7])[before.head[columns] - COLUMN]
    )
