"""Numbers of groups inside laws: put in, taken out."""

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.grouped import by_group, lettered, of_group, with_groups
from sklearn_trm.expressions.text import parse, to_text
from sklearn_trm.expressions.tree import constants

COLUMNS = (1, 2, 3)


def test_a_law_of_groups_is_an_ordinary_one():
    form = parse("3*x0**2/(x0 + 5) + 7")
    law = with_groups(form, {0: [1.0, 2.0, 4.0], 2: [7.0, 8.0, 9.0]}, COLUMNS)
    x = np.linspace(1, 2, 6)
    X = np.column_stack([x, np.repeat(np.eye(3), 2, axis=0)])
    a, c = np.repeat([1.0, 2.0, 4.0], 2), np.repeat([7.0, 8.0, 9.0], 2)
    np.testing.assert_allclose(evaluate(law, X), a * x**2 / (x + 5) + c, rtol=1e-15)
    for place, text in enumerate(
        ["1*x0**2/(x0 + 5) + 7", "2*x0**2/(x0 + 5) + 8", "4*x0**2/(x0 + 5) + 9"]
    ):
        assert of_group(law, COLUMNS, place) == parse(text)


def test_letters():
    law = with_groups(parse("3*x0**1.5/(x0 + 5)"), {0: [1.0, 2.0, 4.0]}, COLUMNS)
    assert constants(law)[:3] == [1.0, 2.0, 4.0]
    names = ["dose", "A", "B", "C", "a", "b"]
    shown, leaves = lettered(law, COLUMNS, 4, words=[3])
    assert leaves == [(0, 1, 2), (4,)] and to_text(shown, names) == "a*dose**1.5/(dose + 5)"
    shown, _ = lettered(law, COLUMNS, 4, words=[3], every=True)
    assert to_text(shown, names) == "a*dose**1.5/(dose + b)"


def test_only_whole_sums_are_numbers_of_groups():
    for text in ("2*x1 + 3*x2", "2*x2 + 3*x1 + 4*x3", "(2*x1 + 3*x2)*4*x3", "2*x1 + 3*x2 + 4*x0"):
        law = parse(text)
        assert of_group(law, COLUMNS) == law
    assert of_group(by_group([2.0, 3.0, 4.0], COLUMNS), COLUMNS, 2) == parse("4")
