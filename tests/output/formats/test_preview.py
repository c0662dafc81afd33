"""The preview: its structure, its safety, its contrast, and, where a Chromium is there, what it does."""

import base64
import io
import re
import shutil
import subprocess
import tracemalloc

import numpy as np
import pytest
from lxml import html as reader
from PIL import Image
from waiting import LONG

from output.document.joining.assemble import assemble
from output.formats.html_format import asset
from output.formats.preview import flags, preview_html, preview_parts
from output.grounding.accounts import Agreement
from output.grounding.blocks import Block, Box, Document, PageBlocks, Unread
from output.pictures.figures import CropError

EVIL = "</template></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def raster(number, dpi, region):
    """A page whose grey tells its number; page 3 cannot be drawn."""
    if number == 3:
        raise CropError("it is broken")
    return np.full((round(region.bottom * dpi / 72), round(region.right * dpi / 72), 3), 250 - 10 * number, np.uint8)


@pytest.fixture(scope="module")
def document():
    def page(number, text, **facts):
        blocks = (
            Block("title", (Box(100, 100, 900, 150),), f"# Page {number}"),
            Block("text", (Box(100, 200, 450, 500), Box(550, 200, 900, 500)), text),
            Block("image", (Box(100, 600, 900, 900),), ""),
            Block("page_number", (), str(number)),
        )
        return PageBlocks(number, 600.0, 800.0, blocks, reader="nano", confidence=0.5, **facts)

    return Document(
        f"a {EVIL}",
        (
            page(1, EVIL),
            page(2, "b", failure=f"it was {EVIL} cut"),
            page(3, "c", agreement=Agreement(0.5, 0.5, 0.5, 0.5)),
            page(4, "d", agreement=Agreement(1, 1, 1, 1)),
        ),
    )


@pytest.fixture(scope="module")
def written(document):
    return preview_html(assemble(document), raster)


@pytest.mark.parametrize(("count", "side"), [(100, 1400), (101, 1200), (300, 1200), (301, 900)])
def test_images_of_long_documents_are_smaller(count, side):
    asked = []

    def noted(number, dpi, region):
        asked.append(dpi)
        return np.zeros((2, 2, 3), np.uint8)

    pages = tuple(PageBlocks(number, 600.0, 800.0, ()) for number in range(1, count + 1))
    preview_html(assemble(Document("a", pages)), noted)
    assert asked == pytest.approx([72 * side / 800] * count)


def test_each_page_has_its_text_and_its_image(written):
    page, failures = reader.fromstring(written[0]), written[1]
    assert failures == ("page 3: its image for the preview could not be drawn: it is broken",)
    assert [template.get("data-number") for template in page.iter("template")] == ["1", "2", "3", "4"]
    assert [s.get("id") for s in page.xpath("//script[@type='text/plain']")] == ["image-0", "image-1", "image-3"]
    image = Image.open(io.BytesIO(base64.b64decode(page.xpath("//script[@id='image-1']/text()")[0])))
    assert (image.format, image.size) == ("WEBP", (1050, 1400))
    assert abs(image.getpixel((500, 500))[0] - 230) <= 3


def test_blocks_name_their_boxes_and_can_be_reached_by_keyboard(written):
    first = reader.fromstring(written[0]).find(".//template")
    blocks = first.xpath(".//section")
    assert [block.get("data-boxes") for block in blocks] == [
        "100,100,900,150", "100,200,450,500;550,200,900,500", "100,600,900,900", "",
    ]  # fmt: skip
    assert [block.get("tabindex") for block in blocks] == ["0"] * 4
    assert blocks[2].get("aria-label") == "Block 3: image"
    assert [crop.get("role") for crop in first.xpath(".//div[@class='crop']")] == ["img"]


def test_nothing_from_a_document_becomes_markup(written):
    page = reader.fromstring(written[0])
    scripts = [script for script in page.iter("script") if script.get("type") is None]
    assert [script.text for script in scripts] == [asset("preview.js")]
    assert [image.get("id") for image in page.iter("img")] == ["image"]
    assert not page.xpath("//@onerror")
    assert page.findtext(".//title") == f"a {EVIL} – preview"


