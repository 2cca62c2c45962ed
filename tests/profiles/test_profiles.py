"""Profiles: each is sound in itself, several are put together, and what they say holds in a run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from pycocotools.coco import COCO

import cocoproof
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.images.png_writer import black_png
from cocoproof.model.findings import Severity, Verdict
from cocoproof.profiles import CONSUMERS, PROFILES, Claim, ClaimEvidence, Policy, Profile, UnknownProfile, combine, resolve_policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, dataset, lvis, panoptic
from cocoproof.rules.rule import RuleContext, Violations, rule

if TYPE_CHECKING:
    from pathlib import Path

ALL = (*PROFILES, *CONSUMERS)
OWN = {rule.code: rule.severity for rule in RULES}
PERMANENT = re.compile(
    r"https://github\.com/[\w.-]+/[\w.-]+/(?:blob/(?:[0-9a-f]{40}|v?\d+\.\d+\.\d+)/\S+\.(?:py|rs)(?:#L\d+)?|commit/[0-9a-f]{40}|(?:pull|issues)/\d+)"
)


def severity(held_to: Policy, code: str) -> Severity | None:
    return None if code in held_to.off else held_to.severities.get(code, OWN[code])


@pytest.mark.parametrize("profile", ALL, ids=lambda profile: profile.name)
def test_every_claim_is_of_a_rule_and_has_its_grounds(profile: Profile) -> None:
    codes = [claim.code for claim in profile.claims]
    assert codes == sorted(set(codes))
    assert {*codes, *profile.required} <= OWN.keys()
    for claim in profile.claims:
        assert claim.why.endswith((".", ")")), claim
        if claim.proof is ClaimEvidence.NONE:
            assert claim.severity is None or profile.consumer is None, claim
        else:
            assert PERMANENT.fullmatch(claim.source), claim
    assert len({profile.name for profile in ALL}) == len(ALL)


def test_the_gravest_of_several_counts_and_silence_holds_to_the_catalogue() -> None:
    def one(name: str, *claims: Claim) -> Profile:
        return Profile(name, "", claims)

    lower = one("lower", Claim("COCO501", Severity.NOTE, ""), Claim("COCO502", Severity.NOTE, ""), Claim("COCO904", None, ""))
    other = one("other", Claim("COCO501", Severity.WARNING, ""), Claim("COCO904", None, ""), Claim("COCO905", None, ""))
    both = combine([lower, other])
    assert both.names == ("lower", "other")
    assert severity(both, "COCO501") is Severity.WARNING
    assert severity(both, "COCO502") is OWN["COCO502"] is Severity.WARNING
    assert both.off == {"COCO904"}
    assert severity(both, "COCO905") is OWN["COCO905"]
    assert combine([lower, lower]).names == ("lower",)
    assert combine([]) == Policy()


@pytest.mark.parametrize("pair", list(combinations(ALL, 2)), ids=lambda pair: "-".join(profile.name for profile in pair))
def test_what_two_profiles_ask_for_together_each_alone_asks_for_at_most(pair: tuple[Profile, Profile]) -> None:
    alone, together = [combine([profile]) for profile in pair], combine(pair)
    for code in OWN:
        ranks = [-1 if (found := severity(one, code)) is None else found.rank for one in (*alone, together)]
        assert ranks[2] == max(ranks[:2]), code
    assert together.required == alone[0].required | alone[1].required


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownProfile, match="did you mean release"):
        resolve_policy("relase")
    with pytest.raises(UnknownProfile, match="did you mean pycocotools"):
        resolve_policy(None, ["pycocotool"])
    with pytest.raises(UnknownProfile, match="unknown consumer 'release'; known: "):
        resolve_policy(None, ["release"])
    assert resolve_policy("default") == resolve_policy() == Policy()


def found(document: object, code: str, **options: object) -> list[Severity]:
    report = cocoproof.check(document, reload="never", **options)  # type: ignore[arg-type]
    return [finding.severity for finding in report.findings if finding.code == code]


GAPS = dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}])


def test_a_profile_raises_and_lowers_severities_and_counts() -> None:
    bare = dataset(document={"info": GONE})
    assert found(bare, "COCO107") == [Severity.NOTE]
    assert found(bare, "COCO107", profile="release") == [Severity.ERROR]
    assert found(bare, "COCO107", profile="release", consumers="supervision") == [Severity.ERROR]
    assert cocoproof.check(GAPS, reload="never").summary.warnings == 1
    lowered = cocoproof.check(GAPS, reload="never", consumers=["supervision"])
    assert (lowered.summary.warnings, lowered.profiles) == (0, ("supervision",))
    assert "COCO404" in {finding.code for finding in lowered.findings}


def test_what_an_option_asks_for_is_not_made_milder() -> None:
    assert found(GAPS, "COCO404", consumers="supervision") == [Severity.NOTE]
    assert found(GAPS, "COCO404", consumers="supervision", contiguous=True) == [Severity.ERROR]


@rule("COCO992", severity=Severity.WARNING, accept=[], reject=[])
def three_ways(context: RuleContext) -> list[Violations]:
    """Breaches that are milder than usual, usual and graver."""
    rows = context.coco.annotations.id.ok
    return [Violations.of_rows("annotations", rows, str, severity=severity) for severity in (Severity.NOTE, None, Severity.ERROR)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Severity.ERROR, [Severity.NOTE, Severity.ERROR, Severity.ERROR]),
        (Severity.WARNING, [Severity.NOTE, Severity.WARNING, Severity.ERROR]),
        (Severity.NOTE, [Severity.NOTE, Severity.NOTE, Severity.ERROR]),
    ],
)
def test_a_rules_own_shades_stay(given: Severity, expected: list[Severity]) -> None:
    options = CheckSettings(rules=(three_ways,), reload=ReloadMode.NEVER, policy=Policy(severities={"COCO992": given}))
    report = check_source(read_document(dataset()), options)
    assert [finding.severity for finding in report.findings] == expected
    assert report.summary.errors == expected.count(Severity.ERROR)
    assert report.summary.notes == expected.count(Severity.NOTE)


def test_a_rule_that_is_off_is_not_run_unless_it_is_selected() -> None:
    def codes(**options: object) -> set[str]:
        (file,) = cocoproof.check(dataset(), reload="never", **options).files  # type: ignore[arg-type]
        return {result.code for result in file.rules}

    assert "COCO904" in codes()
    assert "COCO904" not in codes(consumers="pycocotools")
    assert "COCO904" in codes(consumers=["pycocotools", "supervision"])
    assert codes(consumers="pycocotools", select="COCO904") == {"COCO904"}
    assert "COCO905" not in codes(consumers="supervision", ignore="COCO905")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A file with its picture beside it."""
    (tmp_path / "1.png").write_bytes(black_png(64, 48))
    path = tmp_path / "published.json"
    path.write_text(json.dumps(dataset(images=[{"file_name": "1.png"}])), encoding="utf-8")
    return path


