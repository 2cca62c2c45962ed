"""`cocoproof diff`, on a file like real ones: what changed is named, and nothing else is."""

from __future__ import annotations

import copy
import json
import random

import numpy as np
import pycocotools.mask
import pytest

from cocoproof.cli.main import run

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

RENUMBERED = ("images", "annotations", "categories", "licenses", "videos", "tracks")
NAMES = ("person", "dog", "cat", "traffic light")


def real_like(seed=3):
    """Forty images with boxes, polygons, run lengths, crowds, attributes; ids with gaps."""
    pick = random.Random(seed)  # noqa: S311
    images = [{"id": 10 + 3 * k, "file_name": f"train/{k:03}.jpg", "width": 120, "height": 90, "license": 1} for k in range(40)]
    categories = [{"id": 1 + 2 * k, "name": name, "supercategory": "thing"} for k, name in enumerate(NAMES)]
    annotations = []
    for image in images:
        for _ in range(pick.randrange(5)):
            x, y, w, h = pick.randrange(60), pick.randrange(50), pick.randrange(8, 50), pick.randrange(8, 40)
            row = {
                "id": 100 + 7 * len(annotations),
                "image_id": image["id"],
                "category_id": pick.choice(categories)["id"],
                "bbox": [x + 0.25, y, w, h],
                "area": w * h,
                "iscrowd": 0,
                "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                "score": pick.random(),
                "attributes": {"occluded": False, "track": len(annotations)},
            }
            if len(annotations) % 5 == 0:
                mask = np.zeros((90, 120), np.uint8, order="F")
                mask[y : y + h, x : x + w] = 1
                encoded = pycocotools.mask.encode(mask)
                row |= {"iscrowd": 1, "segmentation": {"size": [90, 120], "counts": encoded["counts"].decode()}}
            annotations.append(row)
    return {
        "info": {"year": 2024},
        "licenses": [{"id": 1, "name": "MIT"}],
        "images": images,
        "categories": categories,
        "annotations": annotations,
    }


def renumbered(document, seed=0):
    """The same with every id another and every list in another order."""
    document, pick = copy.deepcopy(document), random.Random(seed)  # noqa: S311
    new = {}
    for section in ("licenses", "images", "categories", "annotations"):
        ids = list(range(1001, 1001 + len(document[section])))
        pick.shuffle(ids)
        new[section] = {row["id"]: number for row, number in zip(document[section], ids, strict=True)}
        for row in document[section]:
            row["id"] = new[section][row["id"]]
        pick.shuffle(document[section])
    for image in document["images"]:
        image["license"] = new["licenses"][image["license"]]
    for row in document["annotations"]:
        row["image_id"] = new["images"][row["image_id"]]
        row["category_id"] = new["categories"][row["category_id"]]
    return document


@pytest.fixture
def diff(tmp_path, capsys, monkeypatch):
    """Run the command on two documents; gives the exit code and what it printed, as JSON unless told."""
    monkeypatch.chdir(tmp_path)

    def call(before, after, *arguments, as_json=True):
        for name, document in (("a.json", before), ("b.json", after)):
            (tmp_path / name).write_text(json.dumps(document), encoding="utf-8")
        code = run(["diff", "a.json", "b.json", *(["--format", "json"] if as_json else []), *arguments])
        out = capsys.readouterr().out
        return code, json.loads(out) if as_json else out

    return call


@pytest.fixture
def good():
    return real_like()


def row_of(document, k):
    """The annotation whose track is k, wherever it stands."""
    return next(row for row in document["annotations"] if row["attributes"].get("track") == k)


def test_a_renumbered_copy_means_the_same_and_that_is_said(good, diff):
    n = len(good["annotations"])
    code, report = diff(good, renumbered(good))
    assert (code, report["same"], report["counts"], report["differences"]) == (0, True, {}, [])
    assert report["renumbered"] == {"images": 40, "annotations": n, "categories": 4, "licenses": 1, "videos": 0, "tracks": 0}
    assert report["notes"] == [f"the order of {what} differs" for what in ("images", "categories", "annotations")]
    assert report["compared"] == ["info", "licenses", "images", "categories", "annotations"]
    assert report["not_compared"] == ["the layout of the text", "the order of keys", "image files"]
    code, text = diff(good, renumbered(good), as_json=False)
    assert code == 0
    assert text.startswith("✓ a.json → b.json")
    assert f"renumbered, no change in meaning: 40 images, {n} annotations, 4 categories, 1 license" in text
    assert text.endswith("not compared: the layout of the text, the order of keys, image files\nno change in meaning\n")


