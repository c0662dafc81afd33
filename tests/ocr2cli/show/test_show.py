"""`ocr2 show`: a result on a page that only this person can reach, and text that is corrected there."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from waiting import LONG

ROOT = Path(__file__).parents[3]
KIND = "application/x-ndjson"
TITLE = {"page": 1, "block": 1, "was": "Helo, page one.", "text": "Hello, page one."}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    home = str(tmp_path_factory.mktemp("home"))
    return os.environ | {
        "HOME": home, "HF_HOME": home, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT),
    }  # fmt: skip


@contextmanager
def shown(folder, environment, *arguments, code=0):
    """The address of a running `ocr2 show`, which is interrupted in the end."""
    command = [sys.executable, "-m", "ocr2cli", "show", *arguments, "--no-browser"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        lines = iter(process.stdout.readline, "")
        yield next(line.strip() for line in lines if line.startswith("http://"))
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=LONG)
        assert process.returncode == code, rest


def ask(address, method="GET", path="", body=None, **headers):
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=LONG)
    try:
        connection.request(method, parts.path + path, body, {key.replace("_", "-"): v for key, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    finally:
        connection.close()


def lines(*corrections):
    return "".join(json.dumps(each) + "\n" for each in corrections)


@pytest.fixture
def folder(tmp_path, make_pdf):
    make_pdf(tmp_path / "a.pdf", "Helo, page one.", "And page two.")
    return tmp_path


def test_a_document_is_converted_shown_and_corrected(folder, environment):
    with shown(folder, environment, "a.pdf", "-o", "out", "--model", "text-layer") as address:
        status, page, headers = ask(address)
        assert (status, headers["Cache-Control"], headers["Referrer-Policy"]) == (200, "no-store", "no-referrer")
        assert "Helo, page one." in page
        assert "connect-src 'self'" in page
        assert ask(address, "POST", "corrections", lines(TITLE), Content_Type=KIND)[:2] == (
            200,
            "Saved. a.md is written anew.",
        )
        assert (folder / "out/a.md").read_text() == "Hello, page one.\n\nAnd page two.\n"
        assert "Hello, page one." in ask(address)[1]  # and so it stands there when the page is opened again
    assert json.loads((folder / "out/a/corrections.jsonl").read_text()) == TITLE
    record = [json.loads(line)["text"] for line in (folder / "out/a/transcript.jsonl").read_text().splitlines()]
    assert "Helo, page one." in record[0]  # what was read stays what was read
    assert "connect-src" not in (folder / "out/a/preview.html").read_text()  # as a file it may send nothing

    command = [sys.executable, "-m", "ocr2cli", "a.pdf", "-o", "out", "--model", "text-layer", "--format", "md,json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr  # the misspelt word is accounted for: a person took it out
    assert (folder / "out/a.md").read_text() == "Hello, page one.\n\nAnd page two.\n"
    blocks = [page["blocks"][0] for page in json.loads((folder / "out/a/blocks.json").read_text())["pages"]]
    assert [(block["text"], block["corrected"]) for block in blocks] == [
        ("Hello, page one.", True),
        ("And page two.", False),
    ]


@pytest.fixture
def result(folder, environment):
    command = [sys.executable, "-m", "ocr2cli", "a.pdf", "-o", "out", "--model", "text-layer", "--preview"]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return folder


def test_nobody_else_gets_in(result, environment):
    with shown(result, environment, "out/a") as address:
        host = urlsplit(address).netloc
        port = urlsplit(address).port
        assert urlsplit(address).hostname == "127.0.0.1"
        assert len(urlsplit(address).path) > 30
        root = f"http://{host}"
        refused = [
            ask(root, path="/"),
            ask(root, path="/" + "x" * 32 + "/"),
            ask(address, path="../"),
            ask(address, path="etc/passwd"),
            ask(address, Host="evil.example"),
            ask(address, Host=f"evil.example:{port}"),
            ask(address, "POST", "corrections", lines(TITLE), Content_Type=KIND, Host="evil.example"),
            ask(root, "POST", "/corrections", lines(TITLE), Content_Type=KIND),
        ]
        assert [(status, text) for status, text, _ in refused] == [(404, "Nothing here.")] * len(refused)
        assert not any("Access-Control-Allow-Origin" in headers for _, _, headers in refused)
        wrong = {"Origin": "http://evil.example"}, {"Content_Type": "text/plain"}, {"Content_Length": "99999999999"}
        good = {"Content_Type": KIND}
        codes = [ask(address, "POST", "corrections", lines(TITLE), **(good | each))[0] for each in wrong]
        assert codes == [403, 415, 413]
        assert ask(address, "OPTIONS", "corrections")[0] == 501
        assert ask(address, Host=f"localhost:{port}")[0] == 200
    assert not (result / "out/a/corrections.jsonl").exists()


def test_what_cannot_be_saved_is_said_and_nothing_is_lost(result, environment):
    with shown(result, environment, "out/a.md", code=6) as address:  # and the preview is not what was saved
        for body in ("{", '{"page": 0, "block": 1, "was": "", "text": ""}', '{"page": 1}', "[1]"):
            status, text, _ = ask(address, "POST", "corrections", body, Content_Type=KIND)
            assert (status, text[:34]) == (409, "Not saved: what was sent, line 1 i")
        (result / "out/a.md").write_text("by hand\n")
        status, text, _ = ask(address, "POST", "corrections", lines(TITLE), Content_Type=KIND)
        assert status == 409
        assert "was changed since ocr2 wrote it" in text
    assert (result / "out/a.md").read_text() == "by hand\n"
    assert json.loads((result / "out/a/corrections.jsonl").read_text()) == TITLE  # taken up when that is settled


def test_render_takes_a_file_of_corrections(result, environment, ocr2):
    (result / "mine.jsonl").write_text(
        lines(TITLE, {"page": 2, "block": 0, "was": "", "text": "A line that was missed."})
    )
    done = ocr2("render", result / "out/a", "--corrections", result / "mine.jsonl")
    assert done.returncode == 0, done.stderr
    expected = "Hello, page one.\n\nAnd page two.\n\nA line that was missed.\n"
    assert (result / "out/a.md").read_text() == expected
    (result / "mine.jsonl").unlink()
    assert ocr2("render", result / "out/a").returncode == 0
    assert (result / "out/a.md").read_text() == expected


def test_a_correction_of_something_else_is_told(result, environment, ocr2):
    (result / "mine.jsonl").write_text(lines(TITLE | {"was": "What another model has read."}))
    done = ocr2("render", result / "out/a", "--corrections", result / "mine.jsonl")
    assert done.returncode == 4
    assert done.stderr.splitlines()[0] == (
        "ocr2: a.pdf: page 1: a correction does not fit what was read; see corrections.jsonl"
    )
    assert (result / "out/a.md").read_text() == "Helo, page one.\n\nAnd page two.\n"


def test_mistakes_are_one_line(folder, ocr2):
    (ocr2.folder / "empty").mkdir()
    for what in ("nothing.pdf", "empty"):
        done = ocr2("show", what)
        assert (done.returncode, done.stderr) == (
            3,
            f"ocr2: {what} is neither a document nor a result of ocr2: check the path\n",
        )
    done = ocr2("show", folder / "a.pdf", "-o", "-")
    assert (done.returncode, done.stderr) == (2, "ocr2: show needs files: give a folder for them with -o DIR\n")


def test_open_names_the_preview_where_there_is_no_screen(folder, ocr2):
    done = ocr2("convert", folder / "a.pdf", "--open", "--model", "text-layer", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 0
    assert "ocr2: no browser could be opened; the preview is a/preview.html" in done.stderr.splitlines()


def test_open_hands_the_preview_to_the_browser(folder, ocr2):
    browser = ocr2.folder / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {ocr2.folder}/opened\n')
    browser.chmod(0o755)
    assert ocr2("convert", folder / "a.pdf", "--open", "--model", "text-layer", BROWSER=str(browser)).returncode == 0
    assert (ocr2.folder / "opened").read_text() == (ocr2.folder / "a/preview.html").as_uri()


@pytest.fixture(scope="module")
def chromium():
    webdriver = pytest.importorskip("selenium.webdriver")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no Chromium here")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def mend(browser, order, text):
    """What a person does: hover, press Edit, type, press Done."""
    from selenium.webdriver import ActionChains

    block = browser.find_element("css selector", f"#content .block[data-order='{order}']")
    ActionChains(browser).move_to_element(block).perform()
    block.find_element("css selector", ".edit").click()
    area = block.find_element("css selector", ".source")
    area.clear()
    area.send_keys(text)
    block.find_element("css selector", ".done").click()


def until(browser, script):
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, 20).until(lambda b: b.execute_script(f"return {script}"))


def test_a_person_corrects_text_in_a_browser(result, environment, chromium):
    with shown(result, environment, "out/a") as address:
        chromium.get(address)
        mend(chromium, 1, "Hello, <b>page</b> one.")
        save = chromium.find_element("id", "save")
        assert save.text == "Save 1 correction"
        save.click()
        assert until(chromium, "document.getElementById('message').textContent") == "Saved. a.md is written anew."
        assert not save.is_displayed()
        mend(chromium, 1, "Hello, page one!")  # again, from what was saved
        chromium.find_element("id", "save").click()
        until(chromium, "document.getElementById('save').hidden")
        chromium.get(address)
        assert chromium.find_element("css selector", "#content .block p").text == "Hello, page one!"
        assert [entry["message"] for entry in chromium.get_log("browser") if "favicon" not in entry["message"]] == []
    assert (result / "out/a.md").read_text() == "Hello, page one!\n\nAnd page two.\n"
    (row,) = map(json.loads, (result / "out/a/corrections.jsonl").read_text().splitlines())
    assert row == TITLE | {"text": "Hello, page one!"}


def test_a_preview_that_is_a_file_hands_corrections_over(result, chromium, tmp_path):
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    chromium.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads), "eventsEnabled": False}
    )
    chromium.get((result / "out/a/preview.html").as_uri())
    mend(chromium, 1, "Hello, page one.")
    chromium.find_element("id", "add").click()
    chromium.switch_to.active_element.send_keys("Added.")
    chromium.find_element("css selector", ".done").click()
    save = chromium.find_element("id", "save")
    assert save.text == "Download 2 corrections"
    save.click()
    for _ in range(100):
        if (downloads / "corrections.jsonl").exists():
            break
        until(chromium, "true")
    until(chromium, "new Promise(done => setTimeout(() => done(true), 300))")
    rows = [json.loads(line) for line in (downloads / "corrections.jsonl").read_text().splitlines()]
    assert rows == [TITLE, {"page": 1, "block": 0, "was": "", "text": "Added."}]
    assert re.match("Write the result anew with: ocr2 render", chromium.find_element("id", "message").text)
