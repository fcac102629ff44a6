"""The folder of compiled code: the user's own, or none."""

import os
import stat
import subprocess
import sys

import pytest

from sklearn_trm import cache

posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners of POSIX")


@pytest.fixture(autouse=True)
def fresh():
    cache._folder.cache_clear()
    yield
    cache._folder.cache_clear()


def folder_at(monkeypatch, path):
    monkeypatch.setenv(cache.VARIABLE, str(path))
    return cache.folder()


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="the cache folder of macOS has a fixed name")
def test_it_is_in_the_users_cache_folder_and_closed_to_others(monkeypatch, tmp_path):
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "mine"))
    place = cache.folder()
    assert place == tmp_path / "mine" / "sklearn-trm"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_it_can_be_named_or_switched_off(monkeypatch, tmp_path):
    assert folder_at(monkeypatch, tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert folder_at(monkeypatch, "off") is None
    assert folder_at(monkeypatch, "OFF ") is None


@posix
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_refused(monkeypatch, tmp_path, mode):
    place = tmp_path / "open"
    place.mkdir()
    place.chmod(mode)
    assert folder_at(monkeypatch, place) is None
    assert list(place.iterdir()) == []


@posix
def test_a_folder_below_one_that_anybody_can_change_is_refused(monkeypatch, tmp_path):
    above = tmp_path / "above"
    above.mkdir()
    above.chmod(0o777)
    assert folder_at(monkeypatch, above / "here") is None
    above.chmod(0o1777)  # as the shared temporary folder: only the owner moves what is there
    cache._folder.cache_clear()
    assert folder_at(monkeypatch, above / "here") == above / "here"


@posix
def test_a_folder_or_a_link_of_another_user_is_refused(monkeypatch, tmp_path):
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "own")
    assert folder_at(monkeypatch, tmp_path / "link") == tmp_path / "own"
    another = os.geteuid() + 1
    monkeypatch.setattr(cache.os, "geteuid", lambda: another)
    cache._folder.cache_clear()
    assert folder_at(monkeypatch, tmp_path / "own") is None
    assert folder_at(monkeypatch, tmp_path / "link") is None


def test_no_folder_is_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    assert folder_at(monkeypatch, tmp_path / "file") is None
    assert folder_at(monkeypatch, tmp_path / "file" / "below") is None


def test_changed_sources_have_another_stamp(tmp_path):
    (tmp_path / "a.py").write_text("one = 1\n")
    first = cache.source_stamp.__wrapped__(tmp_path)
    (tmp_path / "a.py").write_text("one = 2\n")
    assert cache.source_stamp.__wrapped__(tmp_path) != first


def test_a_fit_keeps_its_programs_there_and_changes_nobodys_settings():
    code = (
        "import os, jax, numba, numpy as np;"
        "own = lambda k: k.startswith(('NUMBA', 'JAX', 'XLA'));"
        "told = lambda: ({k: v for k, v in os.environ.items() if own(k)},"
        " numba.config.CACHE_DIR, dict(jax.config.values));"
        "before = told();"
        "from sklearn_trm import TRMSymbolicRegressor as R;"
        "X = np.random.default_rng(0).uniform(1, 3, (60, 2));"
        "R(max_steps=1, time_limit=None, random_state=0).fit(X, X[:, 0] / X[:, 1]);"
        "from sklearn_trm.cache import folder;"
        "kept = [*folder().glob('numba/search_*/descent.*.nbi')];"
        "print(told() == before, len(kept) > 0)"
    )
    # the user's own folder: an empty one would compile all kernels once more
    env = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", cache.VARIABLE)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]
