"""Rules on the command line: codes, prefixes or names, with completion in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.cli.param_types import Words

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

__all__ = ["Codes", "complete_code"]


class Codes(Words):
    """Codes, prefixes or names of rules, with commas between."""

    name = "codes"

    def complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The rules whose code or name begins so."""
        return complete_code(ctx, param, incomplete)


def complete_code(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rules whose code or name begins with what was typed; the name is shown beside the code, and the other way round."""
    from click.shell_completion import CompletionItem

    from cocoproof.rules.catalogue import RULES

    del ctx, param
    if incomplete[:1].islower():
        return [CompletionItem(rule.name, help=rule.code) for rule in RULES if rule.name.startswith(incomplete)]
    return [CompletionItem(rule.code, help=rule.name) for rule in RULES if rule.code.startswith(incomplete.upper())]
