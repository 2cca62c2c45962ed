"""Rules about names and captions: blank ones, ones with white space around them, and ones that are easily confused."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.budgets import NAME_CHARACTERS
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.names import INVISIBLE, is_blank
from cocoproof.model.normal_forms import normal_form
from cocoproof.rules.examples import captions, dataset
from cocoproof.rules.ordinary_names import are_ordinary, file_names_in_one
from cocoproof.rules.reader_failures import NOT_LOADED
from cocoproof.rules.row_names import row_with_id
from cocoproof.rules.rule import DATASETS, TRACKS, RuleContext, Violations, ViolationScope, quote, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import TextColumn

__all__ = ["RULES", "blank_rows"]


@rule(
    "COCO208",
    severity=Severity.ERROR,
    frames=True,
    kinds=DATASETS | TRACKS,
    needs=("images.file_name", "annotations.file_name", "categories.name"),
    accept=[dataset(categories=[{"name": "x"}, {"name": " polar  bear "}]), dataset(images=[{"file_name": "\u30001.jpg"}])],
    reject=[
        (dataset(categories=[{}, {"name": ""}]), "/categories/1/name"),
        (dataset(categories=[{}, {"name": " \u200b\u00a0"}]), "/categories/1/name"),
        (dataset(images=[{"file_name": "\t"}]), "/images/0/file_name"),
    ],
    explains=("COCO904",),
)
def blank_name(context: RuleContext) -> Iterator[Violations]:
    """A category name or file_name is empty or white space.

    Zero-width characters, non-breaking spaces and the like count as white space: nothing of the name can be seen. No file has such a name, and a class without a visible name cannot be identified in a report
    or a legend. It comes from empty cells of a
    table and from forms saved half filled in.
    """
    coco = context.coco
    texts: tuple[tuple[str, str, TextColumn], ...] = (
        ("images", "file_name", coco.images.file_name),
        ("annotations", "file_name", coco.annotations.file_name),
        ("categories", "name", coco.categories.name),
    )
    for table, field, column in texts:
        if column.ok.any():
            blank = blank_rows(column.values) & column.ok
            found = Violations.of_rows(table, blank, _say_blank(field, column.values), field=field)
            # An empty file name is the folder of images itself to supervision.
            nameless = table == "images" and any(not column.values[row] for row in np.flatnonzero(blank).tolist())
            yield found.explaining(NOT_LOADED) if nameless else found


@rule(
    "COCO209",
    severity=Severity.WARNING,
    kinds=DATASETS | TRACKS,
    needs=("categories.name",),
    accept=[
        dataset(categories=[{"name": "cat"}, {"name": "cap"}]),
        dataset(categories=[{"name": "traffic light"}, {"name": "traffic-light"}]),
        dataset(categories=[{"name": "resume"}, {"name": "r\u00e9sum\u00e9"}]),
    ],
    reject=[
        (dataset(categories=[{"name": "cat"}, {"name": "Cat"}]), "/categories/1/name"),
        (dataset(categories=[{"name": "hot dog"}, {"name": "hot  dog "}]), "/categories/1/name"),
        (dataset(categories=[{"name": "caf\u00e9"}, {"name": "cafe\u0301"}]), "/categories/1/name"),
    ],
)
def confusable_category_names(context: RuleContext) -> Violations:
    """Two category names are equal but for case, white space or Unicode normal form.

    To a person they are one class, to a program two: some objects were annotated as one and some as the other, and either prediction counts
    as wrong for the rest. Compared are the names in NFKC, case folded, without white space and invisible characters. Merge
    the two categories, or give them names that differ clearly.
    """
    categories = context.coco.categories
    names = categories.name.values
    first: dict[str, int] = {}
    origin: dict[int, int] = {}
    seen: set[str] = set()
    for row in np.flatnonzero(categories.name.ok).tolist():
        name = names[row]
        folded = _folded(name)
        # An exact duplicate is COCO204's, one without visible characters COCO208's.
        if not folded or name in seen:
            continue
        seen.add(name)
        earlier = first.setdefault(folded, row)
        if earlier != row:
            origin[row] = earlier

    def say(row: int) -> str:
        other = origin[row]
        place = row_with_id("categories", categories, other)
        return f"name {quote(names[row])} is that of {place}, {quote(names[other])}, but for {_difference(names[row], names[other])}"

    return Violations.of_rows("categories", np.array(list(origin), np.int64), say, field="name", other=origin.__getitem__)


@rule(
    "COCO212",
    severity=Severity.WARNING,
    frames=True,
    kinds=DATASETS | TRACKS,
    needs=("images.file_name", "categories.name"),
    accept=[dataset(categories=[{"name": "polar bear"}, {}]), dataset(images=[{"file_name": "a b.jpg"}])],
    reject=[
        (dataset(categories=[{}, {"name": "person "}]), "/categories/1/name"),
        (dataset(categories=[{"name": "dog\t"}, {}]), "/categories/0/name"),
        (dataset(images=[{"file_name": " 1.jpg"}]), "/images/0/file_name"),
    ],
)
def padded_name(context: RuleContext) -> Iterator[Violations]:
    """A category or file name starts or ends with white space, or contains a control character.

    The name looks like another one and is not equal to it: "person " matches no class list, no results and no other split. The
    usual causes are a text file read with its line ends, and cells of a table. Strip the names. Blank names are COCO208.
    """
    coco = context.coco
    for table, field, column in (("images", "file_name", coco.images.file_name), ("categories", "name", coco.categories.name)):
        if column is coco.images.file_name and file_names_in_one(context) is not None:
            padded = np.zeros(len(column.values), bool)
        else:
            padded = np.fromiter((_is_padded(text) for text in column.values), bool, len(column.values)) & column.ok
        yield Violations.of_rows(table, padded, _say_padded(field, column.values), field=field)


@rule(
    "COCO213",
    severity=Severity.WARNING,
    kinds=frozenset({Kind.CAPTIONS}),
    needs=("annotations.caption",),
    accept=[captions(), captions([{"caption": "a"}])],
    reject=[(captions([{"caption": ""}]), "/annotations/0/caption"), (captions([{}, {"caption": " \n"}]), "/annotations/1/caption")],
)
def blank_caption(context: RuleContext) -> Violations:
    """A caption is empty or white space.

    A captioning model learns to say nothing, and metrics such as CIDEr divide by the length of the references. Remove the annotation, or write the
    caption.
    """
    caption = context.coco.annotations.caption
    return Violations.of_rows("annotations", blank_rows(caption.values) & caption.ok, lambda _: "the caption is blank", field="caption")


@rule(
    "COCO413",
    severity=Severity.WARNING,
    kinds=DATASETS | TRACKS,
    needs=("categories.name",),
    accept=[
        dataset(categories=[{"name": "crouch/kneel"}, {"name": "node.js"}, {"name": "1"}]),
        dataset(
            images=[{"file_name": "cat.jpg"}, {"file_name": "b/dog.jpg"}, {"file_name": "2017.jpg"}], categories=[{}, {}, {"name": "2017"}]
        ),
    ],
    reject=[
        (dataset(categories=[{}, {"name": "IMG_0001.JPG"}]), "/categories/1/name"),
        (dataset(categories=[{}, {"name": "../labels/cat"}]), "/categories/1/name"),
        (
            dataset(
                images=[{"file_name": "a/IMG_0001.jpg"}, {"file_name": "a/IMG_0002.jpg"}],
                categories=[{"name": "IMG_0001"}, {"name": "IMG_0002"}, {}],
            ),
            "/categories/0/name",
        ),
    ],
)
def category_names_look_like_files(context: RuleContext) -> Violations:
    """Category names look like file names, paths or the stems of images.

    A converter took the name of the file, or of its folder, for the class: each image has a class of its own, and a model cannot learn one. Convert
    the dataset again with the column or folder that has the classes, or rename the categories.

    A name looks so if it ends as an image or annotation file does (`.jpg`, `.xml`), or is a path or address from its start (`/`, `./`, `C:/`,
    `https://`). Names that are also stems of images count only if they have three digits and at least half of the categories are so: a class "cat" may
    have an image cat.jpg. Reported once for the file.
    """
    categories, images = context.coco.categories, context.coco.images
    names = categories.name.values
    as_files = {row for row in np.flatnonzero(categories.name.ok).tolist() if _LIKE_FILE.search(names[row])}
    numbered = {row for row, name in enumerate(names) if row not in as_files and len(_DIGIT.findall(name)) >= _DIGITS_OF_STEM}
    stems = {_stem(text) for text in images.file_name.values} if numbered else set()
    as_stems = {row for row in numbered if names[row] in stems}
    if len(as_stems) < 2 or 2 * len(as_files | as_stems) < categories.n:
        as_stems = set()
    rows = sorted(as_files | as_stems)

    def say(row: int) -> str:
        what = "is the stem of an image" if row in as_stems else "looks like a file or path"
        others = f"; so do {len(rows) - 1:,} of the {categories.n - 1:,} other categories" if len(rows) > 1 else ""
        return f"name {quote(names[row], 60)} {what}, not like a class{others}"

    first = np.array(rows[:1], np.int64)
    return Violations.of_rows(
        "categories", first, say, field="name", scope=ViolationScope.FILE, about=lambda _: min(names[row] for row in rows)
    )


_LIKE_FILE = re.compile(r"(?i)(?:.\.(?:jpe?g|png|bmp|tiff?|webp|gif|heic|xml|dcm)|^(?:/|\.{1,2}[/\\]|[a-z]:[/\\]|[a-z][a-z0-9+]*://).+)$")
_DIGIT = re.compile(r"[0-9]")
_DIGITS_OF_STEM = 3


def _stem(file_name: str) -> str:
    """The last part of a path without its ending."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return last.rpartition(".")[0] or last


