"""The commands over saved laws: ``predict``, ``report``, ``plot``, ``explain``, ``export``."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any

from ..errors import DataError
from .screen import screen
from .showing import draw, print_report
from .tables import UsageError, column, read_file, whole_rows, write_out


def languages() -> str:
    """The languages of ``export``, for the help."""
    from ..output.export import TARGETS

    return f"one of {', '.join(TARGETS)}"


def pictures() -> tuple[str, ...]:
    """The pictures of ``plot``."""
    from ..output.pictures.files import PICTURES

    return tuple(PICTURES)


def predict(args: argparse.Namespace) -> None:
    """The rows of a file with what the law says of each."""
    import numpy as np
    import pandas as pd

    est = _load(args)
    names, read = est.column_names(), read_file(args)
    frame = read.frame
    if not all(name in frame.columns for name in names):
        unnamed = not read.named or not hasattr(est, "feature_names_in_")
        if not unnamed or frame.shape[1] < len(names):
            lacks = ", ".join(name for name in names if name not in frame.columns)
            raise DataError(
                f"{args.file!r} has no column {lacks}: the law is of {', '.join(names)}, the file "
                f"has {', '.join(frame.columns)}"
            )
        read.frame.columns = [*names, *frame.columns[len(names) :]]  # by their order
    used = whole_rows(args, read, names)
    X: Any = used if hasattr(est, "feature_names_in_") else used.to_numpy()
    found = np.asarray(est.predict(X, args.row) if args.row is not None else est.predict(X))
    out = read.frame.loc[used.index]
    heads = ["prediction"] if found.ndim == 1 else [
        f"prediction_{k}" for k in range(found.shape[1])
    ]  # fmt: skip
    values = pd.DataFrame(found.reshape(len(out), -1), columns=heads, index=out.index)
    out = pd.concat([out.drop(columns=heads, errors="ignore"), values], axis=1)
    write_out(args.out, out.to_csv(index=False, lineterminator="\n"))


def report(args: argparse.Namespace) -> None:
    """The law, its constants, the front, the answer steps; with --out a page."""
    est = _load(args)
    if args.out:
        _page(args, est)
        return
    if args.data:
        raise UsageError("--data is shown on a page: say where to with --out law.html")
    for k, (part, name) in enumerate(_laws(est)):
        screen().heading("The law" if k == 0 else "\nThe law")
        print_report(part, name)


def explain(args: argparse.Namespace) -> None:
    """Why this law."""
    from ..output.explaining import WIDTH, explain, signed, verdict

    est, out = _load(args), screen()
    for k, (part, name) in enumerate(_laws(est)):
        told = explain(part, args.row, name)
        law = told.law.text
        out.text(("\n" if k else "") + f"{name} = {law}\n", strong=law)
        out.text(textwrap.fill(told.how, WIDTH) + "\n")
        if told.rivals:
            head = ["fit", "constants", "prior", "together", "law"]
            rows = [["0", "0", "0", "0", law]] + [
                [*map(signed, (w.fit, w.constants, w.prior, w.total)),
                 f"{w.text}   ({verdict(w)})"] for w in told.rivals
            ]  # fmt: skip
            out.table(head, rows, 0)
        if told.gate:
            out.text("\n" + textwrap.fill(told.gate, WIDTH))


def plot(args: argparse.Namespace) -> None:
    """A figure of a saved law on a table."""
    from ..data.dates import numbers_for_predict

    est = _load(args)
    if hasattr(est, "estimators_"):
        raise UsageError(f"{args.law!r} holds several laws: figures are of one")
    X, y = _table(args, est)
    options = {"title": args.data} if args.picture == "overview" else {}
    if args.picture != "series":  # which draws over the dates themselves
        X = numbers_for_predict(est, X)
    draw(args, est, X, y, picture=args.picture, target=str(y.name), **options)


def _page(args: argparse.Namespace, est: Any) -> None:
    """The page of `report --out`."""
    X, y = _table(args, est) if args.data else (None, None)
    names = (
        args.target.split(",") if args.target else list(getattr(est, "_target_names", None) or ())
    )
    if y is not None:
        names = list(y.columns) if hasattr(y, "columns") else [str(y.name)]
    known, units = [*est.column_names(), *names], {}
    for pair in args.units.split(",") if args.units else []:
        name, sign, unit = (part.strip() for part in pair.partition("="))
        if not sign or name not in known:
            raise UsageError(
                f"--units is NAME=UNIT,NAME=UNIT, got {pair!r}; names are {', '.join(known)}"
            )
        units[name] = unit
    own = [units.pop(name, "") for name in names]
    of_classes = hasattr(est, "classes_")  # whose laws have names of their own
    told = {"target": names, "y_units": own} if names and not of_classes else {}
    try:
        est.report(args.out, X, y, units=units, **told)
    except OSError as error:
        raise UsageError(f"{args.out!r} cannot be written: {error.strerror}") from None
    print(f"Page: {args.out}")


def _table(args: argparse.Namespace, est: Any) -> tuple[Any, Any]:
    """Columns and target (a frame, if there are several) of the file that `--data` names."""
    on_file = argparse.Namespace(**{**vars(args), "file": args.data})
    read = read_file(on_file)
    frame, groups = read.frame, getattr(est, "groups_", None)
    count = 1 if hasattr(est, "classes_") else len(getattr(est, "estimators_", [est]))
    words = None if args.target is None else args.target.split(",") if count > 1 else [args.target]
    own = getattr(est, "_target_names", None)
    if words is None and own is not None and set(own) <= set(frame.columns):
        words = own
    targets = [column(frame, word.strip(), args.data) for word in words or []]
    named = hasattr(est, "feature_names_in_")
    names = list(est.column_names())
    if groups is not None:
        names = [*names[: -len(groups.labels)], groups.name]
    if missing := [name for name in names if name not in frame.columns]:
        if named:
            raise DataError(f"{args.data!r} has no column {', '.join(missing)}")
        names = [c for c in frame.columns if c not in targets][: len(names)]  # by their order
    others = [c for c in frame.columns if c not in names]
    targets = targets or others
    if len(targets) != count:
        what = "column is the target" if count == 1 else f"{count} columns are the targets"
        raise UsageError(f"say which {what} with --target: {', '.join(others)}")
    used = whole_rows(on_file, read, [*names, *targets])
    X = used[names] if named else used[names].to_numpy()
    if hasattr(est, "classes_"):  # a file holds texts: True is 'True'
        labels = {str(label): label for label in est.classes_}
        return X, used[targets[0]].map(lambda value: labels.get(str(value), value))
    return X, used[targets[0]] if count == 1 else used[targets]


def _laws(est: Any) -> list[tuple[Any, str]]:
    """Each law of an estimator with what it is of."""
    from ..output.page.rows import names_of_targets

    parts = getattr(est, "estimators_", [est])
    return list(zip(parts, names_of_targets(est, None, None), strict=True))


def export(args: argparse.Namespace) -> None:
    """The law in another language."""
    from ..output.export import TARGETS

    if args.to not in TARGETS:
        raise UsageError(f"--to is {languages()}; got {args.to!r}")
    est = _load(args)
    parts = getattr(est, "estimators_", None)
    if parts is None:
        texts = [est.export(args.to, args.row, args.name)]
    else:
        texts = [part.export(args.to, args.row, f"{args.name}_{k}") for k, part in enumerate(parts)]
    if isinstance(texts[0], bytes):
        if args.out is None or len(texts) > 1:
            raise UsageError(f"--to {args.to} writes one law to a file: say --out")
        write_out(args.out, texts[0])
    else:
        write_out(args.out, "\n".join(texts))


def _load(args: argparse.Namespace) -> Any:
    from ..estimators.loading import load

    try:
        est = load(args.law)
    except FileNotFoundError:
        raise UsageError(f"there is no file {args.law!r}: check the path") from None
    except OSError as error:
        raise UsageError(f"{args.law!r} cannot be opened: {error.strerror}") from None
    row = getattr(args, "row", None)
    parts = getattr(est, "estimators_", [est])
    least = min(len(part.equations_) for part in parts)
    if row is not None and not -least <= row < least:
        raise UsageError(f"--row {row}: the front has {least} rows, counted from 0")
    return est
