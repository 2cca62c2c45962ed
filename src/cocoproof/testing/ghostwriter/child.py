"""Imports the user's module, and calls their exporter once: started as a script, in a process of its own.

`child.py JOB` reads a job and writes its result to the file that the job names, never to standard output, on which the module may print.
What inspects needs nothing but Python; a call needs cocoproof and supervision.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import types
from pathlib import Path
from typing import Any

_METHODS = ("export", "export_coco", "to_coco", "as_coco", "save_coco", "write_coco", "save", "write", "dump", "convert", "run")
"""Methods of a class that is named without one, in the order in which they are tried."""
_LONGEST = 300


def main(job_path: str) -> None:
    """Run a job, write its result, and end at once: threads that the module started are not waited for."""
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    own = str(Path(__file__).parent)
    sys.path[:] = [job["folder"], *(entry for entry in sys.path if entry != own)]
    try:
        result = _tried(job) if "codes" in job else _inspected(job["module"], job["path"])
    except BaseException as error:  # SystemExit of the module, too
        result = _raised(error)
    _write(job, result)
    os._exit(0)


def _write(job: dict[str, Any], result: dict[str, Any]) -> None:
    beside = Path(job["result"] + ".part")
    beside.write_text(json.dumps(result), encoding="utf-8")
    beside.replace(job["result"])


def _raised(error: BaseException) -> dict[str, Any]:
    return {"raised": _text_of(error), "exit": isinstance(error, SystemExit)}


def _text_of(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:_LONGEST] if text else type(error).__name__


def _inspected(name: str, path: str) -> dict[str, Any]:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            return {"missing": missing}
        raise
    owner: Any = None
    value: Any = module
    steps = path.split(".")
    for place, step in enumerate(steps):
        try:
            owner, value = value, getattr(value, step)
        except AttributeError:
            where = ".".join([name, *steps[:place]])
            return {"no_attribute": step, "where": where, "names": [own for own in dir(value) if not own.startswith("_")]}
    file = getattr(module, "__file__", None)
    return {"file": None if file is None else os.path.abspath(file), **_described(owner, steps[-1], value)}  # noqa: PTH100


def _described(owner: Any, name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, type):
        return _class_described(value)
    if inspect.isclass(owner) and isinstance(inspect.getattr_static(owner, name), types.FunctionType):
        return {"kind": "method", "method": name, "class": owner.__name__, **_made(owner), **_callable(value, skip_first=True)}
    if not callable(value):
        methods = [own for own in _METHODS if callable(getattr(value, own, None))]
        return {"kind": "object", "type": type(value).__name__, "methods": methods}
    return {"kind": "function", **_callable(value, skip_first=False)}


def _class_described(value: type) -> dict[str, Any]:
    if any(base.__name__ == "ExporterContract" for base in value.__mro__):
        return {"kind": "contract"}
    method = next((own for own in _METHODS if callable(getattr(value, own, None))), None)
    if method is None and "__call__" in vars(value):
        method = "__call__"
    if method is None:
        public = [own for own, what in inspect.getmembers(value, callable) if not own.startswith("_")]
        return {"kind": "class", "names": public}
    static = isinstance(inspect.getattr_static(value, method), types.FunctionType)
    kind = "method" if static else "class_method"
    return {
        "kind": kind,
        "method": method,
        "class": value.__name__,
        "unnamed": True,
        **_made(value),
        **_callable(getattr(value, method), static),
    }


def _made(owner: type) -> dict[str, Any]:
    """How an instance of a class is made."""
    if owner.__name__ == "DetectionDataset" and owner.__module__.partition(".")[0] == "supervision":
        return {"is_dataset": True, "init": []}  # the contract gives an instance
    init: Any = inspect.getattr_static(owner, "__init__")
    return {"is_dataset": False, "init": [] if init is object.__init__ else _parameters(init, skip_first=True)}


def _callable(value: Any, skip_first: bool) -> dict[str, Any]:
    try:
        returns = inspect.signature(value).return_annotation
    except (TypeError, ValueError):
        returns = inspect.Signature.empty
    plain = inspect.unwrap(value) if callable(value) else value
    plain = getattr(plain, "func", plain)  # functools.partial
    if not inspect.isroutine(plain) and not inspect.isclass(plain):
        plain = getattr(plain, "__call__", plain)  # noqa: B004 - the function of an object that can be called
    form = (
        "async generator"
        if inspect.isasyncgenfunction(plain)
        else "async"
        if inspect.iscoroutinefunction(plain)
        else "generator"
        if inspect.isgeneratorfunction(plain)
        else "plain"
    )
    return {"form": form, "parameters": _parameters(value, skip_first), "returns": _annotation(returns)}


def _parameters(value: Any, skip_first: bool) -> list[dict[str, Any]] | None:
    """The parameters; None where Python does not know them."""
    try:
        own = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    return [
        {
            "name": one.name,
            "kind": one.kind.name,
            "annotation": _annotation(one.annotation),
            "required": one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD),
            "default": None if one.default is one.empty else _plain(one.default),
        }
        for one in own[1 if skip_first else 0 :]
    ]


def _plain(value: Any) -> str:
    """A default in a few characters."""
    try:
        return repr(value)[:40]
    except Exception:  # a repr of the user's own
        return type(value).__name__


def _annotation(value: Any) -> str:
    if value is inspect.Signature.empty:
        return ""
    if isinstance(value, str):
        return value[:_LONGEST]
    if value is None or value is type(None):
        return "None"
    return (value.__qualname__ if isinstance(value, type) and not hasattr(value, "__args__") else repr(value))[:_LONGEST]


def _tried(job: dict[str, Any]) -> dict[str, Any]:
    """What each code gives until one leads to a COCO file; what is known so far is written after each, for the next may crash."""
    outcomes: list[dict[str, Any]] = []
    for code in job["codes"]:
        try:
            outcomes.append(_called(code, Path(job["work"], f"code-{len(outcomes)}")))
        except BaseException as error:  # SystemExit of the exporter, too
            outcomes.append(_raised(error))
        _write(job, {"outcomes": outcomes})
        if outcomes[-1].get("sections"):
            break
    return {"outcomes": outcomes}


def _called(code: str, work: Path) -> dict[str, Any]:
    """Call the exporter on a small dataset, with all columns; if that fails, without most of them.

    Raises:
        BaseException: What the first call raised, if both do.
    """
    from cocoproof.mapping import ClassMapping
    from cocoproof.testing.drawn import DrawnDataset, DrawnImage

    space: dict[str, Any] = {}
    exec(compile(code, "<call>", "exec"), space)  # noqa: S102 - the code that goes into the test file
    mask = (("##.......", *(".........",) * 7), ("....#....", *(".........",) * 7))
    plain: dict[str, Any] = {
        "boxes": ((0.0, 0.0, 2.0, 1.0), (4.0, 0.0, 5.0, 1.0)),
        "class_id": (1, 0),
        "masks": mask,
        "confidence": (0.5, 0.25),
    }
    columns: dict[str, Any] = {
        "tracker_id": (3, 4),
        "oriented_boxes": (((0, 0), (2, 0), (2, 2), (0, 2)), ((1, 1), (5, 1), (5, 5), (1, 5))),
        "data": {"weight": (1.5, 2.5)},
    }
    first: BaseException | None = None

    def called(given: dict[str, Any], names: tuple[str, ...], folder: Path) -> dict[str, Any]:
        out = folder / "out"
        out.mkdir(parents=True)
        images = tuple(DrawnImage(name, 9, 8, **given) for name in names[: space["IMAGES"]])
        dataset = DrawnDataset(("cat", "dog"), images).build(folder / "images")
        value = space["call"](dataset, ClassMapping.from_names(["cat", "dog"]), out)
        awaited = inspect.isawaitable(value)
        return {**_returned(asyncio.run(_awaited(value)) if awaited else value, out), "awaited": awaited}

    for place, given in enumerate(({**plain, **columns}, plain)):
        try:
            found = called(given, ("a.png", "b.png"), work / f"try-{place}")
        except Exception as error:  # the next dataset may suit it better
            first = first or error
            continue
        try:
            called(given, ("a/0.png", "b/0.png"), work / "folders")
        except Exception as error:
            found["no_folders"] = _text_of(error)
        return found
    raise first or RuntimeError


async def _awaited(value: Any) -> Any:
    return await value


def _returned(value: Any, out: Path) -> dict[str, Any]:
    """What a call returned, and which files it wrote."""
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and path.suffix == ".json")
    found: dict[str, Any] = {"type": type(value).__name__, "files": files, "form": "other"}
    text = _joined(value)
    if isinstance(value, (str, os.PathLike)) and _is_file(value):
        found |= {"form": "path", "inside": Path(value).resolve().is_relative_to(out.resolve()), "document": _document(Path(value))}
    elif text is not None:
        found |= {"form": "text" if isinstance(value, (str, bytes)) else "texts", "document": json.loads(text)}
    elif isinstance(value, dict):
        found |= {"form": "dict", "document": json.loads(json.dumps(value, default=str))}
    elif isinstance(value, (list, tuple)):
        places = [place for place, one in enumerate(value) if isinstance(one, (str, os.PathLike)) and _is_file(one)]
        found |= {"form": "items", "path_at": places[-1] if places else None}
    elif value is None:
        found["form"] = "none"
    if files:
        found["document"] = _document(out / ("coco.json" if "coco.json" in files else files[0]))
    document = found.pop("document", None)
    return found | _seen(document)


def _joined(value: Any) -> str | bytes | None:
    """A JSON text, or the pieces of one."""
    pieces = value if isinstance(value, (list, tuple)) else [value]
    if not pieces or not (all(isinstance(one, str) for one in pieces) or all(isinstance(one, bytes) for one in pieces)):
        return None
    text: str | bytes = pieces[0][:0].join(pieces)
    try:
        return text if isinstance(json.loads(text), dict) else None
    except ValueError:
        return None


def _is_file(value: Any) -> bool:
    try:
        return os.path.isfile(value)  # noqa: PTH113 - False for texts that are not paths
    except ValueError:
        return False


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def _seen(document: Any) -> dict[str, Any]:
    """What of the document the claims follow from."""
    if not isinstance(document, dict):
        return {"sections": []}
    rows = {name: own for name in ("images", "annotations", "categories") if isinstance(own := document.get(name), list)}
    keys = sorted({str(key) for row in rows.get("annotations", ()) if isinstance(row, dict) for key in row})
    ids = [row.get("id") for row in rows.get("categories", ()) if isinstance(row, dict)]
    whole = [own for own in ids if type(own) is int]
    return {"sections": sorted(rows), "keys": keys, "first_category_id": min(whole) if whole else None}


if __name__ == "__main__":
    main(sys.argv[1])
