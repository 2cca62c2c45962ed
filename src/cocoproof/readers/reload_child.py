"""The child process of a reload: set the limits, import the reader, reload one file after another, and reply.

The replies go to the original standard output. Everything that the reader prints afterwards, from Python or from C, is discarded.
"""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.model.findings import Kind
from cocoproof.readers.loaded_rows import plain
from cocoproof.readers.reload_messages import Entered, Finished, Message, ReloadFailed, encode
from cocoproof.readers.reload_outcome import Ending, Loader, ReloadRequest, Stage
from cocoproof.sandbox.child_limits import limit, limit_processor, take_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.readers.reload_messages import SendMessage

__all__ = ["main"]


def main(options: str) -> None:
    """Serve requests until standard input ends, then exit.

    Args:
        options: JSON with the loader's name, `cpu_seconds`, `memory_bytes`, and a `folder` that the parent removes.
    """
    given = json.loads(options)
    name = given["loader"]
    limit("RLIMIT_CORE", 0)
    limit("RLIMIT_AS", given["memory_bytes"])
    limit("RLIMIT_CPU", given["cpu_seconds"])
    requests = os.fdopen(take_over(0, os.O_RDONLY), "rb")
    answer = os.fdopen(take_over(1, os.O_WRONLY), "wb")

    def send(message: Message) -> None:
        answer.write(encode(message) + b"\n")
        answer.flush()

    try:
        absence = None
        try:
            reload = _reader(Loader(name), Path(given["folder"]))
        except ImportError as error:
            absent = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == name
            text = f"{name} is not installed" if absent else f"{name} cannot be imported: {plain(str(error))}"
            absence = ReloadFailed(Ending.NOT_INSTALLED if absent else Ending.BROKEN, text)
        while (line := requests.readline()).endswith(b"\n"):
            if absence is not None:
                send(absence)
                continue
            send(Entered(Stage.LOAD))
            limit_processor(given["cpu_seconds"])
            send(reload(_request(line), send) or Finished())
            gc.collect()
    except MemoryError:
        send(ReloadFailed(Ending.LIMIT, f"needed more than {given['memory_bytes'] // 10**6} MB"))
    except Exception as error:  # reported to the parent, whatever it is
        send(ReloadFailed(Ending.BROKEN, f"the reload crashed (internal error): {type(error).__name__}: {plain(str(error))}"))
    finally:
        os._exit(0)  # no clean-up: a reader may have damaged the memory


def _reader(loader: Loader, folder: Path) -> Callable[[ReloadRequest, SendMessage], ReloadFailed | None]:
    """Import the reader, which takes most of the time."""
    if loader is Loader.PYCOCOTOOLS:
        from cocoproof.readers import pycocotools_reload as through_pycocotools

        return through_pycocotools.reload
    if loader is Loader.LVIS:
        from cocoproof.readers import lvis_reload as through_lvis

        return through_lvis.reload
    from cocoproof.readers import supervision_reload as through_supervision

    return lambda request, send: through_supervision.reload(request, send, folder)


def _request(line: bytes) -> ReloadRequest:
    """The request in a line that the parent sent."""
    fields = json.loads(line)
    return ReloadRequest(
        fields["path"],
        Kind(fields["kind"]),
        tuple(fields["unsafe_annotations"]),
        fields["ground_truth"],
        fields["evaluate"],
    )
