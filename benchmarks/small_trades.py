"""Everyday and textbook laws of many trades, in real units, measured a few times each.

Every second kind belongs to the validation half, which is looked at once a part: nothing may be
tuned on it. A further group goes to the end and has an even number of kinds, so that no kind
changes its half. Laws are facts of textbooks; numbers, rows and errors were chosen by us.
Angles are in degrees or radians, times in the unit that the trade uses, temperatures in degrees
Celsius unless a comment says otherwise.
"""

from __future__ import annotations

from .small_tables import Kind, among, at, crossed, even, every, logs

HALVES = ("open", "validation")

LIVING = (
    Kind("bacteria, growth", "{0.05}*exp({0.69}*x0)", even(0, 6, 13), share=0.05),
    Kind("tree height, Chapman-Richards", "{32}*(1 - exp(-{0.045}*x0))**{1.6}", every(5, 5, 105),
         noise=0.4),
    Kind("fish length, von Bertalanffy", "{78}*(1 - exp(-{0.31}*(x0 + {0.4})))", every(1, 1, 13),
         noise=0.8),
    Kind("tumour, Gompertz", "{1200}*exp(-{6.1}*exp(-{0.09}*x0))", every(3, 0, 61), share=0.04),
    Kind("yeast, logistic", "{665}/(1 + {72}*exp(-{0.53}*x0))", every(1, 0, 19), noise=8),
    Kind("leaf area by length", "{0.21}*x0**{2.13}", among(25, (2, 18)), share=0.06),
    Kind("metabolic rate by mass", "{3.4}*x0**{0.75}", logs(0.02, 4000, 16), share=0.1),
    Kind("species by area", "{28}*x0**{0.26}", logs(0.1, 5000, 18), share=0.08),
    Kind("prey eaten, Holling II", "{0.62}*x0/(1 + {0.014}*x0)",
         at(5, 10, 20, 30, 45, 60, 80, 100, 125, 150, 175, 200), noise=0.9),
    Kind("prey eaten, Holling III", "{18}*x0**2/({900} + x0**2)", even(4, 120, 16), noise=0.4),
    Kind("recruits by stock, Ricker", "{3.2}*x0*exp(-x0/{450})", among(30, (30, 1400)),
         share=0.08),
    Kind("photosynthesis by light", "{24}*x0/({260} + x0) - {1.8}", even(0, 2000, 15), noise=0.35),
)  # fmt: skip

CHEMISTRY = (
    Kind("first order, minutes", "{0.85}*exp(-{0.037}*x0)", every(6, 0, 91), noise=0.008),
    Kind("second order, seconds", "1/({1.25} + {0.048}*x0)", every(10, 0, 201), noise=0.006),
    # kelvin
    Kind("Arrhenius", "{2.6e11}*exp(-{78000}/(8.314*x0))", every(5, 290, 351), share=0.03),
    Kind("consecutive reactions", "{1.7}*(exp(-{0.08}*x0) - exp(-{0.31}*x0))", even(0, 60, 21),
         noise=0.015),
    Kind("adsorption, Langmuir", "{3.9}*x0/({4.8} + x0)", logs(0.5, 60, 14), share=0.03),
    Kind("adsorption, Freundlich", "{1.9}*x0**{0.42}", logs(0.1, 100, 12), share=0.05),
    Kind("adsorption, BET", "{54}*x0/((1 - x0)*(1 + {59}*x0))", even(0.03, 0.45, 14), share=0.015),
    Kind("enzyme with a competitive inhibitor", "{12}*x0/({2.4} + {3.43}*x1 + x0)",
         crossed([0.5, 1, 2, 4, 8, 16], [0, 0.5, 1, 2]), share=0.03),
    Kind("enzyme, inhibited by its substrate", "{9.5}*x0/({1.3} + x0 + x0**2/{22})",
         logs(0.1, 100, 18), share=0.03),
    Kind("electrode, Nernst", "{0.222} - {0.0257}*log(x0)", logs(1e-4, 1, 9), noise=0.0008),
    Kind("vapour pressure, Antoine", "{8.07} - {1730}/({233.4} + x0)", every(5, 10, 101), digits=3),
    Kind("titration of a buffer", "{4.76} + {0.4343}*log(x0/({25} - x0))", even(2, 20, 12),
         noise=0.02),
    Kind("absorbance, Beer", "{0.0124}*x0", at(5, 10, 20, 30, 40, 50), noise=0.004),
)  # fmt: skip

