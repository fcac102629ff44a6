"""The documentation site, as `python -m docs` has built it, in a real browser.

A full build is looked at where there is one, else a quick one; without either these are skipped.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .visiting import visiting

DOCS = Path(__file__).parents[2] / "docs"
BUILDS = [DOCS / "_build" / name for name in ("html", "quick")]
SITE = next((build for build in BUILDS if (build / "index.html").exists()), BUILDS[0])
PAGES = (
    "index", "start", "howto/noise", "auto_examples/index", "auto_examples/plot_black_body", "how",
    "api/sklearn_trm.TRMSymbolicRegressor", "benchmarks", "faq", "migration", "log/README",
)  # fmt: skip
# The theme's own, which no setting of ours mends; a page of ours adds none.
THEMES = {"summary-name"}  # arrows of its menus on phones have no text
pytestmark = pytest.mark.skipif(not SITE.exists(), reason="needs the site: python -m docs")


@pytest.fixture
def visit(browser):
    """Opens a page of the site, whose theme tells what it does."""
    schemes = ("file:", "data:", "blob:")
    with visiting(browser, lambda said: said.startswith("[PST]"), schemes) as open_:
        yield open_


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(visit, name, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(SITE / f"{name}.html", width, scheme)
    assert page.locator("h1").count() == 1
    # without its own look at style sheets, which a file may not read
    found = axe.Axe().run(page, options={"preload": False})
    own = [v for v in found.response["violations"] if v["id"] not in THEMES]
    assert not own, [(v["id"], [node["html"][:200] for node in v["nodes"][:3]]) for v in own]
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0


class Links(HTMLParser):
    """Addresses and anchors of a page."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update(filter(None, (attrs.get("id"), attrs.get("name"))))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])


def test_every_link_resolves():
    pages = {path.resolve(): Links(path) for path in SITE.rglob("*.html")
             if "_static" not in path.parts}  # fmt: skip
    assert len(pages) > 30
    lost = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            end = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages[end].anchors if end in pages else None
            anchor = unquote(parts.fragment)
            if not end.exists() or (anchor and known is not None and anchor not in known):
                lost.append((path.name, link))
    assert not lost


def test_from_the_first_page_to_a_law_and_its_method(visit):
    page = visit(SITE / "index.html")
    page.get_by_role("link", name="The first law in three minutes").click()
    page.wait_for_url("**/start.html*")
    assert page.locator("h1").inner_text().startswith("Start")
    page.locator("header").get_by_role("link", name="API", exact=True).first.click()
    page.locator("article").get_by_role("link", name="TRMSymbolicRegressor").first.click()
    method = page.locator("dt#sklearn_trm\\.TRMSymbolicRegressor\\.predict")
    method.wait_for()  # for the page, which the click only asks for
    assert method.is_visible()


def test_the_search_finds(visit):
    page = visit(SITE / "search.html")
    page.locator("article, main").locator("input[name=q]").first.fill("chi-square")
    page.keyboard.press("Enter")
    page.locator("#search-results li").first.wait_for(timeout=20_000)
    assert page.locator("#search-results li").count() > 2


def test_light_and_dark(visit):
    page = visit(SITE / "index.html")
    shades = set()
    for mode in ("Light", "Dark"):
        page.locator("header button.theme-switch-button:visible").first.click()
        page.locator("header .theme-switch-container:visible").get_by_text(mode).first.click()
        shades.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(shades) == 2


def test_no_page_loads_from_elsewhere():
    """Links may lead away; what a browser loads by itself may not."""
    outside = re.compile(
        r"<(?:script|img|iframe|link)\b[^>]*\b(?:src|href)=\"(?:https?:)?//[^\"]*\"[^>]*>"
    )
    pages = list(SITE.rglob("*.html"))
    found = {m for path in pages for m in outside.findall(path.read_text(encoding="utf-8"))}
    assert len(pages) > 60 and not {tag for tag in found if 'rel="canonical"' not in tag}


@pytest.mark.skipif(SITE.name != "html", reason="needs the full site: python -m docs")
def test_every_example_has_its_picture():
    for script in DOCS.glob("examples/plot_*.py"):
        text = (SITE / "auto_examples" / f"{script.stem}.html").read_text(encoding="utf-8")
        assert f"sphx_glr_{script.stem}_001.png" in text, script.stem