def test_a_label_is_text_whatever_it_is():
    block = Block('a"><b onmouseover="x">_c', (Box(1, 2, 3, 4),), "words")
    written, _ = preview_html(assemble(Document("a", (PageBlocks(1, 600, 800, (block,)),))))
    section = reader.fromstring(written).find(".//section[@class='block text']")
    assert section.get("aria-label") == 'Block 1: a"><b onmouseover="x"> c'
    assert section.find("span").text == '1 a"><b onmouseover="x"> c'
    assert section.find(".//b") is None


def test_a_page_is_drawn_when_those_before_it_are_written():
    """So no more than one image is held, however many pages there are."""
    pages = tuple(PageBlocks(number, 600, 800, ()) for number in range(1, 6))
    asked = []

    def noted(number, dpi, region):
        asked.append(number)
        return np.zeros((40, 30, 3), np.uint8)

    seen = []
    for part in preview_parts(assemble(Document("a", pages)), noted, lambda failure: None):
        if found := re.match(r'<script type="text/plain" id="image-(\d)">', part):
            seen.append((int(found[1]) + 1, asked[-1]))
    assert seen == [(number, number) for number in range(1, 6)]


def test_memory_does_not_grow_with_the_pages():
    def peak(count):
        pages = tuple(PageBlocks(number, 612, 792, ()) for number in range(1, count + 1))
        noise = np.random.default_rng(0).integers(0, 256, (1100, 850, 3), np.uint8)
        parts = preview_parts(assemble(Document("a", pages)), lambda *_: noise, lambda failure: None)
        tracemalloc.start()
        try:
            written = sum(map(len, parts))
            return tracemalloc.get_traced_memory()[1], written
        finally:
            tracemalloc.stop()

    peak(1)  # what is imported and cached at the first use
    (few, short), (many, long) = peak(2), peak(12)
    assert long > 5 * short
    assert many - few < (long - short) / 20


def test_nothing_is_loaded(written):
    policy = reader.fromstring(written[0]).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; img-src blob:;")
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import""", written[0])


def test_failed_and_doubtful_pages_are_flagged(document, written):
    assert [len(flags(page)) for page in document.pages] == [0, 1, 1, 0]
    page = reader.fromstring(written[0])
    assert [option.text for option in page.iter("option")] == ["1", "2 – flagged", "3 – flagged", "4"]
    flagged = page.xpath("//p[@class='flag']/text()")
    assert [line[:24] for line in flagged] == ["This page is incomplete:", "This page differs from t"]


def test_unread_print_flags_its_page_and_shows_its_place():
    places = (Unread(Box(1, 2, 30, 40), 1), Unread(Box(5, 6, 70, 80), 3, within=True))
    pages = (PageBlocks(1, 600, 800, (), unread=places), PageBlocks(2, 600, 800, ()))
    page = reader.fromstring(preview_html(assemble(Document("a", pages)))[0])
    assert [option.text for option in page.iter("option")] == ["1 – flagged", "2"]
    assert [(line.get("data-boxes"), line.text) for line in page.xpath("//p[@class='unread']")] == [
        ("1,2,30,40", "1 line of print is in no block"), ("5,6,70,80", "about 3 lines of print are missing in a block"),
    ]  # fmt: skip


def test_without_a_raster_there_is_text_only(document):
    written, failures = preview_html(assemble(document))
    assert failures == ()
    assert "text/plain" not in written


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_colour_has_contrast(scheme):
    colours = {}
    for sheet in ("document.css", "preview.css"):
        colours |= dict(
            re.findall(r"--([\w-]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", asset(sheet), re.S)[scheme])
        )
    inks = set(colours) - {"paper", "tint", "line", "flag", "flag-ink"}
    assert len(inks) == 13
    assert [ink for ink in inks for back in ("paper", "tint") if contrast(colours[ink], colours[back]) < 4.5] == []
    assert contrast(colours["flag"], colours["flag-ink"]) >= 4.5


@pytest.fixture(scope="module")
def browser(written, tmp_path_factory):
    """Headless Chromium with the preview open, if Selenium and both programs are there."""
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium here")
    path = tmp_path_factory.mktemp("preview") / "preview.html"
    path.write_text(written[0], encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        browser.get(path.as_uri())
        yield browser
    finally:
        browser.quit()


def test_a_formula_that_is_set_apart_ends_no_page(tmp_path):
    """It is a "math block" of its own within the block of the page; what stands behind it has its box, too."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("no Chromium here")
    blocks = [
        Block("text", (Box(100, 100, 900, 150),), "Before"),
        Block("equation", (Box(100, 200, 900, 250),), "\\[ a = b \\tag{1} \\]"),
        Block("text", (Box(100, 300, 900, 350),), "Behind"),
    ]
    path = tmp_path / "preview.html"
    path.write_text(preview_html(assemble(Document("a", (PageBlocks(1, 600.0, 800.0, tuple(blocks)),))), raster)[0])
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=LONG, check=True)
    assert "math block" in done.stdout
    assert len(reader.fromstring(done.stdout).xpath("//div[@id='boxes']/div")) == 3


