"""The documentation's site: `sphinx-build -W docs site` (extra `docs`). The pages are plain Markdown and read well without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.version import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "cocoproof"
author = "The cocoproof developers"
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["*.py"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing"]  # links to files of the repository that are not pages; tests/test_readme.py checks all links
autodoc_typehints = "description"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "cocoproof"
html_copy_source = False
html_show_sphinx = False
html_last_updated_fmt = None


def setup(app: Sphinx) -> None:
    """Put the pages of the rules below their index, which as plain Markdown is a table of links."""

    def add_rules(_: Sphinx, name: str, text: list[str]) -> None:
        if name == "rules/index":
            text[0] += "\n```{toctree}\n:hidden:\n:glob:\n\nCOCO*\n```\n"

    app.connect("source-read", add_rules)
