"""The runners: texts that mean what the peers predict, processes that come back."""

from types import SimpleNamespace

import numpy as np

from benchmarks.peers import PEERS, _infix, run
from benchmarks.serve import Server
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 3, (80, 3))


def test_every_system_of_the_plan_has_a_runner():
    assert {"ours", "guided", "network", "gplearn", "pyoperon", "pyoperon_bic", "rils-rols",
            "eggp", "psrn", "pysr", "linear", "boosting"} == set(PEERS)  # fmt: skip


def test_the_text_of_a_program_of_gplearn_has_all_digits():
    def function(name, arity):
        return SimpleNamespace(name=name, arity=arity)

    program = [function("div", 2), function("sqrt", 1), 0, function("sub", 2), -0.123456789, 2]
    values = evaluate(parse(_infix(program)), X)
    np.testing.assert_allclose(values, np.sqrt(X[:, 0]) / (-0.123456789 - X[:, 2]))


def test_the_text_of_the_linear_baseline_is_what_it_predicts():
    y = 2 * X[:, 0] - 3 * X[:, 2] + 0.5
    out = run("linear", X, y, X, 1.0)
    np.testing.assert_allclose(evaluate(parse(out["text"]), X), out["prediction"], rtol=1e-9)
    assert np.abs(np.array(out["prediction"]) - y).max() < 1e-2


def test_boosting_is_no_formula():
    out = run("boosting", X[:40], X[:40, 0] * X[:40, 1], X, 0.2)
    assert out["text"] == "" and out["nodes"] == 0 and len(out["prediction"]) == len(X)


def test_a_system_that_is_not_there_is_skipped_with_the_reason():
    out = run("pysr", X, X[:, 0], X, 1.0)
    assert "Julia" in out.get("skipped", "") or "text" in out


def test_a_server_takes_many_jobs_and_a_dead_one_is_replaced():
    with Server("linear") as server:
        for k in (0, 1):
            out = server.fit(X, X[:, k], X[:5], 1.0, 0)
            np.testing.assert_allclose(out["prediction"], X[:5, k], rtol=1e-3)
        assert server.facts["versions"]["numpy"] == np.__version__
        server._process.kill()
        server._process.wait()
        assert "error" in server.fit(X, X[:, 0], X, 1.0, 0)
        assert "prediction" in server.fit(X, X[:, 0], X, 1.0, 0)


def test_a_python_that_is_not_there_is_an_error_of_the_fit():
    with Server("linear", "/no/such/python") as server:
        assert "error" in server.fit(X, X[:, 0], X, 1.0, 0)
