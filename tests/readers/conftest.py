"""A child process a reader for all that does it no harm, and documents to reload."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import pytest

from cocoproof.model.findings import Kind
from cocoproof.readers import Limits, Loader, ReloadOutcome, ReloadProcess, ReloadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Reload(Protocol):
    def __call__(
        self,
        document: object,
        kind: Kind = Kind.INSTANCES,
        *,
        unsafe: tuple[int, ...] = (),
        ground_truth: object = None,
        evaluate: bool = True,
    ) -> ReloadOutcome: ...


class Build(Protocol):
    def __call__(self, *annotations: dict[str, object], **sections: object) -> dict[str, object]: ...


def reloading(loader: Loader, folder: Path) -> Iterator[Reload]:
    process = ReloadProcess.start(loader, Limits(wall_seconds=60))

    def reload(
        document: object,
        kind: Kind = Kind.INSTANCES,
        *,
        unsafe: tuple[int, ...] = (),
        ground_truth: object = None,
        evaluate: bool = True,
    ) -> ReloadOutcome:
        nonlocal process
        if not process.alive:
            process.close()
            process = ReloadProcess.start(loader, Limits(wall_seconds=60))
        path, truth = folder / "document.json", folder / "truth.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        truth.write_text(json.dumps(ground_truth), encoding="utf-8")
        of_truth = None if ground_truth is None else str(truth)
        process.submit(ReloadRequest(str(path), kind, unsafe, of_truth, evaluate))
        return process.result()

    yield reload
    process.close()


@pytest.fixture
def warm_readers() -> None:
    """Every test here starts its own."""


@pytest.fixture(scope="session")
def through_pycocotools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reload]:
    yield from reloading(Loader.PYCOCOTOOLS, tmp_path_factory.mktemp("pycocotools"))


@pytest.fixture(scope="session")
def through_supervision(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reload]:
    pytest.importorskip("importlib.util").find_spec("supervision") or pytest.skip("supervision is not installed")
    yield from reloading(Loader.SUPERVISION, tmp_path_factory.mktemp("supervision"))


@pytest.fixture
def build() -> Build:
    """A dataset of two images of 64 x 48 px and two categories; annotations are numbered from 1 and complete unless told otherwise."""

    def build(*annotations: dict[str, object], **sections: object) -> dict[str, object]:
        rows = [
            {"id": 1 + place, "image_id": 1, "category_id": 1, "bbox": [4, 4, 20, 16], "area": 320, "iscrowd": 0, **row}
            for place, row in enumerate(annotations)
        ]
        return {
            "images": [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in (1, 2)],
            "annotations": [{key: value for key, value in row.items() if value is not ...} for row in rows],
            "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
            **sections,
        }

    return build
