"""The choice under noise: the truth, not the longer law that fits the noise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.constants import fit_constants
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node, call, complexity, const, var
from sklearn_trm.rules.prior import prior
from sklearn_trm.selection.choice import choose, description_length, insist
from sklearn_trm.task.front import Front, FrontEntry

LAWS = ["2*x0*x1 + 1.5", "3.1*x0/x1", "1.3*exp(-0.7*x0)", "sqrt(x0**2 + x1**2)", "x0**2/(2*x1)"]


def _terms() -> list[Node]:
    x = [var(i) for i in range(3)]
    inner = [*x, *(a * b for a in x for b in x), *(a / b for a in x for b in x if a != b),
             x[0] + x[1], x[0] - x[1], x[1] + x[2]]  # fmt: skip
    single = [call(f, u) for f in ("sin", "cos", "exp", "sqrt", "square", "inv") for u in inner]
    return inner + single + [a * b for a in single[:40] for b in single[:40:3]]


def _front(law: str, n: int, noise: float, seed: int) -> tuple[list[FrontEntry], Node, float]:
    """Truth, the best ``a*term + b`` and the best ``truth + a*term``, all fitted."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(0.5, 3.0, (n, 3))
    clean = evaluate(parse(law), X)
    y = clean + noise * clean.std() * rng.normal(size=n)
    truth = fit_constants(canonical(parse(law)), X, y)
    front, terms = Front(), _terms()
    values = np.array([evaluate(t, X) for t in terms])
    for base, add in ((np.ones((1, n)), const(0.987)), (
        np.vstack([np.ones(n), evaluate(truth.node, X)]), truth.node)):  # fmt: skip
        q, _ = np.linalg.qr(base.T)
        rest, left = y - q @ (q.T @ y), values - (values @ q) @ q.T
        size = np.einsum("kn,kn->k", left, left)
        with np.errstate(all="ignore"):
            gain = np.where(size > 1e-9 * np.einsum("kn,kn->k", values, values),
                            (left @ rest) ** 2 / size, 0.0)  # fmt: skip
        for i in np.argsort(-gain)[:12]:
            fit = fit_constants(canonical(add + const(1.234) * terms[i]), X, y)
            front.add(fit.node, fit.loss)
    front.add(truth.node, truth.loss)
    return front.rows(), truth.node, math.sqrt(np.mean(y * y))


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize("noise", [0.01, 0.1])
def test_truth_is_chosen_from_a_front_that_overfits(n: int, noise: float) -> None:
    right = accurate = possible = 0
    for law in LAWS:
        rows, truth, scale = _front(law, n, noise, seed=n)
        assert len(rows) >= 2
        if truth not in [row.node for row in rows]:
            continue  # beaten by a law of its own size
        possible += 1
        right += rows[choose(rows, "best", n, scale)].node == truth
        accurate += rows[choose(rows, "accuracy", n)].node == truth
    assert possible >= 3 and right >= possible - 1
    assert accurate < right  # the same fronts fool the smallest loss


def test_a_term_that_the_data_show_is_kept() -> None:
    X = np.random.default_rng(0).uniform(0.5, 3.0, (200, 2))
    y = 2.0 * X[:, 0] + 0.3 * np.sin(3.0 * X[:, 1])
    y += 0.05 * np.random.default_rng(1).normal(size=200)
    front = Front()
    for law in ("2*x0", "2*x0 + 0.3*x1", "2*x0 + 0.3*sin(3*x1)", "2*x0 + 0.3*sin(3*x1) + 0.01*x1"):
        fit = fit_constants(parse(law), X, y)
        front.add(fit.node, fit.loss)
    rows = front.rows()
    chosen = rows[choose(rows, "best", 200)].equation
    assert "sin" in chosen and chosen.count("x1") == 1


