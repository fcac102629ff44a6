"""Files: the kind is that of the first bytes; one line says what was seen."""

import sys

import numpy as np
import pandas as pd
import pytest

from sklearn_trm.data.reading import read_table
from sklearn_trm.errors import FileError

FRAME = pd.DataFrame({"a": [1.5, 2.0, 3.0], "b": [4.0, np.nan, 6.0]})


def test_text(tmp_path):
    file = tmp_path / "data.txt"
    file.write_bytes("Größe;b\n1,5;4\n2;\n3;6\n".encode("latin-1"))
    found = read_table(file)
    pd.testing.assert_frame_equal(found.frame, FRAME.rename(columns={"a": "Größe"}))
    assert found.seen == "';' between cells, latin-1, decimal commas"


def test_npy(tmp_path):
    file = tmp_path / "data.npy"
    np.save(file, FRAME.to_numpy())
    found = read_table(file)
    assert list(found.frame.columns) == ["x0", "x1"] and not found.named and found.seen == "npy"
    np.save(file, FRAME.to_records(index=False))
    pd.testing.assert_frame_equal(read_table(file).frame, FRAME)


@pytest.mark.parametrize("array", [np.ones(3), np.ones((2, 2, 2)), np.ones((2, 2), dtype=complex)])
def test_arrays_that_are_no_tables(tmp_path, array):
    np.save(tmp_path / "data.npy", array)
    with pytest.raises(FileError, match="of shape"):
        read_table(tmp_path / "data.npy")


def test_an_array_of_objects_is_not_unpickled(tmp_path):
    np.save(tmp_path / "data.npy", np.array([{}, {}], dtype=object), allow_pickle=True)
    with pytest.raises(FileError, match="holds objects"):
        read_table(tmp_path / "data.npy")


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    FRAME.to_parquet(tmp_path / "data")
    pd.testing.assert_frame_equal(read_table(tmp_path / "data").frame, FRAME)


def test_excel(tmp_path):
    pytest.importorskip("openpyxl")
    file = tmp_path / "data.xlsx"
    with pd.ExcelWriter(file) as book:
        FRAME.to_excel(book, index=False, startrow=2, startcol=1)  # an empty corner
        pd.DataFrame([[1.0, 2.0], [3.0, 4.0]]).to_excel(
            book, sheet_name="bare", index=False, header=False
        )
    found = read_table(file)
    pd.testing.assert_frame_equal(found.frame, FRAME)
    assert list(found.lines) == [4, 5, 6]
    assert list(read_table(file, sheet="bare").frame.columns) == ["x0", "x1"]
    assert read_table(file, sheet="1").frame.shape == (2, 2)
    with pytest.raises(FileError, match="no such sheet"):
        read_table(file, sheet="nothing")


@pytest.mark.parametrize(
    ("start", "package"), [(b"PAR1", "pyarrow"), (b"\xd0\xcf\x11\xe0", "xlrd")]
)
def test_a_missing_engine_is_named(tmp_path, monkeypatch, start, package):
    for name in ("pyarrow", "pyarrow.parquet", "fastparquet", "xlrd"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "data").write_bytes(start + bytes(100))
    with pytest.raises(FileError, match=f"pip install {package}"):
        read_table(tmp_path / "data")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "a PNG picture; tables are read from"),
        (b"%PDF-1.7\nwords", "a PDF document"),
        (b"\x1f\x8b\x08\0\0\0", "unpack it first"),
        (b"\x80\x04\x95\0\0\0", "never opened"),
        (b"\0\1\2", "begins with the bytes 00 01 02"),
        (b'{"a": [1, 2], "b": [3, 4]}', "looks like JSON"),
        (b"<html><body>a, b</body></html>", "looks like HTML"),
        (b"", "empty"),
        (b"\x93NUMPY\1\0", "damaged"),
        (b"PK\3\4 no archive", "damaged archive"),
    ],
)
def test_what_was_seen(tmp_path, data, message):
    file = tmp_path / "data.csv"
    file.write_bytes(data)
    with pytest.raises(FileError, match=message) as error:
        read_table(file)
    assert "\n" not in str(error.value) and "data.csv" in str(error.value)


def test_folders_and_archives(tmp_path):
    with pytest.raises(FileError, match="is a folder"):
        read_table(tmp_path)
    np.savez(tmp_path / "data.npz", a=np.ones(3))
    with pytest.raises(FileError, match=r"a zip archive of a.npy"):
        read_table(tmp_path / "data.npz")
