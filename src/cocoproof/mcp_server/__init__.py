"""`cocoproof mcp`: check, explain, diff and fix as tools of the Model Context Protocol, confined to one folder.

`confinement` decides which paths a client may name, `commands` runs the command line in a child process, `tools` declares the tools. The
SDK (extra `mcp`) is imported by `tools` alone.
"""

from __future__ import annotations

__all__: list[str] = []
