"""What a command uses: processor time and the peak memory of its largest process."""

from __future__ import annotations

import os
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


@dataclass(frozen=True)
class Usage:
    """What a command used.

    Attributes:
        exit_code: Negative for a signal.
        output: What it printed on standard output.
        errors: What it printed on standard error.
        cpu_seconds: Processor time with that of its children.
        peak_bytes: Resident memory of the largest of its processes.
    """

    exit_code: int
    output: bytes
    errors: bytes
    cpu_seconds: float
    peak_bytes: int


def allowed_bytes(size: int) -> int:
    """The memory that a file of this size may take: ten times its bytes over a floor of 250 MB."""
    return 250_000_000 + 10 * size


def run(arguments: Sequence[str], folder: Path) -> Usage:
    """Run the command line in a process of its own. POSIX alone has what it measures with."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (SAFETY_BYTES, SAFETY_BYTES))

    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "cocoproof", *arguments],
            cwd=folder,
            stdout=output,
            stderr=errors,
            preexec_fn=limit if sys.platform == "linux" else None,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        return Usage(process.returncode, output.read(), errors.read(), used.ru_utime + used.ru_stime, used.ru_maxrss * unit)
