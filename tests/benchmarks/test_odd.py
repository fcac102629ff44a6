"""Odd tables: whatever the rows are, a fit ends in a law, in time, and says nothing."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.odd import faults_of, stages_of, told
from benchmarks.odd_tables import COLUMNS, TARGETS, odd_table


def test_a_number_draws_the_same_table_again_and_all_kinds_come_up():
    first, again = odd_table(7), odd_table(7)
    np.testing.assert_array_equal(first.X, again.X)
    np.testing.assert_array_equal(first.y, again.y)
    names = [odd_table(k).name for k in range(60)]
    assert all(any(kind in name for name in names) for kind in (*COLUMNS, *TARGETS))
    assert all(np.isfinite(odd_table(k).y).all() for k in range(60))


def test_what_goes_wrong_is_told_with_its_place():
    def work():
        np.float64(1.0) / np.float64(0.0)
        yield ZeroDivisionError("float division by zero")

    faults = sorted(told(work))
    assert [fault.partition(":")[0] for fault in faults] == ["RuntimeWarning", "ZeroDivisionError"]


@pytest.mark.parametrize("number", [1, 8, 28, 44, 157])
def test_fits_of_odd_tables(number):
    """A few of those of the command, which takes 500: ramps, and values of any size."""
    assert not faults_of(odd_table(number), 0.2, None)


def test_every_stage_of_the_search_on_an_odd_table():
    """Half the rows are zero, the others a line: what is left of some terms is nothing."""
    odd = replace(odd_table(1), X=odd_table(1).X[:, :1])
    assert "ramp" in odd.name
    names = set()

    def work():
        for name, stage in stages_of(odd):
            names.add(name)
            for _ in itertools.islice(stage, 1):
                pass
        yield from ()

    assert not told(work)
    runs = {name.split()[0] for name in names}
    assert {"one", "pair", "modulated", "form", "wave", "improved"} <= runs
