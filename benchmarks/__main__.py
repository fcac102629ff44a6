"""``python -m benchmarks COMMAND``."""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # one core: set before NumPy is imported

import argparse  # noqa: E402

from . import approximate, recover  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    recover.add_arguments(commands.add_parser("recover", help="exact recovery of known laws"))
    approximate.add_arguments(
        commands.add_parser("approximate", help="test error and length beside other systems")
    )
    args = parser.parse_args()
    {"recover": recover, "approximate": approximate}[args.command].main(args)


if __name__ == "__main__":
    main()
