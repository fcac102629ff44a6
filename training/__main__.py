"""``python -m training --config tiny --minutes 60 --resume runs/tiny``, and other commands."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from .config import CONFIGS

_OTHERS = "evaluate", "agenda", "order", "costs", "guidance", "missing", "spoiled"


def main(argv: list[str] | None = None) -> int:
    """Train for some minutes; repeat the command to go on."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in _OTHERS:
        return import_module(f".{argv[0]}", __package__).main(argv[1:])
    parser = argparse.ArgumentParser(prog="python -m training", description=main.__doc__)
    parser.add_argument("--config", choices=sorted(CONFIGS), default="tiny")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--resume", type=Path, default=None, help="folder of the run")
    parser.add_argument("--max-steps", type=int, default=None)
    parser.add_argument("--save-every", type=float, default=120.0, help="seconds")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw batches ahead")
    parser.add_argument(
        "--distributed", nargs="*", default=None, metavar="ADDRESS:PORT COUNT INDEX",
        help="several hosts, one process each; without values where a cluster (Slurm, MPI, "
        "Kubernetes, Cloud TPU) tells JAX, else the first host's address, how many, which one",
    )  # fmt: skip
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="KEY=VALUE", help="override a setting"
    )
    args = parser.parse_args(argv)
    cfg = CONFIGS[args.config]
    for item in args.set:
        key, _, value = item.partition("=")
        if not hasattr(cfg, key):
            parser.error(f"no setting {key!r}; there are {', '.join(cfg.to_dict())}")
        cfg = replace(cfg, **{key: json.loads(value)})
    if args.distributed is not None:
        if len(args.distributed) not in (0, 3):
            parser.error("--distributed takes no values, or three: ADDRESS:PORT COUNT INDEX")
        import jax

        jax.distributed.initialize(*args.distributed[:1], *map(int, args.distributed[1:]))
    from .loop import train

    folder = args.resume or Path("runs") / args.config
    facts = train(
        cfg, folder, args.minutes,
        max_steps=args.max_steps, save_every=args.save_every, workers=args.workers,
    )  # fmt: skip
    print(f"{facts['laws']:,} laws, {facts['minutes']:.1f} minutes; go on with --resume {folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
