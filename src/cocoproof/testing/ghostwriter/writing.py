"""The text of the test file: an adapter between the contract and the exporter, with comments where something is not known."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cocoproof.testing.ghostwriter.roles import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.testing.ghostwriter.plan import CallPlan
    from cocoproof.testing.ghostwriter.target import Target

__all__ = ["ContractFile", "call_code", "contract_file"]

_WIDTH = 88
"""Columns of a line, which is the default of formatters."""
_LOCALS = {
    "dataset",
    "mapping",
    "folder",
    "path",
    "stream",
    "found",
    "image",
    "becomes",
    "written",
    "self",
    "asyncio",
    "Path",
    "np",
    "os",
    "shutil",
}
_LOCALS |= {"image_folder", "size_of", "corner_and_size", "category_rows", "reject", "write_document", "ExporterContract", "Image", "items"}

_IMAGE_FOLDER = '''\
def image_folder(dataset):
    """The folder that holds all images."""
    folders = [Path(path).parent for path in dataset.image_paths]
    return os.path.commonpath(folders or ["."])'''

_SIZE_OF = '''\
def size_of(path):
    """Width and height, from the header of an image."""
    with Image.open(path) as image:
        return image.size'''

_CORNER_AND_SIZE = '''\
def corner_and_size(detections):
    """Boxes as x, y, width, height."""
    first, last = np.split(detections.xyxy, 2, axis=1)
    return np.hstack([first, last - first])'''

_CATEGORY_ROWS = '''\
def category_rows(mapping):
    """The categories as rows of COCO."""
    return [
        {"id": row.id, "name": row.name, "supercategory": row.supercategory or "none"}
        for row in mapping.categories
    ]'''

_HELPERS = {
    "image_folder": (("import os", "from pathlib import Path"), _IMAGE_FOLDER),
    "size_of": (("from PIL import Image",), _SIZE_OF),
    "corner_and_size": (("import numpy as np",), _CORNER_AND_SIZE),
    "category_rows": ((), _CATEGORY_ROWS),
}
"""Functions of the test file that some arguments need: their imports, and their code."""

_STANDARD = ("import asyncio", "import os", "import shutil", "from pathlib import Path")


@dataclass(frozen=True)
class ContractFile:
    """A test file.

    Attributes:
        text: Its content.
        class_name: The class in it.
        todo: The lines, from 1, with what must be completed.
    """

    text: str
    class_name: str
    todo: tuple[int, ...]


@dataclass
class _Body:
    """Lines of a method, without indentation, and what they import."""

    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)


def call_code(target: Target, plan: CallPlan) -> str:
    """Code with `call(dataset, mapping, folder)`, which gives what the exporter returns, and `IMAGES`, how many images it takes."""
    body = _Body()
    name, own_import = _imported(target)
    _prepared(body, target, plan)
    call = _wrapped(body, target, _call(target, plan, name))
    indent = "    "
    if "stream" in plan.roles:
        body.lines.append('with path.open("w", encoding="utf-8") as stream:')
        body.lines.append(f"    return {call}")
    else:
        body.lines.append(f"return {call}")
    helpers = _helpers(body)
    lines = [*sorted(body.imports), *own_import, f"IMAGES = {1 if plan.layout == 'one' else 2}", *helpers]
    lines += ["def call(dataset, mapping, folder):", *(indent + line for line in body.lines)]
    # What rejects datasets is for Hypothesis alone.
    return "\n".join(lines) + "\n"


def contract_file(target: Target, plan: CallPlan, outcome: Mapping[str, Any] | None) -> ContractFile:
    """The test file.

    Args:
        target: The exporter.
        plan: How it is called.
        outcome: What a call showed, as `child.py` reports it; None if there was none.
    """
    seen = outcome if outcome is not None and "raised" not in outcome else None
    body = _Body()
    name, own_import = _imported(target)
    if plan.layout == "one":
        body.imports.add("from hypothesis import reject")
        body.lines += ["if len(dataset) != 1:", "    reject()  # it writes one image"]
    _prepared(body, target, plan)
    _returned(body, target, plan, seen, _wrapped(body, target, _call(target, plan, name), awaited=bool(seen and seen.get("awaited"))))
    claims = list(_claims(plan, seen))
    class_name = "Test" + "".join(part[:1].upper() + part[1:] for part in re.split(r"[_.]+", _subject(target)) if part)
    helpers = _helpers(body)
    lines = [f'"""The contract of `{target.module}:{target.path}`, begun by `cocoproof contract new`."""', ""]
    lines += _import_lines(body, own_import, own=target.own, saves="write_document(" in "\n".join(body.lines))
    for helper in helpers:
        lines += ["", "", *helper.splitlines()]
    lines += ["", "", f"class {class_name}(ExporterContract):"]
    lines += [f"    {line}" for line in ("# What the exporter claims; docs/contract.md lists the other claims.", *claims)] if claims else []
    lines += [""] * bool(claims)
    lines += [
        "    def export(self, dataset, mapping, folder):",
        '        """Write `dataset` into `folder`, and return the path of the file."""',
    ]
    lines += [f"        {line}" if line else "" for line in body.lines]
    return ContractFile("\n".join(lines) + "\n", class_name, tuple(place for place, line in enumerate(lines, 1) if "TODO" in line))


def _subject(target: Target) -> str:
    return f"{target.owner}_{target.function}".strip("_") if not target.function.startswith("__") else target.owner


def _imported(target: Target) -> tuple[str, list[str]]:
    """The name of what is imported in the test file, and the import; none where the dataset has the method."""
    name = target.imported
    taken = (
        name in _LOCALS or keyword.iskeyword(name) or name.lower().startswith("test")
    )  # pytest collects functions and classes of such names
    alias = "exporter_under_test" if taken else name
    if target.is_dataset:  # its method is that of the dataset that the contract gives
        return name, []
    return alias, [f"from {target.module} import {name}" + (f" as {alias}" if taken else "")]


def _call(target: Target, plan: CallPlan, name: str) -> str:
    steps = target.path.split(".")[1:]
    arguments = ", ".join(one.text for one in plan.arguments)
    if target.is_dataset:
        return f"dataset.{target.function}({arguments})"
    if not target.owner:
        return f"{'.'.join([name, *steps])}({arguments})"
    owner = ".".join([name, *target.owner.split(".")[1:]])
    made = owner if target.kind == "class_method" else f"{owner}({', '.join(one.text for one in plan.init)})"
    return f"{made}({arguments})" if target.function == "__call__" else f"{made}.{target.function}({arguments})"


def _prepared(body: _Body, target: Target, plan: CallPlan) -> None:
    """What comes before the call."""
    text = _call(target, plan, "")
    if plan.layout == "one" and re.search(r"\b(image|found)\b", text):
        if re.search(r"\bimage\b", text):
            body.lines.append("image = dataset.image_paths[0]")
        if re.search(r"\bfound\b", text):
            body.lines.append("found = next(iter(dataset.annotations.values()))")
    if "becomes" in text:
        body.lines.append("rows = [row for row in mapping.classes if not row.dropped]")
        body.lines.append("becomes = {row.id: row.category_id for row in rows}")
    if plan.roles & {"file", "stream"}:
        body.lines.append('path = folder / "coco.json"')
    if "Path(" in text:
        body.imports.add("from pathlib import Path")
    if target.parameters is None:
        body.lines.append(f"# TODO: Python does not know the parameters of {target.function}: give it what it needs.")
    for name in plan.unknown:
        body.lines += [f"# TODO: give {name} a value; it is not known what it is.", f"{name} = None"]
    if not plan.unknown and not (plan.roles - {"file", "folder", "stream"}) and not target.is_dataset and target.parameters is not None:
        body.lines.append(f"# TODO: nothing of the dataset is given to {target.function}: its parameters are not known.")


def _wrapped(body: _Body, target: Target, call: str, *, awaited: bool = False) -> str:
    if target.form == "async generator":
        body.lines += ["", "async def items():", f"    return [item async for item in {call}]", ""]
        body.imports.add("import asyncio")
        return "asyncio.run(items())"
    if target.form == "async":
        body.imports.add("import asyncio")
        return f"asyncio.run({call})"
    if awaited:
        body.lines += ["", "async def awaited():", f"    return await {call}", ""]
        body.imports.add("import asyncio")
        return "asyncio.run(awaited())"
    return f"list({call})" if target.form == "generator" else call


def _joined(call: str) -> str:
    """The code of a text from pieces."""
    return f'"".join({call.removeprefix("list(") if call.startswith("list(") else f"{call})"}'


def _returned(body: _Body, target: Target, plan: CallPlan, seen: Mapping[str, Any] | None, call: str) -> None:
    """The call, and what `export` returns."""
    form = str(seen["form"]) if seen is not None else _by_annotation(target)
    files = list(seen["files"]) if seen is not None else []
    has_path = "path" in {one.code for one in (*plan.arguments, *plan.init)} or "stream" in plan.roles or "str(path)" in call
    if "stream" in plan.roles:
        body.lines.append('with path.open("w", encoding="utf-8") as stream:')
        body.lines += _statement("", call, "    ")
        body.lines.append("return path")
    elif files == ["coco.json"] or (seen is None and has_path and form not in ("dict", "text")):
        body.lines += _statement("", call)
        body.lines.append("return path" if has_path else 'return folder / "coco.json"')
    elif form == "path" and seen is not None and not seen.get("inside"):
        body.imports.add("import shutil")
        body.lines.append("# TODO: it writes the file elsewhere, and `export` must return one in `folder`.")
        body.lines += _statement("written = ", call)
        body.lines.append('return shutil.move(written, folder / "coco.json")')
    elif form in ("path", "items") and (seen is None or form == "path" or seen.get("path_at") is not None):
        if form == "path":
            body.lines += _statement("return ", call)
        else:
            place = -1 if target.form.endswith("generator") else seen["path_at"] if seen is not None else -1
            body.lines += _statement("written = ", call)
            body.lines.append(f"return written[{place}]")
    elif files:
        body.lines += _statement("", call)
        more = "  # TODO: one of several files." if len(files) > 1 else ""
        body.lines.append(f"return folder / {_quoted(files[0])}{more}")
    elif form in ("dict", "text", "texts"):
        body.lines.append("# It returns the document: the contract's own function writes it.")
        body.lines += _statement("document = ", _joined(call) if form == "texts" else call)
        if not has_path:
            body.lines.append('path = folder / "coco.json"')
        body.lines.append("return write_document(document, path)")
    elif plan.roles & {"folder"} and seen is None:
        body.lines += _statement("", call)
        body.lines.append('return next(folder.rglob("*.json"))')
    else:
        kind = "" if seen is None else f" (it returned {_article(str(seen['type']))})"
        body.lines.append(f"# TODO: it is not known where the COCO file is{kind}: return its path.")
        body.lines += _statement("written = ", call)
        body.lines.append("return written")


def _article(name: str) -> str:
    return "None" if name == "NoneType" else f"a value of type {name}"


def _by_annotation(target: Target) -> str:
    shape = shape_of(target.returns)
    if shape.depth:
        return "items"
    if shape.base in ("dict", "Dict", "Mapping", "TypedDict") or shape.base.lower().startswith("coco"):
        return "dict"
    return "path" if shape.base in ("Path", "PathLike", "str") else "none" if shape.base in ("None", "") else "other"


def _statement(before: str, call: str, indent: str = "") -> list[str]:
    """A statement, in as many lines as a formatter would make of it; it is in a method of a class."""
    line = f"{indent}{before}{call}"
    if len(line) + 8 <= _WIDTH:
        return [line]
    opening, inside, closing = _split_call(line)
    if len(inside) + len(indent) + 12 <= _WIDTH:
        return [opening, f"{indent}    {inside}", f"{indent}{closing}"]
    return [opening, *(f"{indent}    {part}," for part in _parts(inside)), f"{indent}{closing}"]


def _split_call(line: str) -> tuple[str, str, str]:
    """A line that ends with a call: up to its parenthesis, the arguments, and what closes it."""
    depth = 0
    for place in range(len(line) - 1, -1, -1):
        depth += (line[place] == ")") - (line[place] == "(")
        if depth == 0 and line[place] == "(":
            return line[: place + 1], line[place + 1 : -1], ")"
    return line, "", ""


def _parts(arguments: str) -> list[str]:
    """Arguments apart, as the commas outside of brackets divide them."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(arguments):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(arguments[start:place].strip())
            start = place + 1
    return [*parts, arguments[start:].strip()]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _claims(plan: CallPlan, seen: Mapping[str, Any] | None) -> list[str]:
    """The claims that follow from the signature, and from the fields of a file that it wrote."""
    out = []
    if not plan.maps:
        out.append("maps_classes = False  # it gets no mapping: class k must become category k")
        if seen is not None and seen.get("first_category_id") == 0:
            out.append("first_category_id = 0")
    if not plan.maps and "categories" not in plan.roles:
        out.append("keeps_supercategories = False")
    if "image names" in plan.roles:
        out.append("keeps_folders = False  # it gets names without folders")
    elif seen is not None and seen.get("no_folders"):
        out.append("keeps_folders = False  # it refuses two images of one base name")
    if plan.has_columns:
        out += [] if "masks" in plan.roles else ["keeps_masks = False"]
        out.append("keeps_crowds = False")
    keys = set(seen.get("keys") or ()) if seen is not None else set()
    extra = {"score": "keeps_scores", "track_id": "keeps_track_ids", "obb": "keeps_oriented_boxes", "attributes": "keeps_data"}
    out += [f"{claim} = True" for key, claim in extra.items() if key in keys]
    return out


def _helpers(body: _Body) -> list[str]:
    """The functions that the body calls; their imports are added to its own."""
    text = "\n".join(body.lines)
    found = []
    for name, (imports, code) in _HELPERS.items():
        if f"{name}(" in text:
            body.imports.update(imports)
            found.append(code)
    return found


def _import_lines(body: _Body, own_import: list[str], *, own: bool, saves: bool) -> list[str]:
    """Imports in the blocks and the order of isort."""
    contract = "from cocoproof.testing import ExporterContract"
    body.imports |= {"from cocoproof.testing.write_document import write_document"} if saves else set()
    standard = [line for line in _STANDARD if line in body.imports]
    third = [*(line for line in body.imports if line not in _STANDARD), contract, *([] if own else own_import)]
    blocks = [_sorted(standard), _sorted(third), own_import if own else []]
    lines: list[str] = []
    for block in blocks:
        lines += [*([""] if lines and block else []), *block]
    return lines


def _sorted(lines: list[str]) -> list[str]:
    """`import x` before `from x import y`, each by module."""
    return sorted(set(lines), key=lambda line: (line.startswith("from"), line.split()[1].lower(), line))