MEDICINE = (
    Kind("oral dose, Bateman", "{31}*(exp(-{0.18}*x0) - exp(-{1.4}*x0))", logs(0.25, 24, 12),
         share=0.05),
    Kind("infusion, two compartments", "{62}*exp(-{1.9}*x0) + {21}*exp(-{0.14}*x0)",
         logs(0.1, 24, 14), share=0.03),
    Kind("dose and response on a base", "{8} + {91}/(1 + ({3.7}/x0)**{1.3})", logs(0.05, 300, 18),
         noise=1.5),
    Kind("body surface, DuBois", "{0.0072}*x0**{0.425}*x1**{0.725}",
         among(40, (50, 110), (150, 195)), share=0.01),
    Kind("creatinine, Cockcroft", "({140} - x0)*x1/({72}*x2)",
         among(50, (20, 85), (48, 110), (0.6, 2.4)), share=0.02),
    Kind("body mass index", "x0/x1**2", among(30, (45, 120), (1.5, 2.0)), digits=1, numbers=1),
)  # fmt: skip

PHYSICS = (
    Kind("image distance of a lens", "1/({8.33} - 1/x0)", even(0.4, 1.2, 14), share=0.01),
    Kind("dispersion, Cauchy", "{1.458} + {3540}/x0**2", every(25, 400, 701), digits=4),
    Kind("polarizer, counts", "{410}*cos(x0*pi/180)**2 + {12}", every(10, 0, 181), counts=True,
         numbers=3),
    Kind("refraction, Snell", "asin(sin(x0)/{1.52})", even(0.1, 1.4, 12), noise=0.004),
    Kind("absorption line, Lorentz", "{5.4}/(1 + ((x0 - {9.2})/{0.35})**2) + {0.6}",
         even(7.5, 11, 50), noise=0.06),
    Kind("single slit", "{17.4}*(sin({2.4}*x0)/x0)**2", even(0.1, 4, 40), noise=0.6),
    Kind("pendulum", "{2.006}*sqrt(x0)", even(0.2, 2, 10), noise=0.01),
    Kind("fall, clock started early", "{4.905}*x0**2 + {0.12}", even(0.1, 1.2, 12), noise=0.01),
    Kind("coffee cools", "{21} + {64}*exp(-{0.043}*x0)", every(5, 0, 91), noise=0.4),
    # kelvin
    Kind("radiation into a room", "{3.1e-8}*x0**4 - {228}", even(320, 900, 16), share=0.02),
    Kind("decay counts on a background", "{840}*exp(-{0.021}*x0) + {35}", every(10, 0, 241),
         counts=True),
    Kind("decay counts, errors known", "{1900}*exp(-x0/{64}) + {80}", every(12, 0, 301),
         counts=True, known=True),
    Kind("lamp at a distance", "{5200}/(x0 + {1.4})**2", even(5, 40, 12), share=0.02),
    Kind("speed of sound", "{331.3}*sqrt(1 + x0/273.15)", every(5, -20, 41), noise=0.3,
         numbers=2),
    Kind("spark, Paschen", "{36}*x0/(log(x0) + {1.9})", logs(0.5, 20, 20), share=0.02),
    Kind("spring, damped", "{3.1}*exp(-{0.21}*x0)*cos({4.6}*x0)", even(0, 8, 100), noise=0.05,
         numbers=4),
)  # fmt: skip

