"""Programs read back from the user's folder: the same, or not at all."""

import hashlib
import pickle

import jax.numpy as jnp
import numpy as np
import pytest

from sklearn_trm import cache
from sklearn_trm.network import kept

pytestmark = pytest.mark.skipif(
    not kept._is_keepable(), reason="this JAX does not read back what it writes"
)
A = np.linspace(0, 1, 5, dtype=np.float32)


def waves(a):
    return {"sin": jnp.sin(a), "double": (2 * a,)}


def never(a):
    raise AssertionError("traced, though it lies in the folder")


@pytest.fixture
def files(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    return lambda: list((tmp_path / "jax").glob("*"))


def test_a_second_process_neither_traces_nor_compiles(files):
    first = kept.Kept(waves, ("key",))(A)
    second = kept.Kept(never, ("key",))(A)
    np.testing.assert_array_equal(second["sin"], first["sin"])
    np.testing.assert_array_equal(second["double"][0], 2 * A)
    assert len(files()) == 1


def test_other_shapes_and_another_key_are_other_programs(files):
    run = kept.Kept(waves, ("key",))
    run(A)
    run(A[:3])
    kept.Kept(waves, ("another",))(A)
    assert len(files()) == 3


def test_a_damaged_file_is_compiled_again(files):
    kept.Kept(waves, ("key",))(A)
    (path,) = files()
    whole = path.read_bytes()
    for damaged in (whole[:-9], whole[:20], b"", whole[:-1] + bytes([whole[-1] ^ 1])):
        path.write_bytes(damaged)
        np.testing.assert_array_equal(kept.Kept(waves, ("key",))(A)["double"][0], 2 * A)
        assert kept._read(path, (A,)) is not None  # and it was written again


def test_a_program_that_does_not_repeat_itself_is_refused(files):
    kept.Kept(waves, ("key",))(A)
    (path,) = files()
    payload, trees, example, expected = pickle.loads(path.read_bytes()[32:])
    body = pickle.dumps((payload, trees, example, [2 * a + 1 for a in expected]))
    path.write_bytes(hashlib.sha256(body).digest() + body)
    assert kept._read(path, (A,)) is None


def test_few_files_are_kept(files, monkeypatch):
    monkeypatch.setattr(kept, "_MOST", 2)
    for n in range(2, 6):
        kept.Kept(waves, ("key",))(A[:n])
    assert len(files()) == 2


def test_without_a_folder_it_is_an_ordinary_program(files, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, "off")
    np.testing.assert_array_equal(kept.Kept(waves, ("key",))(A)["double"][0], 2 * A)
    assert files() == []
