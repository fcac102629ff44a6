"""Text tables of every dialect: what is read, and what is said of other things."""

import numpy as np
import pytest

from sklearn_trm.data.reading.text import decode, read_text
from sklearn_trm.errors import FileError


def read(text, **options):
    return read_text(text, "utf-8", **options)


DIALECTS = {
    "csv": "a,b\n1.5,2\n3,4\n",
    "semicolons": "a;b\n1.5;2\n3;4\n",
    "decimal commas": "a;b\n1,5;2\n3;4\n",
    "tabs": "a\tb\n1.5\t2\n3\t4\n",
    "tabs and decimal commas": "a\tb\n1,5\t2\n3\t4\n",
    "bars": "a|b\n1.5|2\n3|4\n",
    "blanks": "  a    b\n 1.5   2\n   3   4\n",
    "blanks after commas": "a, b\n1.5, 2\n3, 4\n",
    "quotes": '"a","b"\n"1.5","2"\n"3","4"\n',
    "windows and mac lines": "a,b\r\n1.5,2\r3,4\n",
    "comments": "# made by X\n% on a day\na,b\n# half\n1.5,2\n\n3,4\n",
    "names in a comment": "# t, y: a remark\n# a,b\n1.5,2\n3,4\n",
    "a preamble": "Device: X\nOperator: me, him\n\na,b\n1.5,2\n3,4\n",
    "a line of units": "a,b\ns,m\n1.5,2\n3,4\n",
    "each line ends with a separator": "a;b;\n1.5;2;\n3;4;\n",
    "exponents of Fortran": "a b\n0.15D+01 2\n3 4\n",
    "a true minus": "a,b\n1.5,2\n3,\u22124\n",
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(dialect):
    found = read(DIALECTS[dialect])
    assert list(found.frame.columns) == ["a", "b"] and found.named
    last = -4 if dialect == "a true minus" else 4
    np.testing.assert_array_equal(found.frame.to_numpy(), [[1.5, 2], [3, last]])


def test_one_column_of_decimal_commas():
    found = read("L\u00e4nge\n2,0\n3,25\n4\n")
    assert list(found.frame.columns) == ["L\u00e4nge"] and "decimal commas" in found.seen
    np.testing.assert_array_equal(found.frame["L\u00e4nge"], [2.0, 3.25, 4.0])
    numbered = read("x\n1,5\n2,7\n")  # as R writes rows with their numbers
    np.testing.assert_array_equal(numbered.frame["x"], [5, 7])
    assert read("x\n2,5\n3,7\n", decimal=".").frame["x"].tolist() == [5, 7]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a;b\n1.234,5;2\n", 1234.5),
        ("a;b\n1 234,5;2\n", 1234.5),
        ("a;b\n1'234.5;2\n", 1234.5),
        ("a;b\n1\u202f234;2\n", 1234),
        ('a,b\n"1,234.5",2\n', 1234.5),
        ('a,b\n"1,234",2\n', 1234),  # inside of quotes, beside commas
        ("a;b\n1,234;2\n", 1.234),  # where commas cannot separate
        ("a\tb\n1,234\t2.5\n", 1234),
        ("a\tb\n1,234,567\t2\n", 1234567),
        ("a;b\n1.234.567;2\n", 1234567),
        ("a;b\n1,234;0,5\n", 1.234),
        ("a;b\n1.234;0,5\n", 1234),
        ("a;b\n1.234;0.5\n", 1.234),
    ],
)
def test_thousands_and_decimals(text, value):
    assert read(text).frame["a"][0] == value


def test_what_a_comma_means_may_be_said():
    text = "a\tb\n1,234\t2\n"
    with pytest.raises(FileError, match="--decimal"):
        read(text)
    assert read(text, decimal=",").frame["a"][0] == 1.234
    assert read(text, decimal=".").frame["a"][0] == 1234
    with pytest.raises(FileError, match=r"'1,5' has a decimal comma and '2\.5'"):
        read("a\tb\n1,5\t2.5\n")


