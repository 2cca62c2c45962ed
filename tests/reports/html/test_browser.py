"""The page in a real Chromium: nothing runs, nothing is asked for, nothing overflows, the keyboard reaches everything."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from cocoproof.demo import make_demonstration
from cocoproof.mapping import read_category_list
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_INSTALLED = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    # Playwright keeps a loop and pipes of its own, which end with the process.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    options = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install 'cocoproof[browser]'")
    with sync_api.sync_playwright() as driver:
        executable = _INSTALLED or driver.chromium.executable_path  # else the one of `playwright install chromium`
        if not Path(executable).is_file():
            pytest.skip("there is no Chromium: python -m playwright install chromium")
        chromium = driver.chromium.launch(executable_path=executable, args=options)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(page: Callable[..., str], hostile_page: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demonstration's report with its pictures, the hostile one, and one of a single box without a photo."""
    folder = tmp_path_factory.mktemp("pages")
    demo = make_demonstration(folder)
    box = folder / "box.json"
    images = [{"width": 900, "height": 700}]
    box.write_text(json.dumps(dataset([{"bbox": [400, 300, 0, 60], "segmentation": []}], images=images)), encoding="utf-8")
    made = {
        "demo": page(demo.annotations, images=demo.images, expected=read_category_list(demo.categories)),
        "hostile": hostile_page,
        "box": page(box),
    }
    out = {}
    for name, text in made.items():
        out[name] = folder / f"{name}.html"
        out[name].write_text(text, encoding="utf-8")
    return out


@pytest.fixture
def visit(browser: Any, pages: dict[str, Path]) -> Iterator[Callable[..., tuple[Any, list[str]]]]:
    """Opens a page; gives it and the list that whatever the browser complains of or asks for goes to."""
    opened = []

    def go(name: str, width: int = 1280, scheme: str = "light") -> tuple[Any, list[str]]:
        tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        opened.append(tab)
        tab.set_default_timeout(120_000)  # a machine under load is no fault of the page
        heard: list[str] = []
        tab.on("console", lambda message: heard.append(f"console: {message.text}"))
        tab.on("pageerror", lambda error: heard.append(f"error: {error}"))
        tab.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        tab.on("request", lambda request: None if request.url.startswith("data:") else heard.append(f"request: {request.url}"))
        tab.goto(pages[name].as_uri())
        heard.remove(f"request: {pages[name].as_uri()}")
        return tab, heard

    yield go
    for tab in opened:
        tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["demo", "hostile"])
def test_nothing_runs_and_nothing_is_asked_for(visit: Callable[..., Any], pages: dict[str, Path], name: str, scheme: str) -> None:
    tab, heard = visit(name, scheme=scheme)
    title = tab.title()
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for target in tab.query_selector_all("a:not(.skip), summary")[:60]:
        target.hover()
    tab.wait_for_timeout(200)
    assert heard == []
    assert tab.title() == title
    assert title.endswith(" - cocoproof")
    assert tab.url == pages[name].as_uri()
    assert tab.evaluate("document.scripts.length") == 0


def test_a_policy_that_refuses_something_would_be_heard(browser: Any, tmp_path: Path, pages: dict[str, Path]) -> None:
    text = pages["demo"].read_text(encoding="utf-8").replace("</main>", "<script>document.title = 'owned'</script></main>")
    (tmp_path / "a.html").write_text(text, encoding="utf-8")
    tab = browser.new_page()
    heard: list[str] = []
    tab.on("console", lambda message: heard.append(message.text))
    tab.goto((tmp_path / "a.html").as_uri())
    assert any("Content Security Policy" in text for text in heard)
    assert tab.title() != "owned"
    tab.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("name", ["demo", "hostile"])
def test_nothing_overflows(visit: Callable[..., Any], name: str, width: int) -> None:
    tab, _ = visit(name, width)
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    wide = """[...document.querySelectorAll('body *')]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll, svg'))
        .map(one => one.tagName + ' ' + one.textContent.trim().slice(0, 80))"""
    assert tab.evaluate(wide) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    # What sticks out of its card would be cut off.
    cut = """[...document.querySelectorAll('.card, .rule h4, .plot, .top, .totals, .index')]
        .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.className)"""
    assert tab.evaluate(cut) == []


def test_the_keyboard_reaches_everything_in_order(visit: Callable[..., Any]) -> None:
    tab, _ = visit("demo")
    seen = []
    for _ in range(200):
        tab.keyboard.press("Tab")
        here = tab.evaluate("""(() => {
            const one = document.activeElement, style = getComputedStyle(one), place = one.getBoundingClientRect();
            if (one === document.body) return null;
            return [one.tagName, one.textContent.trim().slice(0, 40), place.top + scrollY, style.outlineStyle, place.width, one.className];
        })()""")
        if here is None:
            break
        seen.append(here)
    assert seen[0][:2] == ["A", "Skip to the findings"]
    expected = tab.evaluate("document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    assert len(seen) == expected
    assert all(outline == "solid" and width > 0 for _, _, _, outline, width, _ in seen)
    tops = [top for tag, _, top, _, _, name in seen[1:] if tag != "A"]
    assert tops == sorted(tops)


def test_the_skip_link_leads_to_the_findings_and_details_open_by_key(visit: Callable[..., Any]) -> None:
    tab, _ = visit("demo")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.focus("summary")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.querySelector('details').open") is True
    assert tab.locator("details").first.locator("p").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_drawings_of_a_box_are_dressed(visit: Callable[..., Any], scheme: str) -> None:
    tab, _ = visit("box", scheme=scheme)
    views = tab.query_selector_all("#file-1-COCO501 svg.view")
    assert len(views) == 2
    for view in views:
        pixels = np.asarray(Image.open(io.BytesIO(view.screenshot())).convert("RGB")).astype(int)
        pink = (pixels[..., 0] > 200) & (pixels[..., 1] < 120) & (pixels[..., 2] > 80)
        assert pink.sum() > 12
        assert pink.sum() < 0.02 * pink.size  # a line, no area


def test_colours_follow_the_scheme(visit: Callable[..., Any]) -> None:
    grounds = [visit("demo", scheme=scheme)[0].evaluate("getComputedStyle(document.body).backgroundColor") for scheme in ("light", "dark")]
    brightness = [sum(json.loads(ground.replace("rgb(", "[").replace(")", "]"))) for ground in grounds]
    assert brightness[0] > 600 > 150 > brightness[1]
