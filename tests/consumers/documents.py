"""Crafted documents for the comparison of models with loaders: one defect or peculiarity each, by name. All consumers are compared on the same ones."""

from __future__ import annotations

import copy
from typing import Any

from cocoproof.consumers.coco_names import COCO_CATEGORIES
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

__all__ = ["DOCUMENTS"]

CROWD = {"iscrowd": 1}
RUNS = {"size": [48, 64], "counts": [100, 20, 48 * 64 - 120]}
SMALL_RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}
NO_PIXEL = {"size": [48, 64], "counts": [48 * 64]}
COMPRESSED = {"size": [48, 64], "counts": "T3d0Xl2"}
"""100 pixels that are not set, 20 that are, and the rest."""
TWO = [{}, {"category_id": 2}]


def _ids(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number, "name": f"class {number}"} for number in numbers]


def _of_each(*numbers: int) -> list[dict[str, Any]]:
    """One annotation of each of these category ids."""
    return [{"category_id": number} for number in numbers]


def _coco(*numbers: int) -> dict[str, Any]:
    """A file of COCO's own categories with these ids."""
    return _categories([{"id": number, "name": COCO_CATEGORIES[number]} for number in numbers], _of_each(*numbers))


def _categories(rows: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    """A file with these categories; there may be more than `dataset` has names for."""
    document = dataset(annotations)
    return document | {"categories": copy.deepcopy(rows)}


def _boxes(*boxes: list[float]) -> dict[str, Any]:
    return dataset([{}, *({"bbox": box, "segmentation": GONE} for box in boxes)])


def _masks(*masks: Any) -> dict[str, Any]:
    return dataset([{}, *({"segmentation": mask} for mask in masks)])


def _strings(table: str, *fields: str) -> dict[str, Any]:
    """The fields of a table as texts, consistently in the rows that refer to it."""
    document = dataset(TWO, images=[{}, {}])
    for row in document[table]:
        row["id"] = str(row["id"])
    for row in document["annotations"]:
        for field in fields:
            row[field] = str(row[field])
    return document


DOCUMENTS: dict[str, Any] = {
    "sound": dataset(TWO, images=[{}, {}]),
    "no_annotations": dataset([]),
    "no_images": dataset([], images=[]),
    "no_categories": dataset([], categories=[]),
    "annotations_without_categories": dataset([{}], categories=[]),
    "no_section_annotations": dataset(document={"annotations": GONE}),
    "no_section_categories": dataset(document={"categories": GONE}),
    "an_image_without_annotations": dataset(images=[{}, {}, {}]),
    "images_out_of_order": dataset([{"image_id": 5}, {"image_id": 2}, {"image_id": 5}], images=[{"id": 9}, {"id": 5}, {"id": 2}]),
    # crowds
    "crowds_alone": dataset([CROWD, CROWD]),
    "crowds_alone_rle": dataset([{**CROWD, "segmentation": RUNS}] * 3, images=[{}, {}]),
    "some_crowds": dataset([{}, CROWD, {}, CROWD | {"image_id": 2}], images=[{}, {}]),
    "a_class_of_crowds": dataset([{}, CROWD | {"category_id": 2}]),
    "iscrowd_7": dataset([{}, {"iscrowd": 7}]),
    "iscrowd_true": dataset([{}, {"iscrowd": True}, {"iscrowd": False}]),
    "no_iscrowd": dataset([{"iscrowd": GONE}, {"iscrowd": GONE}]),
    "no_iscrowd_in_one": dataset([{}, {"iscrowd": GONE}]),
    # areas
    "no_area": dataset([{}, {"area": GONE}]),
    "no_area_of_a_crowd": dataset([{}, CROWD | {"area": GONE}]),
    "area_zero": dataset([{}, {"area": 0}]),
    "area_negative": dataset([{}, {"area": -1}]),
    "area_huge": dataset([{}, {"area": 10000000001}]),
    # masks
    "no_segmentation": dataset([{"segmentation": GONE}, {"segmentation": GONE, "category_id": 2}]),
    "segmentation_of_one": _masks(GONE),
    "first_without_segmentation": dataset([{"segmentation": GONE}, {}]),
    "empty_segmentation": _masks([]),
    "empty_segmentations": dataset([{"segmentation": []}] * 2),
    "polygon_odd": _masks([[4, 5, 24, 5, 24, 21, 4]]),
    "polygon_short": _masks([[4, 5, 24, 5]]),
    "polygon_point": _masks([[4, 5]]),
    "polygon_empty": _masks([[]]),
    "polygons_one_short": _masks([[4, 5, 24, 5], [7, 7, 27, 7, 27, 23]]),
    "polygons_one_odd": _masks([[7, 7, 27, 7, 27, 23], [4, 5, 24, 5, 24, 21, 4]]),
    "polygons_two_parts": _masks([[7, 7, 12, 7, 12, 23], [20, 7, 27, 7, 27, 23]]),
    "polygon_without_area": _masks([[7, 7, 17, 7, 27, 7]]),
    "polygon_outside": _masks([[100, 100, 120, 100, 120, 120]]),
    "rle": _masks(RUNS),
    "rle_compressed": _masks(COMPRESSED),
    "rle_first": dataset([{"segmentation": RUNS}, {}]),
    "rle_other_size": _masks(SMALL_RUNS),
    "rle_without_pixels": _masks(NO_PIXEL),
    "segmentation_null": _masks(None),
    "segmentation_flat": _masks([4, 5, 24, 5, 24, 21]),
    # boxes
    "box_without_width": _boxes([4, 5, 0, 16]),
    "box_without_height": _boxes([4, 5, 20, 0]),
    "box_zero": _boxes([0, 0, 0, 0]),
    "box_negative_width": _boxes([24, 5, -20, 16]),
    "box_negative_both": _boxes([24, 21, -20, -16]),
    "box_half_a_pixel": _boxes([4, 5, 0.5, 0.5]),
    "box_tiny": _boxes([4, 5, 1e-6, 1e-6]),
    "box_under_a_pixel_at_the_edge": _boxes([63.5, 5, 20, 16]),
    "box_outside": _boxes([100, 5, 20, 16]),
    "box_before_the_image": _boxes([-30, 5, 20, 16]),
    "box_over_the_right_edge": _boxes([54, 5, 20, 16]),
    "box_over_the_left_edge": _boxes([-10, 5, 20, 16]),
    "box_centre_just_outside": _boxes([60, 5, 10, 16]),
    "box_over_the_image": _boxes([-1, -1, 66, 50]),
    "box_null": dataset([{}, {"bbox": None}]),
    "box_empty": dataset([{}, {"bbox": []}]),
    "box_of_texts": dataset([{}, {"bbox": ["4", "5", "20", "16"]}]),
    "box_of_five": dataset([{}, {"bbox": [4, 5, 20, 16, 0.5]}]),
    "no_box": dataset([{}, {"bbox": GONE}]),
    "no_box_of_a_crowd": dataset([{}, CROWD | {"bbox": GONE}]),
    # ids of annotations
    "annotation_id_zero": dataset([{"id": 0}, {}]),
    "annotation_ids_repeat": dataset([{}, {"id": 1, "category_id": 2}]),
    "annotation_ids_repeat_on_images": dataset([{}, {"id": 1, "image_id": 2}], images=[{}, {}]),
    "annotation_ids_with_gaps": dataset([{"id": 5}, {"id": 3}]),
    "no_annotation_id": dataset([{}, {"id": GONE}]),
    "annotation_ids_as_text": dataset([{"id": "a"}, {"id": "b"}]),
    # references
    "dangling_image": dataset([{}, {"image_id": 7}]),
    "dangling_images_alone": dataset([{"image_id": 7}, {"image_id": 8}]),
    "dangling_category": dataset([{}, {"category_id": 7}]),
    "no_image_id": dataset([{}, {"image_id": GONE}]),
    "no_category_id": dataset([{}, {"category_id": GONE}]),
    "image_ids_as_text": _strings("images", "image_id"),
    "image_ids_as_text_in_images": dataset(images=[{"id": "1"}]),
    "category_ids_as_text": _strings("categories", "category_id"),
    "image_id_as_float": dataset([{"image_id": 1.0}, {}]),
    # images
    "image_ids_repeat": dataset([{}, {}], images=[{}, {"id": 1}]),
    "image_id_zero": dataset([{"image_id": 0}], images=[{"id": 0}]),
    "file_names_repeat": dataset([{}, {"image_id": 2}], images=[{}, {"file_name": "1.jpg"}]),
    "file_names_differ_in_the_ending": dataset([{}, {"image_id": 2}], images=[{}, {"file_name": "1.png"}]),
    "file_names_in_folders": dataset([{}, {"image_id": 2}], images=[{"file_name": "a/1.jpg"}, {"file_name": "b/1.jpg"}]),
    "no_file_name": dataset(images=[{}, {"file_name": GONE}]),
    "no_width": dataset(images=[{}, {"width": GONE}]),
    "no_size_of_an_image_with_annotations": dataset(images=[{"width": GONE, "height": GONE}]),
    "no_image_row_id": dataset(images=[{}, {"id": GONE}]),
    # categories
    "category_id_zero": dataset(_of_each(0, 1), categories=[{"id": 0}, {"id": 1}]),
    "category_ids_with_gaps": dataset(_of_each(1, 3), categories=[{}, {"id": 3}]),
    "category_ids_from_5": dataset(_of_each(5, 6), categories=[{"id": 5}, {"id": 6}]),
    "category_ids_descending": dataset(TWO, categories=[{"id": 2}, {"id": 1}]),
    "category_ids_repeat": dataset(TWO, categories=[{}, {}, {"id": 2, "name": "bird"}]),
    "category_names_repeat": dataset(TWO, categories=[{}, {"name": "cat"}]),
    "no_category_name": dataset(TWO, categories=[{}, {"name": GONE}]),
    "no_category_row_id": dataset(categories=[{}, {"id": GONE}]),
    "category_id_negative": dataset(_of_each(1, -1), categories=[{}, {"id": -1}]),
    "category_ids_1_to_20": _categories(_ids(*range(1, 21)), _of_each(*range(1, 21))),
    "category_ids_1_to_20_without_12": _categories(_ids(*range(1, 21)), _of_each(*(k for k in range(1, 21) if k != 12))),
    "category_ids_1_to_11": _categories(_ids(*range(1, 12)), _of_each(*range(1, 12))),
    "category_ids_to_95": _categories(_ids(1, 95), _of_each(1, 95)),
    "coco_all": _coco(*COCO_CATEGORIES),
    "coco_some": _coco(1, 3, 18, 90),
    "a_category_without_annotations": dataset([{}], categories=[{}, {}, {}]),
    "a_supercategory_as_category": dataset(
        _of_each(1, 2), categories=[{"id": 0, "name": "animal", "supercategory": "none"}, {"id": 1}, {"id": 2}]
    ),
    "no_supercategory": dataset(TWO, categories=[{"supercategory": GONE}, {"supercategory": GONE}]),
    # repeated annotations
    "annotations_repeat": dataset([{}, {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}]),
    "annotations_repeat_in_six_digits": dataset([{"bbox": [4, 5, 20, 16]}, {"bbox": [4.000001, 5, 20, 16]}]),
    "101_of_a_class": dataset([{"bbox": [k % 40, k // 40, 9, 9]} for k in range(101)]),
    "101_of_two_classes": dataset([{"bbox": [k % 40, k // 40, 9, 9], "category_id": 1 + k % 2} for k in range(101)]),
    # other fields
    "ignore_1": dataset([{}, {"ignore": 1}]),
    "ignore_0": dataset([{"ignore": 0}, {"ignore": 0}]),
    "ignore_of_a_crowd": dataset([{}, {"iscrowd": 1, "ignore": 1}]),
    "keypoints": keypoint_dataset([{}, {}]),
    "keypoints_none_labelled": keypoint_dataset([{}, {"keypoints": [0] * 9, "num_keypoints": 0}]),
    "no_num_keypoints": keypoint_dataset([{"num_keypoints": GONE}]),
    "attributes": dataset([{"attributes": {"rotation": 30.0, "occluded": True}}, {"score": 0.5, "track_id": 3}]),
}
"""By name. Images are 64 x 48 px."""
