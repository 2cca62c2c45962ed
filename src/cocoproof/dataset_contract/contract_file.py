"""A dataset contract as a TOML file: reading, and writing what was inferred."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from cocoproof.dataset_contract.interpret import interpret
from cocoproof.input_files.regular_file import read_regular
from cocoproof.mapping import toml_text
from cocoproof.model.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cocoproof.dataset_contract.clauses import DatasetContract

__all__ = ["SCHEMA", "contract_toml", "inferred_toml", "read_contract"]

SCHEMA = "https://cocoproof.dev/schemas/contract/v1.json"
"""The schema of a contract, for editors."""

_MOST_BYTES = 2**24

_HEADER = f"""\
#:schema {SCHEMA}
# What datasets of this project must be. Written by `cocoproof contract infer`: remove or widen what need not be so, and commit this file.
# `cocoproof check FILE --contract THIS` checks a dataset against it.
"""


def read_contract(path: Path) -> DatasetContract:
    """Read a contract.

    Raises:
        SettingsError: If the file cannot be read or is not a contract; the message has the file and the key.
    """
    where = f"dataset contract {path}"
    try:
        data = read_regular(path, _MOST_BYTES)
        if len(data) > _MOST_BYTES:
            msg = f"{where}: larger than {_MOST_BYTES >> 20} MiB"
            raise SettingsError(msg)
        document = tomllib.loads(data.decode())
    except OSError as error:
        msg = f"{where}: {error.strerror or error}"
        raise SettingsError(msg) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        msg = f"{where}: not TOML: {error}"
        raise SettingsError(msg) from None
    return interpret(document, where)


def inferred_toml(plain: Mapping[str, object]) -> str:
    """The file of a contract that was inferred, with what to do with it."""
    return f"{_HEADER}\n{contract_toml(plain)}"


def contract_toml(plain: Mapping[str, object]) -> str:
    """A contract as TOML, the sections in the order of the contract."""
    parts = [f"{_key(key)} = {_value(one)}\n" for key, one in plain.items() if not isinstance(one, dict)]
    for section, table in plain.items():
        if isinstance(table, dict):
            parts.append(_section(section, table))
    return "".join(parts)


def _section(section: str, table: Mapping[str, object]) -> str:
    if section == "attributes":
        out = "" if table else "\n[attributes]\n"
        for name, given in table.items():
            several = isinstance(given, list)
            for clause in given if isinstance(given, list) else [given]:
                head = f"[[attributes.{_key(name)}]]" if several else f"[attributes.{_key(name)}]"
                out += f"\n{head}\n" + "".join(f"{_key(key)} = {_value(one)}\n" for key, one in clause.items())  # type: ignore[union-attr]  # a contract has tables there
        return out
    nested = {key: one for key, one in table.items() if isinstance(one, dict) and key == "classes"}
    out = f"\n[{section}]\n" + "".join(f"{_key(key)} = {_value(one)}\n" for key, one in table.items() if key not in nested)
    for key, members in nested.items():
        out += f"\n[{section}.{key}]\n" + "".join(f"{_key(name)} = {_value(one)}\n" for name, one in members.items())
    return out


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_text.text(name)


def _value(plain: object) -> str:
    if isinstance(plain, dict):
        return toml_text.inline_table(plain)
    return toml_text.value(plain)  # type: ignore[arg-type]  # the values of a contract are such
