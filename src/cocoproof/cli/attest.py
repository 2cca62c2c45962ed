"""`cocoproof attest` and `cocoproof verify-attestation`."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.check import run_check
from cocoproof.cli.output import print_line, require_other_file, require_place, write_output
from cocoproof.cli.settings_options import config_option, settings_options, usage_errors
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape
from cocoproof.model.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.attestation.statement import HashedFile
    from cocoproof.attestation.verification import Attestation, ChangedFile
    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.checking.check_settings import CheckSettings
    from cocoproof.settings.layer import SettingsLayer

__all__ = ["attest", "verify_attestation"]

_LISTED = 20
"""Files that are listed by name."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@settings_options()
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False),
    metavar="DIR",
    help="The folder of the dataset; names are below it.  [default: the folder that holds all files]",
)
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False), required=True, metavar="FILE", help="The attestation; - is standard output."
)
@config_option
def attest(paths: tuple[str, ...], given: SettingsLayer, root: str | None, output: str, config: Path | None) -> int:
    """Check a dataset, and attest that its files passed.

    The attestation is an in-toto statement of test results: SHA-256 digests of the annotation files, and with --images of the image files
    that they list; the release of cocoproof, its settings, and each rule by verdict. It is not signed: cosign and sigstore do that. Nothing
    is written where a finding at or above --fail-on remains.

    Exit codes: 0 written, 1 findings, or a file changed meanwhile, 2 wrong usage, 3 the tool itself failed.
    """
    from cocoproof.attestation.digests import Unhashable, sha256_of
    from cocoproof.attestation.statement import Configuration, HashedFile, as_bytes, make_statement
    from cocoproof.images.remote import is_address
    from cocoproof.reading.source import STDIN
    from cocoproof.settings.configuration_file import read_configuration_here
    from cocoproof.settings.path_arguments import expand_paths, without_baseline
    from cocoproof.settings.resolve import baseline_path, resolve_settings

    with usage_errors():
        layers = [read_configuration_here(config), given]
        files = without_baseline(expand_paths(paths), baseline_path(layers))
        settings = resolve_settings(layers, files=files)
    if settings.images is not None and settings.images.root is None:
        settings = replace(settings, images=None)  # what is not named is not attested
    images = None if settings.images is None else settings.images.root
    remote = [path for path in (*files, *([images] if images else [])) if path == STDIN or is_address(path)]
    if remote:
        msg = f"{escape(remote[0])} is not a file on disk: attested is what others can find again"
        raise click.UsageError(msg)
    require_place(output)
    require_other_file("--output", None if output == STDIN else output, files)
    folder = _root(root, [*files, *([images] if images else [])])
    names = [_name_below(folder, file) for file in files]
    try:
        before = [sha256_of(file) for file in files]
        seen = _ImageNames()
        report = run_check(files, settings, [seen] if images else [])
        code = report.exit_code(settings.fail_on)
        if code != exits.CLEAN:
            print_line(f"not attested: {_summary(report.summary.errors, report.summary.warnings)}; `cocoproof check` shows them")
            return code
        hashed = [HashedFile(name, digest) for name, digest in zip(names, before, strict=True)]
        hashed += _hashed_images(images, folder, seen.names) if images else []
        inputs = [HashedFile(_name_below(folder, path, outside=True), sha256_of(path)) for path in sorted(settings.inputs)]
        changed = [file for file, digest in zip(files, before, strict=True) if sha256_of(file) != digest]
    except Unhashable as error:
        msg = f"a file cannot be read: {escape(str(error))}"
        raise click.ClickException(msg) from None
    if changed:
        print_line(escape(f"not attested: {changed[0]} was changed while it was checked"))
        return exits.FINDINGS
    configuration = Configuration(fail_on=settings.fail_on, options=_options(settings), inputs=inputs)
    statement = make_statement(report, names, hashed, configuration)
    try:
        write_output(output, as_bytes(statement))
    except OSError as error:
        msg = f"cannot write {output}: {error.strerror or error}"
        raise click.ClickException(msg) from None
    if output != STDIN:
        skipped = len(statement["predicate"]["skippedTests"])
        print_line(
            escape(
                f"{output}: {statement['predicate']['result']}, {count_of(len(hashed), 'file')}, "
                f"{len(statement['predicate']['passedTests'])} rules passed, {skipped} not checked"
            )
        )
    return exits.CLEAN


