"""What the commands show of a law: texts and a figure."""

from __future__ import annotations

import argparse
from typing import Any

from ..errors import DataError, NotInstalledError
from .screen import screen
from .tables import UsageError


def print_report(est: Any, target: str) -> None:
    """What is known of a law: on a terminal with colours."""
    from ..output.report import NO_STEPS, STEPS_HEAD, front_rows, law_report, steps_rows

    out = screen()
    out.text(law_report(est, target), strong=est.short_text())
    if hasattr(est, "dates_"):
        for name, unit in est.dates_.notes(est.column_names()).items():
            out.text(f"  {name}: {unit}")
    if est._fitted.labels is not None:
        out.heading("\nThe constants")
        out.text(est.constants_.to_string(float_format="{:.6g}".format))
    out.heading("\nThe Pareto front")
    out.table(*front_rows(est))
    out.heading("\nThe answer steps of the network")
    steps = steps_rows(est)
    if steps:
        out.table(STEPS_HEAD, steps)
    else:
        out.text(NO_STEPS)


def draw(args: argparse.Namespace, est: Any, X: Any, y: Any, **options: Any) -> None:
    """Write the figure that `--out` names."""
    if not args.out:
        return
    from ..output.pictures.files import save_picture

    try:
        save_picture(args.out, est, X, y, **options)
    except NotInstalledError:
        print('No figure: matplotlib is missing. Install it with  pip install "sklearn-trm[viz]"')
        return
    except DataError:  # what the picture lacks is said as it is
        raise
    except (OSError, ValueError) as error:
        raise UsageError(f"the figure cannot be written to {args.out!r}: {error}") from None
    print(f"Figure: {args.out}")
