"""TensorFlow's label maps (`label_map.pbtxt`): `StringIntLabelMap` in protobuf's text format.

    item {
      id: 1
      name: "/m/01g317"
      display_name: "person"
    }

The message is declared in `object_detection/protos/string_int_label_map.proto`. As in `label_map_util` the name of a class is its
`display_name`, or its `name` if it has none, and the id 0 is for the background, which is not a class.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from cocoproof.mapping.errors import CategoryListError
from cocoproof.model.suggestions import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["looks_like_label_map", "parse_label_map"]

_FIELDS = ("name", "id", "display_name", "keypoints", "ancestor_ids", "descendant_ids", "frequency", "instance_count")
"""Fields of an item."""
_REPEATED = frozenset({"keypoints", "ancestor_ids", "descendant_ids"})

_BACKGROUND = frozenset({"background", "none_of_the_above"})
"""Names of the item with id 0; the second is that of the first label maps of TensorFlow's models."""

_START = re.compile(r"(?:\s|#.*)*item\s*:?\s*[{<]")

_TOKEN = re.compile(
    r"""(?P<space>(?:[\s,;]|\#[^\n]*)+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?f?))
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<mark>[{}<>\[\]:])""",
    re.VERBOSE,
)

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"', "?": "?"}

_MAX_DEPTH = 16

