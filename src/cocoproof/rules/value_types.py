"""The rule about values of another type than the format gives them: one finding for each kind of value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.columns.column import WrittenForm
from cocoproof.columns.mistyped_references import mistyped_references
from cocoproof.columns.written_forms import OtherForm, other_forms
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import count_of, cut, join_words
from cocoproof.reading.kinds import LISTS
from cocoproof.reading.schema_errors import RowSchema
from cocoproof.reading.video_rows import FRAME_ANNOTATIONS
from cocoproof.rules.examples import captions, dataset, keypoint_dataset, results
from cocoproof.rules.rule import OBJECTS, Fix, RuleContext, rule
from cocoproof.rules.violations import Consequence, Violation, Violations, ViolationScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cocoproof.columns.tables import Column
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.defects import Defect

__all__ = ["RULES"]

_Place: TypeAlias = tuple[str, str]

_KINDS: dict[_Place, str] = {
    ("images", "id"): "image ids",
    ("annotations", "image_id"): "image ids",
    ("categories", "id"): "category ids",
    ("annotations", "category_id"): "category ids",
    ("segments", "category_id"): "category ids",
    ("annotations", "id"): "annotation ids",
    ("segments", "id"): "segment ids",
    ("images", "width"): "image sizes",
    ("images", "height"): "image sizes",
    ("videos", "id"): "video ids",
    ("annotations", "video_id"): "video ids",
    ("videos", "width"): "video sizes",
    ("videos", "height"): "video sizes",
}
"""Fields whose values have one cause if they are of one wrong type; every other field is a kind of its own."""

_REFERENCES: tuple[tuple[_Place, str, str], ...] = (
    (("annotations", "image_id"), "images", "image_row"),
    (("annotations", "category_id"), "categories", "category_row"),
    (("segments", "category_id"), "categories", "category_row"),
)

_FORMS = {
    WrittenForm.TEXT: "a string",
    WrittenForm.BOOLEAN: "true or false",
    WrittenForm.FLOAT: "a number with a point or an exponent",
    WrittenForm.FLAT: "one list of numbers",
    WrittenForm.NESTED: "a nested list",
    WrittenForm.OBJECT: "an object",
}

_AS_PYTHON = {
    WrittenForm.BOOLEAN: "Python takes true for 1 and false for 0, and so pycocotools does",
    WrittenForm.FLOAT: "Python takes 1.0 for 1, and so pycocotools does",
}
_SHOWN = 60
_SECTIONS = {"segments": "segments_info"}


@rule(
    "COCO103",
    severity=Severity.ERROR,
    frames=True,
    fix=Fix(
        safe='writes what reads as the right type in one way only: `"3"` and `3.0` become 3, `"0.5"` becomes 0.5, true and false for a flag become 1 and 0; a polygon that is not in a list is put into one, keypoints in triples are written in a row; null counts as absent where the value follows from the rest (an annotation\'s id, bbox, area, iscrowd, num_keypoints)',
        on_request="gives an annotation whose id is another text, or a fraction, the next free id",
    ),
    explains=("COCO301", "COCO302", "COCO304", "COCO305", "COCO902", "COCO911", "COCO912"),
    accept=[
        dataset([{"bbox": [4.0, 5, 20, 16]}]),
        dataset([{"attributes": {"id": "x"}, "score": None}]),
        # A category may be called "1".
        dataset(categories=[{"name": "1"}, {"supercategory": "2"}]),
    ],
    reject=[
        (dataset([{"image_id": "1"}]), "/annotations/0/image_id"),
        (dataset([{"image_id": "a"}, {"image_id": "a"}], images=[{"id": "a"}]), "/images/0/id"),
        (dataset([{"iscrowd": False}, {"iscrowd": False}]), "/annotations/0/iscrowd"),
        (dataset(images=[{"id": 1.0}]), "/images/0/id"),
        (dataset([{"segmentation": [4, 5, 24, 5, 24, 21.5]}]), "/annotations/0/segmentation"),
        (dataset([{}, {"bbox": {"x": 8, "y": 5, "width": 20, "height": 16}}]), "/annotations/1/bbox"),
        (keypoint_dataset([{"keypoints": [[6, 7, 2], [10, 12, 1], [0, 0, 0]]}]), "/annotations/0/keypoints"),
        (captions([{}, {"id": "7"}]), "/annotations/1/id"),
        (results([{"image_id": "1"}]), "/0/image_id"),
        (dataset([{}, None]), "/annotations/1"),
        (dataset([{"bbox": None}]), "/annotations/0/bbox"),
    ],
)
def wrong_type(context: RuleContext) -> Iterator[Violations]:
    """A value has another type than the format gives it.

    Ids, references, `iscrowd`, `width` and `height` are integers: not `"3"`, not `3.0`, not `true`, not null. Boxes,
    areas and polygons are numbers, names are texts, rows are objects, sections are lists. There is one finding for each kind of value,
    with a count.

    A value that has one plain meaning is used by the other rules: the text of a number, true and false for 1 and 0, an integer with a point, a
    polygon without the list around it, keypoints in triples, a box as an object whose keys state what the numbers are. Ids that are
    texts are compared as readers compare them: `"3"` is `"3"`, and never 3.

    An error is what stops pycocotools or changes its result: an annotation of image `"3"` is not on image 3, a box of texts raises
    TypeError in the middle of an evaluation, `iscrowd: "0"` is true to Python, so that the annotation is ignored. A warning is what pycocotools
    evaluates as it is meant: texts for all ids of images, or of categories, and for all references to them; true or false for `iscrowd`; `1.0` for 1. Other
    readers need integers: with `--for`, it is an error for those that fail. So does `loadImgs("12")` of pycocotools itself, which takes the text for a list of the ids
    "1" and "2".
    """
    coco = context.coco
    groups: dict[tuple[str, WrittenForm], list[OtherForm]] = {}
    for found in other_forms(coco):
        kind = _KINDS.get((found.table, found.field), f"{found.table} {found.field}")
        groups.setdefault((kind, found.form), []).append(found)
    for (kind, form), members in groups.items():
        yield _Group(context, kind, form, members).violations()
    yield from _unusable([defect for defect in context.defects if defect.code == "COCO103"], context)


@dataclass(frozen=True, eq=False)
class _Group:
    """Values of one kind in one form.

    Attributes:
        context: The file.
        kind: What the values are, such as `image ids`.
        form: How they are written.
        members: They, by field.
    """

    context: RuleContext
    kind: str
    form: WrittenForm
    members: Sequence[OtherForm]

    def violations(self) -> Violations:
        """The one violation for all of the values."""
        count = sum(len(member.rows) for member in self.members)
        severity, why = self._severity()
        refusing = [one.name for one in self.context.consumers or () if (self.kind, self.form) in one.refused_types]
        if refusing:
            severity, why = Severity.ERROR, f"{why}; {join_words(refusing)} cannot read {'it' if count == 1 else 'them'}".removeprefix("; ")
        first = self.members[0]
        path = _path(self.context, first.table, int(first.rows[0]), first.field)
        expected = _expected(self.context, first.table, first.field)
        reason = f"; {why}" if why else ""
        if count == 1:
            message = f"{first.field} is {first.example}, expected {expected}{reason}"
            violation = Violation(message, path, first.table, int(first.rows[0]), from_reading=True)
        else:
            example = cut(first.example.removeprefix("the string "), _SHOWN)
            places = join_words([self._places(member) for member in self.members])
            message = f"{places}, {count_of(count, 'value')} such as {example}, expected {expected}{reason}"
            violation = Violation(message, path, scope=ViolationScope.FILE, about=f"{self.kind}: {self._about()}")
        covered = first if len(self.members) == 1 else max(self.members, key=lambda member: member.table == "annotations")
        return Violations(1, lambda _: violation, severity, covers=covered.rows, table=covered.table).explaining(*self._consequences())

    def _places(self, member: OtherForm) -> str:
        return f"{member.field} is {_FORMS[member.form]} in {_share(self.context, member.table, len(member.rows), member.of)}"

    def _about(self) -> str:
        """What makes it another finding: where only some of the values are in this form, how many."""
        parts = [f"{one.field} {'all' if len(one.rows) == one.of else len(one.rows)}" for one in self.members]
        return f"{self.form.name} {', '.join(parts)}{' mixed' if self._mixed() else ''}"

    def _severity(self) -> tuple[Severity, str]:
        """What pycocotools does with the values."""
        if self.form is WrittenForm.TEXT and self.kind.endswith(" ids"):
            return self._severity_of_texts()
        if self.form in _AS_PYTHON:
            return Severity.WARNING, _AS_PYTHON[self.form]
        if self.kind.endswith(" iscrowd"):
            return Severity.ERROR, 'to pycocotools every such annotation is a crowd, "0" too'
        if self.kind == "annotations segmentation" and self.form is WrittenForm.TEXT:
            return Severity.WARNING, "pycocotools converts the strings, many other readers do not"
        return Severity.ERROR, ""

    def _severity_of_texts(self) -> tuple[Severity, str]:
        if self.kind in ("image ids", "category ids", "video ids"):
            if self._mixed():
                return Severity.ERROR, 'other ids of the kind are integers, and readers do not find "1" equal to 1'
        elif self.kind == "segment ids":
            return Severity.ERROR, "the id of a segment is its colour in the PNG, which is a number"
        elif self.kind == "annotation ids" and self.context.coco.kind in OBJECTS and not self._are_numbers():
            return Severity.ERROR, "pycocotools' evaluation raises ValueError, because it stores the ids as numbers"
        return Severity.WARNING, "pycocotools takes strings for ids, many other readers do not"

    def _columns(self) -> list[Column]:
        coco = self.context.coco
        found = [getattr(getattr(coco, table), field, None) for (table, field), kind in _KINDS.items() if kind == self.kind]
        columns: list[Column] = [column for column in found if column is not None]
        if self.context.truth is not None:
            named = {"image ids": self.context.images, "category ids": self.context.categories, "video ids": self.context.truth.videos}
            table = named[self.kind]
            columns += [] if table is None else [table.id]
        return columns

    def _mixed(self) -> bool:
        """Whether other ids of the kind are integers, in the file or in its ground truth."""
        if self.form is not WrittenForm.TEXT or self.kind not in ("image ids", "category ids", "video ids"):
            return False
        return any(
            bool((column.ok if column.forms is None else column.ok & ~column.forms.are(WrittenForm.TEXT)).any())
            for column in self._columns()
        )

    def _are_numbers(self) -> bool:
        """Whether numpy converts every text to a number."""
        texts = [column.texts for column in self._columns() if column.texts is not None]
        return all(_is_number(text) for one in texts for text in one.of_codes.values())

    def _consequences(self) -> list[Consequence]:
        """References that lead nowhere because of their type alone."""
        if not self._mixed():
            return []
        found: list[Consequence] = []
        for (table, field), target, row_of in _REFERENCES:
            if _KINDS[table, field] != self.kind:
                continue
            ids = (self.context.images if target == "images" else self.context.categories).id
            references: Column = getattr(getattr(self.context.coco, table), field)
            rows = mistyped_references(references, ids, getattr(getattr(self.context.coco, table), row_of))
            if self.context.truth is None:
                meant = mistyped_references(ids, references, np.full(len(ids.state), -1, np.int64))
                found.append(Consequence(code={"images": "COCO305", "categories": "COCO304"}[target], rows=meant, table=target))
            if rows.any():
                codes = {"images": ("COCO301", "COCO911"), "categories": ("COCO302", "COCO912")}[target]
                found += [
                    Consequence(code=code, rows=rows, table=table) for code in (*codes, *(("COCO902",) if table == "annotations" else ()))
                ]
        return found


def _is_number(text: str | int) -> bool:
    try:
        float(text)
    except (ValueError, OverflowError):
        return False
    return True


def _expected(context: RuleContext, table: str, field: str) -> str:
    section = "results" if context.coco.kind is Kind.RESULTS else _SECTIONS.get(table, table)
    return RowSchema.load(context.coco.kind, section).expected(field)


def _path(context: RuleContext, table: str, row: int, field: str) -> JsonPath:
    """The path of a field from the document's root."""
    if table == "segments":
        segments = context.coco.segments
        return ("annotations", int(segments.owner[row]), "segments_info", int(segments.position[row]), field)
    return (row, field) if context.coco.kind in LISTS else (table, row, field)


