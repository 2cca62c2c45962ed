"""Seeded new defects and changes, none of which may be accepted in silence: `python tests/acceptance/seeded_changes.py CORPUS_DIR [PART...]`.

    baseline    a new defect in a file with a baseline, or an accepted one that became another: a finding is new
    snapshot    a small change of an export: `coco_snapshot` differs, or names what it does not count (ids, orders, equal masks)
    splits      an image, an id or the categories of one split changed, up to two files after the one that it concerns: COCO851 to COCO854 or COCO856 report it
    categories  a changed list of categories: `--categories` with the list that `lock` wrote reports it
    for         what the real pycocotools or supervision lose of a file: `--for` reports it

Each part has `--count` seeds (default 200), on files of up to `--largest` bytes. The oracles are plain Python, `json` and the real loaders. Exits with 1
if one was accepted.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import random
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaf_flips import flips, outcome_of
from shuffling import shuffled

import cocoproof
from cocoproof.checking.baseline import Baseline
from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.mapping import read_category_list, write_lock
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = Any
"""A document as json.load gives it."""


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


def rows(document: Json, section: str) -> list[dict[str, Any]]:
    own = document.get(section) if isinstance(document, dict) else None
    return [row for row in own if isinstance(row, dict)] if isinstance(own, list) else []


def field(
    name: str, make: Callable[[Any, random.Random], Any], section: str = "annotations"
) -> Callable[[Json, random.Random], str | None]:
    """A change of one field of one row; None where no row has the field."""

    def change(document: Json, dice: random.Random) -> str | None:
        having = [row for row in rows(document, section) if name in row]
        if not having:
            return None
        row = dice.choice(having)
        value = make(row[name], dice)
        if value is None or value == row[name]:
            return None
        row[name] = value
        return f"{section} {name} -> {str(value)[:40]}"

    return change


def copied_row(document: Json, dice: random.Random) -> str | None:
    own = rows(document, "annotations")
    if not own:
        return None
    document["annotations"].append(copy.deepcopy(dice.choice(own)))
    return "an annotation twice"


def without(name: str, section: str) -> Callable[[Json, random.Random], str | None]:
    def change(document: Json, dice: random.Random) -> str | None:
        having = [row for row in rows(document, section) if name in row]
        if not having:
            return None
        del dice.choice(having)[name]
        return f"{section} without {name}"

    return change


def box(make: Callable[[list[float]], list[Any]]) -> Callable[[Json, random.Random], str | None]:
    def made(value: Any, dice: random.Random) -> Any:
        del dice
        usable = isinstance(value, list) and len(value) == 4 and all(isinstance(one, (int, float)) for one in value)
        return make(value) if usable else None

    return field("bbox", made)


DEFECTS: dict[str, Callable[[Json, random.Random], str | None]] = {
    "dangling image": field("image_id", lambda _, dice: dice.randrange(10**8, 10**9)),
    "dangling category": field("category_id", lambda _, dice: dice.randrange(10**8, 10**9)),
    "negative area": field("area", lambda _, dice: -1.0 - dice.randrange(1000)),
    "a flag of 7": field("iscrowd", lambda _, dice: 2 + dice.randrange(9)),
    "a box without width": box(lambda own: [own[0], own[1], 0, own[3]]),
    "a box off its image": box(lambda own: [own[0] + 10**6, own[1], own[2], own[3]]),
    "a box of three numbers": box(lambda own: own[:3]),
    "a box of text": box(lambda own: [*own[:3], "wide"]),
    "an annotation twice": copied_row,
    "no box": without("bbox", "annotations"),
    "no category": without("category_id", "annotations"),
    "no file name": without("file_name", "images"),
    "no width": without("width", "images"),
    "a width of 0": field("width", lambda *_: 0, "images"),
    "a height that is text": field("height", lambda *_: "tall", "images"),
    "an empty name": field("name", lambda *_: "", "categories"),
    "no name": without("name", "categories"),
    "an odd polygon": field("segmentation", lambda value, _: [[*value[0], 1.0]] if isinstance(value, list) and value and isinstance(value[0], list) else None),
    "a polygon of a point": field("segmentation", lambda value, _: [[1.0, 2.0]] if isinstance(value, list) and value else None),
}  # fmt: skip

WORSE: dict[str, tuple[str, str, Callable[[random.Random], Any]]] = {
    "another dangling image": ("annotations", "image_id", lambda dice: dice.randrange(10**8, 10**9)),
    "another dangling category": ("annotations", "category_id", lambda dice: dice.randrange(10**8, 10**9)),
    "another negative area": ("annotations", "area", lambda dice: -1.0 - dice.randrange(1000)),
    "another flag": ("annotations", "iscrowd", lambda dice: 2 + dice.randrange(99)),
    "another box without height": ("annotations", "bbox", lambda dice: [dice.randrange(5), dice.randrange(5), 1 + dice.randrange(90), 0]),
    "another text for a width": ("images", "width", lambda dice: f"wide {dice.randrange(999)}"),
}
"""Defects whose value becomes another, equally wrong: an accepted one does not cover the new one."""


class Part:
    """One part: how many were seeded, and which were accepted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counts: Counter[str] = Counter()
        self.accepted: list[str] = []
        self.start = time.perf_counter()

    def take(self, what: str, found: str | None) -> None:
        """Count one: what reported it, or None if nothing did."""
        self.counts[found or "ACCEPTED"] += 1
        if found is None:
            self.accepted.append(what)

    def print(self) -> None:
        seconds = time.perf_counter() - self.start
        print(f"{self.name}: {self.counts.total()} seeded, {len(self.accepted)} accepted in silence, {seconds:.0f} s")
        for what, count in self.counts.most_common():
            print(f"  {count:4} {what}")
        for what in self.accepted[:20]:
            print(f"  accepted: {what}")
        sys.stdout.flush()


