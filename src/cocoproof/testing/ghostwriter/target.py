"""What the user named: a function, a method or a class, found and described in a process of its own."""

from __future__ import annotations

import difflib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cocoproof.sandbox.process import kill_tree
from cocoproof.testing.ghostwriter import child

__all__ = ["Parameter", "Target", "TargetError", "ended", "ended_how", "find_target", "in_a_child"]

_LIMIT = 120
"""Seconds after which an import that hangs is ended: the first import of a large package may take a minute."""

Form = Literal["plain", "async", "generator", "async generator"]


class TargetError(Exception):
    """The name leads to nothing that can be called, or its module cannot be imported."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function.

    Attributes:
        name: Its name.
        kind: The name of its kind, as `inspect.Parameter` has it.
        annotation: The text of its annotation; "" without one.
        required: Whether it has no default.
        default: The default as code; None without one.
    """

    name: str
    kind: str
    annotation: str
    required: bool
    default: str | None = None

    @property
    def is_variadic(self) -> bool:
        """Whether it is `*args` or `**kwargs`."""
        return self.kind.startswith("VAR_")


@dataclass(frozen=True)
class Target:
    """The exporter that the user named.

    Attributes:
        module: Its module.
        path: Its name in there, with dots.
        kind: What it is: a function, a method that needs an instance, or one of the class itself.
        function: The last part of the name, or the method that was chosen in a class.
        imported: What the test file imports from the module.
        owner: The class whose instance is needed; "" for none.
        is_dataset: Whether that class is a dataset like `supervision.DetectionDataset`: its method is called on the dataset.
        init: The parameters of the class.
        parameters: Those of the function; None if Python does not know them.
        form: How it runs.
        returns: The text of the annotation of what it returns; "" without one.
        own: Whether the module is one of the folder that the command runs in, and not an installed one.
    """

    module: str
    path: str
    kind: Literal["function", "method", "class_method"]
    function: str
    imported: str
    owner: str
    is_dataset: bool
    init: tuple[Parameter, ...]
    parameters: tuple[Parameter, ...] | None
    form: Form
    returns: str
    own: bool


