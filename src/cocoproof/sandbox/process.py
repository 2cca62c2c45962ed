"""A child process that answers in lines, seen from the parent: nothing that it does raises an exception or keeps anybody waiting."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Death", "LimitedProcess", "command_of"]

_BOOTSTRAP = """\
import sys
sys.path[:] = sys.argv[2].split("\\n")
import types
sys.modules["cocoproof"] = package = types.ModuleType("cocoproof")
package.__path__ = [sys.argv[1]]
import importlib
importlib.import_module(sys.argv[3]).main(sys.argv[4])
"""
"""What the child runs.

It takes the parent's `sys.path`, so that it finds what the parent finds, however that was installed, and nothing in the current folder
that the parent would not. The bare module spares it `cocoproof/__init__.py`, which offers the whole library: the child needs little
of it, and its start is most of what a small file costs.
"""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Each thread of a numerical library reserves address space; on a machine of many cores that alone would meet the memory limit."""

_GRACE = 5.0
"""Seconds that a process gets to vanish after it was killed, or to end after it closed its answer."""


def command_of(module: str, options: Mapping[str, object]) -> list[str]:
    """The command of a child that runs a module of this package.

    Args:
        module: Its full name. Its `main` is called with the options as JSON; `sandbox.child_limits` has what it needs.
        options: What the child is told.
    """
    package = str(Path(__file__).parent.parent)
    return [sys.executable, "-X", "utf8", "-c", _BOOTSTRAP, package, "\n".join(sys.path), module, json.dumps(options)]


_LIMIT_SIGNALS = {"SIGXCPU", "SIGKILL"}
"""Signals by which the kernel enforces a limit; it sends the second one where memory runs out, too."""


@dataclass(frozen=True, slots=True)
class Death:
    """Why a child process ended early.

    Attributes:
        reason: What happened, to go on from the name of the process.
        limit: Whether it met a limit, which says something about the machine, or crashed.
    """

    reason: str
    limit: bool = False


class LimitedProcess:
    """A child process. Its standard input takes requests, its standard output gives lines, what it says on standard error is lost.

    Attributes:
        gone: Why there is no process; "" while there is one.
    """

    def __init__(self, command: Sequence[str], most_bytes: int) -> None:
        """Run a command.

        Args:
            command: The program and its arguments; see `command_of`.
            most_bytes: More than any line has. Of a longer one the rest is not heard.
        """
        self.gone = ""
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(  # noqa: S603 (the interpreter that runs us)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # a group of its own to kill, and none of the terminal's signals
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError) as error:
            self.gone = f"the child process could not be started: {error}"
        else:
            # Threads, for on Windows there is no waiting for a pipe up to a time.
            self._reader = _run_aside(_read, self._process.stdout, self._lines, most_bytes)

    @property
    def runs(self) -> bool:
        """Whether the process is there and has not ended."""
        return self._process is not None and self._process.poll() is None

    def send(self, request: bytes) -> None:
        """Hand the child a request, without waiting for it to be read. One that is gone does not read it."""
        if self._process is not None:
            _run_aside(_write, self._process.stdin, request)

    def receive(self, deadline: float) -> bytes | None:
        """The next line, with its newline; None where no more will come.

        Args:
            deadline: Until when to wait, on the monotonic clock.

        Raises:
            TimeoutError: If none came until then.
        """
        if self._process is None:
            return None
        try:
            return self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None

    def death(self, cpu_seconds: int) -> Death | None:
        """What a child that closed its answer ended of; None if that says nothing.

        Args:
            cpu_seconds: The limit that it took on, to name it.
        """
        if self._process is None:
            return None
        try:
            code = self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return None
        if code >= 0:
            return Death(f"ended with exit code {code}") if code else None
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        reason = f"needed more than {cpu_seconds} s of processor time" if name == "SIGXCPU" else f"died of {name}"
        return Death(reason, name in _LIMIT_SIGNALS)

    def close(self) -> None:
        """Kill the process if it still runs, and free what it held."""
        process, self._process = self._process, None
        if process is not None:
            self.gone = "the child process has ended"
            if process.poll() is None:
                _kill(process)
            self._reader.join(_GRACE)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent yet has no reader
                        pipe.close()


def _run_aside(target: Callable[..., None], *arguments: object) -> threading.Thread:
    """Run a function in a thread that keeps nothing from ending."""
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def _write(pipe: IO[bytes], request: bytes) -> None:
    """Send a request; a child that is gone does not read it."""
    try:
        pipe.write(request)
        pipe.flush()
    except (OSError, ValueError):
        return


def _read(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None], most_bytes: int) -> None:
    """Hand on line by line what comes, and None at the end or where a line is longer than any message."""
    try:
        while (line := pipe.readline(most_bytes)).endswith(b"\n"):
            lines.put(line)
    except (OSError, ValueError):
        pass  # closed from our side
    lines.put(None)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a child and whatever it started."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        return  # it was faster
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        return  # stuck in the kernel, where no signal reaches it