OPTIONS = CheckSettings(max_findings=None, reload=ReloadMode.NEVER)


def checked(document: Json, folder: Path, options: CheckSettings = OPTIONS) -> Any:
    path = folder / "file.json"
    path.write_text(json.dumps(document), encoding="ascii")
    with start_readers(options) as readers:
        return check_source(str(path), options, readers)


def baseline_part(documents: list[tuple[str, Json]], count: int, folder: Path) -> Part:
    """New defects in files with a baseline, whose rows are shuffled and ids dealt out anew."""
    part = Part("baseline")
    for seed in range(10**6):
        if part.counts.total() >= count:
            break
        dice = dice_of(seed)
        name, document = dice.choice(documents)
        document = copy.deepcopy(document)
        if seed % 3 == 0:  # an accepted defect becomes another
            what, (section, key, make) = dice.choice(list(WORSE.items()))
            own = rows(document, section)
            if not own:
                continue
            place = dice.randrange(len(own))
            own[place][key] = make(dice)
            worse = copy.deepcopy(document)
            rows(worse, section)[place][key] = make(dice)
            if rows(worse, section)[place][key] == own[place][key]:
                continue
        else:
            what, change = dice.choice(list(DEFECTS.items()))
            worse = copy.deepcopy(document)
            if change(worse, dice) is None:
                continue
        recording = Baseline(str(folder), recording=True)
        options = CheckSettings(max_findings=None, reload=ReloadMode.NEVER, baseline=recording)
        before = checked(document, folder, options)
        accepting = CheckSettings(max_findings=None, reload=ReloadMode.NEVER, baseline=recording.updated([before]))
        found = [Counter((one.code, one.message) for one in checked(own, folder).findings) for own in (document, worse)]
        if not found[1] - found[0]:
            continue  # no rule is about it in this file, such as an area in a row of a panoptic file
        after = checked(shuffled(worse, seed), folder, accepting)
        new = sorted({finding.code for finding in after.findings})
        part.take(f"{name} seed {seed}: {what}", f"new finding of {what}" if new else None)
    return part


def snapshot_part(documents: list[tuple[str, Json]], count: int, folder: Path) -> Part:
    """Small changes of an export."""
    del folder
    part = Part("snapshot")
    for seed in range(count):
        dice = dice_of(seed)
        name, document = dice.choice(documents)
        flip = dice.choice(list(flips(document)))
        try:
            report = diff(read_document(document), read_document(flip.of(document)), order=True)
        except NotComparable:
            part.take("", "refused: not a COCO file any more")
            continue
        outcome = outcome_of(flip, report)
        part.take(f"{name} seed {seed}: {flip}", None if outcome.startswith("unnoticed") else outcome)
    return part


