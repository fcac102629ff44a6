"""Exported laws run where they belong: compilers, interpreters, a database, a spreadsheet.

Each runner takes the texts of functions ``law_0``, ``law_1``, ..., rows of shape (laws, n, d) and
a folder to work in, and gives values of shape (laws, n). `NotHere` where the program is not
installed.
"""

from __future__ import annotations

import ctypes
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

Array = np.ndarray
SECONDS = 300  # that a compiler or an interpreter may take


class NotHere(Exception):
    """The program that runs a language is not installed."""


def program(*names: str) -> str:
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise NotHere(f"not installed here: {' or '.join(names)}")
    return found


def output(folder: Path, *command: object) -> str:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, cwd=folder
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:] + done.stdout[-1000:])
    return done.stdout


def _table(text: str) -> Array:
    return np.array([[float(v) for v in line.split()] for line in text.strip().splitlines()])


def _written(rows: Array, folder: Path) -> int:
    """All rows below each other in ``rows.txt``; how many belong to a law."""
    np.savetxt(folder / "rows.txt", rows.reshape(-1, rows.shape[-1]), fmt="%.17g")
    return rows.shape[1]


# ---------------------------------------------------------------------- compiled languages

COMPILED = {
    "c": (("cc", "gcc"), ".c", ["-O2", "-shared", "-fPIC", "-Wall", "-Werror"], "", ["-lm"]),
    "cpp": (
        ("c++", "g++"), ".cpp", ["-O1", "-shared", "-fPIC", "-Wall", "-Werror"],
        'extern "C" double call_{0}(const double *x) {{ return law_{0}(x); }}', [],
    ),
    "rust": (
        ("rustc",), ".rs", ["-O", "--crate-type=cdylib", "-Dwarnings"],
        '#[no_mangle] pub extern "C" fn call_{0}(x: *const f64) -> f64 '
        "{{ law_{0}(unsafe {{ std::slice::from_raw_parts(x, {1}) }}) }}", [],
    ),
    "fortran": (
        # optimized, gfortran 12 makes 0 of cos(atan(nan))
        ("gfortran",), ".f90", ["-O0", "-shared", "-fPIC", "-std=f2008", "-Wall", "-Werror",
        "-Wno-unused-dummy-argument"],
        "function call_{0}(x) bind(C) result(v)\nuse iso_c_binding\n"
        "real(c_double), intent(in) :: x({1})\nreal(c_double) :: v\nv = law_{0}(x)\n"
        "end function", [],
    ),
}  # fmt: skip


def compiled(target: str, texts: list[str], rows: Array, folder: Path) -> Array:
    compilers, suffix, options, wrapper, after = COMPILED[target]
    compiler = program(*compilers)
    n = len(texts)
    texts = texts + [wrapper.format(i, rows.shape[-1]) for i in range(n)]
    if target == "fortran":
        texts = ["module laws\ncontains", *texts, "end module"]
    source, library = folder / f"laws{suffix}", folder / f"laws_{target}.so"
    source.write_text("\n".join(texts))
    output(folder, compiler, *options, "-o", library, source, *after)
    loaded = ctypes.CDLL(str(library))
    values = []
    for i in range(n):
        call = getattr(loaded, f"{'call' if wrapper else 'law'}_{i}")
        call.restype, call.argtypes = ctypes.c_double, [ctypes.c_void_p]
        values.append([call(row.ctypes.data) for row in np.ascontiguousarray(rows[i])])
    return np.array(values)


# ---------------------------------------------------------------------- interpreters


def javascript(texts: list[str], rows: Array, folder: Path) -> Array:
    node = program("node", "nodejs")
    names = ", ".join(f"law_{i}" for i in range(len(texts)))
    script = folder / "laws.js"
    script.write_text("\n".join([
        '"use strict";', *texts, f"const rows = {json.dumps(rows.tolist())};",
        f"[{names}].forEach((f, i) => console.log(rows[i].map(f).join(' ')));",
    ]))  # fmt: skip
    return _table(output(folder, node, script))


def r(texts: list[str], rows: Array, folder: Path) -> Array:
    rscript, n = program("Rscript"), _written(rows, folder)
    names = ", ".join(f"law_{i}" for i in range(len(texts)))
    script = folder / "laws.R"
    script.write_text("\n".join([
        *texts, "options(warn = 2)", 'X <- read.table("rows.txt")', "i <- 0",
        f"for (f in list({names})) {{",
        f'cat(sprintf("%.17g", f(X[(i*{n} + 1):((i + 1)*{n}), , drop = FALSE])), "\\n")',
        "i <- i + 1 }",
    ]))  # fmt: skip
    return _table(output(folder, rscript, "--vanilla", script))


