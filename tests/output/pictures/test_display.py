"""Every picture draws: whatever the columns are called, on few, many and undefined rows."""

from __future__ import annotations

import inspect
import io
import logging
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import sklearn_trm
from sklearn_trm import LawDisplay, TRMSymbolicClassifier, TRMSymbolicRegressor
from sklearn_trm.errors import DataError, NotInstalledError
from sklearn_trm.output.pictures import animation
from sklearn_trm.output.pictures.display import Display

RNG = np.random.default_rng(0)
X = RNG.uniform(1, 5, (30, 2))
FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1,
        "unary_operators": ["log"], "max_complexity": 9}  # fmt: skip
DISPLAYS = [getattr(sklearn_trm, n) for n in sklearn_trm.__all__ if n.endswith("Display")]
HOSTILE = [
    "Temp(°C)", "W/m²", "cost $", "a $b$ c_d^2", "{k}%#&^", "a\\b'~\"`", r"\frac x_{1}", "",
    "</script><script>alert(1)</script>", "w" * 200, "two\nlines",
]  # fmt: skip


def draw(est, X, y, kind, **options):
    """One picture, really rendered."""
    from matplotlib import pyplot as plt

    plot = est.plot
    display = {
        "law": lambda: plot.law(X, y, **options),
        "front": lambda: plot.front(**options),
        "residuals": lambda: plot.residuals(X, y, **options),
        "partial_dependence": lambda: plot.partial_dependence(X, **options),
        "series": lambda: plot.series(X, y, **options),
        "overview": lambda: plot(X, y, **options),
    }[kind]()
    display.figure_.set_layout_engine("none")  # quicker
    out = io.BytesIO()
    display.figure_.savefig(out, dpi=30)
    plt.close(display.figure_)
    assert out.getvalue().startswith(b"\x89PNG")
    return display


@pytest.mark.parametrize("width", [1, 2])
def test_any_name_is_drawn_as_it_is(width, caplog):
    y = X[:, :width].prod(axis=1)
    est = TRMSymbolicRegressor(**FAST).fit(X[:, :width], y)
    for i, name in enumerate(HOSTILE):
        names = [name, HOSTILE[i - 1]][:width]
        est.feature_names_in_ = np.array(names, dtype=object)
        table = pd.DataFrame(X[:, :width], columns=names)
        with caplog.at_level(logging.WARNING):  # where a font lacks a sign
            display = draw(est, table[:9], y[:9], "law", target=name, labels=[name] * 9)
        ax = display.ax_
        assert not any(t.get_parse_math() for t in (ax.xaxis.label, ax.yaxis.label, *ax.texts))
        if 0 < len(name) < 20 and "\n" not in name:
            assert ax.get_xlabel() == (name if width == 1 else f"law's {name}")
            assert ax.get_ylabel().endswith(name)
        assert ax.get_title(loc="left")  # the law
    draw(est, table, y, "overview", title=HOSTILE[-1], caption=True)
    draw(est, table, y, "partial_dependence")
    assert not caplog.records


def test_a_table_of_any_kind_is_drawn():
    log = TRMSymbolicRegressor(**FAST).fit(X, np.log(X[:, 0] * X[:, 1]))
    some, none = X * [1.0, 1.0], X * [-1.0, 1.0]
    some[::3, 0] *= -1  # where the law is undefined
    wide = RNG.uniform(1, 2, (60, 14))
    twelve = " + ".join(f"x{j}" for j in range(12))
    sums = TRMSymbolicRegressor(**{**FAST, "max_complexity": 40})
    sums.fit(wide, wide[:, :12].sum(1), guesses=[twelve])
    level = TRMSymbolicRegressor(**FAST).fit(X, np.full(30, 3.0))
    for est, table in ((log, X[:1]), (log, some), (log, none), (sums, wide), (level, X)):
        for kind in ("law", "residuals", "partial_dependence"):
            draw(est, table, np.arange(1.0, len(table) + 1), kind)
        draw(est, table, None, "front")
    assert "10 rows: the law is undefined" in _texts(draw(log, some, np.ones(30), "law").ax_)
    assert len(draw(sums, wide, None, "partial_dependence").ax_) == 9