def test_a_file_and_itself(good, diff):
    code, report = diff(good, good)
    assert (code, report["renumbered"], report["notes"]) == (0, dict.fromkeys(RENUMBERED, 0), [])


@pytest.mark.parametrize("turn", [copy.deepcopy, renumbered], ids=["as it is", "renumbered"])
class TestOneChange:
    """Each is named, with its measure, whether ids stay or not."""

    def only(self, diff, before, after):
        code, report = diff(before, after)
        assert code == 1
        assert not report["same"]
        (one,) = report["differences"]
        assert report["counts"] == {one["kind"]: 1}
        return one

    def test_a_box_moved_by_3_px(self, good, diff, turn):
        after = turn(good)
        row_of(after, 7)["bbox"][0] += 3
        one = self.only(diff, good, after)
        assert (one["kind"], one["measure"]) == ("box-moved", 3.0)
        assert one["id_before"] == row_of(good, 7)["id"]
        assert one["id_after"] == row_of(after, 7)["id"]
        assert one["message"].endswith(", up to 3 px")

    def test_a_small_box_without_a_mask_that_leaves_its_place(self, good, diff, turn):
        row_of(good, 7).update(bbox=[5, 5, 2, 2], segmentation=[])
        after = turn(good)
        row_of(after, 7)["bbox"][0] += 3
        assert self.only(diff, good, after)["kind"] == "box-moved"

    def test_an_area(self, good, diff, turn):
        after = turn(good)
        row_of(after, 7)["area"] += 5
        one = self.only(diff, good, after)
        assert (one["kind"], one["measure"], one["after"] - one["before"]) == ("area-changed", 5, 5)

    def test_a_relabelled_annotation(self, good, diff, turn):
        after = turn(good)
        row = row_of(after, 7)
        old = next(entry["name"] for entry in after["categories"] if entry["id"] == row["category_id"])
        new = next(entry for entry in after["categories"] if entry["id"] != row["category_id"])
        row["category_id"] = new["id"]
        one = self.only(diff, good, after)
        assert (one["kind"], one["before"], one["after"]) == ("relabelled", old, new["name"])

    def test_two_categories_swapped_in_name_only(self, good, diff, turn):
        after = turn(good)
        one, other = (next(row for row in after["categories"] if row["name"] == name) for name in ("dog", "cat"))
        one["name"], other["name"] = other["name"], one["name"]
        code, report = diff(good, after)
        assert code == 1
        assert report["counts"] == {"category-names-swapped": 2}
        assert {(row["before"], row["after"]) for row in report["differences"]} == {("dog", "cat"), ("cat", "dog")}

    def test_a_renamed_category(self, good, diff, turn):
        after = turn(good)
        next(row for row in after["categories"] if row["name"] == "dog")["name"] = "hound"
        one = self.only(diff, good, after)
        assert (one["kind"], one["before"], one["after"]) == ("category-renamed", "dog", "hound")

    def test_a_crowd_flag(self, good, diff, turn):
        after = turn(good)
        row_of(after, 7)["iscrowd"] = 1
        assert self.only(diff, good, after)["kind"] == "crowd-changed"

    def test_a_score(self, good, diff, turn):
        after = turn(good)
        row_of(after, 7)["score"] += 0.5
        assert self.only(diff, good, after)["kind"] == "score-changed"

    def test_an_attribute(self, good, diff, turn):
        after = turn(good)
        row_of(after, 7)["attributes"]["occluded"] = True
        assert self.only(diff, good, after)["kind"] == "attribute-changed"

    def test_a_mask(self, good, diff, turn):
        ring = [10, 10, 30, 10, 30, 40, 10, 40]
        row_of(good, 7)["segmentation"] = [ring]
        after = turn(good)
        row_of(after, 7)["segmentation"] = [[10, 10, 30, 10, 30, 37, 10, 37]]
        one = self.only(diff, good, after)
        assert (one["kind"], one["before"], one["after"], one["measure"]) == ("segmentation-changed", 600, 540, 0.9)

    def test_a_removed_and_an_added_annotation(self, good, diff, turn):
        after = turn(good)
        after["annotations"].remove(row_of(after, 7))
        one = self.only(diff, good, after)
        assert (one["kind"], one["id_before"], one["id_after"]) == ("annotation-removed", row_of(good, 7)["id"], None)
        one = self.only(diff, after, good)
        assert (one["kind"], one["id_before"], one["id_after"]) == ("annotation-added", None, row_of(good, 7)["id"])

    def test_images(self, good, diff, turn):
        used = {row["image_id"] for row in good["annotations"]}
        name = next(row["file_name"] for row in good["images"] if row["id"] in used)
        after = turn(good)
        row = next(row for row in after["images"] if row["file_name"] == name)
        row["file_name"] = "elsewhere/x.jpg"
        one = self.only(diff, good, after)
        assert (one["kind"], one["before"], one["after"]) == ("image-renamed", name, "elsewhere/x.jpg")
        row["file_name"], row["width"] = name, 121
        assert self.only(diff, good, after)["kind"] == "image-resized"
        row["width"], row["license"] = 120, None
        assert self.only(diff, good, after)["kind"] == "image-changed"

    def test_an_added_image_and_category(self, good, diff, turn):
        after = turn(good)
        after["images"].append({"id": 999, "file_name": "new.jpg", "width": 120, "height": 90})
        assert self.only(diff, good, after)["kind"] == "image-added"
        assert self.only(diff, after, good)["kind"] == "image-removed"
        after = turn(good)
        after["categories"].append({"id": 999, "name": "bird"})
        assert self.only(diff, good, after)["kind"] == "category-added"
        assert self.only(diff, after, good)["kind"] == "category-removed"


