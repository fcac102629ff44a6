"""Rivals, criteria and forms: what the tools that choose a criterion measure."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import choose, rivals
from benchmarks.archives import BEATEN, Archive, of_kind, r2
from benchmarks.criteria import CRITERIA, Facts, better, facts_of, sizes, unscaled
from benchmarks.kinds import KINDS, Kind
from benchmarks.rival_laws import fitted, held, structure, structure_of_truth, with_ones
from sklearn_trm.expressions.text import parse
from sklearn_trm.selection.generalization import Surroundings


def facts(mse, k=2, prior=20.0, tokens=6, n=40):
    errors = np.sqrt(mse) * np.where(np.arange(n) % 2, 1.0, -1.0)
    return Facts(n, k, mse, prior, tokens, 0, 0.0, errors, np.full(n, k / n), 1.0)


def test_kinds_are_many_small_and_defined():
    assert len(KINDS) >= 30
    for kind in KINDS.values():
        X, y, clean = kind.draw(0)
        assert 8 <= len(X) <= 200 and 1 <= X.shape[1] <= 3
        assert np.isfinite(y).all() and 0 < np.std(y - clean) < np.std(clean)
        np.testing.assert_array_equal(X, kind.draw(7)[0])


@pytest.mark.parametrize("name", CRITERIA)
def test_every_criterion_takes_a_law_that_is_better_in_all(name):
    worse = [facts(0.5, 3, 25.0, 8), facts(0.4, 4, 31.0, 9), facts(np.inf, 2, 5.0)]
    assert CRITERIA[name]([*worse, facts(0.01)]) == 3


def test_prior_and_fit_pull_to_their_sides():
    simple, rich = facts(0.010, prior=20.0), facts(0.0095, k=3, prior=45.0)
    assert CRITERIA["prior"]([simple, rich]) == 0
    assert CRITERIA["fit and constants alone"]([facts(0.010), facts(0.005, 3)]) == 1


def test_a_gate_opens_for_what_predicts_better_beyond_doubt():
    first, then = facts(0.010, 2, 10.0), facts(0.0094, 2, 16.0)
    assert not better(first, first, 2.0)
    doubtful = replace(then, errors=then.errors * np.where(np.arange(40) < 4, 3.0, 0.1))
    assert better(then, first, 2.0) and not better(doubtful, first, 2.0)


def test_facts_of_a_line():
    X, y = np.arange(6.0)[:, None], np.array([1.0, 3.1, 4.9, 7.2, 9.0, 10.8])
    slope, level = np.polyfit(X[:, 0], y, 1)
    f = facts_of(parse(f"{float(slope)!r}*x0 + {float(level)!r}"), X, y)
    assert (f.n, f.k, f.tokens) == (6, 2, 5)
    for i in range(6):  # left out by leverage is left out indeed
        rest = np.arange(6) != i
        a, b = np.polyfit(X[rest, 0], y[rest], 1)
        assert f.left_out[i] == pytest.approx((a * X[i, 0] + b - y[i]) ** 2)


@pytest.mark.parametrize(("text", "count"), [
    ("sin(x0)", 1), ("2.3*sin(x0) + 4.1", 1), ("sin(1.7*x0 + 0.3)", 0), ("sin(x0 + 0.3)", 1),
    ("x0 + x0**2", 1), ("2.3*x0 + x0**2", 0), ("sqrt(x0**2 + x1**2)", 0), ("log(x0)", 0),
    ("exp(-x0/x1)", 0), ("exp(-x0*x1)", 1), ("x0/(3.1 + x0)", 0), ("exp(exp(-x0))", 1),
    ("x0**x1", 1), ("3.2*x0**0.42", 0), ("sqrt(tanh(x0))", 1), ("x0**0.5 + sqrt(x0)", 0),
])  # fmt: skip
def test_numbers_that_a_law_lacks(text, count):
    assert unscaled(parse(text)) == count


def test_pure_numbers_have_no_unit():
    assert unscaled(parse("x0/(1 + x0)")) == 0 < unscaled(parse("x0/(1 + x0)"), held=[0])
    assert unscaled(parse("x0/(x1 + x0)"), ones=1) == 1


def test_a_number_one_is_a_word():
    law = structure("1/(1 + exp(c*x0 + c))", 1)
    assert fitted(law) == 2 and "x1" in str(law)
    whole = parse("x0**5 + 2.5*x0")
    assert held(whole) == [0] and fitted(whole) == 1


def test_the_truth_is_refitted_to_the_rows():
    kind = Kind("a line", "2.5*x0 + 1.2", lambda rng: np.linspace(0, 9, 30)[:, None], 0.1)
    laws = [structure_of_truth(kind), structure("c*x0**2 + c*x0 + c", 1), structure("c*x0", 1)]
    truth, parabola, ray = rivals.drawn_facts(kind, laws, 0)
    X, y, _ = kind.draw(0)
    assert truth.mse == pytest.approx(
        np.mean((np.polyval(np.polyfit(X[:, 0], y, 1), X[:, 0]) - y) ** 2)
    )
    assert parabola.mse <= truth.mse < ray.mse
    assert not rivals.is_beaten(truth, [parabola, ray])
    assert rivals.is_beaten(truth, [replace(parabola, k=2, prior=truth.prior)])
    shares = rivals.measure(kind, laws[1:], 6)
    assert shares["ceiling"] == shares["prior"] == 1.0 > shares["small"] - 0.5


def test_rivals_are_kept_and_read_again(tmp_path):
    kind = KINDS["line, 8 rows"]
    (tmp_path / f"{kind.name}.json").write_text(json.dumps(["1.5*x0**2 + 0.3*x1"]))
    (law,) = rivals.kept_rivals(kind, tmp_path)
    assert str(law) == "1.5*x0**2 + 0.3*x1"
    assert with_ones(kind.draw(0)[0]).shape == (8, 2)


def test_an_archive_is_made_and_compared(tmp_path):
    kind = KINDS["pendulum"]
    archive = of_kind(kind, 0, 0.5)
    assert len(archive.laws) > BEATEN and "sqrt" in archive.laws[archive.chosen]
    from benchmarks.archives import collect

    collect(tmp_path, [("a", lambda: archive)])
    real = replace(archive, name="real", truth="")
    collect(tmp_path, [("b", lambda: real)])
    collect(tmp_path, [("b", lambda: pytest.fail("made twice"))])
    told = choose.compare(tmp_path)
    assert "in the archive of 1; 1 real tables" in told and "| best | 1 of 1 |" in told


def test_one_bad_table_does_not_outweigh_all_others():
    archive = Archive("", "", 0, [], [], [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0], [], 0)
    assert r2(archive, parse("x0")) == 1.0
    assert r2(archive, parse("1000*x0")) == r2(archive, parse("1/x0")) == 0.0


def test_no_number_of_a_truth_is_fitted_twice():
    for name, numbers in ("charging", 2), ("diode", 2), ("Hill curve", 3), ("growth by year", 2):
        assert fitted(structure_of_truth(KINDS[name])) == numbers, name


def test_a_law_that_explodes_between_the_rows_is_not_safe():
    X = np.linspace(0, 10, 21)[:, None]
    y = 0.5 * X[:, 0] + 0.1 * np.cos(9 * X[:, 0])
    around = Surroundings(X, y)
    tame = facts_of(parse("0.5*x0"), X, y, around=around)
    pole = facts_of(parse("0.5*x0 + 0.01/(x0 - 3.251)**2"), X, y, around=around)
    assert tame.beside == 1.0 < pole.beside
    better = replace(pole, mse=tame.mse / 5, k=tame.k, prior=tame.prior)
    assert CRITERIA["small, prior 1/2"]([tame, better]) == 1
    assert CRITERIA["safe: small, prior 1/2"]([tame, better]) == 0


def test_numbers_of_odd_size_cost():
    assert sizes(parse("80*exp(-0.0025*x0) + 20")) == sizes(parse("1.62*x0**-2.7")) == 0.0
    years, power = sizes(parse("exp(0.0165*x0 - 31.2)")), sizes(parse("5.8e-109*x0**33"))
    assert years == 0.0 < 8.0 < power
    assert sizes(parse("5.8e-109*x0**33"), held=[1]) < power
