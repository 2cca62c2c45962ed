"""Saboteurs of fields that are seldom looked at, and of the process: what surrounds an export, and what it leaves.

Their classes are names of this module, for fresh processes import them.
"""

from __future__ import annotations

import datetime as dt
import getpass
import json
import locale
import logging
import os
import random
import shutil
import socket
import sys
import tempfile
import threading
import time
import uuid
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .honest import Honest
from .sabotage import Saboteur, rows, spoils, whole

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PROCESS"]

FIELDS: list[Saboteur] = []
PROCESS_DEPENDENT: list[Saboteur] = []


def field(one: Saboteur) -> None:
    FIELDS.append(Saboteur(one.name, one.breaks, one.make, "fields"))


def images(name: str, breaks: str, change: Callable) -> None:
    field(whole(name, breaks, lambda document: [change(row) for row in document["images"]]))


def annotations(name: str, breaks: str, change: Callable) -> None:
    field(rows(name, breaks, change))


def document(name: str, breaks: str, change: Callable) -> None:
    field(whole(name, breaks, change))


def moved_ids(section: str, key: str, by: int) -> Callable:
    def spoil(document, dataset, mapping) -> None:
        for row in document[section]:
            row["id"] += by
        for row in document["annotations"]:
            if key in row and section != "annotations":
                row[key] += by

    return spoil


images("a licence that there is not", "further_fields", lambda row: row.update(license=1))
images("a licence as text", "further_fields", lambda row: row.update(license="1"))
images("a date as a number", "further_fields", lambda row: row.update(date_captured=0))
images("a URL that is none", "further_fields", lambda row: row.update(coco_url=None))
images("widths with a fraction of 0", "whole_numbers", lambda row: row.update(width=float(row["width"])))
images("widths as text", "schema_valid", lambda row: row.update(width=str(row["width"])))
document("info as text", "further_fields", lambda document: document.update(info="made by an exporter"))
document("info as a list", "further_fields", lambda document: document.update(info=[]))
document("licences as an object", "further_fields", lambda document: document.update(licenses={"id": 1}))
document(
    "licences of one id", "further_fields", lambda document: document.update(licenses=[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}])
)
document("licences without ids", "further_fields", lambda document: document.update(licenses=[{"name": "a"}]))
annotations("num_keypoints of 5 with no keypoint", "further_fields", lambda row: row.update(num_keypoints=5, keypoints=[]))
annotations("num_keypoints without keypoints", "further_fields", lambda row: row.update(num_keypoints=17))
annotations("keypoints of a category that has none", "further_fields", lambda row: row.update(keypoints=[0, 0, 0] * 17, num_keypoints=0))
annotations("num_keypoints as text", "further_fields", lambda row: row.update(num_keypoints="0"))
annotations("iscrowd with a fraction of 0", "whole_numbers", lambda row: row.update(iscrowd=float(row["iscrowd"])))
annotations("category ids with a fraction of 0", "whole_numbers", lambda row: row.update(category_id=float(row["category_id"])))
annotations("image ids of annotations with a fraction of 0", "whole_numbers", lambda row: row.update(image_id=float(row["image_id"])))
annotations("areas as text", "schema_valid", lambda row: row.update(area=str(row["area"])))
annotations("boxes as text", "schema_valid", lambda row: row.update(bbox=",".join(map(str, row["bbox"]))))
annotations("segmentation null where there is no mask", "schema_valid", lambda row: row.setdefault("segmentation", None))
annotations("iscrowd null", "schema_valid", lambda row: row.update(iscrowd=None))
document("supercategory as a number", "further_fields", lambda d: [row.update(supercategory=0) for row in d["categories"]])
field(spoils("image ids above 2^31", "image_ids", moved_ids("images", "image_id", 2**31)))
field(spoils("image ids above 2^53", "image_ids", moved_ids("images", "image_id", 2**53)))
field(spoils("annotation ids above 2^31", "annotation_ids", moved_ids("annotations", "id", 2**31)))
field(spoils("annotation ids above 2^53", "annotation_ids", moved_ids("annotations", "id", 2**53)))


def of_process(ident: str, name: str, breaks: str, group: str, *, raises: bool = False, **methods: Callable) -> None:
    """A saboteur whose class is a name of this module."""
    kind = type(ident, (Honest,), {"__module__": __name__, "__qualname__": ident, **methods})
    globals()[ident] = kind
    PROCESS_DEPENDENT.append(Saboteur(name, breaks, kind, group, raises))


