"""Speed of the parts, each beside what it could be: ``python -m benchmarks parts``.

A ratio says how many times faster a part is than the plain way of doing the same; a
ceiling is what the machine could do at best. Processor time, the best of a few repeats.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .laws import Law, load

ROWS = 200
LAW = ("feynman", 11)  # whose table the parts work on


def best_of(task: Callable[[], Any], repeats: int = 5) -> float:
    """Seconds of processor time of the fastest of `repeats` runs, after one that is not timed."""
    task()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        task()
        times.append(time.process_time() - start)
    return min(times)


def _law() -> tuple[Law, np.ndarray, np.ndarray]:
    from sklearn_trm.expressions.evaluate import evaluate

    law = load(LAW[0])[LAW[1]]
    X = law.sample(ROWS, np.random.default_rng(0))
    return law, X, evaluate(law.node, X)


def thinking(steps: int = 32) -> Iterator[dict[str, Any]]:
    """The latent loop: fused, step by step from Python, and with halting."""
    import jax
    import jax.numpy as jnp
    from flax import nnx

    from sklearn_trm.expressions import grid as G
    from sklearn_trm.network.refine import Refiner, think
    from sklearn_trm.network.scaling import problem_features

    _, X, y = _law()
    refiner = Refiner.load("auto")
    state = refiner.start(X, y, rng=np.random.default_rng(0))
    lanes, v = state.columns.shape
    features = problem_features(state.X, state.y, np.zeros_like(state.y), state.mask, state.columns)
    zero = jnp.zeros((lanes, state.cells), jnp.int32)
    empty = G.Grids(zero, zero, zero, None)
    y0, z0 = map(jnp.asarray, refiner._first_latent(lanes, v, state.cells))

    def model_of(params: Any) -> Any:
        return nnx.merge(refiner._graph, params, refiner._rest)  # type: ignore[has-type]

    @jax.jit
    def prepare(params: Any) -> tuple:
        model = model_of(params)
        x, answer = model.encode(features), model.embed_answer(empty)
        live = model.live_tokens(state.columns, state.cells)
        return x, answer, model.inject(x, answer), model.think_tables(v, state.cells), live

    @jax.jit
    def fused(params: Any, x: Any, answer: Any, threshold: Any) -> Any:
        return think(model_of(params), x, answer, jnp.asarray(state.columns), y0, z0, threshold,
                     max_iters=steps, ns_steps=2)  # fmt: skip

    @jax.jit
    def one(params: Any, z: Any, y: Any, inject: Any, tables: Any, live: Any) -> Any:
        return model_of(params).latent_update(z, y, inject, tables, live, 2)

    params = refiner._params
    x, answer, inject, tables, live = prepare(params)

    def loop() -> None:
        z = z0
        for _ in range(steps):
            z, velocity = one(params, z, y0, inject, tables, live)
            float(velocity.max())  # a loop that may halt has to look at the velocity

    def whole(threshold: float) -> Any:
        return jax.block_until_ready(fused(params, x, answer, threshold))

    fixed, halting, python = (best_of(t) for t in (lambda: whole(0.0), lambda: whole(1e-3), loop))
    needed = float(np.asarray(whole(1e-3).n_iter).mean())
    yield {"part": "latent loop, fused", "seconds": fixed, "than": "a Python loop of jitted steps",
           "ratio": python / fixed, "note": f"{steps} iterations, {lanes} lanes"}  # fmt: skip
    yield {"part": "latent loop, halting at 1e-3", "seconds": halting, "than": "fixed depth",
           "ratio": fixed / halting,
           "ceiling": steps / max(float(np.asarray(whole(1e-3).n_iter).max()), 1.0),
           "note": f"{needed:.1f} of {steps} iterations needed on average"}  # fmt: skip


def retrieval(size: int = 4000) -> Iterator[dict[str, Any]]:
    """Pairs of library rows scored against one target, beside a matrix product of that size."""
    from sklearn_trm.expressions.operators import BINARY, UNARY
    from sklearn_trm.search.library import sum_library
    from sklearn_trm.search.retrieve import Basis

    _, X, y = _law()
    library = sum_library(X, tuple(UNARY), tuple(BINARY), size)
    basis = Basis(library.values.astype(float), np.ones((1, len(X))))
    target = basis.project(y)[0][0]
    k = len(basis)
    pairs = k * (k - 1) / 2
    scan = best_of(lambda: basis.pairs(target, k, 10, 1e-6), 3)
    rows = basis.unit32
    gram = best_of(lambda: rows @ rows.T, 3)
    A = np.random.default_rng(0).standard_normal((1500, 1500)).astype(np.float32)
    peak = 2 * 1500**3 / best_of(lambda: A @ A, 3)
    reached = 2.0 * k * k * len(X) / gram
    fit = best_of(lambda: np.linalg.lstsq(basis.unit[:2].T, target, rcond=None))
    yield {"part": "Gram matrix of the library", "seconds": gram, "than": "peak of a matmul",
           "ratio": reached / peak, "ceiling": 1.0,
           "note": f"{k} rows, {reached / 1e9:.0f} of {peak / 1e9:.0f} Gflop/s"}  # fmt: skip
    # every pair needs one product of two rows, once: what the matmul's peak would allow
    least = pairs * 2 * len(X) / peak
    yield {"part": "all pairs of the library", "seconds": gram + scan,
           "than": "a least-squares fit a pair", "ratio": fit * pairs / (gram + scan),
           "ceiling": fit * pairs / least,
           "note": f"{pairs / (gram + scan) / 1e6:.0f} million pairs/s, "
                   f"{pairs / scan / 1e6:.0f} where the matrix is there; "
                   f"the matmul's peak allows {pairs / least / 1e6:.0f}"}  # fmt: skip


def evaluation(settings: int = 64) -> Iterator[dict[str, Any]]:
    """A law with many settings of its constants at once, and against a compiler of formulas."""
    from sklearn_trm.expressions.evaluate import Program
    from sklearn_trm.expressions.text import parse, to_text

    node = parse("1.5*x0*exp(-0.3*x1**2)/(x2 + 2.1) + 0.7*sin(1.9*x0)")
    X = np.random.default_rng(0).uniform(1, 3, (2000, 3))
    program = Program(node)
    C = program.constants * np.random.default_rng(1).uniform(0.9, 1.1, (settings, 1))
    batch = best_of(lambda: program.values(X, C))
    single = best_of(lambda: [program.values(X, c) for c in C])
    yield {"part": "evaluation, constants in a batch", "seconds": batch, "than": "one by one",
           "ratio": single / batch, "note": f"{settings} settings, {len(X)} rows"}  # fmt: skip
    jacobian = best_of(lambda: program.values_and_jacobian(X, program.constants))
    value = best_of(lambda: program.values(X))
    k = len(program.constants)
    yield {"part": "value and Jacobian", "seconds": jacobian, "than": "finite differences",
           "ratio": (k + 1) * value / jacobian, "note": f"{k} constants"}  # fmt: skip
    try:
        import numexpr
    except ImportError:
        return
    text, columns = to_text(node), {f"x{i}": X[:, i] for i in range(3)}
    numexpr.set_num_threads(1)
    other = best_of(lambda: [numexpr.evaluate(text, columns) for _ in range(settings)])
    yield {"part": "evaluation", "seconds": batch, "than": "numexpr, already compiled",
           "ratio": other / batch, "note": f"{settings} settings, {len(X)} rows"}  # fmt: skip


PARTS = {"thinking": thinking, "retrieval": retrieval, "evaluation": evaluation}


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    lines = [
        "| part | seconds | times faster than | ratio | ceiling | remarks |",
        "|---|---|---|---|---|---|",
    ]
    for r in rows:
        ceiling = f"{r['ceiling']:.2f}" if "ceiling" in r else ""
        lines.append(f"| {r['part']} | {r['seconds']:.4f} | {r['than']} | {r['ratio']:.2f} "
                     f"| {ceiling} | {r['note']} |")  # fmt: skip
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", nargs="+", choices=sorted(PARTS), default=list(PARTS))
    parser.add_argument("--out", help="JSON file")


def main(args: argparse.Namespace) -> None:
    rows = [row for name in args.part for row in PARTS[name]()]
    if args.out:
        with open(args.out, "w") as f:
            json.dump(rows, f, indent=1)
    print(table(rows))
