"""What becomes of each kind of defect, and of its neighbours: worked out by hand, or by pycocotools."""

from __future__ import annotations

import json
from typing import ClassVar

import numpy as np
import pycocotools.mask
import pytest

from cocoproof.mapping import Category, CategoryList
from cocoproof.rules.examples import GONE, captions, dataset, keypoint_dataset, panoptic, results

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

RECTANGLE = [4, 5, 24, 5, 24, 21, 4, 21]
TRIANGLE = [4, 5, 24, 5, 24, 21]


def rows(document, field, section="annotations"):
    return [row.get(field) if isinstance(row, dict) else row for row in (document[section] if isinstance(document, dict) else document)]


def only_changed(before, after, *changed):
    """Hold two documents against each other: only these places, as (section, row, field), may differ."""
    before, after = json.loads(json.dumps(before)), json.loads(json.dumps(after))
    for section, row, field in changed:
        for document in (before, after):
            (document[section] if section else document)[row].pop(field, None)
    assert before == after


class TestIds:
    def test_zero_missing_null_and_repeated_ids_become_free_ones(self, mended):
        before = dataset([{"id": 0}, {"id": 7}, {"id": GONE}, {"id": 7}, {"id": None}, {"id": 7}])
        after = mended(before)
        assert rows(after, "id") == [10, 7, 8, 11, 9, 12]  # absent ones first, then null, 0, repeated
        only_changed(before, after, *(("annotations", row, "id") for row in range(6)))

    def test_the_first_of_several_keeps_the_id(self, mended):
        assert rows(mended(captions([{"id": 3}, {"id": 3}, {"id": 3}])), "id") == [3, 4, 5]

    def test_ids_of_images_and_categories_may_be_zero(self, fixed):
        before = dataset([{"image_id": 0, "category_id": 0}], images=[{"id": 0}], categories=[{"id": 0}])
        assert fixed(before).same

    def test_above_what_a_double_can_hold_the_gaps_are_filled(self, mended):
        before = dataset([{"id": 2**53 - 2}, {"id": 0}, {"id": 1}, {"id": 0}, {"id": 0}])
        assert rows(mended(before), "id") == [2**53 - 2, 2**53 - 1, 1, 2, 3]

    def test_negative_ids_are_ids(self, mended):
        assert rows(mended(dataset([{"id": -5}, {"id": 0}])), "id") == [-5, 1]

    def test_large_and_odd_ids_change_on_request(self, mended, fixed):
        before = dataset([{"id": 2**53}, {"id": "a1"}, {"id": 2**70}, {"id": 1.5}, {"id": 5}])
        assert fixed(before).same
        assert fixed(before).on_request == {"COCO007": 2, "COCO103": 2}
        new = rows(mended(before, unsafe=True), "id")
        assert len(set(new)) == 5
        assert new[4] == 5
        assert all(type(one) is int and 0 < one < 2**53 for one in new)

    def test_a_results_list_needs_no_ids(self, fixed):
        assert fixed(results([{}, {}])).same

    def test_only_selected_rules_take_ids(self, mended):
        before = dataset([{"id": 0}, {"id": 4}, {"id": 4}])
        assert rows(mended(before, "COCO202"), "id") == [0, 4, 5]
        assert rows(mended(before, "COCO207"), "id") == [5, 4, 4]

    def test_broken_rows_beside_them_stay(self, mended):
        before = dataset([None, {"id": 0}, {"bbox": ["x"], "image_id": 99}])
        after = mended(before)
        assert after["annotations"][0] is None
        assert rows(after, "id")[1:] == [4, 3]
        only_changed(before, after, ("annotations", 1, "id"))