def moved_images(document: Json, dice: random.Random, count: int) -> list[Json] | None:
    """A dataset in so many splits, with all categories in each."""
    images = rows(document, "images")
    ids = [json.dumps(row.get("id")) for row in images]
    names = [row.get("file_name") for row in images]
    if len(images) < 2 * count or len(set(ids)) < len(ids) or len(set(map(str, names))) < len(names) or not rows(document, "categories"):
        return None
    dice.shuffle(images)
    parts = [images[k::count] for k in range(count)]
    out = []
    for own in parts:
        inside = {json.dumps(row["id"]) for row in own}
        kept = [row for row in rows(document, "annotations") if json.dumps(row.get("image_id")) in inside]
        out.append(copy.deepcopy({"images": own, "annotations": kept, "categories": document["categories"]}))
    return out


def _leak(parts: list[Json], dice: random.Random, to: int) -> str:
    row = copy.deepcopy(dice.choice(rows(parts[0], "images")))
    old = row["id"]
    row["id"] = 10**7 + dice.randrange(1000)
    own = [copy.deepcopy(one) for one in rows(parts[0], "annotations") if one.get("image_id") == old]
    for one in own:
        one["image_id"] = row["id"]
    parts[to]["images"].append(row)
    parts[to]["annotations"] += own
    return "an image of the first split"


def _category(
    change: Callable[[list[dict[str, Any]], random.Random], str | None],
) -> Callable[[list[Json], random.Random, int], str | None]:
    def seeded(parts: list[Json], dice: random.Random, to: int) -> str | None:
        before = json.dumps(parts[to]["categories"])
        what = change(parts[to]["categories"], dice)
        return what if json.dumps(parts[to]["categories"]) != before else None

    return seeded


def _renamed(own: list[dict[str, Any]], dice: random.Random) -> str:
    row = dice.choice(own)
    row["name"] = dice.choice([f"{row['name']}s", str(row["name"]).upper() + "_", f" {row['name']}", "another"])
    return "a category renamed"


def _swapped_names(own: list[dict[str, Any]], dice: random.Random) -> str | None:
    if len(own) < 2:
        return None
    a, b = dice.sample(range(len(own)), 2)
    own[a]["name"], own[b]["name"] = own[b]["name"], own[a]["name"]
    return "the names of two categories exchanged"


def _swapped_places(own: list[dict[str, Any]], dice: random.Random) -> str | None:
    if len(own) < 2:
        return None
    a, b = dice.sample(range(len(own)), 2)
    own[a], own[b] = own[b], own[a]
    return "two categories in another order"


def _another_id(own: list[dict[str, Any]], dice: random.Random) -> str:
    dice.choice(own)["id"] = 10**6 + dice.randrange(1000)
    return "another id of a category"


def _shifted(own: list[dict[str, Any]], dice: random.Random) -> str | None:
    by = dice.choice([1, -1, 100])
    for row in own:
        if type(row.get("id")) is not int:
            return None
        row["id"] += by
    return f"all ids of categories by {by}"


def _removed(own: list[dict[str, Any]], dice: random.Random) -> str:
    del own[dice.randrange(len(own))]
    return "a category removed"


def _added(own: list[dict[str, Any]], dice: random.Random) -> str:
    own.insert(dice.randrange(len(own) + 1), {"id": 10**6, "name": "one more"})
    return "a category added"


CATEGORY_CHANGES = (_renamed, _swapped_names, _swapped_places, _another_id, _shifted, _removed, _added)


