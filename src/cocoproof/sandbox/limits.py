"""Limits of a child process."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GIBIBYTE", "MOST_PIXELS", "Limits"]

GIBIBYTE = 2**30

MOST_PIXELS = 178_956_970
"""Images with more pixels are not decoded by default: above twice its MAX_IMAGE_PIXELS Pillow raises DecompressionBombError (Pillow's
documentation of `Image.open`). It is defined here because the options of the command line show it, and they must not import Pillow."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a child process for one request.

    The processor and memory limits are the kernel's (`RLIMIT_CPU`, `RLIMIT_AS`) and apply if Python has the `resource` module.
    Windows has not: there only the wall limit applies. macOS accepts the memory limit and does not enforce it.

    Attributes:
        wall_seconds: From the request to the reply. The process is killed then.
        cpu_seconds: Processor time, including the start of the child.
        memory_bytes: Address space. pycocotools needs six times a file's bytes to load it, and about as much again to evaluate it.
    """

    wall_seconds: float = 120
    cpu_seconds: int = 120
    memory_bytes: int = 4 * GIBIBYTE
