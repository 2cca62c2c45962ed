"""The page as HTML: parsed by html5lib, which shares nothing with the template."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections import Counter
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import html5lib
import numpy as np
import pytest
from PIL import Image

from cocoproof.checking.check_file import check_file
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.mapping import CategoryList
from cocoproof.model.escaping import escape
from cocoproof.model.findings import Report, Severity
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reports.html import HtmlReportBuilder, ReportCaps
from cocoproof.rules.examples import GONE, dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

_XML = "{http://www.w3.org/1999/xhtml}"


@cache
def parse(page: str) -> Element:
    """The tree of a page that has no parse error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


def named(tree: Element, tag: str) -> Iterator[Element]:
    return (element for element in tree.iter() if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == tag)


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def saved(tmp_path: Path, document: Any, name: str = "a.json") -> Path:
    path = tmp_path / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


BROKEN = dataset(
    [
        {},
        {"bbox": [4, 5, 0, 16]},
        {"bbox": [60, 40, 30, 30]},
        {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]},
        {"area": GONE, "bbox": "none"},
    ],
    images=[{}, {"file_name": "2.jpg"}],
)


@pytest.fixture
def broken(page: Callable[..., str], tmp_path: Path) -> str:
    return page(saved(tmp_path, BROKEN))


def test_the_page_stands_alone_and_runs_nothing(broken: str, hostile_page: str) -> None:
    for page in (broken, hostile_page):
        tree = parse(page)
        allowed = {
            "html", "head", "meta", "link", "title", "style", "body", "a", "header", "nav", "main", "footer", "section", "h1", "h2", "h3", "h4", "p", "span", "b", "bdi", "code",
            "ul", "ol", "li", "div", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "defs", "g", "use", "image", "path", "rect", "text", "strong",
        }  # fmt: skip
        assert {element.tag.rpartition("}")[2] for element in tree.iter() if isinstance(element.tag, str)} <= allowed
        for element in tree.iter():
            for name, value in element.attrib.items():
                plain = name.rpartition("}")[2].lower()
                assert not plain.startswith("on")
                assert plain not in {"style", "src", "srcset", "action", "formaction"}
                if plain == "href":
                    assert re.fullmatch(r"#[\w-]+|data:(,|image/(png|webp|jpeg);base64,[A-Za-z0-9+/=]+)", value), value
        assert "url(" not in next(named(tree, "style")).text
        assert "@import" not in next(named(tree, "style")).text


