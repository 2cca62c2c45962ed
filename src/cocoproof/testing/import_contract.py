"""`ImporterContract`: the properties that a reader of COCO files must have, as pytest tests in your suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from cocoproof.testing.claims import Claims
from cocoproof.testing.contract_base import Contract
from cocoproof.testing.importing.import_list import FILES

if TYPE_CHECKING:
    from pathlib import Path

    from supervision import DetectionDataset

    from cocoproof.testing.importing.imported import ImportedDataset
    from cocoproof.testing.subject import Subject

__all__ = ["ImporterContract"]


class ImporterContract(Contract):
    """The contract of an importer: what reads a COCO file. Subclass it under a name that pytest collects, and supply `load`.

    Every test tries one property: on small files that Hypothesis draws, then on directed ones at the sizes, ids, orders and forms at which
    code breaks. All files are valid. What they hold is known by Python's json and pycocotools' masks. A counterexample is reduced and printed as
    code that writes the file. `known_failures`, `profile`, `max_examples`, `directed`, `derandomize` and `seed` are as for `ExporterContract`.

    Attributes:
        keeps_masks: Whether masks are read: else the files have none.
        keeps_crowds: Whether crowd flags are read: else the files have no crowds.
        keeps_folders: Whether images may be in folders: else all images have different names.
        keeps_order: Whether images, categories and the annotations of an image are in the order of the file.
        keeps_sizes: Whether the `width` and `height` of images are kept.
        keeps_ids: Whether the ids of images and annotations are.
        keeps_category_ids: Whether those of categories are.
        keeps_supercategories: Whether supercategories are.
        keeps_areas: Whether `area` is.
        keeps_keypoints: Whether keypoints and their names are.
        keeps_scores: Whether `score` is.
        keeps_further_fields: Whether keys of annotations that COCO does not define are, such as `attributes`.

    Raises:
        TypeError: If `known_failures` of a subclass has an unknown property.
    """

    SUBJECT: ClassVar[Subject] = FILES
    keeps_masks: ClassVar[bool] = True
    keeps_crowds: ClassVar[bool] = True
    keeps_folders: ClassVar[bool] = True
    keeps_order: ClassVar[bool] = True
    keeps_sizes: ClassVar[bool] = True
    keeps_ids: ClassVar[bool] = True
    keeps_category_ids: ClassVar[bool] = True
    keeps_supercategories: ClassVar[bool] = True
    keeps_areas: ClassVar[bool] = True
    keeps_keypoints: ClassVar[bool] = False
    keeps_scores: ClassVar[bool] = False
    keeps_further_fields: ClassVar[bool] = False

    def load(self, annotations_path: Path, images_folder: Path) -> ImportedDataset | DetectionDataset:
        """Read a file. Call `hypothesis.reject()` for one that the importer does not support.

        Args:
            annotations_path: The JSON file.
            images_folder: The folder of the images, which exist.

        Returns:
            What the importer holds.
        """
        msg = f"{type(self).__name__} must define load(self, annotations_path, images_folder)"
        raise NotImplementedError(msg)

    def _claims(self) -> Claims:
        return Claims(masks=self.keeps_masks, crowds=self.keeps_crowds, folders=self.keeps_folders, mapped=True, first_category_id=None)

    def test_images_complete(self) -> None:
        """Every image is there once, with or without annotations, and no other."""
        self._test("images_complete")

    def test_images_in_order(self) -> None:
        """Images are in the order of the file."""
        self._test("images_in_order")

    def test_image_sizes(self) -> None:
        """`width` and `height` are those of the file."""
        self._test("image_sizes")

    def test_image_ids(self) -> None:
        """Images have the ids of the file."""
        self._test("image_ids")

    def test_file_names(self) -> None:
        """An image's name is its path below the folder of images."""
        self._test("file_names")

    def test_categories_complete(self) -> None:
        """Every category is there once, used or not, and no other."""
        self._test("categories_complete")

    def test_categories_in_order(self) -> None:
        """Categories are in the order of the file."""
        self._test("categories_in_order")

    def test_category_ids(self) -> None:
        """Categories have the ids of the file."""
        self._test("category_ids")

    def test_supercategories(self) -> None:
        """Categories have the supercategories of the file."""
        self._test("supercategories")

    def test_keypoint_names(self) -> None:
        """Categories have the names of their keypoints, in order."""
        self._test("keypoint_names")

    def test_annotations_complete(self) -> None:
        """Every annotation is on its image, once, and there are no others."""
        self._test("annotations_complete")

    def test_annotations_in_order(self) -> None:
        """The annotations of an image are in the order of the file."""
        self._test("annotations_in_order")

    def test_annotation_ids(self) -> None:
        """Annotations have the ids of the file."""
        self._test("annotation_ids")

    def test_classes(self) -> None:
        """Every annotation has the category of the file, whatever the ids of categories and their order."""
        self._test("classes")

    def test_boxes(self) -> None:
        """`bbox` is that of the file, within the roundings of float64."""
        self._test("boxes")

    def test_masks(self) -> None:
        """Every mask has the pixels that pycocotools reads."""
        self._test("masks")

    def test_areas(self) -> None:
        """`area` is that of the file."""
        self._test("areas")

    def test_crowd_flags(self) -> None:
        """`iscrowd` is that of the file."""
        self._test("crowd_flags")

    def test_keypoints(self) -> None:
        """The keypoints' x, y and v are those of the file."""
        self._test("keypoints")

    def test_scores(self) -> None:
        """`score` is that of the file."""
        self._test("scores")

    def test_further_fields(self) -> None:
        """Keys of annotations that COCO does not define are kept with their values."""
        self._test("further_fields")

    def test_empty_dataset(self) -> None:
        """A file without images is read as every category, and no image."""
        self._test("empty_dataset")

    def test_empty_image(self) -> None:
        """A file without annotations is read as its images."""
        self._test("empty_image")

    def test_reads_again(self) -> None:
        """A second reading gives the same, also after another file was read."""
        self._test("reads_again")

    def test_files_unchanged(self) -> None:
        """Reading changes neither the file nor the images, and leaves nothing beside them."""
        self._test("files_unchanged")

    def test_no_side_effects(self) -> None:
        """Reading changes neither the current folder, the environment, random states, logging nor warnings."""
        self._test("no_side_effects")
