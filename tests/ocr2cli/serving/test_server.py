"""`ocr2 serve` over HTTP: pages and documents, limits, clients that go away, and the same bytes as reading here."""

from __future__ import annotations

import base64
import io
import json
import signal
import threading
from functools import partial
from types import SimpleNamespace

import httpx
import pymupdf
import pytest
import typer
from PIL import Image, ImageDraw
from sleeping_server import sleeping_server
from typer.core import TyperGroup
from waiting import LONG, until

from ocr2cli import convert
from ocr2cli.app import app
from ocr2cli.batch.convert import convert as convert_all
from ocr2cli.commands.config import configure
from ocr2cli.options import Options, Talk
from ocr2cli.serving.limits import Limits
from ocr2cli.serving.run import Where, run
from ocr2cli.serving.wording import Ending
from pipeline.reader_options import ReaderOptions

get, post = partial(httpx.get, timeout=LONG), partial(httpx.post, timeout=LONG)
PROMPT = "<|grounding|>Convert the document to markdown."


def png(text="Good morning", size=(300, 120)):
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((20, 40), text, fill="black")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def body(image=None, **more):
    url = "data:image/png;base64," + base64.b64encode(image or png()).decode()
    content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": PROMPT}]
    return {"messages": [{"role": "user", "content": content}], "temperature": 0} | more


def chat(server, **more):
    return post(f"{server.base}/chat/completions", json=body(**more))


def events(text):
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def metric(server, name):
    text = get(f"{server.root}/metrics").text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


def test_an_answer_in_parts_is_the_answer_as_a_whole(tiny):
    whole = chat(tiny).json()
    parts = events(chat(tiny, stream=True, stream_options={"include_usage": True}).text)
    text = "".join(choice["delta"].get("content", "") for part in parts for choice in part["choices"])
    assert whole["choices"][0]["message"]["content"] == text != ""
    assert len(parts) > 4  # it comes as it is written
    assert whole["choices"][0]["finish_reason"] == parts[-2]["choices"][0]["finish_reason"] == "length"
    assert whole["usage"] == parts[-1]["usage"]
    assert whole["usage"]["completion_tokens"] == 40
    assert whole["model"] == tiny.model


def test_the_prompt_and_the_limit_are_the_clients(tiny):
    other = body()
    other["messages"][0]["content"][1]["text"] = "Free OCR."
    answer = post(f"{tiny.base}/chat/completions", json=other | {"max_tokens": 7}).json()
    assert answer["usage"]["completion_tokens"] == 7
    assert answer["usage"]["prompt_tokens"] != chat(tiny, max_tokens=7).json()["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        ({"temperature": 0.7}, 400, "pages are read at temperature 0"),
        ({"model": "gpt"}, 404, "this server has the model"),
        ({"messages": []}, 400, "give one message of the user, with one image"),
        ({"n": 2}, 400, "a page has one answer"),
        ({"stop": [""]}, 400, "stop is a text, or a list of up to 4 texts, none of them empty"),
        ({"stop": list("abcde")}, 400, "stop is a text, or a list of up to 4 texts"),
        ({"stop": 1}, 400, "stop is a text, or a list"),
        ({"top_p": 0}, 400, "top_p is a number over 0, up to 1; at temperature 0 it changes nothing"),
        ({"logprobs": True}, 400, "logprobs is not had here: how sure the model was of the page is ocr2.confidence"),
        ({"frequency_penalty": 1.5}, 400, "frequency_penalty is not had here"),
        ({"tools": [{"type": "function"}]}, 400, "tools is not had here: a page is read, and nothing is called"),
        ({"max_tokens": 0}, 400, "max_tokens is a number from 1"),
        ({"ocr2": {"attempt": 9}}, 400, "ocr2.attempt is a number from 0 to 2"),
        ({"vllm_xargs": {"ngram_size": 3, "window_size": 9}}, 400, "runs are banned here as 20/90 or 20/360"),
        ({"vllm_xargs": {"ngram_size": [20], "window_size": {}}}, 400, "runs are banned here as 20/90 or 20/360"),
        ({"image": b"no image"}, 422, "the image cannot be read"),
    ],
)
def test_what_cannot_be_granted_is_told(tiny, more, status, message):
    answer = chat(tiny, **more)
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("\ud800", "the prompt has signs that are no characters"),
        ("\u8bfb" * 400, "the prompt is too long: 160 tokens more than the usual one at most"),
        ("a" * 401, "a prompt has <image> once at most, and 400 characters"),
    ],
)
def test_a_prompt_that_no_slot_has_room_for_is_refused(tiny, prompt, message):
    """Put into a slot, it would end the pages of all others."""
    wishes = body()
    wishes["messages"][0]["content"][1]["text"] = prompt
    answer = post(f"{tiny.base}/chat/completions", content=json.dumps(wishes))
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


