"""The `cocoproof` command."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, ClassVar

import click

from cocoproof.cli.group import LazyGroup
from cocoproof.model import exit_codes as exits
from cocoproof.model.escaping import escape
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["cli", "main"]


class _Commands(LazyGroup):
    modules: ClassVar[Mapping[str, str]] = {
        "attest": "cocoproof.cli.attest",
        "check": "cocoproof.cli.check",
        "completion": "cocoproof.cli.completion",
        "contract": "cocoproof.cli.contract",
        "demo": "cocoproof.cli.demo",
        "diff": "cocoproof.cli.diff",
        "explain": "cocoproof.cli.rules",
        "export": "cocoproof.cli.export",
        "fix": "cocoproof.cli.fix",
        "lock": "cocoproof.cli.lock",
        "mapping": "cocoproof.cli.mapping",
        "mcp": "cocoproof.cli.mcp",
        "roundtrip": "cocoproof.cli.roundtrip",
        "rules": "cocoproof.cli.rules",
        "verify-attestation": "cocoproof.cli.attest",
    }


def _print_version(context: click.Context, _: click.Parameter, value: object) -> None:
    if value:
        from cocoproof.reading.native import reader_name  # not before: it imports numpy

        click.echo(f"cocoproof {__version__} ({reader_name()} reader)")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version, and the reader that runs.",
)
def cli() -> None:
    """Validate COCO files, export detections to them, compare and fix them.

    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage, 3 the tool itself failed.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    # Imports make many objects and no garbage: collecting as often as by default takes a tenth of the time of a short command.
    gc.set_threshold(200_000)
    # No large matrices are multiplied here; OpenBLAS would start a thread per processor when numpy is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # numpy asks for huge pages. In a virtual machine clearing them takes longer than the page faults that they save: on a file of 482 MB 1.7 s of the system's
    # time instead of 0.5 s.
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    _clean_up_on_signals()
    sys.exit(run(arguments))


def _clean_up_on_signals() -> None:
    """Exit as after an error on SIGTERM and SIGHUP, so that child processes and temporary files are removed."""

    def leave(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)  # a second one must not interrupt the clean-up
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
            signal.signal(number, leave)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit code. No exception leaves this function: errors of the user and defects of the tool are reported in a line; the latter
        with a traceback if COCOPROOF_TRACEBACK is set.
    """
    try:
        result = cli.main(args=arguments, prog_name="cocoproof", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return exits.INTERRUPTED
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        if isinstance(error, click.UsageError) and context is not None:
            click.echo(context.get_usage(), err=True)
        click.echo(f"Error: {escape(error.format_message())}", err=True)
        return exits.USAGE
    except BrokenPipeError:
        # The reader closed the pipe; Python must not report it again when it closes the pipe itself.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.FAILED
    except Exception as error:  # a message instead of a traceback
        if os.environ.get("COCOPROOF_TRACEBACK"):
            traceback.print_exc()
        click.echo(
            f"cocoproof crashed (internal error): {escape(f'{type(error).__name__}: {error}'[:500])}\n"
            "This is a defect of cocoproof, not of your file. Please report it; COCOPROOF_TRACEBACK=1 shows where it happened.",
            err=True,
        )
        return exits.FAILED
    return result if isinstance(result, int) else exits.CLEAN


if __name__ == "__main__":
    main()
