"""Crafted documents beside those of `documents`: what importers and evaluators read, and training does not."""

from __future__ import annotations

from typing import Any

from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

__all__ = ["IMPORTER_DOCUMENTS"]

TWO = [{}, {"category_id": 2}]


def _info(value: Any) -> Any:
    return dataset(TWO, document={"info": value})


def _image(**change: Any) -> Any:
    return dataset(TWO, images=[{}, change])


def _category(**change: Any) -> Any:
    return dataset(TWO, categories=[{}, change])


def _mask(box: list[float]) -> Any:
    """A box beside one with the same mask, of which the box of the other one is the envelope."""
    return dataset([{}, {"bbox": box, "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}])


IMPORTER_DOCUMENTS: dict[str, Any] = {
    # info and licenses
    "no_info": dataset(TWO, document={"info": GONE, "licenses": GONE}),
    "info_null": _info(None),
    "info_text": _info("made by hand"),
    "info_number": _info(7),
    "info_empty_list": _info([]),
    "info_year": _info({"year": 2024, "version": "1.0"}),
    "info_year_text": _info({"year": "2024"}),
    "info_year_null": _info({"year": None}),
    "info_year_negative": _info({"year": -1}),
    "info_year_with_a_point": _info({"year": 2024.0}),
    "info_version_number": _info({"version": 1.0}),
    "info_other_keys": _info({"exporter": {"name": "a", "year": "2024"}}),
    "licenses_null": dataset(TWO, document={"licenses": None}),
    "license_id_text": dataset(TWO, document={"licenses": [{"id": "CC0"}]}),
    "license_name_null": dataset(TWO, document={"licenses": [{"id": 1, "name": None, "url": None}]}),
    # fields of images
    "license_text": _image(license="CC0"),
    "license_null": _image(license=None),
    "date_captured_number": _image(date_captured=0),
    "date_captured_null": _image(date_captured=None),
    "flickr_url_number": _image(flickr_url=0),
    "other_image_fields": _image(camera={"id": "7"}),
    "width_null_of_an_image_without_annotations": _image(width=None),
    "width_zero_of_an_image_without_annotations": _image(width=0),
    "width_zero": dataset(TWO, images=[{"width": 0}]),
    "width_negative": dataset(TWO, images=[{"width": -64}]),
    "file_name_empty": _image(file_name=""),
    "file_name_of_a_folder": _image(file_name="/"),
    "file_name_leads_out": _image(file_name="../2.jpg"),
    "file_name_absolute": _image(file_name="/data/2.jpg"),
    "file_name_with_dots": dataset([{}, {"image_id": 2}], images=[{"file_name": "a/1.jpg"}, {"file_name": "a/./1.jpg"}]),
    "file_names_repeat_in_other_order": dataset(
        [{"image_id": 9}, {"image_id": 2}, {"image_id": 9}], images=[{"id": 9, "file_name": "1.jpg"}, {"id": 2, "file_name": "1.jpg"}]
    ),
    "image_ids_repeat_with_annotations": dataset([{}, {"image_id": 2}], images=[{}, {}, {"id": 1}]),
    # fields of categories
    "category_name_empty": _category(name=""),
    "category_name_with_marks": _category(name="R&D <cat>"),
    "supercategory_number": _category(supercategory=0),
    "supercategory_null": _category(supercategory=None),
    "category_id_with_a_point": dataset(TWO, categories=[{}, {"id": 2.0}]),
    "background": dataset([{"category_id": 0}, {}], categories=[{"id": 0, "name": "background"}, {"id": 1}]),
    # annotations
    "annotation_id_with_a_point": dataset([{}, {"id": 2.0}]),
    "annotation_id_negative": dataset([{}, {"id": -2}]),
    "iscrowd_with_a_point": dataset([{}, {"iscrowd": 1.0}]),
    "area_null": dataset([{}, {"area": None}]),
    "no_box_in_a_cell_of_its_own": dataset([{}, {"bbox": GONE, "category_id": 2}]),
    "no_box_and_no_mask": dataset([{}, {"bbox": GONE, "segmentation": GONE}]),
    "no_annotation_ids": dataset([{"id": GONE}, {"id": GONE, "category_id": 2}]),
    # masks beside their boxes
    "mask_of_a_box_before_the_image": _mask([-3, 5, 27, 16]),
    "mask_of_a_box_far_before_the_image": _mask([-30, 5, 54, 16]),
    "mask_of_a_box_over_the_right_edge": _mask([4, 5, 100, 16]),
    "mask_of_a_box_behind_the_image": _mask([64, 5, 20, 16]),
    "mask_of_a_thin_box": _mask([4.2, 5, 0.2, 16]),
    "mask_of_half_a_pixel": _mask([4.4, 5, 0.2, 16]),
    "mask_of_a_box_that_rounds_to_even": _mask([4.5, 5, 1, 16]),
    "rle_compressed_of_another_size": dataset([{}, {"segmentation": {"size": [24, 64], "counts": "T3d0X\\1"}}]),
    "polygons_first_empty": dataset([{}, {"segmentation": [[], [7, 7, 27, 7, 27, 23]]}]),
    "polygons_first_a_point": dataset([{}, {"segmentation": [[4, 5], [7, 7, 27, 7, 27, 23]]}]),
    # keypoints
    "keypoints_not_triples": keypoint_dataset([{}, {"keypoints": [6, 7, 2, 10]}]),
    "keypoints_of_another_length": keypoint_dataset([{}, {"keypoints": [6, 7, 2]}]),
    "keypoints_empty": keypoint_dataset([{}, {"keypoints": []}]),
    "keypoints_visibility_3": keypoint_dataset([{}, {"keypoints": [6, 7, 3, 10, 12, 1, 0, 0, 0]}]),
    "no_keypoints_in_one": keypoint_dataset([{}, {"keypoints": GONE}]),
    "no_keypoint_names": keypoint_dataset([{}], categories=[{"keypoints": GONE}]),
    "no_skeleton": keypoint_dataset([{}], categories=[{"skeleton": GONE}]),
}
"""By name. Images are 64 x 48 px."""