WATER = (
    Kind("open channel, Manning", "{33}*x0**(2/3)*sqrt(x1)", among(30, (0.3, 4), (2e-4, 4e-3)),
         share=0.04, numbers=3),
    Kind("river rating, errors known", "{14.2}*(x0 - {0.35})**{1.62}", among(22, (1, 4.5)),
         share=0.04, known=True),
    Kind("orifice", "{0.0137}*sqrt(x0)", even(0.2, 3, 12), share=0.015),
    Kind("pipe, Darcy-Weisbach", "{0.00097}*x0*x2**2/x1",
         among(40, (5, 80), (0.02, 0.2), (0.4, 3)), share=0.03),
    Kind("pump", "{48} - {0.0121}*x0**2", even(0, 55, 12), noise=0.4),
    Kind("soil moisture by suction", "{0.41}/(1 + ({0.021}*x0)**{0.7})", logs(1, 15000, 15),
         noise=0.006),
    Kind("vapour over water, Magnus", "{6.112}*exp({17.62}*x0/({243.1} + x0))",
         every(2.5, -20, 46), digits=2),
    Kind("wind by height", "{1.05}*log(x0/{0.03})", at(2, 5, 10, 20, 40, 80, 120), share=0.02),
    Kind("infiltration, Philip", "{31}/sqrt(x0) + {7.5}", logs(2, 120, 14), share=0.03),
    Kind("tide", "{1.9}*cos({0.506}*x0 - {1.2}) + {2.4}", every(0.5, 0, 48), digits=1),
    Kind("hours of daylight", "{12.2} + {4.3}*sin(2*pi*(x0 - {81})/{365.25})", every(15, 5, 361),
         digits=1),
)  # fmt: skip

ELECTRICITY = (
    Kind("capacitor charges", "{5}*(1 - exp(-x0/{2.2}))", even(0, 10, 21), digits=2),
    Kind("diode", "{1.2e-9}*exp(x0/{0.0462})", every(0.02, 0.4, 0.73), share=0.03),
    Kind("low pass", "1/sqrt(1 + (x0/{1590})**2)", logs(50, 50000, 16), share=0.02, numbers=2),
    Kind("resonance, kHz", "{0.8}/sqrt(1 + ({0.0308}*x0 - {6370}/x0)**2)", even(400, 520, 31),
         share=0.02),
    Kind("voltage divider", "{12}*x1/(x0 + x1)", among(25, (1, 47), (1, 47)), share=0.01),
    Kind("thermocouple, mV", "{0.0403}*x0 + {1.9e-5}*x0**2", every(20, 0, 301), digits=2),
)  # fmt: skip

MATERIALS = (
    Kind("yield by grain, Hall-Petch", "{82} + {520}/sqrt(x0)", logs(2, 200, 12), noise=5),
    Kind("fatigue, Basquin", "{1450}*x0**-{0.11}", logs(1e3, 1e7, 14), share=0.03),
    Kind("strain, Ramberg-Osgood", "x0/{71000} + (x0/{800})**{9.5}", even(50, 500, 20),
         share=0.02),
    Kind("creep", "{0.0013}*x0**(1/3) + {6e-6}*x0", logs(10, 2000, 20), share=0.02, numbers=3),
    Kind("viscosity, Andrade", "{0.0021}*exp({1860}/(x0 + 273.15))", every(5, 5, 91), share=0.02,
         numbers=3),
    # kelvin
    Kind("heat capacity of a cold metal", "{1.3}*x0 + {0.048}*x0**3", even(1.5, 10, 18),
         share=0.02),
    Kind("strength of concrete", "{46}*x0/({4.2} + x0)", at(1, 3, 7, 14, 28, 56, 90), noise=0.8),
)  # fmt: skip

