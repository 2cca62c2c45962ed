"""`ExporterContract`: the properties that a COCO exporter must have, as pytest tests in your suite."""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import pytest

from cocoproof.readers.comparison_options import FieldNames
from cocoproof.testing.claims import Claims
from cocoproof.testing.property_list import PROPERTIES
from cocoproof.testing.property_runs import PROFILES, prove
from cocoproof.testing.trial import PropertyBroken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from supervision import DetectionDataset

    from cocoproof.mapping import ClassMapping
    from cocoproof.readers.comparison_options import Reader
    from cocoproof.testing.property_list import Property

__all__ = ["ExporterContract"]

_VARIABLE = "COCOPROOF_PROFILE"


class ExporterContract:
    """The contract of an exporter. Subclass it under a name that pytest collects, and supply `export`.

    Every test tries one property: on small datasets that Hypothesis draws, then on directed ones at the sizes at which code
    breaks. The file is checked with pycocotools and plain arithmetic. A counterexample is reduced and printed as code that
    creates the dataset.

    Attributes:
        known_failures: Property -> why it fails. It is tried, must fail, and is then an expected failure.
        keeps_masks: Whether masks are written: else the datasets have none.
        keeps_crowds: Whether crowd flags are written: else the datasets have none.
        keeps_order: Whether images and detections are in the order of the dataset.
        keeps_folders: Whether images may be in folders: else all images have different names.
        keeps_supercategories: Whether the supercategories of the mapping are written.
        keeps_scores: Whether scores are written, under `keys.score`.
        keeps_track_ids: Whether tracker ids are, under `keys.track_id`.
        keeps_oriented_boxes: Whether `data["xyxyxyxy"]` is, under `keys.oriented_box`.
        keeps_data: Whether further `data` columns are, under `keys.attributes`.
        reads_headers_only: Whether images are exported without decoding their pixels.
        writes_one_file: Whether the file that `export` returns is all that an export writes.
        maps_classes: Whether the mapping is used: else class k always becomes the k-th category, of the same name.
        keeps_category_ids: Whether the mapping's category ids are written: else they count up from `first_category_id`, in
            the mapping's order. Without `maps_classes` they always do.
        first_category_id: The first category id of the exporter.
        keys: The keys of fields that COCO does not define; the defaults are those of `export_coco`.
        via: The reader of the file: `pycocotools`, or `own` for files that pycocotools cannot load.
        profile: `ci`: 60 drawn datasets per property, the same in every run, and the directed ones; `fuzz`: 2,000, different in
            each run, and the largest directed ones as well. The environment variable `COCOPROOF_PROFILE` takes precedence.
        max_examples: Drawn datasets per property; 0 for none, None for the profile's number.
        directed: Which directed datasets are tried: `most`, `all` with the largest, `none`; None for the profile's choice. Properties of the process have a
            dataset of their own, which is always tried.
        derandomize: Whether drawn datasets are the same in every run; None for the profile's setting.
        seed: The seed of the random numbers; None for none.

    Raises:
        TypeError: If `known_failures` of a subclass has an unknown property.
    """

    known_failures: ClassVar[Mapping[str, str]] = {}
    keeps_masks: ClassVar[bool] = True
    keeps_crowds: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True
    keeps_folders: ClassVar[bool] = True
    keeps_supercategories: ClassVar[bool] = True
    keeps_scores: ClassVar[bool] = False
    keeps_track_ids: ClassVar[bool] = False
    keeps_oriented_boxes: ClassVar[bool] = False
    keeps_data: ClassVar[bool] = False
    reads_headers_only: ClassVar[bool] = True
    writes_one_file: ClassVar[bool] = True
    maps_classes: ClassVar[bool] = True
    keeps_category_ids: ClassVar[bool] = True
    first_category_id: ClassVar[int] = 1
    keys: FieldNames = FieldNames()
    via: Reader = "pycocotools"
    profile: ClassVar[Literal["ci", "fuzz"]] = "ci"
    max_examples: ClassVar[int | None] = None
    directed: ClassVar[Literal["most", "all", "none"] | None] = None
    derandomize: ClassVar[bool | None] = None
    seed: ClassVar[int | None] = None

    def __init_subclass__(cls) -> None:
        for name in cls.known_failures:
            if name not in PROPERTIES:
                near = difflib.get_close_matches(name, PROPERTIES, 1)
                hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(PROPERTIES)}"
                msg = f"known_failures of {cls.__name__} names {name!r}, which is not a property; {hint}"
                raise TypeError(msg)

    def export(self, dataset: DetectionDataset, mapping: ClassMapping, folder: Path) -> Path:
        """Write a dataset. Call `hypothesis.reject()` for one that the exporter does not support.

        Args:
            dataset: The dataset to export; its images are files.
            mapping: The mapping of its classes to categories.
            folder: An existing folder to write into, under the same name each time.

        Returns:
            The path of the JSON file, in that folder.
        """
        msg = f"{type(self).__name__} must define export(self, dataset, mapping, folder)"
        raise NotImplementedError(msg)

    def prove(self, name: str, *, shrink: bool = True) -> None:
        """Try one property, even if it is not claimed or known to fail.

        Args:
            name: The name of the property.
            shrink: Whether to reduce a counterexample.

        Raises:
            PropertyBroken: If it fails; an AssertionError.
        """
        self._prove(name, None, shrink=shrink)

    def _prove(self, name: str, together: Mapping[str, Property] | None, *, shrink: bool) -> None:
        chosen = PROFILES[os.environ.get(_VARIABLE) or self.profile]
        profile = replace(
            chosen,
            max_examples=chosen.max_examples if self.max_examples is None else self.max_examples,
            derandomize=chosen.derandomize if self.derandomize is None else self.derandomize,
            directed=chosen.directed if self.directed is None else self.directed,
            seed=self.seed,
            shrink=shrink,
        )
        claims = Claims(
            masks=self.keeps_masks,
            crowds=self.keeps_crowds,
            folders=self.keeps_folders,
            mapped=self.maps_classes,
            first_category_id=None if self.maps_classes and self.keeps_category_ids else self.first_category_id,
        )
        prove(name, self._property(name), self, claims, profile, together)

    def _property(self, name: str) -> Property:
        """The property of this name."""
        return PROPERTIES[name]

    def _test(self, name: str) -> None:
        __tracebackhide__ = True
        claimed = {own: self._property(own) for own, entry in PROPERTIES.items() if entry.claim is None or getattr(self, entry.claim)}
        if name not in claimed:
            pytest.skip(f"the exporter does not claim it: {PROPERTIES[name].claim} is False")
        reason = self.known_failures.get(name)
        if reason is None:
            self._prove(name, claimed, shrink=True)
            return
        try:
            self._prove(name, claimed, shrink=False)
        except PropertyBroken:
            pytest.xfail(reason)
        pytest.fail(f"{name} is a known failure ({reason}), but it passes: remove it from known_failures")

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
        """Evaluated against itself by pycocotools, for boxes and for masks, the file scores AP 1."""
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

    def test_masks(self) -> None:
        """Every mask is read back by pycocotools pixel by pixel; a detection without a mask has none."""
        self._test("masks")

    def test_segmentations_readable(self) -> None:
        """Every `segmentation` can be decoded: `annToMask` fails on an empty list."""
        self._test("segmentations_readable")

    def test_areas(self) -> None:
        """`area` is the count of the mask's pixels, or the box's area if there is no mask."""
        self._test("areas")

    def test_crowd_flags(self) -> None:
        """`iscrowd` is the source's value, or 0: never a guess from the shape of the mask."""
        self._test("crowd_flags")

    def test_scores(self) -> None:
        """Scores are kept."""
        self._test("scores")

    def test_track_ids(self) -> None:
        """Tracker ids are kept."""
        self._test("track_ids")

    def test_oriented_boxes(self) -> None:
        """The corners of oriented boxes are kept."""
        self._test("oriented_boxes")

    def test_data_columns(self) -> None:
        """The further `data` columns are kept."""
        self._test("data_columns")

    def test_empty_dataset(self) -> None:
        """A dataset without images becomes a file with every category, no image and no annotation."""
        self._test("empty_dataset")

    def test_empty_image(self) -> None:
        """A dataset of images without detections becomes a file with those images and no annotation."""
        self._test("empty_image")

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
