"""What several of these tests need: a reader that is not ours, and a small source."""

from __future__ import annotations

import contextlib
import io
import json
import warnings

import numpy as np
import pytest

from cocoproof import ClassMapping
from cocoproof.export import PlainDetections

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of OpenCV, which supervision can do without
    import supervision as sv  # noqa: F401


@pytest.fixture
def mapping():
    return ClassMapping.from_names(["dog", "person", "car", "tree"], ["person", "car", "dog"], drop=["tree"])


@pytest.fixture
def plain():
    """Detections of n boxes of class 0, or of the given classes."""

    def make(boxes=((1, 2, 11, 22),), class_id=None, **further):
        boxes = np.asarray(boxes, float).reshape(-1, 4)
        return PlainDetections(boxes, np.zeros(len(boxes), int) if class_id is None else np.asarray(class_id), **further)

    return make


@pytest.fixture
def load():
    """A file as json, and as pycocotools holds it."""

    def read(path):
        from pycocotools.coco import COCO

        def no_constant(name):
            raise AssertionError(name)

        text = path.read_bytes().decode("ascii")
        document = json.loads(text, parse_constant=no_constant)
        if isinstance(document, list):
            return document
        with contextlib.redirect_stdout(io.StringIO()):
            return COCO(str(path))

    return read


@pytest.fixture
def evaluate():
    """AP of a results file on a ground truth."""

    def run(truth, results, task):
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        with contextlib.redirect_stdout(io.StringIO()):
            gt = COCO(str(truth))
            evaluation = COCOeval(gt, gt.loadRes(str(results)), task)
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return evaluation.stats[0]

    return run
