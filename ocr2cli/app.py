"""The `ocr2` command: thin commands whose docstrings are their help, and the one handler of errors."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Annotated

import typer
from typer.core import TyperGroup

from ocr2cli import options as opt
from ocr2cli.config import config_file, configure, settings
from ocr2cli.lists import inputs_with_lists
from ocr2cli.progress import on_one_line
from ocr2cli.stdout import ReaderGoneError
from ocr2cli.watch_command import watch
from output.options import MathStyle, RenderOptions, Running, TableStyle
from pipeline.errors import UserError

# Nothing heavy (torch, transformers, pymupdf, numpy) is imported at this level: `ocr2 --help` answers at once.

READER_GONE = 128 + 13
"""What a shell reports of any tool whose pipe was closed (SIGPIPE)."""

app = typer.Typer(
    name="ocr2",
    help="PDFs and page images to Markdown, HTML tables and image crops, with DeepSeek-OCR-2 on your own machine.",
    epilog="Example: ocr2 convert paper.pdf scans/ 'in/*.png' -o out",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"ocr2 {version('ocr2')}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


@app.command()
def convert(
    inputs: opt.Inputs = None,
    files_from: opt.FilesFrom = None,
    null: opt.Null = False,
    output: opt.Output = None,
    recursive: opt.Recursive = False,
    pages: opt.Pages = None,
    password: opt.Password = None,
    force: opt.Force = False,
    dry_run: opt.DryRun = False,
    model: opt.Model = "auto",
    device: opt.Device = "auto",
    task: opt.TaskName = "markdown",
    dpi: opt.Dpi = 144,
    upright: opt.Upright = True,
    max_tokens: opt.MaxTokens = 8192,
    gpus: opt.Gpus = None,
    gpu_memory: opt.GpuMemory = 0.9,
    kv_cache: opt.KvCacheName = "auto",
    math: opt.Math = MathStyle.DOLLAR,
    tables: opt.Tables = TableStyle.HTML,
    headers: opt.Headers = Running.DROP,
    page_separator: opt.PageSeparator = False,
    csv: opt.Csv = False,
    formats: opt.Formats = "md",
    html_images: opt.HtmlPictures = opt.HtmlImages.EMBED,
    layout_pdf: opt.LayoutPdf = False,
    preview: opt.Preview = False,
    check: opt.Check = False,
    whole: opt.Whole = False,
    as_json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> None:
    """Turn PDFs and page images into Markdown, HTML tables and image crops.

    `ocr2 convert a.pdf scans/ -o out` writes out/a.md, and out/a/ beside it with the crops and the record of what was
    read (transcript.jsonl). The written files are listed on stdout; everything else goes to stderr. Given again, the
    same command goes on where it was stopped.

    Example: cat a.pdf | ocr2 convert - --pages 2-4 > a.md
    """
    from ocr2cli.convert import convert as run

    options = opt.Options(
        output=output,
        recursive=recursive,
        pages=pages,
        passwords=tuple(password or ()),
        force=force,
        dry_run=dry_run,
        model=model,
        device=device,
        task=task,
        dpi=dpi,
        upright=upright,
        max_tokens=max_tokens,
        gpus=gpus,
        gpu_memory=gpu_memory,
        kv_cache=kv_cache,
        style=RenderOptions(math, tables, page_separator, headers, csv=csv),
        extras=opt.Extras(opt.formats(formats), html_images, layout_pdf, preview, check),
        whole=whole,
        as_json=as_json,
        talk=opt.talk(quiet, verbose),
    )
    raise typer.Exit(run(inputs_with_lists(inputs or [], files_from, null), options))


@app.command()
def render(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A result folder: it holds transcript.jsonl.")],
    source: Annotated[
        Path | None, typer.Option("--source", metavar="FILE", help="The document, where it has moved since.")
    ] = None,
    password: opt.Password = None,
    math: opt.Math = MathStyle.DOLLAR,
    tables: opt.Tables = TableStyle.HTML,
    headers: opt.Headers = Running.DROP,
    page_separator: opt.PageSeparator = False,
    csv: opt.Csv = False,
    formats: opt.Formats = "md",
    html_images: opt.HtmlPictures = opt.HtmlImages.EMBED,
    layout_pdf: opt.LayoutPdf = False,
    preview: opt.Preview = False,
    check: opt.Check = False,
    as_json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> None:
    """Write the files of a result again from its transcript.jsonl, without a model.

    Example: ocr2 render out/paper --tables markdown --page-separator
    """
    from ocr2cli.rerender import rerender

    options = opt.Options(
        passwords=tuple(password or ()),
        style=RenderOptions(math, tables, page_separator, headers, csv=csv),
        extras=opt.Extras(opt.formats(formats), html_images, layout_pdf, preview, check),
        as_json=as_json,
        talk=opt.talk(quiet, verbose),
    )
    raise typer.Exit(rerender(folder, source, options))


@app.command("eval")
def evaluate(
    truth: Annotated[
        Path,
        typer.Argument(metavar="TRUTH", help="OmniDocBench.json, or a folder of Markdown files (then --predictions)."),
    ],
    images: Annotated[
        Path | None, typer.Option("--images", metavar="DIR", help="Page images; else images/ beside the JSON file.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option("--predictions", metavar="DIR", help="Score these Markdown files; read nothing.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for pages and scores.")] = Path(
        "eval"
    ),
    force: opt.Force = False,
    model: opt.Model = "auto",
    device: opt.Device = "auto",
    task: opt.TaskName = "markdown",
    dpi: opt.Dpi = 144,
    upright: opt.Upright = True,
    max_tokens: opt.MaxTokens = 8192,
    as_json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> None:
    """Read pages whose text is known and score what comes out: text, reading order, tables.

    OUT/pages has one Markdown file a page as the scorer of OmniDocBench (v1.5) wants them, OUT/omnidocbench.yaml is its
    configuration, OUT/scores.json has our own scores. Given again, the same command reads only what is missing.

    Example: ocr2 eval OmniDocBench.json --images images -o eval
    """
    from ocr2cli.evaluate.run import evaluate as run

    options = opt.Options(
        output=output,
        force=force,
        model=model,
        device=device,
        task=task,
        dpi=dpi,
        upright=upright,
        max_tokens=max_tokens,
        as_json=as_json,
        talk=opt.talk(quiet, verbose),
    )
    raise typer.Exit(run(truth, images, predictions, options))


app.command()(watch)


@app.command()
def bench(
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="[INPUT]...", help="PDFs and images to read; else pages are made up.")
    ] = None,
    model: opt.BenchModel = "random",
    device: opt.Device = "auto",
    gpus: opt.Gpus = None,
    gpu_memory: opt.GpuMemory = 0.9,
    kv_cache: opt.KvCacheName = "auto",
    slots: opt.Slots = None,
    tokens: opt.MeanTokens = 1500,
    seconds: opt.Seconds = 120,
    seed: opt.Seed = 0,
    parts: opt.Parts = True,
    against: opt.Against = None,
    as_json: opt.BenchJson = False,
    verbose: opt.Verbose = False,
) -> None:
    """Measure how fast pages are read on this machine, against what its memory and its arithmetic allow.

    Answers have seeded lengths whatever the model says, so that runs can be compared. Rasterising is included.

    Example: ocr2 bench --against transformers --json > bench.jsonl
    """
    from ocr2cli.bench import options_of, report

    options = options_of(
        inputs or [], model, device, gpus, gpu_memory, slots, tokens, seconds, seed, parts, against is not None,
        kv_cache,
    )  # fmt: skip
    for line in report(options, as_json):
        print(line, flush=True)


@app.command()
def doctor(model: opt.Model = "auto", device: opt.Device = "auto", verbose: opt.Verbose = False) -> None:
    """Say versions, devices, the attention backend, and which model would be taken and why.

    Example: ocr2 doctor
    """
    from ocr2cli.doctor import diagnose

    for line in diagnose(model, device):
        print(line)


@app.command()
def config(
    context: typer.Context,
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="Whose options are shown.")] = "convert",
) -> None:
    """Say which value each option has now, and where it comes from.

    What is given on the command line counts most, then variables like OCR2_MODEL, then ocr2.toml in this folder or in
    ~/.config/ocr2, then the default.

    Example: OCR2_MODEL=nano ocr2 config
    """
    group = _group()
    defaults = configure(group)
    if command not in group.commands:
        raise UserError(f"there is no command {command!r}; see ocr2 --help")
    print(f"# {config_file() or 'no ocr2.toml'}")
    for setting in settings(group, command, defaults):
        print(f"{setting.option.replace('_', '-'):<16} {_shown(setting.value):<24} {setting.origin}")


def _shown(value: object) -> str:
    return "-" if value is None or value == [] or value == () else str(getattr(value, "value", value))


@app.command()
def version() -> None:
    """Say the version.

    Example: ocr2 version
    """
    _print_version(True)


def _group() -> TyperGroup:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def main() -> None:
    """Run the command line; the console script."""
    command = _group()  # called directly: `app()` would put its own hook in place of ours
    sys.excepthook = _report_bug
    try:
        command(default_map=configure(command))
    except ReaderGoneError:
        sys.exit(READER_GONE)
    except UserError as error:
        if _wants_traceback():
            traceback.print_exc()
        print(f"ocr2: {on_one_line(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)


def _report_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Nobody foresaw this error. One line for a user, everything with -v; the interpreter then exits with 1."""
    if _wants_traceback():
        traceback.print_exception(kind, error, trace)
    what = " ".join(f"{kind.__name__}: {error}".split())
    print(
        f"ocr2: internal error ({what}). This is a bug in ocr2: please run the command again with -v and report what "
        "it prints, with the output of `ocr2 doctor`",
        file=sys.stderr,
    )


def _wants_traceback() -> bool:
    return not {"-v", "--verbose"}.isdisjoint(sys.argv)
