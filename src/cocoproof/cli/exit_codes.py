"""Exit codes, the same for every command and every format."""

from __future__ import annotations

__all__ = ["CLEAN", "FAILED", "FINDINGS", "INTERRUPTED", "USAGE"]

CLEAN = 0
"""Nothing at or above the level asked for."""
FINDINGS = 1
"""Findings at or above `--fail-on`."""
USAGE = 2
"""The command line or the configuration is wrong."""
FAILED = 3
"""The tool itself failed; nothing is known about the files."""
INTERRUPTED = 130
"""Stopped from the keyboard, as shells count it."""
