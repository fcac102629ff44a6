"""Deep laws: modulated rows, several rows, square roots of polynomials, inner constants."""

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.operators import BINARY, UNARY
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import var
from sklearn_trm.search import scan, stages
from sklearn_trm.search.continued import continued
from sklearn_trm.search.factored import factored
from sklearn_trm.search.forms import Forms, forms
from sklearn_trm.search.inner_parameters import one_inner_parameter, two_inner_parameters
from sklearn_trm.search.library import argument_library
from sklearn_trm.search.modulated import Modulation, modulated, multiplied
from sklearn_trm.search.outer import blocks, functions_of
from sklearn_trm.search.proposals import Proposals, ProposalWorkspace
from sklearn_trm.search.residual_views import ResidualViews, rests_of_laws
from sklearn_trm.search.search import Search
from sklearn_trm.search.solvers.algebraic import quadratic_laws
from sklearn_trm.search.solvers.waves import spectrum_peaks, waves
from sklearn_trm.search.transforms import Target, target_transforms
from sklearn_trm.task.problem import Problem

X = np.random.default_rng(3).uniform(-3, 4, (160, 3))


def exact(text, stage, table=X):
    """Whether a stage alone finds the law."""
    y = evaluate(parse(text), table)
    search = Search(Problem(table, y))
    for _ in stage(search.main):
        if search.exact is not None:
            break
    assert search.exact is not None
    np.testing.assert_allclose(evaluate(search.exact, table), y, rtol=1e-6, atol=1e-8)


def test_triple_kernels_agree(monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((40, 30))
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    t = rows[3] - 0.5 * rows[17] + 0.8 * rows[30] + 0.03 * rng.standard_normal(30)
    t /= np.linalg.norm(t)
    compiled = scan.best_triples(rows @ rows.T, rows @ t, 15, 0.3)
    monkeypatch.setattr(scan, "triple_kernel", lambda: scan._triple_kernel_numpy)
    plain = scan.best_triples(rows @ rows.T, rows @ t, 15, 0.3)
    assert compiled[0][0].tolist() == [3, 17, 30]
    np.testing.assert_array_equal(compiled[0], plain[0])
    np.testing.assert_allclose(compiled[1], plain[1], rtol=1e-6)


@pytest.mark.parametrize("table", [X, np.abs(X) + 0.1, X[:, :1]])
def test_blocks_hold_the_values_of_their_trees(table):
    library = argument_library(table, UNARY, BINARY, 900)
    for block in blocks(library, functions_of(UNARY, BINARY), 800):
        for i in range(0, len(block.values), 97):
            values = evaluate(block.node(i), table)
            np.testing.assert_allclose(values, block.values[i], rtol=1e-4, atol=1e-6)  # sin(1e6)


def test_modulation_is_least_squares():
    rng = np.random.default_rng(1)
    S, Z, t = (
        rng.standard_normal((5, 50)),
        rng.standard_normal((3, 50)),
        rng.standard_normal((2, 50)),
    )
    q = np.linalg.qr(rng.standard_normal((50, 2)))[0].T
    t -= (t @ q.T) @ q
    t /= np.linalg.norm(t, axis=1)[:, None]
    loss = Modulation(Z, q, t).loss(S)
    for s, row in zip(S, loss, strict=True):
        A = np.vstack([q, s * Z]).T
        rest = t.T - A @ np.linalg.lstsq(A, t.T, rcond=None)[0]
        np.testing.assert_allclose(row, (rest**2).sum(axis=0), rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "added", "most"),
    [
        ("x1 - (x0 + 2*x2)*sin(x0**2 + x1 - x2)", "affine", 0),
        ("x0*x1 - 0.5*x2*exp(-x0 - x1)", "curved", 0),
        ("(x0*x1 - x2)/(1 + x0**2)", "affine", 10),
    ],
)
def test_modulated(text, added, most):
    exact(text, lambda ws: modulated(ws, [ws.root], added, most))


def test_modulated_with_another_term():
    exact("x1*(x0 + sin(x1*x2)) + 2*cos(x0)", lambda ws: modulated(ws, [ws.root], others=800))


def test_multiplied_targets_undo_themselves():
    y = evaluate(parse("x0*x1 + 2"), X)
    for t in multiplied(Search(Problem(X, y)).main, 8):
        node = t.wrap(parse("x0"))
        assert np.isfinite(evaluate(node, X)).all() and len(t.values) == len(y)


