"""Characters that must not reach a terminal: a file's names could otherwise repaint the screen or reverse a line."""

from __future__ import annotations

import re

__all__ = ["escape"]

_LIVE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029"  # line and paragraph separators
    "\ufeff\ud800-\udfff"  # byte order mark; halves of surrogate pairs, which no encoder takes
    "]"
)


def escape(text: str) -> str:
    r"""A text that is inert on a terminal: each live character as `\x1b` or `\u202e`."""
    return _LIVE.sub(_name, text)


def _name(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
