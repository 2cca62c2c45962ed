"""The PNGs of a panoptic document: their ids, and the number of pixels of each. They are decoded when a rule needs them."""

from __future__ import annotations

import threading
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
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cocoproof.images import Root

__all__ = ["SegmentMapScan", "SegmentMaps"]


@dataclass(frozen=True, eq=False)
class SegmentMapScan:
    """The contents of the PNGs of all annotations.

    Attributes:
        width: Width of each annotation's PNG, int64, shape (annotations,); 0 if it could not be read.
        height: Height of each annotation's PNG, likewise.
        faults: Why a PNG could not be read, by row, as the end of a sentence about it.
        unknown: Why a PNG could not be checked, by row.
        owner: The annotation's row, for each id of each PNG, int64, shape (ids,), ascending.
        ids: The ids, int64, ascending within an owner; 0 means no segment.
        areas: The number of pixels of each id, int64, shape (ids,).
    """

    width: NDArray[np.int64]
    height: NDArray[np.int64]
    faults: dict[int, str]
    unknown: dict[int, str]
    owner: NDArray[np.int64]
    ids: NDArray[np.int64]
    areas: NDArray[np.int64]


class SegmentMaps:
    """The PNGs of one document. Rules in several threads may share it. Use as a context manager.

    Attributes:
        root: The folder of the PNGs.
        guessed: Whether the root was guessed, not given.
        asked: Whether a rule has used them.
    """

    def __init__(
        self,
        root: Root,
        names: Sequence[str],
        wanted: NDArray[np.bool_],
        *,
        guessed: bool,
        most_pixels: int,
        watch: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepare; no file is opened yet.

        Args:
            root: Where the files are. `__exit__` closes it.
            names: The `file_name` of each annotation.
            wanted: Annotations that name a file. An unsafe name is a fault of the PNG, because no other rule reports it.
            guessed: Whether the root was guessed.
            most_pixels: PNGs with more pixels are not decoded.
            watch: Called from any thread with the number of files done and of all files.
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
        """The contents of the PNGs."""
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
        from concurrent.futures import ThreadPoolExecutor

        with DecodePool() as workers, ThreadPoolExecutor(workers.count) as pool:
            for done, (row, reply) in enumerate(zip(rows, pool.map(lambda row: self._look(row, workers), rows), strict=True), 1):
                if isinstance(reply, SegmentCounts):
                    width[row], height[row] = reply.width, reply.height
                    found.append((row, reply))
                elif isinstance(reply, UndecodableReply):
                    faults[row] = reply.reason
                else:
                    unknown[row] = getattr(reply, "reason", "got an invalid answer")
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
