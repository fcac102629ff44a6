"""Small public data sets that ship with the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Semi-major axis (million km) and sidereal period (days).
_PLANETS = (
    ("Mercury", 57.91, 87.969),
    ("Venus", 108.21, 224.701),
    ("Earth", 149.60, 365.256),
    ("Mars", 227.92, 686.980),
    ("Jupiter", 778.57, 4332.589),
    ("Saturn", 1433.53, 10759.22),
    ("Uranus", 2872.46, 30685.4),
    ("Neptune", 4495.06, 60189.0),
)
_ASTRONOMICAL_UNIT, _YEAR = _PLANETS[2][1:]


def load_planets() -> pd.DataFrame:
    """Distances and periods of the eight planets, in units of the Earth's.

    Returns
    -------
    DataFrame of shape (8, 2), indexed by the planet's name
        ``distance``: semi-major axis in astronomical units;
        ``period``: sidereal period in years.

    References
    ----------
    NASA, Planetary Fact Sheets (one a planet; values as published until 2021).

    Examples
    --------
    >>> load_planets().loc["Mars"].round(3).tolist()
    [1.524, 1.881]
    """
    import pandas as pd

    names, distance, period = zip(*_PLANETS, strict=True)
    table = pd.DataFrame({"distance": distance, "period": period})
    table.index = pd.Index(names, name="planet")
    return table / [_ASTRONOMICAL_UNIT, _YEAR]
