"""The PNGs of a panoptic document: which ids they hold, and how many pixels of each. They are decoded when a rule asks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images import Format, OpenError
from cocoproof.images.decode_messages import Reply, SegmentCounts, SegmentMap, UndecodableReply
from cocoproof.images.decode_pool import MOST_BYTES, DecodePool
from cocoproof.images.file_formats import format_of, no_picture
from cocoproof.images.header import HEAD_BYTES
from cocoproof.images.scan import read_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.images import Root

__all__ = ["SegmentMapScan", "SegmentMaps"]


@dataclass(frozen=True, eq=False)
class SegmentMapScan:
    """What the PNGs of all annotations hold.

    Attributes:
        width: Of each annotation's PNG, int64, shape (annotations,); 0 where there is none that could be read.
        height: The same.
        faults: Why a PNG could not be read, by row, in words that continue a sentence about it.
        unknown: Rows whose PNG could not be judged here, and why.
        owner: The annotation's row, for each id of each PNG, int64, shape (ids,), ascending.
        ids: The ids, int64, ascending within an owner; 0 is no segment.
        areas: The pixels of each, int64.
    """

    width: NDArray[np.int64]
    height: NDArray[np.int64]
    faults: dict[int, str]
    unknown: dict[int, str]
    owner: NDArray[np.int64]
    ids: NDArray[np.int64]
    areas: NDArray[np.int64]


class SegmentMaps:
    """The PNGs of one document. Rules that run side by side may share it. Use as a context manager.

    Attributes:
        root: Where they lie.
        guessed: Whether that was found by looking, and not given.
        asked: Whether a rule asked for them.
    """

    def __init__(
        self,
        root: Root,
        names: list[str],
        wanted: NDArray[np.bool_],
        *,
        guessed: bool,
        most_pixels: int,
        watch: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepare to look.

        Args:
            root: Where the files lie; it is closed with this.
            names: The `file_name` of each annotation.
            wanted: Annotations that name a file; an unsafe name is refused, as no other rule tells of it.
            guessed: Whether the root was found by looking.
            most_pixels: Pixels above which no PNG is decoded.
            watch: Told, from any thread, how many of how many files were looked at.
        """
        self.root = root
        self.guessed = guessed
        self.asked = False
        self._names = names
        self._wanted = wanted
        self._most_pixels = most_pixels
        self._watch = watch
        self._lock = threading.Lock()

    def __enter__(self) -> SegmentMaps:
        return self

    def __exit__(self, *unused: object) -> None:
        self.root.close()

    @property
    def maps(self) -> SegmentMapScan:
        """What they hold, one row an annotation."""
        with self._lock:
            self.asked = True
            return self._maps

    @cached_property
    def _maps(self) -> SegmentMapScan:
        rows = np.flatnonzero(self._wanted).tolist()
        n = len(self._names)
        width, height = np.zeros(n, np.int64), np.zeros(n, np.int64)
        faults: dict[int, str] = {}
        unknown: dict[int, str] = {}
        found: list[tuple[int, SegmentCounts]] = []
        with DecodePool() as workers, ThreadPoolExecutor(workers.count) as pool:
            for done, (row, reply) in enumerate(zip(rows, pool.map(lambda row: self._look(row, workers), rows), strict=True), 1):
                if isinstance(reply, SegmentCounts):
                    width[row], height[row] = reply.width, reply.height
                    found.append((row, reply))
                elif isinstance(reply, UndecodableReply):
                    faults[row] = reply.reason
                else:
                    unknown[row] = getattr(reply, "reason", "got an answer that is none")
                if self._watch is not None:
                    self._watch(done, len(rows))
        lengths = [len(reply.ids) for _, reply in found]
        return SegmentMapScan(
            width,
            height,
            faults,
            unknown,
            np.repeat(np.array([row for row, _ in found], np.int64), lengths),
            np.array([one for _, reply in found for one in reply.ids], np.int64),
            np.array([one for _, reply in found for one in reply.areas], np.int64),
        )

    def _look(self, row: int, workers: DecodePool) -> Reply:
        try:
            data = read_whole(self.root, self._names[row], MOST_BYTES)
        except OpenError as refused:
            return UndecodableReply(refused.reason)
        known = format_of(data[:64])
        if known is not Format.PNG:
            return UndecodableReply(
                f"is {known.value}, not PNG" if known is not None else no_picture(data[:HEAD_BYTES]) if data else "is empty: 0 bytes"
            )
        return workers.ask(SegmentMap(), data, known, self._most_pixels)
