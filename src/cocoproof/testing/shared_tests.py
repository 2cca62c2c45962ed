"""The tests that contracts share."""

from __future__ import annotations

from typing import ClassVar

from cocoproof.testing.contract_base import Contract

__all__ = ["DatasetTests", "ProcessTests"]


class ProcessTests(Contract):
    """The tests of `process_properties`, and their claims."""

    maps_classes: ClassVar[bool] = True
    reads_headers_only: ClassVar[bool] = True
    writes_one_file: ClassVar[bool] = True

    def test_unmapped_class_refused(self) -> None:
        """A detection whose class the mapping neither maps nor drops is an error, never silently dropped."""
        self._test("unmapped_class_refused")

    def test_deterministic(self) -> None:
        """The same data set gives the same bytes."""
        self._test("deterministic")

    def test_no_clock(self) -> None:
        """The file does not contain the date or the time of the export, in any common form."""
        self._test("no_clock")

    def test_input_unchanged(self) -> None:
        """The export changes neither the dataset nor the mapping."""
        self._test("input_unchanged")

    def test_atomic_overwrite(self) -> None:
        """If a write fails, the old file is still there, complete."""
        self._test("atomic_overwrite")

    def test_replaced_at_once(self) -> None:
        """A file that is there is replaced in one step, and never copied over."""
        self._test("replaced_at_once")

    def test_nothing_left_behind(self) -> None:
        """An export leaves nothing but the file that it returns, and one that fails leaves nothing."""
        self._test("nothing_left_behind")

    def test_no_side_effects(self) -> None:
        """An export changes neither the current folder, the environment, random states, logging nor warnings."""
        self._test("no_side_effects")

    def test_images_not_decoded(self) -> None:
        """Sizes are read from the headers of image files."""
        self._test("images_not_decoded")

    def test_after_a_failure(self) -> None:
        """After an export that failed, the next one writes the file that it would have written without that failure."""
        self._test("after_a_failure")

    def test_at_the_same_time(self) -> None:
        """Two exports to two folders at the same time write the files that each would have written alone."""
        self._test("at_the_same_time")

    def test_independent_of_process(self) -> None:
        """Fresh processes with other hash seeds, locales, time zones, dates and folders write the same bytes."""
        self._test("independent_of_process")


class DatasetTests(Contract):
    """The tests of what every dataset file has."""

    def test_schema_valid(self) -> None:
        """The file is JSON of the published schema: every required field, of its type and within its domain (COCO0xx, COCO1xx)."""
        self._test("schema_valid")

    def test_verifier_clean(self) -> None:
        """The verifier finds no error in the file."""
        self._test("verifier_clean")

    def test_annotation_ids(self) -> None:
        """Annotation ids are integers from 1 to 2^31 - 1, unique in the file: pycocotools reads id 0 as no match."""
        self._test("annotation_ids")

    def test_image_ids(self) -> None:
        """Image ids are integers from 0 to 2^31 - 1, unique in the file."""
        self._test("image_ids")

    def test_self_evaluation(self) -> None:
        """Evaluated against itself by pycocotools, for boxes, for masks and for keypoints, the file scores AP 1."""
        self._test("self_evaluation")

    def test_whole_numbers(self) -> None:
        """Ids, sizes and `iscrowd` are integers as JSON writes them, and boxes and areas numbers."""
        self._test("whole_numbers")

    def test_further_fields(self) -> None:
        """`info` is an object, `license` an id that `licenses` has, `num_keypoints` the count of labelled keypoints."""
        self._test("further_fields")

    def test_categories_complete(self) -> None:
        """Every category of the mapping is listed once, used or not, and no other."""
        self._test("categories_complete")

    def test_categories_in_order(self) -> None:
        """Categories are listed in the mapping's order."""
        self._test("categories_in_order")

    def test_category_ids(self) -> None:
        """Every category has the mapping's id: contiguous from the start if the mapping's ids are."""
        self._test("category_ids")

    def test_supercategories(self) -> None:
        """Every category has the mapping's supercategory."""
        self._test("supercategories")

    def test_images_complete(self) -> None:
        """Every image is listed once, with or without detections, and no other."""
        self._test("images_complete")

    def test_images_in_order(self) -> None:
        """Images are in the order of the dataset."""
        self._test("images_in_order")

    def test_image_sizes(self) -> None:
        """`width` and `height` are those of the image file."""
        self._test("image_sizes")

    def test_file_names(self) -> None:
        """`file_name` is the path below the folder that holds all the images, or below the one in which the test put them."""
        self._test("file_names")

    def test_detections_complete(self) -> None:
        """Every detection that the mapping does not drop becomes one annotation of its image, and there are no others."""
        self._test("detections_complete")

    def test_detections_in_order(self) -> None:
        """The annotations of an image are in the order of its detections."""
        self._test("detections_in_order")

    def test_classes_through_mapping(self) -> None:
        """Every annotation has the category to which the mapping maps its class."""
        self._test("classes_through_mapping")

    def test_boxes(self) -> None:
        """`bbox` is [x1, y1, x2 - x1, y2 - y1] within one rounding of float64."""
        self._test("boxes")

    def test_areas(self) -> None:
        """`area` is the count of the mask's pixels, or the box's area if there is no mask."""
        self._test("areas")

    def test_crowd_flags(self) -> None:
        """`iscrowd` is the source's value, or 0: never a guess from the shape of the mask."""
        self._test("crowd_flags")

    def test_scores(self) -> None:
        """Scores are kept."""
        self._test("scores")

    def test_data_columns(self) -> None:
        """The further `data` columns are kept."""
        self._test("data_columns")

    def test_empty_dataset(self) -> None:
        """A dataset without images becomes a file with every category, no image and no annotation."""
        self._test("empty_dataset")

    def test_empty_image(self) -> None:
        """A dataset of images without detections becomes a file with those images and no annotation."""
        self._test("empty_image")
