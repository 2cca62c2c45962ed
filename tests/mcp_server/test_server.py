"""The server as a client meets it: the SDK's own client, over standard input and output."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="pip install 'cocoproof[mcp]'")
pytest.importorskip("mcp.server.mcpserver", reason="this is release 1 of mcp")

import anyio
from mcp import Client, StdioServerParameters, stdio_client

from cocoproof import check as check_directly

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    own = tmp_path / "root"
    own.mkdir()
    for path in (*sorted((FIXTURES / "accept").glob("train_split.json")), *sorted((FIXTURES / "reject").glob("COCO5*.json"))[:3]):
        shutil.copy(path, own / path.name)
    shutil.copy(FIXTURES / "accept" / "train_split.json", tmp_path / "outside.json")
    (own / "json.py").write_text("raise SystemExit('a module of the root was imported')")
    (own / "noisy.json").write_text('{"images": 1}')
    return own


def asked(folder: Path, *calls: tuple[str, dict[str, Any]], options: tuple[str, ...] = ()) -> list[Any]:
    """The results of calls to a server of one folder."""
    results: list[Any] = []
    command = StdioServerParameters(command=sys.executable, args=["-m", "cocoproof", "mcp", "--root", str(folder), *options])

    async def ask() -> None:
        async with Client(stdio_client(command)) as client:
            results.append((await client.list_tools()).tools)
            for name, arguments in calls:
                results.append(await client.call_tool(name, arguments))

    anyio.run(ask)
    return results


def test_the_tools_and_what_they_say_of_themselves(folder: Path) -> None:
    (tools,) = asked(folder)
    assert [tool.name for tool in tools] == ["check", "explain", "diff", "fix"]
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.description
        assert all("description" in one or "$ref" in one or "anyOf" in one for one in tool.input_schema["properties"].values())
    ((*_, fix),) = asked(folder, options=("--allow-write",))
    assert fix.annotations.read_only_hint is False
    assert fix.annotations.destructive_hint is False


def test_check_explain_and_diff(folder: Path) -> None:
    broken = min(path.name for path in folder.glob("COCO5*.json"))
    _, checked, page, difference = asked(
        folder,
        ("check", {"files": ["train_split.json", broken], "consumers": ["pycocotools"], "max_findings": 5}),
        ("explain", {"rule": broken[:7]}),
        ("diff", {"before": "train_split.json", "after": "train_split.json"}),
    )
    assert not checked.is_error
    report = checked.structured_content
    directly = check_directly([folder / "train_split.json", folder / broken], consumers=["pycocotools"], images=False, max_findings=5)
    assert [len(one["findings"]) for one in report["files"]] == [len(one.findings) for one in directly.files]
    assert {one["code"] for one in report["files"][1]["findings"]} == {one.code for one in directly.files[1].findings} >= {broken[:7]}
    assert json.loads(checked.content[0].text) == report
    assert broken[:7] in page.content[0].text
    assert difference.structured_content["same"] is True


REFUSED = [
    ("check", {"files": ["../outside.json"]}, "outside of the folder"),
    ("check", {"files": ["/etc/passwd"]}, "outside of the folder"),
    ("check", {"files": ["train_split.json"], "images": ".."}, "outside of the folder"),
    ("check", {"files": ["train_split.json"], "ground_truth": "../outside.json"}, "outside of the folder"),
    ("check", {"files": ["train_split.json"], "categories": "../outside.json"}, "outside of the folder"),
    ("check", {"files": ["train_split.json"], "select": ["COCO9999"]}, "COCO9999"),
    ("check", {"files": ["train_split.json"], "select": ["--output=stolen"]}, "--output=stolen"),
    ("check", {"files": ["none.json"]}, "No such file"),
    ("check", {"files": []}, "files"),
    ("explain", {"rule": "--help"}, "--help"),
    ("diff", {"before": "train_split.json", "after": "../outside.json"}, "outside of the folder"),
    ("fix", {"file": "../outside.json"}, "outside of the folder"),
    ("fix", {"file": "train_split.json", "output": "new.json"}, "read-only"),
]


def test_what_is_refused_says_why(folder: Path) -> None:
    before = sorted(folder.parent.rglob("*"))
    _, *results = asked(folder, *((name, arguments) for name, arguments, _ in REFUSED))
    for (name, arguments, said), result in zip(REFUSED, results, strict=True):
        assert result.is_error, (name, arguments)
        assert said in result.content[0].text, (name, arguments)
    assert sorted(folder.parent.rglob("*")) == before


def test_fix_writes_new_files_alone(folder: Path) -> None:
    broken = folder / "broken.json"
    document = json.loads((folder / "train_split.json").read_text(encoding="utf-8"))
    for row in document["annotations"]:
        row["area"] = str(row.get("area", 1))
    broken.write_text(json.dumps(document))
    before = broken.read_bytes()
    _, dry, written, again, outside = asked(
        folder,
        ("fix", {"file": "broken.json"}),
        ("fix", {"file": "broken.json", "output": "fixed.json"}),
        ("fix", {"file": "broken.json", "output": "fixed.json"}),
        ("fix", {"file": "broken.json", "output": "../fixed.json"}),
        options=("--allow-write",),
    )
    assert dry.structured_content["files"][0]["changes"] == written.structured_content["files"][0]["changes"]
    assert broken.read_bytes() == before
    assert all(isinstance(row["area"], int | float) for row in json.loads((folder / "fixed.json").read_text())["annotations"])
    assert again.is_error
    assert "exists" in again.content[0].text
    assert outside.is_error
    assert not (folder.parent / "fixed.json").exists()


def test_a_call_that_is_cancelled_ends_its_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cocoproof.mcp_server import commands

    monkeypatch.setattr(
        commands, "_BOOTSTRAP", "import pathlib, time; pathlib.Path('started').touch(); time.sleep(1.5); pathlib.Path('ended').touch()"
    )

    async def give_up() -> None:
        with anyio.move_on_after(0.7):
            await commands.run_for_text([], folder)

    anyio.run(give_up)
    assert (folder / "started").exists()
    anyio.run(anyio.sleep, 1.5)
    assert not (folder / "ended").exists()
