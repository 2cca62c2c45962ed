"""The parent's side of a child process that replies in lines: nothing that the child does raises an exception here or blocks."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Death", "LimitedProcess", "command_of", "kill_tree"]

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

It uses the parent's `sys.path`, so that it finds the same packages, however they were installed, and nothing else in the current folder.
The bare module avoids `cocoproof/__init__.py`, which imports the entire library: the child needs little of it, and for a small file the
start takes most of the time.
"""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Each thread of a numerical library reserves address space; on a machine of many cores that alone would exceed the memory limit."""

_GRACE = 5.0
"""Seconds to wait for a process to end after it was killed, or after it closed its output."""


def command_of(module: str, options: Mapping[str, object]) -> list[str]:
    """The command of a child that runs a module of this package.

    Args:
        module: Its full name. Its `main` is called with the options as JSON, and sets the limits with `sandbox.child_limits`.
        options: The options of the child.
    """
    package = str(Path(__file__).parent.parent)
    return [sys.executable, "-X", "utf8", "-c", _BOOTSTRAP, package, "\n".join(sys.path), module, json.dumps(options)]


_LIMIT_SIGNALS = {"SIGXCPU", "SIGKILL"}
"""Signals by which the kernel enforces a limit; the second one is also sent when memory runs out."""


@dataclass(frozen=True, slots=True)
class Death:
    """Why a child process ended early.

    Attributes:
        reason: What happened, as the end of a sentence about the process.
        limit: Whether it reached a limit, which depends on the machine, or crashed.
    """

    reason: str
    limit: bool = False


class LimitedProcess:
    """A child process. It reads requests from standard input and writes lines to standard output; standard error is discarded.

    Attributes:
        end_reason: Why the process has ended, or did not start; "" while it runs.
    """

    def __init__(self, command: Sequence[str], most_bytes: int) -> None:
        """Run a command.

        Args:
            command: The program and its arguments; see `command_of`.
            most_bytes: The most bytes of a line. After a longer one, reading stops.
        """
        import subprocess  # not needed before a child is started

        self.end_reason = ""
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(  # noqa: S603 (the interpreter that runs us)
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # a process group of its own, which can be killed and gets no signals from the terminal
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError) as error:
            self.end_reason = f"the child process could not be started: {error}"
        else:
            # Threads, because Windows cannot wait for a pipe with a timeout.
            self._reader = _run_aside(_read, self._process.stdout, self._lines, most_bytes)

    @property
    def runs(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def send(self, request: bytes) -> None:
        """Send a request to the child, without waiting for it to be read. A child that has ended does not read it."""
        if self._process is not None:
            _run_aside(_write, self._process.stdin, request)

    def receive(self, deadline: float) -> bytes | None:
        """The next line, with its newline; None after the last line.

        Args:
            deadline: The end of the wait, on the monotonic clock.

        Raises:
            TimeoutError: If no line came before the deadline.
        """
        if self._process is None:
            return None
        try:
            return self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None

    def death(self, cpu_seconds: int) -> Death | None:
        """Why a child that closed its output ended; None if its exit code is 0 or it still runs.

        Args:
            cpu_seconds: The processor limit of the child, for the message.
        """
        import subprocess

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
        """Kill the process if it still runs, and close its pipes."""
        process, self._process = self._process, None
        if process is not None:
            self.end_reason = "the child process has ended"
            if process.poll() is None:
                kill_tree(process)
            self._reader.join(_GRACE)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # the rest of a request has no reader
                        pipe.close()


def _run_aside(target: Callable[..., None], *arguments: object) -> threading.Thread:
    """Run a function in a daemon thread."""
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def _write(pipe: IO[bytes], request: bytes) -> None:
    """Send a request; a child that has ended does not read it."""
    try:
        pipe.write(request)
        pipe.flush()
    except (OSError, ValueError):
        return


def _read(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None], most_bytes: int) -> None:
    """Pass on each line, and None at the end or at a line that is longer than any message."""
    try:
        while (line := pipe.readline(most_bytes)).endswith(b"\n"):
            lines.put(line)
    except (OSError, ValueError):
        pass  # closed from our side
    lines.put(None)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and the processes that it started."""
    import subprocess

    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        pass  # it has ended already
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        return  # stuck in the kernel, where no signal reaches it
