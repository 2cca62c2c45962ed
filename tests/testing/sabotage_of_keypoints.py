"""Broken exporters of keypoint datasets: a right one, and a change of the document that it writes."""

# ruff: noqa: ARG005 - changes of one kind have one signature

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from .honest_keypoints import HonestKeypoints
from .sabotage import Saboteur

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OF_KEYPOINTS"]

OF_KEYPOINTS: list[Saboteur] = []


def spoils(group: str, name: str, breaks: str, spoil: Callable, *, raises: bool | None = False) -> None:
    """One that spoils the document: `spoil(document, dataset, mapping)`, in place."""

    class Spoiler(HonestKeypoints):
        def document(self, dataset, mapping):
            document = super().document(dataset, mapping)
            spoil(document, dataset, mapping)
            return document

    OF_KEYPOINTS.append(Saboteur(name, breaks, Spoiler, group, raises))


def rows(group: str, name: str, breaks: str, spoil: Callable) -> None:
    spoils(group, name, breaks, lambda document, *_: [spoil(row) for row in document["annotations"]])


def counted(row) -> None:
    row["num_keypoints"] = sum(isinstance(flag, (int, float)) and flag > 0 for flag in row["keypoints"][2::3])


def points(group: str, name: str, breaks: str, change: Callable) -> None:
    """One that writes other points: `change(x, y, v)` of each; the count is right."""

    def spoil(row) -> None:
        own = np.array(row["keypoints"], np.float64).reshape(-1, 3).tolist()
        row["keypoints"] = [value for x, y, v in own for value in change(x, y, int(v))]
        counted(row)

    rows(group, name, breaks, spoil)


def on_image(group: str, name: str, breaks: str, change: Callable) -> None:
    """The same with the size of the image: `change(x, y, v, width, height)`."""

    def spoil(document, dataset, mapping) -> None:
        sizes = {row["id"]: (row["width"], row["height"]) for row in document["images"]}
        for row in document["annotations"]:
            own = np.array(row["keypoints"], np.float64).reshape(-1, 3).tolist()
            row["keypoints"] = [value for x, y, v in own for value in change(x, y, int(v), *sizes[row["image_id"]])]
            counted(row)

    spoils(group, name, breaks, spoil)


def categories(name: str, breaks: str, change: Callable) -> None:
    spoils("categories", name, breaks, lambda document, *_: [change(row) for row in document["categories"]])


def labelled(change: Callable) -> Callable:
    """Changes points that are labelled."""
    return lambda x, y, v: (*change(x, y), v) if v else (x, y, v)


PLACE = "places of points"
points(PLACE, "x and y exchanged", "keypoints", labelled(lambda x, y: (y, x)))
points(PLACE, "whole pixels", "keypoints", labelled(lambda x, y: (round(x), round(y))))
points(PLACE, "moved by half a pixel", "keypoints", labelled(lambda x, y: (x + 0.5, y + 0.5)))
points(PLACE, "as float32", "keypoints", labelled(lambda x, y: (float(np.float32(x)), float(np.float32(y)))))
for digits in (1, 2, 3, 6):
    points(PLACE, f"{digits} digits", "keypoints", labelled(lambda x, y, digits=digits: (round(x, digits), round(y, digits))))
points(PLACE, "up to 32,767", "keypoints", labelled(lambda x, y: (min(x, 32_767), min(y, 32_767))))
points(PLACE, "up to 65,535", "keypoints", labelled(lambda x, y: (min(x, 65_535), min(y, 65_535))))
on_image(PLACE, "as shares of the image", "keypoints", lambda x, y, v, w, h: (x / w, y / h, v))
on_image(PLACE, "mirrored", "keypoints", lambda x, y, v, w, h: (w - x, y, v) if v else (x, y, v))

BEYOND = "points beyond the image"
on_image(BEYOND, "cut at the image", "points_beyond_the_image", lambda x, y, v, w, h: (min(max(x, 0), w), min(max(y, 0), h), v))
on_image(
    BEYOND,
    "not labelled if out of the image",
    "points_beyond_the_image",
    lambda x, y, v, w, h: (x, y, v) if 0 <= x <= w and 0 <= y <= h else (0, 0, 0),
)
on_image(
    BEYOND,
    "hidden if out of the image",
    "points_beyond_the_image",
    lambda x, y, v, w, h: (x, y, v) if 0 <= x <= w and 0 <= y <= h else (x, y, min(v, 1)),
)
points(BEYOND, "not below 0", "points_beyond_the_image", lambda x, y, v: (max(x, 0), max(y, 0), v))
on_image(BEYOND, "cut at the right side alone", "points_beyond_the_image", lambda x, y, v, w, h: (min(x, w), y, v))
on_image(BEYOND, "cut below the image alone", "points_beyond_the_image", lambda x, y, v, w, h: (x, min(y, h), v))

