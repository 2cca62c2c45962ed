"""Small text files: one value from TOML, JSON, YAML or lines."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cocoproof.input_files.packed_data import ENDINGS, PackedError, unpack
from cocoproof.input_files.regular_file import NotRegularError, read_regular
from cocoproof.json_text import MAX_DEPTH, Fault, JsonError, accepts, decode_members, find_problem, line_and_column
from cocoproof.mapping.label_map import looks_like_label_map, parse_label_map
from cocoproof.mapping.python_source import looks_like_literal, names_in_source, printed_value
from cocoproof.model.budgets import SYNTAX_STEPS
from cocoproof.model.errors import MissingExtra
from cocoproof.model.suggestions import quoted

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Format", "PlainFile", "PlainFileError", "format_of", "read_plain"]

Format = Literal["lines", "toml", "json", "yaml", "label map", "python"]

_FORMATS: dict[str, Format] = {
    ".toml": "toml",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".pbtxt": "label map",
    ".py": "python",
}

_MODELS = frozenset(
    {".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".bin", ".onnx", ".engine", ".safetensors", ".h5", ".keras", ".tflite", ".pb"}
)
"""Files of models, by the ends of their names."""

_MODEL_STARTS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""The first bytes of zip archives, as which PyTorch saves models, and of pickles."""

_MAX_BYTES = _MAX_UNPACKED = 2**31
"""The maximum size of a file, packed or unpacked."""

_TOO_DEEP = "nested too deep; a list of categories needs only a few levels"

_MODEL = (
    "this is a model, and reading a pickle can run code in it; write its class names to a file and name that file, "
    "such as json.dump(model.names, file) for ultralytics, or weights.meta['categories'] for torchvision"
)

_PRINTED_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*[0-9]")

_COCO_SECTIONS = {"images", "annotations"}


class PlainFileError(ValueError):
    """A file that cannot be read in the format of its name. The message is without the path."""


@dataclass(frozen=True, slots=True)
class PlainFile:
    """The content of a file as Python values.

    Attributes:
        format: Its format.
        value: A list of lines; the value of the TOML, JSON or YAML, or one that Python printed; of a label map the names by id; of Python
            source the class names.
        is_coco: Whether it is a COCO file; then `value` has only its `categories`.
    """

    format: Format
    value: object
    is_coco: bool = False


def format_of(path: Path) -> Format:
    """The format of a file, by its name: .toml, .json (also .json.gz and .json.zst), .yaml, .yml, .pbtxt, .py; lines of text for any other."""
    suffix = Path(path.stem).suffix if path.suffix.lower() in ENDINGS else path.suffix
    return _FORMATS.get(suffix.lower(), "lines")


