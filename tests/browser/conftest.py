"""Debian's Chromium, driven by playwright; without either these tests are skipped."""

import shutil

import pytest

from .visiting import visiting

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
    """Opens a file of ours."""
    with visiting(browser) as open_:
        yield open_
