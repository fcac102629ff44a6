"""Textbook laws of two and three columns of many trades, in real units; clean and with 2% noise.

Every second law belongs to the validation half, which is looked at once a part: nothing may be
tuned on it. A further law goes to the end, two at a time, so that no law changes its half. Laws
are facts of textbooks; numbers, rows and errors were chosen by us. What is trivial, a product of
powers alone, is left out. Temperatures are in kelvin unless a comment says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from sklearn_trm.expressions.evaluate import evaluate
from sklearn_trm.expressions.text import parse

from .forms import plain
from .small_tables import Kind, among, crossed

HALVES = ("several", "several-validation")
NOISE = 0.02  # of the spread

LAWS = (
    # chemistry and biology
    Kind("mixed inhibition", "{14}*x0/({2.1}*(1 + x1/{3.5}) + x0*(1 + x1/{9}))",
         crossed([0.5, 1, 2, 4, 8, 16, 32], [0, 1, 2, 4, 8, 12, 16, 20, 25]), numbers=4),
    Kind("uncompetitive inhibition", "{9}*x0/({1.5} + x0*(1 + x1/{4}))",
         crossed([0.25, 0.5, 1, 2, 4, 8, 16, 32], [0, 1, 2, 4, 8, 12, 16, 20])),
    Kind("two substrates in turn", "{20}*x0*x1/({1.2}*x1 + {3.4}*x0 + x0*x1)",
         among(80, (0.2, 12), (0.2, 20))),
    Kind("two substrates in order", "{20}*x0*x1/({5} + {1.2}*x1 + {3.4}*x0 + x0*x1)",
         among(80, (0.2, 12), (0.2, 20))),
    Kind("rate by temperature and pressure", "{4.1e6}*exp(-{6200}/x0)*x1**{1.4}",
         among(70, (300, 400), (0.2, 5))),
    Kind("adsorption of two gases", "{4.2}*x0/(1 + {0.8}*x0 + {0.3}*x1)",
         among(70, (0.1, 8), (0.1, 12))),
    Kind("competitive antagonist, Gaddum", "{100}*x0**{1.4}/(({2} + {4}*x1)**{1.4} + x0**{1.4})",
         crossed([0.5, 1, 2, 4, 8, 16, 32, 64, 128], [0, 0.5, 1, 2, 4, 8]), numbers=5),
    Kind("oral dose by weight", "{1.9}*x0*(exp(-{0.2}*x1) - exp(-{1.3}*x1))",
         among(80, (10, 80), (0.2, 14))),
    Kind("injection, allometric", "{0.9}*x0*exp(-{0.13}*x1)/x2**{0.75}",
         among(90, (10, 80), (0.2, 14), (45, 110))),
    Kind("infusion", "x0/{4.2}*(1 - exp(-{0.3}*x1))", among(70, (10, 80), (0.2, 12))),
    Kind("foraging with interference", "{2.4}*x0/(1 + {0.3}*x0 + {0.5}*x1)",
         crossed([1, 2, 4, 8, 12, 16, 24, 32], [0, 1, 2, 3, 4, 6, 8, 10])),
    Kind("light and warmth", "{24}*x0/(x0 + {260})*exp(-((x1 - {22})/{9})**2)",  # Celsius
         among(120, (20, 1500), (5, 38))),
    Kind("growth by food and alcohol", "{0.9}*x0/(x0 + {0.4})*(1 - x1/{90})",
         among(80, (0.05, 5), (0, 70))),
    Kind("recruits by stock and warmth", "x0*exp({1.2} - {0.004}*x0 + {0.08}*x1)",
         among(80, (20, 700), (2, 14))),
    Kind("germination by time and warmth", "{92}/(1 + exp({6} - {0.7}*x0 - {0.11}*x1))",
         among(90, (1, 12), (4, 30))),
    Kind("activity in salt water", "-{0.51}*x0**2*sqrt(x1)/(1 + {1.3}*sqrt(x1))",
         crossed([1, 2, 3], np.geomspace(1e-3, 0.4, 22).tolist()), numbers=2),
    # pressure, heat, air
    Kind("van der Waals", "0.08314*x1/(x0 - {0.0427}) - {3.64}/x0**2",  # litre, bar
         among(100, (0.15, 2), (280, 400)), numbers=3),
    Kind("vapour over a mixture", "x1*exp({16.1} - {2760}/(x0 + {219}))",  # Celsius
         among(80, (20, 90), (0.1, 1))),
    Kind("wind chill", "{13.12} + {0.6215}*x0 - {11.37}*x1**{0.16} + {0.3965}*x0*x1**{0.16}",
         among(120, (-40, 5), (5, 90)), numbers=5),
    Kind("psychrometer", "{6.11}*exp({17.6}*x1/({243} + x1)) - {0.67}*(x0 - x1)",  # Celsius
         lambda rng: np.column_stack([(t := rng.uniform(8, 38, 100)), t - rng.uniform(0, 8, 100)])),
    Kind("a body cools in a room", "x0 + (x1 - x0)*exp(-{0.043}*x2)",  # Celsius
         among(80, (5, 30), (50, 95), (0, 60))),
    Kind("heat from a wall", "{5.1e-8}*(x0**4 - x1**4) + {9}*(x0 - x1)",
         among(80, (300, 700), (270, 310))),
    Kind("evaporation, Dalton", "({0.26} + {0.14}*x0)*(x1 - x2)",
         among(80, (0, 8), (8, 40), (3, 8))),
    Kind("mean temperature difference", "(x0 - x1)/log(x0/x1)", among(60, (40, 90), (5, 35)),
         numbers=1),
    # water
    Kind("weir with contractions", "{1.84}*(x0 - {0.2}*x1)*x1**1.5",
         among(60, (1, 6), (0.1, 1.2))),
    Kind("infiltration of soils", "x0*sqrt(x1) + {0.4}*x1", among(60, (1, 9), (0.1, 30)),
         numbers=2),
    Kind("pipe friction, Swamee-Jain", "{0.25}/log({0.27}*x0 + {5.74}/x1**{0.9})**2",
         lambda rng: np.column_stack([np.exp(rng.uniform(np.log(1e-4), np.log(0.03), 120)),
                                      np.exp(rng.uniform(np.log(5e3), np.log(1e6), 120))])),
    Kind("packed bed, Ergun", "{150}*(1 - x0)**2/x0**3*x1 + {1.75}*(1 - x0)/x0**3*x1**2",
         among(100, (0.3, 0.7), (5, 300)), numbers=3),
    # light and waves
    Kind("driven oscillator", "{80}/sqrt(({25} - x0**2)**2 + (x1*x0)**2)",
         among(120, (1, 9), (0.8, 3)), numbers=3),
    Kind("polarizer in light", "x0*cos(x1 - {0.3})**2 + {0.4}", among(80, (1, 8), (0, 3.1)),
         numbers=3),
    Kind("beam radius", "x1*sqrt(1 + (x0/({3}*x1**2))**2)", among(70, (0, 12), (0.4, 2))),
    Kind("two beams", "x0 + x1 + 2*sqrt(x0*x1)*cos({2.3}*x2)",
         among(120, (1, 6), (1, 6), (0, 4)), numbers=2),
    Kind("glass by wavelength and warmth", "{1.46} + {3540}/x0**2 - {0.0001}*x1",
         among(70, (400, 750), (0, 90))),
    Kind("two lenses", "1/(1/x0 + 1/x1 - x2/(x0*x1))", among(80, (20, 60), (20, 60), (1, 12)),
         numbers=1),
    # materials
    Kind("flow stress, Johnson-Cook", "({350} + {275}*x0**{0.36})*(1 + {0.022}*log(x1))",
         lambda rng: np.column_stack([rng.uniform(0.01, 0.6, 90),
                                      np.exp(rng.uniform(0, np.log(5000), 90))])),
    Kind("strength by grain and alloy", "{70} + {740}/sqrt(x0) + {32}*x1**{0.67}",
         among(80, (5, 150), (0.2, 6))),
    Kind("creep, Larson-Miller", "x0*({20} + log(x1))", among(60, (700, 1000), (10, 5000)),
         numbers=2),
    Kind("survival by load", "exp(-(x0*x1/{30})**{1.6})", among(80, (1, 10), (0.5, 8))),
    # electricity
    Kind("diode by temperature", "{2e-6}*(exp({7733}*x0/x1) - 1)",
         among(80, (0.1, 0.4), (280, 350)), numbers=3),
    Kind("low pass by resistance", "{5}/sqrt(1 + ({0.3}*x0*x1)**2)",
         among(70, (0.2, 6), (0.5, 6))),
    Kind("coaxial cable", "{55.6}*x0/log(x1/x2)", among(80, (1, 3.5), (4, 12), (0.5, 2))),
    Kind("cell by temperature, Nernst", "{0.77} + {8.617e-5}*x0*log(x1/x2)",
         among(80, (280, 360), (0.01, 1), (0.01, 1))),
    # money
    Kind("output, constant elasticity", "({0.9}*x0**{0.4} + {1.6}*x1**{0.4})**{2.5}",
         among(90, (2, 60), (2, 60)), numbers=4),
    Kind("output on a base", "{12} + {1.7}*x0**{0.3}*x1**{0.65}", among(80, (5, 200), (5, 90))),
    Kind("loan by rate and term", "x0*x1/(1 - (1 + x1)**(-x2))",
         among(100, (50, 400), (0.02, 0.12), (3, 30)), numbers=1),
    Kind("share of a brand", "{100}/(1 + exp({0.3}*x0 - {0.5}*x1))", among(80, (2, 16), (2, 12))),
    # products of curves, and a curve beside them
    Kind("field of three columns, few rows",
         "{300} + {50}*exp(-{4}*x0)*sin({3.1}*x1) + {20}*x2**2",
         among(150, (0, 1), (0, 1), (0, 1)), numbers=7),
    Kind("dose and time on a base", "{80}*x0/(x0 + {12})*(1 - exp(-{0.4}*x1)) + {5}",
         among(120, (1, 100), (0.2, 10))),
    Kind("season on a trend", "({4} + {0.3}*x0)*(1 + {0.5}*sin({0.52}*x1))",
         among(100, (0, 20), (0, 24))),
    Kind("damped by distance and time", "{6}*exp(-{0.4}*x0)*cos({2.2}*x1) + {1.5}*x0",
         among(120, (0, 5), (0, 6))),
    Kind("peak on a warm slope", "{3}*exp(-((x0 - {5})/{1.2})**2) + {0.8}*exp({0.35}*x1)",
         among(120, (0, 10), (0, 6))),
    Kind("saturation and loss", "{18}*x0/(x0 + {3}) - {0.7}*x1**{1.5}",
         among(90, (0.3, 20), (0.2, 6))),
)  # fmt: skip


def half(name: str) -> tuple[Kind, ...]:
    """The laws of a half, each without noise and with.

    >>> [kind.name for kind in half("several")[:2]]
    ['mixed inhibition, clean', 'mixed inhibition, noise']
    """
    return tuple(_measured(LAWS[HALVES.index(name) :: len(HALVES)]))


def _measured(kinds: tuple[Kind, ...]) -> Iterator[Kind]:
    for kind in kinds:
        assert not isinstance(kind.columns, str)
        X = kind.columns(np.random.default_rng(0))
        size = NOISE * float(np.std(evaluate(parse(plain(kind.law)), X)))
        yield replace(kind, name=f"{kind.name}, clean")
        yield replace(kind, name=f"{kind.name}, noise", noise=size)
