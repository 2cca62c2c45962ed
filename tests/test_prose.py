"""Plain English: phrases to avoid in docstrings, comments, messages and documents, with what to write instead.

The words are those of the glossary in CONTRIBUTING.md. `python tests/test_prose.py` lists what is left, `python tests/test_prose.py FILE...`
of these files.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]


class Phrase(NamedTuple):
    """A phrase to avoid."""

    pattern: str
    instead: str


PHRASES = (
    Phrase(
        r"(?<!there )(?<!There )\b(?:is|are|was|were|be) no (?!longer\b|more\b|less\b|matter\b)\w+", "is not a ..., are not ..., has no ..."
    ),
    Phrase(r"\bunless (?:it is |they are |one is )?(?:told|said)\b", "by default"),
    Phrase(r"\b(?:stands|stand|stood)\b(?! for\b| out\b| alone\b|-alone\b)", "is, occurs, appears; duplicate for 'stands twice'"),
    Phrase(r"\bmend(?:s|ed|ing)?\b", "fix, repair"),
    Phrase(r"\bnobody\b", "no one, or the passive: 'is not listed'"),
    Phrase(r"(?<!\.)\b(?:tell|tells|told|telling)\b", "report, list, state, name, show, distinguish"),
    Phrase(r"\b(?:un)?judg(?:e|es|ed|ing|ement)\b", "check, validate, evaluate, compare"),
    Phrase(r"\bset aside\b", "excluded"),
    Phrase(r"\b(?:is|are|was|were|and|that|be|has|have) (?-i:gone)\b", "is missing, was removed"),
    Phrase(r"\b(?:held|hold|holds|holding) (?:\w+ ){0,3}?to\b(?! the (?:end|bottom|top)\b)", "compare with, check against, compared with"),
    Phrase(r"\b(?:becomes|became|become|come|came|comes) of\b", "happens to, results from, how X is handled"),
    Phrase(r"\bclimb(?:s|ed|ing)? out\b", "escapes"),
    Phrase(r"\bbreach(?:es)?\b", "violation"),
    Phrase(r"\bby (?:its|their) looks?\b", "by perceptual hash"),
    Phrase(r"\bhad their say\b", "have run, were evaluated"),
    Phrase(r"\bwhat is to become\b", "upcoming"),
    Phrase(r"\bwithout a word\b", "silently"),
    Phrase(r"\bin its own words\b", "with its own message"),
)

ALLOWED: dict[tuple[str, str], str] = {}
"""(file, the phrase as it is there) -> why it may stay."""

WHERE = ("src", "docs", ".github", "schemas", "*.md", "action.yml", ".pre-commit-hooks.yaml", "Dockerfile", "pyproject.toml")
ENDINGS = {".py", ".md", ".jinja", ".html", ".css", ".toml", ".yml", ".yaml", ".json", ".svg", ""}
EXCLUDED = {
    "CONTRIBUTING.md": "| do not write | write |",  # the glossary's own list, up to the next empty line
}


class Hit(NamedTuple):
    """A phrase in a file."""

    path: str
    line: int
    text: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text!r}: write {self.instead}"


def files() -> list[Path]:
    found = [path for where in WHERE for path in sorted(ROOT.glob(where))]
    found = [path for top in found for path in (sorted(top.rglob("*")) if top.is_dir() else [top])]
    return [
        path
        for path in found
        if path.is_file() and path.suffix in ENDINGS and "__pycache__" not in path.parts and "_build" not in path.parts
    ]


def prose_of(path: Path) -> str:
    """The text of a file, with what is not prose blanked; lines keep their numbers."""
    text = path.read_text(encoding="utf-8")
    start = EXCLUDED.get(path.relative_to(ROOT).as_posix())
    if start is not None:
        before, table, rest = text.partition(start)
        assert table, f"{path.name} has no {start!r} any more"
        listed, blank, after = rest.partition("\n\n")
        text = before + "\n" * listed.count("\n") + blank + after
    return text


def hits(path: Path) -> list[Hit]:
    text, name = prose_of(path), path.relative_to(ROOT).as_posix()
    # A phrase may be broken between two lines, with the comment's sign or an indentation between them.
    flat = re.sub(r"\n(?:[ \t]*#)?[ \t]*", lambda match: " " + "\0" * (len(match[0]) - 1), text)
    flat_text = flat.replace("\0", "")
    lines, at = [], 1
    for k, sign in enumerate(flat):
        if text[k] == "\n":
            at += 1
        if sign != "\0":
            lines.append(at)
    found = [
        Hit(name, lines[match.start()], match[0], instead)
        for pattern, instead in PHRASES
        for match in re.finditer(pattern, flat_text, re.IGNORECASE)
        if (name, match[0]) not in ALLOWED
    ]
    return sorted(found)


def test_documents_code_and_messages_are_plain_english() -> None:
    found = [hit for path in files() for hit in hits(path)]
    assert not found, "\n" + "\n".join(map(str, found[:50]))


def test_every_exception_is_needed() -> None:
    needed = {(path, phrase) for path, phrase in ALLOWED if phrase in re.sub(r"\s+", " ", (ROOT / path).read_text(encoding="utf-8"))}
    assert needed == ALLOWED.keys()


@pytest.mark.parametrize(
    "text",
    [
        "the file is no JSON",
        "16 px unless told\n    # otherwise",
        "it stands twice",
        "this is gone",
        "the file is held to a list",
        "compared without\na word",
    ],
)
def test_phrases_are_found_across_lines(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "a.py").write_text(f"# first\n{text}\n", encoding="utf-8")
    assert str(hits(tmp_path / "a.py")[0]).startswith("a.py:2: ")


def test_plain_phrases_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    text = "There is no such file. It is no longer needed. COCO stands for Common Objects in Context. Foretell, amend, intelligent."
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    assert hits(tmp_path / "a.md") == []


def main(arguments: list[str]) -> None:
    """List what is left."""
    found = [hit for path in ([Path(name).resolve() for name in arguments] or files()) for hit in hits(path)]
    print(*found, sep="\n")
    counts = Counter("/".join(hit.path.split("/")[:3]) for hit in found)
    print(len(found), dict(counts.most_common()))


if __name__ == "__main__":
    main(sys.argv[1:])
