"""Files that supervision is not asked to load: what it would make of them is known, and the loader itself says the same."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking import supervision_choice
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.supervision_choice import arrives_unchanged, loading_not_needed
from cocoproof.consumers.supervision import CONSUMER
from cocoproof.model.findings import RuleResult, Verdict
from cocoproof.profiles import Policy
from cocoproof.readers import Ending, Loader, ReloadProcess
from cocoproof.readers.reload_run import SUPERVISED, Readers, ReloadMode
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_source
from cocoproof.rules.examples import dataset

from ..consumers.documents import DOCUMENTS
from ..examples import thorough

if TYPE_CHECKING:
    from .conftest import Reload

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted(path for folder in ("accept", "reject") for path in (FIXTURES / folder).glob("*.json") if path.stat().st_size)


@pytest.fixture(autouse=True)
def _as_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision_choice, "_installed", lambda: CONSUMER.version)


def agree(text: str, through_supervision: Reload) -> bool:
    """Whether the file is not loaded; it then loads without a loss."""
    document = read(Source("a.json", text.encode("utf-8", "surrogatepass")))
    if document.dataset is None or document.kind not in SUPERVISED or loading_not_needed(document) is None:
        return False
    outcome = through_supervision(text, document.kind)
    assert (outcome.ending, outcome.failure) == (Ending.COMPLETE, None)
    assert outcome.losses == ()
    return True


def test_the_loader_agrees_on_crafted_documents(through_supervision: Reload) -> None:
    skipped = [name for name, document in DOCUMENTS.items() if agree(json.dumps(document), through_supervision)]
    assert len(skipped) > len(DOCUMENTS) // 4


def test_the_loader_agrees_on_the_fixtures(through_supervision: Reload) -> None:
    skipped = []
    for path in FILES:
        document = read(read_source(path))
        if document.dataset is not None and document.kind in SUPERVISED and loading_not_needed(document) is not None:
            skipped.append(path)
            outcome = through_supervision(document.source.data.decode(), document.kind)
            assert (outcome.ending, outcome.failure, outcome.losses) == (Ending.COMPLETE, None, ()), path.name
    assert {path.name for path in skipped} > {"instances.json", "keypoints.json"}


VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        1,
        2,
        3,
        -1,
        7,
        0.5,
        1.0,
        2**31,
        2**53,
        2**63,
        1e30,
        1e300,
        "",
        "1",
        "a",
        "../a",
        "a/../b.jpg",
        "1.jpg",
        "x" * 300,
        "é" * 130,
        "\0",
    ),
    *(
        [],
        {},
        [[]],
        [1, 2, 3, 4],
        [0, 0, -1, 5],
        [0, 0, 0, 0],
        [1e6, 5, 3, 1e7],
        [[1, 1, 9, 1, 9, 9]],
        [[1, 1, 9, 1]],
        [[1, 1, 9, 1, 9, 9, 5]],
        [1, 1, 9, 1, 9, 9],
    ),
    *(
        [[70, 50, 90, 50, 90, 70]],
        [[-5, -5, 1e9, 0, 3, 1e9]],
        [[4, 5, 4, 5, 4, 5]],
        [[4, 5, 24, 21, 24, 5, 4, 21]],
        [[4, 5, 24, 5, 24, 21], [8, 6, 12, 6, 12, 9]],
    ),
    *(
        {"size": [48, 64], "counts": [100, 20, 2952]},
        {"size": [64, 48], "counts": [100, 20, 2952]},
        {"size": [48, 64], "counts": [100, 20]},
    ),
    *(
        {"size": [48, 64], "counts": "T3d0Xl2"},
        {"size": [48, 64], "counts": [3072]},
        {"size": [48, 64], "counts": [0, 3072]},
        {"size": [24, 128], "counts": [0, 3072]},
    ),
)
FIELDS = {
    "images": ("id", "file_name", "width", "height"),
    "annotations": ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation"),
    "categories": ("id", "name"),
}
CHANGES = st.lists(
    st.sampled_from([(table, field) for table, fields in FIELDS.items() for field in fields]).flatmap(
        lambda place: st.tuples(st.just(place), st.integers(0, 2), st.sampled_from([*VALUES, ...]))
    ),
    min_size=1,
    max_size=3,
)
WHOLE = dataset([{}, {"category_id": 2}, {"image_id": 2, "bbox": [1.25, 2.5, 3.75, 40.125]}], images=[{}, {}])


@thorough(400)
@given(changes=CHANGES)
def test_the_loader_agrees_on_changed_documents(changes: list[Any], through_supervision: Reload) -> None:
    document: Any = copy.deepcopy(WHOLE)
    for (table, field), row, value in changes:
        rows = document[table]
        if value is ...:
            rows[row % len(rows)].pop(field, None)
        else:
            rows[row % len(rows)][field] = value
    agree(json.dumps(document), through_supervision)


@pytest.mark.parametrize(
    "change",
    [
        {"annotations": [{"segmentation": []}, {}]},
        {"annotations": [{"bbox": [0, 0, 1e38, 5]}]},
        {"annotations": [{"segmentation": [[1, 1, 2e6, 1, 9, 9]]}]},
        {"annotations": [{"image_id": 9}, {}]},
        {"annotations": [{"image_id": 1.0}]},
        {"images": [{"file_name": "é" * 120}]},
        {"images": [{"id": 1}, {"id": 1}]},
        {"images": [{"width": 2**20, "height": 2**20}]},
        {"categories": [{}, {"id": 1}]},
        {"categories": [{}, {"name": "cat"}]},
        {"categories": [{}, {"name": "\ud800"}]},
    ],
)
def test_what_needs_loading(change: dict[str, Any]) -> None:
    assert loading_not_needed(read(Source("a.json", json.dumps(dataset()).encode()))) is not None
    assert loading_not_needed(read(Source("a.json", json.dumps(dataset(**change)).encode()))) is None


def test_another_release_loads_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    document = read(Source("a.json", json.dumps(dataset()).encode()))
    assert document.dataset is not None
    assert arrives_unchanged(document.dataset)
    for version in (None, "9.9"):
        monkeypatch.setattr(supervision_choice, "_installed", lambda version=version: version)
        assert loading_not_needed(document) is None


def verdicts(document: Any, settings: CheckSettings) -> dict[str, RuleResult]:
    report = check_source(Source("a.json", json.dumps(document).encode()), settings)
    return {one.code: one for one in report.rules if one.code in {"COCO901", "COCO904", "COCO905"}}


@pytest.mark.usefixtures("through_supervision")
@pytest.mark.parametrize(
    ("change", "settings", "loaded"),
    [
        ({}, CheckSettings(), False),
        ({"annotations": [{"image_id": 9}, {}]}, CheckSettings(), True),
        ({}, CheckSettings(reload=ReloadMode.ALWAYS), True),
        ({}, CheckSettings(policy=Policy(consumers=(CONSUMER,))), True),
    ],
)
def test_supervision_is_started_only_for_a_file_that_needs_it(
    change: dict[str, Any], settings: CheckSettings, loaded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Loader] = []
    start = ReloadProcess.start.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(
        ReloadProcess, "start", classmethod(lambda cls, loader, limits: (started.append(loader), start(cls, loader, limits))[1])
    )
    found = verdicts(dataset(**change), settings)
    assert (Loader.SUPERVISION in started) is loaded
    assert found["COCO901"].verdict is Verdict.PASSED
    if loaded:
        assert found["COCO904"].verdict is Verdict.PASSED
    else:
        assert {found[code].verdict for code in ("COCO904", "COCO905")} == {Verdict.SKIPPED}
        assert found["COCO904"].reason == (
            f"not loaded: by the model of its loader, supervision {CONSUMER.version} holds all of the file unchanged "
            "(--for supervision, and --reload always, load it)"
        )


def test_a_process_that_starts_late_serves_the_first_file(tmp_path: Path, through_supervision: Reload) -> None:
    del through_supervision  # skips where supervision is not installed
    from cocoproof.readers import ReloadRequest

    path = tmp_path / "a.json"
    path.write_text(json.dumps(dataset()))
    with Readers([Loader.SUPERVISION], late=[Loader.SUPERVISION]) as readers:
        request = ReloadRequest(str(path), read(read_source(path)).kind)
        readers.submit(Loader.SUPERVISION, request)
        assert readers.result(Loader.SUPERVISION, request).loaded
