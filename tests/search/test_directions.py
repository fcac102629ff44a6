import numpy as np

from sklearn_trm.search.directions import COORDINATES, Directions, Probes

N, K = 60, 3000


def rows_of(seed: int, k: int = K) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((k, N))


def level() -> Probes:
    return Probes(np.ones((1, N)) / np.sqrt(N))


def test_every_exact_pair_is_found_and_no_other() -> None:
    rows, probes = rows_of(0), level()
    rng = np.random.default_rng(1)
    which = np.sort(rng.choice(K, (20, 2), replace=False), axis=1)
    targets = 3.0 * rows[which[:, 0]] - 0.01 * rows[which[:, 1]] + 5.0
    some = Directions(*probes(rows))
    found = some.pairs(probes(np.vstack([targets, rows_of(2, 20)]))[0][:, None])
    assert sorted(found) == [(k, int(i), int(j)) for k, (i, j) in enumerate(which)]


def test_triples_are_pairs_beside_a_row() -> None:
    rows, probes = rows_of(3), level()
    target = rows[5] + 0.2 * rows[700] - 4.0 * rows[2500]
    at = probes(np.vstack([target, rows[5], rows[6]]))[0]
    some = Directions(*probes(rows))
    taken = np.stack([np.stack([at[0], at[k]]) for k in (1, 2)])
    assert some.pairs(taken) == [(0, 700, 2500)]


def test_rows_that_depend_on_each_other_explain_nothing() -> None:
    rows, probes = rows_of(4, 50), level()
    rows[20] = rows[3] + 2.0 * rows[4]
    at = probes(np.vstack([rows_of(5, 1), rows[3]]))[0]
    assert Directions(*probes(rows)).pairs(at[None]) == []


def test_of_parallel_rows_and_of_what_is_free_only_the_first_is_kept() -> None:
    rows = rows_of(6, 4)
    rows[2], rows[3] = -7.0 * rows[0] + 1.0, 4.0
    at, share = level()(rows)
    assert at.shape == (4, COORDINATES) and share[3] < 1e-6
    assert Directions(at, share).index.tolist() == [0, 1]
