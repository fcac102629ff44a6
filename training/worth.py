"""``python -m training.worth``: train the head that says which rows are parts of the law.

Laws of the training distribution on tables of 40 to 200 rows, a third of them noisy. The network
answers one to three times, as in a fit; of the pool of rows that a search would see, and of the
pool that grows from its best rows, each row is labelled by whether its values are those of a
part of the law. What is drawn goes into shards, and the training starts again where it ended.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from sklearn_trm.expressions.canonical import canonical
from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.tree import Node, call, complexity, walk
from sklearn_trm.network import weights
from sklearn_trm.network.grid_tree import from_grid
from sklearn_trm.network.refine import Refiner
from sklearn_trm.search.proposals import MOST_PARTS, Proposals, ProposalWorkspace
from sklearn_trm.search.ranking import LIMIT, Pool, Ranking
from sklearn_trm.search.search import Search
from sklearn_trm.search.workspace import Workspace
from sklearn_trm.task.problem import Problem

from .evaluate import ROWS, Fits, fit_new, held_out_laws, is_exact, size_of
from .publish import rate

DRAW = 7_000_001  # seed of the laws
SIMPLEST = 4  # filled cells; what is simpler is found without
KEPT = 400  # rows of a pool that are no parts, and of which a shard keeps so many
LARGEST = 30  # complexity of a part that may be asked for
HIDDEN = (48, 24)
FIRSTS = (10, 20, 50, 75)  # rows among which parts are counted


def parts_of(law: Node) -> list[Node]:
    """All parts of a law: its sub-expressions, and some terms of its sums, factors of products."""
    out: dict[Node, None] = {}
    for n in walk(law):
        if n.children:
            out[n] = None
        for plus, minus, negative in (("add", "sub", "neg"), ("mul", "div", "inv")):
            if n.op not in (plus, minus):
                continue
            terms = sorted(_chain(n, plus, minus), key=lambda t: -t[1])
            for k in range(2, len(terms)) if len(terms) <= 6 else ():
                for picked in itertools.combinations(terms, k):
                    (first, sign), *others = picked
                    node = first if sign > 0 else call(negative, first)
                    for other, sign in others:
                        node = call(plus if sign > 0 else minus, node, other)
                    out[node] = None
    return [n for n in out if complexity(n) <= LARGEST]


def _chain(n: Node, plus: str, minus: str) -> list[tuple[Node, int]]:
    if n.op == plus:
        return _chain(n.children[0], plus, minus) + _chain(n.children[1], plus, minus)
    if n.op == minus:
        right = _chain(n.children[1], plus, minus)
        return _chain(n.children[0], plus, minus) + [(m, -s) for m, s in right]
    return [(n, 1)]


class Truth:
    """Tells rows that are parts of the law, up to a factor."""

    def __init__(self, law: Node, X: np.ndarray) -> None:
        self._probe = np.random.default_rng(12345).standard_normal(len(X))
        with np.errstate(all="ignore"):
            values = np.array([evaluate(n, X) for n in parts_of(law)])
            good = np.isfinite(values).all(1) & (np.ptp(values, axis=1) > 0)
        self._keys = set(self._key(values[good]))

    def _key(self, values: np.ndarray) -> list[float]:
        size = np.sqrt(np.einsum("ij,ij->i", values, values) / values.shape[1])
        return list(np.round(np.abs(values @ self._probe) / size * 1e8))

    def labels(self, values: np.ndarray) -> np.ndarray:
        """Which rows of values are parts."""
        return np.array([k in self._keys for k in self._key(values)])


def pools(
    refiner: Refiner, law: Node, X: np.ndarray, y: np.ndarray, clean: np.ndarray,
    rng: np.random.Generator, ranking: Ranking | None, *, answers: int, fitted: int,
) -> Iterator[tuple[Pool, Workspace, np.ndarray]]:  # fmt: skip
    """Pools of one law as a search sees them, with labels; none if the network finds the law."""
    told = Proposals()
    seen: set[Node] = set()
    laws: dict[Node, float] = {}
    state = refiner.start(X[:fitted], y[:fitted], rng)
    fits = Fits(X[:fitted], y[:fitted])
    for _ in range(answers):
        answer = refiner.step(state)
        told.hear(answer.nodes)
        fit_new(list(answer.nodes), seen, fits, laws)
        if not laws:
            return
        best = min(laws, key=laws.__getitem__)
        if is_exact(best, X[ROWS:], clean[ROWS:]):
            return
        state = refiner.feedback(state, best)
    main = Search(Problem(X[:fitted], y[:fitted], rng=0)).main
    truth = Truth(law, main.X)
    pool = Pool.of(main, told)
    yield pool, main, truth.labels(pool.values)
    parts = told.parts() if ranking is None else pool.best(ranking, main)[0][:MOST_PARTS]
    grown = Pool.of(ProposalWorkspace(main, parts), told)
    yield grown, main, truth.labels(grown.values)


def draw(
    count: int, seed: int, folder: Path, ranking: Ranking | None, *, whole: bool = False
) -> None:
    """Write the features and labels of `count` laws, a file a law."""
    folder.mkdir(parents=True, exist_ok=True)
    refiner = Refiner.load("auto")
    for i, (grids, X, clean) in enumerate(tqdm(held_out_laws(count, seed), mininterval=30)):
        path = folder / f"{seed}-{i}.npz"
        if path.exists() or size_of(grids) < SIMPLEST:
            continue
        rng = np.random.default_rng([seed, i])
        fitted = ROWS if rng.random() < 0.5 else int(rng.integers(40, ROWS))
        noise = 10 ** rng.uniform(-3, -1) if rng.random() < 1 / 3 else 0.0
        y = clean + noise * np.sqrt(np.mean(clean**2)) * rng.standard_normal(len(clean))
        out: dict[str, Any] = {}
        found = pools(
            refiner, canonical(from_grid(grids)), X, y, clean, rng, ranking,
            answers=int(rng.integers(1, 4)), fitted=fitted,
        )  # fmt: skip
        for k, (pool, ws, label) in enumerate(found):
            row = np.arange(len(label))
            if not whole:
                others = np.flatnonzero(~label)
                others = rng.choice(others, min(KEPT, len(others)), replace=False)
                row = np.sort(np.concatenate([np.flatnonzero(label), others]))
            out |= {
                f"features{k}": pool.features(ws)[row].astype(np.float32), f"label{k}": label[row],
                f"weight{k}": np.float32((~label).sum() / max((~label[row]).sum(), 1)),
            }  # fmt: skip
        np.savez_compressed(path, size=size_of(grids), noise=noise, rows=fitted, **out)


def load(folder: Path, seed: int) -> list[dict[str, np.ndarray]]:
    """What `draw` wrote for a seed: a dict a pool."""
    out = []
    for path in sorted(folder.glob(f"{seed}-*.npz")):
        with np.load(path) as d:
            for k in range(2):
                if f"label{k}" in d:
                    out.append({
                        "features": d[f"features{k}"], "label": d[f"label{k}"], "generation": k,
                        "size": int(d["size"]), "noise": float(d["noise"]),
                        "weight": float(d[f"weight{k}"]),
                    })  # fmt: skip
    return out


def train(
    pools: list[dict[str, Any]], epochs: float = 20, rate: float = 2e-3, seed: int = 0
) -> Ranking:
    """Fit the head; rows that stand for others count as often."""
    F = np.vstack([p["features"] for p in pools])
    label = np.concatenate([p["label"] for p in pools]).astype(np.float32)
    count = np.concatenate([np.where(p["label"], 1.0, p["weight"]) for p in pools])
    mean, spread = F.mean(0), F.std(0) + 1e-3
    F = np.clip((F - mean) / spread, -LIMIT, LIMIT).astype(np.float32)
    sizes = [F.shape[1], *HIDDEN, 1]
    key = jax.random.key(seed)
    params = [
        (jax.random.normal(jax.random.fold_in(key, i), (a, b)) / np.sqrt(a), jnp.zeros(b))
        for i, (a, b) in enumerate(itertools.pairwise(sizes))
    ]
    params[-1] = (params[-1][0], params[-1][1] - 5.0)  # few rows are parts

    def logits(params: Any, F: Any, key: Any = None) -> Any:
        h = F
        for i, (weight, bias) in enumerate(params):
            h = jax.nn.silu(h) if i else h
            if i == 1 and key is not None:
                h = h * jax.random.bernoulli(key, 0.85, h.shape) / 0.85
            h = h @ weight + bias
        return h[:, 0]

    batch = 8192
    steps = int(epochs * len(F) / batch)
    optimizer = optax.adamw(optax.cosine_decay_schedule(rate, steps), weight_decay=1e-3)

    @jax.jit
    def update(params: Any, state: Any, F: Any, y: Any, w: Any, key: Any) -> Any:
        def loss(params: Any) -> Any:
            z = logits(params, F, key)
            return (w * (jnp.logaddexp(0.0, z) - y * z)).mean()

        change, state = optimizer.update(jax.grad(loss)(params), state, params)
        return optax.apply_updates(params, change), state

    state, rng = optimizer.init(params), np.random.default_rng(seed)
    count = count.astype(np.float32)
    for i in range(steps):
        at = rng.integers(0, len(F), batch)
        params, state = update(
            params, state, F[at], label[at], count[at], jax.random.fold_in(key, 100 + i)
        )
    return Ranking(mean, spread, [(np.asarray(a), np.asarray(b)) for a, b in params])


def recall(
    pools: list[dict[str, Any]], ranking: Ranking, firsts: tuple[int, ...] = FIRSTS
) -> dict[str, list[int]]:
    """True parts among the first rows, by frequency in the answers and by worth."""
    out = {"frequency": [0] * len(firsts), "worth": [0] * len(firsts), "in the pools": [0]}
    for p in pools:
        label, F = p["label"], p["features"]
        out["in the pools"][0] += int(label.sum())
        for name, score in (("frequency", -F[:, 2]), ("worth", ranking(F))):
            ordered = label[np.argsort(-score, kind="stable")]
            for k, first in enumerate(firsts):
                out[name][k] += int(ordered[:first].sum())
    return out


def reliability(pools: list[dict[str, Any]], ranking: Ranking) -> list[dict[str, float]]:
    """How often rows of about the same probability are parts of the law."""
    p = np.concatenate([ranking(q["features"]) for q in pools])
    label = np.concatenate([q["label"] for q in pools])
    edges = [0, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    return [
        {"rows": int(m.sum()), "said": round(float(p[m].mean()), 4),
         "true": round(float(label[m].mean()), 4)}
        for a, b in itertools.pairwise(edges) if (m := (p >= a) & (p < b)).any()
    ]  # fmt: skip


def picture(rows: list[dict[str, float]], path: Path) -> None:
    """Draw the reliability of `rows` of about the same probability, with two standard errors."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    said, true, n = (np.array([r[k] for r in rows]) for k in ("said", "true", "rows"))
    error = 2 * np.sqrt(said * (1 - said) / n)
    figure, ax = plt.subplots(figsize=(4.2, 4))
    ax.errorbar(said, true, yerr=error, fmt="o", ms=4, capsize=2)
    ends = [1e-4, 1.0]
    ax.plot(ends, ends, color="grey", lw=1)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends,
           xlabel="probability said", ylabel="share of rows that are parts")  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80, bbox_inches="tight")
    plt.close(figure)