def status(browser):
    return browser.find_element("id", "status").get_attribute("textContent").strip()


def lit(browser):
    return [
        (part.get_attribute("class").split()[0], part.get_attribute("data-order"))
        for part in browser.find_elements("css selector", ".lit")
    ]


def test_keys_turn_pages(browser):
    from selenium.webdriver.common import keys

    body = browser.find_element("tag name", "body")
    seen = []
    for key in ("HOME", "ARROW_RIGHT", "PAGE_DOWN", "END", "ARROW_RIGHT", "PAGE_UP", "ARROW_LEFT"):
        body.send_keys(getattr(keys.Keys, key))
        seen.append(status(browser)[:6])
    assert seen == ["Page 1", "Page 2", "Page 3", "Page 4", "Page 4", "Page 3", "Page 2"]


def test_block_and_box_light_each_other(browser):
    from selenium.webdriver import ActionChains

    browser.find_element("tag name", "body").send_keys("\ue011")
    ActionChains(browser).move_to_element(browser.find_element("css selector", ".block[data-order='2']")).perform()
    assert sorted(lit(browser)) == [("block", "2"), ("box", "2"), ("box", "2")]
    ActionChains(browser).move_to_element(browser.find_element("css selector", ".box[data-order='1']")).perform()
    assert sorted(lit(browser)) == [("block", "1"), ("box", "1")]


def test_a_small_box_lies_above_a_large_one(browser):
    layers = browser.execute_script(
        "return [...document.querySelectorAll('.box')].map(box => Number(box.style.zIndex))"
    )
    areas = browser.execute_script(
        "return [...document.querySelectorAll('.box')].map(b => b.offsetWidth * b.offsetHeight)"
    )
    assert len(layers) == 4
    assert sorted(layers) == [layer for _, layer in sorted(zip(areas, layers, strict=True), reverse=True)]


def test_the_page_image_and_the_figure_are_seen(browser):
    browser.find_element("tag name", "body").send_keys("\ue010")
    assert browser.execute_async_script(
        "const done = arguments[0], image = document.getElementById('image');"
        "image.decode().then(() => done([image.naturalWidth, image.naturalHeight]))"
    ) == [1050, 1400]
    assert "blob:" in browser.execute_script("return document.querySelector('.crop').style.backgroundImage")


def test_flagged_pages_come_in_turn(browser):
    browser.find_element("tag name", "body").send_keys("\ue011")
    button = browser.find_element("id", "next-flagged")
    seen = []
    for _ in range(3):
        button.click()
        seen.append(status(browser)[:6])
    assert seen == ["Page 2", "Page 3", "Page 2"]
    assert button.text == "Next flagged page (2)"


def test_hostile_text_ran_nowhere_and_nothing_was_refused(browser):
    assert browser.title == f"a {EVIL} – preview"
    assert [entry["message"] for entry in browser.get_log("browser")] == []


def test_blocks_are_shaded_by_how_unsure_the_model_was():
    blocks = tuple(Block("text", (Box(0, i, 9, i + 1),), "a", confidence=c) for i, c in enumerate((0.95, 0.72, None)))
    html, _ = preview_html(assemble(Document("a", (PageBlocks(1, 600.0, 800.0, blocks),))))
    assert html.count("data-doubt=") - html.count("[data-doubt=") == 1
    assert 'data-doubt="2"><span class="label" aria-hidden="true">2 text · 0.72</span>' in html
