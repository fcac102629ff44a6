"""Settings of the documentation: built by ``python -m docs``, without a network."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("MPLBACKEND", "agg")

import sklearn_trm

DOCS = Path(__file__).parent

project = "sklearn-trm"
author = "the sklearn-trm contributors"
copyright = author
release = version = sklearn_trm.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "inside", "**/README.rst"]
templates_path = ["_templates"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
default_role = "code"  # single quotes in docstrings are names of parameters
nitpicky = True  # a reference that leads nowhere is a warning, and warnings are errors
nitpick_ignore_regex = [("py:.*", ".*")]  # types in signatures are other packages'

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc tells types in words
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "sklearn-trm"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options: dict[str, Any] = {
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}
html_sidebars = {"index": [], "start": [], "faq": []}

sphinx_gallery_conf = {
    "examples_dirs": ["examples", "inside"],
    "gallery_dirs": ["auto_examples", "auto_inside"],
    "filename_pattern": r"/plot_",
    "abort_on_example_error": True,
    "only_warn_on_example_error": False,
    "capture_repr": (),
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "reset_modules": ("matplotlib", "docs.conf.warnings_as_errors"),
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": False,
}

# Links lead somewhere in the repository and on the site: scripts to their pages, files outside
# docs/ to the pages that hold them.
_SCRIPT = re.compile(r"\]\((?:\.\./)*(?:docs/)?(examples|inside)/(plot_\w+)\.py\)")
_HELD = {"contributing": "CONTRIBUTING.md", "model_card": "pretrained/MODEL_CARD.md"}


def warnings_as_errors(gallery_conf: dict[str, Any], fname: str) -> None:
    """What an example warns of, its reader would see."""
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")


def _on_the_site(app: Any, docname: str, source: list[str]) -> None:
    """Links as the site has them; the log and the decisions stand in no menu."""
    text = source[0]
    if docname in _HELD:
        text = (DOCS.parent / _HELD[docname]).read_text(encoding="utf-8").replace("](docs/", "](/")
    text = _SCRIPT.sub(r"](/auto_\1/\2.rst)", text)
    for page, path in _HELD.items():
        text = text.replace(f"](../{path})", f"](/{page}.md)")
    if docname.startswith(("log/", "adr/")):
        text = "---\norphan: true\n---\n" + text
    source[0] = text


def setup(app: Any) -> None:
    app.connect("source-read", _on_the_site)
