"""What of a source's files cannot be read: an error that names file and line, or a count of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cocoproof.export.errors import ExportError
from cocoproof.export.report import LeftOut
from cocoproof.model.budgets import DETECTIONS_OF_IMAGE

if TYPE_CHECKING:
    import os

    from cocoproof.export.options import OnError

__all__ = ["Refusals", "SourceError", "check_count"]

_EXAMPLES = 1000


class SourceError(ExportError):
    """A place in a source's file that cannot be read as what it should be.

    Attributes:
        file: The file.
        line: Its line, from 1; None where it is the file as a whole.
    """

    def __init__(self, detail: str, *, reason: str, file: str | os.PathLike[str], line: int | None = None) -> None:
        self.file = str(file)
        self.line = line
        super().__init__(detail, reason=reason, image=self.place)

    @property
    def place(self) -> str:
        """File and line, as editors take them."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.detail}"


def check_count(count: int, file: str | os.PathLike[str], line: int | None = None) -> None:
    """Refuse an image with more detections than an export holds at a time.

    Raises:
        SourceError: If so.
    """
    if count > DETECTIONS_OF_IMAGE:
        msg = f"the image has {count} detections; at most {DETECTIONS_OF_IMAGE} are read"
        raise SourceError(msg, reason="too-many-detections", file=file, line=line)


class Refusals:
    """Takes what a source cannot read: raises, or counts and lists, as `on_error` says.

    Attributes:
        counts: What was left out, by reason.
        examples: The first of it.
        notes: What a person should know although nothing is wrong, with how often it occurred.

    Args:
        on_error: Whether to raise.
    """

    def __init__(self, on_error: OnError = "raise") -> None:
        self._raises = on_error == "raise"
        self.counts: Counter[str] = Counter()
        self.examples: list[LeftOut] = []
        self.notes: Counter[str] = Counter()

    def refuse(self, error: ExportError) -> None:
        """Take note of what cannot be read.

        Raises:
            ExportError: That one, unless such things are to be skipped.
        """
        if self._raises:
            raise error
        self.counts[error.reason] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(LeftOut(error.image or "", error.detection, error.reason, error.detail))
