"""What users do with a fitted estimator: the front, another choice, constants, targets."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sympy
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_trm import TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, ExportError
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.intervals import covariance
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import constants
from sklearn_trm.output.export import TARGETS
from sklearn_trm.output.report import front_report, law_report, name_lines
from tests.estimators.fronts import result_of

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 3.0, (200, 2))
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": [], "max_complexity": 9}  # fmt: skip


def with_front(*laws: str, y: np.ndarray, table: np.ndarray = X) -> TRMSymbolicRegressor:
    """An estimator whose front holds these laws, fitted; no search."""
    est = TRMSymbolicRegressor()
    est._fitted = result_of(laws, table, y)
    est.n_features_in_, est.stopped_ = table.shape[1], "exact"
    return est.choose("best")


@pytest.fixture(scope="module")
def fitted():
    y = 2.5 * X[:, 0] / X[:, 1] + 0.1 * RNG.normal(size=200)
    return with_front("1.1", "2*x0/x1", "2*x0/x1 + 0.1*x0", "2*x0/x1 + 0.01*sin(9*x1)", y=y)


@pytest.fixture(scope="module")
def multi():
    return TRMSymbolicRegressor(**FAST).fit(X, np.column_stack([X[:, 0] * X[:, 1], X[:, 0] + 2]))


# ---------------------------------------------------------------------- the front


def test_the_columns_of_the_front(fitted):
    table = fitted.equations_
    for i, row in table.iterrows():
        np.testing.assert_array_equal(row.lambda_format(X), fitted.predict(X, index=i))
        assert row.constants == constants(parse(row.equation))
        assert str(row.sympy_format) == str(fitted.sympy(i))
        expected = 200 * np.log(row.loss) + len(row.constants) * np.log(200)
        assert row.bic == pytest.approx(expected)
    assert "validation_loss" not in table


def test_sympy_of_the_front_is_sympy(fitted):
    law = fitted.equations_.sympy_format[1]
    x0, x1 = sympy.symbols("x0 x1")
    assert sympy.simplify(sympy.diff(law, x0) * x1) == law.subs({x0: x1})
    assert sympy.sympify(law) == fitted.sympy(1) == law
    assert (law + 1) - law == 1 and -law == 0 - law and hash(law) == hash(fitted.sympy(1))


def test_a_front_costs_no_sympy_and_no_jax():
    code = (
        "import sys, pickle, numpy as np; from sklearn_trm import TRMSymbolicRegressor as T;"
        "X = np.random.default_rng(0).uniform(1, 2, (40, 2));"
        "e = T(model=None, random_state=0).fit(X, X[:, 0] * X[:, 1]);"
        "t = e.equations_; pickle.dumps(t); e.constants_; e.export('c'); e.export('sql');"
        "print([m for m in ('sympy', 'jax', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_latex_table(fitted):
    text = fitted.latex_table()
    assert text.count(r"\\") == 1 + len(fitted.equations_)
    assert text.startswith(r"\begin{tabular}{lrrr}") and text.endswith(r"\end{tabular}")
    assert f"$y = {fitted.latex()}$" in text
    assert r"\frac{2.5 x_{0}}{x_{1}}" in fitted.latex_table(precision=3)
    with pytest.raises(ValueError, match="'short' or None"):
        fitted.latex_table(precision="long")
    short = fitted.latex_table(columns=["equation", "bic"])
    assert "BIC" in short and "Score" not in short
    with pytest.raises(ExportError, match="got 'validation_loss'"):
        fitted.latex_table(columns=["validation_loss"])


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_of_the_estimator(fitted, target):
    assert fitted.export(target) and fitted.export(target, index=0) != fitted.export(target)


def test_jax_of_the_estimator(fitted):
    pytest.importorskip("jax")
    law = fitted.jax()
    np.testing.assert_allclose(law["callable"](X, law["parameters"]), fitted.predict(X), rtol=1e-5)


def test_torch_of_the_estimator(fitted):
    torch = pytest.importorskip("torch")
    values = fitted.pytorch()(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(values, fitted.predict(X), rtol=1e-12)


def test_torch_that_is_not_there(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ExportError, match="pip install torch"):
        fitted.pytorch()


# ---------------------------------------------------------------------- another choice


def test_choose_without_a_fit(fitted):
    assert fitted.choose("accuracy").equations_.selected.iloc[-1]
    assert fitted.choose(lambda rows: 0).expr_ == fitted.equations_.equation[0]
    assert fitted.choose("best").equations_.selected[1]
    with pytest.raises(ValueError, match="selection"):
        fitted.choose("fastest")


def test_choose_on_other_data():
    few = X[:12]
    y = 2.5 * few[:, 0] / few[:, 1] + 0.3 * np.random.default_rng(3).normal(size=12)
    est = with_front(
        "1.1", "2*x0/x1", "2*x0/x1 + 0.1*sin(9*x1) + 0.1*sin(14*x0) + 0.2*sin(5*x1)",
        y=y, table=few,
    )  # fmt: skip
    est.choose("accuracy")
    assert "sin" in est.expr_
    other = np.random.default_rng(4).uniform(0.5, 3.0, (100, 2))
    clean = 2.5 * other[:, 0] / other[:, 1]
    est.choose_on(other, clean)
    assert "sin" not in est.expr_ and "x0/x1" in est.expr_
    losses = est.equations_.validation_loss
    for i, loss in enumerate(losses):
        assert loss == pytest.approx(np.mean((est.predict(other, index=i) - clean) ** 2))
    assert losses.idxmin() == est.equations_.selected.idxmax()


def test_choose_on_takes_the_simplest_of_equals():
    y = 2.5 * X[:, 0] / X[:, 1] + 0.1 * np.random.default_rng(1).normal(size=200)
    est = with_front("1.1", "2*x0/x1", "2*x0/x1 + 0.001*x1", y=y)
    z = 2.5 * X[:, 0] / X[:, 1] + 0.1 * np.random.default_rng(2).normal(size=200)
    assert est.choose_on(X, z).equations_.selected[1]
    # weights count: where only one row is looked at, the constant may be as good
    weight = np.zeros(200)
    weight[np.argmin(np.abs(z - est.predict(X[:1], index=0)))] = 1.0
    assert est.choose_on(X, z, sample_weight=weight).equations_.validation_loss[0] < 0.1


def test_choose_on_bad_data(fitted):
    with pytest.raises(DataError, match="expected \\(200, 1\\)"):
        fitted.choose_on(X, X)
    with pytest.raises(DataError, match="NaN"):
        fitted.choose_on(X, np.full(200, np.nan))
    with pytest.raises(DataError, match="numbers"):
        fitted.choose_on(X, ["a"] * 200)
    with pytest.raises(ValueError, match="features"):
        fitted.choose_on(X[:, :1], X[:, 0])
    y = np.log(X[:, 0])
    with pytest.raises(ValueError, match="no law of the front is defined"):
        with_front("1.5*log(x0)", y=y).choose_on(-X, y)


# ---------------------------------------------------------------------- constants


@pytest.mark.parametrize("weighted", [False, True])
def test_intervals_agree_with_a_bootstrap(weighted):
    rng = np.random.default_rng(5)
    law = parse("2*exp(-0.7*x0) + 0.5*x1")
    scale = np.where(X[:, 0] > 1.5, 0.15, 0.05) if weighted else np.full(200, 0.1)
    weight = 1 / scale**2 if weighted else None
    y = 2 * np.exp(-0.7 * X[:, 0]) + 0.5 * X[:, 1] + scale * rng.normal(size=200)
    fit = fit_constants(law, X, y, weight)
    std = np.sqrt(np.diag(covariance(fit.node, fit.loss, X, y, weight, 200)))
    resampled = []
    for _ in range(150):
        part = rng.integers(0, 200, 200)
        w = None if weight is None else weight[part]
        resampled.append(constants(fit_constants(fit.node, X[part], y[part], w).node))
    np.testing.assert_allclose(std, np.std(resampled, axis=0), rtol=0.25)


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(6)
    hits = []
    for _ in range(100):
        y = 2 * X[:30, 0] / X[:30, 1] + 0.4 + 0.2 * rng.normal(size=30)
        table = with_front("1*x0/x1 + 1", y=y, table=X[:30]).constants()
        hits += [table.low[0] < 2 < table.high[0], table.low[1] < 0.4 < table.high[1]]
    assert 0.89 < np.mean(hits) < 0.99


def test_constants_of_a_fit(fitted):
    table = fitted.constants_
    assert list(table.columns) == ["value", "std", "low", "high"]
    assert table.value[0] == pytest.approx(2.5, abs=0.05)
    assert table.low[0] < table.value[0] < table.high[0]
    wide = fitted.constants(confidence=0.99)
    assert (wide.high > table.high).all()
    assert len(fitted.constants(index=2)) == 2
    with pytest.raises(ValueError, match="confidence"):
        fitted.constants(confidence=95)


def test_many_rows_have_the_covariance_of_all():
    rng = np.random.default_rng(7)
    table = rng.uniform(0.5, 3.0, (50_000, 2))
    y = 2 * table[:, 0] + rng.normal(size=50_000)
    fit = fit_constants(parse("1*x0"), table, y)
    std = np.sqrt(covariance(fit.node, fit.loss, table, y, None, 50_000)[0, 0])
    assert std == pytest.approx(1 / np.sqrt(np.sum(table[:, 0] ** 2)), rel=0.02)


def test_too_few_rows_determine_nothing():
    y = np.array([1.0, 2.5])
    fit = fit_constants(parse("1.1*x0 + 0.3"), X[:2], y)
    assert np.isinf(covariance(fit.node, fit.loss, X[:2], y, None, 2)).all()


def test_extreme_units_keep_the_constants_of_the_law():
    y = (2.5 * X[:, 0] / X[:, 1] + 0.1 * np.random.default_rng(8).normal(size=200)) * 1e20
    table = X * [1e-30, 1.0]
    est = TRMSymbolicRegressor(**FAST).fit(table, y)
    table_of = est.constants_
    assert len(table_of) == len(est.equations_.constants[est.equations_.selected.idxmax()])
    assert est.expr_.endswith("*x0/x1")  # no powers of ten around scaled columns
    assert table_of["value"].item() == pytest.approx(2.5e50, rel=0.05)
    assert table_of["low"].item() < 2.5e50 < table_of["high"].item()
    values = est.equations_.lambda_format[est.equations_.selected.idxmax()](table)
    np.testing.assert_allclose(values, est.predict(table), rtol=1e-9)


def test_snap_switch():
    y = 3.0 * X[:, 0] * X[:, 1] + 0.05 * np.random.default_rng(9).normal(size=200)
    clean = TRMSymbolicRegressor(**FAST).fit(X, y)
    raw = TRMSymbolicRegressor(**FAST, snap=False).fit(X, y)
    assert clean.expr_ == "3*x0*x1"
    assert raw.expr_ != clean.expr_ and raw.score(X, y) >= clean.score(X, y)
    with pytest.raises(ValueError, match="snap"):
        TRMSymbolicRegressor(**FAST, snap="yes").fit(X, y)


# ---------------------------------------------------------------------- several targets


def test_one_law_a_target(multi):
    assert multi.expr_ == ["x0*x1", "x0 + 2"] and multi.law()[0] == parse("x0*x1")
    assert multi.latex() == ["x_{0} x_{1}", "x_{0} + 2"]
    assert [len(t) for t in multi.constants()] == [0, 1] == [len(t) for t in multi.constants_]
    values = multi.predict(X)
    np.testing.assert_allclose(values, np.column_stack([X[:, 0] * X[:, 1], X[:, 0] + 2]))
    assert multi.score(X, values) == 1.0
    assert multi.stopped_ == ["exact", "exact"] and len(multi.estimators_) == 2
    assert all(isinstance(table, pd.DataFrame) for table in multi.equations_)
    assert "double law" in multi.export("c")[1]


def test_rows_of_several_targets(multi):
    np.testing.assert_allclose(multi.predict(X, index=[0, -1])[:, 1], X[:, 0] + 2)
    assert multi.latex([0, -1])[1] == "x_{0} + 2"
    with pytest.raises(ValueError, match="3 rows for 2 targets"):
        multi.latex([0, 1, 2])


def test_choices_of_several_targets(multi):
    values = multi.predict(X)
    assert multi.choose(lambda rows: 0).expr_ != ["x0*x1", "x0 + 2"]
    assert multi.choose_on(X, values).expr_ == ["x0*x1", "x0 + 2"]


def test_back_to_one_target(multi):
    est = clone(multi).fit(X, np.column_stack([X[:, 0], X[:, 1]]))
    est.fit(X, X[:, 0])
    assert est.expr_ == "x0" and not hasattr(est, "estimators_")
    assert est.predict(X).shape == (200,)


def test_targets_that_cannot_be_used():
    with pytest.raises(DataError, match="NaN"):
        TRMSymbolicRegressor(**FAST).fit(X, np.full((200, 2), np.nan))


# ---------------------------------------------------------------------- scikit-learn


def test_notebooks_show_the_law(fitted, multi):
    page = fitted._repr_html_()
    assert '<math displaystyle="true"><mi>y</mi><mo>=</mo><mfrac>' in page and "<svg" in page
    assert page.count("<tr><td") >= len(fitted.equations_)
    page = multi.choose("best")._repr_mimebundle_()["text/html"]
    assert page.count("<summary>") >= 2 and "<msub><mi>y</mi><mn>1</mn></msub><mo>=</mo>" in page
    assert "<math" not in TRMSymbolicRegressor()._repr_html_()  # scikit-learn's own diagram


def test_texts_have_the_digits_that_the_errors_support(fitted, multi):
    text, std = fitted.choose("best").short_text(), float(fitted.constants_["std"].iloc[0])
    value = float(text.split("*")[0])
    assert text == f"{value}*x0/x1" and len(text) <= 12 < len(fitted.expr_)
    assert abs(value - fitted.constants_.value.iloc[0]) <= 0.06 * std
    assert str(fitted) == f"y = {text}   (ratio of two columns)"
    assert f"{value} x_{{0}}" in fitted.latex()
    assert fitted._repr_latex_() == rf"$\displaystyle y = {fitted.latex()}$"
    assert f'title="{text}"' in fitted._repr_html_()
    fitted.answer_steps_, fitted.n_iter_ = [], 0
    assert f"  y = {text}" in law_report(fitted).splitlines()
    assert f"  {text}" in front_report(fitted)
    shown = "y0 = x0*x1   (product of two columns)\ny1 = x0 + 2   (straight line)"
    assert str(multi.choose("best")) == shown
    assert multi._repr_latex_().count("&=") == 2
    empty = TRMSymbolicRegressor(max_steps=3)
    assert str(empty) == repr(empty) and empty._repr_latex_() is None


def test_short_texts_of_exact_laws_are_exact():
    y = 8.314462618 * X[:, 0] + 0.25 + np.sqrt(7.0) * X[:, 1]
    est = with_front("1", "8*x0 + 0.3 + 2*x1", y=y)
    assert est.short_text() == "8.314462618*x0 + 2.6457513111*x1 + 0.25"
    values = evaluate(est.short_law(), X)
    np.testing.assert_allclose(values, y, atol=1e-9 * np.std(y), rtol=0)


def test_names_cannot_break_the_page():
    table = pd.DataFrame(X, columns=["<script>alert(1)</script>", "b"])
    est = TRMSymbolicRegressor(**FAST).fit(table, X[:, 0] * 2.0)
    assert "<script>alert" not in est._repr_html_()


def test_sample_weight_is_routed(monkeypatch):
    import sklearn
    from sklearn.utils.fixes import parse_version

    seen = []
    fit = TRMSymbolicRegressor.fit

    def spy(self, X, y, sample_weight=None):
        seen.append(None if sample_weight is None else len(sample_weight))
        return fit(self, X, y, sample_weight)

    spy.__doc__ = fit.__doc__
    monkeypatch.setattr(TRMSymbolicRegressor, "fit", spy)
    weight = np.where(X[:, 0] > 1, 1.0, 0.0)
    y = np.where(X[:, 0] > 1, X[:, 0] * X[:, 1], 100.0)
    with sklearn.config_context(enable_metadata_routing=True):
        est = TRMSymbolicRegressor(**FAST).set_fit_request(sample_weight=True)
        est = est.set_score_request(sample_weight=True)
        # the score of a pipeline takes no weights in scikit-learn 1.6
        old = parse_version(sklearn.__version__) < parse_version("1.7")
        pipe = est if old else make_pipeline(FunctionTransformer(), est)
        out = cross_validate(pipe, X, y, cv=2, params={"sample_weight": weight})
        grid = GridSearchCV(est, {"max_complexity": [1, 9]}, cv=2)
        grid.fit(X, y, sample_weight=weight)
    assert seen[:2] == [100, 100] and None not in seen
    assert (out["test_score"] == 1.0).all()
    assert grid.best_params_ == {"max_complexity": 9}


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_losses_of_any_unit(size):
    """The square of the unit is no float: losses are the nearest ones, the choice is the same."""
    x = np.linspace(1.0, 3.0, 30)
    y = 2.0 * x + 0.1 * np.sin(50.0 * x)
    settings = {"model": None, "time_limit": None, "max_steps": 1, "random_state": 0}
    plain, other = (TRMSymbolicRegressor(**settings).fit(x[:, None], u * y) for u in (1.0, size))
    assert other.equations_.loss.between(0.0, np.finfo(float).max).all()
    bic = [est.equations_.bic for est in (plain, other)]
    np.testing.assert_allclose(np.ptp(bic[0]), np.ptp(bic[1]), rtol=0.2)
    np.testing.assert_allclose(other.predict(x[:, None]), size * y, rtol=0.2)


def test_laws_have_the_names_of_textbooks(tmp_path):
    dose = np.linspace(0.5, 20, 14)[:, None]
    est = with_front(
        "2", "4/(3/x0 + 1)", "2*x0**0.3", table=dose, y=4 * dose[:, 0] / (3 + dose[:, 0])
    )
    est.answer_steps_, est.n_iter_, est.velocity_history_, est.converged_ = [], 0, [], True
    assert est.name_ == est.curve().name == "Michaelis-Menten"
    assert est.curve().parameters == pytest.approx({"Vmax": 4.0, "Km": 3.0})
    assert est.curve(0) is None  # a number
    assert str(est).endswith("   (Michaelis-Menten)")
    assert "<small>Michaelis-Menten</small>" in est._repr_html_()
    lines = law_report(est).splitlines()
    assert lines[1].startswith("  name: Michaelis-Menten (also Langmuir isotherm; ")
    assert lines[2] == "    v = Vmax*S/(Km + S)   with S = x0, Vmax = 4, Km = 3"
    est.set_params(named_curves=False)
    assert est.name_ is None and est.curve() is None
    assert "Michaelis" not in str(est) + law_report(est) + est._repr_html_()
    est.save(tmp_path / "law.json")
    assert load(tmp_path / "law.json").name_ is None


def test_names_of_several_targets_and_of_laws_without_one(multi):
    assert multi.choose("best").name_ == ["product of two columns", "straight line"]
    years = np.arange(1990.0, 2010.0)[:, None]
    est = with_front(
        "1", "50 + 30*exp(0.1*(x0 - 1990))", table=years,
        y=50 + 30 * np.exp(0.1 * (years[:, 0] - 1990)),
    )  # fmt: skip
    assert "with x = x0 - 1990" in "\n".join(name_lines(est.choose("accuracy")))
    odd = with_front("1", "exp(atan(x0)) + x1", y=np.exp(np.arctan(X[:, 0])) + X[:, 1])
    assert odd.choose("accuracy").name_ is None and str(odd) == f"y = {odd.short_text()}"
    with pytest.raises(ValueError, match="named_curves must be True or False, got 'no'"):
        TRMSymbolicRegressor(named_curves="no").fit(X, X[:, 0])
