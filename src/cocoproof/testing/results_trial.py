"""One export of drawn predictions: the list of results, compared with the source by way of its ground truth."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import reject

from cocoproof.roundtrip.compare import compare
from cocoproof.testing.drawn import mask_stack
from cocoproof.testing.drawn_keypoints import DrawnPoses
from cocoproof.testing.drawn_results import coordinates, runs_of
from cocoproof.testing.trial import ExportUnreadable, Raised, Trial, quiet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cocoproof.mapping import ClassMapping
    from cocoproof.roundtrip.losses import RoundTripReport
    from cocoproof.testing.drawn import DrawnImage
    from cocoproof.testing.drawn_results import DrawnPredictions

__all__ = ["ResultsTrial"]


class ResultsTrial(Trial):
    """An exporter of results with predictions and their ground truth."""

    case: DrawnPredictions

    def export(self, dataset: Any = None, folder: Path | None = None, mapping: ClassMapping | None = None) -> Path:
        """As `Trial.export`.

        Raises:
            Raised: As there; an exporter that does not claim to write empty lists may refuse predictions that have none.
        """
        try:
            return super().export(dataset, folder, mapping)
        except Raised:
            if dataset is None and mapping is None and not getattr(self.exporter, "writes_empty", True) and not self.expected:
                reject()
            raise

    @cached_property
    def document(self) -> Any:
        """The rows of the list, decoded by Python's json.

        Raises:
            ExportUnreadable: If the file is not a JSON list of objects.
        """
        try:
            rows = json.loads(self.path.read_bytes())
        except ValueError as error:
            msg = f"the file is not JSON: {error}"
            raise ExportUnreadable(msg) from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            msg = "the file is not a list of results"
            raise ExportUnreadable(msg)
        return rows

    @cached_property
    def truth(self) -> dict[str, Any]:
        """The document of the ground truth."""
        return self.case.truth.document(self.case.dataset, self.case.mapping)

    @cached_property
    def image_ids(self) -> dict[str, int]:
        """The ground truth's ids of images, by file name."""
        return {row["file_name"]: row["id"] for row in self.truth["images"]}

    @cached_property
    def category_ids(self) -> dict[str, int]:
        """The ground truth's ids of categories, by name."""
        return {row["name"]: row["id"] for row in self.truth["categories"]}

    @cached_property
    def expected(self) -> list[dict[str, Any]]:
        """The results that must be in the list, in the order of the source, by plain arithmetic.

        A result with a mask has no box: `loadRes` takes the area from the box where there is one.
        """
        names = {category.id: category.name for category in self.case.mapping.categories}
        becomes = {row.id: names.get(row.category_id) for row in self.case.mapping.classes if row.category_id is not None}
        rows = []
        for image in self.case.dataset.images:
            for k, shape in enumerate(_shapes(image)):
                name = becomes.get(image.class_id[k])
                if name in self.category_ids and image.file_name in self.image_ids and image.confidence is not None:
                    ids = {"image_id": self.image_ids[image.file_name], "category_id": self.category_ids[name]}
                    rows.append({**ids, "score": float(np.dtype(image.score_type).type(image.confidence[k])), **shape})
        return rows

    @cached_property
    def report(self) -> RoundTripReport:
        """The results as annotations of the ground truth's images, compared with the source.

        Results of images and categories that the ground truth does not have are not among them: `image_ids` and `category_ids`
        have those.
        """
        known = {image.file_name for image in self.case.dataset.images}
        used = {row.get("image_id") for row in self.document if isinstance(row.get("image_id"), int)}
        images = [row for row in self.truth["images"] if row["file_name"] in known or row["id"] in used]
        ids = {row["id"] for row in images}
        rows = [
            {**row, "id": place, "area": 0, "iscrowd": 0}
            for place, row in enumerate(self.document, 1)
            if type(row.get("image_id")) is int and row["image_id"] in ids
        ]
        path = self.folder / "results-as-dataset.json"
        path.write_text(json.dumps({"images": images, "annotations": rows, "categories": self.truth["categories"]}), encoding="ascii")
        with quiet():
            return compare(self.dataset.dataset, path, mapping=self.case.mapping, via="pycocotools", images_dir=self.folder / "images")

    def check_images(self) -> None:
        """A list of results has no images of its own: `images_not_decoded` asks only that it is written."""


def _shapes(image: DrawnImage) -> Iterator[dict[str, Any]]:
    """What each detection is, as results have it."""
    if isinstance(image, DrawnPoses):
        for points in coordinates(image):
            yield {"keypoints": points.ravel().tolist()}
    elif image.masks is not None:
        for mask in mask_stack(image.masks, (image.height, image.width)):
            yield {"segmentation": {"size": list(mask.shape), "counts": runs_of(mask)}}
    else:
        corners = np.array(image.boxes, np.dtype(image.box_type)).astype(np.float64).reshape(len(image), 4)
        for x1, y1, x2, y2 in corners.tolist():
            yield {"bbox": [x1, y1, x2 - x1, y2 - y1]}
