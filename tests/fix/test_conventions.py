"""What belongs together changes together, and a convention of a whole file is not a slip in each row."""

from __future__ import annotations

import json

import pytest

from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

NO_MASK = {"segmentation": GONE}
LARGE = {"width": 640, "height": 480}


def values(document, field):
    return [row.get(field) for row in document["annotations"]]


def reasons(found, code):
    return [one.reason for one in found.left if one.code == code]


class TestAreaWithoutSegmentation:
    def one_fraction(self):
        rows = [{"bbox": [10 * k, 10, 50, 40], "area": 2000} for k in range(9)]
        return dataset([one | NO_MASK for one in [*rows, {"bbox": [0.1, 0.2, 0.3, 0.4], "area": 36864}]], images=[LARGE])

    @pytest.mark.parametrize("unsafe", [False, True])
    def test_the_right_area_of_one_box_in_fractions_stays(self, fixed, unsafe):
        found = fixed(self.one_fraction(), unsafe=unsafe)
        assert values(json.loads(found.data), "area")[9] == 36864
        assert any("fraction" in reason for reason in reasons(found, "COCO506"))

    def test_no_area_is_taken_from_a_box_in_fractions(self, fixed):
        document = self.one_fraction()
        del document["annotations"][9]["area"]
        assert fixed(document).same

    def test_which_of_box_and_area_is_wrong_is_not_known(self, fixed):
        document = dataset([{"bbox": [4, 5, 20, 16], "area": 900} | NO_MASK])
        assert fixed(document).same
        assert fixed(document).on_request == {"COCO506": 1}
        assert values(json.loads(fixed(document, unsafe=True).data), "area") == [320]

    def test_an_area_of_the_corners_says_that_the_box_is_wrong(self, fixed):
        rows = [{"bbox": [10 * k, 10, 50, 40], "area": 2000} for k in range(9)]
        document = dataset([one | NO_MASK for one in [*rows, {"bbox": [100, 100, 140, 130], "area": 1200}]], images=[LARGE])
        assert values(json.loads(fixed(document, unsafe=True).data), "area")[9] == 1200


class TestExchangedSizes:
    def document(self, **sizes):
        boxes = [[200 + 9 * k, 100 + 5 * k, 310 + k, 200 + 7 * k] for k in range(10)]
        return dataset([{"bbox": box, "area": 999} | NO_MASK for box in boxes], images=[sizes])

    @pytest.mark.parametrize("unsafe", [False, True])
    def test_boxes_that_fit_once_width_and_height_are_exchanged_stay(self, fixed, unsafe):
        found = fixed(self.document(width=480, height=640), "COCO502", "COCO504", unsafe=unsafe)
        assert found.same
        assert all("size of the image is wrong" in reason for reason in reasons(found, "COCO502"))
        assert reasons(found, "COCO504") == []  # COCO511 reports it

    def test_boxes_that_fit_neither_way_are_corners(self, fixed):
        assert fixed(self.document(width=330, height=280), "COCO504").counts == {"COCO504": 10}


class TestFractions:
    BOXES = ([0.1, 0.2, 0.3, 0.4], [0.0, 0.5, 0.5, 0.25], [0.5, 0.5, 0.25, 0.25], [0.25, 0.0, 0.5, 0.5], [0.1, 0.1, 0.8, 0.8])

    def document(self, **others):
        rows = [{"bbox": list(box), "area": box[2] * box[3], **NO_MASK, **others} for box in self.BOXES]
        return dataset(rows, images=[LARGE])

    def test_areas_become_pixels_with_their_boxes(self, mended):
        after = mended(self.document(), fractions="xywh")
        assert values(after, "bbox")[0] == [64, 96, 192, 192]
        assert values(after, "area") == pytest.approx([w * h * 640 * 480 for _, _, w, h in self.BOXES])

    def test_areas_of_masks_become_pixels_too(self, mended):
        after = mended(self.document(area=0.01), fractions="xywh")
        assert values(after, "area") == [3072] * 5

    def test_areas_in_pixels_stay(self, mended):
        assert values(mended(self.document(area=5000), fractions="xywh"), "area") == [5000] * 5

    def test_polygons_become_pixels_with_their_boxes(self, mended):
        document = self.document()
        for row in document["annotations"]:
            x, y, w, h = row["bbox"]
            row["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]
        after = mended(document)  # the polygons show the form
        assert values(after, "segmentation")[0] == [[64, 96, 256, 96, 256, 288, 64, 288]]
        assert values(after, "bbox")[0] == [64, 96, 192, 192]
        assert values(after, "area")[0] == pytest.approx(36864)

    def test_keypoints_become_pixels_with_their_boxes(self, mended):
        document = keypoint_dataset(
            [{"bbox": list(box), "area": 9000, "keypoints": [0.5, 0.25, 2, 0.1, 0.1, 1, 0, 0, 0], **NO_MASK} for box in self.BOXES],
            images=[LARGE],
        )
        after = mended(document, fractions="xywh")
        assert values(after, "keypoints")[0] == [320, 120, 2, 64, 48, 1, 0, 0, 0]

    def test_where_one_area_fits_neither_way_nothing_changes(self, fixed):
        document = self.document()
        document["annotations"][2]["area"] = 0.9
        found = fixed(document, "COCO505", fractions="xywh")
        assert found.same
        assert any("area" in reason for reason in reasons(found, "COCO505"))


class TestKeypointCounts:
    def people(self, wrong, right):
        return keypoint_dataset([{"num_keypoints": 3} for _ in range(wrong)] + [{} for _ in range(right)])

    def test_a_slip_in_one_row_is_corrected(self, fixed):
        assert fixed(self.people(1, 9), "COCO702").counts == {"COCO702": 1}

    def test_a_convention_of_the_file_changes_on_request_alone(self, fixed):
        found = fixed(self.people(10, 0), "COCO702")
        assert found.same
        assert found.on_request == {"COCO702": 10}
        assert fixed(self.people(10, 0), "COCO702", unsafe=True).counts == {"COCO702": 10}