def find_target(text: str, folder: Path) -> Target:
    """The exporter that a text such as `my_package.export:export_coco` names.

    The module is imported in a child process, from `folder` as the current one.

    Raises:
        TargetError: If the text is malformed, the module is not found or cannot be imported, or the name is not that of a callable.
    """
    module, path = _split(text)
    result = in_a_child({"module": module, "path": path}, folder, f"importing {module}", _LIMIT)
    if "raised" in result:
        how = f"called sys.exit ({result['raised']})" if result.get("exit") else f"raised {result['raised']}"
        msg = f"importing {module} {how}"
        raise TargetError(msg)
    if "missing" in result:
        near = difflib.get_close_matches(result["missing"], _modules_in(folder), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = f"module {result['missing']!r} was not found in {folder} or among the packages of {sys.executable}{hint}"
        raise TargetError(msg)
    if "no_attribute" in result:
        near = difflib.get_close_matches(result["no_attribute"], result["names"], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        msg = f"{result['where']} has no {result['no_attribute']!r}{hint}"
        raise TargetError(msg)
    return _target(module, path, result, folder)


def _split(text: str) -> tuple[str, str]:
    module, colon, path = text.partition(":")
    if module.endswith(".py") or "/" in module or "\\" in module:
        name = Path(module.replace("\\", "/")).with_suffix("").as_posix().replace("/", ".").strip(".")
        msg = f"{text!r} names a file; name the module, as in {name}:{path or 'function'}"
        raise TargetError(msg)
    parts = [*module.split("."), *path.split(".")]
    if not colon or not all(part.isidentifier() for part in parts):
        msg = f"{text!r} is not MODULE:FUNCTION, such as my_package.export:export_coco or my_package.export:Exporter.save"
        raise TargetError(msg)
    return module, path


def _target(module: str, path: str, result: dict[str, Any], folder: Path) -> Target:
    kind, name = result["kind"], f"{module}:{path}"
    if kind == "contract":
        msg = f"{name} is a contract already; name the exporter that it tests"
        raise TargetError(msg)
    if kind == "object":
        hint = f"; name its method, as in {name}.{result['methods'][0]}" if result["methods"] else ""
        msg = f"{name} is an object of type {result['type']}, which cannot be called{hint}"
        raise TargetError(msg)
    if kind == "class":
        methods = ", ".join(result["names"][:6]) or "none"
        msg = f"{name} is a class without a method that is known to export; name one, as in {name}.save (its methods: {methods})"
        raise TargetError(msg)
    first = path.split(".")[0]
    method = result.get("method", path.split(".")[-1])
    file = result["file"]
    return Target(
        module=module,
        path=path,
        kind=kind,
        function=method,
        imported=first,
        owner=(path if result.get("unnamed") else path.rpartition(".")[0]) if kind in ("method", "class_method") else "",
        is_dataset=result.get("is_dataset", False) and kind == "method",
        init=_parameters(result.get("init")) or () if kind == "method" else (),
        parameters=_parameters(result["parameters"]),
        form=result["form"],
        returns=result["returns"],
        own=file is not None and _is_own(Path(file), folder),
    )


def _parameters(rows: list[dict[str, Any]] | None) -> tuple[Parameter, ...] | None:
    return None if rows is None else tuple(Parameter(**row) for row in rows)


def _is_own(file: Path, folder: Path) -> bool:
    """Whether a module is part of the project in the current folder, and not of an environment below it."""
    try:
        parts = file.resolve().relative_to(folder.resolve()).parts
    except ValueError:
        return False
    return "site-packages" not in parts


def _modules_in(folder: Path) -> list[str]:
    """The modules and packages of a folder."""
    try:
        names = [path.stem for path in folder.iterdir() if path.suffix == ".py" or (path.is_dir() and (path / "__init__.py").exists())]
    except OSError:
        return []
    return sorted(names)


def in_a_child(job: dict[str, Any], folder: Path, doing: str, limit: float) -> dict[str, Any]:
    """The result of a job of `child.py`, in a process of its own.

    Args:
        job: What is to be done.
        folder: The current folder, which is the first place of imports.
        doing: What it does, for messages.
        limit: Seconds until it is ended.

    Raises:
        TargetError: If the process crashed, or did not end in time.
    """
    with tempfile.TemporaryDirectory(prefix="cocoproof-") as work:
        result = Path(work, "result")
        own = {**job, "folder": str(folder), "result": str(result), "work": work}
        Path(work, "job").write_text(json.dumps(own), encoding="utf-8")
        code = ended([sys.executable, child.__file__, str(Path(work, "job"))], folder, limit)
        if result.is_file():
            loaded: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
            return loaded
    if code is None:
        msg = f"{doing} did not end within {limit:g} s"
        raise TargetError(msg)
    msg = f"{doing} ended the process: {ended_how(code)}"
    raise TargetError(msg)


def ended(
    command: list[str], folder: Path, limit: float, output: Path | None = None, environment: dict[str, str] | None = None
) -> int | None:
    """Run a command without standard input, and without its output on ours; kill it, and what it started, after a time.

    Args:
        command: The command.
        folder: Its current folder.
        limit: Seconds.
        output: Where its output goes; None for nowhere.
        environment: Its environment; None for ours.

    Returns:
        The exit code; None if it was killed.
    """
    with open(os.devnull if output is None else output, "wb") as sink:  # noqa: PTH123 - the null device is not a file
        process = subprocess.Popen(  # noqa: S603 - this interpreter
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            kill_tree(process)
            return None
        except BaseException:  # interrupted from the keyboard
            kill_tree(process)
            raise


def ended_how(code: int) -> str:
    """An exit code in words."""
    try:
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