def info(ident: str, name: str, breaks: str, value: Callable) -> None:
    """One that writes something about the process into `info`: `value(dataset)`."""

    def written(self, dataset, mapping):
        return Honest.document(self, dataset, mapping) | {"info": {"description": str(value(dataset))}}

    of_process(ident, name, breaks, "process", document=written)


FRESH = "independent_of_process"
info("YearInside", "the year", FRESH, lambda _: dt.date.today().year)  # noqa: DTZ011 - the defect
info("YearOfTime", "the year, of the time module", FRESH, lambda _: time.strftime("%Y"))
info("MonthInside", "the month", FRESH, lambda _: time.localtime().tm_mon)
info("WeekdayInside", "the day of the week", FRESH, lambda _: f"{dt.datetime.now():%A %d}")  # noqa: DTZ005 - the defect
info("HourInside", "the hour", FRESH, lambda _: dt.datetime.now().hour)  # noqa: DTZ005 - the defect
info("MinuteInside", "hours and minutes", FRESH, lambda _: time.strftime("%H:%M"))
info("SecondsInside", "hours, minutes and seconds", "no_clock", lambda _: time.strftime("%H:%M:%S"))
info("ZoneInside", "the time zone", FRESH, lambda _: time.strftime("%z"))
info("OffsetInside", "the local hour of a fixed moment", FRESH, lambda _: time.localtime(0).tm_hour)
info("ProcessInside", "the process id", FRESH, lambda _: os.getpid())
info("SessionInside", "random numbers drawn at import", FRESH, lambda _: _SESSION)
info(
    "FolderOfImages",
    "the path of the image folder",
    FRESH,
    lambda dataset: Path(dataset.image_paths[0]).parents[1] if dataset.image_paths else "",
)
info("FolderOfCwd", "the current folder", FRESH, lambda _: Path.cwd())
info("FolderOfTemporary", "the folder for temporary files", FRESH, lambda _: tempfile.gettempdir())
info("UserInside", "the user's name", FRESH, lambda _: getpass.getuser())
info("HostInside", "the host's name", FRESH, lambda _: socket.gethostname())
info("LocaleInside", "the locale", FRESH, lambda _: locale.setlocale(locale.LC_CTYPE, ""))
info("EncodingInside", "the encoding of the locale", FRESH, lambda _: locale.getpreferredencoding(False))
info("HashInside", "the hash of a name", FRESH, lambda dataset: hash(dataset.classes[0]))
info(
    "AgeOfImages",
    "when an image was written",
    FRESH,
    lambda d: int(Path(d.image_paths[0]).stat().st_mtime) // 86_400 if d.image_paths else 0,
)
info("ArgumentsInside", "the command line", FRESH, lambda _: sys.argv)

_SESSION = uuid.uuid4()


def by_hash(self, dataset, mapping):
    document = Honest.document(self, dataset, mapping)
    order = {name: place for place, name in enumerate({row["name"] for row in document["categories"]})}
    document["info"] = {"description": " ".join(sorted(order, key=order.__getitem__))}
    return document


of_process("OrderOfSet", "names in the order of a set", FRESH, "process", document=by_hash)


def keys_by_hash(self, dataset, mapping):
    document = Honest.document(self, dataset, mapping)
    document["annotations"] = [{key: row[key] for key in set(row)} for row in document["annotations"]]
    return document


of_process("KeysOfSet", "keys in the order of a set", FRESH, "process", document=keys_by_hash)


def by_locale(self, document, path) -> None:
    beside = path.with_suffix(".part")
    with open(beside, "w") as file:  # noqa: PTH123 - as such exporters do
        json.dump(document, file, ensure_ascii=False)
    os.replace(beside, path)  # noqa: PTH105


of_process("InLocale", "text in the locale's encoding", FRESH, "process", save=by_locale)


class Accumulating(Honest):
    """Rows of an export are cleared at its end, which a failed one does not reach."""

    held: list = []  # noqa: RUF012 - shared, which is the defect

    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        self.held.extend(document["annotations"])
        return document | {"annotations": [row | {"id": place} for place, row in enumerate(self.held, 1)]}

    def save(self, document, path) -> None:
        super().save(document, path)
        self.held.clear()


class CountsOnAfterFailure(Honest):
    """Annotation ids begin again only after an export that succeeded."""

    def __init__(self) -> None:
        self.last = 0

    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        for row in document["annotations"]:
            row["id"] += self.last
        self.last += len(document["annotations"])
        return document

    def save(self, document, path) -> None:
        super().save(document, path)
        self.last = 0


