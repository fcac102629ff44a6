"""Views: what fits is seen, whatever the order of rows and columns and the scale of y."""

from pathlib import Path

import jax
import numpy as np
import pytest

from sklearn_trm.network.model import ModelConfig
from sklearn_trm.network.refine import Refiner
from sklearn_trm.network.views import N_VIEWS, NAMES, views
from training.checkpoint import averaged, flatten, load_facts
from training.config import CONFIGS
from training.loop import initial_state
from training.step import build

CHECKPOINTS = Path(__file__).parents[2] / "training" / "checkpoints"


def seen(X, y, names=NAMES):
    X = np.asarray(X, float)
    out = views(X[None], np.asarray(y)[None], np.ones((1, len(y)), bool),
                np.ones((1, X.shape[1]), bool))[0]  # fmt: skip
    return {name: out[NAMES.index(name)] for name in names}


@pytest.fixture
def X():
    return np.random.default_rng(0).uniform(1.0, 4.0, (50, 2))


@pytest.mark.parametrize(
    ("law", "name"),
    [
        (lambda a, b: 2 * a - b + 1, "y ~ x"),
        (lambda a, b: 3 * a**1.3 / b, "log y ~ log x"),
        (lambda a, b: 1 / (2 + a - 0.2 * b), "1/y ~ x"),
        (lambda a, b: np.sqrt(1 + a + b), "y**2 ~ x"),
        (lambda a, b: (a + 2 * b) ** 2, "sqrt y ~ x"),
        (lambda a, b: np.log(1 + a + b), "exp y ~ x"),
        (lambda a, b: np.exp(0.3 * a + b), "log y ~ x"),
        (lambda a, b: np.exp(a**0.5 * b**2 / 9), "log log y ~ log x"),
        (lambda a, b: 2 * a * b + a, "y ~ products"),
        (lambda a, b: a / b + 2, "y ~ ratios"),
    ],
)
def test_what_fits_is_seen(X, law, name):
    y = law(X[:, 0], X[:, 1])
    clean = seen(X, y)
    assert clean[name] > 0.9
    assert clean[name] == max(v for n, v in clean.items() if n.startswith(name.split(" ~ ")[0]))
    noisy = y * (1 + 0.05 * np.random.default_rng(1).standard_normal(len(y)))
    assert 0.05 < seen(X, noisy)[name] < 0.6


def test_order_and_scale_change_nothing(X):
    y = np.exp(-X[:, 0]) + X[:, 1]
    names = [n for n in NAMES if not n.startswith(("exp y", "log log y", "below 1", "whole y"))]
    plain = np.array(list(seen(X, y, names).values()))
    order = np.random.default_rng(2).permutation(len(y))
    np.testing.assert_allclose(
        list(seen(X[order][:, ::-1], 1e5 * y[order], names).values()), plain, atol=2e-3
    )


def test_rows_and_columns_that_are_not_there_change_nothing(X):
    y = X[:, 0] * X[:, 1]
    wide, long = np.zeros((1, 64, 5)), np.zeros((1, 64))
    wide[0, :50, :2], long[0, :50] = X, y
    mask, columns = np.arange(64)[None] < 50, np.arange(5)[None] < 2
    padded = views(wide, long, mask, columns)[0]
    np.testing.assert_allclose(padded, list(seen(X, y).values()), atol=1e-4)


def test_waves_turns_and_roughness():
    x = np.linspace(0.0, 10.0, 80)[:, None]
    rng = np.random.default_rng(0)
    wave, line = np.sin(3.3 * x[:, 0] + 1), 2 * x[:, 0]
    assert seen(x, wave)["wave"] > 0.1 > seen(x, line)["turns"]
    assert seen(x, wave)["turns"] > 0.05
    assert seen(x, rng.standard_normal(80))["rough"] > 0.9 > seen(x, wave)["rough"]
    assert seen(x, line)["order"] == pytest.approx(1.0)


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_hardly_any_rows_or_odd_values_give_numbers(rows):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (rows, 3))
    for y in (X[:, 0], np.zeros(rows), np.full(rows, 1e300), -np.abs(X[:, 1])):
        out = views(X[None], y[None], np.ones((1, rows), bool), np.ones((1, 3), bool))
        assert out.shape == (1, N_VIEWS) and np.isfinite(out).all() and np.abs(out).max() <= 2.0


def test_a_network_with_views_begins_as_one_without(X):
    """Until it is trained: what is read goes nowhere, then into all slots."""
    cfg = ModelConfig(dim=16, heads=2, hidden=16, slots=2, views=N_VIEWS)
    assemble, params = build(cfg)
    refiner = Refiner(cfg, flatten(params))
    state = refiner.start(X, X[:, 0] ** 2, np.random.default_rng(0), lanes=2)
    f = refiner.features(state)
    assert f.views.shape == (2, N_VIEWS) and refiner.features(state).views is f.views
    blind = f._replace(views=0 * f.views)
    x, without = (np.asarray(assemble(params).encode(a)) for a in (f, blind))
    np.testing.assert_allclose(x, without, atol=1e-6)
    params["views_out"]["kernel"] = 0.1 * jax.random.normal(jax.random.key(0), (32, 32))
    x, without = (np.asarray(assemble(params).encode(a)) for a in (f, blind))
    assert np.abs(x[:, :2] - without[:, :2]).min(-1).max() > 0
    np.testing.assert_allclose(x[:, 2:], without[:, 2:], atol=1e-6)


def test_training_goes_on_from_a_run_without_views():
    cfg = CONFIGS["drawn"]
    params = flatten(initial_state(cfg)[2].params)
    shipped = averaged(CHECKPOINTS / "tiny")
    for name, array in params.items():
        if name.startswith("views_"):
            assert name not in shipped
        else:
            np.testing.assert_array_equal(array, shipped[name])
    assert not params["views_out/kernel"].any() and params["views_in/kernel"].any()


def test_runs_from_before_views_go_on():
    facts = load_facts(CHECKPOINTS / "tiny")
    assert "views" not in facts["config"]["model"]
    assert ModelConfig(**facts["config"]["model"]) == CONFIGS["tiny"].model
