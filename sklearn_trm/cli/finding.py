"""The commands that find laws: ``demo`` and ``fit``."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .showing import draw, print_report
from .tables import UsageError, row_weights, table_to_fit

if TYPE_CHECKING:
    import pandas as pd


def demo(args: argparse.Namespace) -> None:
    """Kepler's third law from the planets."""
    from ..data.datasets import load_planets

    planets = load_planets()
    X, y = planets[["distance"]], planets["period"]
    print("Kepler's third law, from the distances and periods of the eight planets")
    print("(astronomical units, years; errors relative to the period)\n")
    est = _find(args, X, y, sample_weight=1.0 / y.to_numpy() ** 2)
    table = planets.assign(law=est.predict(X))
    table["error %"] = 100 * (table["law"] / table["period"] - 1)
    print("\n" + table.to_string(float_format="{:.3f}".format) + "\n")
    draw(
        args, est, X, y, target="period", labels=list(planets.index),
        units=("astronomical units", "years"), title="Kepler's third law, found by sklearn-trm",
    )  # fmt: skip


def fit(args: argparse.Namespace) -> None:
    """A law from a file."""
    from ..data.dates import numbers_for_predict

    X, y, seen = table_to_fit(args)
    weight = row_weights(args, y)
    print(f"{args.file} ({seen}): {len(X)} rows, {y.name} from {', '.join(X.columns)}\n")
    est = _find(args, X, y, sample_weight=weight, dates=args.dates, template=args.template)
    print()
    if args.save:
        try:
            est.save(args.save)
        except OSError as error:
            raise UsageError(f"{args.save!r} cannot be written: {error.strerror}") from None
        print(f"Law: {args.save}")
    draw(args, est, numbers_for_predict(est, X), y, target=str(y.name), title=Path(args.file).name)


def _find(args: argparse.Namespace, X: pd.DataFrame, y: pd.Series, **options: Any) -> Any:
    from ..estimators.regressor import TRMSymbolicRegressor

    model = None if args.model.lower() == "none" else args.model
    est = TRMSymbolicRegressor(
        time_limit=args.time_limit, model=model, random_state=args.seed,
        verbose=int(sys.stderr.isatty()),
    )  # fmt: skip
    start = time.perf_counter()
    est.fit(X, y, **options)
    print(f"The law, found in {time.perf_counter() - start:.1f} s")
    print_report(est, str(y.name))
    return est
