"""`cocoproof export` as people and machines call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from cocoproof.cli.main import run

LABELS = {"a.jpg": "0 0.5 0.5 0.2 0.25 0.75\n1 0.1 0.1 0.5 0.1 0.5 0.5 0.5\n2 0.3 0.3 0.1 0.1 0.25\n", "b.png": "1 0.5 0.5 0.5 0.5 0.5\n"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in LABELS.items():
        picture, label = tmp_path / "set/images" / name, (tmp_path / "set/labels" / name).with_suffix(".txt")
        picture.parent.mkdir(parents=True, exist_ok=True)
        label.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (100, 80)).save(picture)
        label.write_text(text)
    (tmp_path / "set/data.yaml").write_text("names: [person, car, tree]\n")
    return tmp_path


def export(*arguments, verify=False):
    """Verification takes a second: it is left out where it is not the subject."""
    return run(["export", *map(str, arguments), *([] if verify else ["--no-verify"])])


def load(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def names(document):
    return [(row["id"], row["name"]) for row in document["categories"]]


def test_yolo_through_every_kind_of_mapping(here, capsys):
    assert export("yolo", "set", "out.json", verify=True) == 0
    assert names(load("out.json")) == [(1, "person"), (2, "car"), (3, "tree")]
    said = capsys.readouterr().out
    assert "2 images · 4 annotations · 3 categories" in said
    assert "verified" in said
    assert "no errors" in said
    assert (
        export("yolo", "set", "out.json", "--categories", "vehicle,person", "--rename", "car=vehicle", "--drop", "tree", "--start", "0")
        == 0
    )
    document = load("out.json")
    assert names(document) == [(0, "vehicle"), (1, "person")]
    assert [row["category_id"] for row in document["annotations"]] == [1, 0, 0]
    said = capsys.readouterr().out
    assert "car (2) -> vehicle" in said
    assert "dropped   tree (1)" in said
    assert export("yolo", "set", "out.json", "--categories", "person", "--unmapped", "drop") == 0
    assert len(load("out.json")["annotations"]) == 1
    (here / "m.toml").write_text(
        'source = ["person", "car", "tree"]\ntarget = { 5 = "thing" }\nrename = { person = "thing", car = "thing", tree = "thing" }\n'
    )
    assert export("yolo", "set", "out.json", "--mapping", "m.toml") == 0
    assert names(load("out.json")) == [(5, "thing")]
    assert "person (1), car (2), tree (1) -> thing" in capsys.readouterr().out


def test_an_unmapped_class_is_an_error_and_leaves_the_old_file(here, capsys):
    Path("out.json").write_text("old")
    assert export("yolo", "set", "out.json", "--categories", "person,cart") == 1
    said = capsys.readouterr()
    assert "class 'car' (id 1) has no category; did you mean 'cart'?" in said.err
    assert "Nothing was written" in said.err
    assert Path("out.json").read_text() == "old"
    assert export("yolo", "set", "out.json", "--categories", "person,cart", "--on-error", "skip") == 0
    said = capsys.readouterr().out
    assert "3 class-unmapped" in said
    assert "a.jpg, detection 1: class 'car'" in said


def test_bad_rows_are_counted_when_told_to_skip(here, capsys):
    Path("set/labels/b.txt").write_text("9 0.5 0.5 0.5 0.5\n0 0.5\n0 0.5 0.5 0.5 0.5\n")
    assert export("yolo", "set", "out.json") == 1
    assert "set/labels/b.txt:1: class 9 is not one of the 3 classes (0 to 2)" in capsys.readouterr().err
    assert export("yolo", "set", "out.json", "--on-error", "skip") == 0
    said = capsys.readouterr().out
    assert "1 class-unknown" in said
    assert "1 label-row" in said
    assert "set/labels/b.txt:2: the row has 2 columns" in said
    assert len(load("out.json")["annotations"]) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("yolo", "nowhere", "out.json"),
        ("yolo", "set", "no/folder/out.json"),
        ("yolo", "set", "out.json", "--categories", "no.toml"),
        ("yolo", "set", "out.json", "--rename", "car"),
        ("yolo", "set", "out.json", "--rename", "cra=vehicle"),
        ("yolo", "set", "out.json", "--mapping", "no.toml"),
        ("yolo", "set", "out.json", "--masks", "rle", "--min-iou", "0.9"),
        ("yolo", "set", "out.json", "--split", "val"),
        ("yolo", "set", "out.json", "--kpt-shape", "17"),
        ("yolo", "set", "out.json", "--results"),
        ("yolo", "set", "out.json", "--gt", "gt.json"),
        ("yolo", "set", "out.json", "--results", "--gt", "gt.json", "--masks", "rle"),
        ("yolo", "set", "out.json", "--classes", "a,,b"),
        ("coco", "nowhere.json", "out.json"),
    ],
)
def test_what_the_command_line_has_wrong_exits_with_2(here, arguments, capsys):
    code = export(*arguments)
    said = capsys.readouterr().err
    assert "Error" in said
    assert "Traceback" not in said
    assert code == 2
    assert not Path("out.json").exists()


def test_a_source_that_is_no_coco_file_exits_with_1(here, capsys):
    assert export("coco", "set/data.yaml", "out.json") == 1
    assert "set/data.yaml: invalid JSON" in capsys.readouterr().err


def test_skipping_is_suggested_only_where_it_helps(here, capsys):
    """A folder without XML files and a file that cannot be read have nothing to skip."""
    Path("empty").mkdir()
    Path("bad.json").write_text("{")
    for arguments, code in ((("voc", "empty", "out.json"), 2), (("coco", "bad.json", "out.json"), 1)):
        for mode in ("raise", "skip"):
            assert export(*arguments, "--on-error", mode) == code
            assert "--on-error" not in capsys.readouterr().err
    Path("set/labels/b.txt").write_text("0 0.5\n")
    assert export("yolo", "set", "out.json") == 1
    assert "--on-error skip" in capsys.readouterr().err


def test_a_failed_verification_exits_with_1_says_what_and_leaves_the_file(here, capsys):
    Path("bad.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}],
                "annotations": [{"id": 0, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2], "area": 4, "iscrowd": 0}],
                "categories": [{"id": 1, "name": "a"}],
            }
        )
    )
    assert export("coco", "bad.json", "out.json", "--start", "5", verify=True) == 1
    said = capsys.readouterr()
    assert "COCO207" in said.out
    assert "out.json was written and has errors; it was kept." in said.err
    assert "bad.json has the same errors" in said.err
    assert names(load("out.json")) == [(5, "a")]
    assert export("coco", "bad.json", "out.json", "--start", "5") == 0
    assert export("coco", "bad.json", "out.json", "--first-annotation-id", "1", verify=True) == 0
    assert load("out.json")["annotations"][0]["id"] == 1


def test_coco_there_and_back(here):
    assert export("yolo", "set", "one.json") == 0
    assert export("coco", "one.json", "two.json", "--categories", "tree,person,car", "--start", "0") == 0
    assert names(load("two.json")) == [(0, "tree"), (1, "person"), (2, "car")]
    assert [row["category_id"] for row in load("two.json")["annotations"]] == [1, 2, 0, 2]
    assert export("coco", "two.json", "three.json", "--categories", "one.json") == 0
    assert Path("three.json").read_bytes() == Path("one.json").read_bytes()


def test_results_run_in_cocoeval(here, capsys):
    assert export("yolo", "set", "gt.json", "--categories", "car,tree,person", "--start", "3") == 0
    Path("set/labels/a.txt").write_text("0 0.5 0.5 0.2 0.25 0.75\n2 0.3 0.3 0.1 0.1 0.25\n")
    assert export("yolo", "set", "res.json", "--results", "--gt", "gt.json", verify=True) == 0
    rows = load("res.json")
    assert [(row["image_id"], row["category_id"], row["score"]) for row in rows] == [(1, 5, 0.75), (1, 4, 0.25), (2, 3, 0.5)]
    assert "2 images · 3 results" in capsys.readouterr().out
    # Its ids exchanged by those of other categories.
    assert export("coco", "res.json", "new.json", "--classes", "gt.json", "--categories", "person,car,tree") == 0
    assert [row["category_id"] for row in load("new.json")] == [1, 3, 2]
    assert export("coco", "res.json", "new.json", "--categories", "person,car,tree") == 2
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO("gt.json")
    evaluation = COCOeval(truth, truth.loadRes("res.json"), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] > 0.5


def test_poses_are_told_to_be_numbered_unless_named(here, capsys):
    Path("set/data.yaml").write_text("names: [person, car, tree]\nkpt_shape: [2, 3]\n")
    Path("set/labels/a.txt").write_text("0 0.5 0.5 0.2 0.25 0.5 0.5 2 0.45 0.5 1\n")
    Path("set/labels/b.txt").write_text("")
    assert export("yolo", "set", "out.json") == 0
    assert load("out.json")["categories"][0]["keypoints"] == ["1", "2"]
    assert "keypoints named by their numbers" in capsys.readouterr().out
    assert export("yolo", "set", "out.json", "--keypoints", "nose,tail") == 0
    assert load("out.json")["categories"][0]["keypoints"] == ["nose", "tail"]
    assert load("out.json")["annotations"][0]["keypoints"] == [50, 40, 2, 45, 40, 1]
    assert "numbers" not in capsys.readouterr().out


def test_voc_and_jsonl(here):
    Path("voc").mkdir()
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>5</ymax></bndbox>"
    Path("voc/a.xml").write_text(
        f"<annotation><filename>a.jpg</filename><size><width>50</width><height>40</height></size><object><name>dog</name>{box}</object></annotation>"
    )
    assert export("voc", "voc", "out.json") == 0
    assert load("out.json")["annotations"][0]["bbox"] == [0, 0, 10, 5]
    assert export("voc", "voc", "out.json", "--voc-base", "0") == 0
    assert load("out.json")["annotations"][0]["bbox"] == [1, 1, 9, 4]
    Path("in.jsonl").write_text('{"file_name": "a.jpg", "detections": [{"class": "tree", "bbox": [1, 2, 3, 4]}]}\n')
    assert export("jsonl", "in.jsonl", "out.json") == 1
    assert export("jsonl", "in.jsonl", "out.json", "--images", "set/images", "--indent", "1") == 0
    assert load("out.json")["images"][0]["width"] == 100
    assert '\n "images": [\n  {\n   "id": 1,' in Path("out.json").read_text()


def test_the_same_input_gives_the_same_bytes(here):
    found = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "cocoproof", "export", "yolo", "set", f"out{seed}.json", "--min-iou", "0.9", "--no-verify"]
        subprocess.run(command, check=True, capture_output=True, env=environment)
        found.add(Path(f"out{seed}.json").read_bytes())
    assert len(found) == 1


@pytest.mark.parametrize("out", ["-", pytest.param("/dev/stdout", marks=pytest.mark.skipif(os.name == "nt", reason="a device of POSIX"))])
def test_a_stream_is_not_a_file_to_write(tmp_path, monkeypatch, capsys, out):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps({"images": [], "annotations": [], "categories": [{"id": 1, "name": "a"}]}))
    assert run(["export", "coco", "a.json", out]) == 2
    assert "OUT must be a regular file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]  # no file that is called -


def test_a_data_yaml_is_a_mapping(here):
    assert export("yolo", "set", "out.json", "--mapping", "set/data.yaml") == 0
    assert export("yolo", "set", "plain.json") == 0
    assert load("out.json")["categories"] == load("plain.json")["categories"]