class LocksItself(Honest):
    """Has a lock that a failed export leaves, at which the next one writes nothing new."""

    def __init__(self) -> None:
        self.locked = False

    def export(self, dataset, mapping, folder):
        if self.locked:
            path = folder / "coco.json"
            path.write_text("{}", "ascii")
            return path
        self.locked = True
        path = super().export(dataset, mapping, folder)
        self.locked = False
        return path


class LockFile(Honest):
    """The same with a file beside the target."""

    def export(self, dataset, mapping, folder):
        lock = folder / "coco.lock"
        if lock.exists():
            raise RuntimeError("another export is running")
        lock.touch()
        path = super().export(dataset, mapping, folder)
        lock.unlink()
        return path


class GoesOnWithThePart(Honest):
    """Adds to what a failed export left."""

    def save(self, document, path) -> None:
        beside = path.with_suffix(".part")
        with beside.open("a", encoding="ascii") as file:
            json.dump(document, file)
        beside.replace(path)


class RemembersRefusals(Honest):
    """A class that was refused once is left out from then on."""

    def __init__(self) -> None:
        self.refused: set = set()

    def document(self, dataset, mapping):
        known = {row.id for row in mapping.classes if row.category_id is not None or row.dropped}
        classes = {number for found in dataset.annotations.values() for number in found.class_id.tolist()}
        self.refused |= classes - known
        document = super().document(dataset, mapping)
        becomes = {row.category_id for row in mapping.classes if row.id in self.refused}
        document["annotations"] = [row for row in document["annotations"] if row["category_id"] not in becomes]
        return document


SHARED: list = []


class SharedRows(Honest):
    """Rows are gathered in a list that all exports share."""

    def document(self, dataset, mapping):
        SHARED.clear()
        document = super().document(dataset, mapping)
        for row in document["annotations"]:
            SHARED.append(row)
            time.sleep(0)
        with tempfile.TemporaryFile() as file:
            file.write(b"spooled")
        return document | {"annotations": list(SHARED)}


class OneTemporaryName(Honest):
    """The temporary file has one name for all exports."""

    def save(self, document, path) -> None:
        beside = Path(tempfile.gettempdir()) / "coco-export.tmp"
        try:
            beside.write_text(json.dumps(document), encoding="ascii")
            shutil.move(beside, path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise


class WorksInTheFolder(Honest):
    """Changes into the folder of the target while it writes."""

    def save(self, document, path) -> None:
        before = Path.cwd()
        os.chdir(path.parent)
        try:
            Path("coco.part").write_text(json.dumps(document), encoding="ascii")
            Path("coco.part").replace(path.name)
        except OSError:
            Path("coco.part").unlink(missing_ok=True)
            raise
        finally:
            os.chdir(before)


class KeepsTheTarget(Honest):
    """The path of the target is an attribute of the class."""

    target = Path()

    def export(self, dataset, mapping, folder):
        KeepsTheTarget.target = folder / "coco.json"
        document = self.document(dataset, mapping)
        self.save(document, KeepsTheTarget.target)
        return folder / "coco.json"


def leaves(ident: str, name: str, leave: Callable, *, failing: bool = False) -> None:
    """One that leaves something behind: `leave(path)`, always or only if the export fails."""

    def save(self, document, path) -> None:
        if not failing:
            Honest.save(self, document, path)
            leave(path)
            return
        try:
            Honest.save(self, document, path)
        except OSError:
            leave(path)
            raise

    of_process(ident, name, "nothing_left_behind", "left behind", save=save)


leaves("LeavesPart", "a temporary file beside the target", lambda path: path.with_suffix(".part").write_text("", "ascii"))
leaves("LeavesBackup", "a backup beside the target", lambda path: path.with_suffix(".bak").write_bytes(path.read_bytes()))
leaves("LeavesHidden", "a hidden file beside the target", lambda path: path.with_name(".coco.lock").touch())
leaves("LeavesFolder", "an empty folder beside the target", lambda path: (path.parent / "cache").mkdir(exist_ok=True))
leaves("LeavesAbove", "a log above the folder", lambda path: (path.parents[1] / "export.log").touch())
leaves("LeavesTemporary", "a temporary file", lambda _: tempfile.mkstemp())
leaves("LeavesTemporaryFolder", "a folder for temporary files", lambda _: tempfile.mkdtemp())
leaves("LeavesInTemporary", "a file of its own among temporary files", lambda _: Path(tempfile.gettempdir(), "coco.cache").touch())
leaves("LeavesPartOnFailure", "a part of the file after a failure", lambda path: path.with_suffix(".part").touch(), failing=True)
leaves("LeavesTemporaryOnFailure", "a temporary file after a failure", lambda _: tempfile.mkstemp(), failing=True)
leaves("LeavesSecondFile", "a second file with the categories", lambda path: path.with_name("labels.txt").write_text("", "ascii"))


def leaves_when_refused(self, dataset, mapping, folder):
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    path = Honest.export(self, dataset, mapping, folder)
    scratch.rmdir()
    return path


of_process("LeavesScratch", "a working folder after a refusal", "nothing_left_behind", "left behind", export=leaves_when_refused)


def replaces(ident: str, name: str, replace: Callable) -> None:
    """One that puts a complete file in the place of the old one by `replace(new, path)`."""

    def save(self, document, path) -> None:
        beside = path.with_suffix(".part")
        try:
            beside.write_text(json.dumps(document), encoding="ascii")
            replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)

    of_process(ident, name, "replaced_at_once", "replacing", save=save)


