"""Run the examples and draw their pictures: ``python docs/gallery.py`` writes docs/gallery.md."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).parent


def told(path: Path) -> tuple[str, str]:
    """Title and first paragraph of an example."""
    title, _, text = path.read_text(encoding="utf-8").split('"""')[1].strip().partition("\n")
    return title, " ".join(text.strip("=\n ").split("\n\n")[0].split())


def main(names: list[str]) -> None:
    """Draw the named examples, or all; the page has all of them."""
    plt.show = lambda *args, **kwargs: None
    page = ["# Gallery", "`python docs/gallery.py` runs the examples and draws these pictures."]
    for path in sorted((DOCS / "examples").glob("plot_*.py")):
        name = path.stem.removeprefix("plot_")
        picture = f"pictures/gallery-{name.replace('_', '-')}.png"
        if not names or name in names:
            runpy.run_path(str(path))
            plt.savefig(DOCS / picture, dpi=80)
            plt.close("all")
        title, text = told(path)
        page += [f"## {title}", text, f"![{title}]({picture})",
                 f"[The example](examples/{path.name})"]  # fmt: skip
    (DOCS / "gallery.md").write_text("\n\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
