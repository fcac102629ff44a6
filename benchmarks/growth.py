"""Time and memory of a fit as the table grows: ``python -m benchmarks.growth``.

Each size runs in a fresh process, after one small fit that imports and compiles; the
peak memory is that of the whole process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

_FIT = """
import json, resource, sys, time
import numpy as np
from sklearn_trm import TRMSymbolicRegressor
rows, columns, noise, limit = [t(a) for t, a in zip((int, int, float, float), sys.argv[1:5])]
model = None if sys.argv[5] == "None" else sys.argv[5]
small = np.random.default_rng(1).uniform(1, 3, (100, 2))
for y in small[:, 0] * small[:, 1], np.sin(3.3 * small[:, 0] ** 1.7) + np.cos(small[:, 1] ** 3):
    TRMSymbolicRegressor(model=model, time_limit=2, random_state=0).fit(small, y)
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rng = np.random.default_rng(0)
X = rng.uniform(1, 5, (rows, columns))
y = 2.5 * X[:, 0] * np.exp(-0.7 * X[:, 1] / X[:, 2])
y += noise * y.std() * rng.standard_normal(rows)
start, cpu = time.perf_counter(), time.process_time()
est = TRMSymbolicRegressor(model=model, time_limit=limit, random_state=0).fit(X, y)
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak / 2**20, "before": base / 2**20,
                  "law": est.expr_, "stopped": est.stopped_}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10**k for k in range(2, 7)])
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.01])
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--model", default="None")
    args = parser.parse_args()
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    print("rows, noise: wall s, processor s, peak GiB (before the fit), law", flush=True)
    for noise in args.noise:
        for rows in args.rows:
            words = [str(w) for w in (rows, args.columns, noise, args.limit, args.model)]
            done = subprocess.run(
                [sys.executable, "-c", _FIT, *words], env=env, capture_output=True, text=True
            )
            if done.returncode:
                print(f"{rows:8d} {noise:5g}: failed: {done.stderr.strip().splitlines()[-1:]}")
                continue
            r = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{rows:8d} {noise:5g}: {r['wall']:6.2f} {r['cpu']:6.2f} {r['peak']:6.2f} "
                f"({r['before']:.2f}) {r['stopped']}: {r['law']}",
                flush=True,
            )


if __name__ == "__main__":
    main()