def read_plain(path: Path) -> PlainFile:
    """Read one value from a file, in the format of its name; a label map and a value that Python printed also by their content.

    UTF-8, with or without a byte order mark; gzip and zstd by their first bytes. A duplicate key is refused; in a COCO file only
    within its categories, because the rest of such a file is skipped.

    Raises:
        PlainFileError: If it cannot be read, or not in this format, or if it is a model.
        CategoryListError: If it is a label map or Python source, and has no valid class names.
        MissingExtra: If it is YAML and PyYAML is not installed.
    """
    data = _read_bytes(path)
    if path.suffix.lower() in _MODELS or data.startswith(_MODEL_STARTS):
        raise PlainFileError(_MODEL)
    kind = format_of(path)
    try:
        if kind == "json":
            return _printed(data) or _read_json(data)
        text = data.decode("utf-8-sig")
        if kind == "toml":
            return PlainFile(kind, tomllib.loads(text))
        if kind == "yaml":
            return PlainFile(kind, _read_yaml(text))
    except UnicodeDecodeError as error:
        # It counts from where decoding began: after a byte order mark, or at the categories of a COCO file.
        byte = data.index(error.object) + error.start
        line = data.count(b"\n", 0, byte) + 1
        msg = f"line {line} is not UTF-8 ({error.reason}, byte {byte}); save the file as UTF-8"
        raise PlainFileError(msg) from None
    except RecursionError:
        raise PlainFileError(_TOO_DEEP) from None
    except tomllib.TOMLDecodeError as error:
        msg = f"not valid TOML: {error}"
        raise PlainFileError(msg) from None
    if kind == "label map" or (kind == "lines" and looks_like_label_map(text)):
        return PlainFile("label map", parse_label_map(text))
    if kind == "python":
        return PlainFile(kind, names_in_source(text))
    if looks_like_literal(text) and not _is_json(text):
        value = printed_value(text)
        if isinstance(value, (dict, list)):
            return PlainFile("python", value)
    return PlainFile(kind, text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _read_bytes(path: Path) -> bytes:
    try:
        data = unpack(read_regular(path, _MAX_BYTES), _MAX_UNPACKED)
    except NotRegularError as error:
        msg = f"{error.reason}; expected a file"
        raise PlainFileError(msg) from None
    except PackedError as error:
        raise PlainFileError(str(error)) from None
    except OSError as error:
        msg = f"cannot be read: {error.strerror or error}"
        raise PlainFileError(msg) from None
    except ValueError as error:  # a NUL in the path
        msg = f"cannot be read: {error}"
        raise PlainFileError(msg) from None
    if len(data) > _MAX_BYTES:
        msg = f"has more than {_MAX_BYTES} bytes"
        raise PlainFileError(msg)
    return data


def _read_json(data: bytes) -> PlainFile:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        # Rows of a COCO file are skipped, not decoded: only its categories are needed.
        outline = decode_members(data)
    except JsonError:
        problem = find_problem(data, accepts=accepts, max_depth=MAX_DEPTH, max_steps=SYNTAX_STEPS)
        if problem is None or problem.fault is Fault.TOO_DEEP:
            raise PlainFileError(_TOO_DEEP) from None
        if problem.fault is Fault.NOT_UTF8:
            data.decode()  # raises UnicodeDecodeError, which the caller reports
        line, column = line_and_column(data, problem.offset)
        msg = f"not valid JSON: line {line}, column {column}: {problem.fault.value}"
        raise PlainFileError(msg) from None
    if outline is None:
        msg = "the document is neither an object nor a list"
        raise PlainFileError(msg)
    is_coco = isinstance(outline, dict) and "categories" in outline and not _COCO_SECTIONS.isdisjoint(outline)
    try:
        if isinstance(outline, dict) and is_coco:
            return PlainFile("json", {"categories": _strict(bytes(outline["categories"]))}, is_coco=True)
        return PlainFile("json", _strict(data))
    except (PlainFileError, UnicodeDecodeError):
        raise
    except ValueError:  # msgspec found it to be JSON: what is left is Python's limit on the digits of an integer
        msg = "a number has too many digits"
        raise PlainFileError(msg) from None


def _printed(data: bytes) -> PlainFile | None:
    """The value of a JSON file into which Python printed a dict from ids to names: JSON has no keys without quotes."""
    if _PRINTED_START.match(data) is None:
        return None
    value = printed_value(data.decode("utf-8-sig"))
    return PlainFile("python", value) if isinstance(value, dict) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _strict(data: bytes) -> object:
    return json.loads(data.decode(), object_pairs_hook=_without_duplicates)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        duplicate = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        msg = f"duplicate key {quoted(duplicate)} in an object"
        raise PlainFileError(msg)
    return members


def _read_yaml(text: str) -> object:
    try:
        import yaml
    except ImportError:
        msg = "reading YAML needs PyYAML: pip install 'cocoproof[yaml]' (or write the file as TOML or JSON)"
        raise MissingExtra(msg) from None

    class Loader(yaml.SafeLoader):
        """YAML's safe subset, without duplicate keys."""

    def mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
        # Merge keys (<<) are not expanded: nested ones grow without bound.
        members: dict[object, object] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if key in members:
                msg = f"line {key_node.start_mark.line + 1}: duplicate key {quoted(key)}"
                raise PlainFileError(msg)
            members[key] = loader.construct_object(value_node, deep=True)
        return members

    Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        return yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        msg = f"not valid YAML: {place}{' '.join(str(error).split())}"
        raise PlainFileError(msg) from None
    except PlainFileError:
        raise
    except (ValueError, TypeError, OverflowError) as error:  # an invalid date, an unhashable key, too many digits
        msg = f"not readable YAML: {error}"
        raise PlainFileError(msg) from None
