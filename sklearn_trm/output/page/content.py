"""All that a page tells, as one dictionary: what the template writes and the script draws."""

from __future__ import annotations

import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from ...errors import DataError
from ..explaining import explain, signed, verdict
from ..letters import shown
from ..mathml import equation, name_markup, symbols
from .advice import advice, origins
from .curves import Plan
from .laws import LANGUAGES, chosen_rows, law_content
from .numbers import drawn, powers, spelled, text
from .rows import Rows, names_of_targets, units_of

_MOST_COLUMNS = 12  # that are drawn or listed
_SUGGESTED = 3
_PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "numba", "jax")
_SHOWN_SETTINGS = ("time_limit", "max_steps", "selection", "model", "random_state", "loss")


def content(
    est: Any, X: Any, y: Any, target: Any, units: Any, y_units: Any, title: str | None, most: int
) -> dict[str, Any]:
    """What a page tells of a fitted estimator; parameters as of `page.page`.

    `most` is how many laws of a front are shown.
    """
    rows = Rows.of(est, X, y)
    names = names_of_targets(est, y, target)
    parts = getattr(est, "estimators_", [est])
    given = [y_units] * len(parts) if y_units is None or isinstance(y_units, str) else list(y_units)
    if len(given) != len(parts):
        raise ValueError(f"y_units= has {len(given)} units for {len(parts)} targets")
    column_units = units_of(_plain_names(est), units)
    targets = [
        _target(part, name, str(unit or ""), column_units, rows, k, most)
        for k, (part, name, unit) in enumerate(zip(parts, names, given, strict=True))
    ]
    whole = (
        f"A law for {'the ' * hasattr(est, 'classes_')}{names[0]}"
        if len(names) == 1
        else f"{len(names)} laws"
    )
    return {
        "title": whole if title is None else str(title),
        "targets": targets,
        "data": _data(est, rows),
        "settings": _settings(est),
        "versions": _versions(),
        "made": date.today().isoformat(),
        "languages": LANGUAGES,
    }


def _plain_names(est: Any) -> list[str]:
    """Names of the columns without those of groups."""
    names = list(est.column_names())
    groups = getattr(est, "groups_", None)
    return names if groups is None else names[: -len(groups.labels)]


def _target(
    est: Any, name: str, unit: str, units: list[str], rows: Rows | None, column: int, most: int
) -> dict[str, Any]:
    """One target: its laws, and what is said of them."""
    table, plan = est.equations_, Plan(est, rows)
    shown = chosen_rows(table, most)
    entries = list(table.itertuples())
    symbol = symbols([name])[0] if symbols([name]) == [name] else "y"
    laws = [law_content(est, i, entries[i], symbol, rows, column, plan) for i in shown]
    chosen = shown.index(est._fitted.chosen)
    used = sorted({j for law in laws for j in law["used"]})[:_MOST_COLUMNS]
    origin, names = origins(est), _plain_names(est)
    return {
        "name": name,
        "symbol": name_markup(symbol),
        "renamed": symbol != name,
        "unit": unit,
        "kind": "odds" if est._fitted.link == "logistic" else "value",
        "measure": _measure(est._fitted),
        "laws": laws,
        "chosen": chosen,
        "kept": len(table),
        "curve": _curve(est),
        "advice": advice(est, laws, chosen, rows),
        "why": _why(est),
        "suggested": _suggested(est, rows),
        "columns": [
            {
                "place": j,
                "name": names[j],
                "symbol": name_markup(symbols(names)[j]),
                "renamed": symbols(names)[j] != names[j],
                "unit": units[j],
                "grid": drawn(plan.grid(j)),
                "values": [] if rows is None else drawn(rows.X[rows.shown, j]),
                "date": origin.get(j),
            }
            for j in used
        ],
        "groups": _groups(plan, rows),
        "y": [] if rows is None else drawn(rows.Y[rows.shown, column]),
    }


def _measure(result: Any) -> str:
    """What the loss of ``equations_`` is."""
    if result.link == "logistic":
        return "log loss"
    if result.known:
        return "chi-square a row"
    if result.loss is not None:
        return f"{type(result.loss).__name__} loss"
    kind = "even" if result.noise_model is None else result.noise_model[0]
    noises = result.noises or (None,)  # none is told where rows had weights
    weighted = kind in ("proportional", "counts") or noises[result.chosen % len(noises)] is None
    return f"{'weighted ' * weighted}mean squared error"


def _why(est: Any) -> dict[str, Any]:
    """The chosen law and its rivals in the balance."""
    told = explain(est)

    def math(row: int) -> str:
        law, names = shown(est, est.short_law(row))
        return equation("", law, symbols(names))

    return {
        "how": told.how,
        "gate": told.gate,
        "law": math(told.law.row),
        "rivals": [
            {"math": math(w.row), "verdict": powers(verdict(w)),
             "nats": [signed(v) for v in (w.fit, w.constants, w.prior, w.total)]}
            for w in told.rivals
        ],
    }  # fmt: skip


