"""One front end of the stand-in: HTTP as vLLM 0.26 answers it.

Facts are from `vllm/entrypoints/openai/chat_completion/protocol.py`, `entrypoints/serve/dev/rpc/api_router.py`,
`multimodal/media/connector.py` and `v1/metrics/loggers.py` of the release.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import socket
from pathlib import Path
from typing import Any

from vllm import LLM, WRONG, SamplingParams, __version__

# Those of `ChatCompletionRequest` that a bench has a use for.
FIELDS = {
    "model", "messages", "max_tokens", "max_completion_tokens", "ignore_eos", "temperature", "skip_special_tokens",
    "vllm_xargs", "min_tokens", "stream",
}  # fmt: skip


class FrontEnd:
    """What it measured is in a file of its own, and any front end tells the sums of all."""

    def __init__(self, given: argparse.Namespace, llm: LLM, number: int) -> None:
        self._given, self._llm, self._number = given, llm, number
        self._sums = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        self._preparing, self._pages, self._spent = asyncio.Lock(), 0, 0.0

    async def serve(self, shared: socket.socket) -> None:
        print("INFO:     Application startup complete.", flush=True)
        async with await asyncio.start_server(self._answer, sock=shared) as server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        lines = (line.partition(":") for line in head.lower().splitlines())
        length = next(int(value) for name, _, value in lines if name == "content-length")
        body = json.loads(await reader.readexactly(length)) if length else {}
        status, content = 200, ""
        try:
            if path == "/v1/chat/completions":
                content = json.dumps(await self._page(body))
            elif path == "/collective_rpc" and os.environ.get("VLLM_SERVER_DEV_MODE") == "1":
                content = json.dumps({"results": [self._call(body)]})
            elif path == "/version":
                content = json.dumps({"version": __version__})
            elif path == "/metrics":
                content = self._metrics()
            elif path != "/health":
                status = 404
        except (ValueError, AssertionError) as error:
            status, content = 400, json.dumps({"error": {"message": str(error)}})
        if WRONG == "death while reading" and path.startswith("/v1/") and self._pages > 3:
            print("RuntimeError: Engine core died", flush=True)
            os.killpg(0, 9)
        writer.write(f"HTTP/1.1 {status} said\r\ncontent-length: {len(content)}\r\n\r\n{content}".encode())
        await writer.drain()
        writer.close()

    async def _page(self, body: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(body) - FIELDS:
            raise ValueError(f"no field of 0.26: {min(unknown)}")
        (message,) = body["messages"]
        image, text = message["content"]
        file = Path(image["image_url"]["url"].removeprefix("file://"))
        if Path(self._given.allowed_local_media_path).resolve() not in file.resolve().parents:
            raise ValueError("Cannot load local files")
        assert file.is_file() and text["text"].count("<image>") == 1
        tokens, args = body.get("max_completion_tokens") or 16, body.get("vllm_xargs")
        params = SamplingParams(max_tokens=tokens, ignore_eos=body.get("ignore_eos", False), extra_args=args)
        for processor in self._llm.processors:
            processor.validate_params(params)
        assert not args or self._llm.processors, "nothing would read them"
        async with self._preparing:
            await asyncio.sleep(0.002)
        ends = (WRONG == "an end of its own" and self._pages > 3) or not params.ignore_eos
        written = 1 if ends else tokens
        await asyncio.sleep(written * 0.001)
        self._pages, self._spent = self._pages + 1, self._spent + written * 0.001
        new = self._sums / f"{self._number}.new"
        new.write_text(json.dumps([self._pages, self._spent]), encoding="utf-8")
        new.replace(new.with_suffix(".json"))
        reason = "stop" if ends else "length"
        return {"choices": [{"finish_reason": reason}], "usage": {"completion_tokens": written}}

    def _call(self, body: dict[str, Any]) -> str:
        """The worker's extension is mixed into the worker, which has the network."""
        from torch import nn

        module, _, name = self._given.worker_extension_cls.rpartition(".")
        extension = getattr(importlib.import_module(module), name)
        model = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3))
        worker = type("Worker", (extension,), {"get_model": lambda self: model})()
        assert all(isinstance(each, str) for each in body["args"])
        return str(getattr(worker, body["method"])(*body["args"]))

    def _metrics(self) -> str:
        pages, spent = 0, 0.0
        for path in self._sums.glob("*.json"):
            some, seconds = json.loads(path.read_text(encoding="utf-8"))
            pages, spent = pages + some, spent + seconds
        lines = ["# HELP vllm:request_inference_time_seconds Time spent in RUNNING"]
        for name, value in (("inference", spent), ("queue", 0.0)):
            lines += [
                f'vllm:request_{name}_time_seconds_sum{{engine="0"}} {value}',
                f'vllm:request_{name}_time_seconds_count{{engine="0"}} {pages}',
            ]
        return "\n".join(lines) + "\n"
