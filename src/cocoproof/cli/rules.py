"""`cocoproof rules` and `cocoproof explain`."""

from __future__ import annotations

import json

import click

from cocoproof.cli.output import emit, style_for
from cocoproof.cli.param_types import Consumers, complete_code, complete_profile

__all__ = ["explain", "rules"]


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE...]", shell_complete=complete_code)
@click.option("--profile", metavar="NAME", shell_complete=complete_profile, help="Show the severities of this profile.")
@click.option("--for", "consumers", type=Consumers(), multiple=True, metavar="NAMES", help="Show the severities for these consumers.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--plugins/--no-plugins", default=True, help="List the rules of installed plug-ins, too (the default).")
def rules(codes: tuple[str, ...], profile: str | None, consumers: tuple[tuple[str, ...], ...], format_: str, plugins: bool) -> None:
    """List the rules: all, or those of these codes, prefixes or names."""
    from cocoproof.model.errors import CocoproofError
    from cocoproof.profiles import resolve_policy
    from cocoproof.reports.rule_pages import as_json, as_table  # `--help` need not load it
    from cocoproof.rules.catalogue import known_rules, select

    try:
        known = known_rules(plugins=plugins)
        chosen = select(codes, among=known) if codes else known
        policy = resolve_policy(profile, [name for names in consumers for name in names])
    except CocoproofError as error:
        raise click.UsageError(str(error)) from None
    as_text = as_table(chosen, style_for(None, 3), policy)
    emit(json.dumps(as_json(chosen, policy), indent=1) + "\n" if format_ == "json" else as_text, None)


@click.command()
@click.argument("code", shell_complete=complete_code)
@click.option("--plugins/--no-plugins", default=True, help="Explain the rules of installed plug-ins, too (the default).")
def explain(code: str, plugins: bool) -> None:
    """Explain a rule: what it means, why it matters, what breaks it and what does not."""
    from cocoproof.model.errors import CocoproofError
    from cocoproof.reports.rule_pages import as_page
    from cocoproof.rules.catalogue import find, known_rules

    try:
        found = find(code, known_rules(plugins=plugins))
    except CocoproofError as error:
        raise click.UsageError(str(error)) from None
    emit("\n".join(as_page(rule) for rule in found), None)
