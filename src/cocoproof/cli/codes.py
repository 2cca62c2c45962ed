"""Rules on the command line: codes, prefixes or names, with completion in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["Codes", "complete_code"]


class Codes(click.ParamType):  # type: ignore[type-arg]  # generic for the type checker alone, in some releases
    """Codes, prefixes or names of rules, with commas between."""

    name = "codes"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The words between the commas."""
        del param, ctx
        return tuple(word.strip() for word in str(value).split(",") if word.strip()) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # click hands back what it got

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the last word of the list."""
        before, comma, last = incomplete.rpartition(",")
        items = complete_code(ctx, param, last)
        for item in items:
            item.value = f"{before}{comma}{item.value}"
        return items


def complete_code(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rules whose code or name begins with what was typed; the name is shown beside the code, and the other way round."""
    from click.shell_completion import CompletionItem

    from cocoproof.verify.catalogue import RULES

    del ctx, param
    if incomplete[:1].islower():
        return [CompletionItem(rule.name, help=rule.code) for rule in RULES if rule.name.startswith(incomplete)]
    return [CompletionItem(rule.code, help=rule.name) for rule in RULES if rule.code.startswith(incomplete.upper())]
