"""What users can name is frozen in `public_names.txt`: a change is made on purpose, or not.

`python -m tests.test_public_names` writes the file anew; docs/releases.md says what a change needs.
"""

from __future__ import annotations

import argparse
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sklearn_trm
from sklearn_trm import cli, errors
from sklearn_trm.estimators.loading import FORMAT, SCHEMA
from sklearn_trm.output.export import TARGETS, as_json

FROZEN = Path(__file__).parent / "public_names.txt"
PLAIN = (bool, int, float, str, type(None), tuple)


def signature(function: Any) -> str:
    """Parameters with their defaults, without types: those are told in the docs."""
    parts, kinds = [], inspect.Parameter
    for name, p in inspect.signature(function).parameters.items():
        if name in ("self", "cls"):
            continue
        if p.kind is kinds.KEYWORD_ONLY and "*" not in "".join(parts):
            parts.append("*")
        stars = {kinds.VAR_POSITIONAL: "*", kinds.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = ""
        if p.default is not kinds.empty:
            default = "=" + (repr(p.default) if isinstance(p.default, PLAIN) else "...")
        parts.append(f"{stars}{name}{default}")
    return f"({', '.join(parts)})"


def attributes(thing: type) -> Iterator[str]:
    """What the docstring promises of a fitted object."""
    _, found, rest = (inspect.getdoc(thing) or "").partition("\nAttributes\n----------\n")
    for line in rest.splitlines() if found else ():
        if line.startswith("---"):
            break
        if line and not line.startswith(" ") and " : " in line:
            yield from (name.strip() for name in line.partition(" : ")[0].split(","))


def of_class(name: str, thing: type) -> Iterator[str]:
    yield f"{name}{signature(thing)}"
    members = {}
    for base in reversed(thing.__mro__):
        if base.__module__.startswith("sklearn_trm"):
            members.update(vars(base))
    names = set(attributes(thing))
    for member, value in members.items():
        if member.startswith("_") or member.endswith("_request"):  # scikit-learn adds these
            continue
        value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if inspect.isfunction(value):
            yield f"{name}.{member}{signature(value)}"
        elif hasattr(value, "__get__"):  # properties, also those that are made once
            names.add(member)
    yield from (f"{name}.{member}" for member in names)


def options(parser: argparse.ArgumentParser, words: str) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, inner in action.choices.items():
                yield from options(inner, f"{words} {word}")
        elif action.help != argparse.SUPPRESS and action.dest != "help":
            named = " ".join(action.option_strings) or action.dest.upper()
            yield f"{words} {named}"


def public() -> list[str]:
    """Every public name, one a line."""
    lines = list(options(cli._parser(), "$ sklearn-trm"))
    lines += [f"export({target!r})" for target in TARGETS]
    lines += [
        f"file {FORMAT!r} schema {SCHEMA}",
        f"file {as_json.FORMAT!r} schema {as_json.SCHEMA}",
    ]
    for name, thing in vars(errors).items():
        if isinstance(thing, type) and thing.__module__ == errors.__name__:
            bases = ", ".join(base.__name__ for base in thing.__bases__)
            lines.append(f"errors.{name}({bases})")
    for name in sklearn_trm.__all__:
        thing = getattr(sklearn_trm, name)
        if isinstance(thing, type):
            lines += of_class(name, thing)
        else:
            lines.append(name + (signature(thing) if callable(thing) else ""))
    return sorted(lines)


def test_public_names_are_those_that_are_frozen():
    frozen, now = FROZEN.read_text(encoding="utf-8").splitlines(), public()
    gone, new = sorted({*frozen} - {*now}), sorted({*now} - {*frozen})
    told = "\n".join([*(f"  gone: {line}" for line in gone), *(f"  new:  {line}" for line in new)])
    assert not gone and not new, textwrap.dedent("""\
        public names changed:
        {}
        what is gone breaks programs: docs/releases.md. On purpose? A line in CHANGELOG.md, and
        python -m tests.test_public_names""").format(told)
    assert frozen == now


def test_a_silent_change_is_seen(monkeypatch):
    """A parameter with another name and one with another default; a method less."""
    before = public()

    def fit_many(tables, model=None, n_jobs=1):
        """Another."""

    monkeypatch.setattr("sklearn_trm.estimators.many.fit_many", fit_many)
    monkeypatch.delattr("sklearn_trm.estimators.doubt.DoubtMixin.suggest")
    after = public()
    assert len({*before} - {*after}) == 2
    assert {*after} - {*before} == {"fit_many(tables, model=None, n_jobs=1)"}


if __name__ == "__main__":
    FROZEN.write_text("\n".join(public()) + "\n", encoding="utf-8")
    print(f"{len(public())} names: {FROZEN}")
