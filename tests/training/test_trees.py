"""Boosted trees on views: they learn what tells, and doubt what they have not seen."""

import numpy as np

from sklearn_trm.network.views import N_VIEWS
from training.foresight import knowledge
from training.openings import N_CLASSES
from training.trees import MOST_ROWS, Trees, by_trees, features


def test_trees_learn_what_tells_and_keep_some_doubt():
    rng = np.random.default_rng(0)
    table = rng.uniform(size=(400, N_VIEWS)).astype(np.float32)
    root = np.where(table[:, 3] > 0.5, 60, 80)
    child = np.where(root == 60, 40, np.where(table[:, 7] > 0.5, 41, 42))
    openings = list(zip(root.tolist(), child.tolist(), [5] * 400, strict=True))
    trees = Trees(table[:300], openings[:300])
    right = trees.log_prob(table[300:], openings[300:])
    assert right.shape == (100, 3) and np.exp(right[:, :2]).mean() > 0.8
    unseen = trees.log_prob(table[300:], [(7, 7, 7)] * 100)
    assert np.isfinite(unseen).all() and (unseen < -6).all()
    every = [trees.log_prob(table[:1], [(k, 40, 5)])[0, 0] for k in range(N_CLASSES)]
    assert abs(np.exp(every).sum() - 1) < 1e-6


def test_features_are_of_one_table_whatever_its_length():
    X = np.random.default_rng(1).uniform(1, 3, (5 * MOST_ROWS, 2))
    assert features(X, X[:, 0] * X[:, 1]).shape == (N_VIEWS,)
    assert np.array_equal(features(X, X[:, 0]), features(X, X[:, 0]))


def test_trees_on_drawn_laws_are_a_judge(tmp_path):
    judge = by_trees(tmp_path, 60)
    found = knowledge("feynman", 0.02, 10, {"trees": judge})
    assert found["laws"] == 10 and np.isfinite(found["trees"]["first three"]).all()
    assert (tmp_path / "laws.jsonl").read_text().count("\n") == 60