class TestTypes:
    @pytest.mark.parametrize(
        ("text", "due"),
        [
            (b'"64"', b"64"),
            (b'" 64 "', b"64"),
            (b"64.0", b"64"),
            (b'"64.0"', b"64"),
            (b"6.4e1", b"64"),
            (b'"064"', None),
            (b'"sixty"', None),
            (b"64.5", None),
            (b'"64.5"', None),
            (b"true", None),
            (b"null", None),
            (b"[64]", None),
            (b'""', None),
            (b'"0x40"', None),
            (b'"6_4"', None),
            ('"٦٤"'.encode(), None),
            (b'"1e300"', None),
            (b'"1e999"', None),
        ],
    )
    def test_a_width_that_is_an_integer_in_one_way_alone(self, fixed, text, due):
        before = json.dumps(dataset()).encode().replace(b'"width": 64', b'"width": ' + text)
        assert fixed(before, "COCO103").data == (before if due is None else before.replace(text, due, 1))

    @pytest.mark.parametrize("text", ['"4.50"', '"4.50\\n"', '"\\u0034.50"'])
    def test_a_number_keeps_its_digits(self, fixed, text):
        before = json.dumps(dataset()).replace('"bbox": [4,', f'"bbox": [{text},').encode()
        assert b'"bbox": [4.50,' in fixed(before, "COCO103").data

    def test_flags(self, mended):
        before = dataset([{"iscrowd": False}, {"iscrowd": True}, {"iscrowd": "1"}, {"iscrowd": "yes"}, {"iscrowd": None}])
        assert rows(mended(before, "COCO103"), "iscrowd") == [0, 1, 1, "yes", 0]
        assert mended(panoptic(categories=[{"isthing": True}, {"isthing": False}]))["categories"][0]["isthing"] == 1

    def test_references_and_what_they_refer_to(self, mended):
        before = dataset([{"image_id": "1"}, {"image_id": "2", "category_id": "2"}], images=[{"id": "1"}, {"id": "2"}])
        after = mended(before)
        assert rows(after, "id", "images") == [1, 2]
        assert rows(after, "image_id") == [1, 2]
        assert rows(after, "category_id") == [1, 2]

    def test_ids_that_would_become_one_stay_and_so_do_references_to_them(self, fixed):
        before = dataset([{"image_id": "1"}, {"image_id": 1}], images=[{"id": "1"}, {"id": 1}])
        found = fixed(before, "COCO103")
        assert found.same
        assert [(one.count, one.reason) for one in found.left] == [(2, "two ids of images would become one")]
        assert fixed(dataset([{"image_id": "1"}], images=[{"id": "1"}, {"id": "1.0"}]), "COCO103").same

    def test_a_polygon_outside_a_list(self, mended):
        after = mended(dataset([{"segmentation": RECTANGLE}, {"segmentation": [1, 2, 3, 4]}, {"segmentation": [*RECTANGLE, 1]}]))
        assert rows(after, "segmentation") == [[RECTANGLE], [1, 2, 3, 4], [*RECTANGLE, 1]]

    def test_keypoints_in_triples(self, mended):
        nested = [[6, 7, 2], [10, 12, 1], [0, 0, 0]]
        pairs = [[6, 7], [10, 12], [0, 0]]
        after = mended(keypoint_dataset([{"keypoints": nested}, {"keypoints": pairs}]))
        assert rows(after, "keypoints") == [[6, 7, 2, 10, 12, 1, 0, 0, 0], pairs]

    def test_lists_of_numbers(self, mended):
        before = keypoint_dataset(
            [{"bbox": ["4", 5, "20.0", 16], "keypoints": ["6", 7, 2, 10, 12, 1, 0, 0, 0]}], categories=[{"skeleton": [["1", 2.0]]}]
        )
        after = mended(before)
        assert rows(after, "bbox") == [[4, 5, 20.0, 16]]
        assert rows(after, "keypoints") == [[6, 7, 2, 10, 12, 1, 0, 0, 0]]
        assert rows(after, "skeleton", "categories") == [[[1, 2]]]

    def test_an_rle_of_texts(self, mended):
        before = dataset([{"segmentation": {"size": ["48", "64"], "counts": ["197", 16, 2859]}, "bbox": [4, 5, 1, 16], "area": 16}])
        assert rows(mended(before), "segmentation") == [{"size": [48, 64], "counts": [197, 16, 2859]}]

    def test_names_and_free_fields_are_not_numbers(self, fixed):
        assert fixed(dataset([{"attributes": {"id": "3"}, "score": "0.5"}], categories=[{"name": "7"}], images=[{"license": "1"}])).same

    def test_scores_of_results(self, mended):
        after = mended(results([{"score": "0.9"}, {"score": "1.7"}, {"score": "high"}, {"score": None}, {"score": 0.25}]))
        assert rows(after, "score") == [0.9, "1.7", "high", None, 0.25]

    def test_fields_of_results_and_segments(self, mended):
        assert rows(mended(results([{"image_id": "1", "bbox": ["4", 5, 20, 16]}])), "image_id") == [1]
        after = mended(panoptic([{"id": "7", "area": "100"}, {"iscrowd": GONE}]))
        assert after["annotations"][0]["segments_info"][0] | {"id": 7, "area": 100} == after["annotations"][0]["segments_info"][0]
        assert after["annotations"][0]["segments_info"][1]["iscrowd"] == 0


