"""What users say of laws before any data, and every law that was looked at."""

import math

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor, load
from sklearn_trm.errors import DataError, FileError, UnknownOperatorError
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import walk

RNG = np.random.default_rng(3)
X = np.linspace(0.3, 9.0, 24)[:, None]
Y = 5.0 * X[:, 0] / (2.0 + X[:, 0]) + 0.05 * RNG.normal(size=24)


def fitted(**more):
    est = TRMSymbolicRegressor(
        model=None, random_state=0, time_limit=None, max_steps=16, max_complexity=12, **more
    )
    return est.fit(X, Y)


@pytest.fixture(scope="module")
def every():
    return fitted(keep_all=True)


def test_every_law_is_kept_on_request(every, tmp_path):
    laws = every.all_laws_
    assert list(laws.columns) == ["equation", "loss", "complexity", "prior"]
    assert len(laws) > len(every.equations_)
    for row in laws.sample(5, random_state=0).itertuples():
        with np.errstate(all="ignore"):
            values = every.export("numpy")  # the texts are laws of the same table
        assert values and {n.column for n in walk(parse(row.equation)) if n.is_var} <= {0}
        assert row.prior >= 0 and row.complexity >= 1 and row.loss >= 0
    path = tmp_path / "laws.parquet"
    pytest.importorskip("pyarrow")
    laws.to_parquet(path)
    assert pd.read_parquet(path).equals(laws)


def test_without_it_there_are_none():
    with pytest.raises(AttributeError, match="keep_all=True"):
        _ = fitted().all_laws_


def test_a_prior_decides_between_laws_that_fit(every):
    table = every.equations_
    rare = fitted(prior={"add": 30.0, "sub": 30.0})
    assert not {"+", "-"} & set(rare.expr_.replace("e-", "")) or rare.expr_ != every.expr_
    ruled_out = fitted(prior={"exp": math.inf, "log": math.inf})
    for text in ruled_out.equations_["equation"]:
        assert "exp" not in text and "log" not in text
    own = fitted(prior=lambda law: 2.0 * sum(n.is_const for n in walk(law)))
    assert (own.equations_["prior"] >= 0).all() and len(table)


def test_choices_are_lengths(every):
    est = fitted()
    table = est.choose("law").equations_
    assert table.loc[table["selected"], "description_length"].item() == 0.0
    assert table["probability"].idxmax() == table["selected"].idxmax()
    for how in ("prediction", "best"):
        assert est.choose(how).expr_ in set(table["equation"])


def test_files_keep_lengths_and_priors(tmp_path, every):
    est = fitted(prior={"sin": 2.0, "tan": math.inf})
    est.save(tmp_path / "law.json")
    back = load(tmp_path / "law.json")
    assert back.prior == {"sin": 2.0, "tan": math.inf}
    columns = ["prior", "description_length", "probability", "equation"]
    pd.testing.assert_frame_equal(back.equations_[columns], est.equations_[columns])
    assert back.choose("prediction").expr_ == est.choose("prediction").expr_
    est.set_params(prior=lambda law: 0.0)
    with pytest.raises(FileError, match="prior"):
        est.save(tmp_path / "law.json")


@pytest.mark.parametrize(("prior", "error"), [
    ({"sine": 1.0}, UnknownOperatorError), ({"sin": math.nan}, DataError), ("sin", DataError),
    ({"sin": -50.0}, DataError), ({"sin": "2"}, DataError),
])  # fmt: skip
def test_impossible_priors_are_told(prior, error):
    with pytest.raises(error):
        fitted(prior=prior)
    with pytest.raises(error):
        TRMSymbolicClassifier(prior=prior).fit(X, Y > 2)


def test_a_function_that_gives_no_nats_is_told():
    with pytest.raises(DataError, match="no nats"):
        fitted(prior=lambda law: math.nan)
    with pytest.raises(ValueError, match="keep_all"):
        fitted(keep_all="yes")
