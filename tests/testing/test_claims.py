"""What an exporter claims decides what it is tried on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from cocoproof import export_coco
from cocoproof.testing import ExporterContract
from cocoproof.testing.property_list import PROPERTIES
from cocoproof.testing.trial import ExportUnreadable, PropertyBroken, Raised

if TYPE_CHECKING:
    from pathlib import Path


class Watched(ExporterContract):
    """A right exporter that keeps what it was given."""

    keeps_scores = keeps_track_ids = keeps_oriented_boxes = keeps_data = True
    max_examples = 10
    directed = "none"

    def __init__(self) -> None:
        self.seen: list[tuple[Any, Any]] = []

    def export(self, dataset, mapping, folder) -> Path:
        self.seen.append((dataset, mapping))
        return export_coco(dataset, folder / "coco.json", mapping=mapping).path


def given_to(kind: type[Watched]) -> list[tuple[Any, Any]]:
    watched = kind()
    for name in ("areas", "scores", "unmapped_class_refused"):
        watched.prove(name)
    return watched.seen


@pytest.mark.parametrize("claimed", [True, False])
def test_masks_and_crowds_are_drawn_where_they_are_claimed(claimed) -> None:
    class Claiming(Watched):
        keeps_masks = keeps_crowds = claimed

    found = [one for dataset, _ in given_to(Claiming) for one in dataset.annotations.values() if len(one)]
    assert found
    assert any(one.mask is not None for one in found) == claimed
    assert any("iscrowd" in one.data for one in found) == claimed


@pytest.mark.parametrize("first", [0, 5])
def test_category_ids_count_up_where_the_exporter_gives_them(first) -> None:
    class Numbering(Watched):
        keeps_category_ids = False
        first_category_id = first

    mappings = [mapping for _, mapping in given_to(Numbering)]
    assert all([row.id for row in mapping.categories] == list(range(first, first + len(mapping.categories))) for mapping in mappings)
    assert any(len(mapping.categories) > 2 for mapping in mappings)

    class NotMapping(Numbering):
        maps_classes = False
        max_examples = 3

    watched = NotMapping()
    watched.prove("categories_complete")
    assert {mapping.categories[0].id for _, mapping in watched.seen} == {first}


def test_category_ids_are_any_where_they_are_kept() -> None:
    ids = [[row.id for row in mapping.categories] for _, mapping in given_to(Watched)]
    assert {own[0] for own in ids} >= {0, 1}
    assert any(own != list(range(own[0], own[0] + len(own))) for own in ids)


def test_a_data_set_that_is_rejected_is_put_aside_and_one_that_raises_is_not() -> None:
    class Choosy(Watched):
        def export(self, dataset, mapping, folder) -> Path:
            if any(found.mask is not None for found in dataset.annotations.values()):
                hypothesis.reject()
            return super().export(dataset, mapping, folder)

    class Raising(Watched):
        def export(self, dataset, mapping, folder) -> Path:
            if any(found.mask is not None for found in dataset.annotations.values()):
                raise ValueError("no masks, please")
            return super().export(dataset, mapping, folder)

    Choosy().prove("areas")
    with pytest.raises(Raised, match="export raised ValueError: no masks, please") as caught:
        Raising().prove("areas")
    assert caught.value.case is not None
    assert caught.value.case.dataset.images[0].masks == (("#",),)


@pytest.mark.slow
def test_a_rejected_data_set_is_no_refusal_of_a_class() -> None:
    class Rejecting(Watched):
        max_examples = 1

        def export(self, dataset, mapping, folder) -> Path:
            hypothesis.reject()

    with pytest.raises(hypothesis.errors.Unsatisfiable):
        Rejecting().prove("unmapped_class_refused")


class WithoutIds(Watched):
    """Annotations have no ids, at which pycocotools raises KeyError; and their boxes are a pixel off."""

    max_examples = 30

    def export(self, dataset, mapping, folder) -> Path:
        path = super().export(dataset, mapping, folder)
        document = json.loads(path.read_bytes())
        for row in document["annotations"]:
            del row["id"]
            row["bbox"][0] += 1
        path.write_text(json.dumps(document))
        return path


def test_a_file_that_pycocotools_cannot_load_is_read_by_our_own_reader_where_that_is_asked_for() -> None:
    for name in ("boxes", "classes_through_mapping", "self_evaluation", "file_names"):
        with pytest.raises(ExportUnreadable, match="cannot load the file: KeyError"):
            WithoutIds().prove(name, shrink=False)
    own = WithoutIds()
    own.via = "own"
    own.prove("file_names")
    with pytest.raises(PropertyBroken, match="1 px off") as caught:
        own.prove("boxes", shrink=False)
    assert type(caught.value) is PropertyBroken


def test_every_property_has_its_test() -> None:
    tests = {name.removeprefix("test_") for name in dir(ExporterContract) if name.startswith("test_")}
    assert tests == set(PROPERTIES)


def test_what_fails_at_times_alone_is_told_as_a_failure() -> None:
    class Moody(Watched):
        def export(self, dataset, mapping, folder) -> Path:
            path = super().export(dataset, mapping, folder)
            if len(self.seen) == 7:
                path.write_text("not JSON")
            return path

    with pytest.raises(ExportUnreadable, match=r"the file is not JSON(.|\n)*It does not fail every time"):
        Moody().prove("image_ids")
