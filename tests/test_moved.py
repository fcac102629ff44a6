"""Old names, pickles and files of earlier versions go on working."""

import json
import pickle
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import sklearn_trm
from sklearn_trm import _moved

SAVED = Path(__file__).parent / "saved" / "0.1"
EXPECTED = json.loads((SAVED / "expected.json").read_text(encoding="utf-8"))
X = np.array(EXPECTED["X"])


def outputs(estimator):
    return (estimator.transform if hasattr(estimator, "transform") else estimator.predict)(X)


@pytest.mark.parametrize("path", sorted(SAVED.glob("*.pickle")), ids=lambda p: p.stem)
def test_pickles_of_the_version_before_predict_the_same(path):
    with pytest.warns(DeprecationWarning, match="is now sklearn_trm"):
        estimator = pickle.loads(path.read_bytes())
    np.testing.assert_allclose(outputs(estimator), EXPECTED["predictions"][path.stem], rtol=1e-12)
    # what is written from now on names the new places
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = pickle.loads(pickle.dumps(estimator))
        np.testing.assert_array_equal(outputs(again), outputs(estimator))


@pytest.mark.parametrize("name", ["regressor", "known_errors", "huber", "template", "classifier"])
def test_what_users_read_of_an_old_pickle_is_all_there(name):
    with pytest.warns(DeprecationWarning):
        estimator = pickle.loads((SAVED / f"{name}.pickle").read_bytes())
    reread = sklearn_trm.load(SAVED / f"{name}.json")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert str(estimator.expr_) == str(reread.expr_)
        tables = (estimator.equations_, reread.equations_)
        if name == "classifier":  # a table a class
            tables = tuple(t[0] if isinstance(t, list) else t for t in tables)
        for column in ("complexity", "loss", "equation", "selected"):
            assert list(tables[0][column]) == list(tables[1][column])
        assert estimator.latex() == reread.latex()
        assert estimator.export("python") == reread.export("python")
        estimator.choose("accuracy")  # what a later choice needs is there too


@pytest.mark.parametrize("name", ["regressor", "known_errors", "huber", "template", "classifier"])
def test_files_of_the_version_before_predict_the_same(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator = sklearn_trm.load(SAVED / f"{name}.json")
        np.testing.assert_allclose(outputs(estimator), EXPECTED["predictions"][name], rtol=1e-12)


@pytest.mark.parametrize("old", sorted(_moved.MODULES))
def test_every_old_module_answers_from_its_new_place(old):
    new = import_module(f"sklearn_trm.{_moved.MODULES[old]}")
    module = import_module(f"sklearn_trm.{old}")
    own = [n for n, v in vars(new).items() if getattr(v, "__module__", None) == new.__name__]
    if not own:  # a package that only gathers
        own = list(new.__all__)
    with pytest.warns(DeprecationWarning, match=f"sklearn_trm.{old}.{own[0]} is now"):
        assert getattr(module, own[0]) is getattr(new, own[0])
    with pytest.raises(AttributeError, match="no attribute 'nothing_of_this_name'"):
        module.nothing_of_this_name  # noqa: B018


@pytest.mark.parametrize("old", sorted(_moved.NAMES))
def test_every_renamed_thing_answers_by_its_old_name(old):
    home, _, leaf = old.rpartition(".")
    there, _, new = _moved.NAMES[old].rpartition(".")
    with pytest.warns(DeprecationWarning, match=f"is now sklearn_trm.{_moved.NAMES[old]}"):
        found = getattr(import_module(f"sklearn_trm.{home}"), leaf)
    assert found is getattr(import_module(f"sklearn_trm.{there}"), new)


def test_the_line_that_uses_an_old_name_is_the_one_that_is_warned():
    code = (
        "import warnings\nwarnings.simplefilter('always')\nfrom sklearn_trm.losses import Huber\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.count("DeprecationWarning") == 1
    assert "<string>:3: DeprecationWarning: sklearn_trm.losses.Huber is now" in done.stderr


def test_names_that_never_were_are_not_found():
    for name in ("nothing", "losses.nothing", "search.nothing", "rules.nothing"):
        with pytest.raises(ModuleNotFoundError):
            import_module(f"sklearn_trm.{name}")


def test_the_package_itself_uses_no_old_name():
    code = (
        "import sys, warnings\n"
        "warnings.simplefilter('error')\n"
        "import sklearn_trm\n"
        "for name in sklearn_trm.__all__: getattr(sklearn_trm, name)\n"
        "from sklearn_trm import _moved\n"
        "print([m for m in sys.modules if m.removeprefix('sklearn_trm.') in _moved.MODULES])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    packages = [m for m in ("rules", "search.improve") if f"sklearn_trm.{m}" in done.stdout]
    left = done.stdout.count("sklearn_trm.") - len(packages)
    assert left == 0, done.stdout
