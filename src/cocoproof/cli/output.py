"""Where a report goes: standard output, a file that is replaced in one step, or a pipe or device that is written to as it is."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from typing import TYPE_CHECKING

import click

from cocoproof.atomic_write import write_atomic
from cocoproof.reports.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["STDOUT", "emit", "is_stream", "print_line", "require_other_file", "require_place", "style_for", "write_output"]


def style_for(colour: bool | None, examples: int, *, fold_notes: bool = False) -> Style:
    """How text is printed on standard output: coloured on a terminal, plain in a pipe; NO_COLOR and FORCE_COLOR override that."""
    terminal = sys.stdout is not None and sys.stdout.isatty()  # None if it was closed before we began
    if colour is None:
        forced = bool(os.environ.get("FORCE_COLOR"))
        colour = forced or (terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    width = shutil.get_terminal_size().columns if terminal else None
    return Style(colour=colour, unicode=encoding.startswith("utf"), examples=examples, width=width, fold_notes=fold_notes)


STDOUT = "-"
"""What an option that takes a file calls standard output."""

_DESCRIPTOR = re.compile(r"(?:/dev/fd|/proc/self/fd)/(\d+)")
_NAMED_DESCRIPTORS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}


def is_stream(path: str | os.PathLike[str] | None) -> bool:
    """Whether a path is written to as it is: standard output (None or `-`), an open descriptor, a FIFO or a character device.

    A file cannot take the place of any of these: the reader of the pipe would wait for ever, and `/dev/null` would become a file.
    """
    if path is None or os.fspath(path) == STDOUT or _descriptor(path) is not None:
        return True
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 # ValueError for names that are too long or hold a NUL
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _descriptor(path: str | os.PathLike[str]) -> int | None:
    """The number of the open descriptor that a path names, such as /dev/stdout; None if it names none.

    The file behind it must not be opened again: a redirection has its own position, and `realpath` of a pipe does not exist.
    """
    name = os.fspath(path)
    if name in _NAMED_DESCRIPTORS:
        return _NAMED_DESCRIPTORS[name]
    match = _DESCRIPTOR.fullmatch(name)
    return int(match[1]) if match else None


def write_output(path: str | os.PathLike[str], data: bytes) -> None:
    """Write to a file, which is replaced in one step, or to a stream as it is.

    Raises:
        OSError: If that is not possible.
    """
    descriptor = _descriptor(path)
    if descriptor is not None:
        if sys.stdout is not None:
            sys.stdout.flush()  # it may be the same descriptor: what was printed before comes first
        with open(descriptor, "wb", closefd=False) as stream:  # it has no path
            stream.write(data)
    elif is_stream(path):
        with open(path, "wb") as stream:  # noqa: PTH123 # a FIFO; blocks until it is read, as every writer does
            stream.write(data)
    else:
        write_atomic(path, data)


def require_place(path: str | os.PathLike[str]) -> None:
    """Check that a file can be written, before a run of many minutes.

    Raises:
        click.UsageError: If its folder does not exist or is not writable, or if it is a directory or a block device.
    """
    if is_stream(path):
        return
    place = os.path.realpath(path)
    folder = os.path.dirname(place)  # noqa: PTH120 # Path raises for names that are too long
    reason = None
    if not os.path.isdir(folder):  # noqa: PTH112
        reason = f"the folder {folder} does not exist"
    elif not os.access(folder, os.W_OK):
        reason = f"permission to write to the folder {folder} is denied"
    elif os.path.exists(place) and not os.path.isfile(place):  # noqa: PTH110, PTH113
        reason = "it is not a regular file, a pipe or a character device"
    if reason is not None:
        msg = f"cannot write {os.fspath(path)}: {reason}"
        raise click.UsageError(msg)


def require_other_file(option: str, output: str | os.PathLike[str] | None, inputs: Iterable[str]) -> None:
    """Refuse to write to one of the files that a command reads, under whatever name.

    Args:
        option: The option that names the output.
        output: The output; None for standard output.
        inputs: The files that are read.

    Raises:
        click.UsageError: If the output is one of them.
    """
    for path in inputs if output is not None else ():
        try:
            same = os.path.samefile(output, path)  # type: ignore[arg-type]  # None has no inputs  # noqa: PTH121 - OSError for names that are too long
        except (OSError, ValueError):
            continue  # one of them does not exist
        if same:
            msg = f"{option} {os.fspath(output)} is an input file, which would be overwritten"  # type: ignore[arg-type]
            raise click.UsageError(msg)


def emit(text: str, output: Path | None) -> None:
    """Print a report, or write it to a file.

    Raises:
        click.ClickException: If the file cannot be written.
    """
    if output is None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        try:
            click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False, color=True)
        except BrokenPipeError:
            # The reader closed the pipe. The exit code stays that of the verdict; Python must not report the pipe again when it closes it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            msg = f"cannot write to standard output: {error.strerror or error}"
            raise click.ClickException(msg) from None
        return
    try:
        write_output(output, text.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        return  # the reader of a FIFO closed it: the exit code is still that of the report
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror or error}"
        raise click.ClickException(msg) from None


def print_line(text: str) -> None:
    """Print a line on standard output: a reader that closed the pipe does not change the exit code, as it does with `click.echo`.

    Raises:
        click.ClickException: If it cannot be written.
    """
    emit(f"{text}\n", None)
