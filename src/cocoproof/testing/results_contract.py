"""`ResultsContract`: the properties that an exporter of COCO results must have, as pytest tests in your suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from cocoproof.testing.claims import Claims
from cocoproof.testing.results_list import RESULTS
from cocoproof.testing.shared_tests import ProcessTests

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.mapping import ClassMapping
    from cocoproof.testing.subject import Subject

__all__ = ["ResultsContract"]


class ResultsContract(ProcessTests):
    """The contract of an exporter of results (predictions). Subclass it under a name that pytest collects, and supply `export_results`.

    Every test tries one property, as in `ExporterContract`. The predictions have a ground truth whose ids of images and categories
    are others than those that counting would give: they are found by file name and by category name.

    Attributes:
        known_failures: Property -> why it fails. It is tried, must fail, and is then an expected failure.
        predicts: What is predicted: `detections` (boxes, or masks on every image) in a `supervision.DetectionDataset`; `keypoints` in a
            `KeypointDataset`.
        keeps_masks: Whether masks are written: else the predictions have none.
        keeps_order: Whether the results of an image are in the order of its detections.
        keeps_folders: Whether images may be in folders: else all images have different names.
        keeps_boxes: Whether keypoints may have boxes, in `data["xyxy"]`; results need not.
        keeps_hidden: Whether keypoints may be hidden (`visible` is False), which is the flag 1.
        reads_flags: Whether `data["visibility"]` has the flags of keypoints.
        writes_empty: Whether predictions without a detection become an empty list: else they may be refused.
        reads_headers_only: Whether results are exported without decoding the pixels of images.
        writes_one_file: Whether the file that `export_results` returns is all that an export writes.
        maps_classes: Whether the mapping is used: else class k always becomes the category of its own name.
        matches_names: Whether categories are found in the ground truth by their names: else it has the mapping's ids.
        profile: As in `ExporterContract`.
        max_examples: As in `ExporterContract`.
        directed: As in `ExporterContract`.
        derandomize: As in `ExporterContract`.
        seed: As in `ExporterContract`.

    Raises:
        TypeError: If `known_failures` of a subclass has an unknown property.
    """

    SUBJECT: ClassVar[Subject] = RESULTS
    predicts: ClassVar[Literal["detections", "keypoints"]] = "detections"
    keeps_masks: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True
    keeps_folders: ClassVar[bool] = True
    keeps_boxes: ClassVar[bool] = True
    keeps_hidden: ClassVar[bool] = True
    reads_flags: ClassVar[bool] = False
    writes_empty: ClassVar[bool] = True
    matches_names: ClassVar[bool] = True

    def export_results(self, predictions: Any, mapping: ClassMapping, ground_truth: Path, folder: Path) -> Path:
        """Write predictions. Call `hypothesis.reject()` for some that the exporter does not support.

        Args:
            predictions: The detections on each image: a `supervision.DetectionDataset`, or a `KeypointDataset`. All have scores.
            mapping: The mapping of their classes to categories.
            ground_truth: The COCO dataset file that the results will be evaluated with.
            folder: An existing folder to write into, under the same name each time.

        Returns:
            The path of the JSON file, in that folder.
        """
        msg = f"{type(self).__name__} must define export_results(self, predictions, mapping, ground_truth, folder)"
        raise NotImplementedError(msg)

    @property
    def keeps_keypoints(self) -> bool:
        """Whether keypoints are predicted."""
        return self.predicts == "keypoints"

    def _claims(self) -> Claims:
        return Claims(
            masks=self.keeps_masks and self.predicts == "detections",
            crowds=False,
            folders=self.keeps_folders,
            mapped=self.maps_classes,
            first_category_id=None if self.maps_classes else 1,
            points=self.predicts == "keypoints",
            boxed=self.keeps_boxes,
            hidden=self.keeps_hidden,
            flag_column=self.reads_flags,
            truth_by_name=self.matches_names,
        )

    def test_schema_valid(self) -> None:
        """The file is a JSON list of the published schema."""
        self._test("schema_valid")

    def test_verifier_clean(self) -> None:
        """The verifier finds no error in the list beside its ground truth."""
        self._test("verifier_clean")

    def test_numbers(self) -> None:
        """Ids are integers as JSON writes them, and scores, boxes and keypoints numbers."""
        self._test("numbers")

    def test_loaded_by_pycocotools(self) -> None:
        """`COCO.loadRes` loads the list beside its ground truth, with every result."""
        self._test("loaded_by_pycocotools")

    def test_image_ids(self) -> None:
        """Every `image_id` is the ground truth's id of the image of this file name."""
        self._test("image_ids")

    def test_category_ids(self) -> None:
        """Every `category_id` is the ground truth's id of the category, by its name."""
        self._test("category_ids")

    def test_detections_complete(self) -> None:
        """Every detection that the mapping does not drop becomes one result of its image, and there are no others."""
        self._test("detections_complete")

    def test_detections_in_order(self) -> None:
        """The results of an image are in the order of its detections."""
        self._test("detections_in_order")

    def test_scores(self) -> None:
        """Every score is the same number in the source's dtype."""
        self._test("scores")

    def test_boxes(self) -> None:
        """`bbox` is [x1, y1, x2 - x1, y2 - y1] within one rounding of float64."""
        self._test("boxes")

    def test_masks(self) -> None:
        """Every mask is read back by pycocotools pixel by pixel; a detection without a mask has none."""
        self._test("masks")

    def test_segmentations_readable(self) -> None:
        """Every `segmentation` can be decoded at the size of its image."""
        self._test("segmentations_readable")

    def test_keypoints(self) -> None:
        """Keypoints are x, y, v of every point of the category in its order."""
        self._test("keypoints")

    def test_evaluation(self) -> None:
        """COCOeval has the same figures as for results that are computed from the predictions independently."""
        self._test("evaluation")

    def test_empty_predictions(self) -> None:
        """Predictions without a detection become an empty list, or are refused."""
        self._test("empty_predictions")

    def test_unknown_image_refused(self) -> None:
        """Detections on an image that the ground truth does not have are an error."""
        self._test("unknown_image_refused")

    def test_unknown_category_refused(self) -> None:
        """A detection whose category the ground truth does not have is an error."""
        self._test("unknown_category_refused")
