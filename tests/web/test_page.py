"""The report in a browser: it draws, asks for nothing, answers mouse, buttons and keys, and fits a telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DRAWN = "Number(document.getElementById('map').dataset.frames) > 0"
COLOURS = """() => {
  const c = document.querySelector('#map canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const seen = new Set();
  const hex = v => v.toString(16).padStart(2, '0');
  for (let i = 0; i < d.length; i += 4) seen.add('#' + hex(d[i]) + hex(d[i + 1]) + hex(d[i + 2]));
  return [...seen];
}"""
# a cheap fingerprint of what is on the canvas
PRINT = """() => {
  const c = document.querySelector('#map canvas');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let h = 0;
  for (let i = 0; i < d.length; i += 4) h = (h * 31 + d[i] * 7 + d[i + 1] * 3 + d[i + 2]) | 0;
  return h;
}"""


@dataclass
class Opened:
    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def until(self, condition: str) -> None:
        """Wait for a condition. Playwright's own waiting uses eval, which the page's policy forbids."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(25)
        pytest.fail(f"never came true: {condition}")

    def after(self, act: Callable[[], Any]) -> tuple[int, int]:
        """Fingerprints of the canvas before and after `act`, one frame painted in between."""
        before = self.page.evaluate(PRINT)
        frames = self.page.evaluate("reportMap.state.frames")
        act()
        self.until(f"reportMap.state.frames > {frames}")
        return before, self.page.evaluate(PRINT)


def open_page(browser: Browser, address: str, width: int, height: int, **options: Any) -> Opened:
    page = browser.new_page(viewport={"width": width, "height": height}, **options)
    opened = Opened(page)
    page.on("console", lambda m: opened.said.append(m.text))
    page.on("pageerror", lambda e: opened.said.append(str(e)))
    page.on("request", lambda r: opened.asked.append(r.url))
    page.goto(address)
    opened.until(DRAWN)
    return opened


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Opened]:
    opened = open_page(chromium, address, 1280, 800)
    yield opened
    opened.page.close()


def spot(desk: Opened, lon: float, lat: float) -> tuple[float, float]:
    """Where a place lies in the window."""
    x, y = desk.page.evaluate(f"reportMap.state.transform.apply(reportMap.state.laid.project([{lon}, {lat}]))")
    box = desk.page.locator("#map canvas").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def test_opens_in_silence_and_asks_for_nothing(desk: Opened, address: str) -> None:
    assert desk.said == []
    assert desk.asked == [address]


def test_map_drew_land_water_and_colours(desk: Opened) -> None:
    colours = set(desk.page.evaluate(COLOURS))
    assert len(colours) > 50
    classes = set(desk.page.evaluate("reportMap.state.colours.classes"))
    assert len(classes) == 9
    assert len(classes & colours) >= 7  # most classes of real income are on the map


def test_first_screen_has_title_answer_figures_and_map(desk: Opened) -> None:
    for selector in ("h1", ".answer", ".tile >> nth=0", "#map canvas"):
        box = desk.page.locator(selector).bounding_box()
        assert box is not None, selector
        assert box["y"] < 400, selector
    canvas = desk.page.locator("#map canvas").bounding_box()
    assert canvas is not None
    assert canvas["y"] + canvas["height"] <= 800


def test_every_layer_can_be_switched(desk: Opened) -> None:
    for button in desk.page.locator("button[data-layer]").all():
        was = button.get_attribute("aria-pressed")
        before, after = desk.after(button.click)
        assert before != after, button.inner_text()
        assert button.get_attribute("aria-pressed") != was
    layers = {b.get_attribute("data-layer") for b in desk.page.locator("button[data-layer]").all()}
    assert {"income", "rail", "sea", "road", "crude-pipe", "gas-ship", "projects", "closures", "names"} <= layers


def test_flows_can_be_shown_with_without_and_as_change(desk: Opened) -> None:
    seen = {desk.page.evaluate(PRINT)}
    for what in ("base", "change"):
        seen.add(desk.after(desk.page.locator(f'button[data-show="{what}"]').click)[1])
    assert len(seen) == 3
    assert "Widest line, change" in desk.page.locator(".map-legend").inner_text()


def test_tooltip_tells_a_country_and_its_range(desk: Opened) -> None:
    for layer in ("rail", "sea", "crude-pipe", "crude-ship", "gas-pipe", "gas-ship", "projects"):
        desk.page.locator(f'button[data-layer="{layer}"]').click()
    desk.page.mouse.move(*spot(desk, -53, -10))
    told = desk.page.locator(".map-tip")
    told.wait_for(state="visible")
    assert "Brazil" in told.inner_text()
    assert "real income" in told.inner_text()
    desk.page.mouse.move(*spot(desk, -140, -30))
    told.wait_for(state="hidden")


