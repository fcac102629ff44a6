"""The page of `est.report`, in a real browser."""

import re

import numpy as np
import pandas as pd
import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor

FAST = {"model": None, "random_state": 0, "time_limit": None, "max_steps": 1}
HOSTILE = (
    "<script>alert(1)</script>", "\"quoted\" 'name' </script><!--", "مسافة", "n" * 200,
    "$\\frac{}", "a\u2028b",
)  # fmt: skip
rng = np.random.default_rng(0)


def saturation():
    S = pd.DataFrame({"S": np.linspace(0.3, 12, 14)})
    y = pd.Series(4 * S["S"] / (3 + S["S"]) + 0.03 * rng.normal(size=14), name="rate")
    return TRMSymbolicRegressor(**FAST).fit(S, y), S, y


def hostile():
    X = pd.DataFrame(rng.uniform(1, 5, (80, len(HOSTILE))), columns=HOSTILE)
    y = X.to_numpy()[:, :3].prod(axis=1) + X.to_numpy()[:, 3:].sum(axis=1)
    y = pd.Series(y + 0.1 * rng.normal(size=80), name="<b>t</b>")
    formula = "a*x0*x1*x2 + b*x3 + c*x4 + d*x5 + 0*e"
    est = TRMSymbolicRegressor(**FAST)
    est.fit(X.to_numpy(), y, template=formula.replace(" + 0*e", ""))
    est.feature_names_in_ = np.array(HOSTILE, dtype=object)  # a template needs readable names
    return est, X, y


def groups():
    X = pd.DataFrame({"who": np.repeat(["<b>", "O'Neil"], 8), "t": np.tile(np.arange(8.0), 2)})
    y = np.repeat([3.0, 5.0], 8) * X["t"] + 0.02 * rng.normal(size=16)
    return TRMSymbolicRegressor(**FAST).fit(X, y, groups="who"), X, y


def classes():
    X = rng.uniform(-2, 2, (60, 2))
    y = np.where(X[:, 0] + 0.3 * rng.normal(size=60) > 0, "in<b>", "out")
    return TRMSymbolicClassifier(**FAST, max_complexity=6).fit(X, y), X, y


def targets():
    X = np.linspace(1, 3, 20)[:, None]
    return (
        TRMSymbolicRegressor(**FAST).fit(X, np.hstack([2 * X, X**2])),
        X,
        np.hstack([2 * X, X**2]),
    )


def constant():
    X = np.linspace(1, 3, 20)[:, None]
    return TRMSymbolicRegressor(**FAST).fit(X, np.full(20, 4.0)), X, np.full(20, 4.0)


CASES = {case.__name__: case
         for case in (saturation, hostile, groups, classes, targets, constant)}  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page of each case, written when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("pages"), {}

    def page(name):
        if name not in made:
            est, X, y = CASES[name]()
            units = {HOSTILE[2]: "<i>m</i>"} if name == "hostile" else None
            est.report(folder / f"{name}.html", X, y, units=units)
            made[name] = est
        return made[name], folder / f"{name}.html"

    return page


def test_a_click_shows_another_law(pages, visit):
    est, path = pages("saturation")
    page, laws = visit(path), len(est.equations_)
    assert page.locator("h1").inner_text() == "A law for rate"
    radios = page.locator("input[type=radio]")
    assert radios.count() == page.locator("circle.law-dot").count() == laws > 3
    before = page.locator("pre").inner_text()
    page.locator("table.front tbody tr").nth(0).click()
    assert radios.nth(0).is_checked() and page.locator("pre").inner_text() != before
    assert est.short_text(0) in page.locator(".status").inner_text()
    page.locator("circle.law-dot").nth(laws - 1).click()
    assert radios.nth(laws - 1).is_checked()
    assert page.locator(".pictures figure").count() == 2
    assert page.locator(".pictures .curve").count() == 1
    assert page.locator(".pictures figure").nth(0).locator(".dot").count() == 14
    rows = page.locator(".constants tbody tr").count()
    assert rows == len(est.constants(laws - 1))


def test_code_in_each_language(pages, visit):
    est, path = pages("saturation")
    page = visit(path)
    words = page.locator("select option").evaluate_all("all => all.map((one) => one.value)")
    assert len(words) >= 10
    for word in words:
        page.locator("select").select_option(word)
        assert page.locator("pre code").text_content() == est.export(word)
    expect = pytest.importorskip("playwright.sync_api").expect
    page.locator("button.copy").click()
    expect(page.locator(".said")).to_have_text(re.compile("Copied|Selected"))  # said later


def test_by_keyboard_alone(pages, visit):
    est, path = pages("saturation")
    page = visit(path)
    chosen = int(np.flatnonzero(est.equations_["selected"])[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
        if page.evaluate("document.activeElement.type") == "radio":
            break
    page.keyboard.press("ArrowUp")
    assert page.locator("input[type=radio]:checked").get_attribute("value") == str(chosen - 1)
    assert est.short_text(chosen - 1) in page.locator(".status").inner_text()
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.tagName"))
    assert {"INPUT", "SELECT", "BUTTON", "PRE"} <= seen


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", CASES)
def test_everybody_can_read_it(pages, visit, name, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(pages(name)[1], width, scheme)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0


def test_names_are_texts(pages, visit):
    _, path = pages("hostile")
    page = visit(path)
    assert page.evaluate("[...document.scripts].length") == 2
    assert page.locator("main b, main i, main script").count() == 0
    shown = page.locator("main").inner_text()
    for name in (*HOSTILE, "<b>t</b>", "<i>m</i>"):
        assert " ".join(name.split()) in " ".join(shown.split()), name
    titles = page.locator("svg text.title").all_text_contents()
    assert any("<script>" in title for title in titles)


@pytest.mark.parametrize("name", ["saturation", "groups", "classes"])
def test_two_pages_of_paper(pages, visit, name):
    page = visit(pages(name)[1])
    whole = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", whole)) == 2