@pytest.mark.parametrize("text", ["1,2\n3,4\n", "1 2\n3 4\n", "-1;NA\n3;4\n"])
def test_no_header(text):
    found = read(text)
    assert list(found.frame.columns) == ["x0", "x1"] and not found.named
    assert found.frame["x1"][1] == 4 and "no header" in found.seen


def test_a_header_may_be_said():
    years = "1990,1991\n1,2\n3,4\n"
    assert read(years).frame.shape == (3, 2)
    assert list(read(years, header=True).frame.columns) == ["1990", "1991"]
    assert read("a,b\n1,2\n", header=False).frame.shape == (2, 2)


@pytest.mark.parametrize("text", ["a\n1\n2\n", "t\n2020-01-01\n2020-01-02\n"])
def test_one_column(text):
    assert read(text).frame.shape == (2, 1)


def test_names_that_are_missing_or_twice():
    assert list(read("a,,a\n1,2,3\n4,5,6\n").frame.columns) == ["a", "x1", "a.1"]
    assert list(read("a b\n1 7 8\n2 9 9\n").frame.columns) == ["x0", "a", "b"]  # rows have names


def test_missing_values_and_odd_cells():
    found = read("a,b,c\n1,NA,red\n2,,blue\n?,oops,red\n4,5,red\n5,6,\n6,7,red\n")
    np.testing.assert_array_equal(found.frame["a"], [1, 2, np.nan, 4, 5, 6])
    assert found.odd == {"b": (4, "oops")} and found.lines[2] == 4
    assert found.frame["c"].isna().tolist() == [False] * 4 + [True, False]


def test_lines_are_those_of_the_file():
    found = read("# one\n\na,b\n1,2\n\n# half\n3,4\n")
    assert list(found.lines) == [4, 7]
    with pytest.raises(FileError, match=r"line 4 has 3 cells, the others 2 \(CSV\)"):
        read("a,b\n1,2\n3,4\n5,6,7\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("# only a remark\n", "empty"),
        ("Dear all,\nthis is a letter; not more.\nBye\n", "first line is 'Dear all,'"),
        ('a,y\n"1,2\n3', "line"),
    ],
)
def test_what_is_no_table(text, message):
    with pytest.raises(FileError, match=message):
        read(text)


@pytest.mark.parametrize(
    ("encoding", "seen"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "latin-1"), ("cp1252", "latin-1"),
     ("utf-16", "utf-16"), ("utf-32", "utf-32")],
)  # fmt: skip
def test_encodings(encoding, seen):
    assert decode("Größe;°C\n1;2\n".encode(encoding)) == ("Größe;°C\n1;2\n", seen)


def test_nothing_but_tables_and_errors():
    import random

    rng, found = random.Random(0), 0
    pieces = ["1", "2,5", "3.5", ";", ",", "\t", " ", "\n", "\n", '"', "a", "#", "-", "e5", "NA"]
    pieces += ["1.234", "1,234", "'", "|", "%", "2020-01-01", "inf", ":", "=", "\ufeff"]
    for _ in range(2000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randint(0, 60)))
        try:
            read(text, header=rng.choice([None, True, False]), decimal=rng.choice([None, ","]))
            found += 1
        except FileError as error:
            assert "\n" not in str(error)
    assert found > 300


def test_what_is_no_text():
    for data in (b"\x00\x01", b"\x89PNG\r\n\x1a\n\x00", bytes(range(1, 9)) * 9, b"\xff\xfea"):
        assert decode(data) is None


def test_many_rows_are_quick():
    import time

    rows = "\n".join(f"{i},{i * 0.5}" for i in range(100_000))
    start = time.process_time()
    assert len(read("a,b\n" + rows).frame) == 100_000
    assert time.process_time() - start < 5
