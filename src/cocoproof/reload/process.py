"""The child process that a file is reloaded in, seen from the parent."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from cocoproof.reload.messages import MAX_LINE, Answer
from cocoproof.reload.outcome import Ending, Limits, Loader, ReloadOutcome, ReloadRequest, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

__all__ = ["ReloadProcess"]

_BOOTSTRAP = """\
import sys
sys.path[:] = sys.argv[2].split("\\n")
import types
sys.modules["cocoproof"] = package = types.ModuleType("cocoproof")
package.__path__ = [sys.argv[1]]
from cocoproof.reload.child import main
main(sys.argv[3])
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


class ReloadProcess:
    """A child process that reloads files, one after another.

    Start it early: it imports its reader while the parent still reads the file. Use it as a context manager, or call `close`.

        with ReloadProcess.start(Loader.PYCOCOTOOLS, Limits()) as process:
            ...
            process.submit(ReloadRequest(path, Kind.INSTANCES))
            ...
            outcome = process.result()

    While it is `alive` it takes another file; a reader that takes seconds to import is worth keeping. A reader that a file harmed
    without killing it could harm the next one: what a process that had a file before says of a death is worth a second hearing.

    Nothing that the child does raises an exception here. Only bugs of the caller do.
    """

    def __init__(self, command: Sequence[str], limits: Limits, folder: tempfile.TemporaryDirectory[str] | None = None) -> None:
        """Run a command that speaks the child's language; `start` has the right one.

        Args:
            command: The program and its arguments.
            limits: Of these the wall limit is held here.
            folder: The child's, to be cleared away when it has ended, however it did.
        """
        self._limits = limits
        self._folder = folder
        self._deadline: float | None = None
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = ""
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
            self._gone = f"the child process could not be started: {error}"
        else:
            # Threads, for on Windows there is no waiting for a pipe up to a time.
            self._reader = _run_aside(_read, self._process.stdout, self._lines)

    @classmethod
    def start(cls, loader: Loader, limits: Limits) -> ReloadProcess:
        """Start a child for this reader; it begins at once to import it."""
        folder = tempfile.TemporaryDirectory(prefix="cocoproof-", ignore_cleanup_errors=True)
        options = {
            "loader": loader.value,
            "cpu_seconds": limits.cpu_seconds,
            "memory_bytes": limits.memory_bytes,
            "folder": folder.name,
        }
        package = str(Path(__file__).parent.parent)
        command = [sys.executable, "-X", "utf8", "-c", _BOOTSTRAP, package, "\n".join(sys.path), json.dumps(options)]
        return cls(command, limits, folder)

    @property
    def alive(self) -> bool:
        """Whether it can take a request."""
        return self._process is not None and self._process.poll() is None and self._deadline is None

    def submit(self, request: ReloadRequest) -> None:
        """Hand the child its file, without waiting. The wall limit runs from here.

        Raises:
            RuntimeError: If it has one already.
        """
        if self._deadline is not None:
            msg = "the request before this one has no result yet"
            raise RuntimeError(msg)
        self._deadline = time.monotonic() + self._limits.wall_seconds
        if self._process is not None:
            text = json.dumps(
                {
                    "path": os.path.abspath(request.path),  # noqa: PTH100 (resolve() would follow links)
                    "kind": request.kind.value,
                    "unsafe_annotations": list(map(int, request.unsafe_annotations)),
                    "ground_truth": request.ground_truth and os.path.abspath(request.ground_truth),  # noqa: PTH100
                    "evaluate": request.evaluate,
                }
            )
            _run_aside(_write, self._process.stdin, text.encode() + b"\n")

    def result(self) -> ReloadOutcome:
        """Wait for the answer, up to the wall limit.

        Raises:
            RuntimeError: If nothing was submitted.
        """
        if self._deadline is None:
            msg = "there is no result without a request"
            raise RuntimeError(msg)
        deadline, self._deadline = self._deadline, None
        if self._process is None:
            return ReloadOutcome(loaded=False, ending=Ending.BROKEN, stage=Stage.START, failure=self._gone)
        answer = Answer()
        death = None
        while not answer.ended:
            try:
                line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                death = f"took more than {self._limits.wall_seconds:g} s"
                break
            if line is None:
                death = self._death(self._process)
                break
            answer.take(line)
        outcome = answer.outcome(death)
        if outcome.ending not in {Ending.COMPLETE, Ending.RAISED}:
            self.close()
        return outcome

    def close(self) -> None:
        """Kill the process if it still runs, and free what it held."""
        process, self._process = self._process, None
        if process is not None:
            self._gone = "the child process has ended"
            if process.poll() is None:
                _kill(process)
            self._reader.join(_GRACE)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent yet has no reader
                        pipe.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> ReloadProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def _death(self, process: subprocess.Popen[bytes]) -> str | None:
        """What a child that closed its answer ended of; None if that says nothing."""
        try:
            code = process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            return None
        if code >= 0:
            return f"ended with exit code {code}" if code else None
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        if name == "SIGXCPU":
            return f"needed more than {self._limits.cpu_seconds} s of processor time"
        return f"died of {name}"


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


def _read(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    """Hand on line by line what comes, and None at the end or where a line is longer than any message."""
    try:
        while (line := pipe.readline(MAX_LINE)).endswith(b"\n"):
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
