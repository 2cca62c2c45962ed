"""What a child process with limits takes on, and how it hears and answers."""

from __future__ import annotations

import math
import os
import sys
import time

__all__ = ["limit", "limit_processor", "take_over"]


def limit(name: str, value: int) -> None:
    """Take a limit on, where there is one; it stays below what the machine's owner set.

    Args:
        name: As `resource` has it, such as `RLIMIT_AS`.
        value: In its unit.
    """
    if sys.platform == "win32":
        return
    import resource

    which = getattr(resource, name)
    _, ceiling = resource.getrlimit(which)
    try:
        resource.setrlimit(which, (value if ceiling == resource.RLIM_INFINITY else min(value, ceiling), ceiling))
    except (OSError, ValueError):
        return  # a platform that knows the limit and does not take it: the wall limit holds


def limit_processor(seconds: int) -> None:
    """Take on a limit of processor time that begins now."""
    limit("RLIMIT_CPU", math.ceil(time.process_time()) + seconds)


def take_over(descriptor: int, mode: int) -> int:
    """Move a standard stream to a descriptor of our own, and point the standard one to nowhere."""
    own = os.dup(descriptor)
    nowhere = os.open(os.devnull, mode)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return own