FLAGS = "flags"
points(FLAGS, "every labelled point visible", "visibility", lambda x, y, v: (x, y, 2 if v else 0))
points(FLAGS, "every labelled point hidden", "visibility", lambda x, y, v: (x, y, 1 if v else 0))
points(FLAGS, "hidden points not labelled", "visibility", lambda x, y, v: (x, y, 2) if v == 2 else (0, 0, 0))
points(FLAGS, "points at 0, 0 visible", "visibility", lambda x, y, v: (x, y, v or 2))
points(FLAGS, "1 for visible, 2 for hidden", "visibility", lambda x, y, v: (x, y, (0, 2, 1)[v]))
points(FLAGS, "1 for labelled", "visibility", lambda x, y, v: (x, y, int(v > 0)))
points(FLAGS, "points on the left edge not labelled", "visibility", lambda x, y, v: (x, y, v) if x != 0 else (0, 0, 0))
points(FLAGS, "points at -1 where not labelled", "unlabelled_points", lambda x, y, v: (x, y, v) if v else (-1, -1, 0))
points(FLAGS, "half a pixel where not labelled", "unlabelled_points", lambda x, y, v: (x, y, v) if v else (0.5, 0.5, 0))
points(FLAGS, "1 where not labelled", "unlabelled_points", lambda x, y, v: (x, y, v or 1))
points(FLAGS, "points without flags", "keypoints", lambda x, y, v: (x, y))
points(FLAGS, "flags before coordinates", "visibility", lambda x, y, v: (v, x, y))
points(FLAGS, "flags as bools", "schema_valid", lambda x, y, v: (x, y, v > 0))


def first_image_alone(document, dataset, mapping) -> None:
    """Flags are kept if the first image has hidden points."""
    if dataset.image_paths and getattr(dataset.annotations[dataset.image_paths[0]], "visible", None) is None:
        for row in document["annotations"]:
            row["keypoints"][2::3] = [2 if flag else 0 for flag in row["keypoints"][2::3]]


spoils(FLAGS, "flags if the first image has some", "visibility", first_image_alone)

COUNT = "how many points"
rows(COUNT, "no count", "num_keypoints", lambda row: row.pop("num_keypoints"))
for most in (9, 16, 17, 32, 100, 128, 256):
    rows(
        COUNT, f"points after the {most}th left out", "keypoints", lambda row, most=most: row.update(keypoints=row["keypoints"][: 3 * most])
    )
    rows(
        COUNT,
        f"points after the {most}th not labelled",
        "visibility",
        lambda row, most=most: row.update(keypoints=row["keypoints"][: 3 * most] + [0] * len(row["keypoints"][3 * most :])),
    )
