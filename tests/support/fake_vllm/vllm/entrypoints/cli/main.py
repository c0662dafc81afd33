"""Stands in for `vllm serve`: the arguments of 0.26 that a bench has a use for, refused alike, and several front ends.

Facts are from `vllm/entrypoints/cli/serve.py`, `entrypoints/openai/cli_args.py`, `engine/arg_utils.py` and
`entrypoints/launcher.py` of the release; `FAKE_VLLM` says what is to go wrong. Front ends share one socket and take a
page in turns; a token of each page takes a millisecond.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import time
from pathlib import Path

from vllm import LLM, WRONG
from vllm.entrypoints.cli.front_end import FrontEnd


def parsed() -> argparse.Namespace:
    """Raises SystemExit for an argument that 0.26 has not, as it does."""
    parser = argparse.ArgumentParser(prog="vllm", allow_abbrev=False)
    serve = parser.add_subparsers(required=True).add_parser("serve", allow_abbrev=False)
    serve.add_argument("model_tag")
    for name in ("--host", "--chat-template", "--allowed-local-media-path", "--worker-extension-cls"):
        serve.add_argument(name)
    for name in ("--port", "--api-server-count", "--max-model-len", "--max-num-seqs", "--seed"):
        serve.add_argument(name, type=int)
    for name in ("--gpu-memory-utilization", "--mm-processor-cache-gb"):
        serve.add_argument(name, type=float)
    serve.add_argument("--load-format", choices=["auto", "dummy", "safetensors"], default="auto")
    serve.add_argument("--dtype", choices=["auto", "bfloat16", "float16", "float32"], default="auto")
    serve.add_argument("--chat-template-content-format", choices=["auto", "string", "openai"], default="auto")
    serve.add_argument("--enable-prefix-caching", action=argparse.BooleanOptionalAction)
    serve.add_argument("--limit-mm-per-prompt", type=json.loads)
    serve.add_argument("--logits-processors", nargs="+")
    serve.add_argument("--disable-uvicorn-access-log", action="store_true")
    return parser.parse_args()


def main() -> None:
    """The socket is bound before the engine is there, and heard only when it is."""
    given = parsed()
    shared = socket.socket()
    shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    shared.bind((given.host, given.port))
    assert given.limit_mm_per_prompt == {"image": 1} and "PROMETHEUS_MULTIPROC_DIR" in os.environ
    llm = LLM(
        given.model_tag, dtype=given.dtype, seed=given.seed, load_format=given.load_format,
        gpu_memory_utilization=given.gpu_memory_utilization, max_model_len=given.max_model_len,
        max_num_seqs=given.max_num_seqs, logits_processors=given.logits_processors,
    )  # fmt: skip
    assert "{{ bos_token }}" in Path(given.chat_template).read_text(encoding="utf-8")
    for number in range(given.api_server_count):
        if os.fork() == 0:
            if number and WRONG == "one front end late":
                time.sleep(0.5)
            asyncio.run(FrontEnd(given, llm, number).serve(shared))
    os.wait()


if __name__ == "__main__":
    main()