def over(new: Path, path: Path) -> None:
    with path.open("r+b" if path.exists() else "wb") as file:
        file.write(new.read_bytes())
        file.truncate()


def removed_first(new: Path, path: Path) -> None:
    path.unlink(missing_ok=True)
    new.rename(path)


def old_aside(new: Path, path: Path) -> None:
    aside = path.with_suffix(".old")
    if path.exists():
        path.rename(aside)
    shutil.copyfile(new, path)
    aside.unlink(missing_ok=True)


def aside_and_renamed(new: Path, path: Path) -> None:
    aside = path.with_suffix(".old")
    if path.exists():
        path.rename(aside)
    new.rename(path)
    aside.unlink(missing_ok=True)


replaces("CopiesOver", "copied over the old file", lambda new, path: shutil.copyfile(new, path))
replaces("CopiesWithTimes", "copied over the old file with its times", lambda new, path: shutil.copy2(new, path))
replaces("WritesInto", "written into the old file", over)
replaces("RemovesThenRenames", "the old file removed, then the new one renamed", removed_first)
replaces("AsideThenCopies", "the old file put aside, then the new one copied", old_aside)
replaces("AsideThenRenames", "the old file put aside, then the new one renamed", aside_and_renamed)


def effects(ident: str, name: str, effect: Callable) -> None:
    """One with a side effect: `effect()`."""

    def written(self, dataset, mapping):
        effect()
        return Honest.document(self, dataset, mapping)

    of_process(ident, name, "no_side_effects", "side effects", document=written)


def waits() -> None:
    threading.Thread(target=time.sleep, args=(5,), daemon=True).start()


effects("ChangesFolder", "the current folder changed", lambda: os.chdir(tempfile.gettempdir()))
effects("SetsVariable", "an environment variable set", lambda: os.environ.__setitem__("COCO_EXPORT", str(time.time())))
effects("RemovesVariable", "an environment variable removed", lambda: os.environ.pop("PATH", None))
effects("SeedsNumpy", "numpy's random numbers seeded", lambda: np.random.seed(0))  # noqa: NPY002 - the defect
effects("DrawsNumpy", "numpy's random numbers drawn", np.random.rand)
effects("SeedsRandom", "random numbers seeded", lambda: random.seed(0))
effects("DrawsRandom", "random numbers drawn", random.random)
effects("SetsLogging", "a handler of logging added", lambda: logging.getLogger().addHandler(logging.NullHandler()))
effects("SetsLevel", "the level of logging changed", lambda: logging.getLogger().setLevel(logging.getLogger().level + 1))
effects("DisablesLogging", "logging disabled", lambda: logging.disable(logging.CRITICAL))
effects("IgnoresWarnings", "warnings ignored", lambda: warnings.simplefilter("ignore", category=ResourceWarning))
effects("SetsErrors", "numpy's errors ignored", lambda: np.seterr(all="ignore"))
effects("SetsPrinting", "how numpy prints changed", lambda: np.set_printoptions(precision=3))
effects("AddsToPath", "the path of imports extended", lambda: sys.path.append("/nowhere"))
effects("SetsRecursion", "the limit of recursion raised", lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1))
effects("SetsMask", "the mask of new files changed", lambda: os.umask(0o077))
effects("LeavesThread", "a thread left running", waits)


