"""Exporters of many signatures, for which test files are written; a module of the user's, so it does not know cocoproof."""
# Written as users write:
# ruff: noqa: B905, N801, PTH103, PTH118, PTH119, PTH120, PTH123, TC002, UP045

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, Optional

import numpy as np
import supervision as sv
from PIL import Image


def document(paths, detections, classes, *, categories=None, category_of=None, scores=False):
    category_of = category_of or {k: k + 1 for k in range(len(classes))}
    root = os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else "."
    images, rows = [], []
    for number, (path, found) in enumerate(zip(paths, detections), 1):
        with Image.open(path) as image:
            width, height = image.size
        images.append({"id": number, "file_name": Path(path).relative_to(root).as_posix(), "width": width, "height": height})
        for k in range(len(found)):
            if int(found.class_id[k]) not in category_of:
                continue
            x1, y1, x2, y2 = map(float, found.xyxy[k])
            row = {"id": len(rows) + 1, "image_id": number, "category_id": category_of[int(found.class_id[k])]}
            row |= {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "iscrowd": 0}
            rows.append(row | ({"score": float(found.confidence[k])} if scores and found.confidence is not None else {}))
    return {
        "images": images,
        "annotations": rows,
        "categories": categories or [{"id": k + 1, "name": name} for k, name in enumerate(classes)],
    }


def of_dataset(dataset):
    return document(dataset.image_paths, list(dataset.annotations.values()), dataset.classes)


def save(dataset, path):
    Path(path).write_text(json.dumps(of_dataset(dataset)))


def save_text_path(ds: sv.DetectionDataset, out: str) -> None:
    save(ds, out + "")


def only_text_paths(dataset, filename):
    save(dataset, filename + "")


def with_mapping(source: Source, path, *, mapping, indent: int = 1) -> str:  # noqa: F821 - an alias that is not there
    becomes = {row.id: row.category_id for row in mapping.classes if not row.dropped}
    categories = [{"id": row.id, "name": row.name} for row in mapping.categories]
    own = document(
        source.image_paths, list(source.annotations.values()), source.classes, categories=categories, category_of=becomes, scores=True
    )
    path.write_text(json.dumps(own, indent=indent))
    return str(path)


def parts(images: list[str], detections: dict[str, sv.Detections], class_names: list[str], output_file: Path) -> Path:
    output_file.write_text(json.dumps(document(images, [detections[path] for path in images], class_names)))
    return output_file


def list_of_detections(detections, image_paths, classes, path):
    with open(path, "w") as file:
        json.dump(document(image_paths, [one for one in detections if one.xyxy is not None], classes), file)


def of_columns(boxes, labels, path):
    rows = []
    for number, (own, classes) in enumerate(zip(boxes, labels), 1):
        for (x1, y1, x2, y2), k in zip(own, classes):
            rows.append(
                {
                    "id": len(rows) + 1,
                    "image_id": number,
                    "category_id": int(k) + 1,
                    "bbox": [float(x1), float(y1), float(x2 - x1), float(y2 - y1)],
                }
            )
    Path(path).write_text(json.dumps({"images": [{"id": k + 1} for k in range(len(boxes))], "annotations": rows, "categories": []}))


def one_image(image_path: str, boxes: np.ndarray, class_ids: np.ndarray, width: int, height: int, out: os.PathLike) -> None:
    rows = [{"id": k + 1, "image_id": 1, "category_id": int(class_ids[k]) + 1, "bbox": box.tolist()} for k, box in enumerate(boxes)]
    images = [{"id": 1, "file_name": os.path.basename(image_path), "width": width, "height": height}]
    Path(out).write_text(json.dumps({"images": images, "annotations": rows, "categories": [{"id": 1, "name": "0"}]}))


def one_of_columns(xywh, label_ids, path):
    assert xywh.shape == (len(label_ids), 4)
    Path(path).write_text(json.dumps({"images": [], "annotations": [], "categories": []}))


def columns_with_all(
    boxes: list[np.ndarray],
    labels: list[list[str]],
    image_sizes: list,
    file_names: list[str],
    categories: list[dict],
    path,
    masks=None,
    scores=None,
):
    assert len(boxes) == len(labels) == len(masks) == len(scores) == len(image_sizes) == len(file_names)
    assert categories[0]["name"] == labels[0][1]
    assert image_sizes[0] == (9, 8)
    Path(path).write_text(json.dumps({"images": [], "annotations": [], "categories": categories}))


def returns_dict(dataset) -> dict[str, Any]:
    return of_dataset(dataset)


def returns_text(dataset, classes=None):
    return json.dumps(of_dataset(dataset))


def into_folder(dataset, output_dir):
    os.makedirs(os.path.join(output_dir, "annotations"), exist_ok=True)
    save(dataset, os.path.join(output_dir, "annotations", "instances.json"))


def into_stream(dataset, fp):
    json.dump(of_dataset(dataset), fp)


def elsewhere(dataset):
    path = os.path.join(os.environ["TMPDIR_OF_TEST"], "elsewhere.json")
    save(dataset, path)
    return path


def required_unknown(dataset, flavour, path):
    if flavour is None:
        raise TypeError("flavour is needed")
    save(dataset, path)


def unknown_that_may_be_none(dataset, path, flavour):
    save(dataset, path)


async def slowly(dataset, path: Path):
    await asyncio.sleep(0)
    save(dataset, path)


def awaitable(dataset, path):
    return slowly(dataset, path)


def pieces(dataset):
    yield from json.JSONEncoder().iterencode(of_dataset(dataset))


def steps(dataset, path):
    yield 0
    save(dataset, path)
    yield 1


async def async_steps(dataset, path):
    save(dataset, path)
    yield 1


class Exporter:
    def __init__(self, output_dir: str, mapping: Optional[Any] = None, verbose: bool = False):
        self.output_dir, self.mapping = output_dir, mapping

    def export(self, dataset: sv.DetectionDataset) -> str:
        path = os.path.join(self.output_dir, "result.json")
        with_mapping(dataset, Path(path), mapping=self.mapping)
        return path

    @staticmethod
    def dump(dataset, path):
        save(dataset, path)

    @classmethod
    def made(cls, dataset, path):
        save(dataset, path)


class Callable_:
    def __call__(self, dataset, path):
        save(dataset, path)


instance = Exporter(".")
callable_object = Callable_()
indented = functools.partial(with_mapping, indent=2)


def positional(dataset, path, /):
    save(dataset, path)


def variadic(*args, **kwargs):
    save(args[0], args[1])


def raises(dataset, path):
    raise ValueError("there is\nsomething wrong")


def leaves(dataset, path):
    sys.exit(3)


def drops_a_class(dataset, path):
    own = of_dataset(dataset)
    own["annotations"] = [row for row in own["annotations"] if row["category_id"] == 1]
    Path(path).write_text(json.dumps(own))


def from_zero(dataset, path):
    own = document(dataset.image_paths, list(dataset.annotations.values()), dataset.classes, category_of={k: k for k in range(99)})
    own["categories"] = [{"id": k, "name": name} for k, name in enumerate(dataset.classes)]
    Path(path).write_text(json.dumps(own))


def test_named(dataset, path):
    save(dataset, path)


def dataset(dataset, path):
    save(dataset, path)


def noisy(dataset, path):
    print("noise " * 50)
    with contextlib.redirect_stderr(io.StringIO()):
        save(dataset, path)
