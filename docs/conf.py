"""Settings of the documentation: built by ``python -m docs``, without a network."""

from __future__ import annotations

import inspect
import os
import re
import time
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

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc tells types in words
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "sklearn-trm"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would be fetched, which a page in a file may not
html_context = {"default_mode": "auto"}
html_theme_options: dict[str, Any] = {
    "header_links_before_dropdown": 7,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    # the widest drawings need the room
    "secondary_sidebar_items": {"**": ["page-toc"], "how": [], "architecture": []},
    "show_prev_next": True,
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
# wide pages: their code needs the room
_ALONE = ("index", "start", "limits", "faq", "migration", "contributing")  # pages of no section
html_sidebars = {name: [] for name in (*_ALONE, "auto_examples/plot_*", "auto_inside/plot_*")}

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
    "reset_modules": ("matplotlib", "docs.conf.around_an_example"),
    "reset_modules_order": "both",
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": False,
}

# Links lead somewhere in the repository and on the site: scripts to their pages, files outside
# docs/ to the pages that hold them.
_SCRIPT = re.compile(r"\]\((?:\.\./)*(?:docs/)?(examples|inside)/(plot_\w+)\.py\)")
_BARE_TERM = re.compile(r"(<dt><strong>(?:(?!</dt>).)*</dt>)(?=\s*(?:<dt>|</dl>))", re.DOTALL)
_PARAMETERS = re.compile(r'<dl>\n((?:<dd><em class="sig-param">.*?</dd>\n?)+)</dl>')
_FILTERS: list[Any] = []  # of warnings, while an example runs
_HELD = {"contributing": "CONTRIBUTING.md", "model_card": "pretrained/MODEL_CARD.md"}


def around_an_example(gallery_conf: dict[str, Any], fname: str, when: str) -> None:
    """What an example warns of, its reader would see; Sphinx has filters of its own."""
    if when == "before":
        _FILTERS.append(warnings.filters[:])
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        # limits count the processor: what a page says is not a matter of other work on the machine
        for estimator in (sklearn_trm.TRMSymbolicRegressor, sklearn_trm.TRMSymbolicClassifier):
            estimator._clock = staticmethod(time.process_time)
    else:
        warnings.filters[:] = _FILTERS.pop()


def _on_the_site(app: Any, docname: str, source: list[str]) -> None:
    """Links as the site has them; the log and the decisions stand in no menu."""
    text = source[0]
    if docname in _HELD:
        text = (DOCS.parent / _HELD[docname]).read_text(encoding="utf-8").replace("](docs/", "](/")
    text = _SCRIPT.sub(r"](/auto_\1/\2.rst)", text)
    text = text.replace("](examples/README.rst)", "](/auto_examples/index.rst)")
    for page, path in _HELD.items():
        text = text.replace(f"](../{path})", f"](/{page}.md)")
    if docname.startswith(("log/", "adr/")):
        text = "---\norphan: true\n---\n" + text
    source[0] = text


def _signature(app: Any, what: str, name: str, obj: Any, options: Any, signature: str | None,
               returns: str | None) -> tuple[str | None, str | None]:  # fmt: skip
    """Of an estimator its parameters, not what answers other packages' names for them."""
    if what == "class" and hasattr(obj, "_get_param_names"):
        own = inspect.signature(obj.__init__)
        plain = [p.replace(annotation=p.empty) for p in list(own.parameters.values())[1:]]
        signature = str(inspect.Signature(plain))
    return signature, returns


def _whole_lists(app: Any, pagename: str, templatename: str, context: Any, doctree: Any) -> None:
    """Lists as HTML has them: no term without a definition, and no definition without a term."""
    if "body" in context:
        body = _BARE_TERM.sub(r"\1<dd></dd>", context["body"])
        context["body"] = _PARAMETERS.sub(_as_lines, body)


def _as_lines(found: re.Match[str]) -> str:
    lines = found[1].replace("<dd>", "<div>").replace("</dd>", "</div>")
    return f'<div class="sig-lines">{lines}</div>'


def setup(app: Any) -> None:
    app.connect("html-page-context", _whole_lists)
    app.connect("autodoc-process-signature", _signature)
    app.connect("source-read", _on_the_site)