class _ImageNames:
    """The image files that the checked files list."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def add(self, checked: CheckedFile, /) -> None:
        dataset = checked.document.dataset
        if dataset is not None:
            self.names.update(name for name in dataset.images.file_name.values if name)


def _hashed_images(images: str, folder: str, names: set[str]) -> list[HashedFile]:
    from cocoproof.attestation.digests import Unhashable, sha256_below
    from cocoproof.attestation.statement import HashedFile
    from cocoproof.images.root import open_folder

    hashed = []
    with open_folder(images) as root:
        for name in sorted(names):
            try:
                digest = sha256_below(root, name)
            except Unhashable as error:
                msg = f"image {name}: {error}"
                raise Unhashable(msg) from None
            hashed.append(HashedFile(_name_below(folder, os.path.join(images, name)), digest))  # noqa: PTH118
    return hashed


def _root(given: str | None, paths: Sequence[str]) -> str:
    if given is not None:
        return os.path.realpath(given)
    folders = [os.path.realpath(path if os.path.isdir(path) else os.path.dirname(path) or ".") for path in paths]  # noqa: PTH112, PTH120
    try:
        return os.path.commonpath(folders)
    except ValueError:
        msg = "the files are on different drives: name the folder of the dataset with --root"
        raise click.UsageError(msg) from None


def _name_below(folder: str, path: str, *, outside: bool = False) -> str:
    """The name of a file below the root, with forward slashes; the base name of one that may be outside of it."""
    place = os.path.realpath(path)
    if Path(place).is_relative_to(folder):
        return Path(place).relative_to(folder).as_posix()
    if outside:
        return Path(place).name
    msg = f"{escape(path)} is not below the folder of the dataset, {escape(folder)}: name another with --root"
    raise click.UsageError(msg)


def _options(settings: CheckSettings) -> dict[str, object]:
    """The settings that change verdicts, as they were resolved."""
    defaults = type(settings.thresholds)()
    thresholds = {one.name: getattr(settings.thresholds, one.name) for one in fields(defaults)}
    return {
        "contiguous": settings.contiguous,
        "contract": None if settings.contract is None else dict(settings.contract.plain),
        "decode": settings.images is not None and settings.images.decode,
        "images": settings.images is not None,
        "kind": None if settings.kind is None else settings.kind.value,
        "reload": settings.reload.value,
        "splits": settings.splits is not None,
        "thresholds": {name: value for name, value in thresholds.items() if value != getattr(defaults, name)},
    }


def _summary(errors: int, warnings: int) -> str:
    return f"{count_of(errors, 'error')}, {count_of(warnings, 'warning')}"


@click.command("verify-attestation")
@click.argument("attestation", type=click.Path(dir_okay=False), metavar="ATTESTATION")
@click.argument("dataset", type=click.Path(exists=True, file_okay=False), default=".", metavar="[DATASET]")
def verify_attestation(attestation: str, dataset: str) -> int:
    """Verify that the files of a dataset are those that were attested.

    ATTESTATION is what `cocoproof attest` wrote, plain or in an envelope as cosign and sigstore write it; DATASET is the folder that its
    names are below, by default the current one. Signatures are not verified, files that the attestation does not name are not looked at, and
    no rule runs again.

    Exit codes: 0 all files are those that were attested, 1 some are changed or missing, 2 wrong usage, or a file that is not an attestation.
    """
    from cocoproof.attestation.verification import AttestationError, read_attestation, verify_files

    try:
        statement = read_attestation(attestation)
    except AttestationError as error:
        raise click.UsageError(str(error)) from None
    changed = list(verify_files(statement, dataset))
    for line in _verdict(statement, changed):
        print_line(escape(line))
    return exits.FINDINGS if changed else exits.CLEAN


def _verdict(statement: Attestation, changed: Sequence[ChangedFile]) -> list[str]:
    signature = "its signature was not verified" if statement.signed else "it is not signed"
    attested = f"attested as {statement.result} by {statement.tool}; {signature}"
    if not changed:
        return [f"{count_of(len(statement.files), 'file')} unchanged, {attested}"]
    lines = [f"{one.change.value}: {one.name}" + (f" ({one.reason})" if one.reason else "") for one in changed[:_LISTED]]
    if len(changed) > _LISTED:
        lines.append(f"... and {len(changed) - _LISTED:,} more")
    return [*lines, f"{len(changed):,} of {count_of(len(statement.files), 'file')} changed or missing; {attested}"]
