"""What a command uses: output, processor time, and the peak memory of its largest process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SAFETY_BYTES", "Usage", "allowed_bytes", "run"]

SAFETY_BYTES = 6 << 30
"""Address space of the process, so that a defect ends it and not the machine."""
HANG_SECONDS = 600
"""A command that takes longer does not end, on any machine. What it takes is measured by the benchmarks, not by tests."""


@dataclass(frozen=True)
class Usage:
    """What a command used.

    Attributes:
        exit_code: Negative for a signal.
        output: What it printed on standard output.
        errors: What it printed on standard error.
        peak_bytes: Resident memory of the largest of its processes.
        cpu_seconds: Processor time of all its processes. Benchmarks show it; no test depends on it.
    """

    exit_code: int
    output: bytes
    errors: bytes
    peak_bytes: int
    cpu_seconds: float


def allowed_bytes(size: int) -> int:
    """The memory that a file of this size may take: ten times its bytes over a floor of 250 MB."""
    return 250_000_000 + 10 * size


MEASURE = """
import json, os, resource, sys
result, limit, seconds, command = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
child = os.fork()
if not child:
    if limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    os.execv(command[0], command)
_, status, used = os.wait4(child, 0)
os.write(result, json.dumps([os.waitstatus_to_exitcode(status), used.ru_maxrss, used.ru_utime + used.ru_stime]).encode())
"""
"""Starts a command and measures it. The peak memory of a process counts that of the process that forked it, and a test runner is large."""


def run(arguments: Sequence[str], folder: Path, cpu_seconds: int = 0) -> Usage:
    """Run the command line in a process of its own. POSIX alone has what it measures with.

    Args:
        arguments: Those of the command line.
        folder: The current folder.
        cpu_seconds: The processor time after which the kernel ends it; 0 for no limit.
    """
    limit = SAFETY_BYTES if sys.platform == "linux" else 0
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as result:
        subprocess.run(
            [
                sys.executable,
                "-I",
                "-S",
                "-c",
                MEASURE,
                str(result.fileno()),
                str(limit),
                str(cpu_seconds),
                sys.executable,
                "-m",
                "cocoproof",
                *arguments,
            ],
            cwd=folder,
            stdout=output,
            stderr=errors,
            pass_fds=(result.fileno(),),
            check=True,
            timeout=HANG_SECONDS,
        )
        for file in (output, errors, result):
            file.seek(0)
        exit_code, peak, seconds = json.loads(result.read())
        unit = 1 if sys.platform == "darwin" else 1024
        return Usage(exit_code, output.read(), errors.read(), peak * unit, seconds)
