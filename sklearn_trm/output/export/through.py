"""Functions made of others, for languages that lack them. One row a function."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

_LN2, _LN10 = math.log(2.0), math.log(10.0)


# what is made of functions that a language lacks too is said to be lacking
THROUGH: dict[str, Callable[..., Any]] = {
    "square": lambda xp, a: a * a,
    "reciprocal": lambda xp, a: 1.0 / a,
    "cbrt": lambda xp, a: xp.sign(a) * xp.power(xp.abs(a), 1.0 / 3.0),
    "exp2": lambda xp, a: xp.exp(a * _LN2),
    "log2": lambda xp, a: xp.log(a) / _LN2,
    "log10": lambda xp, a: xp.log(a) / _LN10,
    "log1p": lambda xp, a: xp.log(1.0 + a),
    "expm1": lambda xp, a: xp.tanh(a / 2.0) * (xp.exp(a) + 1.0),  # keeps the digits near 0
    "arcsinh": lambda xp, a: xp.sign(a) * xp.log(xp.abs(a) + xp.sqrt(a * a + 1.0)),
    "arccosh": lambda xp, a: xp.log(a + xp.sqrt(a - 1.0) * xp.sqrt(a + 1.0)),
    "arctanh": lambda xp, a: xp.log((1.0 + a) / (1.0 - a)) / 2.0,
    "tan": lambda xp, a: xp.sin(a) / xp.cos(a),
    "cosh": lambda xp, a: (xp.exp(a) + xp.exp(-a)) / 2.0,
    "sinh": lambda xp, a: xp.tanh(a) * (xp.exp(a) + xp.exp(-a)) / 2.0,  # keeps them too
    "hypot": lambda xp, a, b: xp.sqrt(a * a + b * b),
    "expit": lambda xp, a: 1.0 / (1.0 + xp.exp(-a)),
    "erfc": lambda xp, a: 1.0 - xp.erf(a),
    "deg2rad": lambda xp, a: a * (math.pi / 180.0),
    "rad2deg": lambda xp, a: a * (180.0 / math.pi),
}