def test_an_object_that_went_far_and_grew_is_known_by_its_id(good, diff):
    after = copy.deepcopy(good)
    row = row_of(after, 7)
    row.update(bbox=[110, 80, 5, 5], segmentation=[])
    row_of(good, 7).update(bbox=[0, 0, 9, 9], segmentation=[])
    image = row["image_id"]
    for document in (good, after):  # so that the two stand in other places
        document["annotations"] = [one for one in document["annotations"] if one["image_id"] != image or one["attributes"]["track"] == 7]
        common = {**copy.deepcopy(row_of(document, 7)), "bbox": [50, 50, 9, 9], "id": 9001, "attributes": {}}
        lonely = {
            **common,
            "bbox": [20 if document is good else 90, 20, 30 if document is good else 3, 2],
            "id": 9002 if document is good else 9003,
        }
        document["annotations"] += [common, lonely]
    after["annotations"].reverse()
    code, report = diff(good, after)
    assert code == 1
    assert report["counts"]["box-moved"] == 1
    assert [one["id_before"] for one in report["differences"] if one["kind"] == "box-moved"] == [row["id"]]


def test_a_swap_with_a_category_that_nobody_has(good, diff):
    good["categories"].append({"id": 99, "name": "bird", "supercategory": "thing"})
    after = copy.deepcopy(good)
    one, other = (next(row for row in after["categories"] if row["name"] == name) for name in ("dog", "bird"))
    one["name"], other["name"] = other["name"], one["name"]
    code, report = diff(good, after)
    assert (code, report["counts"]) == (1, {"category-names-swapped": 2})


def test_another_way_to_write_the_same_mask_is_a_note(good, diff):
    after = copy.deepcopy(good)
    row = row_of(after, 7)
    encoded = pycocotools.mask.merge(pycocotools.mask.frPyObjects(row["segmentation"], 90, 120))
    row["segmentation"] = {"size": [90, 120], "counts": encoded["counts"].decode()}
    code, report = diff(good, after)
    assert (code, report["notes"]) == (0, ["1 segmentation is written differently, with the same pixels"])