def test_a_long_prompt_that_fits_is_read(tiny):
    wishes = body(max_tokens=3)
    wishes["messages"][0]["content"][1]["text"] = PROMPT + "a" * 160  # each a token of the tiny checkpoint's
    answer = post(f"{tiny.base}/chat/completions", json=wishes)
    assert answer.json()["usage"]["completion_tokens"] == 3


def test_wishes_that_change_nothing_are_granted(tiny):
    nothing = {"top_p": 0.9, "logprobs": False, "frequency_penalty": 0, "tools": [], "stop": None, "seed": 7}
    assert chat(tiny, **nothing).json()["choices"] == chat(tiny).json()["choices"]


@pytest.mark.parametrize("listed", [False, True])
def test_a_text_ends_where_it_is_to_stop(tiny, listed):
    text = chat(tiny).json()["choices"][0]["message"]["content"]
    stop = text[len(text) // 2 :][:3]
    expected = text[: text.index(stop)]
    wish = {"stop": ["not there", stop] if listed else stop}
    whole = chat(tiny, **wish).json()
    assert whole["choices"][0]["message"]["content"] == expected
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert whole["usage"]["completion_tokens"] == 40
    for usage in (False, True):
        parts = events(chat(tiny, stream=True, stream_options={"include_usage": usage}, **wish).text)
        choices = [choice for part in parts for choice in part["choices"]]
        assert "".join(choice["delta"].get("content", "") for choice in choices) == expected
        assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == ["stop"]
        assert ("usage" in parts[-1]) is usage


@pytest.mark.parametrize("stop", ["b", "bc", "abc", "cab", "x", "xyz"])
@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_it_does_not_matter_where_a_text_is_cut_into_pieces(stop, size):
    text = "aababc abcab"
    ending = Ending([stop, "not there"])
    pieces = [ending.feed(text[at : at + size]) for at in range(0, len(text), size)]
    pieces.append(ending.rest(""))
    assert "".join(pieces) == text.split(stop)[0]
    assert ending.reached is (stop in text)


@pytest.mark.parametrize("wanted", [[1], "x", {"include_usage": 1}])
def test_odd_wishes_for_a_stream_are_passed_over(tiny, wanted):
    parts = events(chat(tiny, stream=True, stream_options=wanted, max_tokens=3).text)
    assert all("usage" not in part for part in parts)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/x.png", "file:///etc/passwd", "data:image/png;base64,%%%%",
        "data:image/png;base64,\u00e4", None,
    ],
)  # fmt: skip
def test_nothing_is_fetched(tiny, url):
    wishes = body()
    wishes["messages"][0]["content"][0]["image_url"]["url"] = url
    answer = post(f"{tiny.base}/chat/completions", json=wishes)
    assert answer.status_code == 400


