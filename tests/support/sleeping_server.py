"""The application of `ocr2 serve` in this process, over an engine that sleeps as long as a GPU would read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sleeping_reader import SleepingReader


@contextmanager
def sleeping_server(slots: int, pause: float, **limits: Any) -> Iterator[str]:
    """Its address; so many pages side by side take `pause` seconds each. Raises ImportError without the extra."""
    import uvicorn

    from ocr2cli.serving.app import application
    from ocr2cli.serving.limits import Limits
    from ocr2cli.serving.run import KEEP_ALIVE
    from pipeline.model.checkpoints.config_reader import read_config
    from pipeline.model.checkpoints.source import locate
    from pipeline.model.checkpoints.thresholds import thresholds_of
    from pipeline.model.family.known import member_of
    from pipeline.model.tokenizer import Tokenizer
    from pipeline.reader_options import ReaderOptions
    from pipeline.readers.choice import choose
    from pipeline.serving.engine import Serving
    from pipeline.serving.shared import Shared

    folder = locate("nano")
    network = read_config(folder)
    serving = Serving(
        "sleeping", choose("nano"), Shared(SleepingReader(slots, pause)), thresholds_of(folder), member_of(network),
        Tokenizer.load(folder, network), ReaderOptions(),
    )  # fmt: skip
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application(serving, Limits(**limits)), log_level="critical", timeout_keep_alive=KEEP_ALIVE
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        serving.close()