def test_thresholds(good, diff):
    row_of(good, 7)["segmentation"] = [[10, 10, 30, 10, 30, 40, 10, 40]]
    after = copy.deepcopy(good)
    row_of(after, 7)["bbox"][0] += 3
    row_of(after, 8)["area"] += 5
    row_of(after, 7)["segmentation"] = [[10, 10, 30, 10, 30, 37, 10, 37]]
    row_of(after, 9)["score"] += 0.01
    limits = ["--box-tolerance", "3", "--area-tolerance", "5", "--mask-iou", "0.9", "--score-tolerance", "0.011"]
    assert diff(good, after, *limits)[0] == 0
    closer = {"--box-tolerance": "2.9", "--area-tolerance": "4.9", "--mask-iou": "0.91", "--score-tolerance": "0.009"}
    for name, value in closer.items():
        code, report = diff(good, after, *[value if before == name else one for before, one in zip(["", *limits], limits, strict=False)])
        assert (code, sum(report["counts"].values())) == (1, 1), name


def test_keypoints(diff):
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 50, "height": 50}],
        "categories": [{"id": 1, "name": "person", "keypoints": ["a", "b"], "skeleton": [[1, 2]]}],
        "annotations": [
            {
                "id": 1,
                "image_id": 1,
                "category_id": 1,
                "bbox": [1, 1, 20, 20],
                "area": 400,
                "iscrowd": 0,
                "num_keypoints": 2,
                "keypoints": [3, 4, 2, 10, 12, 2],
            }
        ],
    }
    after = copy.deepcopy(document)
    after["annotations"][0]["keypoints"][3] = 12
    code, report = diff(document, after)
    assert (code, report["counts"], report["differences"][0]["measure"]) == (1, {"keypoints-changed": 1}, 2.0)
    assert diff(document, after, "--box-tolerance", "2")[0] == 0


def test_results_lists(diff):
    rows = [{"image_id": k, "category_id": 1, "bbox": [k, 2, 10, 10], "score": 0.5} for k in range(5)]
    assert diff(rows, rows[::-1])[0] == 0
    after = copy.deepcopy(rows)
    after[2]["score"] = 0.75
    assert diff(rows, after)[1]["counts"] == {"score-changed": 1}


def test_text_groups_counts_and_cuts(good, diff):
    after = copy.deepcopy(good)
    for row in after["annotations"][:9]:
        row["area"] += 1
    code, text = diff(good, after, "--examples", "2", as_json=False)
    lines = text.splitlines()
    assert code == 1
    assert lines[1] == "  ✗ area-changed · 9 changes"
    assert lines[4].strip() == "and 7 more"
    assert lines[-1] == "9 changes in meaning"


def test_results_with_areas(diff):
    rows = [{"image_id": k, "category_id": 1, "bbox": [k, 2, 10, 10], "area": 100, "score": 0.5} for k in range(5)]
    after = copy.deepcopy(rows)
    after[2]["area"] = 101
    assert diff(rows, after)[1]["counts"] == {"area-changed": 1}
    assert diff(rows, after, "--area-tolerance", "1")[0] == 0


def panoptic():
    return {
        "images": [{"id": k, "file_name": f"{k}.jpg", "width": 40, "height": 30} for k in (1, 2)],
        "categories": [{"id": 3, "name": "sky"}, {"id": 7, "name": "sea"}],
        "annotations": [
            {
                "image_id": k,
                "file_name": f"{k}.png",
                "segments_info": [
                    {"id": 10, "category_id": 3, "area": 50, "bbox": [0, 0, 9, 9], "iscrowd": 0},
                    {"id": 20, "category_id": 7, "area": 60, "bbox": [4, 4, 9, 9], "iscrowd": 0},
                ],
            }
            for k in (1, 2)
        ],
    }


