"""Image files through Pillow: those whose headers cocoproof does not read, and all of them if they are to be decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from cocoproof.images.decode_messages import DecodeFailed, Measure, Measured, OpenCvView, UndecodableReply
from cocoproof.images.decode_pool import MOST_BYTES
from cocoproof.images.open_file import FileState, OpenError
from cocoproof.images.scan import ImageScanBuilder, read_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.images.decode_messages import Reply
    from cocoproof.images.decode_pool import DecodePool
    from cocoproof.images.file_formats import Format
    from cocoproof.images.root import Root
    from cocoproof.images.scan import ImageScan

__all__ = ["through_pillow"]


def through_pillow(
    root: Root,
    pictures: ImageScan,
    workers: DecodePool,
    *,
    decode: bool,
    pixels: int,
    opencv: bool = False,
    watch: Callable[[int], None] | None = None,
) -> ImageScan:
    """Measure with Pillow the images that the scan of headers could not measure, and decode all images if requested.

    Args:
        root: Where the files are.
        pictures: The scan of the headers.
        workers: Where Pillow runs.
        decode: Whether to decode all images, or only to open those that the scan could not measure.
        pixels: Images with more pixels are not decoded.
        opencv: Whether the decoded images are compared with what OpenCV makes of them.
        watch: Called from time to time with the number of images done.

    Returns:
        The scan with what Pillow found; `faults` has the images that do not decode.
    """
    odd = np.equal(pictures.state, FileState.UNKNOWN) & np.array([known is not None for known in pictures.format], bool)
    small = pictures.width.astype(np.float64) * pictures.height <= pixels
    rows = np.flatnonzero(odd | (pictures.ok & small) if decode else odd).tolist()

    def ask(row: int) -> tuple[int, Reply]:
        known = pictures.format[row]
        if known is None:
            return row, DecodeFailed("has no known format")
        size = (int(pictures.width[row]), int(pictures.height[row]))
        try:
            data = read_whole(root, pictures.names[row], MOST_BYTES)
        except OpenError as refused:
            return row, UndecodableReply(refused.reason)
        reply = workers.ask(Measure(decode, decode and opencv), data, known, pixels, size)
        if isinstance(reply, Measured) or not (decode and opencv):
            return row, reply
        # OpenCV may have been the one that failed or ended the process, which is not an error of the file.
        alone = workers.ask(Measure(decode), data, known, pixels, size)
        if isinstance(alone, Measured) and isinstance(reply, UndecodableReply | DecodeFailed):
            return row, replace(alone, view=OpenCvView(skipped="the process ended, or reached a limit, while OpenCV read the image"))
        return row, alone

    builder = ImageScanBuilder.of(pictures)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers.count) as pool:
        for done, (row, reply) in enumerate(pool.map(ask, rows), 1):
            _take(builder, row, reply, measured=bool(pictures.ok[row]), known=pictures.format[row])
            if watch is not None:
                watch(done)
    return builder.finish(decoded=decode, compared=decode and opencv)


def _take(builder: ImageScanBuilder, row: int, reply: Reply, *, measured: bool, known: Format | None) -> None:
    """Record a reply; `measured` says whether the header was read already, `known` the format by content."""
    if isinstance(reply, Measured):
        if reply.view is not None:
            builder.seen_by_opencv(row, reply.view)
        if measured:
            # An orientation can be stored behind the image data, where the reader of headers does not look.
            builder.turned(row, reply.orientation)
        else:
            builder.measured(row, reply.width, reply.height, reply.orientation, known)
    elif isinstance(reply, UndecodableReply):
        if measured:
            builder.does_not_decode(row, reply.reason)
        else:
            builder.refused(row, FileState.UNREADABLE, reply.reason)
    else:
        reason = reply.reason if isinstance(reply, DecodeFailed) else "got an invalid answer"
        builder.refused(row, FileState.UNKNOWN, reason, known)
