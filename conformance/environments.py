"""Virtual environments, one for each program of another project; by uv if that is installed, otherwise by venv and pip."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["last_line", "make_environment"]

_WINDOWS = os.name == "nt"


def make_environment(folder: Path, requirements: Sequence[str], *inputs: str) -> Path:
    """The interpreter of a virtual environment, which is made anew where it is absent or was made from something else.

    Args:
        folder: Of the environment.
        requirements: What is installed, as pip takes it.
        inputs: What else the environment depends on: another text makes it anew.

    Raises:
        subprocess.CalledProcessError: If a package cannot be installed.
    """
    stamp = hashlib.sha256("\n".join([*requirements, *inputs]).encode()).hexdigest()
    python = folder / ("Scripts/python.exe" if _WINDOWS else "bin/python")
    if (folder / "stamp").is_file() and (folder / "stamp").read_text() == stamp:
        return python
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    if uv := shutil.which("uv"):
        _quietly([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        _quietly([uv, "pip", "install", "--quiet", "--python", str(python), *requirements])
    else:
        _quietly([sys.executable, "-m", "venv", str(folder)])
        _quietly([str(python), "-m", "pip", "install", "--quiet", *requirements])
    (folder / "stamp").write_text(stamp)
    return python


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def last_line(text: str) -> str:
    """The last line of what a program printed, for a message."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["it printed nothing"])[-1][:300]
