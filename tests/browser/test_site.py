"""The documentation site, in a real browser: ``python -m docs`` has to have built it."""

import functools
import threading
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

BUILD = Path(__file__).parents[2] / "docs" / "_build"
LOOKED_AT = ("index", "start", "how", "howto/noise", "limits", "faq", "api", "auto_examples/index")
NOT_OURS = {
    "auto_examples/index": {"link-name"},  # thumbnails of sphinx-gallery
}


@pytest.fixture(scope="module")
def site():
    for name in ("html", "quick"):
        if (BUILD / name / "index.html").exists():
            return BUILD / name
    pytest.skip("needs the site: python -m docs --quick")


class Quiet(SimpleHTTPRequestHandler):
    """Without a log, and with an empty icon, which browsers ask for by themselves."""

    def log_message(self, *words):
        pass

    def do_GET(self):
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture(scope="module")
def address(site):
    """The site as a server gives it: its search reads pages, which files may not."""
    served = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), served) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(10)


@pytest.fixture
def page_of(browser, address):
    """Opens pages; errors, and requests beyond the site, fail the test."""
    contexts, complaints = [], []

    def open_(name, width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: m.type == "error"
                and complaints.append(f"{m.text} {m.location}"))  # fmt: skip
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(address)
                or complaints.append(request.url))  # fmt: skip
        page.goto(f"{address}/{name}.html")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


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


def test_every_link_resolves(site):
    pages = {path.resolve(): Links(path) for path in site.rglob("*.html")
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


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_pages_open(address, page_of, width, scheme):
    """No complaints, no network (`page_of` looks), nothing wider than the window."""
    page = page_of("index", width, scheme)
    for name in LOOKED_AT:
        page.goto(f"{address}/{name}.html")
        assert page.locator("h1").count() == 1, name
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, name


def test_a_reader_finds_the_way(address, page_of):
    page = page_of("index")
    page.locator("article a[href*='start.html']").first.click()
    assert page.url.startswith(f"{address}/start.html")
    page.goto(f"{address}/search.html?q=export")
    page.locator("#search-results li a").first.wait_for()
    assert page.locator("#search-results li").count() > 1


@pytest.mark.parametrize("name", LOOKED_AT)
def test_everybody_can_read_it(page_of, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page_of(name), "article", {"preload": False})
    rules = {rule["id"]: rule["nodes"][0]["target"] for rule in found.response["violations"]}
    assert not {k: v for k, v in rules.items() if k not in NOT_OURS.get(name, ())}
