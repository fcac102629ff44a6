"""Build the documentation: ``python -m docs`` (``--quick`` runs no example of the gallery)."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

DOCS = Path(__file__).parent
BUILD = DOCS / "_build"
MADE = ("auto_examples", "auto_inside", "api")  # by Sphinx, beside the pages
ANEW = DOCS / "api"  # quick to make; what is no longer there would stay


def main(argv: list[str] | None = None) -> int:
    """Build the site; a warning is an error. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m docs", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="run no example of the gallery")
    parser.add_argument("--clean", action="store_true", help="make everything anew")
    args = parser.parse_args(argv)
    try:
        from sphinx.cmd.build import build_main
    except ImportError:
        print('Sphinx is missing. Install it with  pip install ".[docs]"', file=sys.stderr)
        return 2
    # a gallery that was not run would be taken for one that was, and the reverse
    out = BUILD / ("quick" if args.quick else "html")
    if args.clean:
        for folder in (BUILD, *(DOCS / name for name in MADE)):
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(ANEW, ignore_errors=True)
    options = [
        "-b",
        "html",
        "-a",
        "-W",
        "--keep-going",
        "-q",
        "-d",
        str(BUILD / f"{out.name}-trees"),
    ]
    if args.quick:
        options += ["-D", "plot_gallery=0"]
    code = build_main([*options, str(DOCS), str(out)])
    if code == 0:
        print(f"The site: {out / 'index.html'}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
