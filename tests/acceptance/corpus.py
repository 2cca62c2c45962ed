"""Hold `cocoproof check` to a corpus of real files: `python tests/acceptance/corpus.py CORPUS_DIR [--markdown]`.

CORPUS_DIR has a folder `files` and an `index.tsv`, whose column `quirks` says what other programs found in each file
(`name=count name=count ...`). The script runs the verifier once over all files, with the reload, and compares rule by rule. What no quirk
speaks of is compared with plain Python here. Each difference that was looked at has its explanation in `DIFFERENCES`;
any other one, a traceback or a rule that crashed makes the script exit with 1. So does a count that is not that of `findings.tsv`, which holds how
many findings each rule had in each file when they were looked at (`--write` writes it anew); the files themselves are not part of this project.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
import sys
import time
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from differences import BY_HAND, DIFFERENCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Findings = dict[str, dict[str, int]]  # code -> file -> count

QUIRKS: dict[str, tuple[str, ...]] = {
    "COCO006": ("nonfinite_token_Infinity", "nonfinite_token_-Infinity", "bbox_nonfinite"),
    "COCO101": ("missing_top_categories",),
    "COCO102": ("ann_missing_bbox", "ann_missing_category_id", "ann_missing_id", "image_missing_file_name"),
    "COCO103": (
        "ann_image_id_str",
        "ann_image_id_type_mismatch",
        "annotations_not_list",
        "bbox_not_list",
        "categories_not_list",
        "image_id_str",
        "image_null_field",
        "images_not_list",
        "info_not_object",
        "iscrowd_bool",
        "keypoints_nested",
        "null_top_info",
        "null_top_licenses",
    ),
    "COCO105": ("image_zero_wh",),
    "COCO106": ("ann_missing_area", "ann_missing_iscrowd", "ann_missing_num_keypoints"),
    "COCO107": ("missing_top_info", "missing_top_licenses"),
    "COCO108": ("extra_top_keys",),
    "COCO201": ("image_dup_id",),
    "COCO202": ("ann_dup_id",),
    "COCO204": ("category_dup_name",),
    "COCO205": ("file_name_dup",),
    "COCO207": ("ann_id_0",),
    "COCO208": ("category_name_blank_or_padded",),
    "COCO301": ("ann_image_id_dangling",),
    "COCO302": ("ann_category_id_dangling",),
    "COCO304": ("categories_unused",),
    "COCO305": ("images_without_annotations",),
    "COCO404": ("category_ids_non_contiguous",),
    "COCO406": ("category_ids_0_based", "category_ids_other_base"),
    "COCO501": ("bbox_zero_size",),
    "COCO502": ("bbox_out_of_image_gt1px",),
    "COCO503": ("bbox_fully_outside",),
    "COCO504": ("bbox_looks_xyxy",),
    "COCO506": ("area_ne_bbox_area_noseg", "area_ne_mask_or_bbox"),
    "COCO507": ("area_zero",),
    "COCO508": ("bbox_ne_polygon_extent_gt2px",),
    "COCO510": ("bbox_subpixel_size",),
    "COCO601": ("polygon_odd_len",),
    "COCO602": ("polygon_empty",),
    "COCO603": ("polygon_out_of_image",),
    "COCO604": ("polygon_zero_area",),
    "COCO606": ("seg_empty_list",),
    "COCO702": ("num_keypoints_mismatch",),
    "COCO705": ("skeleton_index_out_of_range",),
    "COCO706": ("keypoint_v0_but_xy",),
    "COCO913": ("score_out_of_01",),
}
"""The quirks of the index that each rule is there to find. Those in no entry are no defects: how the text is laid out, which optional fields
there are, segmentations of this or that form, ids from 1, boxes of fractions of a pixel, scores in a ground truth."""


def rows(document: Any, section: str) -> list[dict[str, Any]]:
    """The rows of a section that are objects; of a results list, the list itself as annotations."""
    if isinstance(document, list):
        found = document if section == "annotations" else []
    else:
        found = document.get(section) if isinstance(document, dict) else []
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def ids(document: Any, section: str, key: str = "id") -> list[int]:
    return [row[key] for row in rows(document, section) if whole(row.get(key))]


def boxes(document: Any) -> Iterator[tuple[dict[str, Any], list[float]]]:
    for row in rows(document, "annotations"):
        box = row.get("bbox")
        if isinstance(box, list) and len(box) == 4 and all(isinstance(value, int | float) and math.isfinite(value) for value in box):
            yield row, box


def gaps(document: Any, section: str) -> bool:
    found = sorted(set(ids(document, section)))
    without = len(rows(document, section)) - len(ids(document, section))
    return bool(found) and found[-1] - found[0] + 1 - len(found) > without


def unsafe_ids(document: Any) -> bool:
    keys = [("images", "id"), ("annotations", "id"), ("annotations", "image_id"), ("annotations", "category_id"), ("categories", "id")]
    return any(abs(value) > 2**53 - 1 for section, key in keys for value in ids(document, section, key))


def wrong_lengths(document: Any) -> bool:
    nested = [segment for row in rows(document, "annotations") for segment in row.get("segments_info") or []]
    found = [row.get("bbox") for row in rows(document, "annotations") + nested]
    return any(isinstance(box, list) and len(box) != 4 for box in found)


def copies(document: Any) -> bool:
    seen = Counter(
        json.dumps([row.get(key) for key in ("image_id", "category_id", "bbox", "keypoints")] + [row.get("segmentation") or None])
        for row, _ in boxes(document)
    )
    return not isinstance(document, list) and any(count > 1 for count in seen.values())


def near_copies(document: Any) -> bool:
    if isinstance(document, list) or not rows(document, "categories"):
        return False
    groups: defaultdict[tuple[Any, Any], list[tuple[list[float], Any]]] = defaultdict(list)
    known = set(ids(document, "images"))
    for row, box in boxes(document):
        if row.get("image_id") in known:
            groups[row["image_id"], row.get("category_id")].append((box, (row.get("segmentation") or None, row.get("keypoints"))))
    for group in groups.values():
        for k, (a, mask) in enumerate(group):
            for b, other in group[k + 1 :]:
                width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
                height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
                common = max(width, 0) * max(height, 0)
                if common > 0.95 * (a[2] * a[3] + b[2] * b[3] - common) and (a, mask) != (b, other) and min(*a[2:], *b[2:]) > 0:
                    return True
    return False


def iou(a: list[float], b: list[float]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    common = max(width, 0) * max(height, 0)
    union = a[2] * a[3] + b[2] * b[3] - common
    return common / union if union > 0 else 0.0


def conflicts(document: Any) -> bool:
    if isinstance(document, list) or any("neg_category_ids" in row for row in rows(document, "images")):
        return False
    groups: defaultdict[Any, list[tuple[list[float], Any]]] = defaultdict(list)
    known = set(ids(document, "images"))
    categories = set(ids(document, "categories"))
    for row, box in boxes(document):
        if row.get("image_id") in known and row.get("category_id") in categories and min(box[2:]) > 0:
            groups[row["image_id"]].append((box, row["category_id"]))
    return any(
        kind != other and iou(a, b) > 0.95 for group in groups.values() for k, (a, kind) in enumerate(group) for b, other in group[k + 1 :]
    )


def without_annotations(document: Any) -> bool:
    return isinstance(document, dict) and document.get("annotations") == [] and bool(rows(document, "images")) and "categories" in document


def crowds_alone(document: Any) -> bool:
    found = [] if isinstance(document, list) else rows(document, "annotations")
    return bool(found) and all(row.get("iscrowd") == 1 for row in found)


def imbalanced(document: Any) -> bool:
    if isinstance(document, list) or any("neg_category_ids" in row for row in rows(document, "images")):
        return False
    known = set(ids(document, "categories"))
    counts = Counter(row.get("category_id") for row, _ in boxes(document) if row.get("category_id") in known)
    return len(counts) > 1 and max(counts.values()) > 100 * min(counts.values())


def sparse_categories(document: Any) -> bool:
    found = ids(document, "categories")
    return bool(found) and max(found) >= 10_000 and max(found) > 100 * len(found)


def covering_boxes(document: Any) -> bool:
    sizes = {row.get("id"): (row.get("width"), row.get("height")) for row in rows(document, "images")}
    for row, (x, y, width, height) in boxes(document):
        size = sizes.get(row.get("image_id"), (None, None))
        if (
            all(isinstance(side, int) and side > 0 for side in size)
            and x <= 0
            and y <= 0
            and x + width >= size[0]
            and y + height >= size[1]
        ):
            return not isinstance(document, list)
    return False


def boxes_as_masks(document: Any) -> bool:
    """At least 20 masks, of which 95% are one ring of the four corners of the box, to half a pixel."""
    total = equal = 0
    for row, (x, y, width, height) in boxes(document):
        rings = row.get("segmentation")
        if isinstance(document, list) or not rings:
            continue
        total += 1
        if isinstance(rings, list) and len(rings) == 1 and isinstance(rings[0], list) and len(rings[0]) in {8, 10}:
            xs, ys = sorted(set(rings[0][::2])), sorted(set(rings[0][1::2]))
            near = len(xs) == len(ys) == 2 and abs(xs[0] - x) <= 0.5 and abs(ys[0] - y) <= 0.5
            equal += near and abs(xs[1] - xs[0] - width) <= 1 and abs(ys[1] - ys[0] - height) <= 1
    return total >= 20 and equal >= 0.95 * total


def confusable_names(document: Any) -> bool:
    names = {row["name"] for row in rows(document, "categories") if isinstance(row.get("name"), str)}
    return len({"".join(name.casefold().split()) for name in names}) < len(names)


def dangling_licences(document: Any) -> bool:
    known = set(ids(document, "licenses"))
    return any(value not in known for value in ids(document, "images", "license"))


def falling_categories(document: Any) -> bool:
    return any(a > b for a, b in pairwise(ids(document, "categories")))


def zero_is_a_class(document: Any) -> bool:
    nested = [segment for row in rows(document, "annotations") for segment in row.get("segments_info") or []]
    used = [row.get("category_id") for row in rows(document, "annotations") + nested]
    return 0 in ids(document, "categories") and any(whole(value) and value == 0 for value in used)


def slivers(document: Any) -> bool:
    found = [sorted(box[2:]) for _, box in boxes(document)]
    return not isinstance(document, list) and any(short >= 1 and long > 20 * short for short, long in found)


def crossing_polygons(document: Any) -> bool:
    """By brute force: two edges of a ring that properly cross."""

    def side(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> float:
        return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])

    for row in rows(document, "annotations"):
        if not isinstance(row.get("segmentation"), list):
            continue
        for ring in row["segmentation"]:
            points = list(zip(ring[::2], ring[1::2], strict=False))
            if len(points) > 400 or len(points) < 4:  # quadratic
                continue
            edges = list(pairwise([*points, points[0]]))
            for k, (a, b) in enumerate(edges):
                for c, d in edges[k + 2 :]:
                    if side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0:
                        return True
    return False


def keypoints_undefined(document: Any) -> bool:
    defined = {row.get("id"): row.get("keypoints") for row in rows(document, "categories")}
    return not isinstance(document, list) and any(
        row.get("keypoints") and row.get("category_id") in defined and not defined[row["category_id"]]
        for row in rows(document, "annotations")
    )


def over_100(document: Any) -> bool:
    counts = Counter((row.get("image_id"), row.get("category_id")) for row in document) if isinstance(document, list) else {}
    return any(count > 100 for count in counts.values()) and "caption" not in document[0]


def pycocotools_refuses(document: Any) -> bool:
    """What `COCO.createIndex` does."""
    if isinstance(document, list):
        return False
    try:
        for row in document.get("annotations", []):
            row["image_id"], row["id"]
        for section in ("images", "categories"):
            for row in document.get(section, []):
                row["id"]
        if "annotations" in document and "categories" in document:
            for row in document["annotations"]:
                row["category_id"], row["image_id"]
    except (KeyError, TypeError):
        return True
    return False


def unmatched(document: Any) -> bool:
    """What COCOeval cannot match with itself: an id of 0 or one that stands twice, a box without area. Crowds are left out."""
    if isinstance(document, list) or pycocotools_refuses(document) or not rows(document, "categories"):
        return False
    found = rows(document, "annotations")
    images, categories = set(ids(document, "images")), set(ids(document, "categories"))
    found = [row for row in found if row.get("image_id") in images and row.get("category_id") in categories]
    if any("area" not in row or "iscrowd" not in row or "bbox" not in row for row in found):
        return False
    counted = [row for row in found if not row["iscrowd"]]
    repeated = len({row["id"] for row in found}) < len(found)
    return repeated or any(row["id"] == 0 or min(row["bbox"][2:]) <= 0 for row in counted)


ORACLES: dict[str, Callable[[Any], bool]] = {
    "COCO007": unsafe_ids,
    "COCO104": wrong_lengths,
    "COCO206": copies,
    "COCO209": confusable_names,
    "COCO210": near_copies,
    "COCO211": conflicts,
    "COCO303": dangling_licences,
    "COCO306": without_annotations,
    "COCO307": crowds_alone,
    "COCO405": falling_categories,
    "COCO407": lambda document: not isinstance(document, list) and gaps(document, "annotations"),
    "COCO408": lambda document: gaps(document, "images"),
    "COCO410": zero_is_a_class,
    "COCO411": imbalanced,
    "COCO412": sparse_categories,
    "COCO509": slivers,
    "COCO513": covering_boxes,
    "COCO605": crossing_polygons,
    "COCO613": boxes_as_masks,
    "COCO707": keypoints_undefined,
    "COCO901": pycocotools_refuses,
    "COCO903": unmatched,
    "COCO915": over_100,
}
"""For rules of which no quirk speaks: whether a file has the defect, in plain Python."""


SNAPSHOT = Path(__file__).with_name("findings.tsv")
"""File -> `code=count ...`, for every file of the corpus; `code=count+explained` if findings follow from those of other rules."""

SUPERVISION = {"COCO904", "COCO905"}
"""What supervision makes of a file depends on its release."""


def snapshot_of(report: dict[str, Any]) -> dict[str, str]:
    """For each file the rules that found something, and how often."""
    return {
        Path(file["path"]).name: " ".join(
            f"{rule['code']}={rule['count']}" + (f"+{rule['explained']}" if rule["explained"] else "")
            for rule in file["rules"]
            if rule["count"] + rule["explained"] and rule["code"] not in SUPERVISION
        )
        for file in report["files"]
    }


def changed(snapshot: dict[str, str]) -> Iterator[str]:
    """What differs from the counts that were looked at."""
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()[1:]
    looked_at = dict(line.split("\t") for line in lines)
    for name in sorted({*looked_at, *snapshot}):
        if looked_at.get(name) != snapshot.get(name):
            yield f"{name}: {snapshot.get(name, 'no such file')}; when it was looked at: {looked_at.get(name, 'no such file')}"


def run(files: Path) -> tuple[dict[str, Any], float]:
    """The report on all files of the folder, and the seconds that it took."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "cocoproof", "check", str(files), "--format", "json", "--reload", "auto", "--max-findings", "20"]
    done = subprocess.run(command, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    errors = done.stderr.decode()
    if done.returncode not in {0, 1} or "Traceback" in errors:
        sys.exit(f"cocoproof ended with {done.returncode}:\n{errors}")
    return json.loads(done.stdout), seconds


def found_by_rules(report: dict[str, Any]) -> Findings:
    found: Findings = defaultdict(dict)
    for file in report["files"]:
        for rule in file["rules"]:
            if rule["verdict"] == "crashed":
                sys.exit(f"{file['path']}: {rule['code']} crashed: {rule['reason']}")
            if rule["count"] + rule["explained"]:
                found[rule["code"]][Path(file["path"]).name] = rule["count"] + rule["explained"]
    return found


def expected(files: Path, index: Iterable[dict[str, str]]) -> tuple[dict[str, set[str]], dict[str, str]]:
    """For each code the files that should have it, and where that is known from."""
    due: dict[str, set[str]] = {code: set() for code in (*QUIRKS, *ORACLES, *BY_HAND)}
    source = dict.fromkeys(QUIRKS, "index") | dict.fromkeys(ORACLES, "plain Python") | dict.fromkeys(BY_HAND, "by hand")
    for row in index:
        name = row["file"]
        quirks = {quirk.partition("=")[0] for quirk in (row["quirks"] or "").split()}
        for code, names in QUIRKS.items():
            if quirks & set(names):
                due[code].add(name)
        document = json.loads((files / name).read_text(encoding="utf-8-sig"))
        for code, has in ORACLES.items():
            if has(document):
                due[code].add(name)
    for code, entries in BY_HAND.items():
        due[code] |= set(entries)
    return due, source


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS_DIR")
    parser.add_argument("--markdown", action="store_true", help="write the table in Markdown")
    parser.add_argument("--write", action="store_true", help="write findings.tsv anew, after the changes were looked at")
    options = parser.parse_args()
    files = options.corpus / "files"
    with (options.corpus / "index.tsv").open(encoding="utf-8", newline="") as text:
        index = list(csv.DictReader(text, delimiter="\t"))

    report, seconds = run(files)
    found = found_by_rules(report)
    due, source = expected(files, index)

    fence = "|" if options.markdown else ""
    print(
        f"{fence} rule    {fence} from         {fence} found {fence} expected {fence} both {fence} only found {fence} only expected {fence}"
    )
    if options.markdown:
        print("|---|---|---|---|---|---|---|")
    notes: list[str] = []
    unexplained = 0
    for code in sorted({*found, *due}):
        have, want = set(found.get(code, ())), due.get(code, set())
        extra, lacking = sorted(have - want), sorted(want - have)
        counts = f"{len(have):5} {fence} {len(want):8} {fence} {len(have & want):4} {fence} {len(extra):10} {fence} {len(lacking):13}"
        print(f"{fence} {code} {fence} {source.get(code, 'nothing'):12} {fence} {counts} {fence}")
        for kind, names in (("only found", extra), ("only expected", lacking)):
            for name in names:
                why = DIFFERENCES.get((code, kind, name))
                unexplained += why is None
                notes.append(f"{code} {kind}: {name}: {why or 'NOT EXPLAINED'}")
    stale = {(code, kind, name) for code, kind, name in DIFFERENCES if f"{code} {kind}: {name}: " not in " ".join(notes)}
    notes += [f"{code} {kind}: {name}: explained, but there is no such difference" for code, kind, name in sorted(stale)]

    print()
    for note in notes:
        print(f"- {note}" if options.markdown else note)
    snapshot = snapshot_of(report)
    if options.write:
        SNAPSHOT.write_text(
            "file\tfindings\n" + "".join(f"{name}\t{counts}\n" for name, counts in sorted(snapshot.items())), encoding="utf-8"
        )
    moved = list(changed(snapshot))
    for line in moved:
        print(f"counts changed: {line}")
    print(
        f"\n{len(report['files'])} files in {seconds:.1f} s, no traceback, no crashed rule; {unexplained} differences not explained; {len(moved)} files with other counts than before"
    )
    return 1 if unexplained or stale or moved or len(report["files"]) != len(index) else 0


if __name__ == "__main__":
    sys.exit(main())
