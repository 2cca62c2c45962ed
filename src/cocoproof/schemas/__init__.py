"""The published JSON Schemas (draft 2020-12), as files of this package.

`schemas/` at the top of the source tree has the same files for people, editors and check-jsonschema; a test compares
them. Every schema includes `common.json` under `$defs/common`, so that each file works alone: a `$ref` to `common.json`
finds that copy by its `$id` and nothing is fetched. A `Place` has the constraints of the schemas on one value of a row, with
every `$ref` and branch resolved, for look-ups and messages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["BASE", "NAMES", "Place", "either", "place_at", "retrieve", "text"]

BASE = "https://cocoproof.dev/schemas/v1/"
"""The prefix of every schema's `$id`. It only identifies the schemas; nothing is fetched from there."""

NAMES = ("common", "instances", "keypoints", "captions", "panoptic", "image_info", "lvis", "results", "video_instances", "video_results")
"""Every schema: the common part, then one for each kind of file."""


def text(name: str) -> str:
    """The published text of one schema.

    Raises:
        LookupError: If there is no schema of that name.
    """
    if name not in NAMES:
        msg = f"no schema is named {name!r}; there are {', '.join(NAMES)}"
        raise LookupError(msg)
    return Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")


def retrieve(uri: str) -> dict[str, object]:
    """The schema with this `$id`, from this package; a `$ref` cannot reach any other.

    Args:
        uri: An absolute URI without a fragment.

    Raises:
        LookupError: If no published schema has that `$id`. Nothing is fetched.
    """
    name = uri.removeprefix(BASE).removesuffix(".json")
    if uri != f"{BASE}{name}.json" or name not in NAMES:
        msg = f"{uri} is not one of cocoproof's schemas, and nothing is fetched"
        raise LookupError(msg)
    return _parsed(name)


@cache
def _parsed(name: str) -> dict[str, object]:
    schema: dict[str, object] = json.loads(text(name))
    return schema


@dataclass(frozen=True, slots=True)
class Place:
    """The constraints of the schema on one value of a row, with every `$ref` and branch resolved.

    Attributes:
        types: The allowed JSON Schema types; empty if there are no constraints.
        fields: The members of an object, by name.
        items: The items of a list.
        length: The required number of items of a list; None for any number.
        choice: Fields of which one is required.
        expected: The expected value, as text.
        domain: The allowed values, as text.
        strict: Whether an integer is expected, here or below, for which JSON Schema would accept 1.0.
    """

    types: tuple[str, ...]
    fields: Mapping[str, Place]
    items: Place | None
    length: int | None
    choice: tuple[str, ...]
    expected: str
    domain: str
    strict: bool

    def at(self, path: Sequence[str | int]) -> Place:
        """The place at a path below this one; only for paths that the schema constrains."""
        place = self
        for step in path:
            below = place.items if isinstance(step, int) else place.fields[step]
            if below is None:
                raise KeyError(step)
            place = below
        return place

    def position(self, field: str | None) -> int:
        """The position of a field in the schema, to order absent ones; -1 for no field, and the choice comes last."""
        if field is None:
            return -1
        names = list(self.fields)
        return names.index(field) if field in names else len(names)


def place_at(reference: str) -> Place:
    """The root place of the values that a schema describes.

    Args:
        reference: URI of a published schema with a JSON pointer as its fragment.
    """
    return _place([(reference, {"$ref": reference})])


def _place(sources: Sequence[tuple[str, object]]) -> Place:
    """Compile schemas that all apply to the same value, each with the base URI of its document."""
    parts = [part for base, schema in sources for part in _parts(base, schema)]
    types: tuple[str, ...] = ()
    below: dict[str, list[tuple[str, object]]] = {}
    items: list[tuple[str, object]] = []
    length = None
    minimum: object = None
    enum: Sequence[object] = ()
    required: list[str] = []
    choice: list[str] = []
    for base, part in parts:
        kinds = part.get("type", ())
        # The first schema with types defines them; a branch narrows them.
        types = types or ((kinds,) if isinstance(kinds, str) else tuple(_list(kinds)))
        for name, schema in _dict(part.get("properties")).items():
            below.setdefault(name, []).append((base, schema))
        if "items" in part:
            items.append((base, part["items"]))
        if isinstance(most := part.get("maxItems"), int):
            length = most
        minimum = part.get("minimum", minimum)
        enum = _list(part.get("enum")) or enum
        required += _list(part.get("required"))
        choice += [name for option in _list(part.get("anyOf")) for name in _list(_dict(option).get("required"))]
    fields = {name: _place(schemas) for name, schemas in below.items()}
    item = _place(items) if items else None
    domain = either(enum) if enum else f"an integer of at least {minimum}"
    own = "integer" in types
    return Place(
        types=types,
        fields=fields,
        items=item,
        length=length,
        choice=tuple(choice),
        expected=domain if enum else either([_words(kind, item, length, required) for kind in types]),
        domain=domain,
        strict=own or any(field.strict for field in fields.values()) or (item is not None and item.strict),
    )


def _parts(base: str, schema: object) -> Iterator[tuple[str, dict[str, object]]]:
    """The schema and those that it includes: the target of `$ref`, then itself, then `then` and `else`."""
    part = _dict(schema)
    if "$ref" in part:
        uri, _, pointer = urljoin(base, str(part["$ref"])).partition("#")
        target: object = retrieve(uri)
        for step in pointer.split("/")[1:]:
            target = _dict(target)[step]
        yield from _parts(uri, target)
    yield base, part
    for branch in ("then", "else"):
        if branch in part:
            yield from _parts(base, part[branch])


def _dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[str]:
    return value if isinstance(value, list) else []


_NUMERALS = {2: "two", 4: "four"}


def _words(kind: str, item: Place | None, length: int | None, required: Sequence[str]) -> str:
    """One type as text: "an integer", "four numbers", "a list of lists of numbers"."""
    if kind == "array" and item is not None and item.types:
        return f"{_NUMERALS[length]} {_plural(item)}" if length is not None else f"a list of {_plural(item)}"
    if kind == "object" and 0 < len(required) < 3:
        return f"an object with {' and '.join(required)}"
    return {"null": "null", "integer": "an integer", "object": "an object", "array": "a list"}.get(kind, f"a {kind}")


def _plural(place: Place) -> str:
    if len(place.types) > 1:
        return "values"  # of a list with an entry for each frame, which may be null
    (kind,) = place.types
    return f"lists of {place.expected.removeprefix('a list of ')}" if kind == "array" else f"{kind}s"


def either(options: Sequence[object]) -> str:
    """The options in one phrase: "a", "a or b", "a, b or c"."""
    texts = [str(option) for option in options]
    return " or ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
