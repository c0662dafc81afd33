"""Options in groups: every command that reads pages has all that is about reading, and hands it on."""

from dataclasses import fields
from typing import Any

import pytest
import typer

from ocr2cli.app import app
from ocr2cli.commands.arguments.network import Network
from ocr2cli.options import Options
from pipeline.errors import UserError
from pipeline.reader_options import ReaderOptions

GIVEN = ["--model", "m", "--device", "cpu", "--task", "ocr", "--dpi", "72", "--no-upright", "--max-tokens", "9"]
GIVEN += ["--gpus", "1", "--gpu-memory", "0.5", "--kv-cache", "int8", "--weights", "bf16", "--draft", "off", "--quiet"]
GIVEN += ["--mode", "tiny", "--locate", "here", "--prompt", "Say it.", "--ngram", "35/128", "--figures", "parse"]
GIVEN += [
    "--pages-at-once",
    "3",
    "--language",
    "de",
    "--ray",
    "auto",
    "--ray-readers",
    "2",
    "--ray-cpus",
    "4",
    "--views",
    "12",
]
TAKEN: dict[str, Any] = {
    "model": "m", "device": "cpu", "task": "ocr", "dpi": 72, "upright": False, "max_tokens": 9, "gpus": "1",
    "gpu_memory": 0.5, "kv_cache": "int8", "weights": "bf16", "draft": "off", "mode": "tiny",
    "locate": "here", "prompt": "Say it.", "ngram": "35/128", "pages_at_once": 3, "figures": "parse", "ray": "auto",
    "ray_readers": 2, "ray_cpus": 4, "language": "de", "views": "12",
}  # fmt: skip


def test_fields_of_the_group_are_those_of_the_options():
    assert set(TAKEN) == {field.name for field in fields(Network)} == {f.name for f in fields(ReaderOptions)}
    assert Network().reading == Options().reading == ReaderOptions()


@pytest.mark.parametrize(
    ("command", "place"),
    [
        (["convert", "a.pdf"], "ocr2cli.batch.convert.convert"),
        (["watch", "inbox"], "ocr2cli.inbox.watch.watch"),
        (["eval", "t.json"], "ocr2cli.evaluate.run.evaluate"),
    ],
)
def test_each_command_that_reads_hands_it_on(monkeypatch, command, place):
    taken = []
    monkeypatch.setattr(place, lambda *given: taken.extend(given) or 0)
    with pytest.raises(SystemExit) as end:
        typer.main.get_command(app)([*command, *GIVEN])
    (options,) = (given for given in taken if isinstance(given, Options))
    assert (end.value.code, options.talk) == (0, 0)
    assert options.reading == ReaderOptions(**TAKEN)


def test_a_score_is_of_the_pages_as_they_were_asked_for(monkeypatch, tmp_path):
    """What a command takes must also arrive where the pages are read."""
    from ocr2cli.evaluate import run

    asked = []
    monkeypatch.setattr(run, "open_transcriber", lambda options: asked.append(options) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run._read([], tmp_path, None, Options(reading=ReaderOptions(**TAKEN)))
    assert asked == [ReaderOptions(**TAKEN)]


def test_pages_of_an_evaluation_are_read_as_published_scores_were(monkeypatch, tmp_path):
    from ocr2cli.evaluate import run

    asked = []
    monkeypatch.setattr(run, "open_transcriber", lambda options: asked.append(options.ngram) or 1 / 0)
    for ngram in ("auto", "20/50"):
        with pytest.raises(ZeroDivisionError):
            run._read([], tmp_path, None, Options(reading=ReaderOptions(ngram=ngram)))
    assert asked == ["benchmark", "20/50"]


def test_a_rule_that_is_none_is_a_mistake_of_the_command_line():
    with pytest.raises(UserError, match="--ngram 9/4"):
        _ = Network(ngram="9/4").reading