@pytest.mark.parametrize("scale", [1.0, 1e-30, 1e30])
def test_exact_fits_win_by_simplicity(scale: float) -> None:
    rows = _rows(("x0", 1.0), ("2.345*x0", 1e-22), ("2.345*x0 + 0.001*x1", 1e-26), scale=scale)
    assert choose(rows, "best", 100, y_scale=scale) == 1
    rows = _rows(("x0", 1.0), ("2.345*x0", 1e-12), ("2.345*x0 + 0.001*x1", 1e-22), scale=scale)
    assert choose(rows, "best", 100, y_scale=scale) == 2


def test_a_large_offset_hides_no_signal() -> None:
    # y = 1e6 + signal of size 1: an error of 1e-4 is small beside y, but not beside the signal
    rows = _rows(("1e6", 1.0), ("1e6 + 1.3*x0", 1e-8), ("1e6 + 1.3*x0 + 0.01*x1", 1e-18))
    assert choose(rows, "best", 100, y_scale=1e6) == 2


def _rows(*laws: tuple[str, float], scale: float = 1.0) -> list[FrontEntry]:
    front = Front()
    for law, loss in laws:
        front.add(parse(law), loss * scale * scale)
    return front.rows()


def test_as_many_constants_as_rows_is_no_evidence() -> None:
    rows = _rows(("x0", 1.0), ("1.23*x0 + 0.77*x1 + 3.21", 0.0))
    assert choose(rows, "best", n_rows=3, y_scale=1.0) == 0
    assert choose(rows, "best", n_rows=300, y_scale=1.0) == 1
    assert choose(rows[1:], "best", n_rows=3) == 0  # no other choice


def test_longer_laws_ask_for_more_evidence() -> None:
    rows = _rows(("2.1*x0", 1.0), ("2.1*x0 + 0.31*sin(x1)", 0.80))
    law, richer = (
        [choose(rows, how, n_rows=n) for n in range(20, 400, 5)] for how in ("law", "prediction")
    )
    assert law == sorted(law) and richer == sorted(richer)  # evidence grows with rows
    assert 0 < sum(law) < sum(richer)


def test_description_grows_with_each_of_its_parts() -> None:
    texts = "x0", "sqrt(x0)", "1.234*sqrt(x0)", "1.234*sqrt(x0) + 0.77"
    lengths = [description_length(_rows((text, 1.0))[0], 100) for text in texts]
    assert lengths == sorted(lengths) and len(set(lengths)) == 4


def test_a_number_that_was_rounded_is_no_gift_to_its_law() -> None:
    def length(text: str) -> float:
        return description_length(_rows((text, 1.0))[0], 100)

    assert length("2*x0 + 3") == length("2.1*x0 + 3.2")
    # wholes and halves are words where a textbook has them: as exponents, and 1
    free = length("2.1*x0**1.43")
    assert length("2.1*x0**1.5") < free
    assert length("2.1/(1 + exp(x0))") < length("2.1/(3 + exp(x0))")


def test_accuracy_and_score_as_users_of_pysr_know_them() -> None:
    rows = _rows(
        ("x0", 1.0), ("2*x0", 0.010), ("2*x0 + sin(x1)", 0.009), ("2*x0 + 3*sin(x1)", 0.0085)
    )
    assert choose(rows, "accuracy") == 3
    assert choose(rows, "score") == 1
    # a law far from the smallest loss is no candidate, however steep its score
    rows = _rows(("x0", 1.0), ("2*x0", 0.010), ("2*x0 + sin(x1)", 0.0001))
    assert choose(rows, "score") == 2


def test_callable_selection() -> None:
    rows = _rows(("x0", 1.0), ("2*x0", 0.5))
    assert choose(rows, lambda r: 0) == 0
    assert choose(rows, lambda r: r[-1]) == 1
    assert choose(rows, lambda r: -1) == 1
    with pytest.raises(ValueError, match="returned row 7 of 2"):
        choose(rows, lambda r: 7)


