"""Pictures are drawn without windows, and closed."""

import pytest

pytest.importorskip("matplotlib")

import matplotlib

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def close_figures():
    from matplotlib import pyplot as plt

    yield
    plt.close("all")
