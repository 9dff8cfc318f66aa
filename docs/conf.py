"""Sphinx configuration. Building needs no network; the pages fetch MathJax when they are read."""

import bendscape

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
