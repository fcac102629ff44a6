"""How each language spells the functions that operators are made of: one row a function.

The op table says what an operator computes, with the names of NumPy; a new operator made of
functions below needs nothing here, one made of a new function needs one row.
"""

from __future__ import annotations

from ..errors import ExportError

_LANGUAGES = ("python", "c", "rust", "sql", "torch")

# numpy: python, c, rust (methods), sql, torch
_TABLE: dict[str, tuple[str, str, str, str, str]] = {
    "sqrt": ("math.sqrt", "sqrt", "sqrt", "SQRT", "torch.sqrt"),
    "exp": ("math.exp", "exp", "exp", "EXP", "torch.exp"),
    "log": ("math.log", "log", "ln", "LN", "torch.log"),
    "sin": ("math.sin", "sin", "sin", "SIN", "torch.sin"),
    "cos": ("math.cos", "cos", "cos", "COS", "torch.cos"),
    "tan": ("math.tan", "tan", "tan", "TAN", "torch.tan"),
    "tanh": ("math.tanh", "tanh", "tanh", "TANH", "torch.tanh"),
    "sinh": ("math.sinh", "sinh", "sinh", "SINH", "torch.sinh"),
    "cosh": ("math.cosh", "cosh", "cosh", "COSH", "torch.cosh"),
    "arcsin": ("math.asin", "asin", "asin", "ASIN", "torch.asin"),
    "arccos": ("math.acos", "acos", "acos", "ACOS", "torch.acos"),
    "arctan": ("math.atan", "atan", "atan", "ATAN", "torch.atan"),
    "abs": ("abs", "fabs", "abs", "ABS", "torch.abs"),
    "power": ("math.pow", "pow", "powf", "POWER", "torch.pow"),
}


def spell(function: str, language: str) -> str:
    """Name of a NumPy function in a language ("numpy" and "jax" spell it as NumPy does).

    Raises
    ------
    ExportError
        If the table has no row for the function.

    Examples
    --------
    >>> spell("arcsin", "c"), spell("log", "rust"), spell("log", "jax")
    ('asin', 'ln', 'jnp.log')
    """
    if language in ("numpy", "jax"):
        return f"{'np' if language == 'numpy' else 'jnp'}.{function}"
    row = _TABLE.get(function)
    if row is None:
        raise ExportError(f"no spelling of {function!r} for {language}: add it to spelling.py")
    return row[_LANGUAGES.index(language)]


def all_names() -> frozenset[str]:
    """Every name of the table: no column of a source text may be called so."""
    return frozenset(name.split(".")[-1] for row in _TABLE.values() for name in row) | set(_TABLE)
