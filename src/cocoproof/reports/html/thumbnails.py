"""Thumbnails from the files of datasets, opened below their folders of images and decoded in a child process with limits."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cocoproof.images import OpenError, open_root
from cocoproof.images.decode_messages import Measure, Measured, Render, Rendered
from cocoproof.images.decode_pool import DecodePool
from cocoproof.images.file_formats import format_of, no_picture
from cocoproof.images.header import HEAD_BYTES
from cocoproof.images.scan import read_whole
from cocoproof.reports.html.image_cache import ImageCrop
from cocoproof.sandbox.limits import GIBIBYTE, Limits

if TYPE_CHECKING:
    from cocoproof.images import Format, Root
    from cocoproof.images.decode_messages import Job, Reply
    from cocoproof.reports.html.image_cache import Region

__all__ = ["FolderThumbnails"]

_MOST_BYTES = 1 << 26
_MOST_PIXELS = 100_000_000
"""Of a file, and of a picture, that is still shown."""

_PATIENCE = 3
"""Pictures that may bring down or tire out the process that decodes them; then no more are taken."""


_DECODING = Limits(wall_seconds=20, cpu_seconds=20, memory_bytes=2 * GIBIBYTE)
"""What may be used for one thumbnail."""


class FolderThumbnails:
    """Takes thumbnails below roots. Whatever is wrong with a file becomes the reason why there is no thumbnail of it. Use as a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._workers = self._stack.enter_context(DecodePool(_DECODING, count=1))
        self._roots: dict[str, Root | OpenError] = {}
        self._failures = 0

    def __enter__(self) -> FolderThumbnails:
        return self

    def __exit__(self, *unused: object) -> None:
        self._stack.close()

    def _open(self, place: str) -> Root | OpenError:
        if place not in self._roots:
            try:
                self._roots[place] = self._stack.enter_context(open_root(place))
            except OpenError as refused:  # it was there a moment ago
                self._roots[place] = refused
        return self._roots[place]

    def take(self, place: str, file_name: str, stated: tuple[int, int] | None, region: Region | None, side: int) -> ImageCrop | str:
        """Take a thumbnail; see `cache.Photographer`. It is turned as EXIF has it only where that, and not the stored form, has the stated size."""
        if self._failures >= _PATIENCE:
            return "too many pictures before it could not be decoded"
        root = self._open(place)
        if isinstance(root, OpenError):
            return f"the folder {root.reason}"
        try:
            data = read_whole(root, file_name, _MOST_BYTES)
        except OpenError as refused:
            return f"the file {refused.reason}"
        known = format_of(data[:HEAD_BYTES])
        if known is None:
            return f"the file {no_picture(data[:HEAD_BYTES]) if data else 'is empty'}"
        measured = self._ask(Measure(decode=False), data, known)
        if not isinstance(measured, Measured):
            return f"the file {measured}"
        stored = (measured.width, measured.height)
        turned = stored[::-1] if measured.orientation >= 5 else stored
        turn = stated is not None and turned == stated != stored
        left, top, right, bottom = region or (0, 0, 0, 0)
        shown = self._ask(Render(left, top, right - left, bottom - top, side, turn), data, known)
        if not isinstance(shown, Rendered):
            return f"the file {shown}"
        return ImageCrop(
            f"data:image/{shown.kind};base64,{base64.b64encode(shown.data).decode('ascii')}",
            (shown.width, shown.height),
            turned if turn else stored,
            (shown.left, shown.top, shown.left + shown.shown_width, shown.top + shown.shown_height),
            "The picture is shown as its EXIF orientation turns it, for so it has the stated size." if turn else None,
        )

    def _ask(self, job: Job, data: bytes, known: Format) -> Reply | str:
        """What the child answers; a text where that is no answer, which continues a sentence about the file."""
        reply = self._workers.ask(job, data, known, _MOST_PIXELS)
        if isinstance(reply, Measured | Rendered):
            return reply
        reason = getattr(reply, "reason", "does not decode")
        self._failures += "process" in reason or "took more" in reason
        return str(reason)
