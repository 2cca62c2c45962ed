"""XML as plain nodes with line numbers; without document types, so without entities to expand and files to fetch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat  # its document types are refused below

from cocoproof.input_files.regular_file import NotRegularError, read_regular
from cocoproof.sources.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Node", "read_xml"]

_MOST_BYTES = 1 << 26
_DEEPEST = 64
"""Far below the limits of recursion."""


@dataclass(slots=True)
class Node:
    """One element.

    Attributes:
        tag: Its name.
        line: Where it starts, from 1.
        children: The elements in it, in order.
        text: Its own text, without that of its children, stripped.
    """

    tag: str
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def find(self, tag: str) -> Node | None:
        """The first child of this name."""
        return next((child for child in self.children if child.tag == tag), None)

    def find_all(self, tag: str) -> Iterator[Node]:
        """The children of this name."""
        return (child for child in self.children if child.tag == tag)


class _Builder:
    def __init__(self, path: Path, parser: expat.XMLParserType) -> None:
        self._path = path
        self._parser = parser
        self._open: list[Node] = []
        self._texts: list[list[str]] = []
        self.root: Node | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        del attributes
        node = Node(tag, self._parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        if len(self._open) >= _DEEPEST:
            raise self._refusal(f"elements are nested deeper than {_DEEPEST} levels")
        self._open.append(node)
        self._texts.append([])

    def end(self, tag: str) -> None:
        del tag
        self._open.pop().text = "".join(self._texts.pop()).strip()

    def characters(self, text: str) -> None:
        self._texts[-1].append(text)

    def document_type(self, *_: object) -> None:
        raise self._refusal("there is a document type (DOCTYPE), which may define entities and which annotations do not need: remove it")

    def _refusal(self, detail: str) -> SourceError:
        return SourceError(detail, reason="xml", file=self._path, line=self._parser.CurrentLineNumber)


def read_xml(path: Path) -> Node:
    """The root element of an XML file.

    Raises:
        SourceError: If it cannot be read, is not XML, has a document type, is nested deeper than 64 levels, or is larger
            than 64 MiB.
    """
    try:
        data = read_regular(path, _MOST_BYTES)
    except OSError as error:
        msg = error.reason if isinstance(error, NotRegularError) else f"the file cannot be read: {error.strerror or error}"
        raise SourceError(msg, reason="file-unreadable", file=path) from None
    if len(data) > _MOST_BYTES:
        msg = f"the file has more than {_MOST_BYTES} bytes"
        raise SourceError(msg, reason="file-unreadable", file=path)
    parser = expat.ParserCreate()
    builder = _Builder(path, parser)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    # Called where the declaration begins: nothing that it declares is read.
    parser.StartDoctypeDeclHandler = builder.document_type
    parser.EntityDeclHandler = builder.document_type
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        msg = f"not valid XML: {expat.errors.messages.get(error.code, str(error))} (column {error.offset + 1})"
        raise SourceError(msg, reason="xml", file=path, line=error.lineno) from None
    except (LookupError, ValueError, UnicodeError) as error:  # an encoding that Python does not know
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"not valid XML: {error}", reason="xml", file=path, line=1) from None
    if builder.root is None:
        msg = "the file has no element"
        raise SourceError(msg, reason="xml", file=path)
    return builder.root