def test_three_and_four_terms():
    table = np.abs(X) + 0.1
    text = "sqrt(x0) + 0.7*x1/x2 - exp(x1) + 3*x0"
    exact(text, lambda ws: stages.several(ws, ws.root, "affine", 300, 0), table)
    text = "sqrt(x0) + 0.7*x1/x2 - 2*sin(x1) + cos(x0)"
    exact(text, lambda ws: stages.several(ws, ws.root, "linear", 0, 120), table)


@pytest.mark.parametrize(
    "text", ["x0**2 - x1 - 2.2*sqrt(0.4*x0 - 0.2*x1 + 3)", "3*x1*sqrt(x0**2 + 1) + x0"]
)
def test_square_root_of_a_polynomial(text):
    y = evaluate(parse(text), X[:, :2])
    (law,) = quadratic_laws(X[:, :2], y, [0, 1])
    np.testing.assert_allclose(evaluate(law, X[:, :2]), y, rtol=1e-7)


@pytest.mark.parametrize(
    "text",
    [
        "x1 + 0.5*exp(-0.73*x0)",
        "(x0 - 2*x1)/(x1 + 4.7) + 3*x0",
        "3*exp(-(x0 - 1.31)**2/0.47) + x1",
        "2*tanh((x1 + 0.43)/0.71) - 1",
    ],
)
def test_one_inner_constant_or_shape(text):
    exact(text, lambda ws: one_inner_parameter(ws, [ws.root]), X[:, :2])


def test_no_target_is_no_law():
    search = Search(Problem(X, X[:, 0]))
    assert list(modulated(search.main, [], "affine")) == []


def test_two_inner_constants():
    exact("2*sin(1.3*x0)*cos(0.6*x1)", lambda ws: two_inner_parameters(ws, ws.root), X[:, :2])


@pytest.mark.parametrize("text", ["sin(8.1*x0) + 2*cos(9.4*x0 + 1) + x0", "cos(3*x0)*sin(17*x0)"])
def test_waves_of_one_column_in_a_sum(text):
    exact(text, lambda ws: waves(ws, ws.root), 4 * X[:, :1])


@pytest.mark.parametrize("text", ["2 - 2.1*cos(9.8*x0)*sin(1.3*x2)", "3*sin(17.3*x1) + x0"])
def test_waves(text):
    exact(text, lambda ws: waves(ws, ws.root), 8 * X)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.arange(0, 1, 0.002), "2*sin(10*pi*x0) + 0.7*cos(24*pi*x0) + 1"),
        (np.arange(100.0), "3*sin(2*pi*x0/7) + cos(2*pi*x0/30) + 5"),
    ],
)
def test_waves_on_a_regular_grid(x, text):
    exact(text, lambda ws: waves(ws, ws.root), x[:, None])
    beyond = np.pi / (x[1] - x[0])
    frequencies = spectrum_peaks(x, evaluate(parse(text), x[:, None]), 2**16, 20)
    assert (frequencies <= 1.01 * beyond).all()


def test_waves_of_high_frequency():
    exact("6.87 + 11*cos(7.23*x0**3)", lambda ws: waves(ws, ws.root, 2**21), 8 * X[:, :1])


@pytest.mark.parametrize(
    "text", ["x0**1.5*exp(x1 - 0.3*x2)*(x0 + x1**2 - x2)**2", "x1/x0*exp(0.7*(x0*x1 - x2/x0))"]
)
def test_factored(text):
    exact(text, lambda ws: factored(ws, [ws.root]), np.abs(X) + 0.1)


def test_a_dominant_monomial():
    exact("x1 - 2*x2 + x0**4*x1**3/x2**4", lambda ws: stages.dominant(ws, [ws.root]))


@pytest.mark.parametrize(
    "text", ["x0*cos(1.2364273*x0)", "2.3*x0**2*exp(-0.731*x0) + 0.4", "cos(1.2364273*x0)/x1"]
)
def test_a_dial_times_a_monomial(text):
    """On a range so short that many wrong functions come as near."""
    table = np.random.default_rng(5).uniform(0.25, 1.25, (200, 1 + ("x1" in text)))
    exact(text, lambda ws: one_inner_parameter(ws, [ws.root]), table)


