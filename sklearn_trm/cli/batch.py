"""The command ``batch``: a law for each table of a folder, one JSON line a table.

A line is written whole when its table is done, so a run that is killed goes on where it was: the
same command looks only at tables that have no line yet, or another content than then.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import TRMError
from .tables import UsageError, add_reading, row_weights, table_to_fit

KINDS = (".csv", ".tsv", ".txt", ".dat", ".parquet", ".xlsx", ".npy")
LAWS = "laws.jsonl"
_BEGIN = '{"file": "'  # of each line
_LOOKED_AT = ("target", "columns", "relative", "time_limit", "max_steps", "seed", "model",
              "separator", "decimal", "header", "sheet", "missing", "dates")  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of ``batch`` beside those that it shares with ``fit``."""
    parser.add_argument("folder", help=f"with the tables: {', '.join(KINDS)}")
    parser.add_argument(
        "--out", metavar="JSONL", help=f"a line a table; default: {LAWS} in the folder"
    )
    parser.add_argument("--save", metavar="FOLDER", help="write each law, for predict, report")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes; default: 1")
    parser.add_argument(
        "--part", type=int, nargs=2, default=(1, 1), metavar=("K", "N"),
        help="only the K-th of N parts of the tables: one command a machine, each with its --out",
    )  # fmt: skip
    parser.add_argument("--max-steps", type=int, metavar="N", help="steps of the network")
    parser.add_argument(
        "--again", action="store_true", help="tables that gave an error are looked at once more"
    )
    add_reading(parser)


def batch(args: argparse.Namespace) -> int:
    """Fit the tables that have no line; exit code 1 where a table gave an error."""
    from ..output.whole_files import append_line

    paths = _paths(args)
    out = Path(args.out) if args.out else Path(args.folder) / LAWS
    known = _known(out)
    settings = _digest(json.dumps([getattr(args, name) for name in _LOOKED_AT]).encode())
    if args.save:
        _folder(Path(args.save))
    jobs, lines = [], []
    for path in paths:
        stamp = _digest(path.read_bytes())
        line = known.get((path.name, stamp, settings))
        if line is None or (args.again and "error" in line):
            jobs.append((path, stamp))
        else:
            lines.append(line)
    print(f"{len(paths)} tables, {len(lines)} done before; lines: {out}", flush=True)
    begin = time.perf_counter()
    for number, (line, saved) in enumerate(_lines(args, jobs), 1):
        try:
            if saved is not None:
                saved.save(Path(args.save) / f"{line['file']}.json")
            append_line(out, json.dumps({**line, "settings": settings}, allow_nan=False))
        except OSError as error:
            raise UsageError(f"{out} can't be written: {error.strerror}; the same command goes on "
                             "where this one was") from None  # fmt: skip
        lines.append(line)
        left = (time.perf_counter() - begin) / number * (len(jobs) - number)
        told = line.get("law") or line["error"]
        print(f"{number}/{len(jobs)} {line['file']}: {told}   ({left:.0f} s left)", flush=True)
    wrong = sum("error" in line for line in lines)
    print(f"{len(lines) - wrong} laws, {wrong} tables with an error")
    return 1 if wrong else 0


def _paths(args: argparse.Namespace) -> list[Path]:
    folder, (k, n) = Path(args.folder), args.part
    if not 1 <= k <= n:
        raise UsageError(f"--part is K N with 1 <= K <= N, got {k} {n}")
    if args.jobs == 0:
        raise UsageError("--jobs is a number of processes, -1 for all cores")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {str(folder)!r}: check the path")
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in KINDS and p.is_file())
    if not paths:
        raise UsageError(f"{str(folder)!r} holds no table ({', '.join(KINDS)})")
    return paths[k - 1 :: n]


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{str(path)!r} can't be made: {error.strerror}") from None


def _known(out: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The lines of earlier runs, by table, content and settings; the last one counts."""
    from ..output.whole_files import whole_lines

    known = {}
    for number, text in enumerate(whole_lines(out), 1):
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            line = None
            if _BEGIN.startswith(text[: len(_BEGIN)]):
                continue  # of a run that was killed; others stand behind it
        try:
            known[line["file"], line["sha256"], line["settings"]] = line
        except (KeyError, TypeError):
            raise UsageError(f"{out}, line {number} is no line of ours: name another --out") from (
                None
            )
    return known


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _lines(
    args: argparse.Namespace, jobs: list[tuple[Path, str]]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Lines as they come, in any order; with the estimator where it is to be saved."""
    if args.jobs == 1:
        yield from (_one(args, path, stamp) for path, stamp in jobs)
        return
    from joblib.externals.loky.process_executor import TerminatedWorkerError
    from sklearn.utils.parallel import Parallel, delayed

    plain = argparse.Namespace(**{k: v for k, v in vars(args).items() if k != "run"})
    work = (delayed(_one)(plain, path, stamp) for path, stamp in jobs)
    try:
        yield from Parallel(n_jobs=args.jobs, return_as="generator_unordered")(work)
    except TerminatedWorkerError:
        raise UsageError(
            "a process was killed, perhaps for its memory: fewer --jobs need less; the same "
            "command goes on where this one was"
        ) from None


def _one(args: argparse.Namespace, path: Path, stamp: str) -> tuple[dict[str, Any], Any]:
    """The line of one table: its law, or why there is none."""
    from ..estimators.regressor import TRMSymbolicRegressor

    line: dict[str, Any] = {"file": path.name, "sha256": stamp}
    begin = time.perf_counter()
    more = {} if args.max_steps is None else {"max_steps": args.max_steps}
    est = TRMSymbolicRegressor(
        time_limit=args.time_limit, model=None if args.model.lower() == "none" else args.model,
        random_state=args.seed, **more,
    )  # fmt: skip
    try:
        own = argparse.Namespace(**{**vars(args), "file": str(path), "template": None})
        X, y, _ = table_to_fit(own)
        est.fit(X, y, sample_weight=row_weights(args, y), dates=args.dates)
        r2 = float(est.score(X, y))
    except (TRMError, UsageError, ValueError, ArithmeticError, MemoryError) as error:
        line["error"] = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return line, None
    row = est.equations_.iloc[est._fitted.chosen]
    line |= {
        "target": str(y.name), "columns": list(map(str, X.columns)), "rows": len(X),
        "law": est.expr_, "short": est.short_text(), "complexity": int(row["complexity"]),
        "loss": _number(row["loss"]), "r2": _number(r2), "probability": _number(row["probability"]),
        "noise": None if est.noise_ is None else est.noise_.kind, "stopped": est.stopped_,
        "seconds": round(time.perf_counter() - begin, 3),
    }  # fmt: skip
    return line, est if args.save else None


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
