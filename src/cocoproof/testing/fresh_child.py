"""One export in a process of its own: started as a script by `fresh_process`, with the clock and the host's name it was given.

Nothing is imported before the clock is set, for what has imported `datetime` would keep the true one.
"""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import json
import operator
import os
import pickle
import platform
import socket
import sys
import time
from pathlib import Path
from typing import Any


def main(job_path: str) -> None:
    """Run a job, and write its result."""
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    shift_clock(job["seconds"])
    name = job["host"]
    socket.gethostname = lambda: name
    platform.node = lambda: name
    sys.path[:] = job["sys_path"]
    Path(job["result"]).write_text(json.dumps(_outcome(job)), encoding="utf-8")


def _outcome(job: dict[str, Any]) -> dict[str, Any]:
    try:
        kind = operator.attrgetter(job["qualname"])(_module(job["module"], job["file"], job["root"]))
        case = pickle.loads(Path(job["case"]).read_bytes())  # noqa: S301 - what the parent process wrote
        dataset = case.build(job["images"])
        for path in dataset.image_paths:
            os.utime(path, (time.time(), time.time()))
        exporter = kind()
    except Exception as error:  # the class cannot be used here
        return {"unusable": f"{type(error).__name__}: {error}"}
    from hypothesis.errors import UnsatisfiedAssumption

    try:
        return {"path": str(case.export_by(exporter, dataset, case.mapping, Path(job["out"])))}
    except UnsatisfiedAssumption:
        return {"rejected": True}
    except Exception as error:  # any error for a valid dataset
        return {"raised": f"{type(error).__name__}: {error}"}


def _module(name: str, file: str, root: str | None) -> Any:
    """The module of the exporter; a test module may not be on the path."""
    if root is not None and root not in sys.path:
        sys.path.append(root)
    if name != "__main__":
        try:
            module = importlib.import_module(name)
        except ImportError:
            pass
        else:
            if Path(getattr(module, "__file__", None) or "").resolve() == Path(file).resolve():
                return module
    spec = importlib.util.spec_from_file_location("exporter_under_test", file)
    if spec is None or spec.loader is None:
        msg = f"no module can be loaded from {file}"
        raise ImportError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules["exporter_under_test"] = module
    spec.loader.exec_module(module)
    return module


def shift_clock(seconds: float) -> None:
    """Let `time` and `datetime` show a time that is so many seconds from the true one; code in C that asks the system is not changed."""
    if not seconds:
        return
    now, now_ns, local, universal = time.time, time.time_ns, time.localtime, time.gmtime
    formatted, clock, text = time.strftime, getattr(time, "clock_gettime", None), time.asctime
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + int(seconds * 1e9)
    time.localtime = lambda *given: local(*(given if given and given[0] is not None else (now() + seconds,)))
    time.gmtime = lambda *given: universal(*(given if given and given[0] is not None else (now() + seconds,)))
    time.strftime = lambda form, *given: formatted(form, *(given or (time.localtime(),)))
    time.asctime = lambda *given: text(*(given or (time.localtime(),)))
    time.ctime = lambda *given: text(time.localtime(*given))
    if clock is not None:
        time.clock_gettime = lambda number: clock(number) + (seconds if number == time.CLOCK_REALTIME else 0)
    by = dt.timedelta(seconds=seconds)

    class OfDate(type(dt.date)):  # type: ignore[misc]  # a class that is known at run time
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, cls.__mro__[1])

    class Datetime(dt.datetime, metaclass=OfDate):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return _RealDatetime.now(tz) + by

        @classmethod
        def utcnow(cls) -> Any:
            return _RealDatetime.now(dt.timezone.utc).replace(tzinfo=None) + by

        @classmethod
        def today(cls) -> Any:
            return _RealDatetime.now() + by

    class Date(dt.date, metaclass=OfDate):
        @classmethod
        def today(cls) -> Any:
            return (_RealDatetime.now() + by).date()

    dt.datetime = Datetime  # type: ignore[misc]
    dt.date = Date  # type: ignore[misc]


_RealDatetime = dt.datetime


if __name__ == "__main__":
    main(sys.argv[1])
