"""`cocoproof mcp` without its SDK."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cocoproof.cli.main import run

if TYPE_CHECKING:
    import pytest


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "mcp" or name == "cocoproof.mcp_server.tools"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert run(["mcp"]) == 2
    assert "pip install 'cocoproof[mcp]'" in capsys.readouterr().err
