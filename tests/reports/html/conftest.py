"""Documents and reports that the tests of the HTML report share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.checking.check_file import check_file, next_settings
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.mapping import CategoryList
from cocoproof.model.findings import Report
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reports.html import HtmlReportBuilder, ReportCaps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cocoproof.rules.earlier_splits import EarlierSplits

HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</svg><script>alert(1)</script>",
    "</td></tr></table><h1>owned</h1>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    '"><script>alert(1)</script>',
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "https://evil.example/pixel.png",
    "//evil.example/pixel.png",
    "url(https://evil.example/a.png)",
    "@import 'https://evil.example/a.css';",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# comment #}",
    "${7*7}",
    "&lt;b&gt;bold&lt;/b&gt;",
    "&#60;script&#62;",
    "&amp;",
    "a&b<c>d\"e'f`g",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "\u200f\u061carabic marks",
    "\u202a\u202b\u202c\u202d",
    "nul\x00byte",
    "esc\x1b[31mred\x1b[2J",
    "bell\x07back\x08space",
    "line\nbreak\r\nand\u2028separators\u2029",
    "c1\x85\x9bcontrols",
    "\ufeffbom",
    "zero\u200bwidth\u200djoiner",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324\u031e\u0349\u035a\u032f\u031e\u0320\u034da\u036b\u0357\u0334\u0362\u0335\u031c\u0330\u0354lgo",
    "\u05e9\u05dc\u05d5\u05dd.jpg",
    "\u0645\u0631\u062d\u0628\u0627",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 family",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "x" * 10_000,
    "<b>" * 3_000,
    "\U0001f600" * 2_500,
    "\u202e" * 500,
    " ",
    "::error file=x::owned",
    "../../../etc/passwd",
    "C:\\Windows\\win.ini",
    "on=click style=position:fixed",
)


def hostile_document() -> dict[str, Any]:
    """Every hostile text as a file name, a category's name, an id and a key, in rows that many rules find fault with."""
    images = [{"id": k + 1, "width": 64, "height": 48, "file_name": name} for k, name in enumerate(HOSTILE)]
    categories = [{"id": k + 1, "name": name, "supercategory": name} for k, name in enumerate(HOSTILE)]
    annotations: list[dict[str, Any]] = [
        {"id": k, "image_id": k + 1, "category_id": k + 1, "bbox": [4, 5, 0, 90], "area": 0, "iscrowd": 0, "segmentation": [[1, 2, 3]]}
        for k in range(len(HOSTILE))
    ]
    annotations += [{"id": name, "image_id": name, "category_id": name, "bbox": name, "segmentation": name} for name in HOSTILE]
    images.append({"id": 1, "width": 64, "height": 48, "file_name": HOSTILE[0]})
    categories.append({"id": 1, "name": HOSTILE[0].upper(), "supercategory": ""})
    return {**dict.fromkeys(HOSTILE, 1), "images": images, "annotations": annotations, "categories": categories}


@pytest.fixture(scope="session")
def page() -> Callable[..., str]:
    """Makes the page of files that are judged, without a reload unless told."""

    def make(
        *paths: Path,
        images: Path | None = None,
        expected: CategoryList | None = None,
        limits: ReportCaps | None = None,
        max_findings: int | None = 1000,
        reload: ReloadMode = ReloadMode.NEVER,
        splits: EarlierSplits | None = None,
    ) -> str:
        folder = None if images is None else ImageOptions(root=str(images))
        options = CheckSettings(expected=expected, max_findings=max_findings, reload=reload, images=folder, splits=splits)
        html = HtmlReportBuilder(len(paths), limits=limits)
        reports = []
        for path in paths:
            checked = check_file(path, options)
            options = next_settings(options, checked)
            html.add(checked)
            reports.append(checked.report)
        return html.render(Report(files=tuple(reports)))

    return make


@pytest.fixture(scope="session")
def hostile_page(page: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page that shows every hostile text."""
    path = tmp_path_factory.mktemp("hostile") / "<img src=x onerror=alert(1)>\u202e.json"
    path.write_text(json.dumps(hostile_document()), encoding="utf-8")
    names = CategoryList.from_names([*[name for name in HOSTILE if name.strip()][:30], "</table><script>alert(1)</script>"])
    return page(path, expected=names, limits=ReportCaps(findings_per_rule=60, pictures_per_rule=3))


@pytest.fixture(scope="session")
def hostile_texts() -> tuple[str, ...]:
    return HOSTILE
