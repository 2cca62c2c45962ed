"""The command line in a child process: nothing that a library prints can disturb the protocol, and a cancelled call ends its work."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from cocoproof.model import exit_codes as exits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["CommandFailed", "run_for_json", "run_for_text"]

# With `-m` the current folder would come first among those that modules are imported from, and it is the client's.
_BOOTSTRAP = "import sys; sys.path[:] = sys.argv[1].split('\\n'); from cocoproof.cli.main import main; main(sys.argv[2:])"


class CommandFailed(Exception):
    """The command was used wrongly, or failed; the message is what it printed."""


async def run_for_text(arguments: Sequence[str], folder: Path) -> str:
    """What a command prints.

    Args:
        arguments: Those of `cocoproof`.
        folder: The current folder of the child process: its configuration file applies.

    Raises:
        CommandFailed: If the exit code is neither that of a clean file nor that of findings.
    """
    import anyio  # a dependency of the SDK, which is an extra

    path = "\n".join(entry for entry in sys.path if entry)
    command = [sys.executable, "-X", "utf8", "-c", _BOOTSTRAP, path, *arguments]
    done = await anyio.run_process(command, cwd=folder, stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (exits.CLEAN, exits.FINDINGS):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        # The usage line describes the command line, which a client does not have.
        said = "\n".join(line for line in lines if not line.startswith("Usage: ")).removeprefix("Error: ")
        msg = said or f"the command ended with exit code {done.returncode}"
        raise CommandFailed(msg)
    output: bytes = done.stdout
    return output.decode("utf-8")


async def run_for_json(arguments: Sequence[str], folder: Path) -> dict[str, Any]:
    """The JSON document that a command prints; as `run_for_text`."""
    document: dict[str, Any] = json.loads(await run_for_text(arguments, folder))
    return document
