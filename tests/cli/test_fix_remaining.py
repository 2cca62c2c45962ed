"""`cocoproof fix` and what it cannot fix: listed by rule and count, and shown by the exit code, whether the file is written or not."""

from __future__ import annotations

import json

import pytest

from cocoproof.cli.main import run
from cocoproof.rules.examples import dataset

DANGLING = dataset([{"image_id": 9}, {"category_id": 7}, {"category_id": 8}])


@pytest.fixture
def fixed(tmp_path, monkeypatch, capsys):
    """Runs `fix` on a document: the exit code, and what was printed."""
    monkeypatch.chdir(tmp_path)

    def call(document, *options, indent=None):
        (tmp_path / "file.json").write_text(json.dumps(document, indent=indent), encoding="utf-8")
        code = run(["fix", "file.json", "--no-color", *options])
        return code, capsys.readouterr().out

    return call


def test_errors_that_cannot_be_fixed_are_listed_and_fail_a_preview(fixed):
    code, out = fixed(DANGLING)
    assert code == 1
    assert "nothing to fix" not in out
    assert "COCO301 dangling-image-id" in out
    assert "COCO302 dangling-category-id" in out
    assert "2 errors" in out


def test_a_rule_that_was_not_selected_does_not_count(fixed):
    assert fixed(DANGLING, "--select", "COCO207")[0] == 0


def test_the_level_is_that_of_fail_on(fixed):
    warned = dataset([{"bbox": [54, 5, 20, 16], "segmentation": [[54, 5, 74, 5, 74, 21, 54, 21]]}])
    assert fixed(warned)[0] == 0
    assert fixed(warned, "--fail-on", "warning")[0] == 1


@pytest.mark.parametrize("options", [("-o", "out.json"), ("--in-place",)])
def test_errors_that_are_left_show_in_the_exit_code_of_a_written_file(fixed, tmp_path, options):
    code, out = fixed(dataset([{"id": 0, "image_id": 9}]), *options)
    assert code == 1
    assert "COCO301" in out
    written = json.loads((tmp_path / (options[1] if len(options) > 1 else "file.json")).read_text())
    assert written["annotations"][0]["id"] != 0  # what can be fixed is fixed
    assert fixed(dataset([{"id": 0, "image_id": 9}]), *options, "--select", "COCO207")[0] == 0
    assert fixed(dataset([{"id": 0}]), *options)[0] == 0


def test_a_level_that_is_raised_fails_a_written_file(fixed):
    warned = dataset([{"id": 0, "bbox": [54, 5, 20, 16], "segmentation": [[54, 5, 74, 5, 74, 21, 54, 21]]}])
    assert fixed(warned, "-o", "out.json")[0] == 0
    assert fixed(warned, "-o", "out.json", "--fail-on", "warning")[0] == 1


def test_they_are_in_the_json(fixed):
    code, out = fixed(DANGLING, "--format", "json")
    (file,) = json.loads(out)["files"]
    assert code == 1
    remaining = {one["code"]: one["errors"] for one in file["remaining"] if one["errors"]}
    assert remaining == {"COCO301": 1, "COCO302": 2}


def test_previews_are_readable(fixed):
    document = dataset([{"bbox": [0.1 * k, 0.1, 0.2, 0.3], "segmentation": []} for k in range(5)])
    _, out = fixed(document, "--fractions", "xywh", indent=2)
    assert "\\x0a" not in out
    assert "[0.0, 0.1, 0.2, 0.3]" in out


def test_the_last_line_says_what_was_verified(fixed):
    _, out = fixed(dataset([{"id": 0}]))
    assert "verified: nothing else changed" in out
    assert "proven" not in out


def test_a_reference_that_would_come_to_mean_something_is_named(fixed, tmp_path):
    (tmp_path / "list.json").write_text(json.dumps({"categories": [{"id": k, "name": n} for k, n in enumerate(("cat", "dog", "bird"), 1)]}))
    categories = [{"id": k, "name": n} for k, n in enumerate(("cat", "dog", "bird"))]
    document = dataset([{"category_id": k} for k in (3, 1, 2, 3)], categories=categories)
    code, out = fixed(document, "--categories", "list.json", "-o", "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["annotations"] == document["annotations"]
    assert code == 1
    assert "COCO409" in out
    assert "2 references" in out
    assert '"bird"' in out


def test_the_smallest_file_that_failed_the_verification_is_refused_by_name(fixed, tmp_path):
    (tmp_path / "list.json").write_text('{"categories": [{"id": 0, "name": "c0"}]}')
    document = {
        "images": [],
        "annotations": [{"category_id": 0, "keypoints": []}],
        "categories": [{"id": 1, "name": "c0", "keypoints": ["a", "b"]}],
    }
    code, out = fixed(document, "--categories", "list.json")
    assert code == 1
    assert '"c0"' in out
