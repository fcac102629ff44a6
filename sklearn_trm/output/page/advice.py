"""What a reader has to know of a law before using it, in plain words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...expressions.tree import columns
from ...task.result import FitResult
from .numbers import percent, spelled, text
from .rows import Rows

_FEW = 20  # rows
_LOW = 0.5  # of R2
_RIVAL = 1.0 / 3.0  # of the probability of the likeliest law
_DOUBTFUL = 0.5  # probability that the law sought was found
_NAMED = 4  # columns or laws that a sentence names

WARNING, NOTE = "warning", "note"
Said = tuple[str, str]


def advice(est: Any, laws: list[dict[str, Any]], chosen: int, rows: Rows | None) -> list[Said]:
    """Kind (``"warning"`` or ``"note"``) and text of each, the gravest first.

    Parameters
    ----------
    est : TRMSymbolicRegressor or TRMSymbolicClassifier
        Of one target.
    laws : list of dict
        As of `laws.law_content`.
    chosen : int
        Of these.
    rows : Rows or None
    """
    result: FitResult = est._fitted
    said = [
        *_of_the_law(laws[chosen], rows),
        *_of_rivals(result, laws),
        *_of_constants(est, result),
        *_of_the_choice(est, result),
        *_of_the_search(est),
        *_of_ranges(est, result, rows),
    ]
    return sorted(said, key=lambda one: one[0] == NOTE)


def _of_the_law(law: dict[str, Any], rows: Rows | None) -> list[Said]:
    out: list[Said] = []
    if rows is None:
        return [(NOTE, "This page was made without data: give est.report(path, X, y) the table to "
                       "see the law beside it.")]  # fmt: skip
    if law["undefined"]:
        out.append((WARNING, f"The law has no value on {_of(law['undefined'], len(rows.X))}, such "
                             "as a logarithm of a negative number."))  # fmt: skip
    r2 = law.get("r2")
    if r2 is not None and r2 < _LOW:
        share = f"only {percent(max(r2, 0.0))}" if r2 > 0 else "nothing"
        out.append((WARNING, f"The law explains {share} of the variance. Another column may be "
                             "missing, or there is no short law: compare it with gradient "
                             "boosting before you trust it."))  # fmt: skip
    if law.get("right") is not None and rows is not None:
        usual = float(max(np.mean(rows.Y[:, 0]), 1 - np.mean(rows.Y[:, 0])))
        if law["right"] <= usual + 1e-12:
            out.append((WARNING, "The law is right no more often than always naming the more "
                                 "frequent class."))  # fmt: skip
    return out


def _of_rivals(result: FitResult, laws: list[dict[str, Any]]) -> list[Said]:
    n = result.n_rows
    known = [law for law in laws if law["probability"] is not None]
    if not known:
        return [(WARNING, f"{_rows(n)} are too few to weigh laws against each other: this one is "
                          "a guess that fits.")]  # fmt: skip
    out: list[Said] = []
    best = max(law["probability"] for law in known)
    by_text = {law["text"]: law for law in known if law["probability"] >= _RIVAL * best}
    alike = list(by_text.values())  # laws that differ in digits alone are one
    if len(alike) > 1:
        alike.sort(key=lambda law: -law["probability"])
        texts = "; ".join(f"{_cut(law['text'])} ({law['likely']})" for law in alike[:_NAMED])
        count = {2: "two", 3: "three", 4: "four"}.get(len(alike), str(len(alike)))
        out.append((WARNING, f"{_rows(n)}: {count} laws are about as likely. {texts}."))
    elif n < _FEW:
        out.append((WARNING, f"{_rows(n)} are few. A law that is not on this page may do as well."))
    total = sum(law["probability"] for law in known)
    if total < _DOUBTFUL:
        out.append((WARNING, f"The law sought is probably not among those found: they have "
                             f"{percent(total)} together. A longer fit, more rows or further "
                             "columns may find it."))  # fmt: skip
    return out


def _of_constants(est: Any, result: FitResult) -> list[Said]:
    if getattr(est, "groups_", None) is not None:
        return []
    table = est.constants()
    zero = [row for row in table.itertuples() if row.std > 0 and row.low <= 0.0 <= row.high]
    lost = [row for row in table.itertuples() if row.std > 0 and not math.isfinite(row.std)]
    out: list[Said] = []
    if lost:
        out.append((WARNING, f"The rows do not tell {_list(lost)}: other values fit as well."))
    elif zero:
        out.append((NOTE, f"The 95% interval of {_list(zero)} holds 0: it may be missing."))
    return out


def _list(rows: list[Any]) -> str:
    texts = [str(row.Index) if isinstance(row.Index, str) else text(row.value) for row in rows]
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return f"the constant{'s' * (len(texts) > 1)} {', '.join(texts[:_NAMED])}{more}"


def _of_the_choice(est: Any, result: FitResult) -> list[Said]:
    if result.insisted and getattr(est, "selection", "best") == "best":
        return [(NOTE, "No short law holds: rows left out are predicted better by this longer one. "
                       "It predicts; a law of nature it need not be.")]  # fmt: skip
    return []


def _of_the_search(est: Any) -> list[Said]:
    reasons = {
        "time limit": "The fit ended at its time limit"
        + (f" of {text(est.time_limit)} s" if getattr(est, "time_limit", None) else "")
        + ": a longer one may find a better law.",
        "callback": "A callback ended the fit: a longer one may find a better law.",
        "interrupted": "The fit was interrupted: a longer one may find a better law.",
        "memory": "There was not enough memory: more, or fewer rows, may give a better law.",
    }
    return [(NOTE, reasons[est.stopped_])] if est.stopped_ in reasons else []


def _of_ranges(est: Any, result: FitResult, rows: Rows | None) -> list[Said]:
    if result.ranges is None:
        return []
    names, out = est.column_names(), []
    if rows is not None:
        beyond = result.beyond(rows.X) != 0
        if (count := int(beyond.any(axis=1).sum())) > 0:
            which = [names[j] for j in np.flatnonzero(beyond.any(axis=0))[:_NAMED]]
            told = f"{_of(count, len(rows.X))} lie outside the data of the fit, in "
            out.append(
                (WARNING, f"{told}{', '.join(which)}: what the law says there no row tested.")
            )
    groups = getattr(est, "groups_", None)
    last = len(names) if groups is None else len(names) - len(groups.labels)
    held = [j for j in sorted(columns(result.law())) if j < last]
    if held:
        ends = [[v * result.magnitudes.x[j] for v in result.ranges[j]] for j in held[:_NAMED]]
        dated = origins(est)
        parts = [f"{names[j]} from {spelled(low, dated.get(j))} to {spelled(high, dated.get(j))}"
                 for j, (low, high) in zip(held, ends, strict=False)]  # fmt: skip
        more = " (and so on)" if len(held) > _NAMED else ""
        out.append((NOTE, f"The data cover {', '.join(parts)}{more}. Beyond, the law is a guess."))
    return out


def origins(est: Any) -> dict[int, str]:
    """The first day of columns that count days."""
    dates = getattr(est, "dates_", None)
    return {j: dates.origin for j in dates.columns} if dates is not None and dates.origin else {}


def _rows(n: int) -> str:
    return f"{n:,} row{'s' * (n != 1)}"


def _of(count: int, n: int) -> str:
    return f"{count:,} of {_rows(n)}"


def _cut(law: str) -> str:
    return law if len(law) <= 60 else law[:59] + "…"