def inputs(ident: str, name: str, change: Callable) -> None:
    """One that changes its input: `change(dataset)`."""

    def written(self, dataset, mapping):
        document = Honest.document(self, dataset, mapping)
        change(dataset)
        return document

    of_process(ident, name, "input_unchanged", "input", document=written)


def each(change: Callable) -> Callable:
    return lambda dataset: [change(found) for found in dataset.annotations.values()]


def read_only(found) -> None:
    found.xyxy.setflags(write=False)


def other_order(dataset) -> None:
    dataset.annotations = dict(reversed(dataset.annotations.items()))


def rewritten(dataset) -> None:
    for path in map(Path, dataset.image_paths):
        path.write_bytes(path.read_bytes())


inputs("MakesReadOnly", "arrays made read-only", each(read_only))
inputs("AddsColumn", "a column added", each(lambda found: found.data.update(area=np.zeros(len(found)))))
inputs("RemovesColumns", "columns removed", each(lambda found: found.data.clear()))
inputs("ReplacesArrays", "arrays replaced by equal ones", each(lambda found: setattr(found, "xyxy", found.xyxy.copy())))
inputs("WidensBoxes", "boxes turned into float64", each(lambda found: setattr(found, "xyxy", found.xyxy.astype(np.float64))))
inputs("AddsMetadata", "metadata added", each(lambda found: found.metadata.update(exported=True)))
inputs("DropsMasks", "masks freed", each(lambda found: setattr(found, "mask", None)))
inputs("SortsClasses", "class names sorted", lambda dataset: dataset.classes.sort(reverse=True))
inputs("TurnsAnnotations", "annotations in another order", other_order)
inputs("TouchesImages", "images written again", rewritten)
inputs("LocksImages", "images made read-only", lambda d: [Path(path).chmod(0o444) for path in d.image_paths])


def decodes(ident: str, name: str, decode: Callable, *, raises: bool = True) -> None:
    """One that decodes images: `decode(path)`."""

    def written(self, dataset, mapping):
        for path in dataset.image_paths:
            decode(path)
        return Honest.document(self, dataset, mapping)

    of_process(ident, name, "images_not_decoded", "images", raises=raises, document=written)


def decoded(path) -> None:
    from PIL import Image

    with Image.open(path) as image:
        image.load()


def array_of(path) -> None:
    from PIL import Image

    with Image.open(path) as image:
        np.asarray(image)


decodes("LoadsImages", "images decoded", decoded)
decodes("LoadsArrays", "images decoded to arrays", array_of)


def skips_what_does_not_decode(self, dataset, mapping):
    document = Honest.document(self, dataset, mapping)
    bad = set()
    for number, path in enumerate(dataset.image_paths, 1):
        try:
            decoded(path)
        except OSError:
            bad.add(number)
    document["images"] = [row for row in document["images"] if row["id"] not in bad]
    document["annotations"] = [row for row in document["annotations"] if row["image_id"] not in bad]
    return document


of_process("SkipsUndecoded", "images left out that cannot be decoded", "images_not_decoded", "images", document=skips_what_does_not_decode)

STATES = [
    Saboteur("rows of a failed export in the next", "after_a_failure", Accumulating, "state"),
    Saboteur("annotation ids that count on after a failure", "after_a_failure", CountsOnAfterFailure, "state"),
    Saboteur("a lock that a failed export leaves", "after_a_failure", LocksItself, "state"),
    Saboteur("a lock file that a failed export leaves", "after_a_failure", LockFile, "state", raises=True),
    Saboteur("added to the part of a failed export", "after_a_failure", GoesOnWithThePart, "state"),
    Saboteur("a class refused once left out for ever", "after_a_failure", RemembersRefusals, "state"),
    Saboteur("rows in a list that exports share", "at_the_same_time", SharedRows, "state"),
    Saboteur("one temporary file for all exports", "at_the_same_time", OneTemporaryName, "state", raises=True),
    Saboteur("the current folder changed while writing", "at_the_same_time", WorksInTheFolder, "state", raises=None),
    Saboteur("the target kept in the class", "at_the_same_time", KeepsTheTarget, "state"),
]

PROCESS: tuple[Saboteur, ...] = (*FIELDS, *PROCESS_DEPENDENT, *STATES)
"""Those that depend on what is around a dataset."""
