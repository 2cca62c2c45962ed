"""`cocoproof lock`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cocoproof.cli.output import print_line
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape

__all__ = ["lock"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to write the list.  [default: FILE's name with .categories.toml, beside it]",
)
@click.option("--force", is_flag=True, help="Overwrite an existing list.")
def lock(file: Path, output: Path | None, force: bool) -> int:
    """Write the categories of a file to a list that other files are compared with.

    Commit the list. `cocoproof check --categories LIST FILE` then fails if the name, id or position of a category changes.
    """
    from cocoproof.mapping import CategoryListError, read_category_list, write_lock  # `--help` need not load it

    name = file.name
    for ending in (".gz", ".zst", ".json"):
        name = name.removesuffix(ending)
    target = output or file.with_name(f"{name}.categories.toml")
    if os.path.exists(target) and not force:  # noqa: PTH110 # False for names that are too long, where Path raises
        msg = f"{target} exists; --force overwrites it"
        raise click.UsageError(msg)
    try:
        categories = read_category_list(file).pinned()
        write_lock(categories, target)
    except CategoryListError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        msg = f"cannot write {target}: {error.strerror or error}"
        raise click.ClickException(msg) from None
    print_line(escape(f"{len(categories)} categories written to {target}"))
    return exits.CLEAN
