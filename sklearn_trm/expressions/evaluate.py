"""Evaluate expressions on tables: a compiled `Program` (NumPy, float64).

A program is a flat list of instructions on registers. It evaluates many
settings of the constants at once (multi-start) and gives the exact Jacobian by
one reverse sweep: rows are independent, so the adjoint of a constant *is* its
column of the Jacobian.
"""

from __future__ import annotations

import numpy as np

from .operators import OPS
from .tree import Node

BLOCK = 16384  # rows worked on at once: memory stays bounded and registers stay in the cache


class Program:
    """A tree compiled to instructions over registers.

    Parameters
    ----------
    node : Node
        The expression. Its numeric leaves, in preorder, are the free constants.

    Attributes
    ----------
    constants : ndarray of shape (k,)
        Values of the numeric leaves.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm.expressions.tree import const, var
    >>> Program(const(2.0) * var(0)).values(np.array([[1.0], [3.0]]))
    array([2., 6.])
    """

    def __init__(self, node: Node) -> None:
        self._code: list[tuple[str, tuple[int, ...], float]] = []
        seen: dict[Node, int] = {}
        consts: list[float] = []
        self._const_registers: list[int] = []

        def emit(n: Node) -> int:
            if n.is_const:  # never shared: each numeric leaf is its own parameter
                self._code.append(("const", (), len(consts)))
                consts.append(n.value)
                self._const_registers.append(len(self._code) - 1)
                return len(self._code) - 1
            free = len(consts)
            if n in seen:
                return seen[n]
            args = tuple(emit(c) for c in n.children)
            self._code.append((n.op, args, n.value))
            register = len(self._code) - 1
            if len(consts) == free:  # holds no constant: safe to share
                seen[n] = register
            return register

        emit(node)
        self.constants = np.array(consts, dtype=float)
        # registers that depend on a constant: only these move, only these have a slope
        self._moves: list[bool] = []
        for op, args, _ in self._code:
            self._moves.append(op == "const" or any(self._moves[a] for a in args))

    def fixed_part(self, X: np.ndarray) -> list[np.ndarray | None]:
        """What no constant changes, evaluated once for many calls on the same `X`."""
        registers = self._forward(X, self.constants, None)
        return [None if moves else r for r, moves in zip(registers, self._moves, strict=True)]

    def _forward(
        self, X: np.ndarray, c: np.ndarray, fixed: list[np.ndarray | None] | None
    ) -> list[np.ndarray]:
        registers: list[np.ndarray] = []
        with np.errstate(all="ignore"):
            for i, (op, args, value) in enumerate(self._code):
                known = None if fixed is None else fixed[i]
                if known is not None:
                    registers.append(known)
                elif op == "const":
                    registers.append(c[..., int(value), None])
                elif op == "var":
                    registers.append(X[:, int(value)])
                else:
                    registers.append(OPS[op].apply(np, *(registers[a] for a in args)))
        return registers

    def values(
        self,
        X: np.ndarray,
        c: np.ndarray | None = None,
        fixed: list[np.ndarray | None] | None = None,
    ) -> np.ndarray:
        """Values on the rows of `X`.

        Parameters
        ----------
        X : ndarray of shape (n, d)
        c : ndarray of shape (..., k), optional
            Settings of the constants; the tree's own when omitted.
        fixed : list, optional
            ``fixed_part(X)``, to save its work.

        Returns
        -------
        ndarray of shape (..., n)
        """
        c = self.constants if c is None else np.asarray(c, dtype=float)
        out = self._forward(X, c, fixed)[-1]
        return np.array(np.broadcast_to(out, (*c.shape[:-1], len(X))))

    def values_and_jacobian(
        self,
        X: np.ndarray,
        c: np.ndarray,
        fixed: list[np.ndarray | None] | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Values of shape (..., n) and Jacobian of shape (..., k, n)."""
        c = np.asarray(c, dtype=float)
        registers = self._forward(X, c, fixed)
        shape = (*c.shape[:-1], len(X))
        adjoint: list[np.ndarray | float] = [0.0] * len(registers)
        adjoint[-1] = np.ones(shape)
        with np.errstate(all="ignore"):
            for i in range(len(registers) - 1, -1, -1):
                op, args, _ = self._code[i]
                if not args or not self._moves[i]:
                    continue
                partials = OPS[op].derivative(registers[i], *(registers[a] for a in args))
                for a, partial in zip(args, partials, strict=True):
                    if self._moves[a]:
                        adjoint[a] = adjoint[a] + adjoint[i] * partial
        jac = np.empty((*c.shape[:-1], len(self.constants), len(X)))
        for j, register in enumerate(self._const_registers):
            jac[..., j, :] = adjoint[register]
        return np.array(np.broadcast_to(registers[-1], shape)), jac


def evaluate(node: Node, X: np.ndarray) -> np.ndarray:
    """Values of `node` on the rows of `X`, shape (n,); nan where undefined."""
    program, X = Program(node), np.asarray(X, dtype=float)
    if len(X) <= BLOCK:
        return program.values(X)
    return np.concatenate([program.values(X[i : i + BLOCK]) for i in range(0, len(X), BLOCK)])