MONEY = (
    Kind("savings by year", "{1000}*{1.043}**(x0 - 2000)", every(1, 2000, 2021), digits=2),
    Kind("demand by price", "{840}*x0**-{1.35}", even(1.5, 9, 18), share=0.05),
    Kind("output, Cobb-Douglas", "{1.7}*x0**{0.33}*x1**{0.67}", among(30, (10, 200), (5, 90)),
         share=0.03),
    Kind("hours by piece, learning", "{95}*x0**-{0.32}", at(1, 2, 4, 8, 16, 32, 64, 128),
         share=0.03),
    Kind("profit by output", "{38}*x0 - {0.21}*x0**2 - {240}", even(10, 160, 16), noise=25),
    Kind("households with a telephone", "{92}/(1 + exp(-{0.42}*(x0 - {1998})))",
         every(1, 1985, 2013), noise=0.8),
    Kind("food by income, Engel", "{118}*log(x0) - {540}", logs(300, 8000, 25), noise=15),
    Kind("taxi", "{3.4} + {1.85}*x0", among(9, (1, 25)), digits=1),
    Kind("stopping distance", "{0.28}*x0 + {0.0059}*x0**2", every(10, 20, 161), digits=0),
    Kind("boiling point by height", "{100} - {0.0033}*x0", every(400, 0, 4001), digits=1),
)  # fmt: skip

SENSES = (
    Kind("brightness, Stevens", "{1.4}*x0**{0.33}", logs(0.01, 1000, 11), share=0.06),
    Kind("sensation, Fechner", "{2.1}*log(x0/{0.4})", logs(1, 500, 10), noise=0.2),
    Kind("loudness by level", "2**((x0 - {40})/{10})", every(5, 40, 101), share=0.06),
    Kind("forgetting", "{84}*x0**-{0.12}", logs(0.3, 744, 9), noise=1.2),
    Kind("pointing, Fitts", "{0.11} + {0.2}*log(2*x0/x1)",
         crossed([40, 80, 160, 320], [5, 10, 20, 40]), noise=0.015, numbers=3),
    Kind("threshold of two choices", "{0.5} + {0.5}/(1 + exp(-{1.1}*(x0 - {4.2})))",
         even(0, 9, 19), noise=0.015),
    Kind("choice time, Hick", "{0.21} + {0.15}*log(x0 + 1)", every(1, 1, 11), noise=0.008,
         numbers=3),
)  # fmt: skip

SKY = (
    Kind("planets, days", "{365.25}*x0**1.5", at(0.387, 0.723, 1, 1.524, 5.203, 9.54, 19.2, 30.1),
         share=0.004, numbers=2),
    Kind("luminosity by mass", "{1.05}*x0**{3.6}", logs(0.4, 15, 20), share=0.1),
    Kind("Hubble, errors known", "{70.2}*x0", among(12, (20, 400)), noise=400, known=True),
    Kind("variable star by Julian day", "{12.4} + {0.45}*sin(2*pi*(x0 - 2459000)/{5.37} + {0.8})",
         among(60, (2459000, 2459040)), noise=0.03),
    Kind("black body, one temperature", "{9.1}*x0**3/(exp({2.6}*x0) - 1)", even(0.1, 4, 25),
         noise=0.01, numbers=3),
    Kind("starlight through air", "{7.2} + {0.24}/cos(x0*pi/180)", every(7, 0, 64), noise=0.01,
         numbers=3),
)  # fmt: skip

TRADES = (
    *LIVING, *CHEMISTRY, *MEDICINE, *PHYSICS, *WATER, *ELECTRICITY, *MATERIALS, *MONEY, *SENSES,
    *SKY,
)  # fmt: skip


def half(name: str) -> tuple[Kind, ...]:
    """The kinds to look at (``"open"``), or those kept for validation.

    >>> len(half("open")) == len(half("validation")), half("open")[0].name
    (True, 'bacteria, growth')
    """
    return TRADES[HALVES.index(name) :: len(HALVES)]
