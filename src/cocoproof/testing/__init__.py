"""Property tests for COCO exporters: strategies for Hypothesis, and a contract to test any exporter with pytest."""

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

__all__ = ["DrawnDataset", "DrawnImage", "ExporterContract", "strategies"]
