"""Other systems behind one small interface, each perhaps in another Python.

A peer is a function ``(X, y, limit, seed) -> (predict, text, nodes)``. This file imports
nothing at the top that only one of them has, and runs as a script, so that a peer may
live in another environment: tables go in as npz, results come out as JSON.

Every peer gets one core and `limit` seconds of processor time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray
Answer = tuple[Callable[[Array], Array], str, int]

ONE_CORE = {
    name: "1"
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
}


def ours(
    X: Array, y: Array, limit: float, seed: int, model: str | None = None, search: bool = True
) -> Answer:
    """This package's estimator, without the network unless `model` names one."""
    from sklearn_trm.expressions.tree import complexity

    from .clocks import ByProcessor

    est = ByProcessor(time_limit=limit, random_state=seed, model=model, search=search).fit(X, y)
    return est.predict, est.expr_, complexity(est.law())


def guided(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """This package's estimator with its network."""
    return ours(X, y, limit, seed, "auto")


def network(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """This package's network alone."""
    return ours(X, y, limit, seed, "auto", search=False)


def pyoperon(
    X: Array, y: Array, limit: float, seed: int, choice: str = "minimum_description_length"
) -> Answer:
    """Operon as SRBench runs it: error and length, Levenberg-Marquardt, MDL choice.

    Its own limit counts wall time in whole seconds, so it goes on in warm-started
    stretches until the processor time is spent.
    """
    from pyoperon.sklearn import SymbolicRegressor
    from sklearn.ensemble import RandomForestRegressor

    # the description length needs to know the noise; SRBench's entry asks a forest
    start = time.process_time()
    forest = RandomForestRegressor(random_state=seed).fit(X, y)
    noise = float(np.sqrt(np.mean((y - forest.predict(X)) ** 2)))
    est = SymbolicRegressor(
        uncertainty=[noise],
        allowed_symbols="add,sub,mul,div,aq,exp,log,sin,cos,tanh,sqrt,square,constant,variable",
        objectives=["r2", "length"], optimizer="lm", optimizer_iterations=5,
        population_size=1000, pool_size=1000, max_length=50, max_depth=10, tournament_size=5,
        generations=10**6, max_evaluations=10**9, epsilon=1e-5, n_threads=1,
        model_selection_criterion=choice, warm_start=True,
    )  # fmt: skip
    stretch = 0
    while (left := limit - (time.process_time() - start)) > 0.5:
        est.set_params(max_time=max(1, round(left)), random_state=1000 * seed + stretch)
        est.fit(X, y)
        stretch += 1
    names = [f"x{i}" for i in range(X.shape[1])]
    text = est.get_model_string(est.model_, 9, names)
    return est.predict, text, int(est.stats_["model_length"])


def pyoperon_bic(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """Operon with its choice by BIC: longer laws, closer to the data."""
    return pyoperon(X, y, limit, seed, "bayesian_information_criterion")


def gplearn(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """The scikit-learn habit, as SRBench sets it, as long as the limit lets it evolve."""
    from gplearn.genetic import SymbolicRegressor

    est = SymbolicRegressor(
        population_size=1000, generations=1, tournament_size=20, init_depth=(2, 6),
        parsimony_coefficient=0.001, p_crossover=0.9, p_subtree_mutation=0.01,
        p_hoist_mutation=0.01, p_point_mutation=0.01, random_state=seed, warm_start=True,
        low_memory=True,
        function_set=("add", "sub", "mul", "div", "sqrt", "log", "sin", "cos"),
    )  # fmt: skip
    start, k = time.process_time(), 0
    while time.process_time() - start < limit and k < 5000:
        k += 1
        est.set_params(generations=k)
        est.fit(X, y)
    return est.predict, _infix(est._program.program), int(est._program.length_)


def _infix(program: list[Any]) -> str:
    """A prefix program of gplearn with all digits; protected operators are read as plain ones."""
    signs = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
    stack: list[str] = []
    for node in reversed(program):
        if hasattr(node, "arity"):
            parts = [stack.pop() for _ in range(node.arity)]
            sign = signs.get(node.name)
            stack.append(f"({parts[0]} {sign} {parts[1]})" if sign else f"{node.name}({parts[0]})")
        else:
            stack.append(f"x{node}" if isinstance(node, int) else f"({float(node)!r})")
    return stack[0]


def rils_rols(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """RILS-ROLS as SRBench runs it; new seeds until the processor time is spent."""
    from rils_rols.rils_rols import RILSROLSRegressor

    best, best_score, n = None, -np.inf, 0
    start = time.process_time()
    while best is None or (limit - (time.process_time() - start) > 0.5 and best_score < 1):
        left = limit - (time.process_time() - start)
        est = RILSROLSRegressor(max_fit_calls=10**9, max_time=max(1, round(left)),
                                complexity_penalty=0.001, max_complexity=50, sample_size=1,
                                random_state=1000 * seed + n)  # fmt: skip
        est.fit(X, y)
        score = 1 - np.mean((y - est.predict(X)) ** 2) / np.var(y)
        score -= 0 if score > 1 - 1e-12 else 1e-5 * len(str(est.model))  # the shorter of equals
        if best is None or score > best_score:
            best, best_score = est, 1.0 if score > 1 - 1e-12 else score
        n += 1
    text = str(best.model_simp)
    return best.predict, text, len(text.split())


def eggp(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """Genetic programming on an e-graph; new runs until the processor time is spent.

    It has no seed of its own. A run that loads the graph of the one before overruns its
    ``max_time`` twentyfold, so each begins anew. Where it is restricted to one thread:
    ``GHCRTS=-N1``.
    """
    os.environ["GHCRTS"] = "-N1"
    from eggp import EGGP

    best: tuple[float, Any, Any] | None = None
    start = time.process_time()
    while best is None or (limit - (time.process_time() - start) > 0.5 and best[0] > 1e-20):
        left = limit - (time.process_time() - start)
        est = EGGP(gen=100, nPop=100, maxSize=20, nTournament=5, optIter=50, optRepeat=2,
                   nonterminals="add,sub,mul,div,power,sqrt,log,exp,sin,cos,square",
                   max_time=max(1, round(left)), simplify=True)  # fmt: skip
        est.fit(X, y)
        loss = float(np.mean((y - est.predict(X)) ** 2) / np.var(y))
        if best is None or loss < best[0]:
            best = (loss, est, est._best_row())
    assert best is not None
    text = best[2]["Expression"].lower().replace("recip(", "inv(")
    return best[1].predict, text, int(best[2]["size"])


def psrn(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """Parallel symbolic enumeration; new seeds until the processor time is spent.

    Of its settings for graphics cards: all operators, constants, but two layers, as three take
    more memory and time than a processor has. It works in single precision.
    """
    import sympy
    import torch
    from psrn import PSRN_Regressor

    torch.set_num_threads(1)
    names = [f"x{i}" for i in range(X.shape[1])]
    words = ["Add", "Mul", "Sub", "Div", "Identity", "Sin", "Cos", "Exp", "Log"]
    best: tuple[float, str, int] | None = None
    start, stretch = time.process_time(), 0
    while best is None or limit - (time.process_time() - start) > 0.5:
        left = limit - (time.process_time() - start)
        torch.manual_seed(1000 * seed + stretch)
        default = {"operators": words, "time_limit": max(1, round(left)), "n_sample_variables": 3,
                   "n_psrn_inputs": max(5, len(names))}  # fmt: skip
        est = PSRN_Regressor(
            variables=names, use_const=True, n_symbol_layers=2, device=torch.device("cpu"),
            token_generator_config={"base": {"has_const": True, "tokens": words}},
            stage_config={"default": default, "stages": [{}]},
        )  # fmt: skip
        est.fit(X, y.reshape(-1, 1), n_down_sample=100, use_threshold=False, prun_const=True,
                prun_ndigit=6, top_k=10, real_time_display=False)  # fmt: skip
        text, _, loss, nodes = est.display_expr_table(sort_by="mse")[0]
        if best is None or loss < best[0]:
            best = (float(loss), text, int(nodes))
        stretch += 1
    values = sympy.lambdify(names, sympy.sympify(best[1]), "numpy")
    return lambda Z: values(*Z.T) * np.ones(len(Z)), best[1], max(1, best[2])


def pysr(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """PySR as SRBench sets it, on one core. Never installs Julia by itself."""
    import shutil

    if shutil.which("julia") is None:
        raise ImportError("Julia is not on this machine")
    from pysr import PySRRegressor

    once = {"sin": 0, "exp": 0, "log": 0, "sqrt": 0}
    est = PySRRegressor(
        niterations=10**9, ncycles_per_iteration=500, population_size=100, populations=15,
        maxsize=30, maxdepth=20, binary_operators=["+", "-", "*", "/"],
        unary_operators=["sin", "exp", "log", "sqrt", "cos"], parsimony=0.0,
        constraints={"sin": 9, "exp": 9, "log": 9, "sqrt": 9, "cos": 9, "/": (-1, 9)},
        nested_constraints={"sin": once | {"cos": 0}, "cos": once | {"cos": 0},
                            "exp": {"exp": 0, "log": 0}, "log": {"exp": 0, "log": 0},
                            "sqrt": {"sqrt": 0}},
        adaptive_parsimony_scaling=1000.0, turbo=True, parallelism="serial", deterministic=False,
        warm_start=True, random_state=seed, progress=False, verbosity=0, temp_equation_file=True,
    )  # fmt: skip
    start = time.process_time()
    while (left := limit - (time.process_time() - start)) > 0.5:
        est.set_params(timeout_in_seconds=left).fit(X, y)
    return est.predict, str(est.sympy()), int(est.get_best()["complexity"])


def linear(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """Ridge regression on standardised columns: the least that a formula must beat."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    est = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-4, 4, 25))).fit(X, y)
    slopes = est[-1].coef_ / est[0].scale_
    shift = float(est[-1].intercept_ - slopes @ est[0].mean_)
    text = " + ".join([repr(shift), *(f"({float(a)!r})*x{i}" for i, a in enumerate(slopes))])
    return est.predict, text, 4 * len(slopes) + 1


def boosting(X: Array, y: Array, limit: float, seed: int) -> Answer:
    """Gradient boosting, chosen by cross-validation in half of the limit: no formula, 0 nodes."""
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.model_selection import cross_val_score

    best: Any = None
    best_score, start = -np.inf, time.process_time()
    for depth, rounds, leaf in ((3, 200, 1), (2, 300, 1), (4, 200, 5), (1, 300, 1), (6, 150, 10)):
        est = GradientBoostingRegressor(
            learning_rate=0.05, n_estimators=rounds, max_depth=depth, min_samples_leaf=leaf,
            subsample=0.8, random_state=seed,
        )  # fmt: skip
        score = float(np.mean(cross_val_score(est, X, y, cv=5)))
        if best is None or score > best_score:
            best, best_score = est, score
        if time.process_time() - start > limit / 2:
            break
    return best.fit(X, y).predict, "", 0


PEERS: dict[str, Callable[..., Answer]] = {
    "ours": ours, "guided": guided, "network": network, "pyoperon": pyoperon,
    "pyoperon_bic": pyoperon_bic, "gplearn": gplearn,
    "rils-rols": rils_rols, "eggp": eggp, "psrn": psrn, "pysr": pysr, "linear": linear,
    "boosting": boosting,
}  # fmt: skip


def run(
    peer: str, X: Array, y: Array, X_test: Array, limit: float, seed: int = 0
) -> dict[str, Any]:
    """Fit `peer` here; its predictions, text, nodes, seconds, or why there are none."""
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        predict, text, nodes = PEERS[peer](X, y, limit, seed)
    except ImportError as error:
        return {"skipped": f"{peer} is not installed: {error}"}
    except Exception as error:
        return {"error": repr(error)}
    seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
    with np.errstate(all="ignore"):
        values = np.asarray(predict(X_test), dtype=float)
    return {"text": text, "nodes": nodes, "seconds": seconds, "cpu": cpu,
            "prediction": values.tolist()}  # fmt: skip


def run_elsewhere(
    python: str, peer: str, X: Array, y: Array, X_test: Array, limit: float, seed: int = 0
) -> dict[str, Any]:
    """`run` in the Python at `python`, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        job, out = Path(folder) / "job.npz", Path(folder) / "out.json"
        np.savez(job, X=X, y=y, X_test=X_test)
        done = subprocess.run(
            [python, __file__, peer, str(job), str(out), str(limit), str(seed)],
            env=os.environ | ONE_CORE, capture_output=True, text=True, timeout=20 * limit + 120,
        )  # fmt: skip
        if done.returncode or not out.exists():
            return {"error": done.stderr[-500:]}
        return dict(json.loads(out.read_text()))


if __name__ == "__main__":
    name, job, out, limit, seed = sys.argv[1:]
    table = np.load(job)
    answer = run(name, table["X"], table["y"], table["X_test"], float(limit), int(seed))
    Path(out).write_text(json.dumps(answer))
