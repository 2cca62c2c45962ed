"""A progress bar on standard error, for work that takes over two seconds."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Progress"]

_PATIENCE = 2.0
_PERIOD = 0.2
_WIDTH = 24


class Progress:
    """Shows the progress of a run. A thread draws it, so that it moves while C code runs.

    Nothing is shown if standard error is not a terminal. Use as a context manager.
    """

    def __init__(self, steps: int) -> None:
        """Start with this number of steps to do."""
        self._steps = max(steps, 1)
        self._done = 0
        self._label = ""
        self._counted: tuple[tuple[str, int | None], float, int] | None = None
        self._stop = threading.Event()
        self._shown = False
        self._thread = threading.Thread(target=self._draw_on, daemon=True) if sys.stderr is not None and sys.stderr.isatty() else None

    def __enter__(self) -> Progress:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def show(self, label: str, done: int) -> None:
        """Show what begins now, and how many steps are done."""
        self._label = label
        self._done = done

    def update_label(self, label: str) -> None:
        """Show the progress of the step that was shown last."""
        self._label = label

    def show_bytes(self, name: str, done: int, total: int | None) -> None:
        """Show how much of a text was read, or unpacked where the total is not known, and at what rate since that began."""
        now = time.monotonic()
        if self._counted is None or self._counted[0] != (name, total) or done == 0:
            self._counted = ((name, total), now, done)
        begin, first = self._counted[1:]
        rate = f", {_size((done - first) / (now - begin))}/s" if now - begin > _PERIOD and done > first else ""
        self._label = f"{name}: {_size(done)} unpacked{rate}" if total is None else f"{name}: {_size(done)} of {_size(total)} read{rate}"

    def _draw_on(self) -> None:
        start = time.monotonic()
        while not self._stop.wait(_PERIOD):
            if time.monotonic() - start > _PATIENCE:
                self._draw()

    def _draw(self) -> None:
        share = min(self._done / self._steps, 1.0)
        full = int(share * _WIDTH)
        line = f"[{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%}  {escape(self._label)}"
        columns = shutil.get_terminal_size().columns
        sys.stderr.write(f"\r\x1b[K{line[: columns - 1]}")
        sys.stderr.flush()
        self._shown = True


def _size(count: float) -> str:
    """A number of bytes, in MB or GB (10^6 and 10^9)."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