def test_rows_that_are_mostly_zero():
    y = np.where(X[:, 0] > 2, np.exp(X[:, 1]), 0.0)
    search = Search(Problem(X, y))
    list(stages.dominant(search.main, [search.main.root]))  # neither an error nor a warning


def test_a_constant_beside_a_quotient():
    exact("x0 + x1 + 6.21 + 1/(x0*x2 + x1**2 + 9.3)", lambda ws: stages.rationals(ws, [ws.root]))


def test_a_further_term_for_a_law_that_is_nearly_right():
    def stage(ws):
        ws.offer(parse("3*x0*x1**2 + 0.9*sin(x2) + 0.1"), ws.root)
        yield from continued(ws, 1)

    exact("3*x0*x1**2 + sin(x2) + x1*sin(x0*x2)", stage)


@pytest.mark.parametrize(
    "text",
    [
        "x0*x1 + x0 + x2 + sqrt(0.1*x0/x1 + x2)", "x1 + x2 + log(x0*(x1 + x0**2 + x2))",
        "x0*x2 - x1 + 1/(x0 + x1*x2)",
    ],
)  # fmt: skip
def test_what_trusted_terms_leave_is_a_problem_of_its_own(text):
    table = np.random.default_rng(3).uniform(1, 6, (200, 3))

    def stage(ws):
        residual_views = ResidualViews(ws, target_transforms(ws.root, UNARY, BINARY, 1))
        yield from residual_views.quick()
        yield from residual_views.products()

    exact(text, stage, table)


def test_terms_of_inexact_laws_are_trusted_where_a_fit_is_sure_of_them():
    y = evaluate(parse("x0*sin(x1) + 2*x2 + 0.1*sqrt(x0**2 + x1**2)"), X)
    main = Search(Problem(X, y)).main
    laws = [str(rest.wrap(var(0))) for rest in rests_of_laws(main, [parse("1.01*x0*sin(x1) + x2")])]
    assert "x0*sin(x1) + 2*x2 + x0" in laws or "2*x2 + x0*sin(x1) + x0" in laws


@pytest.mark.parametrize(
    "text",
    ["(cos(x1) + exp(x2))**2", "3*(x0 - 2*sin(x1) + 1)**2 + 4", "1/(x0 + cos(x1))**2",
     "x0**2 + 2*x0*sin(x2) + sin(x2)"],
)  # fmt: skip
def test_quadratic_polynomials_of_two_rows(text):
    exact(text, lambda ws: forms(ws, [ws.root, *target_transforms(ws.root, UNARY, BINARY, 1)]))


def test_forms_are_least_squares():
    rng = np.random.default_rng(1)
    rows, t = rng.standard_normal((5, 60)), rng.standard_normal((2, 60))
    loss = Forms(rows, t).loss(1, 3)
    unit = t - t.mean(axis=1)[:, None]
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    for i, j in ((0, 1), (1, 3)):  # rows 1 and 2, 2 and 4
        f, g = rows[1 + i], rows[1 + j]
        A = np.column_stack([np.ones(60), f, g, f * f, f * g, g * g])
        rest = unit.T - A @ np.linalg.lstsq(A, unit.T, rcond=None)[0]
        np.testing.assert_allclose(loss[i, j], (rest**2).sum(axis=0), rtol=1e-6)


def test_told_parts_are_where_the_search_looks_first():
    """Parts of wrong answers, of which the true law is made."""
    told = Proposals()
    told.hear([parse(t) for t in ("x1*exp(-x0**2)/x2", "x2 + sin(x0*x1)", "cos(x2*x0) + x1")])
    told.hear([parse(t) for t in ("sqrt(x0**2 + x2**2) - x1", "x0**3")])

    def stage(ws):
        yield from stages.pairs(ProposalWorkspace(ws, told.parts()), ws.root, "affine", 1000)

    text = "x1*exp(-x0**2)*sin(x0*x1) + 3*cos(x2*x0)*sqrt(x0**2 + x2**2) - x1"
    exact(text, stage)
    y = evaluate(parse(text), X)
    search = Search(Problem(X, y))
    for _ in stages.pairs(search.main, search.main.root, "affine", 4000):
        assert search.exact is None  # not in reach of a library that nobody told about


def test_a_rest_of_nothing_has_frames_without_a_warning():
    frames = target_transforms(Target(np.zeros(9)), ["exp", "square", "inv"], ["add", "mul"], 2)
    assert all(len(f.values) == 9 for f in frames)
