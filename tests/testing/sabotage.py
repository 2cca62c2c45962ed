"""What saboteurs are made of: a right exporter, and a change of the document that it writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pycocotools import mask as coco_mask

from cocoproof.testing.trial import PropertyBroken

from .honest import Honest, rle

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Saboteur",
    "boxed",
    "caught_by_its_property",
    "caught_under",
    "in_its_tier",
    "in_the_fuzz_tier",
    "masked",
    "named",
    "names",
    "not_refused",
    "rows",
    "spoils",
    "whole",
    "without",
]


@dataclass(frozen=True)
class Saboteur:
    """A broken exporter.

    Attributes:
        name: What it does wrong.
        breaks: The property that must catch it.
        make: Gives the exporter.
        group: What it depends on.
        raises: Whether it raises an error for a valid dataset; None if that depends on which of two threads is faster.
    """

    name: str
    breaks: str
    make: Callable[[], Honest]
    group: str = "any dataset"
    raises: bool | None = False


def spoils(name: str, breaks: str, spoil: Callable) -> Saboteur:
    """One that spoils the document: `spoil(document, dataset, mapping)`, in place."""

    class Spoiler(Honest):
        def document(self, dataset, mapping):
            document = super().document(dataset, mapping)
            spoil(document, dataset, mapping)
            return document

    return Saboteur(name, breaks, Spoiler)


def rows(name: str, breaks: str, spoil: Callable) -> Saboteur:
    """One that spoils each annotation: `spoil(row)`, in place."""

    def every(document, dataset, mapping) -> None:
        for row in document["annotations"]:
            spoil(row)

    return spoils(name, breaks, every)


def whole(name: str, breaks: str, spoil: Callable) -> Saboteur:
    """One that spoils the document without a look at the source: `spoil(document)`, in place."""
    return spoils(name, breaks, lambda document, *_: spoil(document))


def masked(name: str, breaks: str, change: Callable) -> Saboteur:
    """One that writes another mask, of the same area by its own word: `change(mask)` gives it."""

    def spoil(row) -> None:
        if "segmentation" in row:
            row["segmentation"] = rle(change(coco_mask.decode(row["segmentation"])))

    return rows(name, breaks, spoil)


def boxed(name: str, change: Callable) -> Saboteur:
    """One that writes another box: `change(x, y, w, h)` gives it."""
    return rows(name, "boxes", lambda row: row.update(bbox=list(change(*row["bbox"]))))


def names(change: Callable) -> Callable:
    def spoil(document, dataset, mapping) -> None:
        for row, path in zip(document["images"], dataset.image_paths, strict=True):
            row["file_name"] = change(row["file_name"], path)

    return spoil


def without(picked: Callable) -> Callable:
    """Without the annotations that a test picks: `picked(row, the same image's before it)`."""

    def spoil(document, dataset, mapping) -> None:
        kept: list = []
        for row in document["annotations"]:
            if not picked(row, [other for other in kept if other["image_id"] == row["image_id"]]):
                kept.append(row)
        document["annotations"] = kept

    return spoil


def named(name: str, change: Callable) -> Saboteur:
    """One that writes another name of a category: `change(name)` gives it."""
    return whole(name, "categories_complete", lambda d: [row.update(name=change(row["name"])) for row in d["categories"]])


def caught_by_its_property(contract, saboteur) -> None:
    with pytest.raises(PropertyBroken, match=rf"^{saboteur.breaks}: ") as caught:
        contract.prove(saboteur.breaks, shrink=False)
    # A saboteur that stumbles over itself would be caught by anything.
    assert saboteur.raises in (None, "export raised" in str(caught.value).splitlines()[0])


def caught_under(seeds, saboteur) -> None:
    """Caught by its property under each seed."""
    for seed in seeds:
        contract = saboteur.make()
        contract.seed = seed
        caught_by_its_property(contract, saboteur)


def not_refused(style, properties, seeds) -> None:
    """A right exporter keeps what it claims, under each seed; directed datasets, the same for all, are tried once."""
    for seed in seeds:
        exporter = style()
        exporter.seed = seed
        exporter.directed = None if seed == seeds[0] else "none"
        for name, entry in properties.items():
            if entry.claim is None or getattr(exporter, entry.claim):
                exporter._test(name)


def in_the_fuzz_tier(values):
    """All of them in the fuzz tier alone."""
    return [pytest.param(value, marks=pytest.mark.fuzz) for value in values]


def in_its_tier(values, every):
    """One of so many in the slow tier, the others in the fuzz tier: all of them take an hour."""
    return [pytest.param(value, marks=pytest.mark.fuzz if k % every else pytest.mark.slow) for k, value in enumerate(values)]
