"""What cannot be written: raised as an error, or skipped and counted. One collector for a source and the exporter."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from cocoproof.export.report import LeftOut

if TYPE_CHECKING:
    from cocoproof.export.errors import ExportError
    from cocoproof.export.mask_options import OnError

__all__ = ["Refusals"]

_EXAMPLES = 1000
_EXAMPLES_OF_A_REASON = 3
"""So many examples of each reason are kept, even if others filled the list."""


class Refusals:
    """Collects what a source cannot read and what the exporter cannot write: raises, or counts and lists, as `on_error` says.

    Give the same object to a source (`refusals=`) and to `export_coco` (`on_error=`): the report then counts both.

    Attributes:
        counts: What was skipped, by reason.
        examples: The first of it.
        notes: What a user should know although nothing is wrong, with how often it occurred.

    Args:
        on_error: `raise` or `skip`.
    """

    def __init__(self, on_error: OnError = "raise") -> None:
        self._raises = on_error == "raise"
        self.counts: Counter[str] = Counter()
        self.examples: list[LeftOut] = []
        self.notes: Counter[str] = Counter()

    def refuse(self, error: ExportError) -> None:
        """Raise an error, or count it.

        Raises:
            ExportError: This error, with `skippable` set, if `on_error` is `raise`.
        """
        if self._raises:
            error.skippable = True
            raise error
        self.skip(error)

    def skip(self, error: ExportError) -> None:
        """Count what is not written; also for what was excluded on request, where nothing is wrong."""
        self.counts[error.reason] += 1
        if len(self.examples) < _EXAMPLES or self.counts[error.reason] <= _EXAMPLES_OF_A_REASON:
            self.examples.append(LeftOut(error.image or "", error.detection, error.reason, error.detail))
