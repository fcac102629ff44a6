"""Kinds of noise: their likelihoods are those of their distributions, and which of them apply."""

import numpy as np
import pytest
from scipy.stats import norm, poisson

from sklearn_trm.objectives.noise_models import (
    Counts,
    Even,
    Noise,
    Proportional,
    Rounded,
    models_of,
    rounding_steps,
)

rng = np.random.default_rng(0)
LAW = np.geomspace(2.0, 200.0, 40)
ERROR = rng.standard_normal(40)


def least(nats):
    """Of sizes over six decades."""
    return min(nats(size) for size in np.geomspace(1e-4, 1e2, 20_001))


def test_nats_are_those_of_normal_errors_at_their_best_size():
    y = LAW + 0.3 * ERROR
    exact = least(lambda s: -norm.logpdf(y, LAW, s).sum())
    assert Even().nats(y, LAW) == pytest.approx(exact, abs=1e-4)
    y = LAW * (1 + 0.03 * ERROR)
    exact = least(lambda s: -norm.logpdf(y, LAW, s * LAW).sum())
    assert Proportional().nats(y, LAW) == pytest.approx(exact, abs=1e-4)
    y = np.round(LAW + np.sqrt(LAW) * ERROR)
    exact = least(lambda s: -norm.logpdf(y, LAW, s * np.sqrt(LAW)).sum())
    assert Counts().nats(y, LAW) == pytest.approx(exact, abs=1e-4)


def test_nats_of_counts_are_near_those_of_poisson():
    law = np.linspace(20, 400, 300)
    y = rng.poisson(law).astype(float)
    assert Counts().nats(y, law) == pytest.approx(-poisson.logpmf(y, law).sum(), abs=3.0)
    assert Counts().noise(y, law, None, 0).size == pytest.approx(1.0, abs=0.1)


def test_a_repeated_row_is_a_row_twice():
    y, twice = LAW * (1 + 0.03 * ERROR), np.r_[0:40, 0:10]
    repeats = np.bincount(twice) / np.mean(np.bincount(twice))
    for model in (Even(), Proportional()):
        apart = model.nats(y[twice], LAW[twice]) * 40 / 50
        assert model.nats(y, LAW, repeats) == pytest.approx(apart, rel=1e-9)


def test_rounding_is_uniform_within_half_a_step_and_normal_beyond():
    y = np.round(LAW, 1)
    model = Rounded.of(y)
    n = len(y)
    # every law within half a step is as likely: the density there is one over the step
    assert model.nats(y, LAW) == pytest.approx(n * np.log(0.1), abs=0.1)
    assert model.nats(y, y + 0.03 * np.sign(ERROR)) == pytest.approx(n * np.log(0.1), abs=1e-6)
    far = LAW + 2.0 * np.abs(ERROR)
    assert model.nats(y, far) == pytest.approx(Even().nats(y, far), abs=0.1)
    near = LAW + 0.1 * ERROR

    def mass(size):
        low, high = (norm.cdf((y - near + side * 0.05) / size) for side in (-1, 1))
        return -np.log(np.maximum((high - low) / 0.1, 1e-300)).sum()

    assert model.nats(y, near) == pytest.approx(least(mass), abs=0.2)
    assert model.noise(y, LAW, None, 2) == Noise("rounded", 0.05)
    assert model.noise(y, near, None, 2).kind == "even"


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([0.12, 3.4, 10.05], [0.01] * 3),
        ([1500.0, 20.0, 120.0], [10.0] * 3),
        ([123e3, 4.56, 0.0789], [1e3, 0.01, 1e-4]),  # three digits each
        ([0.1, 1 / 3, 0.7], None),
        ([np.pi, 2.5, 3.0], None),
        (np.float32([0.12, 3.4, 10.05]).astype(float), None),
        ([3.0, 5.0], None),  # two rows show no grid
    ],
)
def test_the_grid_of_rounded_values(values, steps):
    found = rounding_steps(np.array(values))
    if steps is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, steps)


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ([0.1 + np.pi, 2.2 * np.e, 7.1], {"even", "proportional"}),
        ([-np.pi, np.e, 7.1], {"even"}),
        ([np.pi, 0.0, 7.1], {"even"}),
        ([0.0, 3.0, 9.0, 17.0], {"even", "counts", "rounded"}),
        ([2.0, 3.0, 17.0], {"even", "proportional", "counts", "rounded"}),
        ([0.0, 1.0, 1.0, 1.0], {"even", "rounded"}),  # a class is no count
    ],
)
def test_which_kinds_apply(values, kinds):
    assert {model.kind for model in models_of(np.array(values))} == kinds


def test_a_law_of_the_wrong_sign_or_size_has_no_errors_in_per_cent():
    y = LAW * (1 + 0.03 * ERROR)
    for wrong in (-LAW, 10 * LAW, np.where(LAW > 100, np.nan, LAW), LAW * (1 + 0.4 * ERROR)):
        assert Proportional().nats(y, wrong) == np.inf
    assert Counts().nats(np.round(y), -LAW) == np.inf
    assert Even().noise(y, np.full(40, np.nan), None, 1) is None


def test_weights_are_one_over_the_variance():
    weight = Proportional().weights(LAW, LAW)
    np.testing.assert_allclose(weight * LAW**2, np.full(40, 1 / np.mean(LAW**-2.0)))
    weight = Counts().weights(np.array([0.0, 4.0, 9.0]), np.array([0.0, 4.0, 9.0]))
    assert np.isfinite(weight).all() and weight[0] > weight[1] > weight[2]


def test_the_spread_of_a_measurement():
    values = np.array([-4.0, 9.0])
    for noise, spread in (
        (Noise("even", 0.5), [0.5, 0.5]),
        (Noise("proportional", 0.1), [0.4, 0.9]),
        (Noise("counts", 2.0), [4.0, 6.0]),
        (Noise("rounded", 0.3), [0.3 / 3**0.5] * 2),
        (Noise("known", 1.0), [np.nan] * 2),
        (Noise("none", 0.0), [0.0, 0.0]),
    ):
        np.testing.assert_allclose(noise.spread(values), spread)
    # 95% of a uniform error lies within .95 of half a step
    np.testing.assert_allclose(1.96 * Noise("rounded", 1.0).spread(values, 0.95), 0.95, rtol=1e-4)
