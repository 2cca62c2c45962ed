"""Rules about attributes of annotations: those that the dataset contract asks for, and the types of their values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.attributes import AttributeTable, AttributeType, read_attributes
from cocoproof.model.findings import Severity
from cocoproof.model.suggestions import nearest
from cocoproof.model.wording import count_of, join_words
from cocoproof.rules.contract_images import contract_of
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import OBJECTS, RuleContext, RuleSkipped, Violation, Violations, ViolationScope, quote, rule
from cocoproof.rules.shared_results import shared
from cocoproof.rules.violations import FILE_WIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.attributes import AttributeColumn, AttributeValue
    from cocoproof.dataset_contract import AttributeClause

__all__ = ["RULES"]

_SHOWN = 60
"""Characters of a value in a message."""

_CONTRACT: Mapping[str, object] = {
    "attributes": {
        "occluded": {"type": "boolean", "required": True},
        "colour": {"values": ["black", "white"], "classes": ["cat"]},
        "age": {"type": "integer", "min": 0, "max": 30},
    }
}


def _with(**attributes: object) -> dict[str, object]:
    return {"attributes": attributes}


_SOUND = _with(occluded=False, colour="black", age=3)


@shared
def _sampled(context: RuleContext) -> AttributeTable:
    return read_attributes(context.coco.annotation_spans, context.coco.annotations.n, sampled=True)


@shared
def _every(context: RuleContext) -> AttributeTable:
    return read_attributes(context.coco.annotation_spans, context.coco.annotations.n, sampled=False)


@dataclass(frozen=True, eq=False)
class _Applied:
    """A clause with the annotations that it is about.

    Attributes:
        rows: bool, shape (n,).
    """

    clause: AttributeClause
    rows: NDArray[np.bool_]

    @property
    def of_classes(self) -> str:
        """The end of a message: ` of class "cat"`."""
        classes = self.clause.classes
        return "" if classes is None else f" of class{'es' * (len(classes) > 1)} {', '.join(quote(one, 40) for one in classes[:5])}"


def _clauses(context: RuleContext) -> Mapping[str, Sequence[_Applied]]:
    """The clauses of each attribute.

    Raises:
        RuleSkipped: If the contract has none.
    """
    attributes = contract_of(context).attributes
    if attributes is None:
        raise RuleSkipped("the contract has no attributes")
    coco = context.coco
    names = np.array([*coco.categories.name.values, ""], object)  # the last is that of no category
    every = np.ones(coco.annotations.n, bool)

    def applied(clause: AttributeClause) -> _Applied:
        if clause.classes is None:
            return _Applied(clause, every)
        chosen = np.array([name in clause.classes for name in names[:-1]] + [False], bool)
        return _Applied(clause, chosen[coco.annotations.category_row])

    return {name: [applied(clause) for clause in clauses] for name, clauses in attributes.items()}


def _has(table: AttributeTable, name: str, n: int) -> NDArray[np.bool_]:
    """Annotations with a value of an attribute that is not null."""
    out = np.zeros(n, bool)
    column = table.columns.get(name)
    if column is not None:
        out[column.rows[column.stated]] = True
    return out


@rule(
    "COCO121",
    severity=Severity.ERROR,
    kinds=OBJECTS,
    needs=("annotations.category",),
    requires=("contract",),
    contract=_CONTRACT,
    accept=[dataset([_SOUND]), dataset([_with(occluded=True) | {"category_id": 2}])],
    reject=[
        (dataset([_SOUND, _with(colour="white")]), "/annotations/1/attributes"),
        (dataset([_SOUND, {}]), "/annotations/1"),
        (dataset([_with(occluded=None)]), "/annotations/0/attributes"),
    ],
)
def attribute_missing(context: RuleContext) -> Iterator[Violations]:
    """An annotation lacks an attribute that the dataset contract requires.

    Attributes are the members of the object `attributes` of an annotation, as CVAT and Datumaro write them. The contract requires one with `required = true`,
    of all annotations or of those of some `classes`. A value of null is none. Annotations get no attribute where an annotator skipped it, or where
    a tool that merged or converted files dropped the field: one finding for the file if none of them has it.
    """
    table, n = _every(context), context.coco.annotations.n
    rows: list[NDArray[np.int64]] = []
    which: list[NDArray[np.int64]] = []
    required = [one for applied in _clauses(context).values() for one in applied if one.clause.required]
    for k, one in enumerate(required):
        missing = one.rows & ~_has(table, one.clause.name, n)
        count = int(missing.sum())
        name = quote(one.clause.name, 80)
        if count >= FILE_WIDE and count == int(one.rows.sum()):
            message = f"none of the {count:,} annotations{one.of_classes} has the attribute {name}, which the contract requires"
            yield Violations.of_file(message, ("annotations",), table="annotations", rows=missing, about=one.clause.name)
            continue
        found = np.flatnonzero(missing)
        rows.append(found)
        which.append(np.full(len(found), k))
    if not rows:
        return
    order = np.lexsort((np.concatenate(which), np.concatenate(rows)))
    index, clause = np.concatenate(rows)[order], np.concatenate(which)[order]

    def say(k: int) -> str:
        one = required[int(clause[k])]
        return f"has no attribute {quote(one.clause.name, 80)}, which the contract requires{one.of_classes}"

    found_rows = Violations.of_rows(
        "annotations",
        index,
        say,
        inside=lambda k: ("attributes",) if table.present[index[k]] else (),
        about=lambda k: required[int(clause[k])].clause.name,
    )
    yield found_rows.part_of(lambda k: (("annotations",), required[int(clause[k])].clause.name))


@rule(
    "COCO122",
    severity=Severity.WARNING,
    kinds=OBJECTS,
    needs=("annotations.category",),
    requires=("contract",),
    contract=_CONTRACT,
    accept=[dataset([_SOUND]), dataset([_with(occluded=True, age=None), _with(occluded=False)])],
    reject=[
        (dataset([_SOUND, _with(occluded=True, ocluded=True)]), "/annotations/1/attributes/ocluded"),
        (dataset([_with(occluded=True, colour="black") | {"category_id": 2}]), "/annotations/0/attributes/colour"),
    ],
)
def attribute_undefined(context: RuleContext) -> Violations:
    """Annotations have an attribute that the dataset contract does not define, or does not define for their class.

    It is misspelt, new, or one that a tool added by itself (CVAT writes `rotation` and `occluded`). Define it in the contract, or rename it; `--ignore COCO122`
    allows any. One finding for each name, and for each class where the contract has it for other classes.
    """
    clauses, table, coco = _clauses(context), _every(context), context.coco
    found: list[tuple[int, Violation]] = []
    for name, column in table.columns.items():
        applied = clauses.get(name)
        if applied is None:
            near = nearest(name, clauses)
            hint = f"; did you mean {quote(near, 80)}?" if near is not None else ""
            message = (
                f"has the attribute {quote(name, 80)}, as {count_of(len(column.rows), 'annotation')}; the contract does not define it{hint}"
            )
            found.append((int(column.rows[0]), _first(column, int(column.rows[0]), message, name)))
            continue
        defined = np.any([one.rows[column.rows] for one in applied], axis=0)
        left = column.rows[~defined]
        category = coco.annotations.category_row[left]
        for row in np.unique(category[category >= 0]).tolist():
            of_class = left[category == row]
            label = quote(coco.categories.name.values[row], 80)
            message = (
                f"has the attribute {quote(name, 80)}, as {count_of(len(of_class), 'annotation')} of class {label}; "
                "the contract defines it for other classes"
            )
            found.append((int(of_class[0]), _first(column, int(of_class[0]), message, f"{name} of {label}")))
    found.sort(key=lambda pair: pair[0])
    return Violations.of_document([violation for _, violation in found])


def _first(column: AttributeColumn, row: int, message: str, about: str) -> Violation:
    """A violation of the file, at the first annotation that shows it."""
    place = ("attributes", column.name)
    return Violation(message, place, "annotations", row, from_row=True, scope=ViolationScope.FILE, about=about)


@rule(
    "COCO123",
    severity=Severity.ERROR,
    kinds=OBJECTS,
    needs=("annotations.category",),
    requires=("contract",),
    contract=_CONTRACT,
    accept=[dataset([_SOUND]), dataset([_with(occluded=True, age=30.0), _with(occluded=False, age=0, colour="white")])],
    reject=[
        (dataset([_with(occluded="false")]), "/annotations/0/attributes/occluded"),
        (dataset([_SOUND, _with(occluded=False, colour="Black")]), "/annotations/1/attributes/colour"),
        (dataset([_with(occluded=False, age=31)]), "/annotations/0/attributes/age"),
        (dataset([_SOUND, {"attributes": ["occluded"]}]), "/annotations/1/attributes"),
    ],
)
def attribute_value(context: RuleContext) -> Iterator[Violations]:
    """An attribute has a value that the dataset contract does not allow, or `attributes` is not an object.

    The contract states the `type` (boolean, integer, number, text, list), the `values` that there are, and the range of numbers (`min`, `max`). Texts are
    compared exactly: "Black" is not "black". Numbers are equal if they are the same number: 1 and 1.0. One finding for the file if no annotation has an allowed value.
    """
    clauses, table, n = _clauses(context), _every(context), context.coco.annotations.n
    if table.malformed.any():
        yield Violations.of_rows(
            "annotations",
            table.malformed,
            lambda _: "attributes is not an object of names and values",
            field="attributes",
            about=lambda _: "object",
        )
    wrong: list[tuple[NDArray[np.int64], AttributeColumn, dict[int, str]]] = []
    for name, applied in clauses.items():
        column = table.columns.get(name)
        if column is None:
            continue
        for one in applied:
            rows, refused = _refused(column, one)
            entries = np.flatnonzero(rows)
            concerned = int((one.rows[column.rows] & column.stated).sum())
            if len(entries) >= FILE_WIDE and len(entries) == concerned:
                first = int(entries[0])
                message = (
                    f"no value of the attribute {quote(name, 80)}{one.of_classes} is one that the contract allows, in {concerned:,} annotations: "
                    f"the first is {_shown(column.value(first))}, the contract allows {refused[int(column.codes[first])]}"
                )
                mask = np.zeros(n, bool)
                mask[column.rows[entries]] = True
                yield Violations.of_file(
                    message,
                    ("annotations", int(column.rows[first]), "attributes", name),
                    table="annotations",
                    rows=mask,
                    about=name,
                )
            elif len(entries):
                wrong.append((entries, column, refused))
    yield from _values(wrong)


def _refused(column: AttributeColumn, applied: _Applied) -> tuple[NDArray[np.bool_], dict[int, str]]:
    """The entries of a column whose value a clause refuses, shape (m,); and what it allows, by the code of the value."""
    codes, places = column.distinct
    concerned = applied.rows[column.rows]
    asked = np.zeros(len(codes), bool)
    asked[places[concerned]] = True
    refused: dict[int, str] = {}
    for code in codes[asked].tolist():
        value = column.value_of(code).decoded()  # None for null, and for what cannot be decoded, which another rule reports
        allowed = None if value is None else applied.clause.refusal(value)
        if allowed is not None:
            refused[code] = allowed
    bad = np.isin(codes, list(refused)) if refused else np.zeros(len(codes), bool)
    return bad[places] & concerned, refused


def _values(wrong: Sequence[tuple[NDArray[np.int64], AttributeColumn, dict[int, str]]]) -> Iterator[Violations]:
    """A violation for each value, in the order of the annotations."""
    if not wrong:
        return
    rows = np.concatenate([column.rows[entries] for entries, column, _ in wrong])
    which = np.repeat(np.arange(len(wrong)), [len(entries) for entries, _, _ in wrong])
    entry = np.concatenate([entries for entries, _, _ in wrong])
    order = np.argsort(rows, kind="stable")
    rows, which, entry = rows[order], which[order], entry[order]

    def column_of(k: int) -> AttributeColumn:
        return wrong[int(which[k])][1]

    def say(k: int) -> str:
        column, place = column_of(k), int(entry[k])
        allowed = wrong[int(which[k])][2][int(column.codes[place])]
        return f"attribute {quote(column.name, 80)} is {_shown(column.value(place))}, the contract allows {allowed}"

    def about(k: int) -> str:
        column = column_of(k)
        return f"{column.name} {_shown(column.value(int(entry[k])))}"

    yield Violations.of_rows("annotations", rows, say, inside=lambda k: ("attributes", column_of(k).name), about=about)


def _shown(value: AttributeValue) -> str:
    """A value for messages: as JSON, cut."""
    text = value.text[: 4 * _SHOWN].decode("utf-8", "replace")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


@rule(
    "COCO124",
    severity=Severity.NOTE,
    kinds=OBJECTS,
    accept=[
        dataset([_SOUND, _with(occluded=True, age=2.5)]),
        dataset([_with(state="open"), _with(state=None), _with(state=7) | {"category_id": 2}]),
    ],
    reject=[
        (dataset([_with(plate="A1"), _with(plate="B2"), _with(plate=77)]), "/annotations/2/attributes/plate"),
        (dataset([_with(occluded="false"), _with(occluded=True), _with(occluded=False)]), "/annotations/0/attributes/occluded"),
    ],
)
def attribute_type_mixed(context: RuleContext) -> Violations:
    """An attribute has values of different types in annotations of one class.

    Tools that export attributes as texts turn those that look like numbers or booleans into such: "A1" stays a text, "77" becomes 77. A reader that takes the column
    for one type fails, or drops the others. Write all values as texts, or state the type in a dataset contract, and COCO123 names the values that are different.

    Not checked for attributes that a contract defines. Null is not a type, and integers and other numbers are one. The attributes are read if at least one of 200
    annotations, evenly spaced over the file, has some, or if the run has a contract about attributes.
    """
    coco = context.coco
    defined = None if context.contract is None else context.contract.attributes
    table = _sampled(context) if defined is None else _every(context)
    found: list[tuple[int, Violation]] = []
    categories = np.where(coco.annotations.category_row < 0, coco.categories.n, coco.annotations.category_row)
    for name, column in table.columns.items():
        if defined is not None and name in defined:
            continue
        kinds, places = np.unique(column.types, return_inverse=True)
        places = places.reshape(-1)
        stated = np.isin(kinds, np.unique(column.types[column.stated]))
        if stated.sum() < 2:
            continue
        of_class = np.zeros((coco.categories.n + 1, len(kinds)), bool)
        of_class[categories[column.rows], places] = True
        mixed = of_class[:, stated].sum(axis=1) > 1
        inside = mixed[categories[column.rows]]
        if not inside.any():
            continue
        counts = np.bincount(places[inside], minlength=len(kinds))
        present = [k for k in np.argsort(-counts, kind="stable").tolist() if counts[k] and stated[k]]
        rarest = np.flatnonzero(inside & (places == present[-1]))
        row = int(column.rows[rarest[0]])
        listed = join_words([f"{list(AttributeType)[kinds[k]].value} in {count_of(int(counts[k]), 'annotation')}" for k in present])
        message = (
            f"attribute {quote(name, 80)} has values of different types, {listed}, such as {_shown(column.value(int(rarest[0])))} here"
        )
        found.append((row, _first(column, row, message, name)))
    found.sort(key=lambda pair: pair[0])
    return Violations.of_document([violation for _, violation in found])


RULES = (attribute_missing, attribute_undefined, attribute_value, attribute_type_mixed)
