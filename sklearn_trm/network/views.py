"""What a scientist looks at first: which simple curves fit y, or y on another scale.

Transforms of the target (y, log y, 1/y, y**2, sqrt y, exp y, log log y) are each fitted by small
bases in the columns; how little is left tells the root of a law: what is linear in logarithms is a
product of powers, what is linear after ``1/y`` a quotient. Beside them: signs, sizes, shape,
smoothness and turns in the order of a column. NumPy in float64, a batch of tables at once; some
milliseconds a table. Nothing depends on the order of columns or rows, or on the scale of y, but
for ``exp y`` and ``log log y``.
"""

from __future__ import annotations

import numpy as np

from ..expressions.least_squares import solve_normal

Array = np.ndarray

TARGETS = ("y", "log y", "1/y", "y**2", "sqrt y", "exp y", "log log y")
BASES = (
    "x", "log x", "1/x", "x x**2", "sqrt x", "exp x", "x log x", "products", "log-quadratics",
    "ratios",
)  # fmt: skip
SHAPE = (
    "rows", "columns", "positive y", "same sign", "range", "offset", "skew", "tails", "below 1",
    "whole y", "whole x", "both signs x", "positive x", "decades x", "rough", "rougher log",
    "order", "order of all", "turns", "crossings", "wave", "wave beside a line", "half powers",
    "ends level", "bend",
)  # fmt: skip
NAMES = (*(f"{t} ~ {b}" for t in TARGETS for b in BASES), *SHAPE)
N_VIEWS = len(NAMES)

_LEAST = 1e-7  # share of a target that is no longer told from nothing
_RIDGE = 1e-11
_WAVES = np.arange(1, 33) / 2.0  # periods in the range of a column
_PAIRS_OF = 6  # columns whose pairs are looked at


@np.errstate(all="ignore")
def views(X: Array, y: Array, mask: Array, columns: Array) -> Array:
    """Views of a batch of tables, shape (b, N_VIEWS), each between about -2 and 2.

    Parameters
    ----------
    X : array of shape (b, n, v)
    y : array of shape (b, n)
    mask : bool array of shape (b, n)
        Rows in use.
    columns : bool array of shape (b, v)
        Columns in use.

    Examples
    --------
    >>> x = np.linspace(1.0, 5.0, 30)[None, :, None]
    >>> y = 3 * x[..., 0] ** -1.7
    >>> all_of = views(x, y, np.ones(y.shape, bool), np.ones((1, 1), bool))[0]
    >>> float(all_of[NAMES.index("log y ~ log x")]), bool(all_of[0] < 0.5)
    (1.0, True)
    """
    m = mask.astype(float)
    X = np.where(mask[..., None] & columns[:, None], X, 0.0).astype(float)
    y = np.where(mask, y, 0.0).astype(float)
    targets, defined = _targets(y, mask)
    T = _standard(targets, m[:, None])
    left = np.stack([_left(A, T, m) for A in _bases(X, mask, columns)], axis=2)  # (b, t, bases)
    left = np.where(defined[:, :, None], left, 1.0)
    fits = _closeness(left).reshape(len(y), -1)
    shape = _shape(X, y, mask, columns, T, defined)
    out = np.concatenate([fits, shape], axis=1)
    return np.clip(np.nan_to_num(out, posinf=0.0, neginf=0.0), -2.0, 2.0).astype(np.float32)


def _closeness(left: Array) -> Array:
    """0 where nothing is explained, 1 where all is."""
    return -np.log10(np.clip(np.nan_to_num(left, nan=1.0), _LEAST, 1.0)) / -np.log10(_LEAST)


