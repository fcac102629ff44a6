"""The law beside the data: what is drawn is what the estimator says."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.output.pictures.files import save_picture
from sklearn_trm.output.pictures.overview import plot_fit
from sklearn_trm.output.pictures.style import law_text

RNG = np.random.default_rng(3)
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": [], "max_complexity": 9}  # fmt: skip


@pytest.fixture(scope="module")
def line():
    x = np.linspace(1.0, 4.0, 20)[:, None]
    y = 2 * x[:, 0] + 0.2 * RNG.normal(size=20)
    return TRMSymbolicRegressor(**FAST).fit(x, y), x, y


def test_curve_band_and_points(line):
    est, x, y = line
    display = est.plot.law(x, y, level=0.9)
    np.testing.assert_array_equal(display.x, x[:, 0])
    np.testing.assert_array_equal(display.y, y)
    np.testing.assert_allclose(display.curve, est.predict(display.grid[:, None]))
    low, high = est.predict_interval(display.grid[:, None], 0.9, law_doubt=True)
    np.testing.assert_allclose(display.band, (low, high))
    shown = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "90% of measurements" in shown and any("probability" in text for text in shown)


def test_the_fan_holds_likely_laws_with_their_probability():
    area = np.array([1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 25, 32.0])
    y = 4.2 * area**0.28 * (1 + 0.05 * np.random.default_rng(3).normal(size=12))
    est = TRMSymbolicRegressor(**{**FAST, "unary_operators": ["log", "sqrt"]})
    est.fit(area[:, None], y)
    table = est.equations_
    likely = table[(table.probability >= 0.05) & ~table.selected]
    assert len(likely)  # else this says nothing
    fan = est.plot.law(area[:, None], y).fan
    assert len(fan) == len(likely)
    best = likely.probability.idxmax()
    assert fan[0][0] == f"{likely.probability[best]:.0%}: {est.short_text(best)}"
    grid = est.plot.law(area[:, None], y).grid
    np.testing.assert_allclose(fan[0][1], est.predict(grid[:, None], best))


def test_of_several_columns_others_are_taken_out():
    X = RNG.uniform(1, 5, (60, 2))
    y = X[:, 0] * X[:, 1] + 0.1 * RNG.normal(size=60)
    est = TRMSymbolicRegressor(**FAST).fit(pd.DataFrame(X, columns=["a", "b"]), y)
    table = pd.DataFrame(X, columns=["a", "b"])
    whole = est.plot.law(table, y)
    assert whole.column is None
    np.testing.assert_allclose(whole.x, est.predict(table))  # over the law's own values
    np.testing.assert_array_equal(whole.curve, whole.grid)
    one = est.plot.law(table, y, column="b")
    middle = np.median(X[:, 0])
    at = pd.DataFrame({"a": np.full(60, middle), "b": X[:, 1]})
    np.testing.assert_allclose(one.y - est.predict(at), y - est.predict(table))
    assert one.ax_.get_ylabel() == "y, others at their medians"


def test_dates_are_dates(line):
    days = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=20)})
    y = 3 + 0.5 * np.arange(20)
    est = TRMSymbolicRegressor(**FAST).fit(days, y, dates="days")
    ax = est.plot.law(days, y).ax_
    points = ax.collections[-1].get_offsets()
    from matplotlib.dates import num2date

    assert num2date(points[0][0]).strftime("%Y-%m-%d") == "2020-01-01"
    assert ax.get_xlabel() == "day"


def test_the_law_is_set_as_mathematics(tmp_path):
    X = RNG.uniform(1, 5, (30, 2))
    est = TRMSymbolicRegressor(**FAST).fit(X, X[:, 0] / X[:, 1])
    est.feature_names_in_ = np.array(["a_b $", "W/m²"], dtype=object)
    text, how = law_text(est, "T(°C)")
    assert text == r"$\mathrm{T(°C)} = \dfrac{\,\mathrm{a\_b\ \$}}{\,\mathrm{W/m²}}$"
    assert how == {"math_fontfamily": "dejavusans"}  # the other fonts lack these signs
    est.fit(X, X[:, 0] * X[:, 1])
    est.feature_names_in_ = np.array(["mass", "speed"], dtype=object)
    assert r"\mathrm{mass} \cdot \,\mathrm{speed}" in law_text(est)[0]
    table = pd.DataFrame(X, columns=["mass", "speed"])
    save_picture(tmp_path / "law.png", est, table, X[:, 0] * X[:, 1])
    assert (tmp_path / "law.png").stat().st_size > 20_000
    with pytest.warns(DeprecationWarning, match=r"est\.plot"):
        assert plot_fit(est, table, X[:, 0] * X[:, 1]).axes
