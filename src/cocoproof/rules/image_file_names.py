"""Rules about the names of image files: against each other, against the folder, against the content."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.dataset_files import folded
from cocoproof.images.file_formats import format_of_ending
from cocoproof.images.file_names import parts_of, plain
from cocoproof.images.png_writer import black_png
from cocoproof.model.findings import Severity
from cocoproof.rules.examples import dataset
from cocoproof.rules.ordinary_names import BAR, file_names_in_one
from cocoproof.rules.rule import DATASETS, ExampleWithFiles, RuleContext, RuleSkipped, Violation, Violations, quote, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES"]

_PNG = black_png(64, 48)
_ONE = [{"file_name": "1.png"}]


@rule(
    "COCO806",
    severity=Severity.WARNING,
    frames=True,
    kinds=DATASETS,
    needs=("images.file_name",),
    accept=[
        dataset(images=[{"file_name": "a.jpg"}, {"file_name": "b.jpg"}]),
        dataset(images=[{"file_name": "1/a.jpg"}, {"file_name": "2/A.jpg"}]),
    ],
    reject=[
        (dataset(images=[{"file_name": "a.jpg"}, {"file_name": "A.jpg"}]), "/images/1/file_name"),
        (dataset(images=[{"file_name": "caf\u00e9.jpg"}, {}, {"file_name": "cafe\u0301.jpg"}]), "/images/2/file_name"),
        (dataset(images=[{"file_name": "a/b.jpg"}, {"file_name": "A/b.JPG"}]), "/images/1/file_name"),
    ],
)
def image_path_case_collision(context: RuleContext) -> Iterator[Violations]:
    """Two file names are equal but for case or Unicode normal form.

    Linux keeps `a.jpg` and `A.jpg` apart; Windows and macOS do not. Whoever copies or unpacks the data set there is left with one file for
    both, and half of the annotations belong to another picture. The same goes for letters with accents, which Unicode can write in two ways.
    Where the folder of images is known, files in it that no entry names count as well. Rename one of the two.
    """
    images = context.coco.images
    names = images.file_name.values
    if context.files is None and _differ_in_lower_case(context):
        yield Violations.of_rows("images", np.empty(0, np.int64), str, field="file_name")
        return
    usable = np.flatnonzero(images.file_name.ok).tolist()
    groups: dict[str, dict[str, int]] = defaultdict(dict)
    for row in usable:
        name = plain(names[row])
        groups[folded(name)].setdefault(name, row)
    first: dict[int, int] = {}
    for group in groups.values():
        if len(group) > 1:
            original, *others = group.values()
            first.update(dict.fromkeys(others, original))
    yield Violations.of_rows(
        "images",
        np.array(sorted(first), np.int64),
        lambda row: (
            f"file_name {quote(names[row])} is that of images[{first[row]}], {quote(names[first[row]])}, but for case or Unicode form"
        ),
        field="file_name",
        other=first.__getitem__,
    )
    listing = None if context.files is None else context.files.listing
    if listing is None:
        return
    listed = {name for group in groups.values() for name in group}
    beside = {}
    for name in listing:
        group = groups.get(folded(name), {})
        if group and name not in listed:
            beside[next(iter(group.values()))] = name
    there = np.array([row for row in sorted(beside) if context.files is not None and context.files.pictures.ok[row]], np.int64)
    yield Violations.of_rows(
        "images",
        there,
        lambda row: f"the folder also holds {quote(beside[row])}, which is {quote(names[row])} but for case or Unicode form",
        field="file_name",
        about=beside.__getitem__,
    )


def _differ_in_lower_case(context: RuleContext) -> bool:
    """Whether the file names are ordinary ones without an empty part or `.`, of which no two are one in lower case."""
    whole, names = file_names_in_one(context), context.coco.images.file_name.values
    if whole is None or any(sign in whole for sign in ("//", "./")):
        return False
    return len(set(whole.lower().split(BAR))) == len(set(names)) + 1  # and the empty one outside of the bars


@rule(
    "COCO808",
    severity=Severity.NOTE,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG, "README.txt": b"", ".cache.png": _PNG}),
        ExampleWithFiles(dataset(images=[{"file_name": "./a//1.png"}]), {"a/1.png": _PNG}),
    ],
    reject=[
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG, "2.png": black_png(8, 8)}), "/images"),
        (ExampleWithFiles(dataset(images=_ONE), {"1.png": _PNG, "a/b/1.png": black_png(8, 8)}), "/images"),
    ],
)
def image_not_listed(context: RuleContext) -> Violations:
    """An image file in the folder that no entry names.

    It may be a picture without objects, which then is missing from training as a background; one that was never annotated; or one of another
    split in the same folder. Tools that list the folder see it, tools that read the file do not. Files count as pictures by the ends of their
    names; names that start with a dot are passed over. Of a folder that was found and not given, only those parts are
    looked at that images of the file lie in.
    """
    listing = None if context.files is None else context.files.listing
    if context.files is None or listing is None:
        root = "" if context.files is None else context.files.root.name
        msg = f"{quote(root)} cannot be listed"
        raise RuleSkipped(msg)
    names = context.coco.images.file_name
    known = {"/".join(parts_of(names.values[row])) for row in np.flatnonzero(names.ok).tolist()}
    extra = [name for name in listing if name not in known]
    say = "the folder of images holds {}, which no entry names"
    return Violations(len(extra), lambda k: Violation(say.format(quote(extra[k])), ("images",), about=extra[k]))


@rule(
    "COCO809",
    severity=Severity.NOTE,
    frames=True,
    kinds=DATASETS,
    needs=("images.picture",),
    requires=("images",),
    accept=[
        ExampleWithFiles(dataset(images=[{"file_name": "1.PNG"}]), {"1.PNG": _PNG}),
        ExampleWithFiles(dataset(images=[{"file_name": "1"}]), {"1": _PNG}),
    ],
    reject=[
        (ExampleWithFiles(dataset(images=[{"file_name": "1.jpg"}]), {"1.jpg": _PNG}), "/images/0/file_name"),
        (ExampleWithFiles(dataset(images=[{}, {"file_name": "b.jpg/2.TIF"}]), {"1.jpg": b"", "b.jpg/2.TIF": _PNG}), "/images/1/file_name"),
    ],
)
def image_format_mismatch(context: RuleContext) -> Violations:
    """The end of a file's name is not of the content's format.

    Pillow and OpenCV go by the content, so that nothing shows for a while. TensorFlow's `decode_jpeg`, nvJPEG and DALI, browsers and data loaders
    that pick a decoder by the name stop or read nonsense. A PNG called .jpg is often a screenshot, and loses nothing by its right name.
    """
    if context.files is None:
        return Violations.of_document(())
    pictures = context.files.pictures
    ending = [format_of_ending(name) for name in pictures.names]
    wrong = [row for row, known in enumerate(pictures.format) if known is not None and ending[row] not in {None, known}]

    def say(row: int) -> str:
        known = pictures.format[row]
        name = pictures.names[row]
        return f"the file {quote(name)} is {'' if known is None else known.value}, not what {quote(name[name.rfind('.') :])} says"

    def found(row: int) -> str:
        known = pictures.format[row]
        return "" if known is None else known.value

    return Violations.of_rows("images", np.array(wrong, np.int64), say, field="file_name", about=found)


RULES = (image_path_case_collision, image_not_listed, image_format_mismatch)