def test_tooltip_tells_a_project_and_its_basis(desk: Opened) -> None:
    desk.page.mouse.move(*spot(desk, 62.3, 25.1))
    told = desk.page.locator(".map-tip")
    told.wait_for(state="visible")
    assert told.inner_text().startswith("Test port")
    assert "assumed" in told.inner_text()


def test_keys_zoom_move_and_reset(desk: Opened) -> None:
    desk.page.locator("#map canvas").focus()
    scale = "reportMap.state.transform.k"
    desk.after(lambda: desk.page.keyboard.press("+"))
    assert desk.page.evaluate(scale) == pytest.approx(1.5)
    before, after = desk.after(lambda: desk.page.keyboard.press("ArrowRight"))
    assert before != after
    desk.after(lambda: desk.page.keyboard.press("0"))
    assert desk.page.evaluate(scale) == 1


def test_wheel_scrolls_the_page_until_the_map_is_taken_up(desk: Opened) -> None:
    x, y = spot(desk, -140, -30)
    desk.page.mouse.move(x, y)
    desk.page.mouse.wheel(0, 120)
    desk.until("scrollY > 0")
    assert desk.page.evaluate("reportMap.state.transform.k") == 1
    desk.page.evaluate("scrollTo(0, 0)")
    desk.until("scrollY === 0")
    desk.page.mouse.click(x, y)
    desk.after(lambda: desk.page.mouse.wheel(0, -240))
    assert desk.page.evaluate("reportMap.state.transform.k") > 1


def test_a_country_can_be_found_by_name_without_a_mouse(desk: Opened) -> None:
    desk.after(lambda: desk.page.locator("#map select").select_option("MNG"))
    assert "Mongolia" in desk.page.locator(".map-tip").inner_text()
    assert desk.page.evaluate("reportMap.state.transform.k") > 2


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_nothing_hangs_over_the_edge(chromium: Browser, address: str, width: int) -> None:
    opened = open_page(chromium, address, width, 844)
    opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    canvas = opened.page.locator("#map canvas").bounding_box()
    assert canvas is not None
    assert canvas["x"] >= 0
    assert canvas["x"] + canvas["width"] <= width
    opened.page.close()


def test_a_tap_tells_what_is_there(chromium: Browser, address: str) -> None:
    opened = open_page(chromium, address, 390, 844, has_touch=True)
    opened.page.locator("#map canvas").scroll_into_view_if_needed()
    opened.page.touchscreen.tap(*spot(opened, 62.3, 25.1))
    opened.page.locator(".map-tip").wait_for(state="visible")
    assert "Test port" in opened.page.locator(".map-tip").inner_text()
    opened.page.close()


def test_dark_rooms_get_a_dark_page_and_map(chromium: Browser, address: str) -> None:
    opened = open_page(chromium, address, 1280, 800, color_scheme="dark")
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 28)"
    light = open_page(chromium, address, 1280, 800)
    assert opened.page.evaluate(PRINT) != light.page.evaluate(PRINT)
    opened.page.emulate_media(media="print", color_scheme="dark")  # paper is white even where the screen is dark
    water = light.page.evaluate("reportMap.state.colours.water")
    opened.until(f"reportMap.state.colours.water === '{water}'")
    assert water in opened.page.evaluate(COLOURS)
    opened.page.close()
    light.page.close()


# WCAG 2: 4.5 to 1 for text. Every text colour against the ground that it stands on.
CONTRAST = """() => {
  const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const lum = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const rgba = s => s.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const poor = [];
  const texts = 'h1, h2, h3, p, li, td, th, a, span, button, summary, caption, figcaption, text';
  for (const e of document.querySelectorAll(texts)) {
    if (!e.textContent.trim() || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const ink = rgba(e.tagName === 'text' ? style.fill : style.color);
    const [a, b] = [lum(ink.slice(0, 3)), lum(ground(e).slice(0, 3))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${e.tagName} ${ratio.toFixed(2)} ${e.textContent.slice(0, 20)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(chromium: Browser, address: str, scheme: str) -> None:
    opened = open_page(chromium, address, 1280, 800, color_scheme=scheme)
    assert opened.page.evaluate(CONTRAST) == []
    opened.page.close()


def test_every_button_picture_and_table_has_a_name(desk: Opened) -> None:
    nameless = desk.page.evaluate(
        "() => [...document.querySelectorAll('button, select, canvas, svg[role=img], [role=region], [role=group]')]"
        ".filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).map(e => e.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    links = desk.page.evaluate(
        "() => [...document.querySelectorAll('a[href^=\"#\"]')]"
        ".filter(a => !document.getElementById(a.hash.slice(1))).length"
    )
    assert links == 0


def test_on_paper_the_map_stays_and_the_buttons_go(desk: Opened) -> None:
    desk.page.emulate_media(media="print")
    assert desk.page.locator(".map-bar").is_hidden()
    assert desk.page.locator("#map canvas").is_visible()
    assert len(desk.page.pdf(format="A4")) > 20_000