def octave(texts: list[str], rows: Array, folder: Path) -> Array:
    found, n = program("octave-cli", "octave"), _written(rows, folder)
    for i, text in enumerate(texts):
        (folder / f"law_{i}.m").write_text(text)
    main = (
        f'X = load("-ascii", "rows.txt"); for i = 0:{len(texts) - 1} '
        f'y = feval(sprintf("law_%d", i), X(i*{n} + 1:(i + 1)*{n}, :)); '
        'assert(isreal(y) && iscolumn(y)); printf("%.17g ", y); printf("\\n"); end'
    )
    return _table(output(folder, found, "--norc", "--eval", main))


def julia(texts: list[str], rows: Array, folder: Path) -> Array:
    found, n = program("julia"), _written(rows, folder)
    names = ", ".join(f"law_{i}" for i in range(len(texts)))
    script = folder / "laws.jl"
    script.write_text("\n".join([
        *texts, 'X = [parse.(Float64, split(line)) for line in eachline("rows.txt")]',
        f"for (i, f) in enumerate(({names},)) "
        f'println(join(f.(X[(i - 1)*{n} + 1:i*{n}]), " ")) end',
    ]))  # fmt: skip
    return _table(output(folder, found, "--startup-file=no", script))


def python(texts: list[str], rows: Array, folder: Path, whole: bool = False) -> Array:
    scope: dict = {}
    exec(compile("\n".join(texts), "laws", "exec"), scope)  # our own texts
    laws = [scope[f"law_{i}"] for i in range(len(texts))]
    with np.errstate(all="ignore"):
        if whole:
            return np.array([f(X) for f, X in zip(laws, rows, strict=True)])
        return np.array([list(map(f, X.tolist())) for f, X in zip(laws, rows, strict=True)])


def sqlite(texts: list[str], rows: Array, folder: Path, names: list[str]) -> Array:
    """Expressions over columns, in the database that Python brings."""
    con = sqlite3.connect(":memory:")
    try:
        con.execute("SELECT ln(2), pow(2, 3), tanh(1)")
    except sqlite3.OperationalError:
        raise NotHere("sqlite3 has no mathematical functions here") from None
    columns = ", ".join(f'"{name}" REAL' for name in names)
    con.execute(f"CREATE TABLE t ({columns})")
    values = []
    for text, X in zip(texts, rows, strict=True):
        con.execute("DELETE FROM t")
        con.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(names))})", X.tolist())
        found = con.execute(f"SELECT {text} FROM t ORDER BY rowid").fetchall()
        values.append([np.nan if v is None else float(v) for (v,) in found])
    return np.array(values)


def excel(texts: list[str], rows: Array, folder: Path) -> Array:
    """By the PyPI package ``formulas``."""
    try:
        import formulas
    except ImportError:
        raise NotHere("not installed here: formulas") from None

    def values(text: str, X: Array) -> list[float]:
        cell = formulas.Parser().ast(text)[1].compile()
        cells = {f"{chr(65 + j)}2": X[:, j : j + 1] for j in range(X.shape[1])}
        inputs = [cells[name] for name in cell.inputs]
        if any(word in text for word in ("MAX", "MIN", "ERF")):  # these see a whole table at once
            parts = [np.ravel(cell(*row))[0] for row in zip(*inputs, strict=True)]
            found = np.array(parts, dtype=object)
        else:
            found = np.broadcast_to(np.asarray(cell(*inputs), dtype=object).ravel(), len(X))
        words = [str(v) for v in np.ravel(found)]
        return [np.nan if w.startswith("#") else float(w) for w in words]

    with np.errstate(all="ignore"):
        return np.array([values(text, X) for text, X in zip(texts, rows, strict=True)])


RUNNERS: dict[str, Callable[[list[str], Array, Path], Array]] = {
    **{target: partial(compiled, target) for target in COMPILED},
    "javascript": javascript,
    "r": r,
    "matlab": octave,
    "julia": julia,
    "python": python,
    "numpy": partial(python, whole=True),
    "excel": excel,
}
