"""Verdicts on the laws of a run, apart from fitting.

``OUT/scores.jsonl`` holds a line for every fit that is scored; remove it to score anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from sklearn_trm.errors import TRMError
from sklearn_trm.expressions.text import parse, to_text

from .laws import Law, load
from .rows import append, read
from .run import FITS, KEY, key
from .verdict import Scorer, evaluator

SCORES = "scores.jsonl"
ACCURATE = 0.999  # R2 on fresh rows


def score(row: dict[str, Any], law: Law, scorer: Scorer) -> dict[str, Any]:
    """Both verdicts on the law of one fit; `why` tells what kept a verdict from being given."""
    verdict = {"numeric": False, "symbolic": False, "accurate": row.get("r2", 0.0) > ACCURATE}
    try:
        found = parse(row.get("text", ""))
    except TRMError as error:
        return verdict | {"why": repr(error)[:200]}
    rng = np.random.default_rng([row["seed"], len(law.name), sum(map(ord, law.name))])
    X = law.sample(row["rows"], rng)  # the rows of the fit
    try:
        verdict["numeric"] = evaluator(found, law, X, rng)[0]
    except Exception as error:  # a law that cannot be evaluated is not the true one
        verdict["why"] = repr(error)[:200]
    positive = [low > 0 for _, low, _ in law.ranges]
    texts = to_text(found), to_text(law.node)
    verdict["symbolic"], why = scorer(*texts, positive, row.get("r2", 0.0))
    return verdict | ({"why": why} if why else {})


def scored(folder: Path) -> list[dict[str, Any]]:
    """All fits of a run with their verdicts; what is not scored yet is scored now."""
    rows = list({key(row): row for row in read(folder / FITS)}.values())
    known = {key(row): row["verdict"] for row in read(folder / SCORES)}
    todo = [r for r in rows if r["kind"] == "law" and "text" in r and key(r) not in known]
    laws: dict[str, dict[str, Law]] = {}
    with Scorer() as scorer:
        for row in tqdm(todo, unit="law", disable=not todo):
            suite = row["group"]
            if suite not in laws:
                laws[suite] = {law.name: law for law in load(suite)}
            verdict = score(row, laws[suite][row["task"]], scorer)
            append(folder / SCORES, {name: row[name] for name in KEY} | {"verdict": verdict})
            known[key(row)] = verdict
    nothing = {"numeric": False, "symbolic": False, "accurate": False}
    return [row | known.get(key(row), nothing) for row in rows]
