"""A group of commands that shows its help where no command is given."""

from __future__ import annotations

import click

from cocoproof.cli import exit_codes

__all__ = ["CommandGroup"]


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
