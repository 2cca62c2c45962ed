"""`ExporterContract`: the properties that a COCO exporter must have, as pytest tests in your suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cocoproof.testing.claims import Claims
from cocoproof.testing.property_list import DATASETS
from cocoproof.testing.shared_tests import DatasetTests, ProcessTests

if TYPE_CHECKING:
    from pathlib import Path

    from supervision import DetectionDataset

    from cocoproof.mapping import ClassMapping
    from cocoproof.testing.subject import Subject

__all__ = ["ExporterContract"]


class ExporterContract(DatasetTests, ProcessTests):
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
        profile: `quick`: 15 drawn datasets per property, and no directed ones; `ci`: 60 drawn datasets per property, the same in every run, and the directed ones; `fuzz`: 2,000, different in
            each run, and the largest directed ones as well. The environment variable `COCOPROOF_PROFILE` takes precedence.
        max_examples: Drawn datasets per property; 0 for none, None for the profile's number.
        directed: Which directed datasets are tried: `most`, `all` with the largest, `none`; None for the profile's choice. Properties of the process have a
            dataset of their own, which is always tried.
        derandomize: Whether drawn datasets are the same in every run; None for the profile's setting.
        seed: The seed of the random numbers; None for none.

    Raises:
        TypeError: If `known_failures` of a subclass has an unknown property.
    """

    SUBJECT: ClassVar[Subject] = DATASETS
    keeps_masks: ClassVar[bool] = True
    keeps_crowds: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True
    keeps_folders: ClassVar[bool] = True
    keeps_supercategories: ClassVar[bool] = True
    keeps_scores: ClassVar[bool] = False
    keeps_track_ids: ClassVar[bool] = False
    keeps_oriented_boxes: ClassVar[bool] = False
    keeps_data: ClassVar[bool] = False
    keeps_category_ids: ClassVar[bool] = True
    first_category_id: ClassVar[int] = 1

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

    def _claims(self) -> Claims:
        return Claims(
            masks=self.keeps_masks,
            crowds=self.keeps_crowds,
            folders=self.keeps_folders,
            mapped=self.maps_classes,
            first_category_id=None if self.maps_classes and self.keeps_category_ids else self.first_category_id,
        )

    def test_masks(self) -> None:
        """Every mask is read back by pycocotools pixel by pixel; a detection without a mask has none."""
        self._test("masks")

    def test_segmentations_readable(self) -> None:
        """Every `segmentation` can be decoded: `annToMask` fails on an empty list."""
        self._test("segmentations_readable")

    def test_track_ids(self) -> None:
        """Tracker ids are kept."""
        self._test("track_ids")

    def test_oriented_boxes(self) -> None:
        """The corners of oriented boxes are kept."""
        self._test("oriented_boxes")
