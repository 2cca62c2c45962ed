"""`KeypointContract`: the properties that an exporter of COCO keypoint datasets must have, as pytest tests in your suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cocoproof.testing.claims import Claims
from cocoproof.testing.keypoint_list import KEYPOINTS
from cocoproof.testing.shared_tests import DatasetTests, ProcessTests

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.mapping import ClassMapping
    from cocoproof.testing.drawn_keypoints import KeypointDataset
    from cocoproof.testing.subject import Subject

__all__ = ["KeypointContract"]


class KeypointContract(DatasetTests, ProcessTests):
    """The contract of an exporter of keypoint datasets. Subclass it under a name that pytest collects, and supply `export`.

    It is that of `ExporterContract` without masks, for `supervision.KeyPoints`, and with properties of points. The categories of the
    mapping have `keypoints` and a `skeleton`; all detections on an image have as many points.

    Attributes:
        known_failures: Property -> why it fails. It is tried, must fail, and is then an expected failure.
        keeps_boxes: Whether `data["xyxy"]` has boxes; else every box is the envelope of the labelled points.
        keeps_hidden: Whether points may be hidden (`visible` is False), which is the flag 1.
        reads_flags: Whether `data["visibility"]` has the flags 0, 1, 2; else a point is not labelled if it is at (0, 0).
        keeps_skeletons: Whether skeletons are written.
        keeps_crowds: Whether crowd flags are written: else the datasets have none.
        keeps_order: Whether images and detections are in the order of the dataset.
        keeps_folders: Whether images may be in folders: else all images have different names.
        keeps_supercategories: Whether the supercategories of the mapping are written.
        keeps_scores: Whether `detection_confidence` is written, under `keys.score`.
        keeps_keypoint_scores: Whether `keypoint_confidence` is, under `keys.keypoint_scores`.
        keeps_data: Whether further `data` columns are, under `keys.attributes`.
        reads_headers_only: Whether images are exported without decoding their pixels.
        writes_one_file: Whether the file that `export` returns is all that an export writes.
        maps_classes: Whether the mapping is used: else class k always becomes the k-th category, of the same name.
        keeps_category_ids: As in `ExporterContract`.
        first_category_id: As in `ExporterContract`.
        keys: As in `ExporterContract`.
        via: As in `ExporterContract`.
        profile: As in `ExporterContract`.
        max_examples: As in `ExporterContract`.
        directed: As in `ExporterContract`.
        derandomize: As in `ExporterContract`.
        seed: As in `ExporterContract`.

    Raises:
        TypeError: If `known_failures` of a subclass has an unknown property.
    """

    SUBJECT: ClassVar[Subject] = KEYPOINTS
    keeps_boxes: ClassVar[bool] = True
    keeps_hidden: ClassVar[bool] = True
    reads_flags: ClassVar[bool] = False
    keeps_skeletons: ClassVar[bool] = True
    keeps_crowds: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True
    keeps_folders: ClassVar[bool] = True
    keeps_supercategories: ClassVar[bool] = True
    keeps_scores: ClassVar[bool] = False
    keeps_keypoint_scores: ClassVar[bool] = False
    keeps_data: ClassVar[bool] = False
    keeps_category_ids: ClassVar[bool] = True
    first_category_id: ClassVar[int] = 1

    def export(self, dataset: KeypointDataset, mapping: ClassMapping, folder: Path) -> Path:
        """Write a dataset. Call `hypothesis.reject()` for one that the exporter does not support.

        Args:
            dataset: The dataset to export; its images are files, and its annotations `supervision.KeyPoints`.
            mapping: The mapping of its classes to categories, which have keypoints.
            folder: An existing folder to write into, under the same name each time.

        Returns:
            The path of the JSON file, in that folder.
        """
        msg = f"{type(self).__name__} must define export(self, dataset, mapping, folder)"
        raise NotImplementedError(msg)

    def _claims(self) -> Claims:
        return Claims(
            masks=False,
            crowds=self.keeps_crowds,
            folders=self.keeps_folders,
            mapped=self.maps_classes,
            first_category_id=None if self.maps_classes and self.keeps_category_ids else self.first_category_id,
            points=True,
            boxed=self.keeps_boxes,
            hidden=self.keeps_hidden,
            flag_column=self.reads_flags,
            point_scores=self.keeps_keypoint_scores,
        )

    def test_category_keypoints(self) -> None:
        """Every category lists the mapping's names of its keypoints, in their order."""
        self._test("category_keypoints")

    def test_category_skeletons(self) -> None:
        """Every category has the mapping's skeleton: pairs of keypoints, counted from 1."""
        self._test("category_skeletons")

    def test_keypoints(self) -> None:
        """Every annotation has x, y, v of every point, in the order of its category."""
        self._test("keypoints")

    def test_visibility(self) -> None:
        """v is 1 for a labelled point that is hidden, 2 for one that is visible, and 0 for one that is not labelled."""
        self._test("visibility")

    def test_unlabelled_points(self) -> None:
        """A point that is not labelled is 0, 0, 0."""
        self._test("unlabelled_points")

    def test_points_beyond_the_image(self) -> None:
        """A labelled point out of the image is kept as it is."""
        self._test("points_beyond_the_image")

    def test_num_keypoints(self) -> None:
        """`num_keypoints` is the count of labelled points."""
        self._test("num_keypoints")

    def test_keypoint_scores(self) -> None:
        """The confidence of every point is kept."""
        self._test("keypoint_scores")