def test_what_must_be_judged_and_cannot_is_a_breach(published: Path) -> None:
    assert cocoproof.check(published, profile="release").exit_code() == 0
    report = cocoproof.check(published, profile="release", reload="never", images=False)
    told = {finding.code: finding.message for finding in report.findings if finding.severity is Severity.ERROR}
    assert told == {
        "COCO801": "this cannot be checked, and the profile requires it: needs a folder of images (--images DIR)",
        "COCO901": "this cannot be checked, and the profile requires it: the reload is switched off",
    }
    failed = {result.code: result.count for result in report.files[0].rules if result.verdict is Verdict.FAILED}
    assert failed.items() >= {"COCO801": 1, "COCO901": 1}.items()
    assert report.exit_code() == 1
    ignored = ["image-missing", "COCO901"]
    assert cocoproof.check(published, profile="release", reload="never", images=False, ignore=ignored).exit_code() == 0


def test_a_panoptic_release_needs_its_pngs() -> None:
    told = {finding.code for finding in cocoproof.check(panoptic(), profile="release").findings if finding.severity is Severity.ERROR}
    assert told == {"COCO801", "COCO922"}
    assert not {"COCO801", "COCO922"} & {finding.code for finding in cocoproof.check(panoptic()).findings}


def test_a_release_has_no_picture_that_nobody_lists(published: Path) -> None:
    published.with_name("2.png").write_bytes(black_png(32, 48))
    assert cocoproof.check(published).exit_code() == 0
    report = cocoproof.check(published, profile="release")
    assert [finding.code for finding in report.findings if finding.severity is Severity.ERROR] == ["COCO808"]


def test_a_requirement_is_not_made_of_other_kinds_of_files() -> None:
    only_objects = replace(three_ways, requires=("pycocotools",), kinds=frozenset())
    options = CheckSettings(rules=(only_objects,), reload=ReloadMode.NEVER, policy=Policy(required=frozenset({"COCO992"})))
    (result,) = check_source(read_document(dataset()), options).rules
    assert (result.verdict, result.reason) == (Verdict.SKIPPED, "not for instances files")


def test_a_release_of_several_files_compares_them(tmp_path) -> None:
    paths = []
    for name in ("train", "val"):
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(dataset()), encoding="utf-8")
    (result,) = (result for result in cocoproof.check(paths, profile="release").files[1].rules if result.code == "COCO851")
    assert result.verdict is Verdict.FAILED
    for apart in (
        cocoproof.check(paths, profile="release", splits=False),
        cocoproof.check(paths),
        cocoproof.check(paths[:1], profile="release"),
    ):
        assert {result.verdict for file in apart.files for result in file.rules if result.code == "COCO851"} == {Verdict.SKIPPED}


def test_a_release_decodes_its_pictures_unless_told_otherwise(published: Path) -> None:
    image = black_png(64, 48)
    damaged = image[:41] + bytes(len(image) - 57) + image[-16:]  # its header and its end are intact
    published.with_name("1.png").write_bytes(damaged)

    def found(**options: object) -> set[str]:
        report = cocoproof.check(published, **options)  # type: ignore[arg-type]
        return {finding.code for finding in report.findings if finding.severity is Severity.ERROR}

    assert "COCO802" not in found()
    assert "COCO802" in found(profile="release")
    assert "COCO802" not in found(profile="release", decode=False)


def test_an_empty_list_of_results_is_not_loaded_by_pycocotools():
    """`COCO.loadRes` looks into the first result."""
    coco = COCO()
    coco.dataset = dataset()
    coco.createIndex()
    with pytest.raises(IndexError):
        coco.loadRes([])
    report = cocoproof.check([], kind="results", reload="never", consumers="pycocotools")
    assert [(finding.code, finding.message) for finding in report.findings] == [
        ("COCO110", "pycocotools does not load an empty list of results: `COCO.loadRes` raises IndexError")
    ]
    assert not cocoproof.check([], kind="results", reload="never").findings


def test_what_only_lvis_reads_is_a_note_for_consumers() -> None:
    document = lvis(images=[{"neg_category_ids": GONE}])
    for profile, consumers, expected in (
        (None, (), Severity.ERROR),
        (None, ("supervision", "pycocotools"), Severity.NOTE),
        ("release", ("supervision",), Severity.ERROR),
    ):
        report = cocoproof.check(document, profile=profile, consumers=consumers, reload="never", select="COCO931")
        assert [finding.severity for finding in report.findings if finding.code == "COCO931"] == [expected]