def splits_part(documents: list[tuple[str, Json]], count: int, folder: Path) -> Part:
    """A change in the second or the third of three splits."""
    part = Part("splits")
    changes = [_leak, _leak, _leak, *map(_category, CATEGORY_CHANGES)]
    for seed in range(10**5):
        if part.counts.total() >= count:
            break
        dice = dice_of(seed)
        name, document = dice.choice(documents)
        parts = moved_images(document, dice, 3)
        if parts is None:
            continue
        paths = [folder / f"{split}.json" for split in ("train", "val", "test")]
        results = []
        to = 1 + seed % 2
        for changed in (False, True):
            what = dice.choice(changes)(parts, dice, to) if changed else ""
            if what is None:
                break
            for path, own in zip(paths, parts, strict=True):
                path.write_text(json.dumps(own), encoding="ascii")
            report = cocoproof.check(list(paths), splits=True, images=False, reload="never", baseline=False, max_findings=None)
            codes = ("COCO851", "COCO852", "COCO854", "COCO856")
            results.append(
                Counter((file.path, one.code, one.message) for file in report.files for one in file.findings if one.code in codes)
            )
        if len(results) < 2:
            continue
        new = results[1] - results[0]
        found = f"{what}: {', '.join(sorted({code for _, code, _ in new}))}" if new else None
        skipped = {rule.reason for rule in report.files[to].rules if rule.code == "COCO852"}
        if found is None and skipped == {"one of the two splits has no categories"}:
            found = "not compared, and the verdict says why: no categories"
        part.take(f"{name} seed {seed}: {what} in split {to + 1}", found)
    return part


def categories_part(documents: list[tuple[str, Json]], count: int, folder: Path) -> Part:
    """A changed list of categories, compared with the list that `lock` wrote."""
    part = Part("categories")
    for seed in range(10**5):
        if part.counts.total() >= count:
            break
        dice = dice_of(seed)
        name, document = dice.choice(documents)
        document = copy.deepcopy(document)
        path, lock = folder / "file.json", folder / "list.toml"
        path.write_text(json.dumps(document), encoding="ascii")
        try:
            write_lock(read_category_list(path).pinned(), lock)
        except cocoproof.CategoryListError:
            continue
        before = cocoproof.check(document, categories=lock, images=False, reload="never", baseline=False, max_findings=None)
        own = document["categories"]
        old = json.dumps(own)
        what = dice.choice(CATEGORY_CHANGES)(own, dice)
        if what is None or json.dumps(own) == old:
            continue
        after = cocoproof.check(document, categories=lock, images=False, reload="never", baseline=False, max_findings=None)
        new = Counter((one.code, one.message) for one in after.files[0].findings) - Counter(
            (one.code, one.message) for one in before.files[0].findings
        )
        listed = {code for code, _ in new} & {"COCO401", "COCO402", "COCO403", "COCO409"}
        part.take(f"{name} seed {seed}: {what}", f"{what}: {', '.join(sorted(listed))}" if listed else None)
    return part


def arrived(document: Json, path: Path, consumer: str) -> Counter[str] | None:
    """What a real loader has of a file: images, and annotations with their image, category name and box; None if it raises."""
    path.write_text(json.dumps(document), encoding="ascii")
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _through_pycocotools(path) if consumer == "pycocotools" else _through_supervision(path)
    except Exception:
        return None


def _through_pycocotools(path: Path) -> Counter[str]:
    from pycocotools.coco import COCO

    coco = COCO(str(path))
    out: Counter[str] = Counter()
    for image in coco.loadImgs(sorted(coco.getImgIds(), key=str)):
        out[f"image {image.get('file_name')}"] += 1
        for row in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])):
            out[f"annotation {image.get('file_name')} {coco.cats[row['category_id']]['name']} {row['bbox']}"] += 1
    return out


def _through_supervision(path: Path) -> Counter[str]:
    from supervision import DetectionDataset

    dataset = DetectionDataset.from_coco(images_directory_path=str(path.parent), annotations_path=str(path))
    out: Counter[str] = Counter()
    for name, found in dataset.annotations.items():
        out[f"image {name}"] += 1
        for k in range(len(found)):
            out[f"annotation {name} {dataset.classes[found.class_id[k]]} {found.xyxy[k].tolist()}"] += 1
    return out


def _duplicate_image_id(document: Json, dice: random.Random) -> str | None:
    own = rows(document, "images")
    if len(own) < 2:
        return None
    a, b = dice.sample(own, 2)
    b["id"] = a.get("id")
    return "two images of one id"


def _duplicate_annotation_id(document: Json, dice: random.Random) -> str | None:
    own = rows(document, "annotations")
    if len(own) < 2:
        return None
    a, b = dice.sample(own, 2)
    b["id"] = a.get("id")
    return "two annotations of one id"


