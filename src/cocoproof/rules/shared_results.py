"""Results that several rules of one file need: computed by the first that asks, and kept for the others."""

from __future__ import annotations

import threading
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["SharedResults", "shared"]


class _Keeper(Protocol):
    """What keeps results: the context of the rules."""

    @property
    def results(self) -> SharedResults: ...


Context = TypeVar("Context", bound=_Keeper)
Result = TypeVar("Result")


class SharedResults:
    """The results of one file, by what they are results of. Rules may ask from several threads; one computes, the others wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[Hashable, _Entry] = {}

    def of(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """The result for a key; what it computes may ask for results of other keys.

        Args:
            key: What the result is of.
            compute: Computes it. If it raises, nothing is kept.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
        with entry.lock:
            if not entry.done:
                entry.value = compute()
                entry.done = True
            return entry.value


class _Entry:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done = False
        self.value: Any = None


def shared(compute: Callable[[Context], Result]) -> Callable[[Context], Result]:
    """A function of the context that is computed once a file. The result is the same object for all callers, which must not change it."""

    @wraps(compute)
    def once(context: Context) -> Result:
        result: Result = context.results.of(compute, lambda: compute(context))
        return result

    return once
