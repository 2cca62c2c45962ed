"""Exit codes, the same for every command and every format."""

from __future__ import annotations

__all__ = ["CLEAN", "FAILED", "FINDINGS", "INTERRUPTED", "USAGE"]

CLEAN = 0
"""No finding at or above the severity that fails."""
FINDINGS = 1
"""Findings at or above `--fail-on`."""
USAGE = 2
"""The command line or the configuration is wrong."""
FAILED = 3
"""The tool itself failed: there is no verdict."""
INTERRUPTED = 130
"""Interrupted from the keyboard: 128 and the number of SIGINT, as shells count."""