def _targets(y: Array, mask: Array) -> tuple[Array, Array]:
    """Transforms of y, shape (b, targets, n), and which of them are defined on all rows."""
    size = np.where(mask, np.abs(y), 0.0)
    scale = size.sum(1, keepdims=True) / np.maximum(mask.sum(1, keepdims=True), 1) + 1e-300
    u, signs = y / scale, np.where(mask, np.sign(y), 0.0)
    one_sign = np.abs(signs.sum(1)) == mask.sum(1)
    no_zero = np.where(mask, size, 1.0).min(1) > 1e-12 * scale[:, 0]
    small = np.where(mask, np.abs(y), 0.0).max(1) < 30.0
    above_one = np.where(mask, y, 2.0).min(1) > 1.0 + 1e-9
    a = np.where(mask, np.abs(u), 1.0)
    targets = np.stack(
        [u, np.log(a), 1.0 / np.where(mask, u, 1.0), u * u, np.sqrt(a),
         np.exp(np.clip(y, -30, 30)), np.log(np.log(np.where(mask & (y > 1.0), y, np.e)))], 1
    )  # fmt: skip
    always = np.ones(len(y), bool)
    defined = np.stack([always, one_sign & no_zero, no_zero, always, one_sign, small, above_one], 1)
    return targets, defined


def _standard(a: Array, m: Array) -> Array:
    """Zero mean and unit norm over the rows in use, which stand last; 0 where constant."""
    a = np.where(m > 0, np.nan_to_num(a, nan=0.0, posinf=1e150, neginf=-1e150), 0.0)
    a = a / (np.abs(a).max(-1, keepdims=True) + 1e-300)
    a = (a - (a.sum(-1, keepdims=True) / np.maximum(m.sum(-1, keepdims=True), 1.0))) * m
    norm = np.sqrt((a * a).sum(-1, keepdims=True))
    return np.where(norm > 1e-9, a / np.maximum(norm, 1e-9), 0.0)


def _bases(X: Array, mask: Array, columns: Array) -> list[Array]:
    """Functions of the columns, each of shape (b, k, n); 0 where a column is not in use."""
    x = np.swapaxes(X, 1, 2)
    used = mask[:, None] & columns[..., None]
    x = x / (np.where(used, np.abs(x), 0.0).max(-1, keepdims=True) + 1e-300)
    positive = np.where(used, x, 1.0).min(-1, keepdims=True) > 1e-9
    safe = np.where(used & positive, x, 1.0)
    logs = np.log(safe)
    inverse = np.where(used & (np.abs(x) > 1e-9), 1.0 / np.where(np.abs(x) > 1e-9, x, 1.0), 0.0)
    count = np.maximum(mask.sum(1), 1)[:, None, None]
    middle = x.sum(-1, keepdims=True) / count
    spread = np.sqrt((np.where(used, x - middle, 0.0) ** 2).sum(-1, keepdims=True) / count)
    unit = np.clip(x / (spread + 1e-300), -30.0, 30.0)
    i, j = np.triu_indices(min(x.shape[1], _PAIRS_OF), 1)
    both = used[:, i] & used[:, j]
    few = [np.where(both, a, 0.0) for a in (x[:, i] * x[:, j], logs[:, i] * logs[:, j],
           x[:, i] * inverse[:, j], x[:, j] * inverse[:, i])]  # fmt: skip
    grown = [np.where(used, np.exp(sign * unit), 0.0) for sign in (1.0, -1.0)]
    return [
        x, logs, inverse, np.concatenate([x, x * x], 1), np.sqrt(np.abs(x)),
        np.concatenate(grown, 1), np.concatenate([x, logs, x * logs], 1),
        np.concatenate([x, few[0]], 1), np.concatenate([logs, logs * logs, few[1]], 1),
        np.concatenate([inverse, few[2], few[3]], 1),
    ]  # fmt: skip


def _left(A: Array, T: Array, m: Array) -> Array:
    """Share of each target that is left by a linear fit on `A`, for so many rows, (b, t)."""
    A = _standard(A, m[:, None])
    k = (np.abs(A).max(-1) > 0).sum(-1)
    gram = A @ np.swapaxes(A, 1, 2)
    gram = gram + _RIDGE * np.eye(gram.shape[1])
    coefficients = solve_normal(gram, A @ np.swapaxes(T, 1, 2))  # (b, k, t)
    rest = T - np.swapaxes(coefficients, 1, 2) @ A
    n = m.sum(1)
    free = np.where(n - 1 - k > 0, n - 1 - k, np.nan)[:, None]
    return (rest**2).sum(-1) * (n[:, None] - 1) / free