def test_the_policy_allows_the_style_sheet_and_pictures_alone(broken: str) -> None:
    tree = parse(broken)
    style = next(named(tree, "style")).text
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = (one.get("content") for one in named(tree, "meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; img-src data:; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    # It counts only from where it stands on.
    assert broken.index("Content-Security-Policy") < broken.index("<style>")


def test_ids_are_unique_and_every_link_arrives(broken: str, hostile_page: str) -> None:
    for page in (broken, hostile_page):
        tree = parse(page)
        ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
        assert set(ids.values()) == {1}
        wanted = [value for element in tree.iter() for name, value in element.attrib.items() if name.endswith("href")]
        assert {value[1:] for value in wanted if value.startswith("#")} <= set(ids)
        assert {element.get("aria-labelledby") for element in tree.iter() if element.get("aria-labelledby")} <= set(ids)


def test_landmarks_and_headings(broken: str) -> None:
    tree = parse(broken)
    assert [len(list(named(tree, tag))) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    levels = [int(element.tag[1]) for element in tree.iter() if isinstance(element.tag, str) and re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert next(named(tree, "html")).get("lang") == "en"
    first_link = next(named(tree, "a"))
    assert (first_link.get("class"), first_link.get("href")) == ("skip", "#main")
    for picture in named(tree, "svg"):
        assert picture.get("aria-hidden") == "true" or (picture.get("role") == "img" and picture.get("aria-label"))


@pytest.mark.parametrize("text", range(54))
def test_hostile_text_is_shown_and_inert(hostile_page: str, hostile_texts: tuple[str, ...], text: int) -> None:
    assert len(hostile_texts) == 54
    # A message quotes at most 200 characters of a name.
    shown = " ".join(escape(hostile_texts[text][:60]).split())
    assert shown in text_of(parse(hostile_page))


def test_no_live_character_is_left(hostile_page: str) -> None:
    live = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]")
    assert live.search(hostile_page) is None
    assert "\\u202e" in hostile_page


def test_the_verdict_stands_at_the_top(page: Callable[..., str], tmp_path: Path) -> None:
    clean = {"info": {"description": ""}, "licenses": [{"id": 1, "name": "", "url": ""}], **dataset()}
    path = saved(tmp_path, clean)
    examined = check_file(path, CheckSettings(reload=ReloadMode.NEVER))
    assert examined.report.summary.notes
    html = HtmlReportBuilder(1)
    html.add(examined)

    def heading(fail_on: Severity) -> str:
        return text_of(next(named(parse(html.render(Report(files=(examined.report,)), fail_on)), "h1")))

    notes = examined.report.summary.notes
    assert heading(Severity.ERROR).startswith("Passed ")
    assert heading(Severity.NOTE) == f"Failed {notes} note{'s' if notes > 1 else ''}."
    assert text_of(next(named(parse(page(saved(tmp_path, BROKEN, "b.json"))), "title"))) == "Failed: b.json - cocoproof"


def test_counts_are_exact_where_the_list_is_cut(page: Callable[..., str], tmp_path: Path) -> None:
    path = saved(tmp_path, dataset([{"bbox": [4, 5, 0, 16]}] * 130))
    tree = parse(page(path, max_findings=70, limits=ReportCaps(findings_per_rule=20, pictures_per_rule=3)))
    (section,) = (one for one in named(tree, "section") if one.get("id") == "file-1-COCO501")
    assert "130 errors" in text_of(section)
    assert "110 more are not listed here" in text_of(section)
    cards = [one for one in named(section, "li") if (one.get("class") or "").startswith("card")]
    assert len(cards) == 20
    assert [("pictured" in one.get("class")) for one in cards] == [True] * 3 + [False] * 17
    totals = next(one for one in named(tree, "ul") if one.get("class") == "totals")
    report = check_file(path, CheckSettings(reload=ReloadMode.NEVER)).report
    assert f"{report.summary.errors} errors" in text_of(totals)


def test_every_rule_gets_a_picture_before_one_gets_a_second(page: Callable[..., str], tmp_path: Path) -> None:
    path = saved(tmp_path, dataset([{"bbox": [4, 5, 0, 16], "area": -1}] * 9))
    tree = parse(page(path, limits=ReportCaps(pictures=4)))
    for code in ("COCO501", "COCO507"):
        (section,) = (one for one in named(tree, "section") if one.get("id") == f"file-1-{code}")
        assert any((one.get("class") or "") == "card pictured" for one in named(section, "li"))
    assert sum((one.get("class") or "") == "card pictured" for one in named(tree, "li")) == 4


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve images of noise, the worst that a codec can be given, and a file with 1,800 findings and more on them."""
    folder = tmp_path_factory.mktemp("noisy")
    rng = np.random.default_rng(5)
    for k in range(12):
        Image.fromarray(rng.integers(0, 256, (500, 700, 3), np.uint8)).save(folder / f"{k}.jpg", quality=60)
    images = [{"id": k + 1, "width": 700, "height": 500, "file_name": f"{k}.jpg"} for k in range(12)]
    rows = [
        # What is so in every row is one finding: half of the rows have each defect.
        {
            "id": k,
            "image_id": k % 12 + 1,
            "category_id": 1,
            "bbox": [k % 600, 5 + k // 600, 30, 20] if k % 2 else [k % 600, 5 + k // 600, 30, 0],
            "area": 600 if k % 2 else -1,
            "iscrowd": 0,
            "segmentation": [[1, 2, 3]] if k % 2 else [],
        }
        for k in range(1200)
    ]
    saved(folder, {"images": images, "annotations": rows, "categories": [{"id": 1, "name": "cat"}]})
    return folder


@pytest.mark.slow
def test_a_thousand_findings_with_thumbnails_weigh_under_five_megabytes(page: Callable[..., str], noisy: Path) -> None:
    text = page(noisy / "a.json", images=noisy, limits=ReportCaps(findings_per_rule=400, pictures_per_rule=40))
    tree = parse(text)
    classes = [one.get("class") or "" for one in named(tree, "li")]
    assert sum(name.startswith("card") for name in classes) > 1000
    assert sum(name == "card pictured" for name in classes) >= 100
    assert len(text.encode()) < 5_000_000


def test_thumbnails_keep_to_their_budget_and_are_embedded_once(page: Callable[..., str], noisy: Path) -> None:
    text = page(noisy / "a.json", images=noisy, limits=ReportCaps(pictures_per_rule=40, picture_bytes=300_000))
    thumbnails = re.findall(r'id="thumbnail-\d+"[^>]* href="(data:image/webp;base64,[^"]+)"', text)
    assert 200_000 < sum(map(len, thumbnails)) < 300_000
    assert len(thumbnails) == len(set(thumbnails))
    assert "reached its limit of pictures" in text


def test_a_hundred_thousand_findings_are_quick_and_small(tmp_path: Path) -> None:
    rows = [
        {"id": k, "image_id": 1, "category_id": 1, "bbox": [1, 2, 0, 4], "area": -1, "iscrowd": 0, "segmentation": [[1, 2, 3, 4]]}
        for k in range(45_000)
    ]
    document = {
        "images": [{"id": 1, "width": 64, "height": 48, "file_name": "a.jpg"}],
        "annotations": rows,
        "categories": [{"id": 1, "name": "a"}],
    }
    examined = check_file(saved(tmp_path, document), CheckSettings(reload=ReloadMode.NEVER))
    summary = examined.report.summary
    assert summary.errors + summary.warnings + summary.notes > 80_000
    begin = time.process_time()
    html = HtmlReportBuilder(1)
    html.add(examined)
    text = html.render(Report(files=(examined.report,)))
    assert time.process_time() - begin < 3  # about half a second, most of it for the template
    assert len(text) < 500_000


def test_the_same_input_gives_the_same_bytes(page: Callable[..., str], tmp_path: Path) -> None:
    path = saved(tmp_path, BROKEN)
    assert page(path) == page(path)


def test_several_files_have_a_table_with_anchors(page: Callable[..., str], tmp_path: Path) -> None:
    paths = [saved(tmp_path, BROKEN, "a.json"), saved(tmp_path, dataset(), "b.json"), saved(tmp_path, BROKEN, "c.json")]
    (tmp_path / "d.json").write_text("{", encoding="utf-8")
    tree = parse(page(*paths, tmp_path / "d.json", tmp_path / "absent.json"))
    (table,) = (one for one in named(tree, "nav") if one.get("aria-label") == "Files")
    rows = [text_of(one) for one in named(table, "th") if one.get("scope") == "row"]
    assert [row.rpartition("/")[2] for row in rows] == ["a.json", "b.json", "c.json", "d.json", "absent.json"]
    assert [one.get("href") for one in named(table, "a")] == [f"#file-{k}" for k in range(1, 6)]
    # What a rule means is told once; later sections lead there.
    explained = [one for one in named(tree, "a") if one.get("href") == "#file-1-COCO501"]
    assert len(explained) == 2
    assert "COCO002" in text_of(next(one for one in named(tree, "section") if one.get("id") == "file-4"))
    assert "COCO001" in text_of(next(one for one in named(tree, "section") if one.get("id") == "file-5"))


def test_files_share_the_pictures(page: Callable[..., str], tmp_path: Path) -> None:
    document = dataset([{"bbox": [4, 5, 0, 16], "area": -1}] * 9)
    paths = [saved(tmp_path, document, f"{k}.json") for k in range(3)]
    tree = parse(page(*paths, limits=ReportCaps(pictures=4)))
    sections = [one for one in named(tree, "section") if one.get("class") == "file"]
    assert [sum((one.get("class") or "") == "card pictured" for one in named(section, "li")) for section in sections] == [2, 1, 1]


def test_the_gravest_come_first(page: Callable[..., str], tmp_path: Path) -> None:
    path = saved(tmp_path, BROKEN)
    report = check_file(path, CheckSettings(reload=ReloadMode.NEVER)).report
    worst = {}
    for finding in report.findings:
        worst[finding.code] = max(worst.get(finding.code, 0), finding.severity.rank)
    assert len(set(worst.values())) == 3
    shown = [
        one.get("id").rpartition("-")[2] for one in named(parse(page(path)), "section") if (one.get("class") or "").startswith("rule ")
    ]
    assert shown == sorted(worst, key=lambda code: (-worst[code], code))


def test_of_very_many_files_those_with_findings_have_a_section(page: Callable[..., str], tmp_path: Path) -> None:
    clean = [saved(tmp_path, {"info": {}, "licenses": [], **dataset([{}, {"category_id": 2}])}, f"clean{k}.json") for k in range(4)]
    tree = parse(page(*clean, saved(tmp_path, BROKEN), limits=ReportCaps(files_in_detail=2, files=3)))
    assert [one.get("id") for one in named(tree, "section") if one.get("class") == "file"] == ["file-5"]
    assert "And 2 more files." in " ".join("".join(tree.itertext()).split())


@pytest.mark.parametrize("key", ["1" * 5000, "0", "9" * 15, "\u0663", "~1~0"])
def test_keys_that_look_like_rows_are_none(page: Callable[..., str], tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.json"
    text = f'{{"images": [], "annotations": {{"{key}": 1, "{key}": 1}}, "{key}": {{"{key}": NaN}}, "categories": []}}'
    path.write_text(text, encoding="utf-8")
    assert "COCO005" in page(path)


def test_categories_stand_beside_the_class_list(page: Callable[..., str], tmp_path: Path) -> None:
    names = [{"name": "dog"}, {"name": "cat"}, {"name": "cow"}]
    expected = CategoryList.from_names(["cat", "dog", "bird"])
    tree = parse(page(saved(tmp_path, dataset([{}, {}, {"category_id": 3}], categories=names)), expected=expected))
    (table,) = (one for one in named(tree, "table") if one.get("class") == "categories")
    cells = [[text_of(cell) for cell in row] for row in named(table, "tr")][1:]
    assert [(row[0], row[1], row[2], row[4]) for row in cells] == [
        ("1", "dog", "2", "at position 1, expected 2"),
        ("2", "cat", "0", "at position 2, expected 1"),
        ("3", "cow", "1", "not in the class list"),
        ("-", "bird", "-", "missing"),
    ]


def test_what_was_not_judged_is_never_shown_as_passed(page: Callable[..., str], tmp_path: Path) -> None:
    path = saved(tmp_path, BROKEN)
    report = check_file(path, CheckSettings(reload=ReloadMode.NEVER)).report
    tree = parse(page(path))
    (listed,) = (one for one in named(tree, "ul") if one.get("class") == "verdicts")
    passed = next(text_of(one) for one in named(listed, "li") if text_of(one).startswith("Passed:"))
    assert set(re.findall(r"COCO\d+", passed)) == {rule.code for rule in report.rules if rule.verdict.value == "passed"}
    skipped = " ".join(text_of(one) for one in named(listed, "li") if text_of(one).startswith("Skipped"))
    assert set(re.findall(r"COCO\d+", skipped)) == {rule.code for rule in report.rules if rule.verdict.value == "skipped"}


def _luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_enough_contrast_in_both_themes(broken: str) -> None:
    style = next(named(parse(broken), "style")).text
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in style.split("prefers-color-scheme: dark", 1))
    dark = light | dark
    for theme in (light, dark):
        for ink, grounds in {
            "ink": ["ground", "surface", "sunk", "error-wash"],
            "quiet": ["ground", "surface", "sunk"],
            "link": ["ground", "surface"],
            **{name: ["ground", "surface", f"{name}-wash"] for name in ("error", "warning", "note", "passed")},
        }.items():
            for ground in grounds:
                lighter, darker = sorted((_luminance(theme[ink]), _luminance(theme[ground])), reverse=True)
                assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, ground, theme[ink], theme[ground])