_MAX_CHARACTERS = 1 << 22
"""The longest label map that is read: its tokens take some fifty times as much memory."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def looks_like_label_map(text: str) -> bool:
    """Whether a text starts with an item of a label map, after comments and white space."""
    return _START.match(text) is not None


def parse_label_map(text: str) -> dict[int, str]:
    """The classes of a label map.

    Returns:
        The names by id, in the order of the file, without the background.

    Raises:
        CategoryListError: If it is not a label map; with the line, what was expected and what to do.
    """
    if len(text) > _MAX_CHARACTERS:
        msg = f"has more than {_MAX_CHARACTERS} characters; a label map needs only a few lines for each class"
        raise CategoryListError(msg)
    names: dict[int, str] = {}
    lines: dict[int, int] = {}
    parser = _Parser(list(_tokens(text)))
    for line, fields in parser.items():
        number, name = _item(line, fields)
        if number in lines:
            _refuse(line, f"the item has id {number}, as the item in line {lines[number]}; ids must be unique")
        lines[number] = line
        if number > 0:
            names[number] = name
    return names


def _item(line: int, fields: dict[str, _Token]) -> tuple[int, str]:
    """Id and name of an item."""
    for field in fields:
        if field not in _FIELDS:
            meant = nearest(field, _FIELDS)
            _refuse(fields[field].line, f"an item has no field {quoted(field)}" + (f"; did you mean {quoted(meant)}?" if meant else ""))
    if "id" not in fields:
        _refuse(line, "the item has no id; expected an integer from 1")
    number = _integer(fields["id"])
    shown = fields.get("display_name") or fields.get("name")
    if shown is None:
        _refuse(line, f"the item with id {number} has neither name nor display_name")
    for field in ("name", "display_name"):
        if field in fields and fields[field].kind != "text":
            _refuse(fields[field].line, f"{field} is {quoted(fields[field].text)}; expected text in quotes")
    if number == 0 and _BACKGROUND.isdisjoint(_text(fields[field]) for field in ("name", "display_name") if field in fields):
        _refuse(line, f"id 0 is reserved for the background, and the item is {quoted(_text(shown))}; number the classes from 1")
    return number, _text(shown)


def _integer(token: _Token) -> int:
    if token.kind != "number" or not re.fullmatch(r"\+?(?:[0-9]{1,18}|0[xX][0-9a-fA-F]{1,15})", token.text):
        _refuse(token.line, f"id is {quoted(token.text)}; expected an integer from 1")
    return int(token.text, 16 if "x" in token.text.lower() else 10)


def _text(token: _Token) -> str:
    """The value of a quoted text; bytes given as escapes are UTF-8."""

    def value(match: re.Match[str]) -> str:
        hexadecimal, octal, short, long, single = match.groups()
        code = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(short or long, 16) if short or long else None
        if code is not None and code > 0x10FFFF:
            _refuse(token.line, f"{quoted(match[0])} is not a character")
        if code is not None:
            # Escaped bytes are kept apart from characters until they are decoded together.
            return chr(code) if short or long or code < 0x80 else chr(0xDC00 + (code & 0xFF))
        if single not in _SINGLE:
            _refuse(token.line, f"unknown escape {quoted(match[0])} in a text")
        return _SINGLE[single]

    text = _ESCAPE.sub(value, token.text)
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        _refuse(token.line, "the escaped bytes of a text are not UTF-8")


def _tokens(text: str) -> Iterator[_Token]:
    at, line = 0, 1
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            _refuse(line, f"{quoted(text[at : at + 20].splitlines()[0])} is not part of a label map")
        kind, found = str(match.lastgroup), match[0]
        if kind != "space":
            yield _Token(kind, found[1:-1] if kind == "text" else found, line)
        line += found.count("\n")
        at = match.end()


class _Parser:
    """Reads items from tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def items(self) -> Iterator[tuple[int, dict[str, _Token]]]:
        """Line and fields of each item; a field of another message has its name for a value."""
        while self._at < len(self._tokens):
            word = self._take("the start of an item")
            if word.kind != "word" or word.text != "item":
                _refuse(word.line, f"found {quoted(word.text)}; expected 'item {{'")
            yield word.line, self._block(0)

    def _take(self, expected: str) -> _Token:
        if self._at == len(self._tokens):
            line = self._tokens[-1].line if self._tokens else 1
            _refuse(line, f"the file ends here; expected {expected}")
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, marks: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].kind == "mark" and self._tokens[self._at].text in marks

    def _block(self, depth: int) -> dict[str, _Token]:
        if self._is(":"):
            self._at += 1
        opening = self._take("'{'")
        if opening.kind != "mark" or opening.text not in "{<":
            _refuse(opening.line, f"found {quoted(opening.text)}; expected '{{'")
        if depth > _MAX_DEPTH:
            _refuse(opening.line, "nested too deep; an item needs only a few levels")
        closing = "}" if opening.text == "{" else ">"
        fields: dict[str, _Token] = {}
        while not self._is(closing):
            name = self._take(f"'{closing}' or a field")
            if name.kind != "word":
                _refuse(name.line, f"found {quoted(name.text)}; expected '{closing}' or the name of a field")
            if name.text in fields and depth == 0 and name.text not in _REPEATED:
                _refuse(name.line, f"the item has {name.text} twice, here and in line {fields[name.text].line}")
            fields[name.text] = self._value(name, depth)
        self._at += 1
        return fields

    def _value(self, name: _Token, depth: int) -> _Token:
        if self._is("{<") or (self._is(":") and self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].text in ("{", "<")):
            self._block(depth + 1)
            return name
        colon = self._take("':'")
        if colon.kind != "mark" or colon.text != ":":
            _refuse(colon.line, f"found {quoted(colon.text)} after {name.text}; expected ':'")
        if self._is("["):
            return self._list(name)
        value = self._take("a value")
        if value.kind == "mark":
            _refuse(value.line, f"{name.text} has no value")
        while value.kind == "text" and self._at < len(self._tokens) and self._tokens[self._at].kind == "text":
            value = _Token("text", value.text + self._take("a text").text, value.line)  # texts side by side are one
        return value

    def _list(self, name: _Token) -> _Token:
        while not self._is("]"):
            entry = self._take("']'")
            if entry.kind == "mark" and entry.text != "[":
                _refuse(entry.line, f"found {quoted(entry.text)} in the list {name.text}; expected ']'")
        self._at += 1
        return name


def _refuse(line: int, detail: str) -> NoReturn:
    msg = f"line {line}: {detail}"
    raise CategoryListError(msg)
