"""`cocoproof roundtrip FILE`."""

from __future__ import annotations

import json

import pytest

from cocoproof.cli.main import run

PLAIN = {
    "licenses": [{"id": 4, "name": "MIT"}],
    "images": [
        {"id": 7, "file_name": "b/one.png", "width": 40, "height": 30, "license": 4},
        {"id": 3, "file_name": "two.png", "width": 40, "height": 30},
    ],
    "categories": [{"id": 90, "name": "dog", "supercategory": "animal"}, {"id": 3, "name": "cat"}],
    "annotations": [
        {
            "id": 0,
            "image_id": 7,
            "category_id": 3,
            "bbox": [3.1, 2, 10, 10],
            "area": 99,
            "iscrowd": 0,
            "segmentation": [[3, 2, 13, 2, 13, 12, 3, 12]],
            "score": 0.3,
            "attributes": {"occluded": True},
            "source": "a",
        },
        {
            "id": 5,
            "image_id": 7,
            "category_id": 90,
            "bbox": [1, 2, 3, 4],
            "area": 6,
            "iscrowd": 1,
            "segmentation": {"size": [30, 40], "counts": [62, 2, 28, 2, 28, 2, 1076]},
            "score": 0.1,
        },
        {"id": 9, "image_id": 3, "category_id": 90, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0},
    ],
}


@pytest.fixture
def trip(tmp_path, capsys):
    """Run the command on a document; gives the exit code and the report."""

    def call(document, *arguments):
        path = tmp_path / "in.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        code = run(["roundtrip", str(path), "--format", "json", *arguments])
        out = capsys.readouterr()
        return code, json.loads(out.out) if code < 2 else out.err

    return call


def test_nothing_is_lost_and_the_file_can_be_kept(trip, tmp_path):
    code, report = trip(PLAIN, "--keep", str(tmp_path / "out.json"))
    assert code == 0, report
    assert [(one["via"], one["images"], one["detections"], one["losses"]) for one in report["readers"]] == [
        ("pycocotools", 2, 3, []),
        ("own", 2, 3, []),
    ]
    written = json.loads((tmp_path / "out.json").read_text())
    assert [(row["id"], row["name"]) for row in written["categories"]] == [(90, "dog"), (3, "cat")]
    assert written["annotations"][0]["attributes"] == {"occluded": True, "source": "a"}
    assert [row["score"] for row in written["annotations"][:2]] == [0.3, 0.1]
    assert [row["iscrowd"] for row in written["annotations"]] == [0, 1, 0]


def test_through_supervision(trip):
    code, report = trip(PLAIN, "--via", "supervision", "--masks", "rle")
    assert code == 0, report
    assert len(report["readers"][0]["notes"]) == 2


def test_a_loss_is_a_failure_and_is_explained(trip, tmp_path, capsys):
    document = json.loads(json.dumps(PLAIN))
    document["annotations"][2]["bbox"] = [1, 2, 0, 4]
    code, report = trip(document)
    assert code == 1
    assert report["readers"][0]["counts"] == {"detection-missing": 1}
    assert "expected more than 0 both ways" in report["notes"][0]
    assert run(["roundtrip", str(tmp_path / "in.json")]) == 1
    text = capsys.readouterr().out
    assert "detection-missing · 1 loss" in text
    assert text.endswith("2 losses\n")


def test_keypoints(trip):
    document = json.loads(json.dumps(PLAIN))
    document["categories"] = [{"id": 1, "name": "person", "keypoints": ["a", "b"], "skeleton": [[1, 2]]}]
    document["annotations"] = [
        {
            "id": 1,
            "image_id": 7,
            "category_id": 1,
            "bbox": [1, 2, 30, 20],
            "area": 600,
            "iscrowd": 0,
            "num_keypoints": 1,
            "keypoints": [5, 6, 1, 0, 0, 0],
        }
    ]
    assert trip(document)[0] == 0


def test_what_has_no_detections(trip):
    assert trip([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}])[0] == 2
    document = json.loads(json.dumps(PLAIN))
    document["categories"][1]["name"] = "dog"
    code, said = trip(document)
    assert code == 2
    assert "the name 'dog' stands 2 times" in said


def test_what_was_not_taken_along_is_no_success(trip, tmp_path, capsys):
    document = json.loads(json.dumps(PLAIN))
    document["annotations"][0]["image_id"] = 5
    code, report = trip(document)
    assert code == 0
    assert report["notes"] == ["not taken along: 1 annotations on no image, or of no category"]
    assert run(["roundtrip", str(tmp_path / "in.json")]) == 0
    assert capsys.readouterr().out.endswith("\nnothing lost of what was taken along\n")
    for row in document["annotations"]:
        row["image_id"] = str(row["image_id"])
    code, said = trip(document)
    assert code == 2
    assert "no detections to send on a round trip: not taken along: 3 annotations" in said


def test_tolerances_are_numbers(capsys):
    assert run(["roundtrip", "x.json", "--box-tolerance", "nan"]) == 2
    assert "nan is not in the range" in capsys.readouterr().err
