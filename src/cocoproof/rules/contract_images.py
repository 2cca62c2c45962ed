"""Rules of the dataset contract about images: sizes, formats, names and licences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.license_names import read_license_names
from cocoproof.columns.tables import lookup
from cocoproof.images.file_formats import format_of_ending
from cocoproof.model.budgets import NAME_CHARACTERS
from cocoproof.model.findings import Severity
from cocoproof.model.wording import count_of
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.rule import DATASETS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, over_budget, quote, rule
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cocoproof.dataset_contract import DatasetContract

__all__ = ["RULES", "contract_of"]

_SIZES: Mapping[str, object] = {"images": {"width": {"min": 32, "max": 128}, "sizes": [[64, 48], [48, 64]]}}
_FORMATS: Mapping[str, object] = {"images": {"formats": ["jpeg", "png"]}}
_NAMES: Mapping[str, object] = {"images": {"file-name": r"\d+\.jpg"}}
_LICENSES: Mapping[str, object] = {"licenses": ["CC0", "https://creativecommons.org/licenses/by/4.0/"]}

_LICENSED = {
    "licenses": [
        {"id": 1, "name": "CC0", "url": ""},
        {"id": 2, "name": "Attribution", "url": "https://creativecommons.org/licenses/by/4.0/"},
        {"id": 3, "name": "All rights reserved"},
    ]
}


def contract_of(context: RuleContext) -> DatasetContract:
    """The contract of the run.

    Raises:
        RuleSkipped: If there is none; the engine skips a rule that requires one before.
    """
    if context.contract is None:
        raise RuleSkipped("needs a dataset contract (--contract FILE)")
    return context.contract


def _of_images(wrong: NDArray[np.bool_], known: NDArray[np.bool_], field: str, say: Callable[[int], str]) -> Violations:
    """A violation for each image; one for the file, if it is so of all images that could be checked, ten or more."""
    count = int(wrong.sum())
    if count >= FILE_WIDE and count == int(known.sum()):
        first = int(np.flatnonzero(wrong)[0])
        message = f"no image of {count:,} is as the contract says; the first {say(first)}"
        return Violations.of_file(message, ("images", first, field), table="images", rows=wrong, about=field)
    place = ("images", int(np.flatnonzero(wrong)[0]), field) if count else ()
    return Violations.of_rows("images", wrong, say, field=field, about=say).part_of((place, field))


@rule(
    "COCO132",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.width", "images.height"),
    requires=("contract",),
    contract=_SIZES,
    accept=[dataset(), dataset(images=[{"width": 48, "height": 64}])],
    reject=[(dataset(images=[{"width": 65}]), "/images/0/width"), (dataset(images=[{}, {"width": 20, "height": 48}]), "/images/1/width")],
)
def image_size_not_allowed(context: RuleContext) -> Violations:
    """The size of an image is not one that the dataset contract allows.

    The contract bounds `width` and `height` in its table `images`, or lists the `sizes` that there are. A size that is not among them is often that of a
    thumbnail, of a crop, or of a camera that was set up differently. The size is the one that the file states; COCO803 compares it with the image file.
    """
    clauses, images = contract_of(context).images, context.coco.images
    if clauses.width is None and clauses.height is None and clauses.sizes is None:
        raise RuleSkipped("the contract has no sizes of images")
    width, height = images.width.values, images.height.values
    known = images.width.ok & images.height.ok
    wrong = np.zeros(images.n, bool)
    allowed = []
    for name, bounds, values in (("width", clauses.width, width), ("height", clauses.height, height)):
        if bounds is not None:
            allowed.append(f"a {name} of {bounds.text}")
            wrong |= (values < (bounds.least or 0)) | (values > (np.inf if bounds.greatest is None else bounds.greatest))
    if clauses.sizes is not None:
        allowed.append(" or ".join(f"{one[0]} x {one[1]}" for one in clauses.sizes[:8]) + (" and more" if len(clauses.sizes) > 8 else ""))
        wrong |= ~np.any([(width == one[0]) & (height == one[1]) for one in clauses.sizes], axis=0)
    said = ", ".join(allowed)
    return _of_images(wrong & known, known, "width", lambda row: f"is {width[row]} x {height[row]} px, the contract allows {said}")


@rule(
    "COCO133",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("contract",),
    contract=_FORMATS,
    accept=[dataset(), dataset(images=[{"file_name": "a.PNG"}, {"file_name": "b/c.jpeg"}])],
    reject=[
        (dataset(images=[{"file_name": "1.bmp"}]), "/images/0/file_name"),
        (dataset(images=[{}, {"file_name": "jpg"}]), "/images/1/file_name"),
    ],
)
def image_format_not_allowed(context: RuleContext) -> Violations:
    """The format of an image is not one that the dataset contract allows.

    The contract lists the formats in its table `images` (`formats = ["jpeg", "png"]`). The format is that of the extension of `file_name`; COCO809
    compares the extension with the content, where the image files are there.
    """
    clauses, images = contract_of(context).images, context.coco.images
    if clauses.formats is None:
        raise RuleSkipped("the contract has no formats of images")
    allowed = set(clauses.formats)
    known = images.file_name.ok
    wrong = np.array([format_of_ending(name) not in allowed for name in images.file_name.values], bool)
    said = ", ".join(one.value for one in clauses.formats)

    def say(row: int) -> str:
        name = images.file_name.values[row]
        found = format_of_ending(name)
        what = "has no extension of an image format" if found is None else f"is {found.value}"
        return f"{quote(name)} {what}, the contract allows {said}"

    return _of_images(wrong & known, known, "file_name", say)


@rule(
    "COCO134",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.file_name",),
    requires=("contract",),
    contract=_NAMES,
    accept=[dataset(), dataset(images=[{"file_name": "000000000139.jpg"}])],
    reject=[
        (dataset(images=[{"file_name": "1.jpg.jpg"}]), "/images/0/file_name"),
        (dataset(images=[{}, {"file_name": "train/2.jpg"}]), "/images/1/file_name"),
    ],
)
def file_name_not_allowed(context: RuleContext) -> Violations:
    """The name of an image file does not match the pattern of the dataset contract.

    The pattern is a regular expression of Python (`file-name` in the table `images`), which the complete `file_name` must match, folders included.
    Names that no longer match are often copies, exports of another tool, or files of another dataset.

    Python's expressions can take exponential time on names that nearly match: write patterns in which no repetition is inside another one of the same
    characters, such as `(a+)+`. Names of more than 4,096 characters are not matched.
    """
    pattern, images = contract_of(context).images.file_name, context.coco.images
    if pattern is None:
        raise RuleSkipped("the contract has no pattern of names")
    long = np.array([len(name) > NAME_CHARACTERS for name in images.file_name.values], bool)
    known = images.file_name.ok & ~long
    wrong = np.array([len(name) <= NAME_CHARACTERS and pattern.fullmatch(name) is None for name in images.file_name.values], bool)

    def say(row: int) -> str:
        return f"{quote(images.file_name.values[row])} does not match the contract's pattern {quote(pattern.pattern)}"

    found = _of_images(wrong & known, known, "file_name", say)
    unchecked = over_budget(int(long.sum()), images.n, "names", f"they have more than {NAME_CHARACTERS:,} characters")
    return found if unchecked is None else Violations(found.count, found.violation, rows=found.rows, table="images", unchecked=unchecked)


@rule(
    "COCO135",
    severity=Severity.ERROR,
    kinds=DATASETS,
    needs=("images.license",),
    requires=("contract",),
    contract=_LICENSES,
    accept=[dataset(), dataset(document=_LICENSED, images=[{"license": 2}])],
    reject=[
        (dataset(document=_LICENSED, images=[{"license": 3}]), "/licenses/2"),
        (dataset(images=[{"license": GONE}]), "/images/0"),
    ],
)
def license_not_allowed(context: RuleContext) -> Violations:
    """The licence of an image is not one that the dataset contract allows, or is not stated.

    The contract lists the names or URLs of licences (`licenses`). One finding for each licence that is not among them, and one for the images without a
    licence: what may be done with these is not known. COCO303 reports references to licences that the file does not have.
    """
    allowed, coco = contract_of(context).licenses, context.coco
    if allowed is None:
        raise RuleSkipped("the contract has no licences")
    images = coco.images
    row = lookup(coco.licenses, images.license)
    said = ", ".join(quote(one, 60) for one in allowed[:5]) + (" and more" if len(allowed) > 5 else "")
    counts = np.bincount(row[row >= 0], minlength=coco.licenses.n)
    wanted = {one.strip() for one in allowed}
    names = read_license_names(coco)
    found = []
    for k in np.flatnonzero(counts).tolist():
        if wanted.isdisjoint(one for one in names[k] if one is not None):
            shown = quote(names[k][0] or names[k][1] or "", 80) if any(names[k]) else "without a name"
            message = f"licence {shown} of {count_of(int(counts[k]), 'image')} is not one that the contract allows: {said}"
            found.append(Violation(message, ("licenses", k), scope=ViolationScope.FILE, about=shown))
    without = np.flatnonzero(~images.license.present)
    if len(without):
        message = f"has no license, as {len(without):,} of {count_of(images.n, 'image')}; the contract allows {said}"
        found.append(Violation(message, (), "images", int(without[0]), from_row=True, scope=ViolationScope.FILE, about="no license"))
    return Violations.of_document(found)


RULES = (image_size_not_allowed, image_format_not_allowed, file_name_not_allowed, license_not_allowed)
