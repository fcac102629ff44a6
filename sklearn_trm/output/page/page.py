"""Writes the page: template, style, script and data in one file."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

from ..whole_files import write_whole
from .content import content

MOST_BYTES = 1_000_000
_MOST_LAWS, _FEWEST_LAWS = 20, 3


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__package__, "templates"), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    # `tojson` writes < > & ' as escapes, ASCII alone: no text can end the element it stands in
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False}
    return environment.get_template("report.html")


@cache
def _part(name: str) -> tuple[str, str]:
    """The style or the script, and its hash: a page runs nothing else."""
    whole = files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
    digest = hashlib.sha256(whole.encode()).digest()
    return whole, f"'sha256-{base64.b64encode(digest).decode()}'"


def page(
    est: Any, X: Any = None, y: Any = None, target: Any = None, units: Any = None,
    y_units: Any = None, title: str | None = None,
) -> str:  # fmt: skip
    """The page about a fitted estimator, as HTML; parameters as of its method `report`.

    Fewer laws are shown where a page would be larger than `MOST_BYTES`.
    """
    from markupsafe import Markup

    (style, style_hash), (script, script_hash) = _part("report.css"), _part("report.js")
    most = _MOST_LAWS
    while True:
        told = content(est, X, y, target, units, y_units, title, most)
        out: str = _template().render(
            told=told, style=Markup(style), script=Markup(script), drawn=_for_the_script(told),
            policy=f"default-src 'none'; style-src {style_hash}; script-src {script_hash}",
        )  # fmt: skip
        if len(out.encode()) <= MOST_BYTES or most <= _FEWEST_LAWS:
            return out
        most = max(most // 2, _FEWEST_LAWS)


def _for_the_script(told: dict[str, Any]) -> list[dict[str, Any]]:
    """What the script draws: without what the template has written."""
    left_out = {"advice", "why", "suggested", "curve", "symbol", "math", "short"}

    def plain(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: plain(v) for k, v in part.items() if k not in left_out}
        return [plain(v) for v in part] if isinstance(part, list) and part and isinstance(
            part[0], dict) else part  # fmt: skip

    return [plain(one) for one in told["targets"]]


def write_page(path: str | PathLike[str], est: Any, *args: Any, **options: Any) -> Path:
    """Write the page to a file, which appears whole or not at all."""
    return write_whole(path, page(est, *args, **options))