class TestFields:
    def test_a_missing_flag_is_a_single_object(self, mended):
        before = dataset([{"iscrowd": GONE}, {"iscrowd": 1, "segmentation": {"size": [48, 64], "counts": [3000, 72]}}, {"iscrowd": 7}])
        assert rows(mended(before, "COCO106"), "iscrowd") == [0, 1, 7]

    def test_lvis_needs_no_flag(self, fixed):
        before = dataset([{"iscrowd": GONE}], images=[{"neg_category_ids": [], "not_exhaustive_category_ids": []}])
        assert fixed(before).before.kind.value == "lvis"
        assert fixed(before).same

    def test_keypoint_counts(self, mended):
        sound = [6, 7, 2, 10, 12, 1, 0, 0, 0]
        changes = [{"num_keypoints": 3}, {"num_keypoints": GONE}, {"num_keypoints": None}, {"num_keypoints": GONE, "keypoints": sound[:-1]}]
        assert rows(mended(keypoint_dataset(changes)), "num_keypoints") == [2, 2, 2, None]

    def test_a_crowd_that_looks_like_one_object_on_request(self, mended, fixed):
        holed = {"size": [48, 64], "counts": [197, 5, 6, 5, 2859]}
        before = dataset([{"segmentation": holed, "iscrowd": 1, "bbox": [4, 5, 1, 16], "area": 10}])
        assert fixed(before).same
        assert rows(mended(before, unsafe=True), "iscrowd") == [0]

    def test_an_empty_segmentation_goes_on_request(self, mended, fixed):
        before = dataset([{"segmentation": []}, {"segmentation": None}, {}])
        assert fixed(before).same
        after = mended(before, unsafe=True)
        assert ["segmentation" in row for row in after["annotations"]] == [False, False, True]

    @pytest.mark.parametrize(
        ("edges", "due"),
        [([[0, 1], [1, 2]], [[1, 2], [2, 3]]), ([[0, 3]], None), ([[1, 4]], None), ([[-1, 1]], None), ([[1, 2]], None), ([], None)],
    )
    def test_a_skeleton_that_counts_from_zero(self, fixed, edges, due):
        after = json.loads(fixed(keypoint_dataset(categories=[{"skeleton": edges}])).data)
        assert rows(after, "skeleton", "categories") == [due or edges]


def annotation_pixels(document, row):
    """The pixels that pycocotools sets for an annotation."""
    annotation = document["annotations"][row]
    image = next(one for one in document["images"] if one["id"] == annotation["image_id"])
    mask = annotation["segmentation"]
    if isinstance(mask, list):
        mask = pycocotools.mask.merge(pycocotools.mask.frPyObjects(mask, image["height"], image["width"]))
    elif isinstance(mask["counts"], list):
        mask = pycocotools.mask.frPyObjects(mask, image["height"], image["width"])
    return pycocotools.mask.decode(mask)


