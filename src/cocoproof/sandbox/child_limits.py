"""The child's side: sets the limits, and takes over the standard streams for requests and replies."""

from __future__ import annotations

import math
import os
import sys
import time

__all__ = ["limit", "limit_processor", "take_over"]


def limit(name: str, value: int) -> None:
    """Set a limit, if the platform has it; an existing lower limit is kept.

    Args:
        name: Its name in `resource`, such as `RLIMIT_AS`.
        value: In the unit of the limit.
    """
    if sys.platform == "win32":
        return
    import resource

    which = getattr(resource, name)
    _, ceiling = resource.getrlimit(which)
    try:
        resource.setrlimit(which, (value if ceiling == resource.RLIM_INFINITY else min(value, ceiling), ceiling))
    except (OSError, ValueError):
        return  # the platform has the limit and rejects it: the wall limit remains


def limit_processor(seconds: int) -> None:
    """Set a limit of processor time that starts now."""
    limit("RLIMIT_CPU", math.ceil(time.process_time()) + seconds)


def take_over(descriptor: int, mode: int) -> int:
    """Move a standard stream to a new descriptor, and redirect the standard one to the null device."""
    own = os.dup(descriptor)
    nowhere = os.open(os.devnull, mode)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return own
