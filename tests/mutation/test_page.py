"""docs/mutation.md is what was found, every survivor has an excuse, and no excuse is left over."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path.insert(0, str(HERE))
try:
    import table
finally:
    sys.path.remove(str(HERE))


def test_the_page_is_what_was_found():
    assert table.PAGE.read_text(encoding="utf-8") == table.page(), "run: python tests/mutation/table.py"


def test_every_module_was_judged():
    for name, group in table.GROUPS.items():
        folder = HERE.parents[1] / "src" / "cocoproof" / group.folder
        modules = {path.stem for pattern in group.modules for path in folder.glob(pattern)}
        judged = {row.module for row in table.scores() if row.group == name}
        assert judged == modules, name


def test_no_excuse_is_left_over():
    survivors = [mutant for name in table.GROUPS for mutant in table.survivors(name)]
    excuses = table.excuses()
    used = {next(place for place, excuse in enumerate(excuses) if excuse.fits(mutant)) for mutant in survivors}
    assert used == set(range(len(excuses)))
