"""The `ocr2` command: which commands there are, those about the installation, and the one handler of errors."""

from __future__ import annotations

import signal
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ocr2cli.commands.arguments.network import Device, Model
from ocr2cli.commands.arguments.talk import VERBOSE, Verbose
from ocr2cli.commands.config import configure, example, misspelt, told
from ocr2cli.commands.convert import convert, render
from ocr2cli.commands.measure import bench, evaluate
from ocr2cli.commands.models import models
from ocr2cli.commands.serve import serve
from ocr2cli.commands.show import show
from ocr2cli.commands.watch import watch
from ocr2cli.mistakes import in_words, shortage
from ocr2cli.telling.line import on_one_line
from ocr2cli.telling.stdout import ReaderGoneError, open_closed_descriptors
from pipeline.errors import ExitCode, UserError
from pipeline.readers.devices import refuse_without_torch

# Nothing heavy (torch, transformers, pymupdf, numpy) is imported at this level: `ocr2 --help` answers at once.

Context = Any
"""Of click, which typer imports or holds a copy of: there is no one type to name."""
# 13 is SIGPIPE on every system that has it.
READER_GONE = 128 + 13
"""What a shell reports of any tool whose pipe was closed (SIGPIPE)."""

_SET = "Every option can also be set by a variable (OCR2_DPI=200) or in ocr2.toml: see ocr2 config --help"


class DefaultConvert(TyperGroup):
    """`ocr2 paper.pdf -o out` is `ocr2 convert paper.pdf -o out`; a mistyped command is told as before."""

    verbose = False
    _words: Sequence[str] = ()

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """The arguments, with `convert` before those that begin with no command; `help X` is `X --help`."""
        self._words = args
        if args[:1] == ["help"] and not Path("help").exists():
            args = [*args[1:2], "--help"]
        if args and args[0] not in self.commands and _begins_an_input(args[0], self._own_flags(ctx)):
            args = ["convert", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Context) -> object:
        """Run the command; `verbose` then says what its option, its variable or a cluster such as -rv has asked for."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:  # what checks the values says its own kind of error, too
            error.message = in_words(error)
            raise
        except Exception as error:
            files = [word for word in self._words if word.startswith("-") and Path(word).is_file()]
            if files and hasattr(error, "option_name"):  # click's NoSuchOption, by whichever of its copies
                vars(error)["message"] += f"; a file whose name begins with a dash is ./{files[0]}"
            raise
        finally:
            self.verbose = bool(ctx.meta.get(VERBOSE))

    def _own_flags(self, ctx: Context) -> set[str]:
        flags = {flag for each in self.get_params(ctx) for flag in (*each.opts, *each.secondary_opts)}
        return flags | set(ctx.help_option_names)


def _begins_an_input(word: str, own_flags: set[str]) -> bool:
    """Whether a first word is an option of convert, or stands for a document: - or @list, a path, a pattern, a name
    with a suffix. A bare word that is no file stays a command, so that `ocr2 convrt` is answered with `convert`."""
    if word.startswith("-") and word != "-":
        return word.split("=")[0] not in own_flags
    return word == "-" or word.startswith("@") or any(sign in word for sign in "./\\*?[") or Path(word).exists()


app = typer.Typer(
    name="ocr2",
    cls=DefaultConvert,
    help="PDFs and page images to Markdown, HTML tables and image crops, with DeepSeek-OCR-2 on your own machine.",
    epilog="Example: ocr2 paper.pdf scans/ 'in/*.png' -o out (convert is the default command)",
    no_args_is_help=True,
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
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


app.command(epilog=_SET)(convert)
app.command(epilog=_SET)(render)
app.command(epilog=_SET)(show)
app.command("eval", epilog=_SET)(evaluate)
app.command(epilog=_SET)(watch)
app.command(epilog=_SET)(serve)
app.command(epilog=_SET)(bench)
app.add_typer(models, name="models")


@app.command()
def doctor(
    model: Model = "auto",
    device: Device = "auto",
    golden: Annotated[
        bool, typer.Option("--golden", help="Read pages whose reading is published, on each device, and compare.")
    ] = False,
    golden_files: Annotated[
        Path | None,
        typer.Option("--golden-files", metavar="DIR", help="Where their images are; else they are fetched."),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Show versions, devices, the attention backend, and which model would be used and why.

    With --golden, whether the model reads here as its makers and others saw it
    read: text against text, and part by part against transformers where that is
    installed. A card that fails is named, and the exit code is 4 or 5.

    Example: ocr2 doctor --golden --model nano
    """
    if golden:
        refuse_without_torch()
        from ocr2cli.evaluate.golden import GoldenCheck

        checked = GoldenCheck(model, device, golden_files)
        for line in checked.lines():
            print(line, flush=True)
        raise typer.Exit(checked.exit_code)
    from ocr2cli.commands.doctor import diagnose

    for line in diagnose(model, device):
        print(line)


@app.command()
def config(
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="Whose options are shown.")] = "convert",
    as_example: Annotated[
        bool, typer.Option("--example", help="Print an ocr2.toml with every option, commented.")
    ] = False,
) -> None:
    """Show which value each option has now, and where it comes from.

    What is given on the command line counts most, then variables like
    OCR2_MODEL, then ocr2.toml in this folder or in ~/.config/ocr2, then the
    default.

    Example: OCR2_MODEL=nano ocr2 config
    """
    group = _group()
    defaults = configure(group)
    if command not in group.commands:
        raise UserError(f"there is no command {command!r}; see ocr2 --help")
    for line in example(group, command) if as_example else told(group, command, defaults):
        print(line)


@app.command()
def version() -> None:
    """Show the version.

    Example: ocr2 version
    """
    _print_version(True)


def _group() -> DefaultConvert:
    group = typer.main.get_command(app)
    assert isinstance(group, DefaultConvert)
    return group


def main() -> None:
    """Run the command line; the console script."""
    open_closed_descriptors()
    _end_in_order()
    command = _group()  # called directly: `app()` would put its own hook in place of ours
    sys.excepthook = partial(_report_bug, command)
    for line in misspelt(command):
        print(f"ocr2: {on_one_line(line)}", file=sys.stderr)
    try:
        command(default_map=configure(command))
    except ReaderGoneError:
        sys.exit(READER_GONE)
    except SystemExit as end:  # click's own answer to a reader of help that goes away is 1, which is a bug's here
        if isinstance(end.__context__, BrokenPipeError):
            sys.exit(READER_GONE)
        raise
    except UserError as error:
        if command.verbose and error.__cause__ is not None:  # what a user has mistyped has no cause below
            traceback.print_exc()
        print(f"ocr2: {on_one_line(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except (MemoryError, ImportError, OSError) as error:
        if (lack := shortage(error)) is None:
            raise
        print(f"ocr2: {lack}", file=sys.stderr)
        sys.exit(ExitCode.NO_MODEL)


def _end_in_order() -> None:
    """Let SIGTERM, and a terminal that is closed, end the process as an error does: temporary files are removed."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it: so do we
            signal.signal(number, end)


def _report_bug(
    command: DefaultConvert, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """For an error that nobody foresaw: one line for the user, all of it with -v. The interpreter then exits with 1."""
    if command.verbose:
        traceback.print_exception(kind, error, trace)
    what = " ".join(f"{kind.__name__}: {error}".split())
    print(
        f"ocr2: internal error ({what}). This is a bug in ocr2: please run the command again with -v and report what "
        "it prints, with the output of `ocr2 doctor`",
        file=sys.stderr,
    )
