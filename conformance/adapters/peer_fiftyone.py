"""fiftyone: its COCO exporter, fed sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import fiftyone.core.labels as fol
import fiftyone.core.metadata as fom
import fiftyone.utils.coco as fouc

from adapters.common import Adapter, images_of
from cocoproof.readers.comparison_options import FieldNames

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from adapters.common import Annotation, Image


class DatasetExporter(Adapter):
    how = (
        "`fiftyone.utils.coco.COCODetectionDatasetExporter(labels_path=..., categories=..., info=..., tolerance=0, export_media=False, rel_dir=...)`, as "
        "`export_samples` drives it, with `Detection(label, bounding_box, mask, confidence, iscrowd, ...)`; no database is started. The "
        "adapter maps the classes; data columns are attributes of the detection. Without `tolerance=0` contours are simplified by up to 2 px, "
        "without a `date_created` in `info` it takes the time of the export."
    )
    keeps_scores = keeps_data = True
    keys: ClassVar[FieldNames] = FieldNames(attributes=None)
    not_claimed = {
        "keeps_track_ids": "a track is an index of a detection in a video",
        "keeps_oriented_boxes": "its boxes are upright",
        "unmapped_class_refused": "the adapter maps the classes",
    }

    def export(self, dataset, mapping, folder) -> Path:
        path = folder / "coco.json"
        categories = [
            {"id": own.id, "name": own.name, **({"supercategory": own.supercategory} if own.supercategory else {})}
            for own in mapping.categories
        ]
        images = images_of(dataset, mapping)
        exporter = fouc.COCODetectionDatasetExporter(
            labels_path=str(path),
            data_path=str(folder / "data"),
            categories=categories,
            classes=[own["name"] for own in categories],
            info={"date_created": ""},
            tolerance=0,
            export_media=False,
            rel_dir=str(_root(images[0].path) if images else folder.parent / "images"),
        )
        with exporter:
            for image in images:
                found = fol.Detections(detections=[_detection(one, image) for one in image.annotations])
                exporter.export_sample(str(image.path), found, fom.ImageMetadata(width=image.width, height=image.height))
        return path


def _root(path: Path) -> Path:
    """The folder of all images, wherever it is."""
    return next(folder for folder in path.parents if folder.name == "images")


def _detection(one: Annotation, image: Image) -> fol.Detection:
    x, y, width, height = one.xywh
    more = {"confidence": one.score, "mask": _crop(one), **({"iscrowd": one.crowd} if one.crowd else {}), **one.data}
    box = [x / image.width, y / image.height, width / image.width, height / image.height]
    return fol.Detection(label=one.category.name, bounding_box=box, **{key: value for key, value in more.items() if value is not None})


def _crop(one: Annotation) -> np.ndarray | None:
    """The mask inside its box, as a detection has it; the box of a mask is whole pixels."""
    if one.mask is None:
        return None
    x1, y1, x2, y2 = (int(side) for side in one.corners)
    return one.mask[y1:y2, x1:x2]
