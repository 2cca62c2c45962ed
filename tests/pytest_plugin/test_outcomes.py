"""What becomes of a COCO file's tests: failures with their place, skips with their reason, crashes that say so; and what pytest makes of them."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

import cocoproof
import cocoproof.pytest_plugin.checker
from cocoproof.rules.catalogue import RULES, find

pytest_plugins = ["pytester"]

FIXTURES = Path(__file__).parents[2] / "fixtures"
BOX = "COCO501-box-not-positive"


def told(*paths: Path) -> dict[str, int]:
    """How many tests of these files must pass, fail and be skipped, by the verdicts of `cocoproof.check`."""
    verdicts = [rule for path in paths for rule in cocoproof.check(path, reload="never").files[0].rules]
    skipped = sum(rule.verdict == "skipped" for rule in verdicts)
    failed = sum(rule.summary.errors > 0 for rule in verdicts)
    return {"passed": len(verdicts) - skipped - failed, "failed": failed, "skipped": skipped}


@pytest.fixture
def judged(monkeypatch):
    """How often each file was judged."""
    check_file, count = cocoproof.pytest_plugin.checker.check_file, Counter()

    def counting(path, *arguments):
        count[Path(path).name] += 1
        return check_file(path, *arguments)

    monkeypatch.setattr(cocoproof.pytest_plugin.checker, "check_file", counting)
    return count


@pytest.fixture
def bursting():
    """COCO502 fails inside."""
    (rule,) = find("COCO502")
    judge = rule.check

    def burst(case):
        raise ZeroDivisionError("by \x1b zero")

    object.__setattr__(rule, "check", burst)
    yield
    object.__setattr__(rule, "check", judge)


def test_a_finding_is_a_failure_with_its_place(data) -> None:
    result = data.run("--coco", "data")
    result.assert_outcomes(**told(data.path / "data/bad.json", data.path / "data/good.json"))
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        [
            f"*_ data/bad.json {BOX} _*",
            "  E COCO501 box-not-positive - 1 error",
            "        10:54  annotation 1 (image 1, 1.jpg): the box is 0 x 16 px  /annotations/0/bbox",
            "  cocoproof explain COCO501 explains the rule",
            f"FAILED data/bad.json::{BOX} - 1 error, line 10: annotation*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_what_is_found_by_a_family_is_grouped_by_rule(project, example) -> None:
    boxes = [{"id": k, "bbox": [4, 5, 0, 16]} for k in range(1, 6)] + [{"id": 9, "area": -1}]
    project.write("five.json", example(boxes))
    result = project.run("--coco", "five.json", "--coco-by", "family", "-k", "COCO5")
    result.assert_outcomes(failed=1, deselected=len({rule.code[:5] for rule in RULES}) - 1)
    result.stdout.re_match_lines_random(
        [
            r"  E COCO501 box-not-positive - 5 errors",
            r"               and 2 more",
            r"  E COCO507 area-not-positive - 1 error",
            r"FAILED five.json::COCO5 - COCO501, COCO507: 6 errors, line 1: annotation 1.*",
        ]
    )
    assert len([line for line in result.outlines if "the box is 0 x 16 px" in line and not line.startswith("FAILED")]) == 3


def test_what_is_not_judged_is_skipped_with_the_reason(data) -> None:
    result = data.run("--coco", "data/good.json", "-rs", "--coco-select", "COCO4,COCO7,COCO901")
    result.stdout.fnmatch_lines_random(
        [
            "SKIPPED [[]4] data/good.json:1: needs a class list (--categories FILE)",
            "SKIPPED [[]*[]] data/good.json:1: not for instances files",
            "SKIPPED [[]1] data/good.json:1: the reload is switched off",
        ]
    )
    data.write("classes.txt", b"person\ncar\ndog\n")
    data.pytester.makeini("[pytest]\ncoco_categories = classes.txt")
    data.run("--coco", "data/good.json", "--coco-select", "COCO401,COCO402,COCO403").assert_outcomes(passed=3)


def test_a_class_list_and_a_ground_truth_are_heeded(project) -> None:
    project.take("accept/results_bbox.json", "results.json")
    project.take("accept/instances.json", "truth.json")
    project.write("truth_of_others.json", {"images": [], "annotations": [], "categories": []})
    project.run("--coco", "results.json", "--coco-gt", "truth.json", "-k", "COCO911").assert_outcomes(passed=1, deselected=len(RULES) - 1)
    project.run("--coco", "results.json", "--coco-gt=truth_of_others.json", "-k", "COCO911").assert_outcomes(
        failed=1, deselected=len(RULES) - 1
    )


def test_a_rule_that_fails_inside_is_an_error_that_says_so(data, bursting) -> None:
    result = data.run("--coco", "data/good.json", "--coco-select", "COCO501,COCO502")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of data/good.json COCO502-box-outside-image*",
            r"COCO502 crashed (internal error), its verdict is unknown: ZeroDivisionError: by \x1b zero",
            "  this is a defect of cocoproof, not of the file; please report it",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_defect_of_the_verifier_is_an_error_of_each_test_and_met_once(data, monkeypatch) -> None:
    calls = []

    def fail(path, *arguments):
        calls.append(path)
        raise RuntimeError("the verifier itself")

    monkeypatch.setattr(cocoproof.pytest_plugin.checker, "check_file", fail)
    result = data.run("--coco", "data/good.json", "--coco-select", "COCO501,COCO502")
    result.assert_outcomes(errors=2)
    assert len(calls) == 1
    result.stdout.fnmatch_lines(["E*RuntimeError: the verifier itself"])


def test_what_is_below_fail_on_passes_and_can_be_read(project, example) -> None:
    project.write("tiny.json", example([{"bbox": [10, 10, 20, 0.5], "area": 10}]))
    arguments = ("--coco", "tiny.json", "--coco-select", "COCO510,COCO501")
    result = project.run(*arguments, "-rA")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*_ tiny.json COCO510-tiny-box _*",
            "*cocoproof: below the failing severity*",
            "  N COCO510 tiny-box - 1 note",
            "*1:*20 x 0.5 px*",
            "cocoproof: 1 note in tests that passed, below error; -rA shows them",
        ]
    )
    project.run(*arguments, "--coco-fail-on", "note").assert_outcomes(passed=1, failed=1)
    project.configure('reload = "never"\nfail-on = "note"')
    project.run(*arguments).assert_outcomes(passed=1, failed=1)
    project.run(*arguments, "-o", "coco_fail_on=error").assert_outcomes(passed=2)


def test_an_error_among_many_warnings_fails(project, example) -> None:
    """COCO007 is a warning beyond 2^53 and an error beyond 2^63; the list of findings is cut long before the error."""
    rows = [{"id": 2**53 + k} for k in range(200)] + [{"id": 2**63}]
    project.write("ids.json", example(rows))
    result = project.run("--coco", "ids.json", "--coco-select", "COCO007")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- 1 error*"])


def test_fixtures_fail_as_check_says(project) -> None:
    """File by file, every third; the exit codes of `cocoproof check` are tested by themselves."""
    (project.path / "all").mkdir()
    names = []
    for fixture in sorted([*(FIXTURES / "accept").glob("*.json"), *(FIXTURES / "reject").glob("*.json*")])[::3]:
        name = f"all/{fixture.parent.name}-{fixture.name}"
        project.take(f"{fixture.parent.name}/{fixture.name}", name)
        names.append(name)
    result = project.run("--coco", *names, "-q", "-rf", "--coco-by", "family")
    failed = {line.split(" ")[1].partition("::")[0] for line in result.outlines if line.startswith("FAILED")}
    expected = {name for name in names if cocoproof.check(project.path / name, reload="never").exit_code() == 1}
    assert failed == expected
    assert 10 < len(expected) < len(names) - 5


@pytest.mark.parametrize("arguments", [("-k", "COCO501"), ("--coco-select", "COCO501,COCO502")])
def test_a_file_that_cannot_be_read_is_not_clean_because_that_rule_was_left_out(project, arguments) -> None:
    project.write("cut.json", b'{"images": [')
    result = project.run("--coco", "cut.json", *arguments)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["  E COCO002 invalid-json - 1 error", "FAILED cut.json::COCO501-box-not-positive - COCO002*"])
    project.run("--coco", "cut.json").assert_outcomes(**told(project.path / "cut.json"))
    assert (
        project.run("--coco", "cut.json", *arguments, "--coco-ignore=COCO002").ret
        == cocoproof.check("cut.json", ignore="COCO002").exit_code()
    )


def test_a_file_that_vanishes_after_the_collection_fails(data) -> None:
    data.pytester.makeconftest("import os\ndef pytest_collection_finish(): os.remove('data/good.json')")
    data.run("--coco", "data/good.json", "--coco-by", "file").stdout.fnmatch_lines(["  E COCO001 unreadable-file - 1 error"])


def test_a_file_is_judged_once_whatever_number_of_tests_it_has(data, judged) -> None:
    data.run("--coco", "data")
    assert judged == {"bad.json": 1, "good.json": 1}
    judged.clear()
    data.run("--coco", "data", "--collect-only")
    data.run("--coco", "data", "-k", "no_such_rule")
    assert not judged


def test_splits_are_compared_in_the_order_of_the_paths(project, judged) -> None:
    project.configure('reload = "never"\nsplits = true')
    project.take("accept/train_split.json", "train.json")
    project.take("reject/COCO851-split-image-leak.json", "val.json")
    rules = ("--coco-select", "COCO851,COCO301")
    whole = project.run("--coco", "train.json", "val.json", *rules)
    whole.assert_outcomes(failed=1, passed=2, skipped=1)
    assert judged == {"train.json": 1, "val.json": 1}
    alone = project.run("--coco", "train.json", "val.json", *rules, "-k", "val.json and COCO851")
    alone.assert_outcomes(failed=1, deselected=3)
    expected = cocoproof.check([project.path / "train.json", project.path / "val.json"], splits=True, reload="never", select="COCO851")
    assert len(expected.findings) == 1
    # A release is compared whether its configuration speaks of splits or not, as `cocoproof check` does it.
    project.configure('reload = "never"\nprofile = "release"')
    project.run("--coco", "train.json", "val.json", *rules).assert_outcomes(failed=1, passed=2, skipped=1)
    project.configure('reload = "never"\nsimilar = true')
    wrong = project.run("--coco", "train.json", "val.json")
    assert wrong.ret == pytest.ExitCode.USAGE_ERROR
    wrong.stderr.fnmatch_lines(["ERROR: cocoproof: similar in *cocoproof.toml compares the images of splits*"])


def test_what_a_baseline_accepts_is_skipped_and_the_baseline_is_not_judged(data) -> None:
    from cocoproof.cli.main import run

    accepted = data.path / "data" / "accepted.json"
    assert (
        run(["check", "data/bad.json", "--baseline", str(accepted), "--update-baseline", "--reload", "never", "--output", "report.txt"])
        == 0
    )
    data.configure('reload = "never"\nbaseline = "data/accepted.json"')
    result = data.run("--coco", "data", "-rs")
    assert "failed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["SKIPPED * data/bad.json:1: 1 violation is accepted by the baseline"])
    assert "accepted.json" not in result.stdout.str()
    data.take("reject/COCO207-annotation-id-zero.json", "data/bad.json")
    data.run("--coco", "data/bad.json", "-k", "COCO207").assert_outcomes(failed=1, deselected=len(RULES) - 1)
    assert data.run("--coco", "data/accepted.json").ret == pytest.ExitCode.USAGE_ERROR
    accepted.write_text("{")
    assert data.run("--coco", "data").ret == pytest.ExitCode.USAGE_ERROR


def test_x_stops_k_and_m_select_and_lf_repeats(data) -> None:
    data.pytester.makepyfile(test_it="def test_ordinary(): pass")
    everything = ("test_it.py", "--coco", "data")
    assert data.run(*everything, "-x").parseoutcomes()["failed"] == 1
    total = 2 * len(RULES) + 1
    data.run(*everything, "-k", "bad.json and COCO501").assert_outcomes(failed=1, deselected=total - 1)
    data.run(*everything, "-m", "not coco", "--strict-markers").assert_outcomes(passed=1, deselected=total - 1)
    assert data.run(*everything).parseoutcomes()["failed"] == 1
    again = data.run(*everything, "--lf")
    again.assert_outcomes(failed=1)
    data.take("accept/instances.json", "data/bad.json")
    data.run(*everything, "--lf").assert_outcomes(passed=1)


def test_last_failed_finds_files_outside_of_the_project(data, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    for name in ("bad.json", "good.json"):
        (outside / name).write_bytes((data.path / "data" / name).read_bytes())
    data.pytester.makeini("[pytest]")
    data.run(f"--coco={outside}")
    data.run(f"--coco={outside}", "--lf").assert_outcomes(failed=1)


def test_a_rerun_judges_the_file_again(data) -> None:
    """As pytest-rerunfailures does it; the file is mended after the first failure."""
    pytest.importorskip("pytest_rerunfailures")
    data.pytester.makeconftest(
        """
        import shutil
        def pytest_runtest_logreport(report):
            if report.outcome == "rerun":
                shutil.copyfile("data/good.json", "data/bad.json")
        """
    )
    result = data.pytester.runpytest_inprocess("-p", "no:xdist", "--coco", "data", "--reruns", "2", "-k", "COCO50")
    result.assert_outcomes(passed=18)
    result.stdout.fnmatch_lines(["*1 rerun*"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the wrapper is written for a shell")
def test_workers_of_xdist_have_the_same_tests_and_judge_a_file_once_each(data) -> None:
    pytest.importorskip("xdist")
    for k in range(2):
        data.take("accept/instances.json", f"data/more{k}.json")
    files = list((data.path / "data").iterdir())
    arguments = ("--coco", "data", "--coco-by", "family")
    alone = data.run(*arguments).parseoutcomes()
    data.pytester.makeconftest(
        """
        import os, shutil
        import cocoproof.pytest_plugin.checker as judge

        def pytest_configure_node(node):  # a folder that changes while the workers start
            shutil.copyfile("data/good.json", f"data/late-{node.gateway.id}.json")

        check_file = judge.check_file
        def noting(path, *arguments):
            with open("judged.txt", "a") as file:
                file.write(f"{os.environ['PYTEST_XDIST_WORKER']} {os.path.basename(path)}\\n")
            return check_file(path, *arguments)
        judge.check_file = noting
        """
    )
    result = data.pytester.runpytest_subprocess(*arguments, "-n", "2", "-p", "no:randomly")
    assert result.parseoutcomes() == alone
    judged = Counter((data.path / "judged.txt").read_text().splitlines())
    assert set(judged.values()) == {1}
    by_worker = defaultdict(set)
    for line in judged:
        worker, name = line.split()
        by_worker[worker].add(name)
    assert set().union(*by_worker.values()) == {path.name for path in files}
