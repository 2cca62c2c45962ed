"""This repository's reader of files, as round trips use it."""

from __future__ import annotations

from adapters.importing import ImportAdapter
from cocoproof.readers.columns_content import reimport
from cocoproof.readers.comparison_options import FieldNames
from cocoproof.testing import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage


class OwnColumns(ImportAdapter):
    how = 'The reader of columns that `cocoproof roundtrip` and `via="own"` use.'
    keeps_keypoints = keeps_scores = keeps_further_fields = True

    def load(self, annotations_path, images_folder) -> ImportedDataset:
        found = reimport(annotations_path, FieldNames())
        images = []
        for image in found.images:
            width, height = image.size or (None, None)
            images.append(ImportedImage(image.name, width, height, image.id, [_annotation(own) for own in image.detections]))
        return ImportedDataset(images, [ImportedCategory(own.name, own.id, own.supercategory, own.keypoints) for own in found.categories])


def _annotation(own) -> ImportedAnnotation:
    x1, y1, x2, y2 = own.box.tolist()
    more = {"track_id": own.track_id} if own.track_id is not None else {}
    return ImportedAnnotation(
        own.category,
        (x1, y1, x2 - x1, y2 - y1),
        None if own.mask is None else own.mask.decode(),
        own.crowd,
        own.area,
        own.keypoints,
        own.score,
        own.id,
        {**more, **({"attributes": dict(own.data)} if own.data else {})},
    )
