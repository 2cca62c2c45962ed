"""The version of the native library's interface: one that was built before a change of it is not loaded."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from cocoproof.model import native_file

NATIVE = Path(__file__).parents[2] / "native"

INTERFACE = (6, "4f1b5ec2c0bb84a9")
"""The version, and a digest of what is declared. Where this fails, the interface has changed: raise the version in native/reader.c and in `model.native_file`, and write
down the new digest."""


def declared() -> str:
    """Each exported function with its parameters, and the structures that cross the interface."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (NATIVE / "reader.c", *sorted(NATIVE.glob("*.h"))))
    functions = re.findall(r"^EXPORTED ([^{]*?)\s*\{", text, re.MULTILINE)
    structures = re.findall(r"^typedef struct[^{]*\{.*?^\} \w+;", text, re.MULTILINE | re.DOTALL)
    return "\n".join(sorted(" ".join(one.split()) for one in {*functions, *structures}))


def test_the_version_changes_with_the_interface() -> None:
    (in_c,) = re.findall(r"#define INTERFACE_VERSION (\d+)", (NATIVE / "reader.c").read_text(encoding="utf-8"))
    assert len(re.findall("cocoproof_", declared())) > 12
    assert (int(in_c), hashlib.sha256(declared().encode()).hexdigest()[:16]) == INTERFACE
    assert int(in_c) == native_file._INTERFACE_VERSION


def test_a_library_of_another_version_is_not_loaded(monkeypatch) -> None:
    monkeypatch.delenv("COCOPROOF_READER", raising=False)
    monkeypatch.setattr(native_file, "_INTERFACE_VERSION", 10**6)
    assert native_file.native_file.__wrapped__() is None
