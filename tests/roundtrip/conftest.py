"""Small sources with known masks, and supervision's own exporter."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from cocoproof import ClassMapping

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of OpenCV, which supervision can do without
    import supervision as sv

HEIGHT, WIDTH = 60, 80


@pytest.fixture
def same_mapping():
    return ClassMapping.from_names(["dog", "cat"])


@pytest.fixture
def masks():
    """A rectangle of 600 px, one with a hole, and one pixel."""
    out = np.zeros((3, HEIGHT, WIDTH), bool)
    out[0, 10:30, 10:40] = True
    out[1, 35:55, 10:40] = True
    out[1, 40:45, 20:25] = False
    out[2, 5, 70] = True
    return out


@pytest.fixture
def dataset_of(tmp_path):
    """A supervision dataset of one picture, im3.png."""
    from PIL import Image

    path = tmp_path / "images" / "im3.png"
    path.parent.mkdir()
    Image.new("RGB", (WIDTH, HEIGHT)).save(path)

    def make(mask=None, xyxy=None, **columns):
        if xyxy is None:
            xyxy = np.array(
                [[np.nonzero(m)[1].min(), np.nonzero(m)[0].min(), np.nonzero(m)[1].max() + 1, np.nonzero(m)[0].max() + 1] for m in mask]
            )
        xyxy = np.asarray(xyxy, float)
        columns.setdefault("class_id", np.zeros(len(xyxy), int))
        return sv.DetectionDataset(["dog", "cat"], [str(path)], {str(path): sv.Detections(xyxy, mask, **columns)})

    return make


@pytest.fixture
def by_supervision(tmp_path):
    """A dataset as supervision writes it."""

    def write(dataset, name="supervision.json"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset.as_coco(images_directory_path=None, annotations_path=str(tmp_path / name))
        return tmp_path / name

    return write
