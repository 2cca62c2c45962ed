"""Builds the native reader into the package, where there is a C compiler.

`COCOPROOF_BUILD=python` builds without it, `COCOPROOF_BUILD=native` fails if it cannot be built; by default the build goes on without it, and the reader in
Python does its work. The library uses no part of CPython's interface, so that one wheel a platform serves every version of Python.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CHOICE = "COCOPROOF_BUILD"
LIBRARY = Path("src/cocoproof/reading") / ("reader.native.dll" if os.name == "nt" else "reader.native.so")
EXPORTED = [
    *(f"cocoproof_{name}" for name in ("index", "free_index", "validate", "read_rows", "map", "unmap", "faults", "interface_version")),
    *(
        f"cocoproof_{name}"
        for name in (
            "measure_rings",
            "star_shaped",
            "join_rings",
            "euler_numbers",
            "digest_column",
            "digest_rows",
            "near_groups",
            "count_lines",
            "decode_counts",
        )
    ),
]


class NativeReaderHook(BuildHookInterface):
    """Compiles `native/reader.c` before a wheel is made."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the library, add it to the wheel, and give the wheel the platform's tag."""
        del version
        target = Path(self.root) / LIBRARY
        target.unlink(missing_ok=True)
        choice = os.environ.get(CHOICE, "auto")
        if choice not in ("auto", "native", "python"):
            msg = f"{CHOICE} is {choice!r}, expected auto, native or python"
            raise ValueError(msg)
        if choice == "python" or self.target_name != "wheel":
            return
        try:
            compile_reader(Path(self.root) / "native" / "reader.c", target)
        # Whatever a compiler, or the search for one, raises: the package works without the library.
        except (Exception, SystemExit) as error:
            if choice == "native":
                raise
            self.app.display_warning(f"the native reader was not built, files are read in Python: {error}")
            return
        build_data["artifacts"].append(f"/{LIBRARY.as_posix()}")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def compile_reader(source: Path, target: Path) -> None:
    """Compile the library with the compiler that built this Python, or that CC names."""
    # setuptools finds the compiler of every platform, and on macOS the architectures.
    from setuptools._distutils.ccompiler import new_compiler
    from setuptools._distutils.sysconfig import customize_compiler

    compiler = new_compiler()
    customize_compiler(compiler)
    is_msvc = compiler.compiler_type == "msvc"
    with tempfile.TemporaryDirectory() as folder:
        flags = ["/O2"] if is_msvc else ["-O3", "-std=c99", "-fvisibility=hidden"]
        objects = compiler.compile([str(source)], output_dir=folder, extra_postargs=flags)
        built = Path(folder) / target.name
        compiler.link_shared_object(objects, str(built), export_symbols=EXPORTED if is_msvc else None)
        shutil.copyfile(built, target)
