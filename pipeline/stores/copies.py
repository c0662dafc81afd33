"""Documents that lie elsewhere, as private files on this machine for as long as they are needed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.errors import InputError
from pipeline.stores.errors import StoreError
from pipeline.stores.store import Store
from pipeline.stores.urls import Url
from pipeline.stores.web import WebError, download
from pipeline.transcript import Source


class Stores:
    """The buckets that were used so far, each opened once."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Store] = {}

    def of(self, url: Url) -> Store:
        """Raises StoreError."""
        key = url.scheme, url.bucket
        if key not in self._open:
            self._open[key] = Store(url.at(""))
        return self._open[key]


class Copies:
    """Fetches objects into a folder of its own, which is gone at the end. From any thread."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ocr2-", suffix="-inputs")
        self._stores = Stores()

    def source(self, url: Url, name: str, passwords: tuple[str, ...] = ()) -> Source:
        """A document as it is now. Raises InputError where it cannot be had."""
        try:
            descriptor, place = tempfile.mkstemp(dir=self._folder.name)
            os.close(descriptor)
            if url.in_bucket:
                self._stores.of(url).fetch(url.key, Path(place))
            else:
                download(url, Path(place))
        except (StoreError, WebError) as error:
            raise InputError(str(error)) from error
        except OSError as error:
            why = f"{error.strerror or error}; free some space there, or name another folder with TMPDIR"
            raise InputError(f"{url} cannot be copied to {self._folder.name}: {why}") from error
        return Source(Path(place), name, passwords, url.public)

    def drop(self, source: Source) -> None:
        """The file of a source that was fetched is not needed any more; any other source is left alone."""
        if source.origin:
            source.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove them all."""
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
