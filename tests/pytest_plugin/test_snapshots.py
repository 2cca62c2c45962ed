"""`coco_snapshot`: missing, same, different, updated; where it is kept and how."""

from __future__ import annotations

import json
import sys

import pytest

pytest_plugins = ["pytester"]

SOUND = "accept/instances.json"


@pytest.fixture
def project(project):
    project.take(SOUND, "export.json")
    project.pytester.makepyfile(test_it="def test_export(coco_snapshot): coco_snapshot('export.json')")
    return project


def edit(project, change, name: str = "export.json") -> None:
    path = project.path / name
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, indent=3))


def kept(project, name: str = "test_export.json"):
    return project.path / "__coco_snapshots__" / "test_it" / name


def update(project) -> None:
    project.run("--coco-snapshot-update").assert_outcomes(passed=1)


def test_a_missing_snapshot_fails_with_the_command_that_writes_it(project) -> None:
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   AssertionError: there is no snapshot __coco_snapshots__/test_it/test_export.json yet",
            "E   to accept this export: pytest test_it.py::test_export --coco-snapshot-update",
        ]
    )
    assert not kept(project).exists()
    written = project.run("--coco-snapshot-update", "test_it.py::test_export")
    written.assert_outcomes(passed=1)
    written.stdout.fnmatch_lines(["cocoproof: snapshot written: __coco_snapshots__/test_it/test_export.json"])
    assert json.loads(kept(project).read_bytes()) == json.loads((project.path / "export.json").read_bytes())
    assert sum(line.startswith('{"id": ') for line in kept(project).read_text().splitlines()) == 10
    project.run().assert_outcomes(passed=1)


def test_what_changed_in_meaning_is_told(project) -> None:
    update(project)

    def change(document) -> None:
        document["annotations"][0]["bbox"][0] += 3
        document["annotations"][1]["category_id"] = 3
        document["categories"][1]["supercategory"] = "thing\x1b"

    edit(project, change)
    before = kept(project).read_bytes()
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   AssertionError: the export differs from its snapshot __coco_snapshots__/test_it/test_export.json",
            "E     E category-changed - 1 change",
            "E     E relabelled - 1 change",
            "E     E box-moved - 1 change",
            "E   3 changes in meaning",
            "E   to accept this export: pytest *",
        ]
    )
    assert "snapshots.py" not in result.stdout.str()
    assert "\x1b" not in result.stdout.str()
    assert kept(project).read_bytes() == before
    update(project)
    project.run().assert_outcomes(passed=1)


def renumber(document) -> None:
    for row in document["annotations"]:
        row["id"] += 100
    document["annotations"].reverse()


def snapshot_with(project, arguments: str) -> None:
    project.pytester.makepyfile(test_it=f"def test_export(coco_snapshot): coco_snapshot('export.json', {arguments})")


def test_other_ids_and_another_order_are_changes_on_request(project) -> None:
    update(project)
    before = kept(project).read_bytes()
    edit(project, renumber)
    project.run().assert_outcomes(passed=1)
    project.run("--coco-snapshot-update").assert_outcomes(passed=1)
    assert kept(project).read_bytes() == before, "nothing in meaning, nothing to commit"
    snapshot_with(project, "same_ids=True")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E     other ids, which same_ids does not allow: annotations 4"])
    snapshot_with(project, "same_order=True")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E     E order-changed - 1 change", "E         the order of annotations differs"])
    update(project)
    project.run().assert_outcomes(passed=1)


IDS = {
    "without ids": lambda row: row.pop("id"),
    "with ids as text": lambda row: row.update(id=str(row["id"])),
    "with ids as fractions": lambda row: row.update(id=row["id"] + 0.5),
    "with ids as floats": lambda row: row.update(id=float(row["id"])),
}


@pytest.mark.parametrize("section", ["annotations", "licenses"])
@pytest.mark.parametrize("name", IDS)
def test_ids_that_are_not_whole_numbers_any_more_are_a_change(project, name, section) -> None:
    edit(project, lambda document: [row.pop("license") for row in document["images"]])  # no reference to the ids
    update(project)
    edit(project, lambda document: [IDS[name](row) for row in document[section]])
    for arguments in ("same_ids=True", "same_ids=False"):
        snapshot_with(project, arguments)
        result = project.run()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines([f"E     E id-changed - {4 if section == 'annotations' else 1} change*"])


def test_info_is_compared_and_can_be_left_out(project) -> None:
    update(project)
    edit(project, lambda document: document["info"].update(date_created="another day"))
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E     E section-changed - 1 change", 'E         info.date_created none -> "another day"'])
    snapshot_with(project, "ignore=['info']")
    project.run().assert_outcomes(passed=1)
    snapshot_with(project, "ignore=['images']")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   ValueError: ignore names 'images'; images, annotations and categories are always compared"])


