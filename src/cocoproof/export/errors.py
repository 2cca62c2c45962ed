"""Errors of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.errors import CocoproofError
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from cocoproof.export.report import ExportReport
    from cocoproof.model.findings import Report

__all__ = ["ExportError", "ExportVerificationError"]


class ExportError(CocoproofError, ValueError):
    """An image or a detection that cannot be written as it is. The message names both, and the value.

    Nothing was written; an existing file is unchanged. If the mapping raised an error, it is the cause.

    Attributes:
        detail: What is wrong, without the place.
        reason: A short identifier, by which reports count, such as `box-not-finite`.
        image: The image as the source names it; None for the complete source.
        detection: Which detection of the image, from 0; None for the image.
        skippable: Whether `on_error="skip"` would skip and count it; False for an error of the complete source.
    """

    def __init__(self, detail: str, *, reason: str, image: str | None = None, detection: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reason = reason
        self.image = image
        self.detection = detection
        self.skippable = False

    def __str__(self) -> str:
        place = []
        if self.image is not None:
            place.append(f"image {self.image}")
        if self.detection is not None:
            place.append(f"detection {self.detection}")
        return f"{', '.join(place)}: {self.detail}" if place else self.detail

    def on_image(self, image: str) -> ExportError:
        """The same error with this image, if it has none yet."""
        named = self.image if self.image is not None else image
        error = ExportError(self.detail, reason=self.reason, image=named, detection=self.detection)
        error.__cause__ = self.__cause__
        return error


class ExportVerificationError(CocoproofError, RuntimeError):
    """The written file has findings of severity error. The file is not removed, so that it can be inspected.

    Attributes:
        export: What was written.
        verification: The verifier's report on it.
    """

    def __init__(self, export: ExportReport, verification: Report) -> None:
        errors = [one for one in verification.findings if one.severity.value == "error"]
        shown = "; ".join(f"{one.code} {one.message}" for one in errors[:3])
        count = verification.summary.errors
        more = f"; and {count - 3} more" if count > 3 else ""
        crashed = "a rule of the verifier crashed" if verification.crashed and not errors else ""
        super().__init__(f"{export.path} was written, but has {count_of(count, 'error')}: {shown}{more}{crashed}. The file was not removed")
        self.export = export
        self.verification = verification
