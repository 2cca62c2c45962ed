"""Without a command, the help is shown as it is, in all releases of click."""

from __future__ import annotations

import pytest

from cocoproof.cli.main import run


@pytest.mark.parametrize(("arguments", "shown"), [([], "Commands:\n  attest "), (["export"], "Commands:\n  ")])
def test_a_group_without_a_command_shows_its_help(arguments, shown, capsys):
    assert run(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("Usage: cocoproof")
    assert shown in error
    assert "Error" not in error
