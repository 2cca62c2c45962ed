"""`cocoproof contract`: a dataset contract inferred from a dataset, and the contract of an exporter, each begun for the user."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import click

from cocoproof.cli.group import CommandGroup
from cocoproof.cli.output import print_line, require_place, write_output
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape

__all__ = ["contract"]

_LINES = 10
"""The most lines of the result."""
_TRIED = {
    "quick": "tried on 15 small datasets a property",
    "ci": "tried with the profile ci",
    "fuzz": "tried with the profile fuzz",
}
_NEEDED = ("hypothesis", "pytest", "supervision")


@click.group(cls=CommandGroup)
def contract() -> None:
    """Begin a contract: of datasets (infer), or of an exporter (new).

    A dataset contract is a TOML file with what your datasets must be: attributes, counts, sizes, names, licences. The contract of an exporter is a test
    file with the properties that your own code must keep.
    """


@contract.command()
@click.argument("file", type=click.Path())
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("contract.toml"),
    show_default=True,
    metavar="FILE",
    help="Where to write the contract.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def infer(file: str, output: Path, force: bool) -> int:
    """Propose a dataset contract from a good dataset: its attributes, counts, sizes, names and licences.

    The dataset keeps the contract. Read it, remove or widen what need not be so, and commit it. `cocoproof check --contract FILE` then compares other
    datasets with it.

    Exit codes: 0 written, 2 wrong usage, or FILE cannot be read as COCO.
    """
    from cocoproof.dataset_contract import infer_contract, inferred_toml
    from cocoproof.reading.defects import Unreadable
    from cocoproof.reading.document import read
    from cocoproof.reading.source import read_source

    if os.path.lexists(output) and not force:
        msg = f"{output} exists; --force overwrites it"
        raise click.UsageError(msg)
    require_place(output)
    try:
        document = read(read_source(file, mapped=True), dictionaries=True)
    except Unreadable as error:
        msg = f"{file}: {error.defect.message}"
        raise click.UsageError(msg) from None
    if document.dataset is None:
        msg = f"{file}: {document.why_not}"
        raise click.UsageError(msg)
    plain = infer_contract(document.dataset)
    clauses = sum(len(part) if isinstance(part, dict) else 1 for key, part in plain.items() if key != "format-version")
    if not clauses:
        msg = f"{file}: nothing to propose for {document.kind.value} files"
        raise click.UsageError(msg)
    try:
        write_output(output, inferred_toml(plain).encode())
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror or error}"
        raise click.ClickException(msg) from None
    print_line(escape(f"{clauses} clauses written to {output}"))
    return exits.CLEAN


@contract.command()
@click.argument("exporter", metavar="MODULE:FUNCTION")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The test file.  [default: test_FUNCTION.py, in the folder tests if there is one]",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
@click.option("--run/--no-run", default=True, show_default=True, help="Run the contract once, and show what holds.")
@click.option(
    "--profile",
    type=click.Choice(["quick", "ci", "fuzz"]),
    default="quick",
    show_default=True,
    help="How long the run tries; pytest then uses ci, unless the class says otherwise.",
)
def new(exporter: str, output: Path | None, force: bool, run: bool, profile: str) -> int:
    """Write the test file of an exporter: a function, a method, or a class that has one.

    MODULE:FUNCTION names it as Python imports it from the current folder, such as my_package.export:export_coco, or
    supervision:DetectionDataset.as_coco. It is imported, called and tested in child processes. What its signature does not say is marked
    with TODO in the file. `pip install 'cocoproof[testing]'` installs what this needs.

    Exit codes: 0 all properties that were tried hold, 1 some do not, or the file must be completed first, 2 wrong usage, 3 the contract
    could not be run.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        msg = f"cocoproof contract needs {', '.join(missing)}: pip install 'cocoproof[testing]'"
        raise click.UsageError(msg)
    from cocoproof.testing.ghostwriter import TargetError, find_target, ghostwrite, run_contract

    folder = Path.cwd()
    target_file = _place(exporter, output, force=force)
    try:
        target = find_target(exporter, folder)
    except TargetError as error:
        raise click.UsageError(str(error)) from None
    made = ghostwrite(target, folder)
    if target_file.exists() and not force:  # made by another program in the meantime
        msg = f"{target_file} exists; --force overwrites it"
        raise click.UsageError(msg)
    try:
        write_output(target_file, made.file.text.encode())
    except OSError as error:
        msg = f"cannot write {target_file}: {error.strerror or error}"
        raise click.ClickException(msg) from None
    lines = [f"{target_file}: {made.file.class_name} written"]
    if made.file.todo:
        lines.append(f"{len(made.file.todo)} TODO to complete: line {', '.join(map(str, made.file.todo))}")
    if made.trouble:
        lines.append(f"called on a small dataset, {made.trouble}")
    for line in lines:
        print_line(escape(line))
    if not run:
        return exits.CLEAN
    if made.file.todo and made.trouble:
        print_line("the contract was not run: complete the TODO first, then run pytest")
        return exits.FINDINGS
    result = run_contract(target_file.absolute(), folder, profile)
    for line in result.lines(_LINES - len(lines) - 1):
        print_line(escape(line))
    if result.trouble:
        return exits.FAILED
    print_line(escape(f"{_TRIED[profile]}; all of it, with counterexamples as code: python -m pytest {target_file}"))
    return exits.FINDINGS if result.broken or made.file.todo else exits.CLEAN


def _place(exporter: str, output: Path | None, *, force: bool) -> Path:
    """Where the test file goes.

    Raises:
        click.UsageError: If pytest would not collect it, it exists already, or it cannot be written.
    """
    name = "".join(character if character.isalnum() else "_" for character in exporter.rpartition(":")[2]).strip("_").lower()
    folder = Path("tests") if Path("tests").is_dir() else Path()
    place = output or folder / f"test_{name.removeprefix('test_') or 'exporter'}.py"
    if place.suffix != ".py" or not (place.stem.startswith("test_") or place.stem.endswith("_test")):
        msg = f"{place} is not test_NAME.py or NAME_test.py: pytest collects no other file"
        raise click.UsageError(msg)
    if os.path.lexists(place) and not force:
        msg = f"{place} exists; --force overwrites it"
        raise click.UsageError(msg)
    require_place(place)
    return place
