"""Pages with what is published of their reading, as data, by the weights' repository. None of the files is shipped."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.model.checkpoints.source import NANO, OFFICIAL
from pipeline.reader_options import Task

_GOT = "https://huggingface.co/datasets/hf-internal-testing/fixtures_got_ocr/resolve/main/"
_LLAMA = "https://raw.githubusercontent.com/ggml-org/llama.cpp/master/tools/mtmd/"
_BY_TRANSFORMERS = "tests of transformers"
_BY_LLAMA = "test-deepseek-ocr.py of llama.cpp"


@dataclass(frozen=True)
class Golden:
    """A page and what is expected of it: how the text `begins`, or how far it is from the `truth` at most.

    Numbers within `<|det|>` may be `slack` off. `error` is the character error rate that others measured, of the part
    of the text that fits the truth best, white space folded; `band` is how much more or less is as good.
    """

    name: str
    repository: str
    image: str  # an address; empty for the page that is drawn here
    source: str
    task: Task = "markdown"
    tokens: int = 20
    begins: str = ""
    slack: int = 1
    truth: str = ""  # an address
    error: float = 0.0
    band: float = 0.0

    @property
    def long(self) -> bool:
        """Whether it takes a large network minutes on a CPU."""
        return self.tokens > 100


def _begins(name: str, repository: str, image: str, task: Task, begins: str) -> Golden:
    return Golden(name, repository, _GOT + image, _BY_TRANSFORMERS, task, begins=begins)


def _near(name: str, repository: str, image: str, error: float, band: float) -> Golden:
    truth = _LLAMA + "tests/test-1-ground-truth.txt"
    return Golden(name, repository, _LLAMA + image, _BY_LLAMA, "ocr", 2048, truth=truth, error=error, band=band)


FIRST, UNLIMITED = "deepseek-ai/DeepSeek-OCR", "baidu/Unlimited-OCR"
GOLDEN = (
    _begins(
        "form", OFFICIAL, "image_ocr.jpg", "ocr", "R&D QUALITY IMPROVEMENT SUGGESTION/SOLUTION FORM\n\nName/"
    ),
    _begins(
        "form with layout", OFFICIAL, "image_ocr.jpg", "markdown",
        "<|ref|>title<|/ref|><|det|>[[330, 198, 559, 230]]<|/det|>\n# R",
    ),
    _begins(
        "article", OFFICIAL, "multi_box.png", "ocr",
        "# Reducing the number of images\n\nIt is also believed that the performance of a website is a critical",
    ),
    _near("clipping in tiles", OFFICIAL, "tests/test-1-positive.png", 0.0236, 0.03),
    _near("hard newspaper", OFFICIAL, "test-1.jpeg", 0.776, 0.12),
    _near("clipping in tiles", FIRST, "tests/test-1-positive.png", 0.0, 0.03),
    _near("hard newspaper", FIRST, "test-1.jpeg", 0.314, 0.12),
    _begins(
        "form with layout", UNLIMITED, "image_ocr.jpg", "markdown",
        "<|det|>image [383, 88, 497, 175]<|/det|>\n<|det|>title [333",
    ),
    # Drawn by Pillow's own font; the rate is nano's on a CPU in float32, measured here.
    Golden("drawn page", NANO, "", "measured", tokens=600, error=0.012, band=0.05),
)  # fmt: skip


def cases_of(repository: str) -> tuple[Golden, ...]:
    """What is published of these weights; a drawn page, of which nothing is expected, for all others."""
    known = tuple(case for case in GOLDEN if case.repository.lower() == repository.lower())
    return known or (Golden("drawn page", repository, "", "", tokens=40),)
