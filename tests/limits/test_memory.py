"""Files that ask for much work: memory stays within ten times the file over 250 MB, and the run ends."""

from __future__ import annotations

import gzip
import json
import sys
from typing import TYPE_CHECKING

import pytest

from .shapes import SHAPES
from .usage import Usage, allowed_bytes, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the memory of a process is measured with wait4")


def judged(usage: Usage) -> dict[str, tuple[str, str]]:
    """Verdict and reason of each rule."""
    return {rule["code"]: (rule["verdict"], rule.get("reason") or "") for rule in json.loads(usage.output)["files"][0]["rules"]}


def check(data: bytes, folder: Path, *options: str, name: str = "a.json") -> tuple[Usage, dict[str, tuple[str, str]]]:
    (folder / name).write_bytes(data)
    usage = run(["check", name, "--format", "json", "--no-images", *options], folder)
    assert usage.exit_code in (0, 1), usage.errors[-500:]
    rules = judged(usage)
    assert not [code for code, (verdict, _) in rules.items() if verdict == "crashed"]
    assert usage.peak_bytes < allowed_bytes(len(data)), f"{usage.peak_bytes / 1e6:.0f} MB for {len(data) / 1e6:.2f} MB"
    return usage, rules


@pytest.mark.parametrize("name", list(SHAPES)[::3])  # all of them are larger in the slow tier
def test_the_rules_at_a_small_size(name: str, tmp_path: Path) -> None:
    make, sizes = SHAPES[name]
    check(make(sizes[0]), tmp_path, "--reload", "never")


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("name", SHAPES)
def test_the_rules_at_a_large_size(name: str, size: int, tmp_path: Path) -> None:
    make, sizes = SHAPES[name]
    check(make(sizes[size]), tmp_path, "--reload", "never")


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_with_the_readers(name: str, tmp_path: Path) -> None:
    make, sizes = SHAPES[name]
    _, rules = check(make(sizes[2]), tmp_path)
    failed = [(code, reason) for code, (verdict, reason) in rules.items() if verdict == "failed" and "limit" in reason]
    assert not failed


def test_what_is_over_the_budget_is_skipped_with_the_reason(tmp_path: Path) -> None:
    make, sizes = SHAPES["retraced_pair"]
    _, rules = check(make(sizes[1]), tmp_path, "--reload", "never")
    reason = "1 of 1 polygons not checked, over the budget of operations: the edges meet too often, or are too many"
    assert rules["COCO605"] == ("skipped", reason)
    assert rules["COCO601"][0] == rules["COCO602"][0] == "passed"


@pytest.mark.slow
def test_a_gzip_bomb_is_refused_before_it_is_held(tmp_path: Path) -> None:
    data = gzip.compress(b'{"images": []}' + b" " * 400_000_000, 1)
    usage, rules = check(data, tmp_path, "--reload", "never", name="a.json.gz")
    assert rules["COCO001"][0] == "failed"
    assert usage.peak_bytes < 250_000_000