class TestAreas:
    @pytest.mark.parametrize("area", [GONE, None, 0, -160, 900])
    @pytest.mark.parametrize(
        "mask",
        [
            [TRIANGLE],
            [RECTANGLE, [10, 5, 30, 5, 30, 13, 10, 13]],  # overlapping: counted once
            {"size": [48, 64], "counts": [197, 16, 32, 16, 2811]},
            {"size": [48, 64], "counts": "U6`0P10kf2"},
            [[40, 5, 80, 5, 80, 21, 40, 21]],  # beyond the image
        ],
        ids=["triangle", "two", "runs", "compressed", "outside"],
    )
    def test_the_pixels_of_the_mask(self, mended, area, mask):
        before = dataset([{}, {"area": area, "segmentation": mask}, {"segmentation": "broken"}])
        after = mended(before, "COCO103", "COCO106", "COCO506", "COCO507")
        assert after["annotations"][1]["area"] == int(annotation_pixels(before, 1).sum())
        only_changed(before, after, ("annotations", 1, "area"))

    @pytest.mark.parametrize("area", [GONE, None, 0, -1])
    def test_the_box_where_there_is_no_mask(self, mended, area):
        before = dataset([{"area": area, "segmentation": []}, {"area": area, "segmentation": GONE, "bbox": [4, 5, 2.5, 2.1]}])
        assert rows(mended(before), "area") == [320, 5.25]

    @pytest.mark.parametrize("area", [20, 400])
    def test_another_area_than_the_box_may_be_the_right_one(self, mended, fixed, area):
        before = dataset([{"area": area, "segmentation": []}])
        assert fixed(before).same
        assert fixed(before).on_request["COCO506"] == 1
        assert rows(mended(before, unsafe=True), "area") == [320]

    @pytest.mark.parametrize(
        "change",
        [
            {"segmentation": [[4, 5, 24]]},
            {"segmentation": {"size": [48, 64], "counts": [197, 16]}},
            {"segmentation": [[4, 5, 4.1, 5, 4.1, 5.1]]},  # no pixel
            {"segmentation": [TRIANGLE], "image_id": 9},  # of an unknown size
            {"segmentation": [], "bbox": [4, 5, 0, 3]},
            {"segmentation": [], "bbox": "broken"},
            {"segmentation": "broken"},
        ],
    )
    def test_there_is_no_telling(self, fixed, change):
        found = fixed(dataset([{"area": GONE} | change]), "COCO106")
        assert found.same
        assert [(one.code, one.count) for one in found.left] == [("COCO106", 1)]

    def test_what_is_near_enough_stays(self, fixed):
        assert fixed(dataset([{"area": 319}, {"area": 321.5}])).same

    def test_a_box_beyond_doubles_takes_nothing_down(self, fixed):
        assert fixed(dataset([{"bbox": [1e300, 5, 1e308, 1e308], "area": 1, "segmentation": []}])).same


