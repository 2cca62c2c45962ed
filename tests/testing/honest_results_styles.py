"""Right exporters of results in other styles: what may differ from list to list, and must not be refused."""

# ruff: noqa: ARG005 - changes of one kind have one signature

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np

from .honest_results import HonestKeypointResults, HonestResults
from .honest_styles import through_named_file

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RESULT_STYLES"]

RESULT_STYLES: dict[str, type[HonestResults]] = {}
"""The exporters by what they do."""


def style(ident: str, name: str, base: type[HonestResults] = HonestResults, **methods: object) -> None:
    """An exporter whose class is a name of this module, for fresh processes import it."""
    kind = type(ident, (base,), {"__module__": __name__, "__qualname__": ident, **methods})
    globals()[ident] = kind
    RESULT_STYLES[name] = kind


def rows(ident: str, name: str, change: Callable, base: type[HonestResults] = HonestResults) -> None:
    """One that writes rows in another way: `change(row, its place)`, in place."""

    def changed(self, predictions, mapping, truth) -> list:
        own = base.rows(self, predictions, mapping, truth)
        for place, row in enumerate(own):
            change(row, place)
        return own

    style(ident, name, base, rows=changed)


def text(ident: str, name: str, written: Callable) -> None:
    """One that writes the JSON in another way: `written(rows)` gives the text."""

    def save(self, own, path) -> None:
        beside = path.with_suffix(".part")
        try:
            beside.write_bytes(written(own).encode())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    style(ident, name, save=save)


def whole_as_integers(row, place) -> None:
    if "bbox" in row:
        row["bbox"] = [int(value) if value == int(value) else value for value in row["bbox"]]


def in_order_of_keys(row, place) -> None:
    for key in sorted(row):
        row[key] = row.pop(key)


def shortest_score(self, found, k) -> float:
    """As few digits as tell a float32 from any other, as some JSON libraries write it."""
    return float(str(found.confidence[k]))


def images_backwards(self, predictions, mapping, truth) -> list:
    own = HonestResults.rows(self, predictions, mapping, truth)
    order = list(dict.fromkeys(row["image_id"] for row in own))
    return sorted(own, key=lambda row: -order.index(row["image_id"]))


def best_first(self, predictions, mapping, truth) -> list:
    return sorted(HonestResults.rows(self, predictions, mapping, truth), key=lambda row: -row["score"])


def refusing_empty(self, own, path) -> None:
    if not own:
        raise ValueError("there is no result, and loadRes raises an IndexError on an empty list")
    HonestResults.save(self, own, path)


def in_memory_first(self, own, path) -> None:
    memory = io.StringIO()
    json.dump(own, memory)
    beside = path.with_name(".results")
    try:
        beside.write_text(memory.getvalue(), encoding="ascii")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def by_mapping_ids(self, predictions, mapping, truth) -> list:
    """Category ids are those of the mapping: the ground truth has the same."""
    named = [{"id": category.id, "name": category.name} for category in mapping.categories]
    known = {row["name"] for row in truth["categories"]}
    return HonestResults.rows(self, predictions, mapping, {**truth, "categories": [row for row in named if row["name"] in known]})


def by_pycocotools(self, predictions, mapping, ground_truth, folder):
    """Ids by pycocotools' own tables."""
    import contextlib

    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(ground_truth))
    rows = self.rows(predictions, mapping, {"images": list(truth.imgs.values()), "categories": truth.loadCats(truth.getCatIds())})
    path = folder / "results.json"
    self.save(rows, path)
    return path


def as_text(self, predictions, mapping, ground_truth, folder):
    return str(HonestResults.export_results(self, predictions, mapping, ground_truth, folder))


def with_point_box(row, place) -> None:
    """The box around the labelled points, as loadRes computes it."""
    own = np.array(row["keypoints"]).reshape(-1, 3)
    x, y = own[:, 0], own[:, 1]
    row["area"] = float((x.max() - x.min()) * (y.max() - y.min()))


rows("NumberedResults", "ids of results, which loadRes replaces", lambda row, place: row.update(id=place + 1))
rows("CrowdZero", "iscrowd 0 in every result", lambda row, place: row.update(iscrowd=0))
rows("FurtherField", "a further field of results", lambda row, place: row.update(model="a model"))
rows("IntegersWhereWhole", "whole coordinates as integers", whole_as_integers)
rows("KeysByName", "keys in the order of the alphabet", in_order_of_keys)
text("IndentedList", "indented", lambda own: json.dumps(own, indent=2))
text("CompactList", "without blanks", lambda own: json.dumps(own, separators=(",", ":")))
text("LineByLineList", "in many lines", lambda own: "[\n" + ",\n".join(map(json.dumps, own)) + "\n]\n")
text("Utf8List", "in UTF-8", lambda own: json.dumps(own, ensure_ascii=False))
style("ShortestScores", "scores of as few digits as tell a float32 from another", score=shortest_score)
style("ImagesBackwards", "results of the last image first", rows=images_backwards)
style("BestFirst", "results by score, where order is not claimed", keeps_order=False, rows=best_first)
style("RefusingEmpty", "empty lists refused", writes_empty=False, save=refusing_empty)
style("NamedFileList", "through a named temporary file, synced", save=through_named_file)
style("MemoryFirstList", "from memory, through a hidden file", save=in_memory_first)
style("MappingIds", "the mapping's category ids, where the ground truth has them", matches_names=False, rows=by_mapping_ids)
style("ByPycocotools", "ids by pycocotools' tables", export_results=by_pycocotools)
style("TextPath", "the path as text", export_results=as_text)
style("KeypointList", "keypoints", HonestKeypointResults)
rows("KeypointAreas", "keypoints with areas, which loadRes replaces", with_point_box, HonestKeypointResults)
