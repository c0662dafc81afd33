"""`ocr2 serve` as it is typed."""

from __future__ import annotations

from typing import Annotated

import typer

from ocr2cli.commands.arguments.network import Network
from ocr2cli.commands.arguments.talk import Quiet, Verbose
from ocr2cli.commands.grouped import grouped

_WHERE, _LIMITS = "Where it listens", "What clients may do"


@grouped
def serve(
    host: Annotated[str, typer.Option("--host", rich_help_panel=_WHERE, help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, rich_help_panel=_WHERE, help="Port to listen on; 0: any.")
    ] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            "--token",
            metavar="TEXT",
            rich_help_panel=_LIMITS,
            help="What clients must send as bearer token (OCR2_TOKEN).",
        ),
    ] = None,
    max_size: Annotated[
        int, typer.Option("--max-size", min=1, metavar="MIB", rich_help_panel=_LIMITS, help="Largest request.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1, metavar="S", rich_help_panel=_LIMITS, help="Longest request.")
    ] = 600,
    queue: Annotated[
        int, typer.Option("--queue", min=1, rich_help_panel=_LIMITS, help="Requests at once; one more gets a 429.")
    ] = 256,
    documents: Annotated[
        int, typer.Option("--documents", min=1, rich_help_panel=_LIMITS, help="Documents converted at once.")
    ] = 4,
    grace: Annotated[
        float,
        typer.Option("--grace", min=0, metavar="S", rich_help_panel=_LIMITS, help="For requests under way at the end."),
    ] = 30,
    *,
    network: Network,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Read pages and documents for others, over HTTP, with the model loaded once.

    POST /v1/chat/completions reads one page as OpenAI's protocol has it, and
    POST /v1/convert takes a file and gives Markdown or JSON. GET /v1/models,
    /health and /metrics tell about it. SIGTERM or Ctrl-C ends it after the
    requests that are under way. Needs pip install '.[serve]'.

    Example: ocr2 serve --port 8000
    """
    from ocr2cli.options import Talk
    from ocr2cli.serving.limits import MIB, Limits
    from ocr2cli.serving.run import Where, run

    talk = Talk.VERBOSE if verbose else Talk.QUIET if quiet else Talk.NORMAL
    limits = Limits(max_size * MIB, timeout, queue, documents, token or None, grace)
    raise typer.Exit(run(Where(host, port), network.reading, limits, talk))
