"""Escapes the characters of a text from a file that could repaint a terminal, reverse a line or issue a command to a CI runner."""

from __future__ import annotations

import re

__all__ = ["escape", "escape_unseen"]

_LIVE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u2028\u2029"  # line and paragraph separators
    "\ufeff\ufffe\uffff"  # byte order mark, and what XML does not allow
    "\ud800-\udfff"  # lone surrogates, which cannot be encoded
    "]"
)

_UNSEEN = re.compile(
    "["
    "\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
"""Invisible code points (Unicode 15, Default_Ignorable_Code_Point), without those above."""

_ORDER = re.compile(r"#(?=[^\x00-\x7f]*#[^\x00-\x7f]*\[)")
"""GitHub's runner executes `##[command]` anywhere in a line; .NET's search may ignore other characters between the three."""


def escape(text: str) -> str:
    r"""Make a text inert in a terminal and in a CI log: each dangerous character becomes `\x1b` or `\u202e`."""
    return _ORDER.sub(r"\\x23", _LIVE.sub(_name, text))


def escape_unseen(text: str) -> str:
    """Also escape invisible characters, which some programs ignore. The text must have been through `escape`."""
    return _UNSEEN.sub(_name, text)


def _name(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
