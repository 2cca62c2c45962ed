"""Property tests for COCO exporters and importers: strategies for Hypothesis, and contracts to test any of them with pytest."""

from __future__ import annotations

import warnings

from cocoproof.model.errors import MissingExtra

try:
    import hypothesis  # noqa: F401 - looked for once, here, so that the message names the extra
    import pytest  # noqa: F401

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about OpenCV, which supervision does not need here
        import supervision  # noqa: F401
except ImportError as error:
    _msg = f"cocoproof.testing needs {error.name}: pip install 'cocoproof[testing]'"
    raise MissingExtra(_msg) from error

from cocoproof.testing import strategies
from cocoproof.testing.contract import ExporterContract
from cocoproof.testing.drawn import DrawnDataset, DrawnImage
from cocoproof.testing.drawn_keypoints import DrawnPoses, KeypointDataset, built_poses
from cocoproof.testing.drawn_results import DrawnTruth
from cocoproof.testing.import_contract import ImporterContract
from cocoproof.testing.importing.file_case import FileCase
from cocoproof.testing.importing.file_form import FileForm
from cocoproof.testing.importing.imported import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage
from cocoproof.testing.keypoint_contract import KeypointContract
from cocoproof.testing.results_contract import ResultsContract
from cocoproof.testing.rule_examples import check_rule_examples
from cocoproof.testing.track_contract import TrackContract
from cocoproof.testing.tracked_videos import TrackedDataset

__all__ = [
    "DrawnDataset",
    "DrawnImage",
    "DrawnPoses",
    "DrawnTruth",
    "ExporterContract",
    "FileCase",
    "FileForm",
    "ImportedAnnotation",
    "ImportedCategory",
    "ImportedDataset",
    "ImportedImage",
    "ImporterContract",
    "KeypointContract",
    "KeypointDataset",
    "ResultsContract",
    "TrackContract",
    "TrackedDataset",
    "built_poses",
    "check_rule_examples",
    "strategies",
]
