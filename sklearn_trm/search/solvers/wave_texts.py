"""How a fitted sum of waves is written: ``a*exp(-b*x)*cos(w*x + p) + c``, and products."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ...expressions.tree import Node, call, const, var
from ..assemble import solve
from ..builders import clean, power, weighted_sum
from .wave_sums import Fitted, Rows, Wave

Array = np.ndarray

_FLOATS = 700.0  # exponents of numbers that floats hold
_LARGEST = 40.0  # exponent: beyond it a number in front would hide what is meant
_ALIKE = 0.25  # relative difference of amplitudes, and radians, that may be none
_SPACED = 0.5  # radians over the range

Term = tuple[float, Node, float, float]  # amplitude, envelope, frequency, phase of a cosine


@dataclass(frozen=True, eq=False)
class Writer:
    """Writes sums of waves of a column `j` with ascending values `x`."""

    rows: Rows
    x: Array
    j: int
    allowed: Collection[str]

    def law(self, found: Fitted) -> Node:
        """The sum as a law."""
        weights, nodes = [], []
        for amplitude, envelope, frequency, phase in self._terms(found):
            wave, sign = self._wave(frequency, phase)
            weights.append(amplitude * sign)
            nodes.append(_times(envelope, wave))
        return self._with_trend(found, weights, nodes)

    def products(self, found: Fitted) -> list[Node]:
        """Laws with fewer numbers that a sum of one, two or three waves may be.

        One wave whose amplitude is a line; two waves of one amplitude, a product of two; three
        of evenly spaced frequencies, a carrier whose amplitude is a wave on a level.
        """
        terms = sorted(self._terms(found), key=lambda term: term[2])
        if len(terms) == 1:
            damped = [name for name, _ in found.sum.waves[0].rates] == ["x"]
            return self._ramped(found, terms[0][2]) if damped else []
        if not 2 <= len(terms) <= 3 or len({w.rates != () for w in found.sum.waves}) > 1:
            return []
        low, high = terms[0], terms[-1]
        if abs(low[0] - high[0]) > _ALIKE * (low[0] + high[0]):
            return []
        size, envelope = 0.5 * (low[0] + high[0]), max(terms, key=lambda term: term[0])[1]
        if len(terms) == 2:
            mean = 0.5 * (high[2] + low[2]), 0.5 * (high[3] + low[3])
            half = 0.5 * (high[2] - low[2]), 0.5 * (high[3] - low[3])
            (fast, sign), (slow, other) = self._wave(*mean), self._wave(*half)
            wave = _times(envelope, slow * fast)
            return [self._with_trend(found, [2 * size * sign * other], [wave])]
        carrier = terms[1]
        apart = abs(high[2] + low[2] - 2 * carrier[2]) * float(np.ptp(self.x))
        before, after = carrier[3] - low[3], high[3] - carrier[3]
        turned = math.remainder(after - before, 2 * math.pi)
        if apart > 2 * _SPACED or abs(turned) > 2 * _ALIKE:
            return []
        slow, sign = self._wave(0.5 * (high[2] - low[2]), before + 0.5 * turned)
        fast, other = self._wave(carrier[2], carrier[3])
        level = weighted_sum([2 * size * sign * other], [slow], carrier[0] * other)
        return [self._with_trend(found, [1.0], [_times(envelope, level * fast)])]

    def _ramped(self, found: Fitted, frequency: float) -> list[Node]:
        """``(a + b*x)*cos(w*x + p)``: of sine and cosine times 1 and x the nearest such product."""
        r = self.rows
        angle, x = frequency * self.x, r.envelopes["x"]
        waves = np.array([np.cos(angle), -np.sin(angle)])
        columns = np.vstack([waves, x * waves, *[r.trends[name] for name in found.sum.trend]])
        c = solve(columns, r.values, r.weight)[0]
        if not np.isfinite(c).all():
            return []
        left, size, right = np.linalg.svd(c[:4].reshape(2, 2))
        level, slope = left[:, 0] * size[0]
        slope /= float(np.ptp(self.x))
        amplitude = weighted_sum([slope], [var(self.j)], level - slope * float(self.x[0]))
        wave, sign = self._wave(frequency, math.atan2(right[0, 1], right[0, 0]))
        return [self._with_trend(found, [sign], [amplitude * wave])]

    # ------------------------------------------------------------------ parts

    def _terms(self, found: Fitted) -> list[Term]:
        span = float(np.ptp(self.x))
        out = []
        for k, wave in enumerate(found.sum.waves):
            a, b = self._pair(found, k)
            factor, envelope = self._envelope(wave)
            size = math.hypot(a, b) * factor
            out.append((size, envelope, wave.frequency / span, -math.atan2(a, b)))
        return out

    def _pair(self, found: Fitted, k: int) -> tuple[float, float]:
        """Numbers in front of sine and cosine."""
        at = sum(len(w.parts) for w in found.sum.waves[:k])
        own = dict(zip(found.sum.waves[k].parts, found.coefficients[at:], strict=False))
        return float(own.get("sin", 0.0)), float(own.get("cos", 0.0))

    def _wave(self, frequency: float, phase: float) -> tuple[Node, float]:
        """``cos(frequency*x + phase)``, by a sine where that has no phase, and its sign."""
        name, sign = "cos", 1.0
        quarter = round(phase / (math.pi / 2))
        off = phase - quarter * math.pi / 2
        if abs(off) < 1e-12:
            name = "sin" if quarter % 2 else "cos"
            sign = (1.0, -1.0, -1.0, 1.0)[quarter % 4]
            phase = 0.0
        if name not in self.allowed:
            turn = math.pi / 2 if name == "cos" else -math.pi / 2
            name, phase = ("sin", phase + turn) if name == "cos" else ("cos", phase + turn)
        phase = math.remainder(phase, 2 * math.pi)
        angle = const(clean(frequency, 1e-8)) * var(self.j)
        if phase:
            angle = angle + const(phase) if phase > 0 else angle - const(-phase)
        return call(name, angle), sign

    def _envelope(self, wave: Wave) -> tuple[float, Node]:
        """A number and what it stands in front of."""
        x, start, span = var(self.j), float(self.x[0]), float(np.ptp(self.x))
        rates = dict(wave.rates)
        if not rates:
            return 1.0, const(1.0)
        top = float(np.max(sum(r * self.rows.envelopes[name] for name, r in wave.rates)))
        if "log" in rates:
            scale = _bounded_exp(-rates["log"] * math.log(float(self.x[-1])) - top)
            return scale, power(x, clean(rates["log"], 1e-6))
        if "x2" in rates:
            middle = -0.5 * rates["x"] / rates["x2"]
            place = start + middle * span
            away = x - const(place) if place > 0 else x + const(-place)
            inner = const(rates["x2"] / span**2) * call("square", away)
            return _bounded_exp(-rates["x2"] * middle**2 - top), call("exp", inner)
        return self._exponential(rates["x"], top)

    def _exponential(self, rate: float, top: float) -> tuple[float, Node]:
        x, start, k = var(self.j), float(self.x[0]), rate / float(np.ptp(self.x))
        if abs(k) * float(np.abs(self.x).max()) <= _LARGEST:
            return _bounded_exp(-k * start - top), call("exp", const(k) * x)
        away = x - const(start) if start > 0 else x + const(-start)
        return _bounded_exp(-top), call("exp", const(k) * away)

    def _with_trend(self, found: Fitted, weights: list[float], nodes: list[Node]) -> Node:
        s = found.sum
        values = found.coefficients[len(found.coefficients) - len(s.decays) - len(s.trend) :]
        offset, weights, nodes = 0.0, list(weights), list(nodes)
        for rate, c in zip(s.decays, values, strict=False):
            factor, node = self._exponential(rate, max(rate, 0.0))
            weights.append(float(c) * factor)
            nodes.append(node)
        top, size = float(np.abs(self.x).max()), float(np.sqrt(np.mean(self.rows.values**2)))
        for name, value in zip(s.trend, values[len(s.decays) :], strict=True):
            c = float(value)
            if abs(c) * float(np.abs(self.rows.trends[name]).max()) <= 1e-13 * size:
                continue
            if name == "1":
                offset = c
            elif name == "x":
                weights.append(c / top)
                nodes.append(var(self.j))
            elif name == "x2":
                weights.append(c / top**2)
                nodes.append(call("square", var(self.j)))
            else:
                weights.append(c)
                nodes.append(var(int(name[1:])))
        return weighted_sum(weights, nodes, offset)


def _times(envelope: Node, wave: Node) -> Node:
    return wave if envelope.is_const else envelope * wave


def _bounded_exp(value: float) -> float:
    """Where it is bounded the law is none: far from zero a column has no power of use."""
    return math.exp(min(max(value, -_FLOATS), _FLOATS))
