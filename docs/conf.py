"""Sphinx configuration. Building needs no network; the pages fetch MathJax when they are read."""

from typing import Any

import bendscape
from bendscape.reproduction.registry import find_experiments

project = "bendscape"
author = "The bendscape founders"
copyright = "2026, The bendscape founders"  # noqa: A001
version = release = bendscape.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
default_role = "code"  # docstrings write `alpha`, not ``alpha``

myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
math_eqref_format = "({number})"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"bendscape {release}"
html_show_sourcelink = False


def experiments() -> str:
    """The table of all experiments, in the order of the page."""
    lines = ["| figure | file | claims | about |", "|---|---|---|---|"]
    for module, experiment in find_experiments().items():
        claims = ", ".join(experiment.claims)
        lines.append(f"| `{experiment.name}` | `{module}.py` | {claims} | {experiment.title} |")
    return "\n".join(lines)


def insert_experiments(_app: Any, _document: str, source: list[str]) -> None:
    """Put the table where a page asks for it."""
    source[0] = source[0].replace("{{experiments}}", experiments())


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", insert_experiments)
