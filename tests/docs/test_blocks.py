"""Every code block of the pages and of the README runs, and gives what its comments say."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from sklearn_trm import TRMSymbolicClassifier, TRMSymbolicRegressor
from tests.docs.blocks import Block, blocks, run_python, run_shell, same, told

ROOT = Path(__file__).parents[2]
# migration.md has tests of its own; what Sphinx makes is no page of ours
OTHERS = ("migration.md", "log", "adr", "_build")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PAGES += sorted(
    path
    for path in (ROOT / "docs").rglob("*.md")
    if path.relative_to(ROOT / "docs").parts[0] not in OTHERS
)
SECONDS = 1.5  # of the processor, for a fit on a page
# installs, tests, builds and measurements: what CI or a person runs
BY_HAND = re.compile(r"(\S*/)?(python3?|pip|git|gcc|cc|pre-commit|ruff|mypy|cd)\b")
SHOWN = ("text", "c", "{toctree}", "{include}")  # read, not run


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Fits by processor time, bounded, and without the network; files go to a folder."""
    for cls in (TRMSymbolicRegressor, TRMSymbolicClassifier):
        monkeypatch.setattr(cls, "_clock", staticmethod(time.process_time))
        monkeypatch.setattr(cls, "fit", bounded(cls.fit))
    monkeypatch.chdir(tmp_path)


def bounded(fit):
    def quicker(self, *args, **options):
        limit = self.time_limit and min(self.time_limit, SECONDS)
        asked = self.time_limit, self.model
        self.time_limit, self.model = limit, None
        try:
            return fit(self, *args, **options)
        finally:
            self.time_limit, self.model = asked

    return quicker


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_blocks_run(page, quick):
    if blocks(page):
        pytest.importorskip("matplotlib").use("agg")
    scope: dict = {"__name__": page.stem}
    if page.name == "README.md":  # a file of the reader's own
        Path("data.csv").write_text("x;y\n" + "".join(f"{k};{2 * k}\n" for k in range(1, 12)))
        Path("new.csv").write_text("x\n20\n")
    if page.name == "many_tables.md":
        Path("tables").mkdir()
        for k in (2, 3):
            lines = "".join(f"{x},{k * x}\n" for x in range(1, 12))
            Path(f"tables/{k}.csv").write_text(f"x,y\n{lines}")
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            run_python(block, scope, page.name)
        elif block.language == "bash":
            others = run_shell(block, ["--time-limit", str(SECONDS), "--model", "none"])
            assert all(BY_HAND.match(line) for line in others), f"{where}: {others}"
        else:
            assert block.language in SHOWN, f"{where}: of no language that is run"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_are_of_modules_that_are_there(page):
    for module in re.findall(r"python -m ([\w.]+)", page.read_text(encoding="utf-8")):
        path = ROOT.joinpath(*module.split("."))
        ours = module.split(".")[0] in ("training", "benchmarks", "tests", "docs")
        assert not ours or path.with_suffix(".py").exists() or (path / "__main__.py").exists()


def test_comments_that_are_values_are_checked():
    def block(text):
        return Block("python", text, None, 1)

    assert run_python(block("a = 2\na * 1.5  # 3.0\na  # words\n"), {}, "page") == 1
    with pytest.raises(AssertionError, match=r"page:3: 'b'"):
        run_python(block("a = 'b'\na  # 'c'\n"), {}, "page")
    assert told("f(\n  1,\n)  # (1, 'x')\n") == {3: (1, "x")}
    assert same(2.04, 2.0) and not same(2.06, 2.0) and same(0.12345, 0.123)
    assert same({"a": 1.04}, {"a": 1.0}) and not same([1, 2], [1])
