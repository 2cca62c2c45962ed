"""The error of a source's files: names file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.export.errors import ExportError
from cocoproof.model.budgets import DETECTIONS_OF_IMAGE

if TYPE_CHECKING:
    import os

__all__ = ["SourceError", "check_count"]


class SourceError(ExportError):
    """A place in a source's file that cannot be read as what it should be.

    Attributes:
        file: The file.
        line: Its line, from 1; None for the complete file.
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
