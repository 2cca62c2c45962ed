"""The comparison of the model of a consumer's loader with the loader itself: images, annotations, masks and classes that arrive must be equal in number.

A test of a consumer has a function that runs the real loader, and returns what is there:

    def arrives(written: Written) -> Measured: ...

and two tests, `check_crafted` on each of `documents.DOCUMENTS`, and `check_corpus` on real files.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from cocoproof.consumers.account import account_of
from cocoproof.model.findings import Kind
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document

from .claims import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cocoproof.consumers.consumer import Consumer
    from cocoproof.model.arrivals import Arrival, ClassArrival

__all__ = ["CORPUS", "CORPUS_FILES", "MOST_IMAGES", "Measured", "check_corpus", "check_crafted", "modelled", "write"]

CORPUS = os.environ.get("COCOPROOF_CORPUS")
"""A folder of real COCO files, with the folder `files` and an `index.tsv`; it is not part of the repository."""

_MOST_PIXELS = 30_000_000
MOST_IMAGES = 100
"""For loaders that open each image: files with more images take too long."""


@dataclass
class Measured:
    """What a loader holds.

    Attributes:
        images: How many images.
        annotations: How many annotations.
        by_class: How many annotations of each class; the keys are names, numbers of classes, or category ids, as `key` says.
        key: `name`, `label` or `id`.
        masks: How many masks; None if the loader was not asked for masks.
    """

    images: int
    annotations: int
    by_class: Mapping[Any, int] = field(default_factory=dict)
    key: str = "name"
    masks: int | None = None


def modelled(consumer: Consumer, document: Any, classes: tuple[str, ...] | None = None) -> Arrival:
    """What the model says of a document; `classes` is the user's list."""
    dataset = read(read_document(document)).dataset
    assert dataset is not None
    return account_of(consumer, dataset, classes).arrival


def write(document: Any, folder: Path, name: str = "annotations.json", pictures: str = ".") -> Written:
    """A document as a file, with a white picture of its size for every image that has a usable name; of 64 x 48 px without a usable size.

    The test is skipped where the pictures cannot be as the document says: of two sizes, in a place outside the folder.
    """
    root = folder / "data" / pictures
    sizes: dict[str, tuple[int, int]] = {}
    for image in document.get("images", []):
        file_name = image.get("file_name")
        if not isinstance(file_name, str):
            continue
        size = (image.get("width"), image.get("height"))
        if not all(isinstance(one, int) and one > 0 for one in size):
            size = (64, 48)
        if (
            sizes.setdefault(file_name, size) != size
            or size[0] * size[1] > _MOST_PIXELS
            or PurePosixPath(file_name).is_absolute()
            or not PurePosixPath(file_name).name
        ):
            pytest.skip("the pictures cannot be as the document says")
    for file_name, size in sizes.items():
        picture = root / file_name
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.new("1", size, 1).save(picture, format="PNG", compress_level=1)
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return Written(path, root)


def differences(arrival: Arrival, measure: Callable[[], Measured]) -> list[str]:
    """Where model and loader differ; the loader is run."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = measure()
    except Exception as error:  # a loader may raise anything
        return [] if arrival.error is not None else [f"the loader raises {type(error).__name__}: {error}; the model does not"]
    if arrival.error is not None:
        return [f"the model raises {arrival.error}; the loader does not: {found}"]
    out = []
    for what, expected, counted in (
        ("images", arrival.images, found.images),
        ("annotations", arrival.annotations, found.annotations),
        ("masks", arrival.masks, found.masks),
    ):
        if expected is not None and counted is not None and expected.arrived != counted:
            out.append(f"{what}: {expected.arrived} of {expected.given} in the model, {counted} in the loader")
    by_class: Counter[Any] = Counter()
    for row in arrival.by_class:
        by_class[_key(row, found.key)] += row.arrived
    left = {key: count for key, count in by_class.items() if count}
    counted_classes = {key: count for key, count in found.by_class.items() if count}
    if left != counted_classes:
        out.append(f"classes: {left} in the model, {counted_classes} in the loader")
    return out


def _key(row: ClassArrival, key: str) -> Any:
    return {"name": row.name, "label": row.label, "id": row.id}[key]


def check_crafted(
    consumer: Consumer, document: Any, measure: Callable[[], Measured], *, covered: bool = True, classes: tuple[str, ...] | None = None
) -> None:
    """Model and loader agree on a crafted document; `covered` is whether the model covers it, `classes` is the user's list."""
    arrival = modelled(consumer, document, classes)
    assert (arrival.not_modelled is None) is covered, arrival.not_modelled
    if covered:
        assert differences(arrival, measure) == []


def _corpus_files() -> list[Path]:
    return [] if CORPUS is None else sorted(Path(CORPUS, "files").glob("*.json"))


CORPUS_FILES = _corpus_files()


def check_corpus(
    consumer: Consumer,
    path: Path,
    measure: Callable[[Any], Measured],
    *,
    most_images: int | None = None,
    classes: Callable[[Any], tuple[str, ...] | None] = lambda _: None,
    most_mask_pixels: int | None = None,
) -> None:
    """Model and loader agree on a real file. Files that the model does not cover are skipped.

    Args:
        consumer: The consumer.
        path: The file.
        measure: Document -> what the loader holds.
        most_images: Files with more images are skipped: for loaders that open each of them.
        classes: Document -> the user's list of classes.
        most_mask_pixels: Files whose masks have more pixels are skipped: for loaders that hold each mask as an array of the image's size.
    """
    try:
        document = json.loads(path.read_bytes())
    except ValueError:
        pytest.skip("not JSON")
    source = read(read_document(document))
    if source.dataset is None or source.kind not in consumer.modelled or source.kind is Kind.RESULTS:
        pytest.skip(f"{source.kind.value} file")
    if most_images is not None and len(document.get("images", [])) > most_images:
        pytest.skip("too many images")
    arrival = account_of(consumer, source.dataset, classes(document)).arrival
    if arrival.not_modelled is not None:
        pytest.skip(f"not modelled: {arrival.not_modelled}")
    if most_mask_pixels is not None and _mask_pixels(document) > most_mask_pixels:
        pytest.skip("too many pixels in masks")
    assert differences(arrival, lambda: measure(document)) == []


def _mask_pixels(document: Any) -> int:
    """The pixels of all masks, each as an array of its image's size."""
    areas = {str(image.get("id")): _area(image) for image in document.get("images", [])}
    return sum(areas.get(str(row.get("image_id")), 0) for row in document.get("annotations", []) if row.get("segmentation"))


def _area(image: Any) -> int:
    width, height = image.get("width", 0), image.get("height", 0)
    return width * height if isinstance(width, int) and isinstance(height, int) else 0
