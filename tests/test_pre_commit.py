"""The pre-commit hook, as far as it can be judged without pre-commit; `tests/acceptance/pre_commit.py` runs the real one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from cocoproof.cli.main import cli

ROOT = Path(__file__).parents[1]
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_the_hook_calls_a_command_that_there_is():
    program, command = HOOK["entry"].split()
    assert program == "cocoproof"
    assert command in cli.modules


@pytest.mark.parametrize(
    "name",
    [
        "instances_val2017.json",
        "annotations/instances.json",
        "data/train/_annotations.coco.json",
        "a/person_keypoints_train2017.json",
        "panoptic_val2017.json",
        "captions_train.json.gz",
        "captions_train.json.zst",
    ],
)
def test_the_hook_takes_the_usual_names(name):
    assert re.search(HOOK["files"], name)


@pytest.mark.parametrize(
    "name", ["package.json", "tsconfig.json", "my_instances.json.bak", "instances.yaml", "reinstances.json", "cocoa.json"]
)
def test_the_hook_leaves_other_files_alone(name):
    assert not re.search(HOOK["files"], name)
