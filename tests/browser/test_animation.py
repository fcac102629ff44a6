"""The page of `est.plot.animation`, in a real browser: it plays, by mouse and by keyboard."""

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicRegressor

NAMES = ["<script>alert(1)</script>", "\"q\" 'n' </script><!--"]


@pytest.fixture(scope="module")
def page_path(tmp_path_factory):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(1, 5, (50, 2)), columns=NAMES)
    est = TRMSymbolicRegressor(time_limit=None, max_steps=2, search=False, random_state=0)
    est.fit(X, np.sin(X[NAMES[0]]) * X[NAMES[1]] + 0.1 * rng.normal(size=50))
    return est.plot.animation(tmp_path_factory.mktemp("animation") / "aha.html")


@pytest.mark.parametrize("width", [1280, 390])
def test_it_plays(visit, page_path, width):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(page_path, width)
    page.wait_for_function("Number(document.getElementById('at').value) >= 2")  # by itself
    page.click("#play")
    assert page.text_content("#play") == "Play"
    page.focus("#at")
    page.keyboard.press("End")
    last = page.get_attribute("#at", "max")
    assert page.input_value("#at") == last
    assert page.text_content("#now").startswith("At rest. Best law now: ")
    assert NAMES[0] in page.text_content("#now") or NAMES[1] in page.text_content("#now")
    assert page.locator("#grid circle").count() >= 1
    assert page.text_content("#when").startswith("step 2, iteration ")
    page.keyboard.press("Home")
    assert page.locator("#latent circle").count() == 4 + 16  # lanes and cloud
    assert page.locator("#grid circle").count() == 0  # nothing is written yet
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).response["violations"] == []
