"""Where a run's results go: a tree of folders, a bucket, or standard output."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import UserError
from pipeline.record.grounds import DISK, Ground
from pipeline.record.writing import writing
from pipeline.stores.urls import Url, local, parse, shown

STDOUT = Path("-")
# Nobody calls a folder so: the formats that are written here, and those that people expect.
_FILES = {".md", ".markdown", ".txt", ".html", ".htm", ".json", ".jsonl", ".pdf", ".hocr", ".xml", ".csv", ".docx"}


def refuse_file(output: Path) -> None:
    """Raise UserError where `-o` names a file as we write them, or as others would."""
    if output.suffix.lower() in _FILES and not output.is_dir():
        file = output.name if parse(output) else output
        raise UserError(f"-o {shown(output)}: -o names a folder; for one file write -o - > {file}")


class Target:
    """The place of a run's results. `base` is their folder on this machine: for standard output a temporary one, of
    which only the text is passed on; for a bucket one where they lie until they are put (`ground` does that).
    `only_look`: nothing will be written there.
    """

    def __init__(self, output: Path, only_look: bool = False) -> None:
        self.to_stdout = output == STDOUT
        output = Path(local(output.as_posix()))
        refuse_file(output)
        self._url = parse(output)
        self._stack = ExitStack()
        with writing(output):
            self.base = output if not self.to_stdout and self._url is None else self._temporary()
            if not only_look:
                self.base.mkdir(parents=True, exist_ok=True)
        self.ground: Ground = DISK if self._url is None else self._bucket(self._url, only_look)

    @property
    def home(self) -> Path:
        """Where results are in the end: the folder, or the URL of what acts as one."""
        return self.base if self._url is None else self._url.path

    def named(self, text: str) -> str:
        """A message about files as the user knows them."""
        return text if self._url is None else text.replace(str(self.base), str(self._url).rstrip("/"))

    def path(self, file: Path) -> Path:
        """Where a file will be in the end."""
        return file if self._url is None else self._url.below(file.relative_to(self.base).as_posix()).path

    def _temporary(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory("-ocr2")))

    def _bucket(self, url: Url, only_look: bool) -> Ground:
        from pipeline.record.shared.bucket import Bucket

        if not url.in_bucket:
            self._stack.close()
            raise UserError(f"-o {url}: results can go to s3://, gs:// and az://, or to a folder")
        bucket = Bucket(url, self.base)
        self._stack.callback(bucket.close)
        if not only_look:
            bucket.begin()
        return bucket

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
