"""`cocoproof rules` and `cocoproof explain`."""

from __future__ import annotations

import json

import click

from cocoproof.cli.codes import complete_code
from cocoproof.cli.output import emit, style_for

__all__ = ["explain", "rules"]


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE...]", shell_complete=complete_code)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(codes: tuple[str, ...], format_: str) -> None:
    """List the rules: all, or those of these codes, prefixes or names."""
    from cocoproof.reports.catalogue import as_json, as_table  # `--help` need not load it
    from cocoproof.verify.catalogue import RULES, UnknownRule, select

    try:
        chosen = select(codes) if codes else RULES
    except UnknownRule as error:
        raise click.UsageError(str(error)) from None
    emit(json.dumps(as_json(chosen), indent=1) + "\n" if format_ == "json" else as_table(chosen, style_for(None, 3)), None)


@click.command()
@click.argument("code", shell_complete=complete_code)
def explain(code: str) -> None:
    """Explain a rule: what it means, why it matters, what breaks it and what does not."""
    from cocoproof.reports.catalogue import as_page
    from cocoproof.verify.catalogue import UnknownRule, find

    try:
        found = find(code)
    except UnknownRule as error:
        raise click.UsageError(str(error)) from None
    emit("\n".join(as_page(rule) for rule in found), None)
