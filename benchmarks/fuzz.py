"""What strangers bring: drawn by hypothesis, each case ends in an answer or in an error of ours.

``python -m benchmarks fuzz --cases 100000`` draws texts of laws, units, names, saved laws, laws as
JSON, weights, registries, lines of ``batch``, command lines, files of tables, known formulas and,
fewer, whole fits, whose numbers are as odd as numbers get (denormals, 1e300, whole
numbers beyond 2**53, float32, far offsets, repeated rows, columns that are almost one another, one
row that tells). A case that raises anything but `TRMError` (or the errors that scikit-learn's
contract asks for), warns, gives a wrong answer, or takes more than its seconds is a fault; it is
shrunk to its simplest form and told. Checkpoints: ``python -m training spoiled``. Guided by
coverage: `benchmarks.guided`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisException

from sklearn_trm.errors import TRMError

from .fuzz_cases import Kind, kinds

ROUNDS = 20  # faults of one kind after which it is given up


class Tally:
    """Cases that ran, what they ended in, and the faults by where they come from."""

    def __init__(self) -> None:
        self.cases: Counter[str] = Counter()
        self.ends: Counter[tuple[str, str]] = Counter()
        self.found: dict[str, tuple[str, str]] = {}  # by place: what is said, the simplest case
        self.known: set[str] = set()

    @property
    def faults(self) -> dict[str, str]:
        """What went wrong, and where it is seen."""
        return dict(self.found.values())

    def run(self, name: str, kind: Kind, case: Any) -> None:
        """One case; a fault that isn't known is kept, and raised, so that hypothesis shrinks it."""
        self.cases[name] += 1
        begin = time.process_time()
        end = "answer"
        silent = io.StringIO()
        try:
            with (
                warnings.catch_warnings(),
                contextlib.redirect_stdout(silent),
                contextlib.redirect_stderr(silent),
            ):
                warnings.simplefilter("error")
                allowed: tuple[type[BaseException], ...] = (TRMError, *kind.allowed)
                try:
                    kind.run(case)
                except allowed as error:
                    end = type(error).__name__
            took = time.process_time() - begin
            if took > kind.seconds:
                raise TimeoutError(f"{took:.0f} s of the processor")
        except HypothesisException:
            raise
        except Exception as error:
            end = "fault"
            place = f"{name}: {type(error).__name__} in {_place(error)}"
            if place not in self.known:
                said = f"{name}: {type(error).__name__}: {str(error)[:300]}"
                trace = traceback.format_exc(limit=-4)
                self.found[place] = said, f"{repr(case)[:600]}\n{trace}"  # the last is simplest
                raise
        finally:
            self.ends[name, end] += 1


def _place(error: Exception) -> str:
    """Where an error comes from: the deepest line of the package, or of the fuzzer."""
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "sklearn_trm" in frame.filename or "fuzz_cases" in frame.filename
        or Path(frame.filename).parent.name == "training"
    ]  # fmt: skip
    return places[-1] if places else "nowhere"


def look(name: str, kind: Kind, count: int, first: int, tally: Tally) -> None:
    """Draw so many cases of one kind; a fault is shrunk, told, and then no longer looked for."""
    rounds = 0
    while tally.cases[name] < count and rounds < ROUNDS:
        left = count - tally.cases[name]

        @seed(first + rounds)
        @settings(
            max_examples=left, deadline=None, database=None, report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
        )  # fmt: skip
        @given(kind.draw)
        def every(case: Any) -> None:
            tally.run(name, kind, case)

        try:
            every()
        except Exception:  # this is what the command looks for
            if not set(tally.found) - tally.known:
                raise
        tally.known |= set(tally.found)
        rounds += 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", help="only these")


def told(tally: Tally) -> None:
    """Print the faults; the exit code is 1 where there are any."""
    print(f"{sum(tally.cases.values())} cases, {len(tally.faults)} kinds of faults", flush=True)
    for fault, where in tally.faults.items():
        print(f"!! {fault}\n{where}", flush=True)
    if tally.faults:
        raise SystemExit(1)


def main(args: argparse.Namespace) -> None:
    tally = Tally()
    with tempfile.TemporaryDirectory() as place:
        for name, kind in kinds(Path(place)).items():
            if args.kinds and name not in args.kinds:
                continue
            count = max(1, round(args.cases * (1.0 if args.kinds else kind.share)))
            look(name, kind, count, args.seed, tally)
            ends = {end: n for (k, end), n in tally.ends.items() if k == name}
            print(f"{name}: {tally.cases[name]} cases, {ends}", flush=True)
    told(tally)
