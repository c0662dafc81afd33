"""A server as the reader, over real HTTP: what is sent, what comes back, and that no page is lost on the way."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pymupdf
import pytest
from fake_server import fake_server, hang_up, text_of
from waiting import LONG

from pipeline.documents.document import Document
from pipeline.errors import ModelError, UserError
from pipeline.reader_options import ReaderOptions
from pipeline.readers.opening import open_transcriber
from pipeline.readers.wrappers.retries import Recovering
from pipeline.remote.reader import RemoteTranscriber
from pipeline.remote.trying import Patience
from pipeline.transcript import Finish, PageRef, Source

QUICK = Patience(answer=LONG, server=LONG, first=0.01, longest=0.05)
HANGING = replace(QUICK, answer=3.0)
PAGES = 24


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Small pages, each with pixels of its own."""
    path = tmp_path_factory.mktemp("remote") / "pages.pdf"
    with pymupdf.open() as document:
        for number in range(1, PAGES + 1):
            page = document.new_page(width=120, height=80)
            page.insert_text((10, 40), f"number {number}", fontsize=14)
        document.save(path)
    return Source(path, "pages.pdf")


@pytest.fixture(scope="module")
def expected(source):
    with Document(source) as document:
        return {number: text_of(document.raster(number, 144)) for number in range(1, PAGES + 1)}


def refs(source, count=PAGES):
    return [PageRef(source, number) for number in range(1, count + 1)]


def opened(server, patience=QUICK, **options):
    return RemoteTranscriber(ReaderOptions(model=server.base, **options), patience)


def read(reader, pages):
    found = list(reader.transcribe(pages))
    assert Counter(page.ref for page in found) == Counter(pages)  # each exactly once
    return {page.ref.number: page for page in found}


def test_pages_arrive_as_the_released_script_would_rasterise_them(source, expected):
    with fake_server() as server:
        found = read(opened(server), refs(source))
    assert {number: page.text for number, page in found.items()} == expected
    page = found[1]
    assert (page.finish, page.reader, page.width, page.height) == (Finish.STOP, "org/model", 120, 80)
    assert (page.prompt_tokens, page.output_tokens) == (257, len(expected[1]) // 4)


def test_the_models_own_settings_go_along(source):
    with fake_server() as server:
        read(opened(server, task="markdown", max_tokens=1234), refs(source, 1))
    (body,) = server.seen
    assert (
        body.pop("messages")
        == [
            {
                "role": "user",
                "content": [[160, 240, 3], {"type": "text", "text": "<|grounding|>Convert the document to markdown."}],
            }
        ]
        or body
    )
    assert body == {
        "model": "org/model", "temperature": 0, "max_tokens": 1234, "stream": True,
        "stream_options": {"include_usage": True}, "skip_special_tokens": False, "logprobs": True,
        "vllm_xargs": {"ngram_size": 20, "window_size": 50, "whitelist_token_ids": [128821, 128822]},
    }  # fmt: skip


def test_another_try_is_asked_for_in_another_way(source):
    with fake_server() as server:
        server.say = lambda pixels: ""
        (page,) = Recovering(opened(server)).transcribe(refs(source, 1))
    assert page.finish is Finish.EMPTY
    assert [body["vllm_xargs"]["window_size"] for body in server.seen] == [50, 200, 200]


def test_what_a_server_refuses_is_left_out(source, expected):
    def refuse(handler, before):
        refused = {"vllm_xargs", "logprobs"} & handler.body.keys()
        return refused and handler.json(400, {"error": {"message": f"unknown: {refused}"}})

    with fake_server(fault=refuse) as server:
        found = read(opened(server), refs(source))
    assert {number: page.text for number, page in found.items()} == expected
    assert not {"vllm_xargs", "logprobs"} & server.seen[-1].keys()


def test_what_is_refused_altogether_is_an_error_of_the_page_with_the_servers_words(source):
    with fake_server(fault=lambda handler, before: handler.json(422, {"error": {"message": "too large"}})) as server:
        found = read(opened(server), refs(source, 3))
    assert {page.error for page in found.values()} == {"the server does not take the page (422: too large)"}
    assert {page.finish for page in found.values()} == {Finish.ERROR}


def words(request):
    (text,) = (part["text"] for part in request["messages"][0]["content"] if isinstance(part, dict))
    return text


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({}, "<|grounding|>Convert the document to markdown."),
        ({"task": "ocr"}, "Free OCR."),
        ({"locate": "a total"}, "Locate <|ref|>a total<|/ref|> in the image."),
        ({"prompt": "What is the sum?"}, "What is the sum?"),
    ],
)
def test_the_prompt_of_the_task_goes_along_behind_the_image(source, options, asked):
    with fake_server(model="deepseek-ai/DeepSeek-OCR-2") as server:
        read(opened(server, **options), refs(source, 1))
    assert words(server.seen[0]) == asked


