"""Pictures: really drawn, whatever the columns are called."""

from __future__ import annotations

import io
import logging

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor
from sklearn_trm.output.plot import _math, plot_fit, save_fit

pytest.importorskip("matplotlib")

X = np.random.default_rng(0).uniform(1, 5, (30, 2))
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": [], "max_complexity": 9}  # fmt: skip
NAMES = [
    "Temp(°C)",
    "W/m²",
    "cost $",
    "a $b$ c_d^2",
    "{k}%#&",
    "a\\b'~\"`",
    "x_{1}",
    r"\frac",
    "^",
    "",
]


@pytest.mark.parametrize("width", [1, 2])
def test_any_name_is_drawn_as_it_is(width, caplog) -> None:
    y = X[:, :width].prod(axis=1)
    est = TRMSymbolicRegressor(**FAST).fit(X[:, :width], y)
    for i, name in enumerate(NAMES):
        names = [name, NAMES[i - 1]][:width]
        est.feature_names_in_ = np.array(names, dtype=object)
        table = pd.DataFrame(X[:, :width], columns=names)
        options = {"target": name, "title": name, "labels": [name], "units": (name, name)}
        fig, out = plot_fit(est, table, y, **options), io.BytesIO()
        fig.set_layout_engine("none")  # quicker
        with caplog.at_level(logging.WARNING):  # where a font lacks a sign
            fig.savefig(out, dpi=30)
        assert out.getvalue().startswith(b"\x89PNG")
        ax = fig.axes[0]
        unit = f" ({name})" if name else ""
        expected = name if width == 1 else f"law's {name}"
        assert ax.get_xlabel() == expected + unit
        assert ax.get_ylabel().endswith(name + unit)
        assert not any(t.get_parse_math() for t in (ax.xaxis.label, ax.yaxis.label))
        assert ax.texts[-1].get_text()  # the law
    assert not caplog.records


def test_the_law_in_a_picture_is_set_as_mathematics(tmp_path) -> None:
    est = TRMSymbolicRegressor(**FAST).fit(X, X[:, 0] / X[:, 1])
    est.feature_names_in_ = np.array(["a_b $", "W/m²"], dtype=object)
    table = pd.DataFrame(X, columns=est.feature_names_in_)
    save_fit(tmp_path / "law.png", est, table, X[:, 0] / X[:, 1], target="T(°C)")
    assert (tmp_path / "law.png").stat().st_size > 20_000
    text, how = _math(est, "T(°C)")
    assert text == r"$\mathrm{T(°C)} = \dfrac{\,\mathrm{a\_b\ \$}}{\,\mathrm{W/m²}}$"
    assert how == {"math_fontfamily": "dejavusans"}  # the other fonts lack these signs
