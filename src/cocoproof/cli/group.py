"""Groups of commands: they show their help if no command is given, and import a command when it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, ClassVar

import click

from cocoproof.model import exit_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CommandGroup", "LazyGroup"]


class CommandGroup(click.Group):
    """A `click.Group` that ends with its help and the exit code for wrong usage where it gets no arguments.

    Releases of click differ here: before 8.2 the exit code is 0, and later ones raise an error whose message is the help.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help on standard error if there are no arguments; else parse them."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(exit_codes.USAGE)
        return super().parse_args(ctx, args)


class LazyGroup(CommandGroup):
    """A group whose commands are imported when they are used: a short command need not import the others.

    Attributes:
        modules: The module of each command, by its name, in the order of the help; the function has the name of the command, with `_` for `-`.
    """

    modules: ClassVar[Mapping[str, str]]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        del ctx
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if cmd_name not in self.modules:
            return super().get_command(ctx, cmd_name)
        if cmd_name not in self.commands:
            self.add_command(getattr(importlib.import_module(self.modules[cmd_name]), cmd_name.replace("-", "_")))
        return self.commands[cmd_name]
