"""The fixtures `coco_check`, `assert_coco_valid` and `assert_roundtrip`, as tests of users take them."""

from __future__ import annotations

import textwrap

pytest_plugins = ["pytester"]

EXPORT = """
    import json
    import numpy as np
    import pytest
    from cocoproof import ClassMapping, Severity, export_coco
    from cocoproof.export import PlainDetections
    from cocoproof.mapping import CategoryList

    MAPPING = ClassMapping.from_names(["dog", "cat"])
    MASK = np.zeros((2, 60, 80), bool)
    MASK[0, 10:30, 10:40] = True
    MASK[1, 35:55, 10:40] = True
    SOURCE = [(("im3.png", (80, 60)), PlainDetections(np.array([[10.0, 10, 40, 30], [10, 35, 40, 55]]), np.array([0, 1]), MASK))]

    @pytest.fixture
    def path(tmp_path):
        export_coco(SOURCE, tmp_path / "coco.json", mapping=MAPPING)
        return tmp_path / "coco.json"

    def edit(path, change):
        document = json.loads(path.read_text())
        change(document)
        path.write_text(json.dumps(document))
"""


def run(project, tests: str, *arguments: str):
    project.pytester.makepyfile(test_it=textwrap.dedent(EXPORT) + textwrap.dedent(tests))
    return project.run(*arguments)


def test_a_sound_export_passes_all(project) -> None:
    run(
        project,
        """
        def test_sound(path, coco_check, assert_coco_valid, assert_roundtrip):
            report = coco_check(path)
            assert report.ok(Severity.WARNING)
            assert len(report.files) == 1
            assert assert_coco_valid(path, categories=CategoryList.from_names(["dog", "cat"]), select=["COCO2", "COCO40"]).ok()
            assert_roundtrip(SOURCE, path, mapping=MAPPING)

        def test_documents_in_memory(path, coco_check, assert_coco_valid):
            document = json.loads(path.read_text())
            assert coco_check(document).ok()
            document["annotations"][0]["id"] = 0
            assert [finding.code for finding in coco_check(document, select="COCO207").findings] == ["COCO207"]
            assert coco_check(document, ignore="COCO207").ok()
        """,
    ).assert_outcomes(passed=2)


def test_a_broken_export_fails_with_places_grouped_by_rule(project) -> None:
    result = run(
        project,
        """
        def test_broken(path, assert_coco_valid):
            def spoil(document):
                document["categories"][0]["name"] = "d\\x1bog"
                for row in document["annotations"]:
                    row["bbox"][2] = 0
                    row["id"] = 0
            edit(path, spoil)
            assert_coco_valid(path)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "test_it.py:*: in test_broken",
            "    assert_coco_valid(path)",
            "E   AssertionError: *coco.json: * errors*",
            "E     E COCO202 duplicate-annotation-id - 1 error",
            "E     E COCO501 box-not-positive - 2 errors",
            "E           1:*annotation 0 (image 1, im3.png): the box is 0 x 20 px  /annotations/0/bbox",
            "E     cocoproof explain COCO202 explains the rule",
        ]
    )
    assert "fixtures.py" not in result.stdout.str()
    assert "\x1b" not in result.stdout.str()


def test_the_projects_configuration_is_heeded_and_arguments_go_before_it(project) -> None:
    project.configure('reload = "never"\nignore = ["COCO207"]\nfail-on = "warning"\n[thresholds]\nbox-tolerance = 1000')
    project.pytester.makeini("[pytest]\ncoco_ignore = COCO202")
    run(
        project,
        """
        def test_it(path, coco_check, assert_coco_valid):
            def spoil(document):
                for row in document["annotations"]:
                    row["id"] = 0
            edit(path, spoil)
            assert "COCO207" not in {rule.code for rule in coco_check(path).files[0].rules}
            assert {rule.code for rule in coco_check(path, select=["COCO207", "COCO301"]).files[0].rules} == {"COCO301"}
            assert_coco_valid(path)

        def test_thresholds(path, coco_check):
            from cocoproof import Thresholds
            edit(path, lambda document: document["annotations"][0].update(bbox=[10, 10, 100, 20]))
            assert coco_check(path, select="COCO502").ok(Severity.WARNING)
            assert not coco_check(path, select="COCO502", thresholds=Thresholds()).ok(Severity.WARNING)

        def test_severity(path, assert_coco_valid):
            edit(path, lambda document: document["annotations"][0].update(area=1))
            assert_coco_valid(path, fail_on="error")
            with pytest.raises(AssertionError, match="COCO506"):
                assert_coco_valid(path)
        """,
    ).assert_outcomes(passed=3)


def test_what_means_nothing_is_an_error_of_the_test(project) -> None:
    run(
        project,
        """
        @pytest.mark.parametrize(
            ("wrong", "said"),
            [
                ({"select": "COCO999x"}, "unknown rule"),
                ({"select": "COCO501", "ignore": "COCO5"}, "there is no rule to run"),
                ({"kind": "pictures"}, "pictures"),
                ({"categories": "no.txt"}, "no.txt"),
                ({"gt": "no.json"}, "there is no such file"),
                ({"fail_on": "fatal"}, "fatal"),
            ],
        )
        def test_it(path, assert_coco_valid, wrong, said):
            with pytest.raises(ValueError, match=said):
                assert_coco_valid(path, **wrong)

        def test_files_that_are_not_there_are_findings(assert_coco_valid, assert_roundtrip):
            with pytest.raises(AssertionError, match="COCO001 unreadable-file"):
                assert_coco_valid("nothing.json")
            with pytest.raises(AssertionError, match="cannot load the file"):
                assert_roundtrip(SOURCE, "nothing.json", mapping=MAPPING)
        """,
    ).assert_outcomes(passed=7)


def test_a_wrong_configuration_fails_the_tests_that_need_it(project) -> None:
    project.configure("selct = []")
    result = run(project, "def test_it(path, coco_check): pass\ndef test_other(path, assert_roundtrip): pass")
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["cocoproof: configuration *: unknown option 'selct'; did you mean 'select'?"])
    assert "Traceback" not in result.stdout.str()


def test_losses_are_located_and_measured(project) -> None:
    result = run(
        project,
        """
        def spoil(document):
            document["annotations"][1]["bbox"][0] += 3
            document["annotations"][0]["category_id"] = 2
            document["annotations"][0]["area"] = 1

        def test_lossy(path, assert_roundtrip):
            edit(path, spoil)
            assert_roundtrip(SOURCE, path, mapping=MAPPING)

        def test_one_reader(path, assert_roundtrip):
            edit(path, spoil)
            assert_roundtrip(SOURCE, path, mapping=MAPPING, via="own", not_kept=["class", "area"])

        def test_not_claimed(path, assert_roundtrip):
            edit(path, spoil)
            assert_roundtrip(SOURCE, path, mapping=MAPPING, not_kept=["class", "area", "box"])
            with pytest.raises(ValueError, match="boxes"):
                assert_roundtrip(SOURCE, path, mapping=MAPPING, not_kept=["boxes"])
        """,
    )
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [
            "    assert_roundtrip(SOURCE, path, mapping=MAPPING)",
            "E   AssertionError: *through pycocotools  1 image - 2 detections",
            "E     E class - 1 loss",
            "E         image im3.png, detection 0: *",
            "E     E box - 1 loss",
            "E         image im3.png, detection 1: *3 px*",
            "E   6 losses",
            "*in test_one_reader",
            "E   AssertionError: *through own  1 image - 2 detections",
            "E   1 loss",
        ]
    )
    assert "fixtures.py" not in result.stdout.str()