def test_tolerance_is_heeded(project) -> None:
    update(project)
    edit(project, lambda document: document["annotations"][0]["bbox"].__setitem__(0, 4.25))
    project.run().assert_outcomes(failed=1)
    project.pytester.makepyfile(
        test_it="""
        from cocoproof.roundtrip import Tolerance
        def test_export(coco_snapshot): coco_snapshot('export.json', tolerance=Tolerance(box=0.5))
        """
    )
    project.run().assert_outcomes(passed=1)


def test_each_test_and_name_has_a_snapshot_of_its_own(project) -> None:
    project.pytester.makepyfile(
        test_it="""
        import pytest
        class TestIt:
            @pytest.mark.parametrize("text", ["a/b", "a:b", "a*b", "\\u00e9", "x" * 300])
            def test_export(self, coco_snapshot, text): coco_snapshot("export.json")
        def test_two(coco_snapshot):
            coco_snapshot("export.json")
            coco_snapshot("export.json", name="again")
            with pytest.raises(ValueError, match="give the second one a name"):
                coco_snapshot("export.json")
            with pytest.raises(ValueError, match="'again' already"):
                coco_snapshot("export.json", name="again")
        """
    )
    project.run("--coco-snapshot-update").assert_outcomes(passed=6)
    names = sorted(path.name for path in kept(project).parent.iterdir())
    assert len(names) == 7
    assert {"test_two.json", "test_two.again.json"} < set(names)
    assert all(name.isascii() and len(name) < 130 and not set(name) & set('/\\:*?"<>|') for name in names)
    project.run().assert_outcomes(passed=6)


@pytest.mark.parametrize("text", [b"", b"no JSON", b'{"images": [', b'{"a": 1}', None], ids=["empty", "text", "cut", "other", "missing"])
def test_what_is_no_coco_file_is_never_written(project, text) -> None:
    path = project.path / "export.json"
    path.unlink() if text is None else path.write_bytes(text)
    for arguments in ((), ("--coco-snapshot-update",)):
        result = project.run(*arguments)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["E   AssertionError: export.json cannot be kept as a snapshot: *"])
    assert not kept(project).exists()


def test_a_snapshot_that_is_broken_or_of_another_kind_is_told_and_replaced(project) -> None:
    for other in (b"{", json.dumps([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]).encode()):
        kept(project).parent.mkdir(parents=True, exist_ok=True)
        kept(project).write_bytes(other)
        result = project.run()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["E   AssertionError: there is nothing to compare with in the snapshot *"])
        update(project)
        project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("fixture", ["results_bbox", "captions", "panoptic", "keypoints"])
def test_every_kind_of_file_can_be_kept(project, fixture) -> None:
    project.take(f"accept/{fixture}.json", "export.json")
    update(project)
    assert json.loads(kept(project).read_bytes()) == json.loads((project.path / "export.json").read_bytes())
    project.run().assert_outcomes(passed=1)


def test_numbers_and_names_are_kept_as_they_are(project) -> None:
    def change(document) -> None:
        document["annotations"][0].update(bbox=[0.1 + 0.2, 5e-324, 2**53 + 1, 1.0], note="\u202e\ud800 é")
        document["empty"] = []

    edit(project, change)
    update(project)
    assert json.loads(kept(project).read_bytes()) == json.loads((project.path / "export.json").read_bytes())
    project.run().assert_outcomes(passed=1)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work otherwise there")
def test_a_snapshot_is_whole_or_as_it_was(project, monkeypatch) -> None:
    import cocoproof.pytest_plugin.snapshots as module

    update(project)
    before = kept(project).read_bytes()
    edit(project, lambda document: document["annotations"].pop())

    def fail(path, data):
        from cocoproof.atomic_write import AtomicFile

        with AtomicFile(path) as file:
            file.write(data[:100])
            raise OSError("the disk is full")

    monkeypatch.setattr(module, "write_atomic", fail)
    project.run("--coco-snapshot-update").assert_outcomes(failed=1)
    assert [path.name for path in kept(project).parent.iterdir()] == ["test_export.json"]
    assert kept(project).read_bytes() == before


def test_the_command_is_for_the_folder_that_pytest_was_started_in(project, monkeypatch) -> None:
    project.pytester.makeini("[pytest]")
    tests = project.pytester.mkdir("tests")
    project.take(SOUND, "tests/export.json")
    (tests / "test_it.py").write_text(
        "import pytest\n@pytest.mark.parametrize('x', ['a b'])\ndef test_export(coco_snapshot, x): coco_snapshot('export.json')\n"
    )
    monkeypatch.chdir(tests)
    result = project.run()
    result.stdout.fnmatch_lines(["E   AssertionError: there is no snapshot tests/__coco_snapshots__/test_it/test_export_a_b_-*.json yet"])
    # Of the failure itself: where the variable CI is set, pytest repeats the whole message in its summary.
    (line,) = (line for line in result.outlines if line.startswith("E ") and "to accept" in line)
    assert line.split("pytest ")[1] == "'test_it.py::test_export[[]a b]' --coco-snapshot-update".replace("[[]", "[")
