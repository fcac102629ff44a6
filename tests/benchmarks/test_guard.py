"""The regression guard: its own arithmetic, and with ``-m slow`` the guard itself."""

import json

import pytest

from benchmarks import guard


def rows(solved, noise=0.0):
    return [{"law": str(k), "noise": noise, "solved": s} for k, s in enumerate(solved)]


def test_the_set_is_known_and_small():
    expected = json.loads(guard.EXPECTED.read_text())
    named = [(law.suite, law.name, noise) for law, noise in guard.laws()]
    assert named == [(r["suite"], r["law"], r["noise"]) for r in expected]
    assert len(named) == len(set(named)) and 40 <= len(named) <= 60
    assert sum(noise > 0 for *_, noise in named) == 7


def test_one_law_may_be_missing_two_may_not():
    expected = rows([True] * 4 + [False])
    assert guard.drops(rows([True] * 3 + [False] * 2), expected) == []
    (line,) = guard.drops(rows([True, True, False, False, False]), expected)
    assert "2 of 5 laws, 4 expected; lost: 2, 3" in line
    # a law that is found instead counts
    assert guard.drops(rows([True, True, False, False, True]), expected) == []


def test_noise_is_a_group_of_its_own():
    expected = rows([True] * 4) + rows([True] * 3, 0.01)
    (line,) = guard.drops(rows([True] * 4) + rows([False] * 3, 0.01), expected)
    assert line.startswith("noise 0.01")


def test_a_law_is_measured(monkeypatch):
    law, noise = guard.laws()[0]
    monkeypatch.setattr(guard, "laws", lambda: [(law, noise)])
    monkeypatch.setattr(guard.recover, "warm", lambda args: None)  # no time is compared
    (row,) = guard.measure()
    assert row["law"] == law.name and row["solved"]


@pytest.mark.slow
def test_recovery_does_not_drop():
    assert guard.drops(guard.measure(), json.loads(guard.EXPECTED.read_text())) == []
