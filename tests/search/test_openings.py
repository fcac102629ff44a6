"""Laws of five to seven operators that neither scans of the root nor of its transforms see."""

import itertools

import numpy as np
import pytest

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.search.openings import Openings, openings
from sklearn_trm.search.search import Search
from sklearn_trm.search.turns import quietly
from sklearn_trm.task.budget import Budget
from sklearn_trm.task.problem import Problem


def search_of(text: str, d: int, size: int = 1000) -> Search:
    X = np.random.default_rng(0).uniform(1, 4, (120, d))
    search = Search(Problem(X, evaluate(parse(text), X), size=size))
    search.state.begin(Budget())
    return search


@pytest.mark.parametrize(
    ("text", "d"),
    [
        ("x2**2/(exp(x2/x0) - 1) + x0/x1", 3),
        ("x0/(x1 + log(x2) + x0*x2) + x2", 3),
        ("0.33*cos(x0**2 + x3) + log(1 + x1/x2)", 4),
        # a numerator of several terms over a sum whose weights are unknown
        ("(3*sin(x0) + 2*x1)/(1 + 0.37*exp(-x1*x2))", 3),
        # four terms, none of them a column
        ("2*x0*x1 - 0.7*x2/x3 + 0.3*sin(x1) + 1.9*x0/x2", 4),
    ],
)
def test_deep_laws_are_opened_until_they_are_short(text, d) -> None:
    search = search_of(text, d)
    for stage in itertools.islice(openings(search.main), 100):
        for _ in quietly(stage):
            if search.exact is not None:
                return
    raise AssertionError(f"{text} was not found")


def test_what_is_opened_does_not_depend_on_a_clock_and_comes_in_small_pieces() -> None:
    def laws() -> list[str]:
        queue = Openings(search_of("x0*x1 + sin(x2*x0)/log(1 + x1)", 3, 400).main)
        return [str(law) for law in quietly(queue.entries(12))]

    first = laws()
    assert first == laws() and first.count("None") > 12


def test_no_place_is_looked_at_twice() -> None:
    search = search_of("x0 + x1**2", 2, 200)
    queue = Openings(search.main)
    values = np.array([search.main.y, 3.0 * search.main.y, search.main.y + 1.0])
    assert queue._are_new(values) == [True, False, True]
    assert queue._are_new(values) == [False] * 3


def test_a_few_rows_are_not_opened() -> None:
    X = np.random.default_rng(1).uniform(1, 3, (9, 2))
    assert list(openings(Search(Problem(X, X[:, 0] + X[:, 1] ** 2, size=100)).main)) == []
