"""The report of the ablations: what a person wrote is kept, what was measured is in tables."""

from __future__ import annotations

import json

from training import ablation_report as report
from training.race import WINDOW, reached, smooth


def line(arm, solved):
    n = len(solved)
    return {
        "weights": "abc", "group": "default" if arm == "default" else "part", "arm": arm,
        "seed": 0, "first": 0, "size": [2] * n, "solved": solved, "n_iter": [3] * n,
        "converged": [True] * n, "tried": [9] * n, "network_seconds": [0.1] * n,
        "fit_seconds": [0.2] * n,
    }  # fmt: skip


def test_tables_of_all_that_was_measured(tmp_path):
    lines = [line("default", [1, 2, 0, 0]), line("without", [0, 2, 0, 0])]
    race = [
        {"arm": "width", "side": str(p), "steps": 3 * WINDOW, "seconds": 6.0, "parameters": p,
         "losses": losses, "cells": [0.1, 0.2, 0.3]}
        for p, losses in ((1000, [3.0, 2.5, 2.4]), (9000, [2.8, 2.2, 2.0]))
    ]  # fmt: skip
    sizes = {"1-3": {"laws": 4, "exact": 0.5}}
    versions = [{"seen": s, "laws": 4, "exact": e, "by_filled_cells": sizes}
                for s, e in ((0, 0.0), (1000, 0.5))]  # fmt: skip
    for name, rows in (("lines", lines), ("race", race)):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    (tmp_path / "versions.json").write_text(json.dumps(versions))
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(f"# What we conclude\n\n{report.MARK}\nold tables\n")
    report.write(tmp_path, page)
    text = page.read_text()
    assert text.startswith("# What we conclude") and "old tables" not in text
    assert "| part | without | 4 | 25.0%" in text and "-25.0 (21.7)" in text
    assert "| width | 9000 |" in text and "| 1,000 | 50.0% | 50.0% |" in text
    pictures = {p.name for p in (page.parent / "pictures").iterdir()}
    assert pictures == {"ablation-compute.png", "laws-seen.png", "width.png"}


def test_a_loss_is_reached_when_its_mean_is():
    assert smooth([4.0, 2.0], 2) == [4.0, 3.0]
    losses = [4.0] * 5 + [1.0] * 10
    assert reached(losses, 2.5) == 10 * WINDOW and reached(losses, 0.5) is None
