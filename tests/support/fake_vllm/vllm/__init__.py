"""Stands in for vLLM where there is no GPU: the names, kinds and refusals of 0.26's arguments, and a network of none.

Facts are from `vllm/entrypoints/llm.py`, `engine/arg_utils.py`, `sampling_params.py`, `v1/engine/llm_engine.py` and
`v1/serial_utils.py` of the release. `FAKE_VLLM` says what is to go wrong.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

__version__ = "0.26.0"
WRONG = os.environ.get("FAKE_VLLM", "")

# Those of `EngineArgs` that a bench has a use for; another name is an error there, too.
ENGINE_ARGUMENTS = {
    "load_format", "max_model_len", "max_num_seqs", "max_num_batched_tokens", "kv_cache_dtype",
    "enable_prefix_caching", "mm_processor_cache_gb", "limit_mm_per_prompt", "disable_log_stats",
}  # fmt: skip


@dataclass(kw_only=True)
class SamplingParams:
    """The fields that a bench has a use for, with their defaults."""

    temperature: float = 1.0
    max_tokens: int | None = 16
    min_tokens: int = 0
    ignore_eos: bool = False
    stop_token_ids: list[int] | None = None
    detokenize: bool = True
    skip_special_tokens: bool = True
    extra_args: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.max_tokens is not None and self.max_tokens < 1:
            raise ValueError(f"max_tokens must be at least 1, got {self.max_tokens}.")
        if self.max_tokens is not None and self.min_tokens > self.max_tokens:
            raise ValueError("min_tokens must be less than or equal to max_tokens")


class LLM:
    """Reads the model's folder as far as its real class must, and keeps so many requests at a time."""

    def __init__(
        self,
        model: str,
        *,
        dtype: str = "auto",
        seed: int = 0,
        gpu_memory_utilization: float = 0.92,
        enforce_eager: bool = False,
        trust_remote_code: bool = False,
        logits_processors: list[str | type] | None = None,
        **kwargs: Any,
    ) -> None:
        if unknown := set(kwargs) - ENGINE_ARGUMENTS:
            raise TypeError(f"EngineArgs.__init__() got an unexpected keyword argument {min(unknown)!r}")
        assert dtype in ("auto", "bfloat16", "float16", "float32") and 0 < gpu_memory_utilization <= 1
        if logits_processors is None and WRONG == "no start without the ban":
            time.sleep(3600)
        self.model, self.config = model, json.loads(Path(model, "config.json").read_text(encoding="utf-8"))
        assert self.config["architectures"] == ["DeepseekOCR2ForCausalLM"], self.config["architectures"]
        assert kwargs.get("load_format") == "dummy" or list(Path(model).glob("*.safetensors")), "no weights"
        vocabulary = json.loads(Path(model, "tokenizer.json").read_text(encoding="utf-8"))
        self.image_token = next(each["id"] for each in vocabulary["added_tokens"] if each["content"] == "<image>")
        self.longest = kwargs.get("max_model_len") or self.config["max_position_embeddings"]
        self.processors = [_found(each) for each in logits_processors or ()]
        self.llm_engine = _Engine(kwargs.get("max_num_seqs") or 256, kwargs.get("disable_log_stats", True))
        print("INFO engine started with a log that is not for stdout")

    def generate(
        self,
        prompts: dict[str, Any] | Sequence[dict[str, Any]],
        sampling_params: SamplingParams | Sequence[SamplingParams] | None = None,
        *,
        use_tqdm: bool = True,
    ) -> list[Any]:
        self.enqueue(prompts, sampling_params, use_tqdm=use_tqdm)
        outputs = []
        while self.llm_engine.has_unfinished_requests():
            outputs += [output for output in self.llm_engine.step() if output.finished]
        return outputs

    def enqueue(
        self,
        prompts: dict[str, Any] | Sequence[dict[str, Any]],
        sampling_params: SamplingParams | Sequence[SamplingParams] | None = None,
        lora_request: object = None,
        priority: list[int] | None = None,
        use_tqdm: bool = True,
    ) -> list[str]:
        some = [prompts] if isinstance(prompts, dict) else list(prompts)
        params = list(sampling_params) if isinstance(sampling_params, Sequence) else [sampling_params] * len(some)
        if len(params) != len(some):
            raise ValueError("The lengths of prompts and params must be the same.")
        return [self._add(prompt, each or SamplingParams()) for prompt, each in zip(some, params, strict=True)]

    def _add(self, prompt: dict[str, Any], params: SamplingParams) -> str:
        image = prompt["multi_modal_data"]["image"]
        assert prompt["prompt"].count("<image>") == 1 and image.mode == "RGB"
        if 1121 + (params.max_tokens or 0) > self.longest:
            raise ValueError(f"The prompt and its answer are longer than max_model_len of {self.longest}")
        for processor in self.processors:
            processor.validate_params(params)
        assert not params.extra_args or self.processors, "nothing would read them"
        return self.llm_engine.add(params)

    def apply_model(self, func: Callable[[Any], Any]) -> list[Any]:
        if not isinstance(func, FunctionType) or os.environ.get("VLLM_ALLOW_INSECURE_SERIALIZATION") != "1":
            raise TypeError(f"Object of type {type(func)} is not serializable")
        from torch import nn

        model = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3))
        return [func(model)]


@dataclass
class _Request:
    name: str
    wanted: int
    ends: bool
    ids: list[int] = field(default_factory=list)


class _Engine:
    """A token a step for each of the first `most` requests."""

    def __init__(self, most: int, silent: bool) -> None:
        self._most, self._silent, self._requests, self._count = most, silent, list[_Request](), 0

    def add(self, params: SamplingParams) -> str:
        name, self._count = str(self._count), self._count + 1
        ends = WRONG == "an end of its own" and int(name) > 0
        self._requests.append(_Request(name, params.max_tokens or 0, ends or not params.ignore_eos))
        return f"{name}-internal"

    def has_unfinished_requests(self) -> bool:
        return bool(self._requests)

    def get_num_unfinished_requests(self) -> int:
        return len(self._requests)

    def step(self) -> list[Any]:
        time.sleep(0.001)
        for request in self._requests[: self._most]:
            request.ids.append(7)
        over = [each for each in self._requests if len(each.ids) >= (1 if each.ends else each.wanted)]
        self._requests = [each for each in self._requests if each not in over]
        return [self._output(each) for each in over]

    def _output(self, request: _Request) -> Any:
        answer = SimpleNamespace(token_ids=request.ids, text="", finish_reason="stop" if request.ends else "length")
        metrics = None if self._silent else SimpleNamespace(last_token_ts=time.monotonic())
        return SimpleNamespace(request_id=request.name, outputs=[answer], finished=True, metrics=metrics)


def _found(named: str | type) -> Any:
    if isinstance(named, type):
        return named
    module, _, name = named.partition(":")
    return getattr(importlib.import_module(module), name)
