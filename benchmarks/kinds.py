"""Noisy kinds of small tables with the law behind each: 8 to 200 rows, one to three columns.

Textbook curves of many trades and the kinds that people ask about. A number 1 in a law is a word
of its text; other numbers, whole exponents aside, are fitted to the noisy rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse
from sklearn_trm.expressions.tree import Node

Array = np.ndarray
Rows = Callable[[np.random.Generator], Array]


@dataclass(frozen=True)
class Kind:
    """A law, where it is measured, and how badly.

    Attributes
    ----------
    name, truth : str
    rows : callable
        Draws X of shape (n, d).
    noise : float
        Standard deviation of the errors.
    share : float
        Standard deviation of the errors relative to the value.
    """

    name: str
    truth: str
    rows: Rows
    noise: float = 0.0
    share: float = 0.0

    @property
    def law(self) -> Node:
        return parse(self.truth)

    def draw(self, seed: int) -> tuple[Array, Array, Array]:
        """X, noisy y and clean y; the rows are the same for every seed, the noise is not.

        Examples
        --------
        >>> X, y, clean = KINDS["line, 8 rows"].draw(0)
        >>> X.shape, y.shape, float(clean[0])
        ((8, 1), (8,), 3.0)
        """
        X = self.rows(np.random.default_rng(sum(map(ord, self.name))))
        clean = evaluate(self.law, X)
        rng = np.random.default_rng([seed, sum(map(ord, self.name))])
        errors = rng.standard_normal((2, len(clean)))
        return X, clean * (1.0 + self.share * errors[0]) + self.noise * errors[1], clean


def _even(low: float, high: float, n: int) -> Rows:
    return lambda rng: np.linspace(low, high, n)[:, None]


def _drawn(n: int, *ranges: tuple[float, float]) -> Rows:
    low, high = np.array(ranges).T
    return lambda rng: rng.uniform(low, high, (n, len(ranges)))


def _crossed(*columns: list[float]) -> Rows:
    grid = np.stack(np.meshgrid(*columns, indexing="ij"), axis=-1)
    return lambda rng: grid.reshape(-1, len(columns))


_ALL = (
    # straight and bent lines
    Kind("line, 8 rows", "1.5*x0 + 3", _even(0, 10, 8), 0.3),
    Kind("line, 20 rows", "1.5*x0 + 3", _even(0, 10, 20), 0.3),
    Kind("parabola", "0.3*x0**2 - 2*x0 + 5", _even(0, 8, 15), 0.3),
    Kind("fall", "4.9*x0**2", _even(0.1, 2, 20), 0.3),
    Kind("cubic", "0.1*x0**3 - 1.1*x0 + 2", _even(-4, 4, 30), 0.4),
    Kind("inverse square on a level", "12/x0**2 + 0.5", _even(1, 8, 24), 0.1),
    Kind("pendulum", "2.006*sqrt(x0)", _even(0.1, 2, 10), share=0.02),
    Kind("power law", "3.2*x0**0.42", _even(1, 30, 25), share=0.02),
    Kind("logarithm", "3.2*log(x0) + 1.7", _even(1, 20, 30), 0.1),
    # decay and growth
    Kind("decay to a level, 12 rows", "5*exp(-1.3*x0) + 2", _even(0, 5, 12), 0.05),
    Kind("decay to a level, 100 rows", "5*exp(-1.3*x0) + 2", _even(0, 5, 100), 0.1),
    Kind("decay to a level, loud", "5*exp(-1.3*x0) + 2", _even(0, 5, 60), 0.3),
    Kind("decay in seconds", "80*exp(-0.0025*x0) + 20", _even(60, 3060, 200), 0.2),
    Kind("charging", "7.2*(1 - exp(-0.62*x0))", _even(0.2, 8, 15), 0.15),
    Kind("two decays", "4.1*exp(-2.2*x0) + 2.3*exp(-0.31*x0)", _even(0, 8, 80), 0.03),
    Kind("growth by year", "exp(0.0165*x0 - 31.241)", _even(1960, 2020, 61), share=0.01),
    Kind("Arrhenius", "2100000*exp(-5020/x0)", _even(280, 360, 20), share=0.03),
    Kind("diode", "0.0031*(exp(x0/0.052) - 1)", _even(0.02, 0.3, 25), share=0.03),
    # saturation and sigmoids
    Kind("saturation, 8 rows", "4*x0/(3.1 + x0)", _even(1, 20, 8), 0.04),
    Kind("saturation, 20 rows", "4*x0/(3.1 + x0)", _even(0, 20, 20), 0.04),
    Kind("saturation, inhibited", "8*x0/(2.2 + x0 + x0**2/15.5)", _even(0.2, 30, 40), 0.1),
    Kind("sigmoid", "4.2/(1 + exp(0.5 - 2.1*x0))", _even(-3, 3, 30), 0.1),
    Kind("Hill curve", "6.1/(1 + 1.3/x0**2.7)", _even(0.1, 4, 25), 0.05),
    Kind("logistic counts", "2700/(1 + exp(7.5 - 0.25*x0))", _even(1, 37, 37), 8.0),
    Kind("Gompertz", "10.3*exp(-4.1*exp(-0.52*x0))", _even(0, 12, 40), 0.15),
    Kind("turning to a level", "3.1*tanh(0.81*x0)", _even(-4, 4, 30), 0.1),
    # peaks and waves
    Kind("peak on a level", "4*exp(-1.1*(x0 - 6.2)**2) + 1.2", _even(0, 12, 60), 0.1),
    Kind("resonance", "5.2/(1 + 2.8*(x0 - 3.1)**2)", _even(0, 6, 50), 0.15),
    Kind("wave on a level", "3.1*sin(1.7*x0 + 0.4) + 2.2", _even(0, 8, 60), 0.3),
    Kind("damped wave", "2.2*exp(-0.21*x0)*sin(2.1*x0)", _even(0, 12, 100), 0.06),
    # two columns
    Kind("ratio", "2.5*x0/x1", _drawn(40, (1, 5), (1, 5)), share=0.05),
    Kind("square over column", "3.1*x0**2/x1", _drawn(60, (1, 5), (1, 5)), share=0.02),
    Kind("power law of two", "1.62*x0**0.29*x1**(-0.57)",
         _crossed([2.0, 4, 8, 16, 32], [100.0, 400, 1000, 2000]), share=0.05),
    Kind("plane", "2.1*x0 - 1.3*x1 + 4.2", _drawn(30, (0, 5), (0, 5)), 0.4),
    Kind("damped product", "4.1*x1*exp(-0.52*x0)", _drawn(50, (0, 5), (1, 4)), 0.1),
    Kind("parallel resistors", "x0*x1/(x0 + x1)", _drawn(40, (1, 9), (1, 9)), share=0.02),
    Kind("length of a vector", "sqrt(x0**2 + x1**2)", _drawn(40, (1, 5), (1, 5)), 0.05),
    Kind("competitive inhibition", "5.1*x0/(x0 + 2.2 + 0.71*x1)",
         _drawn(60, (0.2, 15), (0, 9)), 0.05),
    # three columns
    Kind("product, 1%", "2.5*x0*x1/x2", _drawn(100, (1, 5), (1, 5), (1, 5)), share=0.01),
    Kind("product, 5%", "2.5*x0*x1/x2", _drawn(30, (1, 5), (1, 5), (1, 5)), share=0.05),
    Kind("ideal gas", "8.314*x0*x1/x2", _drawn(100, (1, 10), (260, 360), (0.01, 0.1)), share=0.003),
    Kind("two energies", "0.51*x0*x1**2 + 9.81*x0*x2",
         _drawn(80, (1, 4), (1, 6), (0.1, 3)), share=0.03),
    Kind("screened", "3.2*x0*exp(-x1/x2)", _drawn(100, (1, 5), (1, 5), (1, 5)), 0.1),
    Kind("sum and product", "1.2*x0 + 2.3*x1*x2", _drawn(60, (0, 5), (0, 3), (0, 3)), 0.4),
)  # fmt: skip
KINDS = {kind.name: kind for kind in _ALL}
