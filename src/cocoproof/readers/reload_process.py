"""The parent's side of the child process in which a file is reloaded."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

from cocoproof.readers.reload_messages import MAX_LINE, Answer
from cocoproof.readers.reload_outcome import Ending, Limits, Loader, ReloadOutcome, ReloadRequest, Stage
from cocoproof.sandbox.process import Death, LimitedProcess, command_of

if TYPE_CHECKING:
    import tempfile
    from collections.abc import Sequence
    from types import TracebackType

__all__ = ["ReloadProcess"]


class ReloadProcess:
    """A child process that reloads files, one after another.

    Start it early: it imports its reader while the parent still reads the file. Use it as a context manager, or call `close`.

        with ReloadProcess.start(Loader.PYCOCOTOOLS, Limits()) as process:
            ...
            process.submit(ReloadRequest(path, Kind.INSTANCES))
            ...
            outcome = process.result()

    While it is `alive` it accepts another file, because some readers take seconds to import. A file may damage a reader without killing
    it: if a process dies that has had another file before, the caller should try again with a new one.

    Nothing that the child does raises an exception here. Only bugs of the caller do.
    """

    def __init__(self, command: Sequence[str], limits: Limits, folder: tempfile.TemporaryDirectory[str] | None = None) -> None:
        """Run a command that implements the child's side; `start` uses the right one.

        Args:
            command: The program and its arguments.
            limits: The limits, of which the wall limit is enforced here.
            folder: The child's folder, to be removed when it has ended.
        """
        self._limits = limits
        self._folder = folder
        self._deadline: float | None = None
        self._process = LimitedProcess(command, MAX_LINE)

    @classmethod
    def start(cls, loader: Loader, limits: Limits) -> ReloadProcess:
        """Start a child for this reader, which it imports at once."""
        import tempfile

        folder = tempfile.TemporaryDirectory(prefix="cocoproof-", ignore_cleanup_errors=True)
        options = {
            "loader": loader.value,
            "cpu_seconds": limits.cpu_seconds,
            "memory_bytes": limits.memory_bytes,
            "folder": folder.name,
        }
        command = command_of("cocoproof.readers.reload_child", options)
        return cls(command, limits, folder)

    @property
    def alive(self) -> bool:
        """Whether it can accept a request."""
        return self._process.runs and self._deadline is None

    def submit(self, request: ReloadRequest) -> None:
        """Send the child its file, without waiting. The wall limit starts here.

        Raises:
            RuntimeError: If a request is pending.
        """
        if self._deadline is not None:
            msg = "the request before this one has no result yet"
            raise RuntimeError(msg)
        self._deadline = time.monotonic() + self._limits.wall_seconds
        text = json.dumps(
            {
                "path": os.path.abspath(request.path),  # noqa: PTH100 (resolve() would follow links)
                "kind": request.kind.value,
                "unsafe_annotations": list(map(int, request.unsafe_annotations)),
                "ground_truth": request.ground_truth and os.path.abspath(request.ground_truth),  # noqa: PTH100
                "evaluate": request.evaluate,
            }
        )
        self._process.send(text.encode() + b"\n")

    def result(self) -> ReloadOutcome:
        """Wait for the reply, up to the wall limit.

        Raises:
            RuntimeError: If nothing was submitted.
        """
        if self._deadline is None:
            msg = "there is no result without a request"
            raise RuntimeError(msg)
        deadline, self._deadline = self._deadline, None
        if self._process.end_reason:
            return ReloadOutcome(loaded=False, ending=Ending.BROKEN, stage=Stage.START, failure=self._process.end_reason)
        answer = Answer()
        death = None
        while not answer.ended:
            try:
                line = self._process.receive(deadline)
            except TimeoutError:
                death = Death(f"took more than {self._limits.wall_seconds:g} s", limit=True)
                break
            if line is None:
                death = self._process.death(self._limits.cpu_seconds)
                break
            answer.take(line)
        outcome = answer.outcome(death)
        if outcome.ending not in {Ending.COMPLETE, Ending.RAISED}:
            self.close()
        return outcome

    def close(self) -> None:
        """Kill the process if it still runs, and free its resources."""
        self._process.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> ReloadProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
