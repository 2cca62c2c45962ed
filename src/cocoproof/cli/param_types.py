"""Types of options: lists separated by commas, with completion in the shell, and files to write to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.cli.output import STDOUT

if TYPE_CHECKING:
    from typing import Any

    from click.shell_completion import CompletionItem

__all__ = ["Codes", "CommaList", "Consumers", "ReportFile", "complete_code", "complete_profile"]


class CommaList(click.ParamType):  # type: ignore[type-arg]  # generic only for type checkers in some releases
    """Strings separated by commas."""

    name = "list"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The strings between the commas."""
        del param, ctx
        return tuple(item.strip() for item in str(value).split(",") if item.strip()) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]  # click converts a converted value again

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the last item of the list."""
        before, comma, last = incomplete.rpartition(",")
        items = self.complete(ctx, param, last)
        for item in items:
            item.value = f"{before}{comma}{item.value}"
        return items

    def complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The values that begin with what was typed."""
        del ctx, param, incomplete
        return []


class Codes(CommaList):
    """Codes, prefixes or names of rules, separated by commas."""

    name = "codes"

    def complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The rules whose code or name begins with what was typed."""
        return complete_code(ctx, param, incomplete)


class ReportFile(click.Path):
    """A file to write to; `-` is standard output, for which the command gets None."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path, or None."""
        return None if value is None or os.fspath(value) == STDOUT else super().convert(value, param, ctx)


class Consumers(CommaList):
    """Names of consumers of a file."""

    name = "names"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names between the commas; an empty string is an unset shell variable, and an error."""
        names = super().convert(value, param, ctx)
        if not names and isinstance(value, str):
            self.fail("it is empty", param, ctx)
        return names

    def complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The consumers whose names begin with what was typed."""
        from click.shell_completion import CompletionItem

        from cocoproof.profiles import CONSUMERS

        del ctx, param
        return [CompletionItem(profile.name, help=profile.summary) for profile in CONSUMERS if profile.name.startswith(incomplete)]


def complete_profile(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The profiles whose names begin with what was typed."""
    from click.shell_completion import CompletionItem

    from cocoproof.profiles import DEFAULT, PROFILES

    del ctx, param
    return [CompletionItem(name) for name in (DEFAULT, *(profile.name for profile in PROFILES)) if name.startswith(incomplete)]


def complete_code(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Rules whose code or name begins with what was typed; the name is shown beside the code, and the other way round."""
    from click.shell_completion import CompletionItem

    from cocoproof.model.errors import SettingsError
    from cocoproof.rules.catalogue import known_rules

    del ctx, param
    try:
        rules = known_rules()
    except SettingsError:  # a plug-in that cannot be used: a command names it, and a completion cannot
        rules = known_rules(plugins=False)
    if incomplete[:1].islower():
        return [CompletionItem(rule.name, help=rule.code) for rule in rules if rule.name.startswith(incomplete)]
    return [CompletionItem(rule.code, help=rule.name) for rule in rules if rule.code.startswith(incomplete.upper())]