def attach(ranking: Ranking, facts: dict[str, Any], model: str = "tiny") -> None:
    """Put the head beside the network's weights into the registry's file, its measures too."""
    path, _ = weights.resolve(model)
    arrays, about = weights.read(model)
    old = weights.heads(arrays)
    arrays = {k: v for k, v in arrays.items() if k not in old}
    sha = weights.write(path, arrays | ranking.arrays(), about)
    rate(model, sha256=sha, worth=facts)


def main(argv: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.worth", description=__doc__)
    parser.add_argument("--laws", type=int, default=2000)
    parser.add_argument("--draw", type=int, default=DRAW, help="seed of the laws")
    parser.add_argument("--folder", type=Path, default=Path("runs/worth"))
    parser.add_argument("--only-draw", action="store_true", help="write shards and stop")
    parser.add_argument("--test", type=int, default=200, help="laws of another seed, whole pools")
    parser.add_argument("--attach", action="store_true", help="put the head into the weights")
    parser.add_argument("--out", type=Path, default=None, help="JSON of the measures")
    parser.add_argument("--picture", type=Path, default=None, help="PNG of the reliability")
    args = parser.parse_args(argv)
    ranking = Ranking.of(Refiner.load("auto").heads)
    with threadpool_limits(1):
        draw(args.laws, args.draw, args.folder, ranking)
        if args.only_draw:
            return 0
        draw(args.test, DRAW + 1_000_000, args.folder, ranking, whole=True)
    seen = load(args.folder, args.draw)
    trained = train(seen)
    test = load(args.folder, DRAW + 1_000_000)
    measures = {
        "laws": sum(p["generation"] == 0 for p in seen),
        "draw": args.draw,
        "parameters": sum(a.size for a in trained.arrays().values()),
        "firsts": list(FIRSTS),
        "test laws": sum(p["generation"] == 0 for p in test),
        "first generation": recall([p for p in test if p["generation"] == 0], trained),
        "second generation": recall([p for p in test if p["generation"] == 1], trained),
        "reliability": reliability(test, trained),
    }
    print(json.dumps(measures, indent=1))
    if args.out:
        args.out.write_text(json.dumps(measures, indent=1) + "\n")
    if args.picture:
        picture(measures["reliability"], args.picture)
    if args.attach:
        attach(trained, measures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