def test_pictures_are_sent_by_themselves_where_they_are_to_be_parsed(source):
    def say(pixels):
        if pixels.shape[0] < 100:
            return "a | b"
        return "<|ref|>image<|/ref|><|det|>[[500, 250, 999, 749]]<|/det|>\n"

    with fake_server(model="deepseek-ai/DeepSeek-OCR-2") as server:
        server.say = say
        reader, choice = open_transcriber(ReaderOptions(model=server.base, figures="parse"))
        pages = list(reader.transcribe(refs(source, 2)))
        reader.close()
    assert [words(request) for request in server.seen].count("Parse the figure.") == 2
    sizes = {(*shape[:2], words(request)) for request in server.seen for shape in request["messages"][0]["content"][:1]}
    assert sizes == {(160, 240, "<|grounding|>Convert the document to markdown."), (79, 120, "Parse the figure.")}
    assert {page.text for page in pages} == {
        "<|ref|>image<|/ref|><|det|>[[500, 250, 999, 749]]<|/det|>\n\n"
        "<|ref|>text<|/ref|><|det|>[[500, 250, 999, 749]]<|/det|>\na | b"
    }
    assert choice.network == server.base


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mode": "tiny"}, "--mode is for a network on this machine"),
        ({"pages_at_once": 2}, "--pages-at-once is for a network on this machine"),
        ({"prompt": "before <image> behind"}, "--prompt with <image> in its middle cannot be sent"),
        ({"locate": "a", "prompt": "b"}, "--prompt and --locate cannot both be given"),
    ],
)
def test_what_a_server_cannot_be_asked_is_told_at_once(options, said):
    with fake_server(model="deepseek-ai/DeepSeek-OCR-2") as server, pytest.raises(UserError, match=said):
        opened(server, **options)


def test_a_model_without_a_prompt_for_figures_parses_none():
    with fake_server(model="baidu/Unlimited-OCR") as server, pytest.raises(UserError, match="has no task 'figure'"):
        opened(server, figures="parse")


def test_how_sure_the_model_was_is_known_where_the_server_tells(source):
    with fake_server() as server:
        server.logprob = float(np.log(0.25))
        (page,) = opened(server).transcribe(refs(source, 1))
        server.logprob = None
        (other,) = opened(server).transcribe(refs(source, 1))
    assert page.confidence == pytest.approx(0.25)
    assert other.confidence is None


@pytest.mark.parametrize("logprob", [None, -0.1])
def test_a_loop_is_cut_from_the_stream_and_the_rest_is_not_waited_for(source, logprob):
    good = "<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nSeveral words that are no loop at all, and then: "
    with fake_server() as server:
        server.say, server.logprob = lambda pixels: good + "the same again and " * 3000, logprob
        (page,) = opened(server).transcribe(refs(source, 1))
    assert page.finish is Finish.LOOP
    assert page.text.startswith(good + "the same")
    assert len(page.text) < len(good) + 400
    assert not server.answered


def test_pages_that_stop_at_the_limit_are_known(source):
    with fake_server(fault=lambda handler, before: handler.answer(reason="length") or True) as server:
        (page,) = opened(server).transcribe(refs(source, 1))
    assert page.finish is Finish.LENGTH


def busy(handler, before):
    return before < 2 and handler.json(503, {"error": {"message": "loading"}}, Retry_After="0")


def cut(handler, before):
    return before < 1 and (handler.answer(upto=30) or True)


def hang(handler, before):
    if before < 1 and int(handler.text[-6], 16) % 4 == 0:
        handler.begin()
        time.sleep(HANGING.answer + 2)
        return True
    return False


def drop(handler, before):
    return before < 1 and (hang_up(handler.connection) or True)


def nonsense(handler, before):
    if before < 1:
        handler.begin()
        handler.wfile.write(b"data: <html>Bad gateway</html>\n\n")
        handler.close_connection = True
    return before < 1


@pytest.mark.parametrize("fault", [busy, cut, hang, drop, nonsense])
def test_no_page_is_lost_or_doubled_by_faults(source, expected, fault):
    with fake_server(fault=fault) as server:
        found = read(opened(server, HANGING if fault is hang else QUICK), refs(source))
    assert {number: page.text for number, page in found.items()} == expected
    assert {page.finish for page in found.values()} == {Finish.STOP}
    assert set(server.answered.values()) == {1}