def _groups(plan: Plan, rows: Rows | None) -> dict[str, Any] | None:
    """Labels of the groups, and which one each drawn row is of."""
    if not plan.of_groups:
        return None
    of = [] if rows is None else rows.X[np.ix_(rows.shown, list(plan.of_groups))].argmax(axis=1)
    return {"labels": [str(label) for label in plan.labels], "of": list(map(int, of))}


def _curve(est: Any) -> dict[str, Any] | None:
    """The textbook's name of the chosen law, and its constants by their symbols."""
    found = est.curve()
    if found is None:
        return None
    family, names = found.family, est.column_names()
    numbers = {} if hasattr(est, "groups_") else found.parameters
    return {
        "name": family.name,
        "also": [*found.others, *family.also][:4],
        "math": equation(family.target, family.node, [*family.variables, *family.parameters]),
        "field": family.field,
        "source": family.source,
        "numbers": [(name_markup(symbol), text(value if abs(value) > 1e-14 else 0.0, 5))
                    for symbol, value in numbers.items()],
        "columns": [(name_markup(symbol), names[c])
                    for symbol, c in zip(family.variables, found.columns, strict=True)],
    }  # fmt: skip


def _suggested(est: Any, rows: Rows | None) -> dict[str, Any] | None:
    """Where to measure next; None where nothing can be said."""
    if not hasattr(est, "suggest"):
        return None
    try:
        if hasattr(est, "groups_"):
            return None
        table = est.suggest(n=_SUGGESTED)
    except DataError as error:
        return {"text": str(error)[:1].upper() + str(error)[1:] + ".", "head": [], "rows": []}
    gain = table.columns[-1]
    held = [name for name in table.columns[:-1] if table[name].nunique() > 1][:6]
    held = held or list(table.columns[:-1])[:6]
    best = float(table[gain].iloc[0])
    dated = {est.column_names()[j]: origin for j, origin in origins(est).items()}
    return {
        "text": "These places, within the range of the data, would tell the likely laws apart best."
        if best > 0.01 else "The likely laws say nearly the same everywhere in the range of the "
        "data: only rows beyond it can tell them apart.",
        "head": [*held, "Information (nats)"],
        "rows": [[*(spelled(row[name], dated.get(name)) for name in held), text(row[gain], 2)]
                 for _, row in table.iterrows()],
    }  # fmt: skip


def _data(est: Any, rows: Rows | None) -> dict[str, Any]:
    """Counts and ranges of the columns."""
    names = _plain_names(est)
    dates = getattr(est, "dates_", None)
    notes = {} if dates is None else dates.notes(names)
    parts = getattr(est, "estimators_", [est])
    held = {j for part in parts for j in Plan(part, rows).used(part._fitted.chosen)}
    order = sorted(range(len(names)), key=lambda j: (j not in held, j))[:_MOST_COLUMNS]
    origin, listed = origins(est), []
    for j in sorted(order):
        if rows is not None:
            values = (rows.X[:, j].min(), np.median(rows.X[:, j]), rows.X[:, j].max())
        elif parts[0]._fitted.ranges is not None:
            low, high = (v * parts[0]._fitted.magnitudes.x[j] for v in parts[0]._fitted.ranges[j])
            values = (low, np.nan, high)
        else:
            values = (np.nan,) * 3
        listed.append({
            "name": names[j], "note": notes.get(names[j], ""), "held": j in held, "place": j,
            "values": [spelled(v, origin.get(j)) for v in values],
        })  # fmt: skip
    groups = getattr(est, "groups_", None)
    return {
        "rows": parts[0]._fitted.n_rows if rows is None else len(rows.X),
        "drawn": 0 if rows is None else len(rows.shown),
        "columns": listed,
        "more": len(names) - len(listed),
        "groups": None if groups is None else f"{len(groups.labels)} groups by {groups.name}",
    }


def _settings(est: Any) -> list[tuple[str, str]]:
    """Settings that are usual to tell, and those that differ from their default."""
    defaults = type(est)().get_params(deep=False)
    given = est.get_params(deep=False)
    names = [name for name in given if name in _SHOWN_SETTINGS
             or repr(given[name]) != repr(defaults[name])]  # fmt: skip
    parts = getattr(est, "estimators_", [est])
    return [
        *(
            (name, value if isinstance(value := given[name], str) else repr(value))
            for name in names
        ),
        ("stopped by", ", ".join(dict.fromkeys(part.stopped_ for part in parts))),
        ("laws looked at", f"{sum(part._fitted.n_tried for part in parts):,}"),
        ("answer steps of the network", str(sum(len(part.answer_steps_) for part in parts))),
    ]  # fmt: skip


def _versions() -> list[tuple[str, str]]:
    from ..._version import __version__

    out = [("sklearn-trm", __version__), ("Python", platform.python_version())]
    for name in _PACKAGES:
        try:
            out.append((name, version(name)))
        except PackageNotFoundError:  # installed in a way that leaves no record
            continue
    return out
