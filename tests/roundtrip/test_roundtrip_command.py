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
    assert "expected a width and a height above 0" in report["notes"][0]
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
    assert "the name 'dog' occurs 2 times" in said


def test_what_cannot_be_exported_is_a_loss(trip, tmp_path, capsys):
    document = json.loads(json.dumps(PLAIN))
    document["annotations"][0]["image_id"] = 5
    code, report = trip(document)
    assert code == 1
    assert report["notes"] == ["not exported: 1 annotations on no image, or of no category"]
    assert [loss["message"] for loss in report["readers"][0]["losses"]] == ["1 annotation on no image in, nothing out"]
    assert run(["roundtrip", str(tmp_path / "in.json")]) == 1
    assert capsys.readouterr().out.endswith("\n2 losses\n")
    for row in document["annotations"]:
        row["image_id"] = str(row["image_id"])
    code, said = trip(document)
    assert code == 2
    assert "no detections that can be exported: not exported: 3 annotations" in said


def test_tolerances_are_numbers(capsys):
    assert run(["roundtrip", "x.json", "--box-tolerance", "nan"]) == 2
    assert "nan is not in the range" in capsys.readouterr().err


def changed(place, **fields):
    """The document with other fields of one annotation."""
    document = json.loads(json.dumps(PLAIN))
    document["annotations"][place].update(fields)
    return document


def without(place, *names):
    document = json.loads(json.dumps(PLAIN))
    for name in names:
        del document["annotations"][place][name]
    return document


