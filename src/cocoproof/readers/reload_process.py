"""The child process that a file is reloaded in, seen from the parent."""

from __future__ import annotations

import json
import os
import tempfile
import time
from typing import TYPE_CHECKING

from cocoproof.readers.reload_messages import MAX_LINE, Answer
from cocoproof.readers.reload_outcome import Ending, Limits, Loader, ReloadOutcome, ReloadRequest, Stage
from cocoproof.sandbox.process import Death, LimitedProcess, command_of

if TYPE_CHECKING:
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
        self._process = LimitedProcess(command, MAX_LINE)

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
        command = command_of("cocoproof.readers.reload_child", options)
        return cls(command, limits, folder)

    @property
    def alive(self) -> bool:
        """Whether it can take a request."""
        return self._process.runs and self._deadline is None

    def submit(self, request: ReloadRequest) -> None:
        """Hand the child its file, without waiting. The wall limit runs from here.

        Raises:
            RuntimeError: If it has one already.
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
        """Wait for the answer, up to the wall limit.

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
        """Kill the process if it still runs, and free what it held."""
        self._process.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> ReloadProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