def _share(context: RuleContext, table: str, count: int, total: int) -> str:
    """How many of the rows of a table: `all 3 images`, `the only image`, `2 of 3 images`."""
    if table == FRAME_ANNOTATIONS:
        noun = "track frame"
    else:
        noun = "result" if context.coco.kind in LISTS else {"categories": "category"}.get(table, table[:-1])
    if count < total:
        return f"{count:,} of {count_of(total, noun)}"
    return f"the only {noun}" if total == 1 else f"all {count_of(total, noun)}"


def _unusable(defects: Sequence[Defect], context: RuleContext) -> Iterator[Violations]:
    """Values that cannot be used: one violation for all of one type in one field."""
    groups: dict[tuple[object, ...], list[Defect]] = {}
    for number, defect in enumerate(defects):
        inside = tuple(part for part in defect.path if isinstance(part, str))
        key = (defect.table, inside, defect.sort) if defect.sort and defect.row is not None else (number,)
        groups.setdefault(key, []).append(defect)
    single = [group[0] for group in groups.values() if len(group) == 1]
    if single:
        yield Violations.of_defects(single)
    for group in groups.values():
        if len(group) > 1:
            yield _together(group, context)


def _together(defects: Sequence[Defect], context: RuleContext) -> Violations:
    first = defects[0]
    rows = np.unique(np.array([defect.row for defect in defects], np.int64))
    frames = context.coco.frames
    total = frames.annotations.n if frames is not None and first.table == FRAME_ANNOTATIONS else getattr(context.coco, first.table or "").n
    where = _share(context, first.table or "", len(rows), total)
    import hashlib

    values = hashlib.blake2b("\n".join(sorted(defect.message for defect in defects)).encode("utf-8", "surrogatepass"), digest_size=8)
    several = f"{len(defects):,} such values in {where}" if len(defects) > len(rows) else f"in {where}"
    message = f"{first.message} ({several})"
    violation = Violation(message, first.path, scope=ViolationScope.FILE, about=f"{first.sort}: {len(defects)} {values.hexdigest()}")
    return Violations(1, lambda _: violation, covers=rows, table=first.table)


RULES = (wrong_type,)