class TestBoxes:
    def test_a_missing_or_empty_box_is_taken_from_the_mask(self, mended):
        runs = {"size": [48, 64], "counts": [197, 16, 32, 16, 2811]}
        before = dataset([{"bbox": GONE}, {"bbox": None}, {"bbox": [4, 5, 0, 0]}, {"bbox": GONE, "segmentation": runs, "area": 32}])
        after = mended(before)
        assert rows(after, "bbox") == [[4, 5, 20, 16], [7, 7, 20, 16], [10, 9, 20, 16], [4, 5, 2, 16]]
        x, y, w, h = pycocotools.mask.toBbox(pycocotools.mask.frPyObjects(runs, 48, 64)).tolist()
        assert rows(after, "bbox")[3] == [x, y, w, h]

    def test_a_box_of_a_mask_ends_at_the_image(self, mended):
        before = dataset([{"bbox": GONE, "segmentation": [[44, 5, 70.5, 5, 70.5, 21, 44, 21]]}])
        assert rows(mended(before, "COCO102"), "bbox") == [[44, 5, 20, 16]]

    def test_digits_are_those_of_the_polygon(self, mended):
        before = dataset([{"bbox": GONE, "segmentation": [[0.1, 0.7, 20.4, 0.7, 20.4, 16.9, 0.1, 16.9]], "area": 328}])
        assert rows(mended(before), "bbox") == [[0.1, 0.7, 20.3, 16.2]]

    def test_without_a_mask_there_is_no_telling(self, fixed):
        found = fixed(dataset([{"bbox": GONE, "segmentation": []}, {"bbox": [4, 5, 0, 3], "segmentation": GONE, "area": 3}]))
        assert found.same
        assert {(one.code, one.count) for one in found.left} == {("COCO102", 1), ("COCO501", 1)}

    def test_a_box_unlike_its_mask_changes_on_request(self, mended, fixed):
        before = dataset([{"bbox": [0, 0, 24, 21]}])
        assert fixed(before).same
        assert rows(mended(before, "COCO508", unsafe=True), "bbox") == [[4, 5, 20, 16]]

    def test_a_box_is_clipped_on_request_and_its_area_with_it(self, mended, fixed):
        before = dataset([{"bbox": [54, -6, 20, 16], "segmentation": []}])
        assert fixed(before).same
        after = mended(before, unsafe=True)
        assert rows(after, "bbox") == [[54, 0, 10, 10]]
        assert rows(after, "area") == [100]

    def test_a_mask_of_another_image_is_no_help(self, fixed):
        assert fixed(dataset([{"bbox": GONE, "segmentation": {"size": [64, 48], "counts": [197, 16, 2859]}}]), "COCO102").same


FRACTIONS = {
    "xywh": [[0.5, 0.25, 0.5, 0.5], [0, 0, 0.25, 0.5], [0.25, 0.5, 0.5, 0.5], [0, 0.25, 0.5, 0.25], [0.125, 0, 0.5, 1]],
    "cxcywh": [[0.75, 0.5, 0.5, 0.5], [0.125, 0.25, 0.25, 0.5], [0.5, 0.75, 0.5, 0.5], [0.25, 0.375, 0.5, 0.25], [0.375, 0.5, 0.5, 1]],
    "xyxy": [[0.5, 0.25, 1, 0.75], [0, 0, 0.25, 0.5], [0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.5], [0.125, 0, 0.625, 1]],
}
PIXELS = [[32, 12, 32, 24], [0, 0, 16, 24], [16, 24, 32, 24], [0, 12, 32, 12], [8, 0, 32, 48]]


class TestBoxForms:
    def corners(self, count=6):
        boxes = [[30 + k, 20 + k, 50 + k, 36 + k / 4] for k in range(count)]
        areas = [20 * (16 - 3 * k / 4) for k in range(count)]
        return dataset([{"bbox": box, "area": area, "segmentation": GONE} for box, area in zip(boxes, areas, strict=True)])

    def test_corners(self, mended):
        after = mended(self.corners())
        assert rows(after, "bbox") == [[30 + k, 20 + k, 20, 16 - 3 * k / 4] for k in range(6)]
        only_changed(self.corners(), after, *(("annotations", k, "bbox") for k in range(6)))

    def test_one_box_that_can_be_no_corners_makes_it_doubtful(self, fixed, mended):
        before = self.corners(12)
        before["annotations"][3]["bbox"] = [30, 20, 9, 9]
        assert fixed(before, "COCO504").same
        after = mended(before, "COCO504", unsafe=True)
        assert rows(after, "bbox")[3] == [30, 20, 9, 9]
        assert rows(after, "bbox")[0] == [30, 20, 20, 16]

    def test_masks_that_say_otherwise_forbid_it(self, fixed):
        before = self.corners(12)
        before["annotations"][3]["segmentation"] = [RECTANGLE]
        found = fixed(before, "COCO504", unsafe=True)
        assert found.same
        assert found.left[0].reason == "the segmentations contradict it: their envelopes are not the corners"

    def test_corners_of_results(self, mended):
        ring = [[30, 20, 50, 20, 50, 36, 30, 36]]
        after = mended(results([{"bbox": [30, 20, 50, 36], "segmentation": ring}]))
        assert rows(after, "bbox") == [[30, 20, 20, 16]]

    def fractions(self, form, masks=False):
        changes = []
        for box, (x, y, w, h) in zip(FRACTIONS[form], PIXELS, strict=True):
            ring = [x, y, x + w, y, x + w, y + h, x, y + h]
            changes.append({"bbox": box, "area": w * h, "segmentation": [ring] if masks else []})
        return dataset(changes)

    @pytest.mark.parametrize("form", FRACTIONS)
    def test_fractions_whose_form_the_boxes_show(self, mended, form):
        assert rows(mended(self.fractions(form)), "bbox") == PIXELS

    @pytest.mark.parametrize("form", FRACTIONS)
    def test_fractions_whose_form_the_masks_show(self, mended, form):
        one = self.fractions(form, masks=True)
        one["annotations"] = one["annotations"][:1]
        assert rows(mended(one), "bbox") == PIXELS[:1]

    @pytest.mark.parametrize("form", FRACTIONS)
    def test_fractions_whose_form_is_stated(self, fixed, mended, form):
        one = self.fractions(form)
        one["annotations"] = one["annotations"][1:2]
        assert fixed(one, "COCO505").same  # a few boxes show nothing
        assert fixed(one, "COCO505").left[0].code == "COCO505"
        assert rows(mended(one, fractions=form), "bbox") == PIXELS[1:2]


