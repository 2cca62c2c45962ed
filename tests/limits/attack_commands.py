"""Hostile input of commands: two files, reports of masses of findings, patterns, lists, fixes."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .attack_parts import annotation, annotations, document, listed, of_length
from .attack_rows import ROWS
from .attack_shapes import GEOMETRY
from .attack_texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["COMMANDS", "Attack", "attacks"]


@dataclass(frozen=True)
class Attack:
    """A command on hostile files.

    Attributes:
        name: Its name.
        files: The files, by name.
        command: The arguments.
        reports: Whether it writes a report in JSON to standard output.
    """

    name: str
    files: Callable[[], Mapping[str, bytes]]
    command: Sequence[str]
    reports: bool = False


_CHECK = ("check", "--no-images", "--format", "json")
_FORMATS = ("text", "html", "sarif", "junit", "github", "gitlab", "markdown")
_ALL_CONSUMERS = (
    "pycocotools,supervision,torchvision,detectron2,ultralytics,rf-detr,cvat,mmdetection,mmrotate,mmpose,transformers,paddledetection,"
    "sahi,datumaro,fiftyone,label-studio,hotcoco,faster-coco-eval"
)


def _shape(name: str, size: int) -> bytes:
    return {**GEOMETRY, **TEXTS, **ROWS}[name][0](size)


def _two(first: bytes, second: bytes) -> Callable[[], Mapping[str, bytes]]:
    return lambda: {"a.json": first, "b.json": second}


def moved(n: int, step: int = 0) -> bytes:
    """Annotations on one image, the same ones in another place for another step."""
    boxes = (f'"bbox":[{(k + step) % 600},{k * 7 % 400},{30 + step},20],"area":600,"iscrowd":0' for k in range(n))
    return document(listed(annotation(number=k, box=box) for k, box in enumerate(boxes, 1)))


def renumbered(n: int, step: int) -> bytes:
    """Annotations of many images; ids, order and file names are moved by `step`."""
    images = (f'{{"id":{k + step},"file_name":"{k}.jpg","width":640,"height":480}}' for k in range(n))
    rows = (annotation(number=k + step, image=(k * 7919) % n + step) for k in range(n))
    return document(listed(rows), images=listed(images))


def named(n: int, pattern: str) -> bytes:
    """Images named by a pattern with `{k}`."""
    return document(images=listed(f'{{"id":{k},"file_name":"{pattern.format(k=k)}","width":640,"height":480}}' for k in range(n)))


def class_list(n: int, pattern: str) -> bytes:
    """A class list, one name a line."""
    return "\n".join(pattern.format(k=k) for k in range(n)).encode()


def picture(side: int, shade: int) -> bytes:
    """A PNG of one shade with a dot."""
    rows = b"".join(b"\0" + bytes([(shade + 37 * y * (x == shade % side)) % 256 for x in range(side)]) for y in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = side.to_bytes(4, "big") + side.to_bytes(4, "big") + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pictures(n: int, shades: int) -> Mapping[str, bytes]:
    """Two splits of `n` images each, of so many different pictures."""
    kinds = [picture(16, k) for k in range(min(shades, 256))]
    out: dict[str, bytes] = {}
    for split in ("train", "val"):
        rows = listed(f'{{"id":{k},"file_name":"{split}{k}.png","width":16,"height":16}}' for k in range(n))
        out[f"{split}.json"] = document(images=rows)
        for k in range(n):
            out[f"images/{split}{k}.png"] = kinds[k % len(kinds)]
    return out


def _truth(n: int) -> bytes:
    images = listed(f'{{"id":{k},"file_name":"{k}.jpg","width":640,"height":480}}' for k in range(100))
    return document(listed(annotation(number=k, image=k % 100) for k in range(1, n + 1)), images=images)


def scores(n: int, classes: int = 1) -> bytes:
    """Results on 100 images, with classes in turn."""
    row = '{{"image_id":{},"category_id":{},"bbox":[1,2,41,40],"score":0.5}}'
    return listed(row.format(k % 100, k % classes + 1) for k in range(n)).encode()


def _of_classes(n: int, classes: int) -> bytes:
    images = listed(f'{{"id":{k},"file_name":"{k}.jpg","width":640,"height":480}}' for k in range(100))
    categories = listed(f'{{"id":{k},"name":"c{k}"}}' for k in range(1, classes + 1))
    rows = (annotation(number=k, image=k % 100, category=k % classes + 1) for k in range(1, n + 1))
    return document(listed(rows), images=images, categories=categories)


def _commands() -> list[Attack]:
    out = [
        Attack(
            f"report_{form}_{shape}",
            (lambda shape=shape, size=size: {"a.json": _shape(shape, size)}),
            ("check", "a.json", "--no-images", "--reload", "never", "--max-findings", limit, "--format", form),
        )
        for form in _FORMATS
        for shape, size, limit in (
            ("markup_names", 20_000, "0"),
            ("long_names", 5_000, "0"),
            ("wrong_types", 10_000, "0"),
            ("long_file_name", 20_000_000, "1000"),
        )
    ]
    out += [
        Attack(
            f"consumers_{shape}",
            (lambda shape=shape, size=size: {"a.json": _shape(shape, size)}),
            (*_CHECK, "a.json", "--for", _ALL_CONSUMERS),
            reports=True,
        )
        for shape, size in (
            ("equal_boxes", 20_000),
            ("categories", 100_000),
            ("images", 100_000),
            ("long_category_name", 10_000_000),
            ("long_file_name", 10_000_000),
            ("sparse_ids", 50_000),
            ("dangling_categories", 50_000),
            ("stars", 20_000),
            ("full_masks", 1_000),
            ("poses", 5_000),
            ("odd_rings", 20_000),
            ("equal_image_ids", 50_000),
            ("deep_name", 1_000_000),
            ("counts_text", 4_000_000),
            ("lvis_categories", 50_000),
        )
    ]
    out += [
        Attack(f"reload_{shape}", (lambda shape=shape, size=size: {"a.json": _shape(shape, size)}), (*_CHECK, "a.json"), reports=True)
        for shape, size in (
            ("equal_boxes", 5_000),
            ("equal_boxes", 60_000),
            ("squares", 5_000),
            ("large_images", 500),
            ("full_masks", 1_000),
            ("stripes", 300),
            ("poses", 1_000),
            ("poses", 7_000),
            ("colliding_ids", 20_000),
            ("equal_ids", 20_000),
            ("near_boxes", 20_000),
            ("long_category_of_many", 5_000_000),
            ("long_file_name", 7_000_000),
            ("stars", 20_000),
            ("large_stars", 300),
            ("star", 5_000),
            ("points", 700_000),
            ("far_edges", 10_000),
            ("slivers", 20_000),
            ("counts_text", 4_000_000),
            ("images", 100_000),
            ("categories", 100_000),
            ("crossing_rings", 3_000),
            ("empty_counts", 20_000),
            ("boxes_of_classes", 30_000),
            ("captions", 80_000),
            ("panoptic_rows", 20_000),
            ("lvis_images", 20_000),
            ("wrong_types", 20_000),
            ("dangling_images", 30_000),
            ("rings_of_one", 1_000_000),
            ("deep_field", 900),
            ("long_integer", 1_000_000),
            ("names_with_surrogates", 20_000),
        )
    ]
    out += [
        Attack(f"fix_{shape}", (lambda shape=shape, size=size: {"a.json": _shape(shape, size)}), ("fix", "a.json", "-o", "out.json"))
        for shape, size in (
            ("numeric_texts", 50_000),
            ("padded_names", 50_000),
            ("equal_ids", 50_000),
            ("odd_rings", 50_000),
            ("null_fields", 50_000),
            ("float_ids", 50_000),
            ("long_file_name", 10_000_000),
            ("repeated_id_key", 50_000),
            ("one_point", 500_000),
            ("wrong_types", 30_000),
            ("empty_counts", 50_000),
            ("keys_of_rows", 10_000),
            ("deep_field", 100_000),
            ("lone_surrogates", 1_000_000),
            ("equal_boxes", 50_000),
            ("flat_rings", 50_000),
        )
    ]
    out += [
        Attack(f"explain_{name}", dict, ("explain", given))
        for name, given in (("code", "COCO605"), ("long", "x" * 100_000), ("near", "box-not-positve" * 1000))
    ]
    diffs: dict[str, Callable[[], Mapping[str, bytes]]] = {
        "moved": lambda: {"a.json": moved(3_000), "b.json": moved(3_000, 2)},
        "many_moved": lambda: {"a.json": moved(50_000), "b.json": moved(50_000, 2)},
        "equal": lambda: {"a.json": _shape("equal_boxes", 50_000), "b.json": _shape("equal_boxes", 40_000)},
        "renumbered": lambda: {"a.json": renumbered(50_000, 0), "b.json": renumbered(50_000, 7)},
        "equal_ids": lambda: {"a.json": _shape("equal_ids", 30_000), "b.json": _shape("equal_ids", 30_001)},
        "categories": lambda: {"a.json": _shape("categories", 100_000), "b.json": _shape("near_names", 100_000)},
        "images": lambda: {"a.json": _shape("images", 100_000), "b.json": _shape("frames", 100_000)},
        "equal_names": lambda: {"a.json": _shape("equal_file_names", 50_000), "b.json": _shape("equal_file_names", 50_001)},
        "long_names": lambda: {"a.json": _shape("long_file_name", 10_000_000), "b.json": _shape("long_file_name", 10_000_001)},
        "polygons": lambda: {"a.json": _shape("points", 1_000_000), "b.json": _shape("points", 1_000_005)},
        "rings": lambda: {"a.json": _shape("crossing_rings", 1_000), "b.json": _shape("crossing_rings", 1_001)},
        "masks": lambda: {"a.json": _shape("counts_text", 4_000_000), "b.json": _shape("one_runs", 4_000_000)},
        "full_masks": lambda: {"a.json": _shape("full_masks", 1_000), "b.json": _shape("full_masks", 1_001)},
        "segments": lambda: {"a.json": _shape("segments", 50_000), "b.json": _shape("equal_segments", 50_000)},
        "keys": lambda: {"a.json": _shape("many_keys", 100_000), "b.json": _shape("many_far_keys", 100_000)},
        "deep": lambda: {"a.json": _shape("deep_section", 900), "b.json": _shape("deep_field", 900)},
        "sections": lambda: {"a.json": _shape("section_of_numbers", 500_000), "b.json": _shape("section_of_texts", 500_000)},
        "results": lambda: {"a.json": _shape("results", 50_000), "b.json": _shape("results_of_one_image", 50_000)},
        "captions": lambda: {"a.json": _shape("captions", 100_000), "b.json": _shape("blank_captions", 100_000)},
    }
    out += [Attack(f"diff_{name}", files, ("diff", "a.json", "b.json")) for name, files in diffs.items()]
    out += [
        Attack(f"roundtrip_{name}", diffs[name], ("roundtrip", "a.json", "b.json"))
        for name in ("renumbered", "categories", "images", "long_names")
    ]
    against: dict[str, Callable[[], Mapping[str, bytes]]] = {
        "many_results": lambda: {"a.json": scores(300_000), "b.json": _truth(100_000)},
        "many_classes": lambda: {"a.json": scores(100_000, 1_000), "b.json": _of_classes(100_000, 1_000)},
        "unknown_classes": lambda: {"a.json": scores(100_000, 50_000), "b.json": _truth(10_000)},
        "one_image": lambda: {"a.json": _shape("results_of_one_image", 100_000), "b.json": _shape("equal_boxes", 20_000)},
        "same_kind": lambda: {"a.json": _shape("results", 50_000), "b.json": _shape("results", 50_000)},
        "truth_of_nothing": lambda: {"a.json": _shape("results", 50_000), "b.json": document()},
        "dataset": lambda: {"a.json": _shape("equal_boxes", 20_000), "b.json": _shape("equal_boxes", 20_000)},
        "masks": lambda: {"a.json": _shape("mask_results", 50_000), "b.json": _shape("small_masks", 10_000)},
        "poses": lambda: {"a.json": _shape("pose_results", 20_000), "b.json": _shape("poses", 5_000)},
        "large_truth": lambda: {"a.json": scores(1_000), "b.json": _truth(300_000)},
    }
    out += [Attack(f"gt_{name}", files, (*_CHECK, "a.json", "--gt", "b.json"), reports=True) for name, files in against.items()]
    lists: dict[str, tuple[Callable[[], bytes], Callable[[], bytes]]] = {
        "near": (lambda: _shape("near_names", 20_000), lambda: class_list(20_000, "trafic light {k:06}")),
        "other": (lambda: _shape("categories", 50_000), lambda: class_list(50_000, "d{k}")),
        "long": (lambda: _shape("long_category_names", 2_000), lambda: class_list(2_000, "y" + "x" * 2_000 + "{k}")),
        "longest": (lambda: _shape("long_category_name", 10_000_000), lambda: class_list(1, "b" * 10_000_000)),
        "reversed": (lambda: _shape("categories", 50_000), lambda: "\n".join(f"c{k}" for k in range(50_000, 0, -1)).encode()),
    }
    out += [
        Attack(
            f"categories_{name}",
            (lambda made=made: {"a.json": made[0](), "names.txt": made[1]()}),
            (*_CHECK, "a.json", "--reload", "never", "--categories", "names.txt"),
            reports=True,
        )
        for name, made in lists.items()
    ]
    splits: dict[str, tuple[Callable[[], Mapping[str, bytes]], Sequence[str]]] = {
        "renumbered": (diffs["renumbered"], ()),
        "near_classes": (
            lambda: {
                "a.json": _shape("near_names", 20_000),
                "b.json": document(categories=listed(f'{{"id":{k},"name":"trafic light {k:06}"}}' for k in range(20_000))),
            },
            (),
        ),
        "equal_images": (diffs["equal_names"], ()),
        "frames": (lambda: {"a.json": _shape("frames", 100_000), "b.json": _shape("frames", 100_001)}, ()),
        "backtracking": (
            lambda: {"a.json": named(50, "a" * 60 + "!{k}"), "b.json": named(50, "a" * 61 + "!{k}")},
            ("--group-by", r"^(a+)+(\d+)$"),
        ),
        "backtracking_a_little": (
            lambda: {"a.json": named(100_000, "a" * 16 + "!{k}"), "b.json": named(10, "b{k}")},
            ("--group-by", r"^(a+)+x(\d+)$"),
        ),
        "quadratic_pattern": (
            lambda: {"a.json": named(2, "a" * 1_000_000 + "{k}"), "b.json": named(2, "a" * 1_000_001 + "{k}")},
            ("--group-by", r"(a*)b"),
        ),
        "folders": (lambda: {"a.json": named(100_000, "{k}/a.jpg"), "b.json": named(100_000, "x{k}/a.jpg")}, ("--group-by", "folder")),
        "hashes": (lambda: {"a.json": _shape("hashes_of_names", 100_000), "b.json": _shape("case_of_names", 100_000)}, ()),
    }
    out += [
        Attack(f"splits_{name}", files, (*_CHECK, "a.json", "b.json", "--reload", "never", "--splits", *options), reports=True)
        for name, (files, options) in splits.items()
    ]
    out += [
        Attack(
            f"similar_{name}",
            files,
            ("check", "train.json", "val.json", "--images", "images", "--reload", "never", "--splits", "--similar", "--format", "json"),
            reports=True,
        )
        for name, files in (("equal", lambda: pictures(3_000, 1)), ("different", lambda: pictures(3_000, 256)))
    ]
    out += [
        Attack(
            "gzip",
            lambda: {"a.json.gz": gzip.compress(_shape("equal_boxes", 300_000), 1)},
            (*_CHECK, "a.json.gz", "--reload", "never"),
            reports=True,
        ),
        Attack(
            "gzip_blanks",
            lambda: {"a.json.gz": gzip.compress(document() + b" " * 60_000_000, 6)},
            (*_CHECK, "a.json.gz", "--reload", "never"),
            reports=True,
        ),
        Attack(
            "gzip_members", lambda: {"a.json.gz": gzip.compress(b" ") * 300_000}, (*_CHECK, "a.json.gz", "--reload", "never"), reports=True
        ),
        Attack(
            "gzip_rest",
            lambda: {"a.json.gz": gzip.compress(document()) + b"\0" * 30_000_000},
            (*_CHECK, "a.json.gz", "--reload", "never"),
            reports=True,
        ),
        Attack(
            "baseline",
            lambda: {"a.json": _shape("wrong_types", 20_000)},
            ("check", "a.json", "--no-images", "--reload", "never", "--baseline", "base.json", "--update-baseline"),
        ),
        Attack(
            "baseline_of_names",
            lambda: {"a.json": _shape("padded_names", 50_000)},
            ("check", "a.json", "--no-images", "--reload", "never", "--baseline", "base.json", "--update-baseline"),
        ),
        Attack(
            "many_files",
            lambda: {f"{k}.json": document(annotations(3)) for k in range(500)},
            (*_CHECK, ".", "--reload", "never"),
            reports=False,
        ),
        Attack("lock", lambda: {"a.json": _shape("categories", 100_000)}, ("lock", "a.json", "-o", "lock.toml")),
        Attack("lock_long", lambda: {"a.json": _shape("long_category_name", 20_000_000)}, ("lock", "a.json", "-o", "lock.toml")),
        Attack(
            "configuration",
            lambda: {"a.json": document(), "cocoproof.toml": b"[threshold]\n" + b"box-tolerance = 2\n" * 100_000},
            (*_CHECK, "a.json", "--reload", "never"),
        ),
        Attack(
            "deep_configuration",
            lambda: {"a.json": document(), "cocoproof.toml": b"a = " + b"[" * 100_000},
            (*_CHECK, "a.json", "--reload", "never"),
        ),
        Attack(
            "schema_names",
            lambda: {"a.json": json.dumps({"images": {"$ref": "x"}, "annotations": {"$defs": [1]}, "categories": math.pi}).encode()},
            (*_CHECK, "a.json", "--reload", "never"),
            reports=True,
        ),
        Attack("long_kind", lambda: {"a.json": of_length(1_000_000).encode()}, (*_CHECK, "a.json", "--reload", "never"), reports=True),
    ]
    return out


def attacks(smallest: int = 1) -> list[Attack]:
    """All attacks; of each shape the sizes from so many on."""
    out = []
    for table in (GEOMETRY, TEXTS, ROWS):
        for name, (make, sizes) in table.items():
            for size in sizes[smallest:]:
                files = lambda make=make, size=size: {"a.json": make(size)}  # noqa: E731
                out.append(Attack(f"{name}_{size}", files, (*_CHECK, "a.json", "--reload", "never"), reports=True))
    return [*out, *COMMANDS]


COMMANDS = tuple(_commands())
"""Attacks on commands and options."""
