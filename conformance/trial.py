"""One adapter under the contract, in the environment of its exporter: a line of JSON a property. Started by run.py."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import platform
import re
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import hypothesis.errors
import pytest
from exporters import COMMON, EXPORTERS
from importers import IMPORTERS

from cocoproof.mapping import ClassMapping
from cocoproof.testing import DrawnDataset, DrawnImage
from cocoproof.testing.drawn import DrawnCase
from cocoproof.testing.importing.file_case import FileCase
from cocoproof.testing.trial import ExportUnreadable, PropertyBroken, Raised, Trial

if TYPE_CHECKING:
    from adapters.common import Adapter

    from cocoproof.testing.property_list import Property

_NONE_LEFT = "no data set was left: at each the export raised an error, or gave no file that can be read"
_TEMPORARY = re.compile(rf"(?:{re.escape(tempfile.gettempdir())}|/dev/shm)[/\\]cocoproof-\w+(?:[/\\]\d+)?")
_MOST_MEMORY = 4 * 2**30
"""Bytes that an importer may take."""

_WIDEST_FILE = 20_000
"""Bytes of an exported file that is kept with its counterexample."""


def main() -> None:
    """Try every property that is not among those done, and say of each what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("key")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--examples", type=int, required=True)
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    (exporter,) = (one for one in (*EXPORTERS, *IMPORTERS) if one.key == options.key)
    adapter = adapter_of(exporter.adapter)
    if exporter in IMPORTERS:
        _limit_memory()
    with options.output.open("a", encoding="utf-8") as lines:

        def say(row: dict[str, Any]) -> None:
            lines.write(json.dumps(row) + "\n")
            lines.flush()

        say({"about": {"how": adapter.how, "not_claimed": dict(adapter.not_claimed), "with": _versions(exporter.package)}})
        run = _Run(adapter, options.examples)
        for name in adapter.SUBJECT.properties:
            if name not in options.skip and (not options.only or name in options.only):
                say({"trying": name})
                began = time.monotonic()
                row = run.tried(name)
                say({"property": name, **row, "seconds": round(time.monotonic() - began, 1)})


def adapter_of(spelling: str) -> type[Adapter]:
    """The class that `module:Class` names in `adapters`."""
    module, _, name = spelling.partition(":")
    found: type[Adapter] = getattr(importlib.import_module(f"adapters.{module}"), name)
    return found


def _versions(package: str | None) -> dict[str, str]:
    """What the run hung on, by distribution."""
    names = [requirement.partition("==")[0] for requirement in COMMON]
    found = {"python": platform.python_version()}
    for name in dict.fromkeys([*([package] if package else []), *names]):
        found[name] = metadata.version(name)
    return found


class _Run:
    """An adapter that is tried, as it is and leniently; directed datasets are exported once for all properties."""

    def __init__(self, adapter: type[Adapter], examples: int) -> None:
        self._adapter = adapter
        settings = {"max_examples": examples, "seed": None}
        self._own = type(adapter.__name__, (adapter,), settings)
        self._lenient = type(adapter.__name__, (_lenient(adapter),), settings)

    def tried(self, name: str) -> dict[str, Any]:
        """What came of one property.

        Returns:
            `outcome`: "kept", "lost", "not claimed" or "could not run"; `said`: what was lost or why not; `raised` and
            `unreadable`: what stood in the way of some data sets, which were then put aside or read by another reader;
            `code`, `file`: the smallest data set that shows it, and what was written of it; `examples`: data sets until then.
        """
        if (reason := self._not_claimed(name)) is not None:
            return {"outcome": "not claimed", "said": reason}
        try:
            return self._proven(name)
        except pytest.skip.Exception as skipped:
            return {"outcome": "could not run", "said": str(skipped)[:400]}
        except Exception as error:  # a defect of the adapter or of ours, which must not pass for one of the exporter's
            traceback.print_exc()
            return {"outcome": "could not run", "said": f"{type(error).__name__}: {error}"[:400]}

    def _not_claimed(self, name: str) -> str | None:
        """Why a property is not claimed; None if it is."""
        adapter, claim = self._adapter, self._adapter.SUBJECT.properties[name].claim
        if name in adapter.not_claimed:
            return adapter.not_claimed[name]
        if claim is not None and not getattr(adapter, claim):
            return adapter.not_claimed.get(claim, f"{claim} is not claimed")
        return None

    def _proven(self, name: str) -> dict[str, Any]:
        first = (_a_second_apart(self._own) if name == "deterministic" else None) or self._broken(self._own, name)
        if first is None:
            return {"outcome": "kept"}
        row = _row(first, self._own, name)
        if not isinstance(first, (Raised, ExportUnreadable)):
            return {"outcome": "lost", **row}
        # Refusing is no silent loss, and a file that one reader cannot load still has its content. So once more: our own reader
        # takes files as they are, and data sets at which the export raises, or writes what no reader can take, are put aside.
        obstacle = {"raised" if isinstance(first, Raised) else "unreadable": row}
        try:
            second = self._broken(self._lenient, name)
        except hypothesis.errors.Unsatisfiable:
            return {"outcome": "could not run", "said": _NONE_LEFT, **obstacle}
        if second is None:
            return {"outcome": "kept", **obstacle}
        return {"outcome": "lost", **_row(second, self._lenient, name), **obstacle}

    def _broken(self, adapter: type[Adapter], name: str) -> PropertyBroken | None:
        """What breaks a property; None if nothing does."""
        own = adapter()
        together = {other: own._property(other) for other in own.SUBJECT.properties if self._not_claimed(other) is None}  # noqa: SLF001 - as a test of it does
        try:
            own._prove(name, together, shrink=True)  # noqa: SLF001
        except PropertyBroken as error:
            return error
        return None


