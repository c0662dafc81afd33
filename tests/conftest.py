"""Shared by all tests: stand-ins for a reader of pages, and a tiny checkpoint with random weights."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from s3_server import S3Server, s3_server

from pipeline.transcript import Finish, PageRef, Transcript

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one process a core; torch is not imported yet
# Texts are compared with those of a network in its own format throughout, on whatever CPU the tests run; what the
# vision tokenizer does in 16 bits has tests of its own (`test_short_on_cpu.py`).
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")
# Most commands here have a home of their own, and each would compile nano's steps for eight seconds.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path("~/.cache/ocr2/compiled").expanduser()))
# A shell that runs the tests in the background has Ctrl-C ignored, and so would every command that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Modules and tests stay: looking for rubbish among them takes a third of the time here, and more again later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


settings.register_profile("ocr2", deadline=None)  # no test asserts a time, and machines are shared
# What `.ci/run` asks for: the same examples each time, so that a change is not refused for what another one has broken.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("ocr2")


@dataclass
class RecordedReader:
    """Says of each page what was written down for its number; pages that were not are an error."""

    texts: Mapping[int, str]
    name: str = "recorded"
    settings: str = "recorded/1"
    asked: list[PageRef] = field(default_factory=list)
    closed: int = 0

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        for ref in pages:
            self.asked.append(ref)
            yield self.read(ref)

    def close(self) -> None:
        self.closed += 1

    def read(self, ref: PageRef) -> Transcript:
        if ref.number not in self.texts:
            return Transcript(ref, "", Finish.ERROR, reader=self.name, error=f"page {ref.number} was not recorded")
        return Transcript(ref, self.texts[ref.number], Finish.STOP, 612, 792, self.name, 257, 10, 0.9)


class EmptyReader(RecordedReader):
    """Reads nothing on any page."""

    def __init__(self) -> None:
        super().__init__({}, "empty", "empty/1")

    def read(self, ref: PageRef) -> Transcript:
        return Transcript(ref, "", Finish.EMPTY, 612, 792, self.name, 257, 1, 0.5)


class LoopingReader(RecordedReader):
    """Writes the same line until its tokens are used up."""

    def __init__(self) -> None:
        super().__init__({}, "looping", "looping/1")

    def read(self, ref: PageRef) -> Transcript:
        text = "<|ref|>text<|/ref|><|det|>[[10, 10, 90, 20]]<|/det|>\n" + "over and over " * 500
        return Transcript(ref, text, Finish.LENGTH, 612, 792, self.name, 257, 1500, 0.99)


@dataclass
class CrashingReader(RecordedReader):
    """Breaks its promise: raises when it comes to the page `at`, having read those before it."""

    at: int = 1

    def read(self, ref: PageRef) -> Transcript:
        if ref.number == self.at:
            raise RuntimeError(f"the engine broke on page {ref.number}")
        return super().read(ref)


@pytest.fixture
def recorded_reader() -> type[RecordedReader]:
    return RecordedReader


@pytest.fixture
def empty_reader() -> type[EmptyReader]:
    return EmptyReader


@pytest.fixture
def looping_reader() -> type[LoopingReader]:
    return LoopingReader


@pytest.fixture
def crashing_reader() -> type[CrashingReader]:
    return CrashingReader


@pytest.fixture(scope="module")
def _running_s3() -> Iterator[S3Server]:
    pytest.importorskip("moto", reason="moto, which serves S3 here, is not installed")
    pytest.importorskip("obstore", reason="the extra ocr2[stores] is not installed")
    with s3_server() as running:
        yield running


@pytest.fixture
def s3(_running_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """An S3 server without faults, which this process and those that it starts find by their environment."""
    for name, value in _running_s3.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_running_s3, "fault", lambda method, path: None)
    return _running_s3


SPECIAL = (
    "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>", "<image>", "<|ref|>", "<|/ref|>", "<|det|>",
    "<|/det|>", "<|grounding|>", "<td>", "</td>", "</td><td>",
)  # fmt: skip


def write_tokenizer(folder: Path) -> int:
    """A byte-level tokenizer without merges; returns its number of tokens."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {text: number for number, text in enumerate((*SPECIAL, *letters))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(text, normalized=False, special=True) for text in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer.get_vocab_size()


def write_tiny_checkpoint(folder: Path, seed: int = 0, clip: bool = False, window: int | None = None) -> Path:
    """A whole checkpoint (official layout) with random weights: real views and token counts, small everything else.

    Of DeepSeek-OCR 2; with `clip` of DeepSeek-OCR 1, and with a `window`, too, of Unlimited-OCR.
    """
    import torch

    from pipeline.model.checkpoints.load import save_official
    from pipeline.model.config import ClipConfig, DecoderConfig, FlowConfig, NetworkConfig, VisionConfig
    from pipeline.model.network import Network

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_tokenizer(folder)
    network = Network(
        NetworkConfig(
            VisionConfig(16, 2, 1, 24, 14, (1,), 12, (20, 24)),
            ClipConfig(24, 1, 4, 40) if clip else FlowConfig(24, 1, 4, 2, 40),
            DecoderConfig(
                vocabulary, 32, 2, 4, 2, 1, 48, 4, 2, 12, 1, max_positions=8192 if clip else 1536, window=window
            ),
            image_token_id=SPECIAL.index("<image>"),
            bos_token_id=0,
            eos_token_id=1,
        )
    )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            fan_in = parameter[0].numel() if parameter.dim() in (2, 4) else parameter.shape[-1]
            noise = torch.randn(parameter.shape, generator=generator) * (2 / fan_in) ** 0.5
            parameter.copy_(1 + noise if "norm" in name and name.endswith("weight") else noise)
    save_official(network, folder, torch.float32)
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny checkpoint, for `--model`. Its text is noise, but depends on the page; it rarely stops."""
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint") / "tiny")


@pytest.fixture(scope="session")
def make_tiny_checkpoint() -> Callable[..., Path]:
    """`write_tiny_checkpoint(folder, seed)`, for tests that need one of their own."""
    return write_tiny_checkpoint


@pytest.fixture(scope="session")
def tiny_family(tmp_path_factory: pytest.TempPathFactory, tiny_checkpoint: Path) -> dict[str, Path]:
    """Folders of tiny checkpoints of all members, by the names of their released ones."""
    folder = tmp_path_factory.mktemp("family")
    return {
        "DeepSeek-OCR 2": tiny_checkpoint,
        "DeepSeek-OCR": write_tiny_checkpoint(folder / "first", clip=True),
        "Unlimited-OCR": write_tiny_checkpoint(folder / "unlimited", clip=True, window=20),
    }