def test_classes_groups_and_losses_are_drawn():
    member = np.where(X[:, 0] > 3 + 0.5 * RNG.normal(size=30), "b", "a")
    classes = TRMSymbolicClassifier(**FAST).fit(X, member)
    names = pd.DataFrame({"dose": X[:, 0], "who": np.repeat(["A", "B", "C"], 10)})
    groups = TRMSymbolicRegressor(**{**FAST, "unary_operators": []})
    groups.fit(names, X[:, 0] * np.repeat([1, 2, 3], 10), groups="who")
    huber = TRMSymbolicRegressor(**FAST, loss="huber").fit(X[:, :1], X[:, 0] + RNG.normal(size=30))
    for kind in ("law", "residuals", "overview"):
        draw(classes, X, member, kind)
        draw(groups, names, X[:, 0], kind)
        draw(huber, X[:, :1], X[:, 0], kind)
    assert draw(groups, names, X[:, 0], "law").curve.shape[0] == 3  # one curve a group
    assert draw(classes, X, member, "law").ax_.get_ylabel() == "probability of b"
    with pytest.raises(DataError, match="2 laws"):
        TRMSymbolicRegressor(**FAST).fit(X, X).plot.front()


def test_every_picture_says_what_to_look_for():
    assert len(DISPLAYS) == 10
    for cls in DISPLAYS:
        doc = " ".join(inspect.getdoc(cls).split())
        assert issubclass(cls, Display) and cls.caption in doc and ">>>" in doc
        assert cls.from_estimator.__doc__ and cls.caption.endswith(".")
    assert animation.CAPTION in " ".join(inspect.getdoc(animation.animation).split())


def test_axes_figures_and_captions_are_the_users():
    from matplotlib import pyplot as plt
    from matplotlib.figure import Figure

    est = TRMSymbolicRegressor(**FAST).fit(X, X[:, 0] * X[:, 1])
    figure, axes = plt.subplots(1, 2)
    display = LawDisplay.from_estimator(est, X, X[:, 0] * X[:, 1], ax=axes[0])
    assert display.ax_ is axes[0] and display.figure_ is figure
    assert display.plot(ax=axes[1], caption=True).ax_ is axes[1]  # again, elsewhere
    assert figure.get_supxlabel().startswith("Look for")
    part = Figure(layout="constrained").subfigures(1, 2)[0]
    own = est.plot.residuals(X, X[:, 0], ax=part, caption=True)
    assert len(own.ax_) == 2
    assert len(est.plot.residuals(X, X[:, 0], ax=plt.subplots()[1]).ax_) == 2  # shared
    with pytest.raises(DataError, match="1 axes, and this picture has 2"):
        est.plot.residuals(X, X[:, 0], ax=[axes[0]])


def test_the_accessor_leaves_nothing_behind():
    est = TRMSymbolicRegressor(**FAST)
    with pytest.raises(NotFittedError):
        est.plot.front()
    est.fit(X, X[:, 0])
    before = pickle.dumps(est)
    est.plot.law(X, X[:, 0])
    assert pickle.dumps(est) == before and "plot" not in vars(est)
    assert not hasattr(clone(est), "_fitted") and "plot.{" in repr(est.plot)


def test_what_to_do_is_said(monkeypatch):
    est = TRMSymbolicRegressor(**FAST).fit(X, X[:, 0])
    for picture in (est.plot.velocity, est.plot.latent, est.plot.grid, est.plot.animation):
        with pytest.raises(DataError, match="model=None"):
            picture()
    with pytest.raises(DataError, match="no column 'z': columns are x0, x1"):
        est.plot.law(X, X[:, 0], column="z")
    with pytest.raises(ValueError, match="complexity"):
        est.plot.front(by="size")
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(NotInstalledError, match=r'pip install "sklearn-trm\[viz\]"'):
        est.plot.law(X, X[:, 0])


def _texts(ax):
    return [t.get_text() for t in ax.texts]
