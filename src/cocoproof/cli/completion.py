"""`cocoproof completion`: the script for completion in a shell."""

from __future__ import annotations

import click

from cocoproof.cli.output import print_line

__all__ = ["completion"]


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell: for commands, options and rules.

    bash (4.4 or newer): cocoproof completion bash > ~/.local/share/bash-completion/completions/cocoproof

    zsh: cocoproof completion zsh > a file _cocoproof in a folder of $fpath

    fish: cocoproof completion fish > ~/.config/fish/completions/cocoproof.fish
    """
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        msg = f"click does not know {shell}"
        raise click.ClickException(msg)
    made: ShellComplete = kind(context.find_root().command, {}, "cocoproof", "_COCOPROOF_COMPLETE")
    # Not `source()`: for bash it runs the local bash to get its version, and the script may be for another machine.
    print_line(made.source_template % made.source_vars())
