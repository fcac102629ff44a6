"""Known formulas: their constants and standard errors are those of scipy's curve_fit."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import curve_fit

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, FileError
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import constants, with_constants
from sklearn_trm.fit.formula import Formula
from sklearn_trm.fit.template import Template


def fitted(table, y, template, *, weight=None, **options):
    est = TRMSymbolicRegressor(model=None, random_state=0, time_limit=None)
    return est.fit(table, y, sample_weight=weight, template=template, **options)


def saturation(x, a, b):
    return a * x / (b + x)


CURVES = {
    "a*x0/(b + x0)": (saturation, np.linspace(0.1, 9, 40), (3, 0.7)),
    "a*exp(-x0/b) + c": (
        lambda x, a, b, c: a * np.exp(-x / b) + c, np.linspace(0, 9, 40), (3, 0.7, 100)
    ),
    "a*exp(-(x0 - m)**2/(2*s**2))": (
        lambda x, a, m, s: a * np.exp(-((x - m) ** 2) / (2 * s**2)),
        np.linspace(0, 9, 60), (3, 7.7, 0.2),
    ),
    "a*sin(w*x0 + p) + c": (
        lambda x, a, w, p, c: a * np.sin(w * x + p) + c, np.linspace(0, 10, 300), (3, 37.7, 1, 10)
    ),
    "a/(1 + exp(-(x0 - t)/s))": (
        lambda x, a, t, s: a / (1 + np.exp(-(x - t) / s)), np.arange(1960.0, 2020), (300, 1990, 5)
    ),
    "A*exp(-E/(8.314*x0))": (
        lambda x, a, e: a * np.exp(-e / (8.314 * x)), np.linspace(280, 360, 25), (1e9, 5e4)
    ),
    "i*(exp(x0/v) - 1)": (
        lambda x, i, v: i * (np.exp(x / v) - 1), np.linspace(0, 0.7, 25), (1e-12, 0.026)
    ),
    "a*x0**n + a": (lambda x, a, n: a * x**n + a, np.linspace(0.1, 9, 40), (3, 1.5)),
}  # fmt: skip


@pytest.mark.parametrize("template", CURVES)
def test_without_starts_the_constants_are_those_of_curve_fit(template):
    curve, x, true = CURVES[template]
    y = curve(x, *true)
    y = y + 0.01 * np.std(y) * np.random.default_rng(1).standard_normal(len(x))
    scale = np.abs(true)
    p, cov = curve_fit(
        lambda x, *c: curve(x, *(scale * c)), x, y, p0=np.sign(true), xtol=1e-14, ftol=1e-14
    )
    est = fitted(x[:, None], y, template)
    np.testing.assert_allclose(np.abs(est.constants_["value"]), np.abs(p * scale), rtol=1e-5)
    np.testing.assert_allclose(est.constants_["std"], np.sqrt(np.diag(cov)) * scale, rtol=1e-3)
    assert est.predict(x[:, None]) == pytest.approx(curve(x, *(p * scale)), rel=1e-5, abs=1e-9)


FORMULAS = {
    "a*exp(-b*x0) + c*exp(-d*x0)": ([5, 2, 3, 0.3], np.linspace(0, 10, 60)),
    "a*exp(-((x0 - b)/c)**2) + d + g*x0": ([4, 3, 0.5, 1, 0.2], np.linspace(0, 10, 60)),
    "a/(1 + ((x0 - b)/c)**2) + d": ([4, 7.3, 0.3, 1], np.linspace(0, 10, 60)),
    "a*exp(-b*x0)*cos(w*x0 + p)": ([3, 0.3, 9, 0.5], np.linspace(0, 10, 60)),
    "a*sin(w*x0 + p) + b*sin(v*x0 + q) + c": ([3, 2, 0.5, 1, 5, 1, 0.3], np.linspace(0, 20, 90)),
    "a*x0**n": ([2.5e-3, 0.75], np.geomspace(1, 5000, 40)),
    "a*(1 - exp(-(x0/t)**k))": ([100, 30, 2.2], np.linspace(1, 100, 60)),
    "a*exp(-exp(-b*(x0 - c)))": ([100, 0.3, 12], np.linspace(0, 40, 60)),
    "L/(1 + exp(-k*(x0 - m)))": ([8e9, 0.03, 1990], np.arange(1900.0, 2021)),
    "v*x0/(k + x0 + x0**2/i)": ([10, 2, 30], np.linspace(0.1, 100, 60)),
    "b + (t - b)/(1 + (x0/d)**h)": ([2, 100, 0.01, 1.3], np.geomspace(1e-4, 10, 30)),
    "a + b*log(x0 + c)": ([3, 2, 5], np.linspace(0, 100, 60)),
    "sqrt(a**2 + (b*x0)**2)": ([3, 0.5], np.linspace(0, 50, 60)),
    "a*x0*exp(-x0/b)": ([3, 4], np.linspace(0, 30, 60)),
    "(a + b*x0)/(1 + c*x0)": ([2, 3, 0.5], np.linspace(0, 20, 60)),
    "a*abs(x0 - b) + c": ([2, 4, 1], np.linspace(0, 10, 60)),
    "a*tanh((x0 - b)/c) + d": ([2, 4, 0.5, 7], np.linspace(0, 10, 60)),
    "R*exp(B*(1/x0 - 1/298.15))": ([1e4, 3950], np.linspace(250, 400, 60)),
    "10**(A - B/(C + x0))": ([8.07, 1730, 233], np.linspace(1, 100, 60)),
    "a*cos(2*pi*x0/P) + b*sin(2*pi*x0/P) + c": ([3, 365.25, 1, 10], np.linspace(0, 2000, 120)),
    "a/x0**12 - b/x0**6": ([1, 2], np.linspace(0.8, 3, 60)),
    "D*(1 - exp(-a*(x0 - r)))**2": ([4.5, 1.9, 0.74], np.linspace(0.5, 3, 60)),
    "b*atan(a*x0)": ([2, 3], np.linspace(-5, 5, 60)),
}


@pytest.mark.parametrize("template", FORMULAS)
def test_without_starts_no_error_is_left(template):
    true, x = FORMULAS[template]
    read = Formula.of(Template.read(template, ["x0"]), 1)
    own = [true[i] if i >= 0 else v for i, v in zip(read.owner, constants(read.node), strict=True)]
    y = evaluate(with_constants(read.node, own), x[:, None])
    left = fitted(x[:, None], y, template).predict(x[:, None]) - y
    assert np.sqrt(np.mean(left**2)) < 1e-7 * np.std(y)


def test_the_law_is_written_as_it_was_given():
    x = np.linspace(0.1, 9, 20)
    est = fitted(pd.DataFrame({"conc": x}), saturation(x, 3, 0.7), "v*conc/(k + conc)")
    assert est.expr_ == "3*conc/(0.7 + conc)" and est.stopped_ == "exact"
    assert list(est.constants_.index) == ["v", "k"]
    assert len(est.equations_) == 1 and est.latex() and est.export("c")


def test_bounds_choose_the_branch_and_hold():
    x = np.linspace(0, 5, 60)
    y = 2 * np.exp(-1.0 * x) + 1 * np.exp(-0.2 * x)
    template = "a*exp(-p*x0) + b*exp(-q*x0)"
    slow_first = {"p": (0, 0.5), "q": (0.5, None)}
    value = fitted(x[:, None], y, template, constants=slow_first).constants_["value"]
    np.testing.assert_allclose(value[["a", "p", "b", "q"]], [1, 0.2, 2, 1], rtol=1e-6)
    tight = fitted(x[:, None], 3 * x + 1, "m*x0 + c", constants={"m": (0, 2)}).constants_
    assert tight.value["m"] == 2 and tight["std"]["m"] == 0
    assert tight.value["c"] == pytest.approx(3.5)  # the best beside the bound
    with pytest.raises(DataError, match="ascend"):
        fitted(x[:, None], y, template, constants={"p": (1, 0)})


def test_a_start_leads_to_the_minimum_beside_it():
    x = np.linspace(0, 10, 200)
    y = np.sin(3 * x) + 0.5 * np.sin(7 * x)
    beside = fitted(x[:, None], y, "a*sin(w*x0)", constants={"w": 7.02}).constants_
    assert beside.value["w"] == pytest.approx(7.0, abs=0.02)
    assert fitted(x[:, None], y, "a*sin(w*x0)").constants_.value["w"] == pytest.approx(3, abs=0.02)


def test_weights_and_known_errors():
    rng = np.random.default_rng(0)
    x = np.linspace(0.1, 9, 30)
    err = 0.02 + 0.05 * x
    y = saturation(x, 3, 0.7) + err * rng.standard_normal(30)
    p, relative = curve_fit(saturation, x, y, sigma=err)
    absolute = curve_fit(saturation, x, y, sigma=err, absolute_sigma=True)[1]
    by_weight = fitted(x[:, None], y, "a*x0/(b + x0)", weight=1 / err**2)
    by_error = fitted(x[:, None], y, "a*x0/(b + x0)", y_error=err)
    for est, cov in ((by_weight, relative), (by_error, absolute)):
        np.testing.assert_allclose(est.constants_["value"], p, rtol=1e-6)
        np.testing.assert_allclose(est.constants_["std"], np.sqrt(np.diag(cov)), rtol=1e-5)
    chi_square = np.sum(((y - saturation(x, *p)) / err) ** 2)
    assert by_error.equations_.loss[0] == pytest.approx(chi_square / 30)


def test_repeated_rows_count():
    x = np.repeat(np.linspace(0.1, 9, 10), 3)
    y = np.round(saturation(x, 3, 0.7) + 0.1 * np.random.default_rng(0).standard_normal(30), 1)
    p, cov = curve_fit(saturation, x, y)
    est = fitted(x[:, None], y, "a*x0/(b + x0)")
    np.testing.assert_allclose(est.constants_["value"], p, rtol=1e-6)
    np.testing.assert_allclose(est.constants_["std"], np.sqrt(np.diag(cov)), rtol=1e-4)


def test_extreme_units_many_rows_and_several_targets():
    x = np.random.default_rng(0).uniform(1, 5, (20_000, 1))
    far = fitted(1e90 * x, 1e200 * saturation(x[:, 0], 3, 0.7), "a*x0/(b + x0)").constants_
    np.testing.assert_allclose(far.value / [1e200, 1e90], [3, 0.7], rtol=1e-9)
    near = fitted(1e-300 * x, 1e-300 * (2 * x[:, 0] + 1), "a*x0 + b").constants_
    np.testing.assert_allclose(near.value / [1, 1e-300], [2, 1], rtol=1e-9)
    both = np.column_stack([saturation(x[:, 0], 3, 0.7), saturation(x[:, 0], 5, 2)])
    est = fitted(x[:500], both[:500], "a*x0/(b + x0)")
    assert [list(c["value"]) for c in est.constants_] == [[3, 0.7], [5, 2]]


def test_constants_that_the_rows_do_not_tell_are_infinitely_uncertain():
    x = np.linspace(1, 5, 20)
    est = fitted(x[:, None], 2 * x + 1 + 0.01 * np.sin(99 * x), "a*b*x0 + c").constants_
    assert np.isinf(est["std"][["a", "b"]]).all() and 0 < est["std"]["c"] < 1
    gone = fitted(x[:, None], 2 * x + 0.01 * np.sin(99 * x), "a*x0 + b*(x0 - x0)").constants_
    assert np.isinf(gone["std"]["b"]) and 0 < gone["std"]["a"] < 1
    held = fitted(x[:, None], 3 * x, "a*x0", constants={"a": (0, 2)}).constants_
    assert held["value"]["a"] == 2 and held["std"]["a"] == 0


def test_files_and_pickles_keep_the_names(tmp_path):
    x = np.linspace(0.1, 9, 20)[:, None]
    est = fitted(x, saturation(x[:, 0], 3, 0.7) + 0.01 * np.sin(50 * x[:, 0]), "a*x0/(b + x0)")
    est.save(tmp_path / "law.json")
    for again in (load(tmp_path / "law.json"), pickle.loads(pickle.dumps(est))):
        pd.testing.assert_frame_equal(again.constants_, est.constants_)
        np.testing.assert_array_equal(again.predict(x), est.predict(x))
    text = (tmp_path / "law.json").read_text().replace('["b", 1]', '["b", 9]')
    (tmp_path / "law.json").write_text(text)
    with pytest.raises(FileError, match="names of the constants"):
        load(tmp_path / "law.json")


def test_the_time_limit_holds_on_long_tables():
    x = np.linspace(0.1, 9, 200_000)
    y = saturation(x, 3, 0.7) + 0.1 * np.sin(1e4 * x)
    ticks = iter(range(10**6))

    class Watched(TRMSymbolicRegressor):
        _clock = staticmethod(lambda: float(next(ticks)))  # a look is a second

    est = Watched(model=None, time_limit=20).fit(x[:, None], y, template="a*x0**n/(b**n + x0**n)")
    assert est.stopped_ == "time limit" and est.score(x[:, None], y) > 0.9
    assert next(ticks) < 60


def test_callbacks_hear_of_the_law():
    x, heard = np.linspace(0.1, 9, 20)[:, None], []
    est = TRMSymbolicRegressor(model=None)
    est.fit(x, 2 * x[:, 0], template="a*x0", callbacks=lambda p: heard.append(p.law))
    assert heard == ["2*x0"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"template": "log(a - x0**2 - 100)", "constants": {"a": 1.0}}, "no start defines"),
        ({"template": "a*x0 + b", "guesses": ["x0"]}, "constants=, not guesses="),
        ({"template": "a*x0 + b", "X_error": 0.1}, "leave out"),
        ({"template": "a*x0**3 + b*x0**2 + c*x0 + d + g*exp(h*x0) + k*sin(l*x0)"}, "8 constants"),
    ],
)
def test_what_cannot_be_fitted(options, message):
    x = np.linspace(1, 5, 7)
    with pytest.raises(DataError, match=message):
        fitted(x[:, None], x**2, **options)
