"""Sizes of images that are wrong in the whole file: simulated files of right and of exchanged sizes, and what must not be taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.geometry.size_evidence import exchanged_sides
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import dataset

from ..checking.test_changed_defects import new_findings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.model.findings import Finding

SIZES = {
    "mixed": [[640, 480], [1920, 1080], [500, 375], [800, 600], [427, 640], [375, 500]],
    "landscape": [[640, 480], [1920, 1080], [500, 375], [800, 600]],
    "one": [[640, 480]],
}


class Simulated:
    """Boxes in images, of which some reach out of their image.

    Args:
        seed: Of the random numbers.
        kind: Which sizes the images have.
        overflow: Share of the boxes that reach out.
        by: How far they reach out, as a mean share of the image.
        side: The edge at which they do: any, bottom or right.
        centred: Whether the objects are in the middle of the image.
    """

    def __init__(
        self, seed: int, kind: str, *, overflow: float = 0.0, by: float = 0.05, side: str = "any", centred: bool = False, images: int = 0
    ) -> None:
        dice = np.random.default_rng(seed)
        self.images = images or int(dice.choice([5, 12, 40, 150]))
        sizes = np.array(SIZES[kind])[dice.integers(0, len(SIZES[kind]), self.images)]
        self.rows = np.repeat(np.arange(self.images), dice.poisson(dice.choice([1.2, 3.0, 8.0]), self.images))
        self.sizes = sizes[self.rows].astype(float)
        count = len(self.rows)
        extent = self.sizes * np.exp(dice.normal(-1.5, 0.8, (count, 2))).clip(0.01, 0.98)
        place = dice.normal(0.5, 0.12, (count, 2)).clip(0, 1) if centred else dice.random((count, 2))
        corner = (self.sizes - extent) * place
        edge = dice.integers(0, 4, count) if side == "any" else np.full(count, {"right": 0, "bottom": 1}[side])
        far = dice.exponential(by, count)[:, None] * self.sizes
        for k in np.flatnonzero(dice.random(count) < overflow):
            axis = int(edge[k]) % 2
            corner[k, axis] = self.sizes[k, axis] - extent[k, axis] + far[k, axis] if edge[k] < 2 else -far[k, axis]
        self.boxes = np.concatenate([corner, extent], axis=1)
        self.dice = dice

    def found(self, exchanged: float = 0.0) -> Any:
        """What is found where the sizes of this share of the images are exchanged, and which these are."""
        wrong = self.dice.random(self.images) < exchanged
        stated = np.where(wrong[self.rows][:, None], self.sizes[:, ::-1], self.sizes)
        return exchanged_sides(self.boxes, stated, self.rows.astype(np.int64), self.images, 1.0), wrong


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("side", ["any", "bottom", "right"])
@pytest.mark.parametrize("kind", SIZES)
def test_no_alarm_on_right_sizes(kind: str, side: str, centred: bool) -> None:
    """The figure in the rule's documentation is of 100 seeds for each of these."""
    for overflow, by in ((0, 0), (0.05, 0.02), (0.2, 0.05), (0.5, 0.05), (0.3, 0.2)):
        for seed in range(15):
            simulated = Simulated(seed, kind, overflow=overflow, by=by, side=side, centred=centred)
            assert simulated.found()[0] is None, (overflow, by, seed)


@pytest.mark.parametrize("kind", SIZES)
def test_exchanged_sizes_are_found(kind: str) -> None:
    files = [Simulated(seed, kind, overflow=0.01, by=0.01, images=40) for seed in range(40)]
    found = [simulated.found(1.0)[0] for simulated in files]
    assert sum(one is not None for one in found) >= 0.9 * len(files)


@pytest.mark.parametrize("kind", SIZES)
def test_some_exchanged_sizes_are_found_and_no_others(kind: str) -> None:
    number = 0
    for seed in range(20):
        found, wrong = Simulated(seed, kind, overflow=0.01, by=0.01, images=300).found(0.4)
        if found is not None and not found.every:
            number += 1
            assert (found.images & ~wrong).sum() <= 0.05 * found.images.sum()
    assert number >= 19


def findings(document: Any, *codes: str) -> list[Finding]:
    rules = [rule for code in codes for rule in find(code)]
    return list(check_source(read_document(document), CheckSettings(rules=rules, reload=ReloadMode.NEVER, max_findings=None)).findings)


WIDE: Mapping[str, int] = {"width": 64, "height": 48}


def partly(wrong: range, images: int = 40) -> Any:
    """Images of 48 x 64 px with four boxes each, of which some are said to be 64 x 48 px."""
    boxes = [[2, 2, 20, 16], [20, 30, 20, 30], [4, 40, 9, 20], [30, 10, 16, 16]]
    rows = [{"image_id": k + 1, "bbox": box, "area": box[2] * box[3], "segmentation": []} for k in range(images) for box in boxes]
    return dataset(rows, images=[WIDE if k in wrong else {"width": 48, "height": 64} for k in range(images)])


def test_some_images() -> None:
    (finding,) = findings(partly(range(5, 20)), "COCO511")
    assert finding.pointer == "/images/5"
    assert "width and height of 15 of 40 images are exchanged: 30 of 60 boxes" in finding.message
    assert findings(partly(range(5, 14)), "COCO511") == []  # nine are too few


def test_another_image_is_a_new_finding() -> None:
    assert new_findings("COCO511", partly(range(5, 20)), partly(range(5, 21)))
    assert not new_findings("COCO511", partly(range(40)), partly(range(40), images=39))


def test_boxes_outside_for_another_reason_are_listed() -> None:
    document = partly(range(5, 20))
    document["annotations"][0]["bbox"] = [-9, 5, 20, 9]
    found = findings(document, "COCO502", "COCO503", "COCO511")
    assert [(finding.code, finding.pointer) for finding in found] == [("COCO511", "/images/5"), ("COCO502", "/annotations/0/bbox")][::-1]
    assert found[1].consequences == {"COCO502": 30}


def test_corners_are_no_exchange() -> None:
    """Boxes as corners reach out of their images, too; their areas and masks show it."""
    rows = [{"bbox": [3 * k, 2 * k, 3 * k + 20, 2 * k + 16], "area": 320, "segmentation": []} for k in range(14)]
    assert [finding.code for finding in findings(dataset(rows), "COCO504", "COCO511")] == ["COCO504"]


@pytest.mark.parametrize(
    ("images", "inside", "number"),
    [
        ([{"width": 28, "height": 28}] * 2, 4, 1),
        ([{"width": 28, "height": 28}] * 2, 5, 0),  # half of the boxes fit
        ([{"width": 28, "height": 28}], 0, 0),  # one image shows nothing of the others
        ([{"width": 28, "height": 28}, {"width": 28, "height": 27}], 0, 0),
    ],
)
def test_a_placeholder(images: list[dict[str, int]], inside: int, number: int) -> None:
    rows = [{"bbox": [2, 2, 9, 9] if k < inside else [40, 50, 30, 40], "image_id": 1 + k % len(images)} for k in range(10)]
    assert len(findings(dataset(rows, images=images), "COCO512")) == number


def test_all_boxes_cover_their_image() -> None:
    rows = [{"bbox": [0, 0, 64, 48]}] * 12
    (finding,) = findings(dataset(rows), "COCO513")
    assert finding.message == "all 12 boxes cover their image"
    assert len(findings(dataset([*rows, {}]), "COCO513")) == 12
