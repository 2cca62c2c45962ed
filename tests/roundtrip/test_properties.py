"""What our exporter writes comes back through every reader; and of one change in the file, that change alone is told."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pycocotools.mask
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cocoproof import export_coco
from cocoproof.diff.diff_files import diff
from cocoproof.diff.report import DiffKind
from cocoproof.reading.source import read_document
from cocoproof.roundtrip import LossKind, compare
from cocoproof.testing import strategies

from ..examples import round_trip

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

    from cocoproof.testing.drawn import DrawnCase

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

ordinary = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

ANY = strategies.cases(dataset=strategies.datasets(min_images=1, min_size=1, max_images=2))
ONE = strategies.cases(
    dataset=strategies.datasets(
        min_images=1, max_images=2, min_size=1, max_size=1, masks=None, scores=True, track_ids=True, oriented=True, data=True
    )
)


def exported(case: DrawnCase, folder: Path, **options: Any) -> tuple[Any, Path]:
    dataset = case.dataset.build(folder / "images")
    return dataset, export_coco(dataset, folder / "out.json", mapping=case.mapping, **options).path


@round_trip
@given(ANY, st.sampled_from(["auto", "polygon", "rle"]))
def test_through_our_own_reader(quick_folder: Path, case: DrawnCase, masks: Any) -> None:
    dataset, path = exported(case, quick_folder, masks=masks)
    assert compare(dataset, path, mapping=case.mapping, via="own").losses == ()


@round_trip
@given(ANY)
def test_through_supervision(quick_folder: Path, case: DrawnCase) -> None:
    dataset, path = exported(case, quick_folder, masks="rle")
    assert compare(dataset, path, mapping=case.mapping, via="supervision").losses == ()


def pixels_of(segmentation: Any, height: int, width: int) -> Any:
    """A segmentation as pycocotools decodes it, to be written to."""
    if not segmentation:
        return np.zeros((height, width), np.uint8, order="F")
    if not isinstance(segmentation, dict) or isinstance(segmentation["counts"], list):
        segmentation = pycocotools.mask.frPyObjects(segmentation, height, width)
    return np.array(
        pycocotools.mask.decode(pycocotools.mask.merge(segmentation) if isinstance(segmentation, list) else segmentation), order="F"
    )


def flipped(segmentation: Any, height: int, width: int, draw: Callable[[Any], Any]) -> Any:
    """The same with one pixel set that was not, or the other way round."""
    pixels = pixels_of(segmentation, height, width)
    place = draw(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)))
    pixels[place] = 1 - pixels[place]
    return {"size": [height, width], "counts": pycocotools.mask.encode(pixels)["counts"].decode()}


def moved(values: list[float], draw: Callable[[Any], Any]) -> tuple[int, float]:
    place, by = draw(st.integers(0, len(values) - 1)), draw(st.sampled_from([1, 0.5, 3, -0.25, -1]))
    values[place] += by
    return place, abs(by)


@ordinary
@given(ONE, st.data(), st.sampled_from(["pycocotools", "own"]))
def test_one_change_of_one_annotation_is_the_one_loss(quick_folder: Path, case: DrawnCase, data: st.DataObject, via: Any) -> None:
    dataset, path = exported(case, quick_folder)
    document = json.loads(path.read_text())
    assume(document["annotations"])
    row = data.draw(st.sampled_from(document["annotations"]))
    image = next(one for one in document["images"] if one["id"] == row["image_id"])
    others = [one for one in document["categories"] if one["id"] != row["category_id"]]
    named = {one["id"]: one["name"] for one in document["categories"]}
    kind = data.draw(
        st.sampled_from(
            [
                LossKind.BOX,
                LossKind.AREA,
                LossKind.CROWD,
                LossKind.SCORE,
                LossKind.TRACK_ID,
                LossKind.ORIENTED_BOX,
                LossKind.DATA,
                LossKind.MASK,
                LossKind.DETECTION_MISSING,
                *([LossKind.CLASS] if others else []),
            ]
        )
    )
    wanted: tuple[object, object, object] | None = None
    if kind is LossKind.BOX:
        before = list(row["bbox"])
        moved(row["bbox"], data.draw)
        assume(min(row["bbox"][2:]) > 0)
        x, y, width, height = before
        wanted = ([x, y, x + width, y + height], None, None)
    elif kind is LossKind.AREA:
        before = row["area"]
        row["area"] += 1
        wanted = (before, row["area"], row["area"] - before)
    elif kind is LossKind.CROWD:
        wanted = (row["iscrowd"], 1 - row["iscrowd"], None)
        row["iscrowd"] = 1 - row["iscrowd"]
    elif kind is LossKind.SCORE:
        before, row["score"] = row["score"], 1.5
        wanted = (before, 1.5, 1.5 - before)
    elif kind is LossKind.TRACK_ID:
        row["track_id"] += 1
        wanted = (row["track_id"] - 1, row["track_id"], None)
    elif kind is LossKind.ORIENTED_BOX:
        before = list(row["obb"])
        _, by = moved(row["obb"], data.draw)
        wanted = (before, row["obb"], pytest.approx(by))
    elif kind is LossKind.DATA:
        before, row["attributes"]["note"] = row["attributes"]["note"], "other"
        wanted = (before, "other", None)
    elif kind is LossKind.MASK:
        row["segmentation"] = flipped(row.get("segmentation"), image["height"], image["width"], data.draw)
    elif kind is LossKind.CLASS:
        before = named[row["category_id"]]
        row["category_id"] = data.draw(st.sampled_from(others))["id"]
        wanted = (before, named[row["category_id"]], 1.0)
    else:
        document["annotations"].remove(row)
    path.write_text(json.dumps(document))
    (loss,) = compare(dataset, path, mapping=case.mapping, via=via).losses
    assert loss.kind is kind
    assert (loss.image, loss.detection) == (image["file_name"], 0)
    if wanted is not None and kind is LossKind.BOX:
        assert loss.expected == pytest.approx(wanted[0])
    elif wanted is not None:
        assert (loss.expected, loss.found, loss.measure) == wanted


DOCUMENTS = strategies.coco_documents(kind="instances") | strategies.coco_documents(kind="keypoints")
SECTIONS = ("images", "categories", "annotations")


def renumbered(document: Any, chance: random.Random) -> Any:
    """The same with every id another and every list in another order."""
    document = copy.deepcopy(document)
    new: dict[str, dict[int, int]] = {}
    for section in SECTIONS:
        ids = chance.sample(range(1, 10_000), len(document[section]))
        new[section] = {row["id"]: number for row, number in zip(document[section], ids, strict=True)}
        for row in document[section]:
            row["id"] = new[section][row["id"]]
        chance.shuffle(document[section])
    for row in document["annotations"]:
        row["image_id"] = new["images"][row["image_id"]]
        row["category_id"] = new["categories"][row["category_id"]]
    return document


@ordinary
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_ids_and_orders_have_no_meaning(document: Any, chance: random.Random) -> None:
    report = diff(read_document(document), read_document(renumbered(document, chance)))
    assert report.differences == ()
    assert report.same


@ordinary
@given(DOCUMENTS, st.data())
def test_an_annotation_that_is_gone_or_new_is_the_one_difference(document: Any, data: st.DataObject) -> None:
    assume(document["annotations"])
    shorter = copy.deepcopy(document)
    del shorter["annotations"][data.draw(st.integers(0, len(document["annotations"]) - 1))]
    assert diff(read_document(document), read_document(shorter)).counts == {DiffKind.ANNOTATION_REMOVED: 1}
    assert diff(read_document(shorter), read_document(document)).counts == {DiffKind.ANNOTATION_ADDED: 1}


@ordinary
@given(DOCUMENTS, st.data())
def test_an_image_or_category_that_nothing_refers_to_is_the_one_difference(document: Any, data: st.DataObject) -> None:
    for section, key, removed, added in (
        ("images", "file_name", DiffKind.IMAGE_REMOVED, DiffKind.IMAGE_ADDED),
        ("categories", "name", DiffKind.CATEGORY_REMOVED, DiffKind.CATEGORY_ADDED),
    ):
        longer = copy.deepcopy(document)
        longer[section].insert(
            data.draw(st.integers(0, len(longer[section]))), {"id": 12_345, key: "no other has this", "width": 1, "height": 1}
        )
        assert diff(read_document(longer), read_document(document)).counts == {removed: 1}
        assert diff(read_document(document), read_document(longer)).counts == {added: 1}


CHANGED_FIELDS = {
    "area": DiffKind.AREA_CHANGED,
    "iscrowd": DiffKind.CROWD_CHANGED,
    "score": DiffKind.SCORE_CHANGED,
    "note": DiffKind.ATTRIBUTE_CHANGED,
}


@ordinary
@given(DOCUMENTS, st.data(), st.sampled_from(list(CHANGED_FIELDS)))
def test_a_changed_field_of_an_annotation_is_the_one_difference(document: Any, data: st.DataObject, field: str) -> None:
    assume(document["annotations"])
    changed = copy.deepcopy(document)
    row = changed["annotations"][data.draw(st.integers(0, len(document["annotations"]) - 1))]
    before = row.get(field)
    row[field] = 1 - (before or 0) if field == "iscrowd" else (before or 0) + 0.5
    places = Counter((one["image_id"], one["category_id"], *one["bbox"]) for one in document["annotations"])
    assume(max(places.values()) == 1)  # of twins, which one it is cannot be told
    report = diff(read_document(document), read_document(changed))
    assert report.counts == {CHANGED_FIELDS[field]: 1}
    (difference,) = report.differences
    assert (difference.id_before, difference.id_after) == (row["id"], row["id"])
    assert (difference.before, difference.after) == (before, row[field])
