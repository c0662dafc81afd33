"""Where a run's results go: a tree of folders, or standard output."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import UserError
from pipeline.record.writing import writing

STDOUT = Path("-")


def refuse_file(output: Path) -> None:
    """Raise UserError where `-o` names a Markdown file."""
    if output.suffix.lower() in {".md", ".markdown"} and not output.is_dir():
        raise UserError(f"-o {output}: -o names a folder; for one file write -o - > {output}")


class Target:
    """The place of a run's results; for standard output a temporary folder, of which only the text is passed on."""

    def __init__(self, output: Path) -> None:
        self.to_stdout = output == STDOUT
        refuse_file(output)
        self._stack = ExitStack()
        with writing(output):
            self.base = self._folder(output)
            self.base.mkdir(parents=True, exist_ok=True)

    def _folder(self, output: Path) -> Path:
        if not self.to_stdout:
            return output
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory("-ocr2")))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