rows(
    COUNT,
    "filled up to 17",
    "keypoints",
    lambda row: row.update(keypoints=row["keypoints"] + [0, 0, 0] * (17 - len(row["keypoints"]) // 3)),
)
rows(
    COUNT,
    "points that are not labelled left out",
    "keypoints",
    lambda row: row.update(
        keypoints=np.array(row["keypoints"], np.float64).reshape(-1, 3)[np.array(row["keypoints"][2::3]) > 0].ravel().tolist()
    ),
)
rows(
    COUNT,
    "in the opposite order",
    "keypoints",
    lambda row: row.update(keypoints=np.array(row["keypoints"], np.float64).reshape(-1, 3)[::-1].ravel().tolist()),
)
rows(COUNT, "in triples", "schema_valid", lambda row: row.update(keypoints=np.array(row["keypoints"], np.float64).reshape(-1, 3).tolist()))
rows(COUNT, "no keypoints", "keypoints", lambda row: row.pop("keypoints"))
rows(COUNT, "the count of all points", "num_keypoints", lambda row: row.update(num_keypoints=len(row["keypoints"]) // 3))
rows(
    COUNT,
    "the count of visible points",
    "num_keypoints",
    lambda row: row.update(num_keypoints=sum(flag == 2 for flag in row["keypoints"][2::3])),
)
rows(COUNT, "the count of 17", "num_keypoints", lambda row: row.update(num_keypoints=17))
rows(COUNT, "the count as text", "num_keypoints", lambda row: row.update(num_keypoints=str(row["num_keypoints"])))
rows(COUNT, "the count up to 127", "num_keypoints", lambda row: row.update(num_keypoints=min(row["num_keypoints"], 127)))


def without_points(document, dataset, mapping) -> None:
    document["annotations"] = [row for row in document["annotations"] if row["num_keypoints"]]


spoils(COUNT, "detections without a labelled point left out", "detections_complete", without_points)

categories("no names of keypoints", "category_keypoints", lambda row: row.update(keypoints=[]))
categories("keypoints by number", "category_keypoints", lambda row: row.update(keypoints=[str(k) for k in range(len(row["keypoints"]))]))
categories("sorted names of keypoints", "category_keypoints", lambda row: row.update(keypoints=sorted(row["keypoints"])))
categories(
    "lower-case names of keypoints", "category_keypoints", lambda row: row.update(keypoints=[name.lower() for name in row["keypoints"]])
)
categories(
    "names of keypoints cut at 64 characters",
    "category_keypoints",
    lambda row: row.update(keypoints=[name[:64] for name in row["keypoints"]]),
)
categories("at most 17 names of keypoints", "category_keypoints", lambda row: row.update(keypoints=row["keypoints"][:17]))
spoils(
    "categories",
    "the first category's keypoints for all",
    "category_keypoints",
    lambda document, *_: [row.update(keypoints=document["categories"][0]["keypoints"]) for row in document["categories"]],
)
categories("skeletons from 0", "category_skeletons", lambda row: row.update(skeleton=[[a - 1, b - 1] for a, b in row["skeleton"]]))
categories("no skeleton", "category_skeletons", lambda row: row.update(skeleton=[]))
categories(
    "a chain as every skeleton",
    "category_skeletons",
    lambda row: row.update(skeleton=[[k, k + 1] for k in range(1, len(row["keypoints"]))]),
)
categories("skeletons with ordered ends", "category_skeletons", lambda row: row.update(skeleton=[sorted(edge) for edge in row["skeleton"]]))
categories("sorted skeletons", "category_skeletons", lambda row: row.update(skeleton=sorted(row["skeleton"])))
categories("at most 19 edges", "category_skeletons", lambda row: row.update(skeleton=row["skeleton"][:19]))
categories("flat skeletons", "category_skeletons", lambda row: row.update(skeleton=[end for edge in row["skeleton"] for end in edge]))
categories(
    "edges once, whichever way",
    "category_skeletons",
    lambda row: row.update(
        skeleton=[list(edge) for edge in {tuple(sorted(edge)): tuple(edge) for edge in reversed(row["skeleton"])}.values()][::-1]
    ),
)

BOXES = "boxes"


def around(row) -> tuple:
    own = np.array(row["keypoints"], np.float64).reshape(-1, 3)
    own = own[own[:, 2] > 0] if (own[:, 2] > 0).any() else own
    return (*own[:, :2].min(axis=0).tolist(), *own[:, :2].max(axis=0).tolist())


def envelope(row) -> None:
    x1, y1, x2, y2 = around(row)
    if x2 > x1 and y2 > y1:
        row |= {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}


def of_all_points(row) -> None:
    own = np.array(row["keypoints"], np.float64).reshape(-1, 3)
    if any(abs(a - b) < 1e-9 for a, b in zip(row["bbox"][:2], around(row)[:2], strict=True)):
        (x1, y1), (x2, y2) = own[:, :2].min(axis=0).tolist(), own[:, :2].max(axis=0).tolist()
        row |= {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1)}


rows(BOXES, "always the envelopes of points", "boxes", envelope)
rows(BOXES, "envelopes with points that are not labelled", "boxes", of_all_points)
rows(
    BOXES,
    "corners",
    "boxes",
    lambda row: row.update(bbox=[row["bbox"][0], row["bbox"][1], row["bbox"][0] + row["bbox"][2], row["bbox"][1] + row["bbox"][3]]),
)
rows(
    BOXES,
    "areas of the points' envelopes",
    "areas",
    lambda row: row.update(area=max((around(row)[2] - around(row)[0]) * (around(row)[3] - around(row)[1]), 0.5)),
)
rows(BOXES, "0.53 of the box as area", "areas", lambda row: row.update(area=0.53 * row["area"]))
rows(BOXES, "crowds without points", "crowd_flags", lambda row: row.update(iscrowd=int(row["num_keypoints"] == 0 or row["iscrowd"])))

SCORES = "scores"
rows(
    SCORES,
    "scores of points of two digits",
    "keypoint_scores",
    lambda row: "keypoint_scores" in row and row.update(keypoint_scores=[round(own, 1) for own in row["keypoint_scores"]]),
)
rows(SCORES, "no scores of points", "keypoint_scores", lambda row: row.pop("keypoint_scores", None))
rows(
    SCORES,
    "the mean of the points' scores as score",
    "scores",
    lambda row: "keypoint_scores" in row and row.update(score=float(np.mean(row["keypoint_scores"]))),
)
rows(
    SCORES,
    "the share of labelled points as score",
    "scores",
    lambda row: "score" in row and row.update(score=row["num_keypoints"] / max(len(row["keypoints"]) // 3, 1)),
)


def of_process(ident: str, name: str, breaks: str, **methods: Callable) -> None:
    kind = type(ident, (HonestKeypoints,), {"__module__": __name__, "__qualname__": ident, **methods})
    globals()[ident] = kind
    OF_KEYPOINTS.append(Saboteur(name, breaks, kind, "process"))


def zeroed_in_place(self, dataset, mapping) -> dict:
    document = HonestKeypoints.document(self, dataset, mapping)
    for found in dataset.annotations.values():
        found.xy[:] = np.round(found.xy)
    return document


def visible_set(self, dataset, mapping) -> dict:
    for found in dataset.annotations.values():
        if found.visible is None:
            found.visible = np.ones(found.xy.shape[:2], bool)
    return HonestKeypoints.document(self, dataset, mapping)


def with_pid(self, dataset, mapping) -> dict:
    return {**HonestKeypoints.document(self, dataset, mapping), "info": {"pid": os.getpid()}}


of_process("ZeroedInPlace", "points rounded in place", "input_unchanged", document=zeroed_in_place)
of_process("VisibleSet", "visible added to the source", "input_unchanged", document=visible_set)
of_process("PointsWithPid", "the process id in a file of keypoints", "independent_of_process", document=with_pid)
