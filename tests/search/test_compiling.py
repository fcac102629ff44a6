"""Compiled kernels: kept in our folder, compiled again where a source has changed."""

import importlib.util

import pytest

from sklearn_trm import cache
from sklearn_trm.search.compiling import compiled
from sklearn_trm.search.solvers.skeletons import separable, solver

pytest.importorskip("numba")


@pytest.fixture
def kernel(monkeypatch, tmp_path):
    """A function in a file of its own, compiled anew at every call."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "kept"))
    path = tmp_path / "sources" / "kernels.py"
    path.parent.mkdir()

    def make(factor=2):
        path.write_text(f"def times(x):\n    return {factor} * x\n")
        cache.source_stamp.cache_clear()
        spec = importlib.util.spec_from_file_location("kernels", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return compiled(module.times)

    return make


def hits(function):
    return sum(function.stats.cache_hits.values())


def test_a_second_process_reads_what_the_first_compiled(kernel, tmp_path):
    first, second = kernel(), kernel()
    assert (first(3.0), hits(first)) == (6.0, 0)
    assert (second(3.0), hits(second)) == (6.0, 1)
    assert not list((tmp_path / "sources").glob("__pycache__/*.nb*"))


def test_a_changed_source_is_compiled_again(kernel):
    assert kernel()(3.0) == 6.0
    changed = kernel(factor=5)
    assert (changed(3.0), hits(changed)) == (15.0, 0)


def test_without_a_folder_it_is_compiled_and_not_kept(kernel, monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, "off")
    assert kernel()(3.0) == 6.0
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("module", [separable, solver])
def test_solvers_are_made_ready_once_a_process(module, monkeypatch):
    """A third of a second that no limit counts: fits that asked again were as late each time."""
    module.prepare()
    monkeypatch.setattr(module, "Workspace", None)
    module.prepare()