def _lenient(own: type[Adapter]) -> type[Adapter]:
    """The same adapter, tried on the data sets at which it does not raise, and read by our own reader."""

    def lenient(self: Adapter, name: str) -> Property:  # noqa: ARG001 - as the contract calls it
        entry = own.SUBJECT.properties[name]

        def check(trial: Trial) -> None:
            try:
                entry.check(trial)
            except (Raised, ExportUnreadable):
                hypothesis.reject()

        return replace(entry, check=check)

    return type(own.__name__, (own,), {"_property": lenient, "via": "own"})


def _a_second_apart(adapter: type[Adapter]) -> PropertyBroken | None:
    """Whether two exports of one data set differ once the clock has gone on: within a second many a clock in a file says the same."""
    # Large enough for those that raise an error at a mask of one pixel.
    masks = (("###",) * 3,) if adapter.keeps_masks else None
    image = DrawnImage("0.png", 3, 3, boxes=((0.0, 0.0, 3.0, 3.0),), class_id=(0,), masks=masks)
    start = 1 if adapter.keeps_category_ids else adapter.first_category_id
    case = DrawnCase(DrawnDataset(("0",), (image,)), ClassMapping.from_names(["0"], start=start))
    with tempfile.TemporaryDirectory(prefix="cocoproof-") as root:
        trial = Trial(case, adapter(), Path(root))
        try:
            trial.path  # noqa: B018 - the first of the two that are compared
            time.sleep(1.1)
            adapter.SUBJECT.properties["deterministic"].check(trial)
        except Raised:
            return None
        except PropertyBroken as error:
            error.case = case
            return error
    return None


def _row(error: PropertyBroken, adapter: type[Adapter], name: str) -> dict[str, Any]:
    case = error.case
    if case is None:
        return {"said": str(error)}
    said = str(error).split("\n\n")[0].removeprefix(f"{name}: ")
    said = _TEMPORARY.sub("FOLDER", said)
    row = {"said": said[:1000], "code": case.code(), "examples": error.examples}
    if isinstance(case, FileCase):
        return row | _limited(json.dumps(case.document(), ensure_ascii=False))
    with tempfile.TemporaryDirectory(prefix="cocoproof-") as root:
        trial = Trial(case, adapter(), Path(root))
        try:
            text = trial.path.read_text(encoding="utf-8")
        except Exception:  # where it raises there is no file
            return row
    return row | _limited(_TEMPORARY.sub("FOLDER", text))


def _limited(text: str) -> dict[str, str]:
    return {"file": text} if len(text) <= _WIDEST_FILE else {}


def _limit_memory() -> None:
    """Some readers take as much memory as a category id says: that shall be an error, not the end of the machine."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))


if __name__ == "__main__":
    sys.exit(main())