class TestPanoptic:
    def renumbered(self, document):
        """Image and category ids are others, and lists, of segments too, are in another order; segments' ids are pixels."""
        document = copy.deepcopy(document)
        for image in document["images"]:
            image["id"] += 5
        for category in document["categories"]:
            category["id"] = 10 - category["id"]
        for row in document["annotations"]:
            row["image_id"] += 5
            row["segments_info"].reverse()
            for segment in row["segments_info"]:
                segment["category_id"] = 10 - segment["category_id"]
        document["categories"].reverse()
        return document

    def test_other_ids_are_no_change(self, diff):
        code, report = diff(panoptic(), self.renumbered(panoptic()))
        assert (code, report["counts"]) == (0, {})
        assert report["renumbered"]["categories"] == 2

    @pytest.mark.parametrize("turn", [lambda document, _: document, lambda document, self: self.renumbered(document)])
    @pytest.mark.parametrize(
        ("field", "value", "kind", "said"),
        [
            ("category_id", 7, "relabelled", 'segment 10: category "sky" -> "sea"'),
            ("area", 51, "area-changed", "segment 10: area 50 -> 51"),
            ("bbox", [0, 0, 9, 8], "box-moved", "segment 10: bbox [0, 0, 9, 9] -> [0, 0, 9, 8]"),
            ("iscrowd", 1, "crowd-changed", "segment 10: iscrowd 0 -> 1"),
            ("id", 11, "attribute-changed", "segment 10 removed"),
        ],
    )
    def test_a_change_of_a_segment_is_named(self, diff, turn, field, value, kind, said):
        after = panoptic()
        after["annotations"][1]["segments_info"][0][field] = value
        code, report = diff(panoptic(), turn(after, self))
        assert (code, report["counts"]) == (1, {kind: 2 if field == "id" else 1})
        assert said in report["differences"][0]["message"]
        assert "image 2.jpg" in report["differences"][0]["message"]

    def test_tolerances(self, diff):
        after = panoptic()
        after["annotations"][1]["segments_info"][0] |= {"area": 51, "bbox": [1, 0, 9, 9]}
        assert diff(panoptic(), after, "--area-tolerance", "1", "--box-tolerance", "1")[0] == 0


def test_a_file_that_lost_all_annotations_is_of_the_others_kind(diff):
    captions = {"images": panoptic()["images"], "annotations": [{"id": 1, "image_id": 1, "caption": "Sky."}]}
    for document in (panoptic(), captions):
        code, report = diff(document, {**document, "annotations": []})
        assert (code, report["counts"]) == (1, {"annotation-removed": len(document["annotations"])})


def test_a_label_without_a_box_that_changed(diff):
    document = {"images": panoptic()["images"], "categories": panoptic()["categories"]}
    before, after = ({**document, "annotations": [{"id": 1, "image_id": 1, "category_id": number}]} for number in (3, 7))
    code, report = diff(before, after)
    assert (code, report["counts"]) == (1, {"relabelled": 1})


def test_ids_given_anew_say_nothing_of_categories_that_nobody_has(diff):
    """The second file's ids are others throughout; that of "rare" happens to be the one of "never" in the first."""
    names = ("never", "rare", "a", "b", "c")
    before, after = real_like(), real_like()
    for document, ids in ((before, (1, 2, 3, 4, 5)), (after, (2, 1, 5, 3, 4))):
        document["categories"] = [{"id": number, "name": name} for number, name in zip(ids, names, strict=True)]
        for k, row in enumerate(document["annotations"]):
            row["category_id"] = ids[2 + k % 3] if k else ids[1]
    after["annotations"][0]["category_id"] = 2  # "never"
    code, report = diff(before, after)
    assert (code, report["counts"]) == (1, {"relabelled": 1})


def test_images_without_a_name_are_known_by_their_other_fields(diff):
    before = {**panoptic(), "annotations": []}
    before["images"] = [{"id": k, "filename": f"{k}.jpg", "width": 4, "height": 3} for k in (1, 2)]
    after = copy.deepcopy(before)
    after["images"] = [{**image, "id": image["id"] + 5} for image in after["images"]]
    assert diff(before, after)[0] == 0


