"""`cocoproof mcp`: a server of the Model Context Protocol on standard input and output."""

from __future__ import annotations

from pathlib import Path

import click

from cocoproof.model import exit_codes as exits

__all__ = ["mcp"]


@click.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="The folder that clients may name files in.  [default: the current folder]",
)
@click.option("--allow-write", is_flag=True, help="Let the tool fix write new files below the root.")
def mcp(root: Path, allow_write: bool) -> int:
    """Serve check, explain, diff and fix to agents and editors, as tools of the Model Context Protocol.

    The server talks on standard input and output, and ends when its client does. Paths outside of the root are refused, links out of it
    too. Without --allow-write nothing is written; with it, fix writes new files only. `pip install 'cocoproof[mcp]'` installs what this
    needs.

    Exit codes: 0 the client closed the connection, 2 wrong usage, 3 the tool itself failed.
    """
    from cocoproof.mcp_server.confinement import ServedFolder  # `--help` need not load it

    try:
        from cocoproof.mcp_server.tools import make_server
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in ("anyio", "mcp", "mcp_types", "pydantic"):
            raise
        msg = "cocoproof mcp needs the SDK of the Model Context Protocol, release 2 or newer: pip install 'cocoproof[mcp]'"
        raise click.UsageError(msg) from None
    make_server(ServedFolder.at(root), may_write=allow_write).run("stdio")
    return exits.CLEAN