def _shape(X: Array, y: Array, mask: Array, columns: Array, T: Array, defined: Array) -> Array:
    """Signs, sizes, smoothness and turns, shape (b, features of `SHAPE`)."""
    m = mask.astype(float)
    n = np.maximum(m.sum(1), 1.0)
    mean = (y * m).sum(1) / n
    size = np.sqrt((y * y * m).sum(1) / n) + 1e-300
    off = (y - mean[:, None]) * m
    spread = np.sqrt((off**2).sum(1) / n) + 1e-300
    high = np.where(mask, np.abs(y), 0.0).max(1)
    low = np.where(mask, np.abs(y), np.inf).min(1)
    x = np.swapaxes(X, 1, 2)
    used = mask[:, None] & columns[..., None]
    count = np.maximum(columns.sum(1), 1)
    positive = np.where(used, x, 1.0).min(-1) > 0
    signed = (np.where(used, x, 0.0).min(-1) < 0) & (np.where(used, x, 0.0).max(-1) > 0)
    whole = (np.where(used, np.abs(x - np.round(x)), 0.0).max(-1) < 1e-6) & columns
    x_low = np.where(used & positive[..., None], x, np.inf).min(-1)
    decades = np.log10(np.where(used, x, 0.0).max(-1) / np.where(np.isfinite(x_low), x_low, 1.0))
    decades = np.where(positive & columns, decades, 0.0)
    rough = _rough(x, T, mask, columns)
    order, crossing, turns, bend, ends = _course(x, T[:, 0], mask, columns)
    wave, beside = _waves(x, T[:, 0], mask, columns)
    exponents = _exponents(x, T[:, 1], y, mask, columns) * defined[:, 1]
    return np.stack(
        [np.log10(n) / 2, count / 5, ((y > 0) * m).sum(1) / n,
         np.abs((np.sign(y) * m).sum(1)) / n, np.log10(high / np.maximum(low, 1e-6 * high)) / 3,
         np.abs(mean) / size, (off**3).sum(1) / n / spread**3 / 3,
         np.log10((off**4).sum(1) / n / spread**4), (high <= 1.0 + 1e-9).astype(float),
         (np.where(mask, np.abs(y - np.round(y)), 0).max(1) < 1e-6).astype(float),
         whole.sum(1) / count, (signed & columns).sum(1) / count,
         (positive & columns).sum(1) / count, decades.max(1) / 3, rough[:, 0],
         rough[:, 1] * defined[:, 1], order.max(1), order.sum(1) / count, turns, crossing,
         wave, beside, exponents, ends, bend], 1
    )  # fmt: skip


def _rough(x: Array, T: Array, mask: Array, columns: Array) -> Array:
    """How far y and log y of nearest rows are apart, beside any two: 0 smooth, 1 noise."""
    unit = _standard(x, mask[:, None].astype(float)) * columns[..., None]
    square = (unit**2).sum(1)
    apart = square[:, :, None] + square[:, None] - 2.0 * np.swapaxes(unit, 1, 2) @ unit
    apart = np.where(mask[:, None] & mask[:, :, None], apart, np.inf)
    apart[:, np.arange(apart.shape[1]), np.arange(apart.shape[1])] = np.inf
    near = apart.argmin(-1)
    n = np.maximum(mask.sum(1), 1)
    out = []
    for k in (0, 1):
        jump = (T[:, k] - np.take_along_axis(T[:, k], near, 1)) * mask
        share = (jump**2).sum(1) / 2.0  # T has unit norm
        out.append(1.0 - _closeness(share))
    return np.stack(out, 1) * (n > 3)[:, None]


