"""What a child process may use."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["GIBIBYTE", "MOST_PIXELS", "Limits"]

GIBIBYTE = 2**30

MOST_PIXELS = 178_956_970
"""Pixels above which no picture is decoded unless told: above twice its MAX_IMAGE_PIXELS Pillow raises DecompressionBombError (Pillow's
documentation of `Image.open`). It stands here because the options of the command line name it, which load nothing heavy."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child process may use, for one request.

    The processor and memory limits are the kernel's (`RLIMIT_CPU`, `RLIMIT_AS`) and hold where Python has the `resource` module.
    Windows has not: there the wall limit alone holds. macOS takes the memory limit and does not enforce it.

    Attributes:
        wall_seconds: From the request to the answer. The process is killed then.
        cpu_seconds: Processor time, the start of the child included.
        memory_bytes: Address space. pycocotools needs six times a file's bytes to load it, and about as much again to evaluate it.
    """

    wall_seconds: float = 120
    cpu_seconds: int = 120
    memory_bytes: int = 4 * GIBIBYTE
