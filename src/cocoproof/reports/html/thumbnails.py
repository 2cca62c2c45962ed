"""Makes thumbnails of image files: opened below their folder of images, decoded in a child process with limits."""

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
"""Limits on a file and on an image; larger ones are not shown."""

_PATIENCE = 3
"""Images that may crash the decoding process or exceed its limits; after that no more are decoded."""


_DECODING = Limits(wall_seconds=20, cpu_seconds=20, memory_bytes=2 * GIBIBYTE)
"""Limits for one thumbnail."""


class FolderThumbnails:
    """Makes thumbnails of files below roots. A file that cannot be read gives a reason instead. Use as a context manager."""

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
            except OpenError as refused:  # it existed when the rules ran
                self._roots[place] = refused
        return self._roots[place]

    def take(self, place: str, file_name: str, stated: tuple[int, int] | None, region: Region | None, side: int) -> ImageCrop | str:
        """Make a thumbnail; see `ThumbnailMaker`. The EXIF orientation is applied only if the stated size requires it."""
        if self._failures >= _PATIENCE:
            return "too many images before it could not be decoded"
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
            "The image is shown with its EXIF orientation applied, which gives the stated size." if turn else None,
        )

    def _ask(self, job: Job, data: bytes, known: Format) -> Reply | str:
        """The reply of the child process; a text if it failed, which continues a sentence about the file."""
        reply = self._workers.ask(job, data, known, _MOST_PIXELS)
        if isinstance(reply, Measured | Rendered):
            return reply
        reason = getattr(reply, "reason", "does not decode")
        self._failures += "process" in reason or "took more" in reason
        return str(reason)
