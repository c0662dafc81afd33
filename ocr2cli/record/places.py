"""Where results go: a tree of folders, or standard output."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import TracebackType
from typing import Self

from ocr2cli.record.transcripts import FILE_NAME
from pipeline.errors import ExitCode, UserError

STDOUT = Path("-")


class OutputError(UserError):
    """A result cannot be written."""

    exit_code = ExitCode.OUTPUT


class NoRoomError(OutputError):
    """The place for all results is full or broken: what was done stays, and the same command goes on from there."""


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the file system as one line about `path`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        kind = NoRoomError if error.errno in _NO_ROOM else OutputError
        raise kind(f"{path} cannot be written: {reason}; free it or choose another place with -o") from error


@dataclass(frozen=True)
class Place:
    """The files of one document: its Markdown, and the folder for everything else."""

    markdown: Path
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / FILE_NAME

    def check(self, force: bool) -> None:
        """Raise OutputError where files would be replaced that ocr2 has not written."""
        if self.markdown.exists() and not self.log.exists() and not force:
            raise OutputError(
                f"{self.markdown} is there already and was not written by ocr2; use another folder with -o, or --force"
            )

    def claim(self, force: bool) -> None:
        """Make the folder, see `check`."""
        self.check(force)
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.glob(".*.tmp"):  # half a file of a run that was killed
                path.unlink(missing_ok=True)


def refuse_file(output: Path) -> None:
    """Raise UserError where `-o` names a Markdown file."""
    if output.suffix.lower() in {".md", ".markdown"} and not output.is_dir():
        raise UserError(f"-o {output}: -o names a folder; for one file write -o - > {output}")


def place_in(base: Path, stem: PurePath) -> Place:
    folder = base / stem
    return Place(folder.with_name(folder.name + ".md"), folder)


class Target:
    """The place of a run's results; for standard output a temporary folder, of which only the text is passed on."""

    def __init__(self, output: Path) -> None:
        self.to_stdout = output == STDOUT
        self._stack = ExitStack()
        self.base = Path(self._stack.enter_context(tempfile.TemporaryDirectory("-ocr2"))) if self.to_stdout else output
        refuse_file(output)
        with writing(output):
            self.base.mkdir(parents=True, exist_ok=True)

    def place(self, stem: PurePath) -> Place:
        return place_in(self.base, stem)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