def _same_file_name(document: Json, dice: random.Random) -> str | None:
    own = rows(document, "images")
    if len(own) < 2:
        return None
    a, b = dice.sample(own, 2)
    b["file_name"] = a.get("file_name")
    return "two images of one file name"


def _duplicate_category_id(document: Json, dice: random.Random) -> str | None:
    own = rows(document, "categories")
    if len(own) < 2:
        return None
    a, b = dice.sample(own, 2)
    b["id"] = a.get("id")
    return "two categories of one id"


def _image_removed(document: Json, dice: random.Random) -> str | None:
    own = rows(document, "images")
    used = {json.dumps(row.get("image_id")) for row in rows(document, "annotations")}
    mine = [row for row in own if json.dumps(row.get("id")) in used]
    if not mine:
        return None
    document["images"].remove(dice.choice(mine))
    return "an image removed"


LOSSES: tuple[Callable[[Json, random.Random], str | None], ...] = (
    _duplicate_image_id, _duplicate_annotation_id, _same_file_name, _duplicate_category_id, _image_removed,
    DEFECTS["dangling image"], DEFECTS["dangling category"], DEFECTS["no box"], DEFECTS["no category"], DEFECTS["no file name"],
    DEFECTS["no name"], DEFECTS["a box of three numbers"], DEFECTS["a box of text"],
    field("image_id", lambda value, _: str(value) if type(value) is int else None),
    field("category_id", lambda value, _: str(value) if type(value) is int else None),
    field("category_id", lambda value, _: value + 0.5 if type(value) is int else None),
    without("image_id", "annotations"), without("id", "annotations"), without("id", "images"), without("id", "categories"),
)  # fmt: skip


def for_part(documents: list[tuple[str, Json]], count: int, folder: Path) -> Part:
    """What a real loader loses, or cannot load at all."""
    part = Part("for")
    for seed in range(10**5):
        if part.counts.total() >= count:
            break
        dice = dice_of(seed)
        consumer = ("pycocotools", "supervision")[seed % 2]
        name, document = dice.choice(documents)
        whole = arrived(document, folder / "file.json", consumer)
        if whole is None:
            continue
        worse = copy.deepcopy(document)
        what = dice.choice(LOSSES)(worse, dice)
        if what is None:
            continue
        left = arrived(worse, folder / "file.json", consumer)
        if left is not None and not whole - left:
            continue  # it loses nothing
        reports = [
            cocoproof.check(one, consumers=consumer, images=False, reload="never", baseline=False, max_findings=None).files[0]
            for one in (document, worse)
        ]
        found = [Counter((one.code, one.severity.value, one.pointer, one.message) for one in report.findings) for report in reports]
        new = {(code, severity) for code, severity, _, _ in found[1] - found[0] if severity != "note"}
        loud = sorted({code for code, severity in new if severity == "error"}) or sorted({code for code, _ in new})
        way = "raises" if left is None else "loses"
        part.take(f"{name} seed {seed}: {consumer} {way}, {what}", f"{consumer} {way}: {' '.join(loud[:3])}" if loud else None)
    return part


PARTS = {"baseline": baseline_part, "snapshot": snapshot_part, "splits": splits_part, "categories": categories_part, "for": for_part}


def loaded(folder: Path, largest: int) -> Iterator[tuple[str, Json]]:
    """The datasets of a folder, smaller ones."""
    for path in sorted(folder.glob("*.json")):
        if path.stat().st_size > largest:
            continue
        try:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
        except ValueError:
            continue
        if all(
            isinstance(document, dict) and isinstance(document.get(name), list) for name in ("images", "annotations", "categories")
        ) and rows(document, "annotations"):
            yield path.name, document


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, metavar="CORPUS_DIR")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all by default")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--largest", type=int, default=60_000, metavar="BYTES")
    given = parser.parse_intermixed_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}")
    documents = list(loaded(given.corpus / "files", given.largest))
    print(f"{len(documents)} files of up to {given.largest:,} bytes")
    bad = 0
    for name in given.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            part = PARTS[name](documents, given.count, Path(folder))
        part.print()
        bad += len(part.accepted)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