def test_web_pages_cannot_use_a_server_that_trusts_everybody(tiny):
    answer = post(f"{tiny.base}/chat/completions", json=body(), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Documents of which the pages are pictures; one lies on its side."""
    folder = tmp_path_factory.mktemp("papers")
    for number in range(2):
        with pymupdf.open() as document:
            for page in range(1 + number):
                new = document.new_page(width=150, height=60)
                new.insert_image(new.rect, stream=png(f"Paper {number}, page {page}", (300, 120)))
            document.save(folder / f"p{number}.pdf")
    (folder / "photo.png").write_bytes(png("A photo", (500, 700)))
    return folder


def readings(folder):
    rows = {}
    for path in sorted(folder.rglob("transcript.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            facts = ("text", "finish", "reader", "tried", "output_tokens", "prompt_tokens", "turned")
            # What else is in a batch changes the last digit of a probability, here as there.
            sure = {"confidence": round(row["confidence"] or 0, 5)}
            rows[path.parent.name, row["page"]] = {name: row.get(name) for name in facts} | sure
    return rows


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("transcript.jsonl", ".place.json")
    }


def test_a_server_as_the_reader_gives_the_same_bytes_as_reading_here(tiny, papers, tmp_path):
    for name, model in (("here", tiny.model), ("there", tiny.base)):
        reading = ReaderOptions(model=model, device="cpu", max_tokens=40)
        convert_all([str(papers)], Options(output=tmp_path / name, reading=reading, talk=Talk.QUIET))
    assert files(tmp_path / "here") == files(tmp_path / "there")
    assert len(readings(tmp_path / "here")) == 4
    assert readings(tmp_path / "here") == readings(tmp_path / "there")


def test_64_clients_at_once_get_what_each_would_get_alone(tiny):
    images = [png("M" * number, (100 + 10 * number, 400 - 5 * number)) for number in range(64)]
    alone = [chat(tiny, image=image, max_tokens=4).json()["choices"][0]["message"]["content"] for image in images[::16]]
    found = [None] * 64

    def ask(number):
        answer = chat(tiny, image=images[number], max_tokens=4, stream=number % 2 == 1)
        if number % 2:
            parts = [choice["delta"] for part in events(answer.text) for choice in part["choices"]]
            found[number] = "".join(delta.get("content", "") for delta in parts)
        else:
            found[number] = answer.json()["choices"][0]["message"]["content"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[::16] == alone
    assert len(set(found)) > 4  # it depends on the page
    assert None not in found


def paper(*texts):
    with pymupdf.open() as document:
        for text in texts:
            document.new_page().insert_text((72, 100), text, fontsize=12)
        return document.tobytes()


WORDS = "Several words of a page that has a text of its own, {}."


def test_a_document_comes_back_as_markdown(nano):
    data = paper(*(WORDS.format(number) for number in ("one", "two")))
    expected = convert(data, model="text-layer").markdown
    for answer in (
        post(f"{nano.base}/convert", content=data),
        post(f"{nano.base}/convert", files={"file": ("a.pdf", data)}),
    ):
        assert (answer.status_code, answer.text) == (200, expected)
        assert answer.headers["content-type"].startswith("text/markdown")


def test_a_document_comes_back_as_json_with_blocks_and_pictures(nano):
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((72, 100), WORDS.format("one"), fontsize=12)
        page.insert_image((150, 300, 450, 600), stream=png("A figure", (600, 600)))
        data = document.tobytes()
    answer = post(f"{nano.base}/convert?format=json&name=report.pdf", content=data).json()
    assert answer["status"] == "done"
    assert answer["markdown"].startswith(WORDS.format("one"))
    assert answer["blocks"]["pages"][0]["blocks"][0]["label"] == "text"
    for name, picture in answer["pictures"].items():
        assert name in answer["markdown"]
        assert base64.b64decode(picture).startswith(b"\x89PNG")
    assert answer["pictures"]


def test_a_document_is_streamed_page_by_page(nano):
    data = paper(*(WORDS.format(number) for number in range(5)))
    lines = post(f"{nano.base}/convert?format=json&stream=true", content=data).text.splitlines()
    pages = [json.loads(line) for line in lines]
    assert [page.get("page") for page in pages] == [1, 2, 3, 4, 5, None]
    assert pages[2]["markdown"].strip() == WORDS.format(2)
    assert pages[-1]["status"] == "done"
    text = post(f"{nano.base}/convert?stream=true", content=data).text
    assert text.split("\n\n") == [WORDS.format(number) + "\n" * (number == 4) for number in range(5)]


@pytest.mark.parametrize(
    ("query", "data", "status", "message"),
    [
        ("", b"%PDF-1.7 broken", 422, ""),
        ("?stream=true", b"no document", 422, "document"),
        ("?pages=9", paper("One"), 422, "there is no page 9"),
        ("?format=docx", paper("One"), 400, "docx"),
        ("?speed=high", paper("One"), 400, "unknown: speed; there are"),
        ("?name=a%00b.pdf", paper("One"), 400, "name is a file's, of 200 bytes at most"),
        ("?name=" + "x" * 201, paper("One"), 400, "name is a file's, of 200 bytes at most"),
        ("?name=..", paper("One"), 400, "name is a file's, of 200 bytes at most"),
    ],
)
def test_a_document_that_cannot_be_read_is_told(nano, query, data, status, message):
    answer = post(f"{nano.base}/convert{query}", content=data)
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/completions"), ("GET", "/v1/chat/completions")])
def test_what_is_not_served_is_told_as_clients_expect(nano, method, path):
    answer = httpx.request(method, nano.root + path, timeout=LONG)
    assert answer.status_code == (405 if method == "GET" else 404)
    assert f"{method} {path} is not served; there are /v1/chat/completions" in answer.json()["error"]["message"]


def test_a_form_with_more_than_one_file_is_told(nano):
    files = [("file", ("a.pdf", paper("One"))), ("other", ("b.pdf", paper("Two")))]
    answer = post(f"{nano.base}/convert", files=files)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)
    assert "Too many files" in answer.json()["error"]["message"]


def test_a_client_that_goes_away_frees_its_slot(nano, examples):
    """nano takes seconds for this page; nobody waits for it."""
    with pymupdf.open(examples / "paper.pdf") as document:
        image = document[0].get_pixmap(dpi=144).tobytes("png")
    url = f"{nano.base}/chat/completions"
    with httpx.stream("POST", url, json=body(image, stream=True), timeout=LONG) as answer:
        lines = answer.iter_lines()  # held: the connection is closed with it
        next(lines)
        assert get(f"{nano.root}/health").json()["pages"] == 1
    with pytest.raises(httpx.ReadTimeout):
        post(url, json=body(image), timeout=httpx.Timeout(LONG, read=0.5))
    until(lambda: get(f"{nano.root}/health").json()["pages"] == 0)
    assert metric(nano, "ocr2_clients_gone_total") >= 1


def test_a_server_that_is_stopped_answers_whom_it_has_let_in(serving, tiny_checkpoint):
    with serving("-m", str(tiny_checkpoint), "--device", "cpu", "--max-tokens", "40") as server:
        answers = {}

        def ask(number):
            answers[number] = chat(server, stream=number > 2)

        def let_in():
            answered = metric(server, 'ocr2_requests_total{path="/v1/chat')
            return answered + metric(server, "ocr2_requests_in_house") - 1  # the one that asks

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        until(lambda: let_in() >= 6)
        server.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert server.wait(LONG) == 0
        whole = {
            answer.json()["choices"][0]["message"]["content"] for answer in (answers[number] for number in range(3))
        }
        assert len(whole) == 1
        for answer in (answers[number] for number in range(3, 6)):
            parts = [choice["delta"] for part in events(answer.text) for choice in part["choices"]]
            assert {"".join(delta.get("content", "") for delta in parts)} == whole
        with pytest.raises(httpx.ConnectError):
            chat(server)


def test_limits_and_token():
    """An engine that takes its time, so that they are met at once."""
    with sleeping_server(4, 6.0, size=1 << 20, seconds=5.0, queue=2, token="open sesame") as root:
        assert get(f"{root}/health").json()["status"] == "ok"
        assert get(f"{root}/v1/models").status_code == 401
        client = httpx.Client(base_url=f"{root}/v1", headers={"Authorization": "Bearer open sesame"}, timeout=LONG)
        (model,) = client.get("/models").json()["data"]
        assert model["owned_by"] == "ocr2"
        large = client.post("/convert", content=b"x" * (1 << 20) + b"x")
        assert (large.status_code, "raise --max-size" in large.text) == (413, True)
        unannounced = client.post("/convert", content=(b"x" * 65536 for _ in range(20)))
        assert unannounced.status_code == 413
        slow = client.post("/chat/completions", json=body())
        assert (slow.status_code, "raise --timeout" in slow.text) == (504, True)
        codes = []

        def ask():
            answer = client.post("/chat/completions", json=body())
            codes.append((answer.status_code, answer.headers.get("retry-after")))

        def in_house():
            lines = client.get(f"{root}/metrics").text.splitlines()
            return sum(float(line.split()[-1]) for line in lines if line.startswith("ocr2_requests_in_house")) - 1

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        until(lambda: in_house() == 2)
        for _ in range(2):
            ask()
        for thread in threads:
            thread.join()
        assert sorted(codes) == [(429, "2"), (429, "2"), (504, None), (504, None)]


@pytest.mark.parametrize("by_variable", [True, False])
def test_limits_are_those_of_the_command_line(monkeypatch, by_variable):
    taken = []
    monkeypatch.setattr("ocr2cli.serving.run.run", lambda *given: taken.extend(given) or 0)
    token = [] if by_variable else ["--token", "open sesame"]
    monkeypatch.setenv("OCR2_TOKEN", "open sesame") if by_variable else monkeypatch.delenv("OCR2_TOKEN", raising=False)
    given = ["--max-size", "1", "--queue", "2", "--timeout", "1", "--documents", "3", "--grace", "4", *token]
    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    with pytest.raises(SystemExit) as end:
        command(["serve", *given, "--host", "::1", "--port", "9"], default_map=configure(command))
    assert end.value.code == 0
    assert taken[0] == Where("::1", 9)
    assert taken[2] == Limits(1 << 20, 1.0, 2, 3, "open sesame", 4.0)


def test_an_unused_connection_outlives_the_clients_own_patience(monkeypatch):
    """Else it is closed just when the next request comes, which is lost."""
    configured = []

    class Server:
        def __init__(self, config):
            configured.append(config)

        def run(self, sockets):
            pass

    monkeypatch.setattr("uvicorn.Server", Server)
    monkeypatch.setattr("pipeline.serving.engine.open_serving", lambda reading: SimpleNamespace(close=int, name="x"))
    monkeypatch.setattr("ocr2cli.serving.app.application", lambda serving, limits: None)
    assert run(Where("127.0.0.1", 0), ReaderOptions(), Limits(), Talk.QUIET) == 0
    assert configured[0].timeout_keep_alive > 2 * httpx.Limits().keepalive_expiry


def test_the_openai_package_is_a_client(tiny):
    openai = pytest.importorskip("openai")
    client = openai.OpenAI(base_url=tiny.base, api_key="none")
    assert [model.id for model in client.models.list()] == [tiny.model]
    whole = client.chat.completions.create(model=tiny.model, messages=body()["messages"], temperature=0, max_tokens=20)
    stream = client.chat.completions.create(
        model=tiny.model, messages=body()["messages"], temperature=0, max_tokens=20, stream=True
    )
    text = "".join(part.choices[0].delta.content or "" for part in stream if part.choices)
    assert text == whole.choices[0].message.content != ""


def test_an_address_that_is_taken_is_told(tiny, ocr2):
    done = ocr2("serve", "-m", "nano", "--port", tiny.root.rpartition(":")[2])
    assert done.returncode == 2
    assert "choose another, or --port 0" in done.stderr


def test_a_server_needs_a_network(ocr2):
    done = ocr2("serve", "-m", "text-layer", "--port", "0")
    assert done.returncode == 2
    assert "a server needs a network on this machine" in done.stderr
