"""The cases of `fuzz`, drawn under the guidance of coverage (libFuzzer by way of atheris).

``python -m benchmarks.guided --kind text --cases 20000``: what hypothesis draws is read from the
bytes that libFuzzer changes, and bytes that reach new lines of the package are kept and changed
further, in ``--corpus`` also for the next run. Needs ``pip install atheris``; a fault is told and
no longer looked for.
"""

from __future__ import annotations

import argparse
import atexit
import os
import sys
import tempfile
from pathlib import Path

KINDS = ("text", "unit", "law as JSON", "saved law", "names", "weights", "registry", "lines",
         "words", "table", "formula")  # fmt: skip
ROOT = Path(__file__).parent.parent


def main() -> None:
    """Run cases of one kind until there are `--cases`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guided", description=main.__doc__)
    parser.add_argument("--kind", choices=KINDS, default="text")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="folder of bytes that reach something")
    args = parser.parse_args()
    import atheris

    # a compiler reads the code of kernels: it must stay as it is written
    kernels = [".".join(path.relative_to(ROOT).with_suffix("").parts)
               for path in (ROOT / "sklearn_trm" / "search").rglob("*.py")]  # fmt: skip
    # before anything of the package is imported
    with atheris.instrument_imports(include=["sklearn_trm"], exclude=kernels):
        import sklearn_trm.estimators.classifier
        import sklearn_trm.output.export
        import sklearn_trm.output.report  # noqa: F401
        from benchmarks.fuzz import Tally, told
        from benchmarks.fuzz_cases import kinds
    from hypothesis import HealthCheck, given, settings

    place = tempfile.TemporaryDirectory()
    kind, tally = kinds(Path(place.name))[args.kind], Tally()

    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(kind.draw)
    def every(case: object) -> None:
        tally.run(args.kind, kind, case)

    def one(content: bytes) -> None:
        try:
            every.hypothesis.fuzz_one_input(content)
        except Exception:
            if not set(tally.found) - tally.known:
                raise
            tally.known |= set(tally.found)

    def end() -> None:
        place.cleanup()
        print({way: n for (_, way), n in tally.ends.items()}, flush=True)
        try:
            told(tally)
        except SystemExit:
            os._exit(1)  # an exit code that the end of a process does not swallow

    atexit.register(end)
    words = [sys.argv[0], f"-atheris_runs={args.cases}", f"-seed={args.seed}", "-max_len=2000",
             "-len_control=0", "-print_final_stats=0", "-verbosity=1"]  # fmt: skip
    if args.corpus is not None:
        args.corpus.mkdir(parents=True, exist_ok=True)
        words.append(str(args.corpus))
    atheris.Setup(words, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