class TestMasks:
    def test_polygons_of_a_crowd_become_the_pixels_that_pycocotools_sets(self, mended):
        rings = [RECTANGLE, [30.5, 5, 40, 8.25, 33, 20]]
        before = dataset([{}, {"iscrowd": 1, "segmentation": rings, "bbox": [4, 5, 36, 16], "area": 400}])
        after = mended(before)
        assert after["annotations"][1]["segmentation"]["size"] == [48, 64]
        np.testing.assert_array_equal(annotation_pixels(after, 1), annotation_pixels(before, 1))
        only_changed(before, after, ("annotations", 1, "segmentation"))

    def test_short_polygons_go_where_others_stay(self, mended):
        before = dataset(
            [{"segmentation": [[], RECTANGLE, [4, 5, 6, 7]]}, {"segmentation": [[1, 2]]}, {"segmentation": [RECTANGLE, [1, 2, 3]]}]
        )
        after = mended(before)
        assert rows(after, "segmentation") == [[RECTANGLE], [[1, 2]], [RECTANGLE, [1, 2, 3]]]

    def test_a_crowd_with_an_empty_polygon(self, mended):
        after = mended(dataset([{"iscrowd": 1, "segmentation": [[], RECTANGLE]}]))
        assert annotation_pixels(after, 0).sum() == 320


CLASSES = CategoryList.from_names(["dog", "bird", "cat"])
NUMBERED = CategoryList((Category(10, "cat"), Category(1, "dog"), Category(2, "bird")))


class TestCategories:
    def test_the_order_of_the_list(self, mended):
        before = dataset(
            [{"category_id": 2}], categories=[{}, {"name": "horse"}, {"id": 2, "name": "dog", "color": "red"}, {"id": 7, "name": "bird"}]
        )
        before["categories"][1]["id"] = 3
        after = mended(before, expected=CLASSES)
        assert rows(after, "name", "categories") == ["dog", "horse", "bird", "cat"]
        assert sorted(after["categories"], key=str) == sorted(before["categories"], key=str)
        assert after["annotations"] == before["annotations"]

    def test_the_ids_of_the_list_everywhere(self, mended):
        before = dataset([{"category_id": 1}, {"category_id": 2}, {"category_id": 99}], categories=[{}, {}, {"id": 30}])
        after = mended(before, expected=NUMBERED)
        assert {row["name"]: row["id"] for row in after["categories"]} == {"cat": 10, "dog": 1, "bird": 2}
        assert rows(after, "category_id") == [10, 1, 99]
        assert rows(after, "name", "categories") == ["cat", "dog", "bird"]

    def test_segments_and_the_lists_of_lvis(self, mended):
        segments = mended(panoptic(categories=[{}, {}]), expected=NUMBERED)["annotations"][0]["segments_info"]
        assert rows(segments, "category_id") == [10, 1]
        before = dataset(
            [{"iscrowd": GONE}], images=[{"neg_category_ids": [2, 3], "not_exhaustive_category_ids": [1]}], categories=[{}, {}]
        )
        image = mended(before, expected=NUMBERED)["images"][0]
        assert (image["neg_category_ids"], image["not_exhaustive_category_ids"]) == ([1, 3], [10])

    @pytest.mark.parametrize(
        "categories",
        [
            [{}, {}, {"id": 10, "name": "horse"}],  # keeps an id that is needed
            [{}, {"id": 1}],
            [{}, {}, {"name": "cat"}],
            [{}, {"id": None}],
        ],
    )
    def test_where_nobody_knows_which_is_which(self, fixed, categories):
        found = fixed(dataset(categories=categories), "COCO409", expected=NUMBERED)
        assert found.same
        assert {one.code for one in found.left} == {"COCO409"}

    def test_without_a_list_nothing_is_done(self, fixed):
        assert fixed(dataset(categories=[{"id": 9}, {"id": 3}])).same