def test_values_of_no_use_are_one_change_and_shown_as_they_stand(good, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = json.dumps(good)
    (tmp_path / "a.json").write_text(text)
    area = f'"area": {good["annotations"][0]["area"]}'
    others = text.replace(area, '"area": NaN', 1), text.replace(area, '"area": -Infinity', 1), text.replace(area, '"area": "?"', 1)
    for other, said in zip(others, ("NaN", "-Infinity", '"?"'), strict=True):
        (tmp_path / "b.json").write_text(other)
        assert run(["diff", "a.json", "b.json", "--no-color"]) == 1
        out = capsys.readouterr().out
        assert f"area {area[8:]} -> {said}\n" in out
        assert out.endswith("\n1 change in meaning\n")
        assert run(["diff", "b.json", "b.json"]) == 0
        capsys.readouterr()
    for name, other in zip(("a.json", "b.json"), others, strict=False):
        (tmp_path / name).write_text(other)
    assert run(["diff", "a.json", "b.json"]) == 1
    assert "area NaN -> -Infinity" in capsys.readouterr().out


@pytest.mark.filterwarnings("error")
def test_numbers_that_are_further_apart_than_a_double_can_say(good, diff):
    before, after = copy.deepcopy(good), copy.deepcopy(good)
    for document, sign in ((before, 1), (after, -1)):
        document["annotations"][0]["area"] = sign * 1e308
        document["annotations"][1]["bbox"][0] = sign * 1e308
    code, report = diff(before, after)
    assert (code, report["counts"]) == (1, {"box-moved": 1, "area-changed": 1})
    assert [one["measure"] for one in report["differences"]] == [None, None]


@pytest.mark.parametrize("option", ["--box-tolerance", "--area-tolerance", "--score-tolerance", "--mask-iou"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_tolerances_are_numbers(capsys, option, value):
    assert run(["diff", "a.json", "b.json", option, value]) == 2
    assert f"{value} is not in the range" in capsys.readouterr().err


def test_what_cannot_be_compared(good, diff, tmp_path, capsys):
    diff(good, good)
    assert run(["diff", "a.json", "nowhere.json"]) == 2
    assert "nowhere.json: there is no such file" in capsys.readouterr().err
    (tmp_path / "broken.json").write_text("{")
    assert run(["diff", "a.json", "broken.json"]) == 2
    (tmp_path / "results.json").write_text('[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}]')
    assert run(["diff", "a.json", "results.json"]) == 2
    assert "of kind results: nothing to compare" in capsys.readouterr().err


def test_names_from_the_files_are_escaped(good, diff):
    after = copy.deepcopy(good)
    good["images"][0]["file_name"] = "\x1b[31mx\u202e.jpg"
    _, text = diff(good, after, as_json=False)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_an_input_is_not_overwritten(good, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = json.dumps(good)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(text)
    (tmp_path / "c.json").hardlink_to(tmp_path / "b.json")
    for output in ("a.json", "b.json", "./b.json", str(tmp_path / "a.json"), "c.json"):
        assert run(["diff", "a.json", "b.json", "--output", output]) == 2
        assert f"--output {output.removeprefix('./')} is an input file, which would be overwritten" in capsys.readouterr().err
    assert {(tmp_path / name).read_text() for name in ("a.json", "b.json")} == {text}
    assert run(["diff", "a.json", "b.json", "--output", "report.txt"]) == 0
    assert (tmp_path / "report.txt").read_text(encoding="utf-8").endswith("no change in meaning\n")


def test_order_and_sections_on_request(good, diff):
    after = copy.deepcopy(good)
    after["images"].reverse()
    after["info"] = {"year": 2025}
    code, report = diff(good, after)
    assert (code, report["counts"], report["notes"]) == (1, {"section-changed": 1}, ["the order of images differs"])
    code, report = diff(good, after, "--ignore", "info")
    assert (code, report["same"]) == (0, True)
    assert report["not_compared"][-1] == "the section 'info' (ignored)"
    code, report = diff(good, after, "--ignore", "info", "--order")
    assert (code, report["counts"]) == (1, {"order-changed": 1})
    code, text = diff(good, after, "--ignore", "info", as_json=False)
    assert "not compared: the layout of the text, the order of keys, image files, the section 'info' (ignored)\n" in text


def test_rows_cannot_be_ignored(good, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(good))
    assert run(["diff", "a.json", "a.json", "--ignore", "images"]) == 2
    assert "images, annotations and categories are always compared" in capsys.readouterr().err