def posed(**fields):
    """One annotation with keypoints."""
    document = json.loads(json.dumps(PLAIN))
    document["categories"] = [{"id": 1, "name": "person", "keypoints": ["a"], "skeleton": []}]
    document["annotations"] = [
        {"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 20], "area": 600, "iscrowd": 0, "num_keypoints": 1}
        | {"keypoints": [5, 6, 1]}
        | fields
    ]
    return document


def top(**sections):
    return {**json.loads(json.dumps(PLAIN)), **sections}


def image(**fields):
    document = json.loads(json.dumps(PLAIN))
    document["images"][0].update(fields)
    return document


CORNERS = [[1.0, 2.0], [3.0, 2.0], [3.0, 4.0], [1.0, 4.0]]
LOST = {
    "a score of one of two annotations": (without(1, "score"), "score", "score 0.3 in, none out"),
    "a track of one of two annotations": (changed(0, track_id=5), "track-id", "tracker id 5 in, none out"),
    "a track beside keypoints": (posed(track_id=5), "track-id", "tracker id 5 in, none out"),
    "a track that is a text": (changed(2, track_id="a"), "track-id", "tracker id 'a' in, none out"),
    "a list under attributes": (changed(2, attributes=[1]), "data", "data['attributes'] [1] in, none out"),
    "an oriented box of three corners": (changed(2, obb=CORNERS[:3]), "oriented-box", "oriented box: 6 numbers in, none out"),
    "an oriented box that is a text": (changed(2, obb="x"), "data", "data['obb'] 'x' in, none out"),
    "an oriented box without corners": (changed(2, obb=[]), "data", "data['obb'] [] in, none out"),
    "scores of no keypoints": (changed(2, keypoint_scores=[]), "data", "data['keypoint_scores'] [] in, none out"),
    "a score that is a text": (changed(2, score="0.5"), "score", "score '0.5' in, none out"),
    "a score that is null": (changed(2, score=None), "data", "data['score'] none in, none out"),
    "an attribute with the name of a field": (
        changed(0, attributes={"source": "b", "occluded": True}),
        "data",
        "data['source (beside the attribute)'] 'a' in, none out",
    ),
    "an attribute with a name of the exporter's": (changed(2, attributes={"visibility": 1}), "data", "data['visibility'] 1 in, none out"),
    "a segmentation beside keypoints": (
        posed(segmentation=[[1, 2, 31, 2, 31, 22, 1, 22]]),
        "mask",
        "mask 600 px in, no mask out",
    ),
    "keypoints that are not numbers": (changed(2, keypoints="x"), "data", "data['keypoints'] 'x' in, none out"),
    "a crowd flag that is not a number": (changed(2, iscrowd="x"), "crowd", "iscrowd x in, 0 out"),
    "an annotation without a box": (without(2, "bbox"), "detection-missing", "'dog', no box in, nothing out"),
    "an image without a size": (image(width=None), "image-missing", "an image with 2 detections in, nothing out"),
    "info that is not an object": (top(info="2024"), "section", 'info "2024" in, {} out'),
    "licences that are not a list": (top(licenses={"a": 1}), "section", 'licenses {"a": 1} in, [] out'),
    "a section of the user's own": (top(videos=[{"id": 1}]), "section", 'videos [{"id": 1}] in, none out'),
    "a field of a category": (
        top(categories=[*PLAIN["categories"][:1], {**PLAIN["categories"][1], "color": [1, 2, 3]}]),
        "category-fields",
        "the category 'cat': color [1, 2, 3] in, none out",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_what_the_export_does_not_keep_is_a_loss(trip, name):
    document, kind, message = LOST[name]
    code, report = trip(document)
    assert code == 1
    for reader in report["readers"]:
        assert reader["counts"].get(kind) == 1, reader["losses"]
        assert any(loss["kind"] == kind and loss["message"].endswith(message) for loss in reader["losses"]), reader["losses"]


KEPT = {
    "an oriented box of pairs": changed(2, obb=CORNERS),
    "an oriented box of numbers": changed(2, obb=[one for corner in CORNERS for one in corner]),
    "info and licences": top(info={"year": 2024, "date_created": "May", "n": 1.0}, licenses=[{"id": 4, "name": "MIT", "url": None}]),
    "fields of an image": image(license=4, date_captured="May", flags=[True, None]),
    "empty lists": changed(2, segmentation=[], keypoints=[]),
    "null among attributes": changed(0, attributes={"occluded": None}),
    "a whole number as a float": changed(2, iscrowd=0, note=1.0),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_the_export_keeps(trip, name):
    code, report = trip(KEPT[name])
    assert code == 0, report


def test_what_is_computed_anew_is_named_and_counted(trip, tmp_path, capsys):
    code, report = trip(changed(2, id="x", num_keypoints=3))
    assert code == 0
    assert report["readers"][0]["notes"] == [
        "ids: an export assigns them anew; 2 of the images have another id than in the source",
        "ids: an export assigns them anew; 3 of the annotations have another id than in the source",
        "area: an export computes it anew; 1 annotation has another value than in the source",
        "num_keypoints: an export computes it anew; 1 annotation has another value than in the source",
    ]
    assert run(["roundtrip", str(tmp_path / "in.json")]) == 0
    assert capsys.readouterr().out.endswith("\nnothing lost of what was compared\n")


@pytest.mark.parametrize("option", ["--keep", "--output"])
def test_the_input_is_not_overwritten(tmp_path, capsys, option):
    path = tmp_path / "in.json"
    path.write_text(json.dumps(PLAIN), encoding="utf-8")
    link = tmp_path / "link.json"
    link.hardlink_to(path)
    for name in (path, link):
        assert run(["roundtrip", str(path), option, str(name)]) == 2
        assert "is an input file, which would be overwritten" in capsys.readouterr().err
    assert json.loads(path.read_text(encoding="utf-8")) == PLAIN


def test_the_report_and_the_exported_file_are_two_files(tmp_path, capsys):
    path = tmp_path / "in.json"
    path.write_text(json.dumps(PLAIN), encoding="utf-8")
    assert run(["roundtrip", str(path), "--keep", str(tmp_path / "x"), "--output", str(tmp_path / "x")]) == 2
    assert "--output and --keep both name" in capsys.readouterr().err
