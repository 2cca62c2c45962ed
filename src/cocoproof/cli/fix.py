"""`cocoproof fix`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.output import emit, require_place, style_for, write_output
from cocoproof.cli.settings_options import config_option, settings_options, usage_errors
from cocoproof.input_files.packed_data import ENDINGS, PackedError, pack
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape
from cocoproof.reading.source import STDIN
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.fix import Fixed, FixOptions
    from cocoproof.reading.source import Source
    from cocoproof.settings.layer import SettingsLayer

__all__ = ["fix"]

FORMAT_VERSION = 1


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--output",
    "-o",
    metavar="OUT",
    help="Write the fixed file here; `-` is standard output. Compressed where the name ends in .gz or .zst.",
)
@click.option("--in-place", is_flag=True, help="Write over the files themselves.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing; exit with 1 if there is something to fix, or findings remain. The default without -o and --in-place.",
)
@click.option("--diff", "textual", is_flag=True, help="Show the changes as a diff of the text; write nothing.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply also fixes where another answer may be meant, or something is lost.")
@click.option(
    "--fractions",
    type=click.Choice(["xywh", "cxcywh", "xyxy"]),
    help="What boxes in fractions of the image are (COCO505): corner and size, centre and size, or two corners.",
)
@settings_options(
    *("select", "ignore", "plugins", "categories", "gt", "kind", "thresholds", "fail_on"),
    helps={
        "select": "Fix only violations of these rules: codes, prefixes (COCO5) or names, separated by commas.",
        "ignore": "Do not fix violations of these rules.",
        "categories": "The category list, for order and ids of the categories.",
        "gt": "The ground truth of results lists, for the sizes of images.",
        "thresholds": "Set a tolerance, such as area-tolerance=0.1.",
        "fail_on": "Exit with 1 where findings of this severity or above remain.",
    },
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print the changes."
)
@click.option(
    "--examples", type=click.IntRange(min=1), default=3, show_default=True, metavar="N", help="Changes of each rule that the text shows."
)
@click.option("--color/--no-color", "colour", default=None, help="Colour the text.  [default: terminals only]")
@config_option
def fix(
    paths: tuple[str, ...],
    output: str | None,
    in_place: bool,
    dry_run: bool,
    textual: bool,
    unsafe_fixes: bool,
    fractions: str | None,
    given: SettingsLayer,
    format_: str,
    examples: int,
    colour: bool | None,
    config: Path | None,
) -> int:
    """Fix unambiguous errors, and leave every other byte as it is.

    FILE is a COCO file, plain, gzip or zstd, or - for standard input. The changes are shown; they are written only with
    -o or --in-place, and only after it was verified that nothing else changed.

    Exit codes: 0 fixed and written, or nothing to fix, and no findings at or above --fail-on remain; 1 such findings remain, whether the
    file was written or not, or there is something to fix and nothing was written; 2 wrong usage, or a file that cannot be read;
    3 verification failed, nothing was written.
    """
    from cocoproof.cli.fix_report import as_json, as_lines
    from cocoproof.fix import FixOptions
    from cocoproof.settings.configuration_file import read_configuration_here
    from cocoproof.settings.path_arguments import expand_paths
    from cocoproof.settings.resolve import resolve_settings

    with usage_errors():
        # Only the selected rules are needed: the readers and the image files change nothing that can be fixed.
        layers = [read_configuration_here(config), given.with_values(reload="never", images=False, baseline=False)]
        settings = resolve_settings(layers)
        files = expand_paths(paths)
    options = FixOptions(check=settings, unsafe=unsafe_fixes, fractions=fractions)  # type: ignore[arg-type]  # click has checked the value
    if not options.codes:
        msg = "none of the selected rules has a fix; `cocoproof rules` lists those that have"
        raise click.UsageError(msg)
    target = _choose(files, output, settings.inputs, in_place=in_place, dry=dry_run or textual)
    code = exits.CLEAN
    reports: list[dict[str, object]] = []
    for file in files:
        outcome = _fixed(file, options)
        if isinstance(outcome, int):
            code = max(code, outcome)
            continue
        source, fixed = outcome
        if textual:
            target.say("\n".join(map(escape, _textual(file, fixed))))
        elif format_ == "text":
            target.say("\n".join(as_lines(file, fixed, style_for(False if target.is_stdout else colour, examples), unsafe=unsafe_fixes)))
        written = target.write(source, fixed)
        reports.append(as_json(file, fixed, written))
        if format_ == "text" and not textual:
            target.say(_closing_line(fixed, written))
        if fixed.remaining_summary.at_least(settings.fail_on) or (target.place is None and not fixed.same):
            code = max(code, exits.FINDINGS)
    if format_ == "json" and not textual:
        document = {"format_version": FORMAT_VERSION, "tool": {"name": "cocoproof", "version": __version__}, "files": reports}
        target.say(json.dumps(document, indent=1, allow_nan=False))
    return code


@dataclass(frozen=True, slots=True)
class _Target:
    """Where fixed files go.

    Attributes:
        place: The file, `-` for standard output, "" for each file's own place; None where nothing is written.
    """

    place: str | None

    @property
    def is_stdout(self) -> bool:
        """Whether standard output is for the fixed file, so that messages go to standard error."""
        return self.place == STDIN

    def say(self, text: str) -> None:
        """Print what was done."""
        if self.is_stdout and text:
            click.echo(text, err=True)
        elif text:
            emit(text + "\n", None)

    def write(self, source: Source, fixed: Fixed) -> str | None:
        """Write a file in one step; its own only if it changed.

        Returns:
            Where it was written to; None where it was not.

        Raises:
            click.ClickException: If it cannot be written.
        """
        if self.place is None or (not self.place and fixed.same):
            return None
        path = self.place or source.path
        packing = source.packing if self.is_stdout or not self.place else ENDINGS.get(Path(path).suffix)
        try:
            data = pack(fixed.data, packing)
            if self.is_stdout:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            else:
                if not self.place:
                    _require_unchanged(source)
                write_output(path, data)
        except BrokenPipeError:
            raise
        except PackedError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            msg = f"cannot write {'to standard output' if self.is_stdout else path}: {error.strerror or error}"
            raise click.ClickException(msg) from None
        return path


def _require_unchanged(source: Source) -> None:
    """Make sure that a file still has the content that was fixed: what another program wrote in the meantime would be lost.

    Raises:
        click.ClickException: If it has changed.
    """
    from cocoproof.reading.defects import Unreadable
    from cocoproof.reading.source import read_source

    try:
        same = read_source(source.path).content == source.content
    except Unreadable:
        same = False
    if not same:
        msg = f"{source.path} was changed by another program in the meantime, and was not written"
        raise click.ClickException(msg)


def _choose(files: list[str], output: str | None, kept: Mapping[str, str], *, in_place: bool, dry: bool) -> _Target:
    """Where the files go by the options.

    Args:
        files: The files to fix.
        output: The file of `-o`.
        kept: Files that must not be written over, and why.
        in_place: Whether each goes where it came from.
        dry: Whether nothing is written.

    Raises:
        click.UsageError: If the options contradict one another, or a file would be overwritten unasked, or cannot be written.
    """
    if output is not None and in_place:
        msg = "-o and --in-place exclude each other"
        raise click.UsageError(msg)
    if in_place and STDIN in files:
        msg = "standard input cannot be written in place; -o names a file"
        raise click.UsageError(msg)
    if output is not None and len(files) > 1:
        msg = f"-o takes one file, and there are {len(files)}; --in-place takes any number"
        raise click.UsageError(msg)
    if output is not None and _same_file(output, files[0]):
        msg = f"{output} is the input file; --in-place overwrites it"
        raise click.UsageError(msg)
    why = None if output is None else next((why for path, why in kept.items() if _same_file(output, path)), None)
    if why is not None:
        msg = f"{output} must not be written over: {why}"
        raise click.UsageError(msg)
    if dry:
        return _Target(None)
    if output is not None and output != STDIN:
        require_place(output)
    return _Target("" if in_place else STDIN if output is None and files == [STDIN] else output)


def _same_file(one: str, other: str) -> bool:
    try:
        return STDIN not in (one, other) and os.path.samefile(one, other)  # noqa: PTH121 # returns False for names that are too long
    except (OSError, ValueError):  # one of them is not there
        return False


def _fixed(file: str, options: FixOptions) -> tuple[Source, Fixed] | int:
    """A file and its fixed text, or an exit code where it cannot be fixed."""
    from cocoproof.fix import NotFixable, VerificationFailed, fix
    from cocoproof.reading.defects import Unreadable
    from cocoproof.reading.source import read_source

    try:
        source = read_source(file)
        return source, fix(source, options)
    except (Unreadable, NotFixable) as error:
        click.echo(f"Error: {escape(file)}: {escape(str(error))}", err=True)
        return exits.USAGE
    except VerificationFailed as error:
        message = f"{escape(file)}: verification failed, nothing was written: {escape(str(error))}"
        click.echo(f"{message}\nThis is a defect of cocoproof, not of your file. Please report it.", err=True)
        return exits.FAILED


def _textual(file: str, fixed: Fixed) -> list[str]:
    from cocoproof.fix.document_text import JsonText
    from cocoproof.fix.splice import edits_of
    from cocoproof.fix.text_diff import textual_diff

    if fixed.same:
        return []
    text = JsonText(fixed.original) if fixed.changes.tree else None
    return list(textual_diff(fixed.original, edits_of(text, fixed.changes), (file, f"{file} (fixed)")))


def _closing_line(fixed: Fixed, written: str | None) -> str:
    if written is not None:
        return f"written to {'standard output' if written == STDIN else escape(written)}"
    return "" if fixed.same else "nothing was written; use -o OUT or --in-place"
