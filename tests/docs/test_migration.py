"""The examples of docs/migration.md run, and find what they are about."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "migration.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def run(monkeypatch, number: int) -> dict:
    """A block of the page, by processor time and without the network."""
    for cls in (TRMSymbolicRegressor, TRMSymbolicClassifier):
        monkeypatch.setattr(cls, "_clock", staticmethod(time.process_time))
    text = BLOCKS[number].replace("random_state=0", "random_state=0, model=None")
    text = text.replace("time_limit=5", "time_limit=2")
    assert text != BLOCKS[number]
    scope: dict = {}
    exec(compile(text, "docs/migration.md", "exec"), scope)
    return scope


def test_the_example_of_pysr(monkeypatch):
    scope = run(monkeypatch, 0)
    model, X, y = scope["model"], scope["X"], scope["y"]
    assert model.score(X, y) == pytest.approx(1.0, abs=1e-12)
    assert set(map(str, model.sympy().free_symbols)) == {"x0", "x3"}
    assert model.equations_.loc[model.equations_.selected, "complexity"].item() <= 12


def test_losses_callbacks_and_warm_starts(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    model = run(monkeypatch, 1)["model"]
    assert model.expr_ == "x0**2/x1"
    assert "x0" in (tmp_path / "fit.jsonl").read_text(encoding="utf-8")


def test_selected_features(monkeypatch):
    assert run(monkeypatch, 2)["law"] == "v3**2/v7"


def test_a_smoothed_target(monkeypatch):
    scope = run(monkeypatch, 3)
    x = scope["X"]
    truth = np.sin(2 * x[:, 0]) + 0.3 * x[:, 0]
    assert np.sqrt(np.mean((scope["model"].predict(x) - truth) ** 2)) < 0.1


def test_the_regressor_of_gplearn(monkeypatch):
    scope = run(monkeypatch, 4)
    X = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    truth = X[:, 0] ** 2 - X[:, 1] ** 2 + X[:, 1] - 1
    np.testing.assert_allclose(scope["est_trm"].predict(X), truth, atol=1e-9)


def test_the_transformer_of_gplearn(monkeypatch):
    scope = run(monkeypatch, 5)
    assert scope["features"].shape[0] == 442 and scope["features"].shape[1] > 10
    assert np.isfinite(scope["ridge"].score(scope["features"][300:], scope["y"][300:]))


def test_the_classifier_of_gplearn(monkeypatch):
    assert run(monkeypatch, 6)["auc"] > 0.95


def test_every_block_is_run():
    assert len(BLOCKS) == 7


PAGES = [DOCS.parent / "README.md", DOCS.parent / "CONTRIBUTING.md"]
PAGES += [page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(DOCS.parent).as_posix())
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_test_that_the_table_names_is_there():
    text = (DOCS / "ecosystem.md").read_text(encoding="utf-8")
    links = re.findall(r"\[`?(test_\w+)`?\]\((\.\./tests/[\w/]+\.py)\)", text)
    assert len(links) > 15
    for name, path in links:
        source = (DOCS / path).read_text(encoding="utf-8")
        assert f"def {name}(" in source, f"{path} has no {name}"
