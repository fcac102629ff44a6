"""A law as something to call: NumPy, JAX, PyTorch. The op table runs on their arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import NotInstalledError
from ...expressions.evaluate import evaluate
from ...expressions.operators import OPS
from ...expressions.text import to_text
from ...expressions.tree import Node, constants
from .languages import LANGUAGES
from .trace import free_leaves, run, trace


class NumpyLaw:
    """A law as a function of a table; it can be pickled.

    Examples
    --------
    >>> from sklearn_trm.expressions.text import parse
    >>> law = NumpyLaw(parse("2*x0/x1"))
    >>> law, law([[1.0, 4.0]])
    (NumpyLaw('2*x0/x1'), array([0.5]))
    """

    def __init__(self, node: Node, names: Sequence[str] | None = None) -> None:
        self.node, self.names = node, names

    def __call__(self, X: Any) -> np.ndarray:
        return evaluate(self.node, np.asarray(X, dtype=float))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NumpyLaw) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)

    def __repr__(self) -> str:
        return f"NumpyLaw({to_text(self.node, self.names)!r})"


def _run(node: Node, xp: Any, X: Any, leaves: dict[int, Any]) -> Any:
    """Value of a law by another array library; `leaves` replace its numeric leaves."""
    leaf = -1

    def visit(n: Node) -> Any:
        nonlocal leaf
        if n.is_const:
            leaf += 1
            return leaves.get(leaf, n.value)
        if n.is_var:
            return X[:, n.column]
        return OPS[n.op].apply(xp, *[visit(child) for child in n.children])

    with np.errstate(all="ignore"):  # of numbers divided by zero
        return visit(node)


def _values(node: Node, free: dict[int, int]) -> list[float]:
    return [value for leaf, value in enumerate(constants(node)) if leaf in free]


def jax_callable(node: Node) -> dict[str, Any]:
    """``{"callable": f(X, parameters), "parameters": array}``, as PySR gives it."""
    import jax.numpy as jnp

    free = free_leaves(node)
    values = np.array(_values(node, free), dtype=float)

    def law(X: Any, parameters: Any = None) -> Any:
        X = jnp.asarray(X)
        c = values if parameters is None else parameters
        leaves = {leaf: c[i] for leaf, i in free.items()}
        return jnp.broadcast_to(_run(node, jnp, X, leaves), X.shape[:1])

    return {"callable": law, "parameters": jnp.asarray(values)}


def torch_module(node: Node) -> Any:
    """A ``torch.nn.Module`` of a table, whose constants are parameters.

    Raises
    ------
    NotInstalledError
        If PyTorch is not installed; the source text needs none.
    """
    try:
        import torch
    except ImportError as error:
        raise NotInstalledError(
            "PyTorch is not installed: `pip install torch`, or take the text of export('torch')"
        ) from error

    def tensor(a: Any) -> Any:
        known = isinstance(a, torch.Tensor)
        return a if known else torch.as_tensor(a, dtype=torch.float64)

    class _Functions:
        def __getattr__(self, function: str) -> Any:
            name = LANGUAGES["torch"].spell(function).removeprefix("torch.")

            def call(*args: Any) -> Any:
                tensors = [isinstance(a, torch.Tensor) for a in args]
                if not (function == "power" and any(tensors)):  # a power takes numbers too
                    args = tuple(map(tensor, args))
                return getattr(torch, name)(*args)

            return call

    free = free_leaves(node)
    values = _values(node, free)
    code = trace(node, free, LANGUAGES["torch"].functions)

    class Law(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.constants = torch.nn.Parameter(torch.tensor(values, dtype=torch.float64))

        def forward(self, X: Any) -> Any:
            c = self.constants.to(X.dtype)
            out = run(code, _Functions(), X, c)[-1]
            return torch.as_tensor(out, dtype=X.dtype).expand(X.shape[0])

    return Law()