def test_copies_go_on_request_where_all_but_the_id_is_the_same(mended, fixed):
    same = {"bbox": [4, 5, 20, 16], "segmentation": [RECTANGLE]}
    before = dataset([{}, same, same | {"score": 0.5}, {"category_id": 2}, same])
    assert fixed(before).same
    assert rows(mended(before, unsafe=True), "id") == [1, 3, 4]


def test_several_defects_of_one_annotation(mended):
    """The box follows from the mask, the area from the box, the flag from nothing; the image is known by its text."""
    before = dataset(
        [{"id": 0, "image_id": "1", "bbox": GONE, "area": None, "iscrowd": GONE, "segmentation": RECTANGLE}, {"image_id": "1"}],
        images=[{"id": "1", "width": "64", "height": 48.0}],
    )
    after = mended(before)
    assert after["annotations"][0] == {
        "id": 3,
        "image_id": 1,
        "category_id": 1,
        "area": 320,
        "segmentation": [RECTANGLE],
        "iscrowd": 0,
        "bbox": [4, 5, 20, 16],
    }
    assert after["images"][0] == {"id": 1, "width": 64, "height": 48, "file_name": "1.jpg", "license": 1}


def test_rows_that_go_make_no_other_kind_of_the_file(fixed):
    """Of three annotations two have keypoints, and one of these is a copy: what is left looks like a file without any."""
    keyed = {"bbox": [7, 7, 20, 16], "segmentation": [[7, 7, 27, 7, 27, 23, 7, 23]], "keypoints": [1, 2]}
    found = fixed(dataset([{}, keyed, keyed]), "COCO206", unsafe=True)
    assert found.before.kind.value == found.after.kind.value == "keypoints"
    assert found.counts == {"COCO206": 1}


def test_of_values_whose_key_stands_twice_none_is_mended(fixed):
    """Mended, the id that readers take would be the other one, and the second run would take that for a copy."""
    text = json.dumps(dataset([{}])).encode()
    for other, last in ((b"1", b"0"), (b"1", b'"1"')):
        repeated = text.replace(b'{"id": 1, "image_id"', b'{"id": ' + other + b', "id": ' + last + b', "image_id"')
        found = fixed(repeated)
        assert found.same
        assert {left.reason for left in found.left} == {
            "the values differ, and the right one is not known",
            "the value is below a duplicate key with different values (COCO005)",
        }
    twice = text.replace(b'"id": 1, "image_id"', b'"id": 0, "image_id"').replace(b'"annotations": ', b'"annotations": [], "annotations": ')
    assert fixed(twice).same
    same = text.replace(b'{"id": 1, "image_id"', b'{"id": 0, "id": 0, "image_id"')
    assert fixed(same, "COCO207").same  # unless copies are taken away
    assert json.loads(fixed(same).data)["annotations"][0]["id"] == 1


