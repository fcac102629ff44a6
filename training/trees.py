"""Boosted trees on the views of a table: what can be known of a law's opening without a network.

One model of scikit-learn for the root's class, one for each child given the classes before it.
They are trained in minutes on drawn laws, and are the baseline that a network has to beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.plausible_tables import Noise, draw_table
from sklearn_trm.expressions.grid import N_UNARIES
from sklearn_trm.expressions.tree import Node
from sklearn_trm.network.views import views

from .config import CONFIGS
from .drawn import Pool
from .openings import N_CLASSES, Judge, Opening, Problem, opening

SEED = 5  # of the laws that trees are trained on
MOST_ROWS = 64  # that views are taken on, as a lane of the network sees
_SMOOTH = 0.05  # laws that each class is taken for beside those counted
_DOUBT = 0.1  # share of the training laws' frequencies: tables of other kinds come (docs/log)
_RAREST = 30  # laws that a class needs to be told apart

Array = np.ndarray


def features(X: Array, y: Array) -> Array:
    """Views of one table, on `MOST_ROWS` of its rows at most."""
    if len(y) > MOST_ROWS:
        keep = np.sort(np.random.default_rng(len(y)).permutation(len(y))[:MOST_ROWS])
        X, y = X[keep], y[keep]
    used = np.ones(X.shape[1], bool)
    return views(X[None], y[None], np.ones((1, len(y)), bool), used[None])[0]


class Trees:
    """Probabilities of openings from views.

    Parameters
    ----------
    table : array of shape (laws, N_VIEWS)
    openings : sequence of Opening
    """

    def __init__(self, table: Array, openings: Sequence[Opening], seed: int = 0) -> None:
        codes = np.array(openings)
        self._models, self._usual = [], []
        for k in range(codes.shape[1]):
            known = np.concatenate([table, _known(codes[:, :k])], axis=1)
            self._models.append(_fitted(known, codes[:, k], seed))
            counts = np.bincount(codes[:, k], minlength=N_CLASSES) + _SMOOTH
            self._usual.append(counts / counts.sum())

    def log_prob(self, table: Array, openings: Sequence[Opening]) -> Array:
        """Of each cell given those before it, (laws, 3)."""
        codes = np.array(openings)
        out = np.zeros(codes.shape)
        for k, (model, usual) in enumerate(zip(self._models, self._usual, strict=True)):
            known = np.concatenate([table, _known(codes[:, :k])], axis=1)
            p = np.zeros((len(codes), N_CLASSES + 1))
            p[:, model.classes_] = model.predict_proba(known)
            told = np.isin(np.arange(N_CLASSES), model.classes_)
            others = np.where(told, 0.0, usual)  # what is rare is told from the rest only
            p = p[:, :N_CLASSES] + p[:, N_CLASSES:] * others / others.sum()
            p = (1.0 - _DOUBT) * p / p.sum(1, keepdims=True) + _DOUBT * usual
            out[:, k] = np.log(p[np.arange(len(codes)), codes[:, k]])
        return out


def _known(codes: Array) -> Array:
    """Classes of earlier cells as numbers that trees can split: kind and unary of each."""
    return np.concatenate([codes // N_UNARIES, codes % N_UNARIES], axis=1).astype(float)


def _fitted(table: Array, codes: Array, seed: int) -> ClassifierMixin:
    counts = np.bincount(codes, minlength=N_CLASSES)
    codes = np.where(counts[codes] >= _RAREST, codes, N_CLASSES)
    if len(set(codes.tolist())) == 1:
        return DummyClassifier().fit(table, codes)
    model = HistGradientBoostingClassifier(
        learning_rate=0.15, max_iter=50, max_leaf_nodes=12, min_samples_leaf=20,
        l2_regularization=1.0, early_stopping=True, validation_fraction=0.1, n_iter_no_change=4,
        random_state=seed,
    )  # fmt: skip
    return model.fit(table, codes)


def by_trees(folder: Path, laws: int) -> Judge:
    """Trees on so many drawn laws, kept in `folder` (`training.drawn.Pool`), two tables of each."""
    pool = Pool(folder, CONFIGS["tiny"].buckets, SEED)
    pool.grow(laws)
    seen, openings = [], []
    for k in range(laws):
        law = pool.law(k)
        for again in range(2):
            rng = np.random.default_rng([k, 3 + again])
            clean = Noise() if (k + again) % 3 == 0 else None
            seen.append(features(*draw_table(rng, law, noise=clean)))
            openings.append(opening(law.node))
    trees = Trees(np.array(seen), openings)

    def judge(tables: Sequence[Problem], rows: Sequence[tuple[int, Node]]) -> Array:
        table = np.array([features(p.X, p.y) for p in tables])
        return trees.log_prob(table[[i for i, _ in rows]], [opening(form) for _, form in rows])

    return judge
