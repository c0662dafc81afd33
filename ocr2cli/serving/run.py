"""Starts the server, says where it is, and ends it in order."""

from __future__ import annotations

import ipaddress
import socket
import sys
from contextlib import closing, suppress
from dataclasses import dataclass

from ocr2cli.options import Talk
from ocr2cli.serving.limits import Limits
from pipeline.errors import ExitCode, UserError
from pipeline.reader_options import ReaderOptions

# Shorter than clients keep an unused connection (httpx, and so OpenAI's client: 5 s), it is closed at the moment in
# which one of them sends the next request, which is then lost: 3 of 1,024 were on a busy machine with uvicorn's 5 s.
KEEP_ALIVE = 75
"""Seconds for which an unused connection stays open: as long as nginx and most proxies keep theirs."""
NEEDED = "ocr2 serve needs FastAPI and uvicorn: pip install '.[serve]'"


@dataclass(frozen=True)
class Where:
    """What the server listens on; port 0 is any that is free."""

    host: str
    port: int


def run(where: Where, reading: ReaderOptions, limits: Limits, talk: Talk) -> ExitCode:
    """Serve until SIGTERM or Ctrl-C, and then finish what is under way. Raises UserError."""
    try:
        import uvicorn

        from ocr2cli.serving.app import application
    except ImportError as error:
        raise UserError(NEEDED) from error
    from pipeline.serving.engine import open_serving

    with closing(_listening(where)) as listener, closing(open_serving(reading)) as serving:
        config = uvicorn.Config(
            application(serving, limits), log_level="info" if talk is Talk.VERBOSE else "warning",
            access_log=talk is Talk.VERBOSE, timeout_graceful_shutdown=int(limits.grace), server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
        )  # fmt: skip
        host, port = listener.getsockname()[:2]
        listener.listen(1024)  # from here on whoever connects is answered
        shown = f"[{host}]" if ":" in host else host
        if talk > Talk.QUIET:
            print(
                f"ocr2: serving {serving.name} at http://{shown}:{port}/v1; Ctrl-C ends it", file=sys.stderr, flush=True
            )
        if limits.token is None and not _only_here(host):
            print(
                "ocr2: whoever reaches this machine may use it: --token TEXT asks for one", file=sys.stderr, flush=True
            )
        with suppress(KeyboardInterrupt, SystemExit):  # uvicorn raises the signal again once it has ended in order
            uvicorn.Server(config).run(sockets=[listener])
    return ExitCode.DONE


def _listening(where: Where) -> socket.socket:
    """Bound before anything is loaded: an address that is taken is told at once. Raises UserError."""
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((where.host, where.port))
    except OSError as error:
        listener.close()
        why = error.strerror or error
        raise UserError(f"--host {where.host} --port {where.port}: {why}; choose another, or --port 0") from error
    return listener


def _only_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
