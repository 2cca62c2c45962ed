"""Pictures through Pillow: those whose headers are not read here, and all of them where they are to be decoded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.decode_messages import DecodeFailed, Measure, Measured, UndecodableReply
from cocoproof.images.decode_pool import MOST_BYTES
from cocoproof.images.open_file import FileState, OpenError
from cocoproof.images.scan import read_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.images.decode_messages import Reply
    from cocoproof.images.decode_pool import DecodePool
    from cocoproof.images.root import Root
    from cocoproof.images.scan import ImageScan

__all__ = ["through_pillow"]


def through_pillow(
    root: Root, pictures: ImageScan, workers: DecodePool, *, decode: bool, pixels: int, watch: Callable[[int], None] | None = None
) -> ImageScan:
    """Have Pillow judge what the survey of headers left open, and decode every picture where that is asked.

    Args:
        root: Where the files lie.
        pictures: What the headers say; rows that Pillow measures are written into it.
        workers: Where Pillow runs.
        decode: Whether to decode all pictures, or only to open those that the survey could not judge.
        pixels: Pixels above which none is decoded.
        watch: Told now and then how many were looked at.

    Returns:
        The same pictures, with `faults` where a picture does not decode.
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
        return row, workers.ask(Measure(decode), data, known, pixels, size)

    with ThreadPoolExecutor(workers.count) as pool:
        for done, (row, reply) in enumerate(pool.map(ask, rows), 1):
            _take(pictures, row, reply)
            if watch is not None:
                watch(done)
    return pictures.after_decoding() if decode else pictures


def _take(pictures: ImageScan, row: int, reply: Reply) -> None:
    if isinstance(reply, Measured):
        if not pictures.ok[row]:
            pictures.state[row] = FileState.OK
            pictures.reasons.pop(row, None)
            pictures.width[row], pictures.height[row] = reply.width, reply.height
        # An orientation can stand behind the picture, where a header's reader does not come.
        pictures.orientation[row] = reply.orientation
    elif isinstance(reply, UndecodableReply):
        if pictures.ok[row]:
            pictures.faults[row] = reply.reason
        else:
            pictures.state[row] = FileState.UNREADABLE
            pictures.reasons[row] = reply.reason
            pictures.format[row] = None
    else:
        pictures.state[row] = FileState.UNKNOWN
        pictures.reasons[row] = reply.reason if isinstance(reply, DecodeFailed) else "got an answer that is none"
