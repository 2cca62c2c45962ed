"""The documentation of a rule as HTML: the few parts of Markdown that it uses.

It is our own text, never from a file. It is escaped nevertheless.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["as_html", "inline"]

_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_ENTRY = re.compile(r"^- ", re.MULTILINE)


def as_html(text: str) -> Markup:
    """Paragraphs, lists of entries that begin with `- `, code between backticks, and bold."""
    blocks = (block.strip() for block in re.split(r"\n\s*\n", text))
    return Markup("").join(_block(block) for block in blocks if block)


def _block(block: str) -> Markup:
    if block.startswith("- "):
        entries = (entry.strip() for entry in _ENTRY.split(block))
        return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(inline(entry)) for entry in entries if entry))
    return Markup("<p>{}</p>").format(inline(block))


def inline(text: str) -> Markup:
    """One paragraph, without the tags around it."""
    parts = _CODE.split(" ".join(text.split()))
    return Markup("").join(Markup("<code>{}</code>").format(part) if k % 2 else _bold(part) for k, part in enumerate(parts))


def _bold(text: str) -> Markup:
    return Markup(_BOLD.sub(r"<strong>\1</strong>", str(escape(text))))  # noqa: S704 - escaped in the same expression