def test_a_server_that_dies_in_the_middle_and_comes_back(source, expected):
    def slowly(handler, before):
        handler.server_of.pause = 0.05
        return False

    with fake_server(fault=slowly) as server:
        done = []
        for page in opened(server).transcribe(refs(source)):
            done.append(page)
            if len(done) in (3, 12):
                server.die()
                threading.Timer(0.3, server.start).start()
    assert {page.ref.number: page.text for page in done} == expected
    assert len(done) == PAGES


def test_a_server_that_stays_away_ends_the_run_and_says_so(source):
    with fake_server() as server:
        reader = opened(server, replace(QUICK, server=0.3))
        server.fault = lambda handler, before: handler.json(503, {"error": {"message": "gone"}})
        with pytest.raises(ModelError, match=r"has answered no page for .* give the same command again"):
            list(reader.transcribe(refs(source)))


def test_a_page_that_ends_its_server_fails_alone(source, expected):
    def poisoned(handler, before):
        if handler.text != expected[5]:
            return False
        for connection in list(handler.server_of._open):
            hang_up(connection)  # every answer under way breaks off
        return True

    with fake_server(fault=poisoned) as server:
        server.pause = 0.02
        found = read(opened(server), refs(source))
    assert {number for number, page in found.items() if page.finish is Finish.ERROR} == {5}
    assert found[5].error.startswith("no whole answer came from the server")
    assert server.asked[expected[5]] == 4


def test_the_bound_grows_while_the_server_takes_more_and_shrinks_when_it_does_not(source, expected):
    room, met = 5, threading.Event()

    def full(handler, before):
        if handler.server_of.busy > room:
            met.set()
        met.wait(LONG)
        return handler.server_of.busy > room and handler.json(429, {"error": {"message": "full"}}, Retry_After="0")

    with fake_server(fault=full) as server:
        found = read(opened(server), refs(source))
    assert {number: page.text for number, page in found.items()} == expected
    assert room < server.most <= 12
    assert len(server.seen) > PAGES  # some were refused


def test_pages_are_pulled_as_there_is_room(source):
    pulled = []

    def pages():
        for ref in refs(source) * 20:
            pulled.append(ref)
            yield replace(ref, source=replace(source, name=f"{len(pulled)}"))

    stuck = threading.Event()
    with fake_server(fault=lambda handler, before: not stuck.wait(5)) as server:
        reader = opened(server, replace(QUICK, answer=10.0))
        threading.Timer(0.5, stuck.set).start()
        next(reading := reader.transcribe(pages()))
        assert len(pulled) < 60
        reading.close()


def test_a_key_is_sent_and_a_wrong_one_is_told(source, monkeypatch):
    with fake_server() as server:
        server.key = "secret"
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        assert read(opened(server), refs(source, 1))[1].finish is Finish.STOP
        monkeypatch.setenv("OPENAI_API_KEY", "wrong")
        with pytest.raises(ModelError, match=r"does not let us in \(status 401\); put its key into"):
            opened(server)


def test_which_model_is_meant_must_be_clear():
    with fake_server() as server:
        assert opened(server).name == "org/model"
        server.models.append({"id": "other"})
        with pytest.raises(ModelError, match=r"serves several models; give one of them, like --model .*#org/model"):
            opened(server)
        reader = RemoteTranscriber(ReaderOptions(model=server.base + "#other"))
        assert reader.name == "other"
        with pytest.raises(ModelError, match="has no model third; give one of them"):
            RemoteTranscriber(ReaderOptions(model=server.base + "#third"))


def test_no_server_no_api_no_address():
    with fake_server() as server, pytest.raises(ModelError, match=r"lists no models \(status 404\); give the address"):
        RemoteTranscriber(ReaderOptions(model=f"http://127.0.0.1:{server.port}/v2"))
    with pytest.raises(ModelError, match=r"no server answers at http://127.0.0.1:\d+/v1 .*; start it"):
        opened(server)


def test_the_key_of_a_record_names_the_model_and_not_the_machine():
    with fake_server() as one, fake_server() as other, fake_server(model="b") as third:
        assert opened(one).settings == opened(other).settings
        assert opened(one).settings.startswith("server/org/model/")
        keys = {opened(one).settings, opened(third).settings, opened(one, task="ocr").settings}
        keys |= {opened(one, dpi=200).settings, opened(one, max_tokens=5).settings}
        assert len(keys) == 5
