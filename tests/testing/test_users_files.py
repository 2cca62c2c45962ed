"""The test files that docs/contract.md shows, as a user would run them, and what pytest says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cocoproof.testing import DrawnDataset, DrawnImage

pytest_plugins = ["pytester"]

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
QUIET = ("-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist")


def shown(name: str) -> str:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (own,) = (block for block in blocks if f"class {name}(" in block)
    assert len(own.splitlines()) <= 15
    return own


def drawn_for(name: str, text: str) -> DrawnDataset:
    """The data set that a failing property printed, made again by running what it printed."""
    block = text.split(f"Broken: {name}: ", 1)[1].split("drawn = ", 1)[1].split("dataset = ", 1)[0]
    code = "\n".join(line.removeprefix("E").strip() for line in block.splitlines())
    return eval(code, {"DrawnDataset": DrawnDataset, "DrawnImage": DrawnImage})  # noqa: S307 - what we printed


@pytest.mark.slow
def test_supervisions_exporter_fails_and_each_failure_is_small(pytester) -> None:
    pytest.importorskip("supervision", minversion="0.31")
    pytester.makepyfile(shown("TestSupervision"))
    names = ("crowd_flags", "masks", "segmentations_readable")
    result = pytester.runpytest_inprocess(*QUIET, "-k", " or ".join(f"test_{name}" for name in names))
    result.assert_outcomes(failed=3)
    text = result.stdout.str()
    for name, said in zip(names, ("iscrowd 0 in, 1 out", "px in, ", "IndexError"), strict=True):
        assert said in text.split(f"Broken: {name}: ", 1)[1].splitlines()[0]
        small = drawn_for(name, text)
        assert len(small.images) == 1
        assert 1 <= len(small.images[0]) <= 2
        assert small.images[0].width * small.images[0].height <= 12
    assert drawn_for("crowd_flags", text).images[0].masks is not None


@pytest.mark.slow
def test_ours_is_green(pytester) -> None:
    pytester.makepyfile(
        shown("TestExportCoco").replace("    keeps_scores", "    max_examples = 3\n    directed = 'none'\n    keeps_scores")
    )
    pytester.runpytest_inprocess(*QUIET).assert_outcomes(passed=41)


def test_known_failures_are_strict_and_claims_are_skipped(pytester) -> None:
    pytester.makepyfile(
        """
        import json
        from cocoproof.testing import ExporterContract

        class TestWrong(ExporterContract):
            known_failures = {"image_ids": "writes none", "empty_dataset": "not broken at all"}
            max_examples = 10

            def export(self, dataset, mapping, folder):
                path = folder / "coco.json"
                rows = [{"file_name": "?"} for _ in dataset.image_paths]
                ids = [{"id": c.id, "name": c.name} for c in mapping.categories]
                path.write_text(json.dumps({"images": rows, "annotations": [], "categories": ids}))
                return path
        """
    )
    result = pytester.runpytest_inprocess(*QUIET, "-rs", "-k", "image_ids or empty_dataset or scores")
    result.assert_outcomes(xfailed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*empty_dataset is a known failure (not broken at all), but it passes*"])
    result.stdout.fnmatch_lines(["*it is not claimed: keeps_scores is False*"])


def test_a_known_failure_that_is_no_property_is_refused() -> None:
    from cocoproof.testing import ExporterContract

    with pytest.raises(TypeError, match="did you mean 'masks'"):
        type("TestTypo", (ExporterContract,), {"known_failures": {"mask": "?"}})
