"""The command ``sklearn-trm``: ``demo`` and ``fit``."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .errors import TRMError

if TYPE_CHECKING:
    import pandas as pd

_LEAST_ROWS = 5


class UsageError(Exception):
    """The user can mend this: one line, exit code 2."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    args = _parser().parse_args(argv)
    try:
        args.run(args)
    except (UsageError, TRMError) as error:
        print(f"sklearn-trm: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sklearn-trm", description="Find a closed-form law in a table of numbers."
    )
    parser.add_argument("--version", action="version", version=f"sklearn-trm {__version__}")
    commands = parser.add_subparsers(required=True, metavar="{demo,fit}")

    demo = commands.add_parser("demo", help="find Kepler's third law in the planets")
    demo.set_defaults(run=_demo)
    fit = commands.add_parser("fit", help="find a law in a CSV file")
    fit.set_defaults(run=_fit)
    fit.add_argument("file", help="CSV file with a header line")
    fit.add_argument("--target", required=True, metavar="COLUMN", help="column to explain")
    fit.add_argument(
        "--columns", metavar="A,B,...", help="columns the law may use; all others when left out"
    )
    fit.add_argument(
        "--relative", action="store_true", help="count errors relative to the target's value"
    )
    for command, out in ((demo, "kepler.png"), (fit, None)):
        command.add_argument(
            "--time-limit", type=_seconds, default=10.0, metavar="SECONDS", help="default: 10"
        )
        command.add_argument("--seed", type=int, default=0, help="default: 0")
        command.add_argument(
            "--model", default="auto", help="name or path of the weights; 'none' for search alone"
        )
        command.add_argument("--out", metavar="PNG", default=out, help=f"figure; default: {out}")
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be positive, got {text}")
    return value


def _demo(args: argparse.Namespace) -> None:
    from .datasets import load_planets

    planets = load_planets()
    X, y = planets[["distance"]], planets["period"]
    print("Kepler's third law, from the distances and periods of the eight planets")
    print("(astronomical units, years; errors relative to the period)\n")
    est = _find(args, X, y, weight=1.0 / y.to_numpy() ** 2)
    table = planets.assign(law=est.predict(X))
    table["error %"] = 100 * (table["law"] / table["period"] - 1)
    print("\n" + table.to_string(float_format="{:.3f}".format) + "\n")
    _show(
        args, est, X, y, target="period", labels=list(planets.index),
        units=("astronomical units", "years"), title="Kepler's third law, found by sklearn-trm",
    )  # fmt: skip


def _fit(args: argparse.Namespace) -> None:
    X, y = _table(args.file, args.target, args.columns)
    weight = None
    if args.relative:
        if (y == 0).any():
            raise UsageError(f"--relative needs a target without zeros, {args.target!r} has some")
        weight = (y.abs().max() / y.to_numpy()) ** 2
    print(f"{args.file}: {len(X)} rows, {args.target} from {', '.join(X.columns)}\n")
    est = _find(args, X, y, weight)
    print()
    _show(args, est, X, y, target=args.target, title=Path(args.file).name)


def _table(file: str, target: str, wanted: str | None) -> tuple[pd.DataFrame, pd.Series]:
    """Columns and target of a CSV file; every problem is one clear line."""
    import numpy as np
    import pandas as pd

    if not Path(file).is_file():
        raise UsageError(f"there is no file {file!r}: check the path")
    try:
        table = pd.read_csv(file)
        header = str(table.columns[0])
        if table.shape[1] == 1 and (other := [c for c in ";\t|" if c in header]):
            table = pd.read_csv(file, sep=other[0])
    except (ValueError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{file!r} cannot be read as CSV ({error}): save it as UTF-8 CSV"
        ) from None
    table.columns = [str(c).strip() for c in table.columns]
    names = [c.strip() for c in wanted.split(",")] if wanted else None
    for name in [target, *(names or [])]:
        if name not in table.columns:
            raise UsageError(
                f"{file!r} has no column {name!r}; its columns are {', '.join(table.columns)}"
            )
    names = names or [c for c in table.columns if c != target]
    if not names or target in names:
        raise UsageError("the law needs at least one column besides the target")
    numeric = [c for c in names if pd.api.types.is_numeric_dtype(table[c])]
    if not pd.api.types.is_numeric_dtype(table[target]):
        raise UsageError(f"column {target!r} holds text, but a target must be numbers")
    if text := [c for c in names if c not in numeric]:
        advice = f"choose with --columns {','.join(numeric)}" if numeric else "none is left"
        raise UsageError(f"no numbers in column {', '.join(map(repr, text))}: {advice}")
    used = table[[*names, target]]
    finite = np.isfinite(used.to_numpy(dtype=float))
    if not finite.all():
        row = int(np.argmin(finite.all(axis=1)))
        column = used.columns[int(np.argmin(finite[row]))]
        raise UsageError(
            f"{int((~finite).any(axis=1).sum())} rows of {file!r} have empty or infinite cells "
            f"(first: line {row + 2}, column {column!r}): fill them or leave the rows out"
        )
    if len(used) < _LEAST_ROWS:
        raise UsageError(f"{file!r} has {len(used)} rows, a law needs at least {_LEAST_ROWS}")
    return used[names], used[target]


def _find(args: argparse.Namespace, X: pd.DataFrame, y: pd.Series, weight: Any) -> Any:
    from .estimator import TRMSymbolicRegressor
    from .report import front_report, law_report, steps_report

    model = None if args.model.lower() == "none" else args.model
    est = TRMSymbolicRegressor(time_limit=args.time_limit, model=model, random_state=args.seed)
    start = time.perf_counter()
    est.fit(X, y, sample_weight=weight)
    print(f"The law, found in {time.perf_counter() - start:.1f} s")
    print(law_report(est, str(y.name)))
    print("\nThe Pareto front")
    print(front_report(est))
    print("\nThe answer steps of the network")
    print(steps_report(est))
    return est


def _show(args: argparse.Namespace, est: Any, X: Any, y: Any, **options: Any) -> None:
    if not args.out:
        return
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        print('No figure: matplotlib is missing. Install it with  pip install "sklearn-trm[viz]"')
        return
    from .plot import save_fit

    try:
        save_fit(args.out, est, X, y, **options)
    except (OSError, ValueError) as error:
        raise UsageError(f"the figure cannot be written to {args.out!r}: {error}") from None
    print(f"Figure: {args.out}")
