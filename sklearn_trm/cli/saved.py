"""The commands over saved laws: ``predict``, ``report``, ``export``."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import DataError
from .tables import UsageError, read_file, whole_rows, write_out


def languages() -> str:
    """The languages of ``export``, for the help."""
    from ..output.export import TARGETS

    return f"one of {', '.join(TARGETS)}"


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
    """The law, its constants, the front, the answer steps."""
    est = _load(args)
    parts = getattr(est, "estimators_", None)
    for k, part in enumerate([est] if parts is None else parts):
        name = "y" if parts is None else f"y{k}"
        if hasattr(est, "classes_"):
            name = f"log odds of {est.classes_[-1 if parts is None else k]}"
        print("The law" if k == 0 else "\nThe law")
        print_report(part, name)


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


def print_report(est: Any, target: str) -> None:
    """What is known of a law, as texts."""
    from ..output.report import front_report, law_report, steps_report

    print(law_report(est, target))
    if hasattr(est, "dates_"):
        for name, unit in est.dates_.notes(est.column_names()).items():
            print(f"  {name}: {unit}")
    if est._fitted.labels is not None:
        print("\nThe constants")
        print(est.constants_.to_string(float_format="{:.6g}".format))
    print("\nThe Pareto front")
    print(front_report(est))
    print("\nThe answer steps of the network")
    print(steps_report(est))


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
