"""Numbers as people write them."""

import math

import numpy as np
import pytest

from sklearn_trm.data.reading.numerals import (
    decimal_mark,
    first_odd_cell,
    is_missing,
    looks_like_a_number,
    numbers,
)
from sklearn_trm.errors import FileError


@pytest.mark.parametrize(
    ("cell", "mark", "value"),
    [("1,234.5", ".", 1234.5), ("1.234,5", ",", 1234.5), ("1'234.5", ".", 1234.5),
     ("1 234 567", ".", 1234567.0), ("\N{MINUS SIGN}3", ".", -3.0), ("1.5d3", ".", 1500.0),
     (".5", ".", 0.5), ("5,", ",", 5.0), ("-inf", ".", -math.inf), ("1e-7", ",", 1e-7)],
)  # fmt: skip
def test_values(cell, mark, value):
    assert looks_like_a_number(cell) or " " in cell
    assert numbers([cell], mark).tolist() == [value]


@pytest.mark.parametrize("cell", ["1_000", "12,34", "a", "1;2", "0x10", "1.2.3", "--5", "e5"])
def test_what_is_no_number_stops_its_column(cell):
    assert numbers(["1", cell], ".") is None


@pytest.mark.parametrize("cell", ["", " NA ", "n/a", "NaN", "-", "?", "#DIV/0!", None, math.nan])
def test_missing(cell):
    assert is_missing(cell)
    assert np.isnan(numbers([cell], ".")).all()


@pytest.mark.parametrize(
    ("cells", "separator", "mark"),
    [(["1,5", "2"], ";", ","), (["1.5", "1,234"], ",", "."), (["1.234.567"], ";", ","),
     (["1,234,567"], "\t", "."), (["0,125"], "\t", ","), (["7"], ",", "."), (["1.234"], ",", "."),
     (["1,234"], ";", ",")],
)  # fmt: skip
def test_marks_by_all_cells(cells, separator, mark):
    assert decimal_mark(cells, separator) == mark


@pytest.mark.parametrize("cells", [["1,5", "2.5"], ["1,234"]])
def test_what_may_be_both_is_asked(cells):
    with pytest.raises(FileError, match="--decimal"):
        decimal_mark(cells, "\t")


def test_the_odd_cell_of_a_column_of_numbers():
    assert first_odd_cell(["1", "2", "three", "4", "5"], ".") == 2
    assert first_odd_cell(["one", "two", "3"], ".") is None
