"""What every adapter shares. It runs in the environment of the tool, so it imports nothing but the standard library.

An adapter is a script: `python adapter.py JOB OUTPUT`. JOB is a file with the `Job` as JSON; OUTPUT gets what the tool reported:

    {"messages": [{"kind": ..., "severity": ..., "text": ...}], "aborted": null or "why"}

A process that ends without writing OUTPUT crashed; `comparison.run` records how.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import traceback
import warnings
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Aborted", "Job", "Message", "call", "json_of", "last_line", "main"]

MEMORY = 8 * 2**30
"""Bytes of address space that a tool may take, where the platform can limit it. numpy's threads alone reserve some of it."""
_LONGEST = 600
"""Characters of a text that are kept."""
_MOST = 3
"""Messages of one kind that are kept."""


@dataclass(frozen=True)
class Job:
    """One fixture, as a tool gets it: copies in a folder of its own.

    Attributes:
        path: The COCO file.
        kind: instances, keypoints, captions, panoptic, image_info, lvis or results.
        masks: Whether every annotation has a segmentation.
        images: The folder of the image files, where the fixture has any.
        panoptic: The folder of the PNGs of a panoptic file, where the fixture has any.
        categories: The class list that the file must match, where the fixture needs one.
        truth: The ground truth of a results file.
        earlier: The other split, where the fixture is about two.
        consumer: The reader that the file is meant for, where the fixture is about one.
    """

    path: str
    kind: str
    masks: bool
    images: str | None
    panoptic: str | None
    categories: str | None
    truth: str | None
    earlier: str | None
    consumer: str | None


@dataclass(frozen=True)
class Message:
    """One thing that a tool reports.

    Attributes:
        kind: The tool's own id of it; where it has none, the adapter's name for where it comes from.
        severity: error, warning or info, in the tool's own terms.
        text: The message, one or more lines.
    """

    kind: str
    severity: str
    text: str


class Aborted(Exception):
    """The tool ended without a report. The message is what it gave as the reason."""


def main(report: Callable[[Job], Iterable[Message]]) -> None:
    """Run a tool on the job that the command line names.

    Args:
        report: Yields what the tool reports. An exception of the tool counts as an abort; its warnings and log are kept too.
    """
    job_path, output = map(Path, sys.argv[1:3])
    job = Job(**json.loads(job_path.read_text(encoding="utf-8")))
    _limit_memory()
    messages: list[Message] = []
    aborted = None
    logged = _Log(logging.WARNING)
    logging.getLogger().addHandler(logged)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            messages += report(job)
        except Aborted as error:
            aborted = str(error)
        except (Exception, SystemExit) as error:
            traceback.print_exc()
            aborted = _chain(error)
    messages += [Message("warning", "warning", str(one.message)) for one in caught if issubclass(one.category, UserWarning)]
    messages += logged.messages
    rows = [{**asdict(message), "text": message.text[:_LONGEST]} for message in _few(messages)]
    output.write_text(json.dumps({"messages": rows, "aborted": aborted and aborted[:_LONGEST]}), encoding="utf-8")


def _few(messages: Iterable[Message]) -> list[Message]:
    """Different messages, a few of each kind."""
    counts: Counter[str] = Counter()
    kept = []
    for message in dict.fromkeys(messages):
        counts[message.kind] += 1
        if counts[message.kind] <= _MOST:
            kept.append(message)
    return kept


class _Log(logging.Handler):
    """Keeps the warnings and errors that a tool logs."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.messages: list[Message] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.messages.append(Message("log", "error" if record.levelno >= logging.ERROR else "warning", record.getMessage()))


def _limit_memory() -> None:
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _chain(error: BaseException) -> str:
    """An exception and what caused it: `A: text; caused by B: text`."""
    parts = []
    while error is not None and len(parts) < 4:
        parts.append(f"{type(error).__name__}: {error}".strip().removesuffix(":"))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)  # type: ignore[assignment]
    return "; caused by ".join(parts)


def call(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program of the tool's environment, found beside its interpreter; its output is also printed."""
    program = Path(sys.executable).parent / command[0]
    ended = subprocess.run(
        [str(program), *command[1:]], check=False, capture_output=True, text=True, encoding="utf-8", cwd=cwd, env=_plain()
    )
    sys.stdout.write(ended.stdout)
    sys.stderr.write(ended.stderr)
    return ended


def _plain() -> dict[str, str]:
    return {**os.environ, "NO_COLOR": "1", "COLUMNS": "1000"}


def last_line(text: str) -> str:
    """The last line with text in it; the empty string where there is none."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def json_of(text: str, explain: Sequence[str] = ()) -> object:
    """The JSON document that a tool printed.

    Raises:
        Aborted: If it printed none; with the first of the explanations that is not empty.
    """
    try:
        return json.loads(text)
    except ValueError:
        reason = next((line for line in map(last_line, explain) if line), "it printed nothing")
        raise Aborted(reason) from None
