"""FastSRB: the laws as published, their rows, the verdicts, a run that goes on."""

import argparse

import numpy as np
import pytest

from benchmarks import fastsrb, laws
from benchmarks.rows import read

C = 2.99792458e8
# three of the laws in Python's own arithmetic: (name, columns -> value)
BY_HAND = {
    "II.38.3": lambda v: v[0] * v[1] * v[2] / v[3],
    "III.12.43": lambda v: v[0] * 6.626e-34 / (2 * 3.1415926535897),
    "I.34.14": lambda v: (1 + v[0] / C) / np.sqrt(1 - v[0] ** 2 / C**2) * v[1],
}
EASY = "II.38.3"


def test_the_suite_is_whole_and_stands_apart():
    every = fastsrb.suite()
    assert len({law.name for law in every}) == 120
    assert "fastsrb" not in laws.suites()  # `--suite all` would tune on it
    for law in every:
        sample = fastsrb.draw(law, 0, rows=8, noise=0.0)
        assert sample.X.shape == (8, len(law.variables)) == sample.X_out.shape
        assert np.isfinite(sample.y).all() and np.isfinite(sample.y_out).all()
    with pytest.raises(SystemExit, match="no laws of FastSRB"):
        fastsrb.suite(["X.1", EASY])


def test_rows_are_the_laws_own_and_in_its_ranges():
    for law in fastsrb.suite(list(BY_HAND)):
        sample = fastsrb.draw(law, 0, rows=300, noise=0.0)
        np.testing.assert_allclose(sample.y, BY_HAND[law.name](sample.X.T), rtol=1e-13)
        for x, (_, low, high) in zip(sample.X.T, law.ranges, strict=True):
            assert (np.abs(x) >= low * (1 - 1e-12)).all()
            assert (np.abs(x) <= high * (1 + 1e-12)).all()
    (law,) = fastsrb.suite([EASY])
    x = fastsrb.draw(law, 0, rows=500, noise=0.0).X[:, 2]  # of either sign, log-uniform
    assert abs(np.mean(x > 0) - 0.5) < 0.1 and abs(np.mean(np.abs(x) < 1e-2) - 0.5) < 0.1


def test_noise_is_a_share_of_the_spread_and_spares_the_rows_held_out():
    (law,) = fastsrb.suite([EASY])
    clean, noisy = (fastsrb.draw(law, 3, rows=2000, noise=noise) for noise in (0.0, 0.01))
    np.testing.assert_array_equal(clean.X, noisy.X)
    np.testing.assert_array_equal(clean.y_out, noisy.y_out)
    assert np.std(noisy.y - clean.y) == pytest.approx(0.01 * np.std(clean.y), rel=0.1)


@pytest.mark.parametrize(
    ("text", "share", "marks"),
    [
        ("x0*x1*x2/x3", 0.0, (True, True, True)),
        ("x2/x3*x0*(x1*1.00001)", 1e-5, (True, False, True)),  # noise in a number only
        ("1.01*x0*x1*x2/x3", 1e-2, (False, False, True)),
        ("x0*x1*x2/x3 + x0**9", 0.0, (True, True, False)),  # agrees there, is another law
        ("aq(x0, x1)", np.inf, (False, False, False)),  # a word of another system
    ],
)
def test_verdicts(text, share, marks):
    (law,) = fastsrb.suite([EASY])
    sample = fastsrb.draw(law, 0, rows=200, noise=0.0)
    values = sample.y_out * (1 + share) if np.isfinite(share) else np.full(200, np.nan)
    found = fastsrb.verdict(law, sample, 0, {"text": text, "prediction": values.tolist()})
    assert (found["recovered"], found["every_row"], found["exact"]) == marks


def test_a_share_of_variance_at_any_scale():
    y = np.linspace(1, 2, 50)
    for scale in (1e-200, 1.0, 1e250):
        assert fastsrb.unexplained(scale * y, scale * (y + 1e-3)) == pytest.approx(
            1e-6 / np.var(y), rel=1e-6
        )
    assert fastsrb.unexplained(y, np.full(50, 1e300)) > 1


def test_a_run_goes_on_and_prints_totals_only(tmp_path, monkeypatch, capsys):
    made = []

    def few_steps(sample, mode, limit, seed, clock):
        made.append((mode, limit))
        return {"text": "x0*x1*x2/x3", "nodes": 7, "seconds": 0.1, "cpu": 0.1,
                "prediction": sample.y_out.tolist()}  # fmt: skip

    monkeypatch.setattr(fastsrb, "ours", few_steps)
    monkeypatch.setattr(fastsrb.recover, "warm", lambda args: None)
    parser = argparse.ArgumentParser()
    fastsrb.add_arguments(parser)
    out = tmp_path / "rows.jsonl"
    words = ["--laws", EASY, "--seeds", "0", "1", "--limit", "1", "10", "--rows", "64"]
    words += ["--out", str(out)]
    fastsrb.main(parser.parse_args(words))
    fastsrb.main(parser.parse_args([*words, "--peers", "linear"]))
    assert made == [("unguided", 1.0)] * 2 + [("unguided", 10.0)] * 2
    assert len(read(out)) == 8
    table = capsys.readouterr().out
    assert EASY not in table and "linear" in table
    assert "     0      1 unguided          2      2 (100%)" in table


def test_our_own_estimator_answers():
    (law,) = fastsrb.suite([EASY])
    sample = fastsrb.draw(law, 0, rows=128, noise=0.0)
    answer = fastsrb.ours(sample, "unguided", 20.0, 0, "cpu")
    assert fastsrb.verdict(law, sample, 0, answer)["recovered"]
    assert answer["cpu"] < 25 and answer["nodes"] == 7
    flat = fastsrb.Sample(sample.X, sample.y * np.nan, sample.X_out, sample.y_out)
    assert "NaN" in fastsrb.ours(flat, "unguided", 1.0, 0, "cpu")["error"]
