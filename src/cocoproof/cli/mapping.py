"""`cocoproof mapping`: class mapping files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.group import CommandGroup
from cocoproof.cli.output import print_line, require_other_file, require_place
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape

if TYPE_CHECKING:
    from cocoproof.mapping import ClassMapping

__all__ = ["mapping"]

_FILE = click.Path(path_type=Path)


@click.group(cls=CommandGroup)
def mapping() -> None:
    """Show, check and infer class mappings: which class id becomes which category."""


@mapping.command()
@click.argument("file", type=_FILE)
def show(file: Path) -> int:
    """Print a mapping file as a table, one line per source class."""
    from cocoproof.mapping import CategoryListError, ClassMapping, MappingError  # `--help` need not load it

    try:
        _print_table(ClassMapping.read(file))
    except (MappingError, CategoryListError) as error:
        raise click.UsageError(str(error)) from None
    return exits.CLEAN


@mapping.command("check")
@click.argument("file", type=_FILE)
@click.option(
    "--categories", type=_FILE, metavar="FILE", help="Category list that the mapping's categories must match: names, ids and order."
)
@click.option("--all-mapped", is_flag=True, help="Fail if a source class has no category.")
def check_mapping(file: Path, categories: Path | None, all_mapped: bool) -> int:
    """Check a mapping file: that it is valid, and that its categories are those of a list.

    Exit codes: 0 valid, 1 a difference, 2 a file that cannot be read.
    """
    from cocoproof.mapping import CategoryListError, ClassMapping, MappingError, read_category_list

    try:
        given = ClassMapping.read(file)
        expected = None if categories is None else read_category_list(categories)
    except (MappingError, CategoryListError) as error:
        raise click.UsageError(str(error)) from None
    problems = []
    if expected is not None:
        own = [(category.id, category.name) for category in given.categories]
        ids = expected.ids
        wanted = [(None if ids is None else ids[k], name) for k, name in enumerate(expected.names)]
        for place, (have, want) in enumerate(zip(own, wanted, strict=False)):
            if have[1] != want[1] or (want[0] is not None and have[0] != want[0]):
                problems.append(f"category {place + 1} is {_named(*have)}, the list has {_named(*want)}")
        if len(own) != len(wanted):
            problems.append(f"the mapping has {len(own)} categories, the list {len(wanted)}")
    if all_mapped:
        problems += [f"class {_named(row.id, row.name)} has no category" for row in given.unmapped_classes]
    for problem in problems:
        print_line(escape(problem))
    if not problems:
        print_line(escape(f"{file}: {len(given.classes)} classes, {len(given.categories)} categories, valid"))
    return exits.FINDINGS if problems else exits.CLEAN


@mapping.command()
@click.argument("results", type=_FILE)
@click.option("--gt", type=_FILE, required=True, metavar="FILE", help="Ground truth of the results.")
@click.option("--output", "-o", type=_FILE, metavar="FILE", help="Write the mapping to FILE (TOML, JSON or YAML).  [default: print it]")
def infer(results: Path, gt: Path, output: Path | None) -> int:
    """Infer from RESULTS and their ground truth which category each id means.

    `cocoproof export coco RESULTS FIXED --mapping MAPPING` applies the mapping.
    Exit codes: 0 a mapping was found, 1 the evidence does not settle it, 2 wrong usage.
    """
    from cocoproof.mapping import MappingError, infer_mapping

    if output is not None:
        require_other_file("--output", output, (str(results), str(gt)))
        require_place(output)
    try:
        found = infer_mapping(gt=gt, results=results)
    except MappingError as error:
        if error.where is not None:  # a file that cannot be read or is of the wrong kind: not a question of evidence
            raise click.UsageError(str(error)) from None
        click.echo(escape(f"no mapping: {error}"), err=True)
        return exits.FINDINGS
    reason = f" ({found.reason})" if found.reason else ""
    evidence = f"{found.right_after} of {found.detected} detected objects have the right class by this mapping, {found.right_before} as written{reason}"
    if output is None:
        _print_table(found.mapping)
        print_line(evidence)
    else:
        try:
            found.mapping.write(output)
        except MappingError as error:  # a name that is not of a mapping file
            raise click.UsageError(str(error)) from None
        except OSError as error:
            msg = f"cannot write {output}: {error.strerror or error}"
            raise click.ClickException(msg) from None
        print_line(escape(f"{output}: {evidence}"))
    for one in found.unknown:
        click.echo(f"id {one} of the results: no category has it, and there is no evidence for one", err=True)
    return exits.CLEAN


def _print_table(given: ClassMapping) -> None:
    for line in str(given).splitlines():
        print_line(escape(line))


def _named(number: int | None, name: str | None) -> str:
    return f"{name or 'without a name'}" + ("" if number is None else f" (id {number})")
