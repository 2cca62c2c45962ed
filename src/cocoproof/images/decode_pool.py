"""A pool of child processes that decode images: any thread may use it, and a process that dies is replaced."""

from __future__ import annotations

import importlib.util
import os
import queue
import threading
import time
from contextlib import nullcontext

from cocoproof.images.decode_messages import DecodeFailed, Job, Reply, Request, UndecodableReply, read_reply, write
from cocoproof.images.file_formats import Format
from cocoproof.json_text import REFUSALS
from cocoproof.sandbox.limits import GIBIBYTE, MOST_PIXELS, Limits
from cocoproof.sandbox.process import LimitedProcess, command_of

__all__ = ["MOST_BYTES", "OPENCV_EXTRA", "PILLOW_EXTRA", "DecodePool", "opencv_installed", "pillow_installed"]

MOST_BYTES = 1 << 28
"""The largest file that is decoded (256 MiB): images of datasets are smaller, and the file is in memory three times."""

PILLOW_EXTRA = "Pillow is not installed (pip install 'cocoproof[images]')"

OPENCV_EXTRA = "OpenCV is not installed (pip install 'cocoproof[opencv]')"

_MOST_LINE = 2**26
"""The most bytes of a reply."""

_LARGE = 1 << 22
"""Larger files (above 4 MiB) are decoded one at a time: apart from decompression bombs, only they can need gigabytes."""

_PILLOW = {
    Format.JPEG: ("JPEG",),  # reads MPO too
    Format.PNG: ("PNG",),
    Format.GIF: ("GIF",),
    Format.BMP: ("BMP",),
    Format.WEBP: ("WEBP",),
    Format.TIFF: ("TIFF",),
    Format.JPEG2000: ("JPEG2000",),
    Format.AVIF: ("AVIF",),
    Format.PPM: ("PPM",),
}
"""Pillow's names of the formats."""


def pillow_installed() -> bool:
    """Whether Pillow is installed, so that images can be decoded."""
    return importlib.util.find_spec("PIL") is not None


def opencv_installed() -> bool:
    """Whether OpenCV is installed, so that it can be compared with Pillow."""
    return importlib.util.find_spec("cv2") is not None


class DecodePool:
    """Processes that decode images, started when they are first needed. Threads may share the pool. Use as a context manager.

    A process has limits on memory and processor time, and is killed if it does not reply in time. If a process dies, its image is
    tried again in a new process, because an earlier image may have damaged the old one.
    """

    def __init__(self, limits: Limits | None = None, count: int | None = None) -> None:
        """Prepare to start processes.

        Args:
            limits: Limits of each process for one image.
            count: The number of processes; by default one per processor, at most 4.
        """
        self.count = count or min(4, os.cpu_count() or 1)
        self._limits = limits or Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=3 * GIBIBYTE)
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._all = [_Worker(self._limits) for _ in range(self.count)]
        for worker in self._all:
            self._idle.put(worker)
        self._large = threading.Lock()

    def __enter__(self) -> DecodePool:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for worker in self._all:
            worker.close()

    def ask(self, job: Job, data: bytes, known: Format, pixels: int = MOST_PIXELS, size: tuple[int, int] = (0, 0)) -> Reply:
        """Have an image decoded, and wait for the reply.

        Args:
            job: What to do with it.
            data: The bytes of its file.
            known: Its format.
            pixels: It is not decoded if it has more pixels.
            size: Width and height by its header, if known: large images are decoded one at a time.
        """
        request = Request(job, _PILLOW[known], pixels, len(data))
        large = len(data) > _LARGE or size[0] * size[1] > _LARGE * 8
        with self._large if large else nullcontext():
            worker = self._idle.get()
            try:
                return worker.ask(request, data)
            finally:
                self._idle.put(worker)


class _Worker:
    """One process at a time, replaced when it dies."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: LimitedProcess | None = None
        self._served = 0

    def ask(self, request: Request, data: bytes) -> Reply:
        served = self._served
        reply, died = self._once(request, data)
        if died and served:
            reply, _ = self._once(request, data)
        return reply

    def _once(self, request: Request, data: bytes) -> tuple[Reply, bool]:
        """The reply, and whether the process died."""
        if self._process is None or not self._process.runs:
            self.close()
            options = {"cpu_seconds": self._limits.cpu_seconds, "memory_bytes": self._limits.memory_bytes}
            self._process = LimitedProcess(command_of("cocoproof.images.decode_worker", options), _MOST_LINE)
        process = self._process
        deadline = time.monotonic() + self._limits.wall_seconds
        process.send(write(request) + b"\n" + data)
        self._served += 1
        try:
            line = process.receive(deadline)
        except TimeoutError:
            self.close()
            return DecodeFailed(f"it took more than {self._limits.wall_seconds:g} s to decode"), False
        if line is None:
            end_reason, death = process.end_reason, process.death(self._limits.cpu_seconds)
            self.close()
            if end_reason:
                return DecodeFailed(end_reason), False
            if death is not None and death.limit:
                return DecodeFailed(f"Pillow's process {death.reason}"), True
            return UndecodableReply(f"does not decode: Pillow's process {death.reason if death else 'ended'}"), True
        try:
            return read_reply(line), False
        except REFUSALS:
            self.close()
            return DecodeFailed("the child process gave an invalid answer"), False

    def close(self) -> None:
        self._served = 0
        if self._process is not None:
            self._process.close()
            self._process = None