def test_errors() -> None:
    with pytest.raises(ValueError, match="no law"):
        choose([], "best")
    with pytest.raises(ValueError, match="'best', 'law', 'prediction', 'accuracy', 'score'"):
        choose(_rows(("x0", 1.0)), "fastest")


def test_one_row_and_zero_losses() -> None:
    assert choose(_rows(("x0", 0.0)), "best", n_rows=10) == 0


def test_known_errors_know_no_floor() -> None:
    # chi-squares a row: a law 13 standard errors off is no exact one, however bad the constant is
    rows = _rows(("2.41", 400.0), ("2.41*x0", 173.0), ("2.13*x0 + 1.77", 1.0))
    assert choose(rows, "best", 40, known=True) == 2


def test_known_errors_are_a_chi_square() -> None:
    rows = _rows(("2.41", 9.0), ("2.41*x0", 0.5), ("2.41*x0 + 1.3*sin(x1)", 0.15))
    assert choose(rows, "best", 60, known=True) == 1  # both within the errors: 10 nats
    assert choose(rows, "best", 60) == 2  # of unknown size: 36 nats


@pytest.mark.parametrize("wrong", [1.0, 1e-2, 1e-6])
def test_errors_said_too_small_force_no_longer_law(wrong: float) -> None:
    """Birge's ratio: no law reaches a chi-square of 1, so the best one sets the scale."""
    laws = ("2.41", 30.0), ("2.41*x0", 1.0), ("2.41*x0 + 1.3*sin(x1)", 0.96)
    rows = _rows(*((law, chi / wrong**2) for law, chi in laws))
    assert choose(rows, "best", 40, known=True) == 1


def _entries(*laws: tuple[str, float]) -> list[FrontEntry]:
    nodes = [parse(text) for text, _ in laws]
    return [FrontEntry(complexity(n), loss, 0.0, n, prior(n))
            for n, (_, loss) in zip(nodes, laws, strict=True)]  # fmt: skip


def test_of_laws_that_fit_alike_a_textbook_has_the_one_with_usual_operators():
    rows = _entries(("1.7", 1.0), ("7/exp(atan(x0))", 0.01), ("5*exp(-1.3*x0) + 2", 0.0099))
    assert choose(rows, "law", n_rows=12) == 2


@pytest.mark.parametrize("n_rows", [3, 4, 12])
def test_an_exact_line_is_a_law_from_three_rows_on(n_rows):
    rows = _entries(("20.3", 180.0), ("1.87*x0 + 32.4", 1e-28))
    assert choose(rows, "law", n_rows=n_rows, y_scale=25.0) == 1
    noisy = _entries(("20.3", 180.0), ("1.87*x0 + 32.4", 1.0))
    assert choose(noisy, "law", n_rows=n_rows, y_scale=25.0) == (n_rows == 12)


def test_no_law_has_as_many_numbers_as_rows():
    row = _entries(("1.87*x0**2.3 + 32.4", 1e-28))[0]
    assert description_length(row, 3, floor=1e-20) == math.inf
    assert description_length(row, 4, floor=1e-20) < math.inf


def test_rows_insist_only_by_more_than_chance():
    rng = np.random.default_rng(1)
    law = rng.normal(size=60) ** 2
    assert not insist(law * rng.uniform(0.7, 1.3, 60), law)
    assert insist(0.5 * law, law)
    assert not insist(law, law)
    undefined = np.where(np.arange(60) == 3, np.inf, law)
    assert insist(law, undefined) and not insist(undefined, law)


def test_errors_that_are_known_are_a_chi_square():
    rows = _entries(("2.4*x0", 4.0), ("2.05*x0 + 1.13", 1.0))
    assert choose(rows, "law", n_rows=40, known=True) == 1
    assert choose(_entries(("2.4*x0", 1.1), ("2.05*x0 + 1.13", 1.0)), "law", 40, known=True) == 0
