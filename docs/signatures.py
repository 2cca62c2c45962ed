"""Writes the options of a check into the functions that take them as keywords.

A signature that editors and type checkers understand must be spelled out, and it is the same options three times: in `cocoproof.check`
and in the two fixtures of the pytest plugin. `docs/generate.py` calls this; `tests/settings` compares the results with the options.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from cocoproof.settings.options import NAMES, OPTIONS, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cocoproof.settings.options import CheckOption

__all__ = ["signatures"]


def _in_check() -> Iterator[CheckOption]:
    return (option for option in OPTIONS if option.in_check)


def _of_one_file() -> Iterator[CheckOption]:
    return (option for option in OPTIONS if option.in_check and not option.several_files)


def _annotation(option: CheckOption) -> str:
    return option.annotation or option.type.annotation


def _keyword(option: CheckOption) -> str:
    """In `check`, where the default is the option's."""
    optional = " | None" if option.default == "None" else ""
    return f"{option.name}: {_annotation(option)}{optional} = {option.default},"


def _fixture_keyword(option: CheckOption) -> str:
    """In a fixture, where an option that is not given is the run's."""
    if option.type in (RULES, NAMES):
        return f"{option.name}: {_annotation(option)} = (),"
    annotation = _annotation(option).removesuffix(" | None")
    return f"{option.name}: {annotation} | None = None,"


def _argument(option: CheckOption) -> str:
    text = f"{option.name}: {option.doc or option.help}"
    return textwrap.fill(text, 124, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _fixture_argument(option: CheckOption) -> str:
    return (
        f"{option.name}: As `cocoproof.check` takes it; by default that of the run."
        if option.type not in (RULES, NAMES)
        else _argument(option)
    )


_FILES = {
    "src/cocoproof/api.py": {
        "check keywords": [_keyword(option) for option in _in_check()],
        "check values": [f'"{option.name}": {option.name},' for option in _in_check()],
        "arguments": [_argument(option) for option in _in_check()],
    },
    "src/cocoproof/pytest_plugin/fixtures.py": {
        "fixture keywords": [_fixture_keyword(option) for option in _of_one_file()],
        "fixture values": [f'"{option.name}": {option.name},' for option in _of_one_file()],
        "fixture forwarding": [f"{option.name}={option.name}," for option in _of_one_file()],
        "arguments": [_fixture_argument(option) for option in _of_one_file()],
    },
}
"""By file and name of the block: its lines."""


def signatures(root: Path) -> dict[Path, str]:
    """The modules whose functions take the options, with their generated blocks.

    A block is between `# generated: NAME` and `# end of NAME`. Comments cannot be in a docstring: there the block is what is before
    `Returns:`, from the first option on.

    Args:
        root: The root of the repository.

    Raises:
        KeyError: If a block has a name that is not in `_FILES`.
    """
    return {root / name: _filled((root / name).read_text(encoding="utf-8"), blocks) for name, blocks in _FILES.items()}


def _filled(text: str, blocks: Mapping[str, list[str]]) -> str:
    first = OPTIONS[0].name

    def block(match: re.Match[str]) -> str:
        return f"{match[1]}{textwrap.indent(chr(10).join(blocks[match[3]]), match[2])}\n{match[4]}"

    text = re.sub(r"(( *)# generated: ([\w ]+)\n)(?:.*?\n)??( *# end of \3\n)", block, text, flags=re.DOTALL)

    def documented(match: re.Match[str]) -> str:
        return textwrap.indent("\n".join(blocks["arguments"]), match[1])

    return re.sub(
        rf"^( +){first}: [^\n]*[^,\n]\n(?:.+\n)*(?=\n +Returns:)", lambda match: documented(match) + "\n", text, flags=re.MULTILINE
    )
