"""The child process that decodes images: set the limits, then decode one image after another."""

from __future__ import annotations

import gc
import json
import os

from cocoproof.images.decode_messages import DecodeFailed, Reply, Request, UndecodableReply, read_request, write
from cocoproof.sandbox.child_limits import limit, limit_processor, take_over

__all__ = ["main"]


def main(options: str) -> None:
    """Serve requests until standard input ends, then exit.

    Args:
        options: JSON with `cpu_seconds` and `memory_bytes`.
    """
    given = json.loads(options)
    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_AS", given["memory_bytes"])
    limit("RLIMIT_CPU", given["cpu_seconds"])
    requests = os.fdopen(take_over(0, os.O_RDONLY), "rb")
    answer = os.fdopen(take_over(1, os.O_WRONLY), "wb")
    try:
        while (line := requests.readline()).endswith(b"\n"):
            request = read_request(line)
            limit_processor(given["cpu_seconds"])
            answer.write(write(_reply(request, requests.read(request.size), given["memory_bytes"])) + b"\n")
            answer.flush()
            gc.collect()
    finally:
        os._exit(0)  # no clean-up: a decoder may have damaged the memory


def _reply(request: Request, data: bytes, memory: int) -> Reply:
    try:
        from cocoproof.images import decoding
    except ImportError as error:
        return DecodeFailed(f"Pillow cannot be imported: {error}")
    try:
        return decoding.answer(request, data)
    except MemoryError:
        return UndecodableReply(f"needs more than {memory // 10**6:,} MB to decode")
    except decoding.Undecodable as reason:
        return UndecodableReply(str(reason))
    except Exception as error:  # reported to the parent, whatever it is
        return DecodeFailed(f"decoding crashed (internal error): {type(error).__name__}: {error}"[:300])
