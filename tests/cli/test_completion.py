"""Completion, asked of a real bash where there is one, and of click everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import BashComplete

from cocoproof.cli.main import cli, run
from cocoproof.reading.native import native_library
from cocoproof.rules.catalogue import RULES

if TYPE_CHECKING:
    from pathlib import Path


def completed(*words: str) -> list[str]:
    complete = BashComplete(cli, {}, "cocoproof", "_COCOPROOF_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


def test_commands_options_and_rules_are_completed():
    assert set(completed("")) == cli.modules.keys()
    assert "--fail-on" in completed("check", "--fail")
    assert completed("explain", "coco20") == []
    assert completed("explain", "COCO80") == [f"COCO80{k}" for k in range(1, 10)]
    assert completed("explain", "box-not") == ["box-not-positive"]
    assert len(completed("rules", "COCO")) == len(RULES)


def test_the_last_of_several_codes_is_completed():
    assert completed("check", "--select", "COCO501,box-not") == ["COCO501,box-not-positive"]
    assert completed("check", "--ignore", "COCO851,COCO922,COCO80") == [f"COCO851,COCO922,COCO80{k}" for k in range(1, 10)]


def test_profiles_and_consumers_are_completed():
    assert completed("check", "--profile", "") == ["default", "release"]
    assert completed("check", "--for", "pyc") == ["pycocotools"]
    assert completed("rules", "--for", "pycocotools,super") == ["pycocotools,supervision"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "_COCOPROOF_COMPLETE" in capsys.readouterr().out
    assert run(["completion", "tcsh"]) == 2


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="there is no bash")
def test_bash_completes_what_the_script_says(tmp_path, capsys):
    run(["completion", "bash"])
    script = tmp_path / "completion"
    script.write_text(
        capsys.readouterr().out
        + 'COMP_WORDS=(cocoproof explain COCO80); COMP_CWORD=2; _cocoproof_completion cocoproof; echo "${COMPREPLY[@]}"\n',
        encoding="utf-8",
    )
    command = tmp_path / "cocoproof"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cocoproof "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["bash", str(script)], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"COCO80{k}" for k in range(1, 10)]


def modules_after(*arguments: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    code = f"import sys; from cocoproof.cli.main import run; run({list(arguments)!r}); print('MODULES', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.partition("MODULES")[2].split())


def test_help_and_completion_import_nothing_heavy() -> None:
    """numpy and the rules alone would take four times as long as the rest."""
    loaded = modules_after("--help")
    assert "cocoproof.cli.check" in loaded
    assert not loaded & {"numpy", "msgspec", "shapely", "pycocotools", "PIL", "jinja2", "cocoproof.rules.rule", "cocoproof.images"}


def test_a_check_imports_only_what_its_file_needs(tmp_path: Path) -> None:
    """Each of these costs a millisecond to twenty of a check of 0.3 s, and this file needs none: rectangles are seen to be simple without GEOS."""
    file = tmp_path / "small.json"
    ring = [10.0, 20.0, 40.0, 20.0, 40.0, 60.0, 10.0, 60.0]
    row = {"image_id": 1, "category_id": 1, "bbox": [10.0, 20.0, 30.0, 40.0], "area": 1200.0, "iscrowd": 0, "segmentation": [ring]}
    file.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "1.jpg", "width": 640, "height": 480}],
                "annotations": [{"id": k, **row} for k in range(1, 4)],
                "categories": [{"id": 1, "name": "cat", "supercategory": "animal"}],
            }
        ),
        encoding="utf-8",
    )
    loaded = modules_after("check", str(file), "--reload", "never")
    assert "cocoproof.geometry.polygons" in loaded
    unwanted = {
        "shapely",
        "xml.etree.ElementTree",
        "difflib",
        "importlib.metadata",
        "jsonschema_rs",
        "jinja2",
        "PIL",
        "pycocotools",
        "supervision",
        "sqlite3",
    }
    if native_library() is not None:
        unwanted |= {"simdjson"}
    assert not loaded & unwanted


def test_a_command_imports_no_other_command() -> None:
    loaded = {name for name in modules_after("rules", "COCO501") if name.startswith("cocoproof.cli.")}
    assert loaded == {f"cocoproof.cli.{name}" for name in ("group", "main", "output", "param_types", "rules")}
    assert not modules_after("rules") & {"shapely", "pycocotools", "PIL", "supervision", "jinja2", "jsonschema_rs"}