def _is_padded(text: str) -> bool:
    return not is_blank(text) and (text != text.strip() or any(unicodedata.category(one) == "Cc" for one in text))


def _say_padded(field: str, texts: Sequence[str]) -> Callable[[int], str]:
    return lambda row: (
        f"{field} {texts[row][:60]!a} "
        + ("starts or ends with white space" if texts[row] != texts[row].strip() else "contains a control character")
    )


_UNSEEN = str.maketrans("", "", INVISIBLE)


def blank_rows(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts have nothing that can be seen, shape (n,)."""
    if are_ordinary(texts):
        return np.zeros(len(texts), bool)
    return np.fromiter(map(is_blank, texts), bool, len(texts))


def _say_blank(field: str, texts: Sequence[str]) -> Callable[[int], str]:
    return lambda row: f"{field} {texts[row][:40]!a} has no character that can be seen" if texts[row] else f"{field} is empty"


def _folded(name: str) -> str:
    """What is left of a name without case, white space, invisible characters and compatibility forms. Of a long name the start is folded."""
    folded = normal_form("NFKC", name[:NAME_CHARACTERS]).casefold()
    return normal_form("NFKC", folded).translate(_UNSEEN) + name[NAME_CHARACTERS:]


def _difference(name: str, other: str) -> str:
    if name.casefold() == other.casefold():
        return "case"
    if name.translate(_UNSEEN) == other.translate(_UNSEEN):
        return "white space"
    if normal_form("NFKC", name) == normal_form("NFKC", other):
        return "its Unicode normal form"
    return "case, white space or Unicode normal form"


RULES = (blank_name, confusable_category_names, padded_name, blank_caption, category_names_look_like_files)
