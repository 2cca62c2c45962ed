"""Draw what `cocoproof demo` prints on a terminal as an SVG: `python docs/picture.py` writes docs/demo.svg.

The text is the program's own, with its ANSI colours; only lines that are too long are broken. The demo runs as where the
package alone is installed, without supervision, so that the picture is the same on every machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import accumulate
from pathlib import Path
from xml.sax.saxutils import escape

__all__ = ["PICTURE", "demo_output", "draw"]

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "demo.svg"

COLUMNS = 112
_ADVANCE, _LEADING, _SIZE, _MARGIN = 7.25, 17, 12, 16
"""Pixels: a character's width (most fonts need 7.2 at this size), a line's height (an empty one has half), the font's size, the border."""

_STYLES = {"1": "b", "2": "d", "31": "r", "31;1": "r b", "33": "y", "33;1": "y b", "36": "c", "36;1": "c b", "32": "g", "0": ""}
_CSS = (
    "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    f"font-size:{_SIZE}px;fill:#d4d4d4;white-space:pre}}"
    ".b{font-weight:700}.d{fill:#8b949e}.r{fill:#ff7b72}.y{fill:#e3b341}.c{fill:#56d4dd}.g{fill:#7ee787}"
)
_RUN_DEMO = "import sys; sys.modules['supervision'] = None; from cocoproof.cli.main import main; main(['demo'])"
_SGR = re.compile(r"\x1b\[([0-9;]*)m")


def demo_output() -> str:
    """What `cocoproof demo` prints on a terminal that takes colours.

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    path = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", _RUN_DEMO], capture_output=True, check=True, env=environment)  # noqa: S603 # our own program
    return done.stdout.decode("utf-8").replace("\r\n", "\n")


def draw(output: str) -> str:
    """The SVG of a terminal that shows a program's output."""
    lines = ["\x1b[2m$ \x1b[0m\x1b[1mcocoproof demo\x1b[0m", "", *output.rstrip("\n").split("\n")]
    rows = [row for line in lines for row in _broken(_spans(line))]
    ends = list(accumulate((_LEADING if row else _LEADING // 2) for row in rows))
    width, height = round(COLUMNS * _ADVANCE + 2 * _MARGIN), ends[-1] + 2 * _MARGIN
    texts = [
        f'<text xml:space="preserve" x="{_MARGIN}" y="{_MARGIN - _LEADING + _SIZE + end}">{"".join(map(_tspan, row))}</text>'
        for row, end in zip(rows, ends, strict=True)
        if row
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
    title = "<title>What cocoproof demo prints: the findings on a small COCO file, with rule, line, column and pointer</title>"
    ground = f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>'
    return "\n".join([head, title, f"<style>{_CSS}</style>", ground, *texts, "</svg>"]) + "\n"


def _spans(line: str) -> list[tuple[str, str]]:
    """A line's pieces, each with its style."""
    pieces = _SGR.split(line)
    return [(text, _STYLES[code or "0"]) for text, code in zip(pieces[::2], ["", *pieces[1::2]], strict=True) if text]


def _broken(spans: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """The line in as many rows as it needs; those after the first are aligned with the message."""
    text = "".join(part for part, _ in spans)
    styles = [style for part, style in spans for _ in part]
    indent = len(text) - len(text.lstrip())
    located = re.match(r" +\d+:\d+  | {4}COCO[\d, -]+: ", text)
    hang = located.end() if located and located.end() < 20 else indent + 2
    rows, start = [], 0
    while start < len(text) or not rows:
        before = hang if rows else 0
        room = COLUMNS - before
        stop = len(text)
        if stop - start > room:
            space = text.rfind(" ", start + 1, start + room + 1)
            stop = space if space > start + room // 2 else start + room
        rows.append([(" " * before, ""), *_merged(text[start:stop].rstrip(), styles[start:stop])])
        start = stop + (len(text[stop:]) - len(text[stop:].lstrip(" ")))
    return [[span for span in row if span[0]] for row in rows]


def _merged(text: str, styles: list[str]) -> list[tuple[str, str]]:
    merged: list[tuple[str, str]] = []
    for character, style in zip(text, styles, strict=False):
        if merged and merged[-1][1] == style:
            merged[-1] = (merged[-1][0] + character, style)
        else:
            merged.append((character, style))
    return merged


def _tspan(span: tuple[str, str]) -> str:
    text, style = span
    return f'<tspan class="{style}">{escape(text)}</tspan>' if style else escape(text)


if __name__ == "__main__":
    PICTURE.write_text(draw(demo_output()), encoding="utf-8", newline="\n")
