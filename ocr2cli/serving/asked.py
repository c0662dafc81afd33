"""The body of a chat completion → what is asked of one page, or why it is not granted."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ocr2cli.serving.limits import RequestError
from pipeline.model.family.asked import ngrams_for
from pipeline.readers.wrappers.retries import WAYS
from pipeline.serving.engine import PROMPT_ROOM, Serving
from pipeline.transcript import Asked

_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,")
_MARK = "<image>"
_MOST_STOPS = 4  # as many as OpenAI takes
_NOTHING: tuple[object, ...] = (None, False, 0, {}, [])
# What the protocol has and would change the answer, so that passing it over would be a wrong one.
_UNKNOWN = {
    "logprobs": "how sure the model was of the page is ocr2.confidence",
    "top_logprobs": "how sure the model was of the page is ocr2.confidence",
    "frequency_penalty": "what a page repeats is written as often as it stands there",
    "presence_penalty": "what a page repeats is written as often as it stands there",
    "logit_bias": "what is most likely is what stands there",
    "tools": "a page is read, and nothing is called",
    "functions": "a page is read, and nothing is called",
}
"""By name, with a reason or what there is instead."""


@dataclass(frozen=True)
class Question:
    """An image as it came, and how it is to be read. `usage`: the stream ends with what it cost. The text ends before
    the first of `stops`."""

    image: bytes
    asked: Asked
    attempt: int
    stream: bool
    usage: bool
    stops: tuple[str, ...] = ()


def question(body: bytes, serving: Serving) -> Question:
    """Raises RequestError."""
    try:
        wishes = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is no JSON: {error}") from error
    if not isinstance(wishes, dict):
        raise RequestError(400, "the body is a JSON object, as for OpenAI's chat completions")
    _refuse_others(wishes, serving)
    image, text = _content(wishes.get("messages"))
    own = wishes.get("ocr2") or {}
    pdf = isinstance(own, dict) and own.get("pdf") is True
    limit = _number(wishes, "max_completion_tokens") or _number(wishes, "max_tokens")
    stream = wishes.get("stream") is True
    asked = Asked(_prompt(text, serving), limit, pdf, aloud=stream)
    wanted = wishes.get("stream_options")
    usage = isinstance(wanted, dict) and wanted.get("include_usage") is True
    return Question(image, asked, _attempt(wishes, serving, pdf), stream, usage, _stops(wishes))


def _refuse_others(wishes: Mapping[str, Any], serving: Serving) -> None:
    if wishes.get("model") not in (None, serving.name):
        raise RequestError(404, f"this server has the model {serving.name} only; see /v1/models")
    if wishes.get("temperature") not in (None, 0, 0.0):
        raise RequestError(400, "pages are read at temperature 0: what is most likely is what stands there")
    if wishes.get("n") not in (None, 1):
        raise RequestError(400, "a page has one answer: n is 1")
    if wishes.get("skip_special_tokens") is True:
        raise RequestError(400, "special tokens are kept: they say where things stand on the page")
    if wishes.get("top_p") is not None and not _is_share(wishes["top_p"]):
        raise RequestError(400, "top_p is a number over 0, up to 1; at temperature 0 it changes nothing")
    for name, reason in _UNKNOWN.items():
        if wishes.get(name) not in _NOTHING:
            raise RequestError(400, f"{name} is not had here: {reason}; leave it out")


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1


def _stops(wishes: Mapping[str, Any]) -> tuple[str, ...]:
    stop = wishes.get("stop")
    stops = [stop] if isinstance(stop, str) else [] if stop is None else stop
    if not isinstance(stops, list) or len(stops) > _MOST_STOPS or not all(isinstance(s, str) and s for s in stops):
        raise RequestError(400, f"stop is a text, or a list of up to {_MOST_STOPS} texts, none of them empty")
    return tuple(stops)


def _content(messages: object) -> tuple[bytes, str]:
    """The one image and the text of the one message."""
    one = "give one message of the user, with one image (a data URL) and the model's prompt as text"
    if not isinstance(messages, list) or len(messages) != 1 or not isinstance(messages[0], dict):
        raise RequestError(400, one)
    parts = messages[0].get("content")
    if messages[0].get("role") != "user" or not isinstance(parts, list):
        raise RequestError(400, one)
    images, texts = list(_of_type(parts, "image_url")), list(_of_type(parts, "text"))
    if len(images) != 1 or len(images) + len(texts) != len(parts):
        raise RequestError(400, one)
    url = images[0].get("url") if isinstance(images[0], dict) else images[0]
    return _image(url), "\n".join(text for text in texts if isinstance(text, str))


def _of_type(parts: list[object], kind: str) -> Iterator[object]:
    return (part.get(kind) for part in parts if isinstance(part, dict) and part.get("type") == kind)


def _image(url: object) -> bytes:
    head = _URL.match(url) if isinstance(url, str) else None
    if head is None or not isinstance(url, str):
        raise RequestError(400, "the image comes as a data URL (data:image/png;base64,…): nothing is fetched")
    try:
        return base64.b64decode(url[head.end() :], validate=True)
    except ValueError as error:
        raise RequestError(400, f"the image is no base64: {error}") from error


def _prompt(text: str, serving: Serving) -> str | None:
    """None for the prompt that the engine has anyway."""
    text = text.strip()
    if not text:
        return None
    if text.count(_MARK) > 1 or len(text) > 400:
        raise RequestError(400, f"a prompt has {_MARK} once at most, and 400 characters")
    prompt = text if _MARK in text else serving.member.lead + text
    try:
        fits = serving.has_room_for(prompt)
    except (UnicodeError, TypeError) as error:  # half of a character, which JSON can hold
        raise RequestError(400, "the prompt has signs that are no characters") from error
    if not fits:
        raise RequestError(400, f"the prompt is too long: {PROMPT_ROOM} tokens more than the usual one at most")
    return prompt


def _attempt(wishes: Mapping[str, Any], serving: Serving, pdf: bool) -> int:
    """Which way of reading a page is meant: `ocr2.attempt`, or a window of the ban that belongs to one."""
    own, ban = wishes.get("ocr2") or {}, wishes.get("vllm_xargs") or {}
    if not isinstance(own, dict) or not isinstance(ban, dict):
        raise RequestError(400, "ocr2 and vllm_xargs are JSON objects")
    attempt = own.get("attempt", 0)
    if type(attempt) is not int or not 0 <= attempt < len(WAYS):
        raise RequestError(400, f"ocr2.attempt is a number from 0 to {len(WAYS) - 1}")
    if "ngram_size" not in ban and "window_size" not in ban:
        return attempt
    rule = ngrams_for(serving.member, serving.options.ngram)[0 if pdf else 1]
    known: dict[object, int] = {(rule.size, rule.window): 0, (rule.size, 4 * rule.window): 1}
    asked = ban.get("ngram_size"), ban.get("window_size")
    found = known.get(asked) if all(type(number) is int for number in asked) else None
    if found is None:
        sizes = f"{rule.size}/{rule.window} or {rule.size}/{4 * rule.window}"
        raise RequestError(400, f"vllm_xargs: runs are banned here as {sizes} (ngram_size/window_size); leave it out")
    return max(attempt, found)


def _number(wishes: Mapping[str, Any], name: str) -> int | None:
    value = wishes.get(name)
    if value is not None and (type(value) is not int or value < 1):
        raise RequestError(400, f"{name} is a number from 1")
    return value
