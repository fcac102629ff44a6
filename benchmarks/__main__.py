"""``python -m benchmarks COMMAND``."""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # one core: set before NumPy is imported

import argparse  # noqa: E402

from . import (  # noqa: E402
    approximate,
    blame,
    calibration,
    choose,
    constants,
    deadlines,
    fastsrb,
    fuzz,
    guard,
    intervals,
    jobs,
    known_errors,
    nested,
    nist,
    odd,
    parts,
    record,
    recover,
    report,
    rivals,
    run,
    skeletons,
    small,
    truth,
)

COMMANDS = {
    "recover": (recover, "exact recovery of known laws"),
    "approximate": (approximate, "test error and length beside other systems"),
    "run": (run, "all systems on the same rows: a JSON line a fit, resumable"),
    "report": (report, "a page with tables and pictures from the rows of a run"),
    "guard": (guard, "a small fixed set of laws; fails where recovery drops"),
    "known-errors": (known_errors, "45 small tables: y_error beside weights"),
    "small": (small, "small noisy tables: the law, one that looks like it, or neither"),
    "blame": (blame, "for each miss of `small`: the search's fault, or the evidence's"),
    "calibration": (calibration, "is a law as often true as it is said to be?"),
    "nist": (nist, "13 sets of NIST beside their certified models"),
    "record": (record, "the stream of offered laws, compared with the last one written"),
    "fastsrb": (
        fastsrb,
        "120 laws of physics in units: reach beside what pretrained systems publish",
    ),
    "nested": (nested, "draw the suite of nested laws"),
    "choose": (choose, "criteria of choice on archives that are kept"),
    "rivals": (rivals, "which criterion prefers the truth to its rivals"),
    "constants": (constants, "which numbers of noisy laws become clean values, and are they true"),
    "skeletons": (skeletons, "skeletons of one column: speed, reach, and what they add"),
    "odd": (odd, "odd tables: every fit ends in time, in a law or a DataError"),
    "truth": (truth, "one law, one value: every form and export beside predict"),
    "jobs": (jobs, "two processes beside one: seconds to the law, and is it the same?"),
    "intervals": (intervals, "do intervals hold what they say, under errors of each kind?"),
    "deadlines": (deadlines, "is time_limit kept while other processes spin?"),
    "fuzz": (fuzz, "what strangers bring: an answer or an error of ours, never a crash"),
    "parts": (parts, "speed of the parts, with ratios and ceilings"),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (module, about) in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=about))
    args = parser.parse_args()
    COMMANDS[args.command][0].main(args)


if __name__ == "__main__":
    main()
