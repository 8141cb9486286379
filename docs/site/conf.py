"""How Sphinx makes the site of the documents: `make site`."""

import importlib.metadata

project = "nnsim"
author = "The nnsim authors"
release = importlib.metadata.version("nnsim")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["site", "screens/README.md"]
html_theme = "furo"
html_title = "nnsim"
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Links to files that are no pages, as sources and pictures' folders, stay as they are.
suppress_warnings = ["myst.xref_missing", "myst.header", "toc.not_included", "misc.highlighting_failure"]