def test_a_number_where_a_list_is_due_is_no_number_to_mend(fixed):
    found = fixed(keypoint_dataset([{"num_keypoints": 9}], categories=[{"skeleton": [[1, 2], 2]}]))
    assert found.counts == {"COCO702": 1}


def test_a_flag_that_looks_like_an_exporters_mark_once_a_point_is_gone(fixed):
    """The mark shows where every other mask is one polygon, as it is after the short one went."""
    holed = {"size": [48, 64], "counts": [197, 5, 6, 5, 2859]}
    before = dataset(
        [{"segmentation": [RECTANGLE, [1, 2, 3, 4]]}, {"segmentation": holed, "iscrowd": 1, "bbox": [4, 5, 2, 16], "area": 10}]
    )
    found = fixed(before, unsafe=True)
    assert found.counts["COCO602"] == found.counts["COCO612"] == 1


def test_fractions_are_left_where_the_stated_form_puts_a_box_nowhere(fixed):
    thin, off = dataset([{"bbox": [0.5, 0.2, 0.5, 0.9]}], images=[{}]), dataset([{"bbox": [1, 0.2, 0.5, 0.5]}], images=[{}])
    for before, form in ((thin, "xyxy"), (off, "xywh")):
        found = fixed(before, "COCO505", fractions=form)
        assert found.same
        assert found.left[0].reason == f"as {form} 1 of 1 boxes would have no size, or share no pixel with their image"


@pytest.mark.filterwarnings("error")
def test_areas_beyond_a_double_are_none_and_large_ones_are_short(fixed):
    row = {"area": GONE, "segmentation": GONE}
    before = dataset([row | {"bbox": [0, 0, 1e200, 1e200]}, row | {"bbox": [0, 0, 1e100, 1e100]}])
    found = fixed(before, "COCO106")
    assert b'"area": 1e+200' in found.data
    assert len(found.changes.made) == 1
    assert [left.count for left in found.left] == [1]


def test_a_flag_that_looks_like_an_exporters_mark_once_the_polygon_is_pixels(fixed):
    """One ring that crosses itself covers two parts."""
    crossing = [[4, 5, 24, 5, 24, 21, 4, 2]]
    found = fixed(dataset([{}, {"segmentation": crossing, "iscrowd": 1}]), unsafe=True)
    assert found.counts["COCO610"] == found.counts["COCO612"] == 1


class TestOrientedBoxes:
    """COCO953: `bbox` becomes the envelope of the oriented box."""

    DIAMOND: ClassVar = {"obb": [30, 4, 44, 18, 30, 32, 16, 18], "area": 392, "segmentation": []}

    def test_a_lost_rotation_is_written_safely(self, mended):
        lost = self.DIAMOND | {"bbox": [20.1, 8.1, 19.8, 19.8]}
        assert rows(mended(dataset([lost, {}]), "COCO953"), "bbox") == [[16, 4, 28, 28], [4 + 3, 5 + 2, 20, 16]]

    def test_an_angle_is_read_by_the_convention_of_the_file(self, mended):
        lost = {"obb": [30, 20, 20, 15, 0.6435011087932844], "bbox": [20, 12.5, 20, 15], "area": 300, "segmentation": []}
        (box,) = rows(mended(dataset([lost]), "COCO953"), "bbox")
        assert box == pytest.approx([17.5, 8, 25, 24])

    def test_any_other_box_is_changed_on_request(self, mended, fixed):
        other = dataset([self.DIAMOND | {"bbox": [16, 4, 28, 20]}])
        assert fixed(other, "COCO953").same
        assert rows(mended(other, "COCO953", unsafe=True), "bbox") == [[16, 4, 28, 28]]

    def test_the_envelope_ends_at_the_image(self, mended):
        lost = {"obb": [60, 4, 74, 18, 60, 32, 46, 18], "bbox": [50.1, 8.1, 19.8, 19.8], "area": 392, "segmentation": []}
        assert rows(mended(dataset([lost]), "COCO953"), "bbox") == [[46, 4, 18, 28]]
