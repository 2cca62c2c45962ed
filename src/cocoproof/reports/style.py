"""How text looks where it is printed: colours, characters beyond ASCII, width, how much is shown."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cocoproof.model.findings import Severity

__all__ = ["COLOURS", "Style", "display_width"]

COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
"""The colour (SGR code) of each severity."""


@dataclass(frozen=True, slots=True)
class Style:
    """How text is printed.

    Attributes:
        colour: Whether to use ANSI colours.
        unicode: Whether the output accepts characters beyond ASCII.
        examples: Findings shown per rule and file.
        width: Columns of the terminal, at which lines are wrapped; None if the output is not a terminal: lines are not wrapped.
        fold_notes: Whether the notes of a file are shown in one line, without their messages.
    """

    colour: bool = False
    unicode: bool = True
    examples: int = 3
    width: int | None = None
    fold_notes: bool = False

    def paint(self, text: str, code: str) -> str:
        """The text in a colour (an SGR code), or unchanged without colours."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, severity: Severity | None) -> str:
        """The sign before a line: of a severity, or of a file without findings."""
        return self.paint(self.sign(severity), "32" if severity is None else COLOURS[severity])

    def sign(self, severity: Severity | None) -> str:
        """The same without a colour."""
        signs = {None: "✓", Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.NOTE: "•"}
        plain = {None: "ok", Severity.ERROR: "E", Severity.WARNING: "W", Severity.NOTE: "N"}
        return (signs if self.unicode else plain)[severity]

    @property
    def dot(self) -> str:
        """The separator between the parts of a line."""
        return " · " if self.unicode else " - "

    @property
    def ellipsis(self) -> str:
        """The mark of a text that was cut."""
        return "…" if self.unicode else "..."


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes (Unicode Standard Annex 11: wide characters take two, combining ones none)."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else unicodedata.category(char) not in {"Mn", "Me", "Cf"} for char in text)
