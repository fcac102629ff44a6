"""The catalogue of curves: each entry is checked, each formula lives where it is measured."""

import numpy as np
import pytest

from sklearn_trm.curves import families, family
from sklearn_trm.curves.catalogue import read
from sklearn_trm.errors import DataError
from sklearn_trm.expressions.evaluate import evaluate

ENTRY = """
[[curve]]
name = "saturation"
formula = "v = V*S/(K + S)"
over = {S = [0.3, 20]}
numbers = {V = [4.2, -2.9], K = 3.1}
field = "biochemistry"
source = "Michaelis, Menten, 1913"
"""


def test_an_entry():
    (curve,) = read(ENTRY)
    assert (curve.target, curve.formula) == ("v", "V*S/(K + S)")
    assert curve.variables == ("S",) and curve.parameters == ("V", "K")
    assert list(curve.cases()) == [(4.2, 3.1), (-2.9, 3.1)]
    assert str(curve.law()) == "4.2*x0/(3.1 + x0)"
    with pytest.raises(ValueError, match="has 2 numbers, got 1"):
        curve.law([1.0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('field = "biochemistry"', "", "lacks ..field"),
        ('field = "biochemistry"', 'field = "a"\nplace = "b"', "unknown keys ..place"),
        ("K = 3.1", "K = 3.1, L = 1.0", "does not use"),
        ("v = V", "S = V", "one meaning"),
        ("K = 3.1", "K = 0.0", "0 as the first"),
        ("[0.3, 20]", "[20, 0.3]", "empty range"),
        ("formula", "= formula", "no TOML"),
        ('field = "biochemistry"', 'field = "a"\nangles = ["S"]', "angles that are none"),
        ('source = "Michaelis, Menten, 1913"', f'source = ""\n{ENTRY}', "twice"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(old, new, message):
    with pytest.raises(DataError, match=message):
        read(ENTRY.replace(old, new))


def test_the_catalogue_is_of_many_trades():
    known = families()
    assert len(known) >= 150 and len({f.field for f in known}) >= 30
    names = [name for f in known for name in (f.name, *f.also)]
    assert len({f.name for f in known}) == len(known)
    assert all(name == name.strip() for name in names)
    assert {1, 2, 3} == {len(f.variables) for f in known}
    # author, title, year: of antiquity no year is known
    assert all(f.source[-4:].isdigit() or f.source.startswith(("Euclid", "Apoll")) for f in known)


def test_a_curve_has_several_names():
    assert family("Kepler's third law").name == "three-halves law"
    with pytest.raises(DataError, match="no curve 'wheel'"):
        family("wheel")


@pytest.mark.parametrize("curve", families(), ids=lambda curve: curve.name)
def test_formulas_have_values_where_they_are_measured(curve):
    low, high = np.array(curve.ranges).T
    X = low + (high - low) * np.linspace(0, 1, 23)[:, None] ** np.arange(1, len(low) + 1)
    y = evaluate(curve.law(), X)
    assert np.isfinite(y).all() and np.ptp(y) > 0
