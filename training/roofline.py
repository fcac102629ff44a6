"""``python -m training.roofline --config tiny``: how near a training step is to the machine's peak.

Operations are those XLA counts in the step's program before optimisation (a loop's body once:
of the 0 to 6 free latent updates, one); the peak is a large float32 matmul on the same threads.
"""

from __future__ import annotations

import argparse
import json
import time

import jax
import jax.numpy as jnp
import numpy as np

from .config import CONFIGS, TrainConfig
from .drawn import stacked
from .loop import initial_state
from .step import make_step


def step_cost(cfg: TrainConfig, bucket: int = 0) -> dict[str, float]:
    """Floating point operations and bytes a law of one training step."""
    assemble, optimizer, state = initial_state(cfg)
    shape, given = cfg.buckets[bucket], bool(cfg.model.views)
    step = make_step(cfg, assemble, optimizer, shape, given=given)
    more = []
    if given:  # views are made before the step, with the laws
        views = np.zeros((cfg.batch, cfg.model.views), np.float32)
        more = [stacked([], shape, cfg.batch, cfg.rows)._replace(views=views)]
    lowered = step.lower(state, jax.random.key(0, impl="rbg"), *more)
    cost: dict[str, float] = lowered.cost_analysis() or {}
    return {
        "mflop_per_law": cost["flops"] / cfg.batch / 1e6,
        "mbyte_per_law": cost.get("bytes accessed", float("nan")) / cfg.batch / 1e6,
    }


def matmul_peak(size: int = 1024, repeats: int = 5) -> float:
    """Best float32 GFLOP a processor second of a square matmul."""
    a = jnp.ones((size, size))
    product = jax.jit(lambda a: a @ a)
    product(a).block_until_ready()
    best = float("inf")
    for _ in range(repeats):
        begin = time.process_time()
        product(a).block_until_ready()
        best = min(best, time.process_time() - begin)
    return 2 * size**3 / best / 1e9


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.roofline", description=__doc__)
    parser.add_argument("--config", choices=sorted(CONFIGS), default="tiny")
    parser.add_argument(
        "--milliseconds", type=float, default=None, help="processor milliseconds a law, of a run"
    )
    args = parser.parse_args(argv)
    facts = step_cost(CONFIGS[args.config]) | {"peak_gflop_per_second": matmul_peak()}
    if args.milliseconds:
        reached = facts["mflop_per_law"] / args.milliseconds
        facts["share_of_peak"] = reached / facts["peak_gflop_per_second"]
    print(json.dumps({k: round(v, 4) for k, v in facts.items()}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
