"""Fresh processes that show another date: what does not bear the stand-ins of `datetime` is not blamed."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

import pytest

from cocoproof.testing.trial import PropertyBroken

from .honest import Honest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fuzz


class DiesUnderStandIns(Honest):
    """As modules in C do that were built for the size of `datetime.datetime`."""

    def export(self, dataset, mapping, folder) -> Path:
        if type(dt.datetime) is not type:
            os._exit(3)
        return super().export(dataset, mapping, folder)


class WritesTheFolder(DiesUnderStandIns):
    def document(self, dataset, mapping) -> dict:
        return super().document(dataset, mapping) | {"info": {"made_in": os.getcwd()}}  # noqa: PTH109 - as scripts do


def test_a_process_that_dies_under_another_clock_is_tried_with_the_true_one() -> None:
    DiesUnderStandIns().prove("independent_of_process")


def test_the_other_conditions_are_still_tried() -> None:
    with pytest.raises(PropertyBroken, match="depends on the current folder"):
        WritesTheFolder().prove("independent_of_process")
