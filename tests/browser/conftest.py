"""Debian's Chromium, driven by playwright; without either these tests are skipped."""

import shutil

import pytest

WORDS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser():
    sync = pytest.importorskip(
        "playwright.sync_api", reason='needs playwright: pip install ".[browser]"'
    )
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(WORDS))
        yield running
        running.close()


@pytest.fixture
def visit(browser):
    """Opens a file; what the page complains of, asks of the network or pops up is an error."""
    contexts, complaints = [], []

    def open_(path, width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith("file:")
                or complaints.append(request.url))  # fmt: skip
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