def _course(x: Array, t: Array, mask: Array, columns: Array) -> tuple[Array, ...]:
    """In the order of each column: rank correlation; of the one column also the turns of y."""
    b = len(x)
    n = np.maximum(mask.sum(1), 2).astype(float)
    last = np.where(mask[:, None], x, np.inf)
    index = np.argsort(last, axis=-1, kind="stable")
    place = np.argsort(index, axis=-1)
    by_y = np.argsort(np.argsort(np.where(mask, t, np.inf), axis=-1), axis=-1)
    m = mask.astype(float)
    centre = ((n - 1) / 2)[:, None]
    ranks, own = (place - centre[..., None]) * m[:, None], (by_y - centre) * m
    norm = (n**3 - n)[:, None] / 12.0
    order = np.abs(np.einsum("bvn,bn->bv", ranks, own) / norm) * columns
    # the course of y along the column that orders it best
    best = index[np.arange(b), order.argmax(1)]
    inside = np.arange(mask.shape[1])[None] < n[:, None]
    course = np.where(inside, np.take_along_axis(t, best, 1), 0.0)
    step = np.diff(course, axis=1) * inside[:, 1:]
    turns = ((step[:, 1:] * step[:, :-1] < 0) & inside[:, 2:]).sum(1) / n
    crossing = ((course[:, 1:] * course[:, :-1] < 0) & inside[:, 1:]).sum(1) / np.sqrt(n)
    quarter = np.maximum((n / 4).astype(int), 1)
    cut = np.arange(mask.shape[1])[None]

    def mean(low: Array, high: Array) -> Array:
        inner = (cut >= low[:, None]) & (cut < high[:, None])
        return (course * inner).sum(1) / np.maximum(inner.sum(1), 1) * np.sqrt(n)

    whole = n.astype(int)
    parts = [mean(k * quarter, np.minimum((k + 1) * quarter, whole)) for k in range(4)]
    first, late = parts[1] - parts[0], parts[3] - parts[2]
    total = np.abs(first) + np.abs(late) + 1e-9
    return order, crossing, turns, (late - first) / total, (np.abs(late) - np.abs(first)) / total


def _waves(x: Array, t: Array, mask: Array, columns: Array) -> tuple[Array, Array]:
    """How well one wave along a column fits y, and beside a line; the best of columns."""
    m = mask.astype(float)[:, None]
    low = np.where(mask[:, None], x, np.inf).min(-1, keepdims=True)
    high = np.where(mask[:, None], x, -np.inf).max(-1, keepdims=True)
    share = (x - low) / np.where(high > low, high - low, 1.0) * m
    best = np.zeros((2, len(x)))
    few = mask.sum(1) < 8
    for j in range(min(x.shape[1], _PAIRS_OF)):
        angle = 2 * np.pi * share[:, j, None] * _WAVES[:, None]
        pair = np.stack([np.sin(angle), np.cos(angle)], 2)  # (b, w, 2, n)
        line = _standard(share[:, j], m[:, 0])
        for k, beside in enumerate((None, line)):
            target = t if beside is None else t - (t * beside).sum(-1, keepdims=True) * beside
            waves = (
                pair
                - (pair * m[..., None, :]).sum(-1, keepdims=True)
                / np.maximum(m.sum(-1), 1.0)[..., None, None]
            ) * m[..., None, :]
            if beside is not None:
                along = (waves * beside[:, None, None]).sum(-1, keepdims=True)
                waves = waves - along * beside[:, None, None]
            gram = waves @ np.swapaxes(waves, -1, -2) + 1e-9 * np.eye(2)
            right = (waves * target[:, None, None]).sum(-1)
            power = (right * solve_normal(gram, right[..., None])[..., 0]).sum(-1).max(-1)
            total = np.maximum((target**2).sum(-1), 1e-12)
            found = _closeness(1.0 - np.minimum(power / total, 1.0)) * columns[:, j]
            best[k] = np.maximum(best[k], np.where(few, 0.0, found))
    return best[0], best[1]


def _exponents(x: Array, t: Array, y: Array, mask: Array, columns: Array) -> Array:
    """How near the exponents of a power law lie to halves: 1 all of them, 0 none."""
    used = mask[:, None] & columns[..., None]
    positive = np.where(used, x, 1.0).min(-1) > 0
    logs = np.log(np.where(used & positive[..., None], x, 1.0))
    m = mask.astype(float)
    n = np.maximum(m.sum(1), 1.0)[:, None, None]
    A = (logs - logs.sum(-1, keepdims=True) / n) * m[:, None]
    raw = np.log(np.where(mask & (y != 0), np.abs(y), 1.0))
    raw = (raw - raw.sum(-1, keepdims=True) / n[..., 0]) * m
    gram = A @ np.swapaxes(A, 1, 2) + 1e-9 * np.eye(A.shape[1])
    exponents = solve_normal(gram, A @ raw[..., None])[..., 0]
    near = np.exp(-((exponents - np.round(2 * exponents) / 2) ** 2) / 0.02**2)
    weight = (positive & columns).astype(float)
    return (near * weight).sum(1) / np.maximum(weight.sum(1), 1.0)
