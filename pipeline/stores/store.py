"""One bucket: objects by key, through obstore. What goes wrong is one line that names the remedy.

An object is put whole or not at all, and where it is said what must be there before, only if that is so: this is all
that object stores promise, and all that is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.stores.errors import ChangedError, MissingError, StoreError, is_final, told
from pipeline.stores.opening import opened
from pipeline.stores.signed import Deletion, delete_if
from pipeline.stores.urls import Url

# Of what obstore does not send again by itself: a body cut in its middle, a put that had no answer. Chosen: a network
# that fails four times in a row is away, and the run says so instead of waiting on.
_TRIES = 4
# Bytes that S3 takes in one put, which is the kind that can have a condition; larger objects go up in parts without
# one.
_LARGEST = 5 << 30


@dataclass(frozen=True)
class Version:
    """What tells an object from another of its key. S3 and Azure go by the first, Google by the second."""

    tag: str | None
    number: str | None

    @property
    def text(self) -> str:
        """In one word, the same of a list and a head: Azure's lists have tags without quotes, Google's no numbers."""
        return (self.tag or "").strip('"') or self.number or ""


@dataclass(frozen=True)
class Stored:
    """An object as a list shows it; `time` is by the store's own clock."""

    key: str
    size: int
    version: Version
    time: datetime


class Store:
    """All objects of one bucket. From any thread."""

    def __init__(self, url: Url) -> None:
        self.url = url
        self._store = opened(url)

    def read(self, key: str) -> tuple[bytes, Stored] | None:
        """An object's bytes; None where there is none. Raises StoreError."""
        import obstore

        for left in reversed(range(_TRIES)):
            try:
                found = obstore.get(self._store, key)
                return bytes(found.bytes()), _stored(found.meta)
            except FileNotFoundError:
                return None
            except obstore.exceptions.BaseError as error:
                if not left or is_final(error):
                    raise told(self.url.at(key), error) from error
        raise AssertionError("the last one is told")

    def fetch(self, key: str, path: Path) -> Stored:
        """Copy an object to a file, without holding it in memory. Raises StoreError, MissingError, OSError."""
        import obstore

        for left in reversed(range(_TRIES)):
            try:
                found = obstore.get(self._store, key)
                with path.open("wb") as file:
                    size = sum(file.write(part) for part in found.stream())
                if size == found.meta["size"]:
                    return _stored(found.meta)
            except FileNotFoundError as error:
                raise MissingError(f"{self.url.at(key)} does not exist: check the address") from error
            except obstore.exceptions.BaseError as error:
                if not left or is_final(error):
                    raise told(self.url.at(key), error) from error
        raise StoreError(f"{self.url.at(key)} ended too early {_TRIES} times: try again later")

    def put(self, key: str, data: bytes, former: Version | None) -> Version:
        """Let the object hold this, where its version is `former` (None: where there is none).

        Raises ChangedError where it is another by now, StoreError.
        """
        import obstore

        if len(data) > _LARGEST:
            raise StoreError(f"{self.url.at(key)} would be larger than 5 GiB: split the document")
        for left in reversed(range(_TRIES)):
            try:
                made = obstore.put(self._store, key, data, mode=self._mode(key, former), use_multipart=False)
                return Version(made["e_tag"], made["version"])
            except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError) as error:
                # The answer to a first try may have been lost, so that the second one found what the first had put.
                if (there := self.read(key)) is not None and there[0] == data:
                    return there[1].version
                raise ChangedError(f"{self.url.at(key)} was changed by somebody else meanwhile") from error
            except FileNotFoundError as error:  # it was deleted meanwhile, or there is no such bucket
                raise told(self.url.at(key), error) from error
            except obstore.exceptions.BaseError as error:
                if not left or is_final(error):
                    raise told(self.url.at(key), error) from error
        raise AssertionError("the last one is told")

    def below(self, prefix: str) -> Iterator[Stored]:
        """Everything below a prefix, which ends in a slash, as the store hands it out. Raises StoreError."""
        import obstore

        try:
            for some in obstore.list(self._store, prefix or None, chunk_size=1000):
                for meta in some:
                    if not meta["path"].endswith("/"):
                        yield _stored(meta)
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise told(self.url.at(prefix), error) from error

    def inside(self, prefix: str) -> tuple[list[Stored], list[str]]:
        """What lies in a folder itself: objects, and the folders in it. Raises StoreError."""
        import obstore

        try:
            found = obstore.list_with_delimiter(self._store, prefix or None)
        except (obstore.exceptions.BaseError, FileNotFoundError) as error:
            raise told(self.url.at(prefix), error) from error
        return [_stored(meta) for meta in found["objects"]], [str(name) for name in found["common_prefixes"]]

    def head(self, key: str) -> Stored | None:
        """What a list would show of one object; None where there is none. Raises StoreError."""
        import obstore

        try:
            return _stored(obstore.head(self._store, key))
        except FileNotFoundError:
            return None
        except obstore.exceptions.BaseError as error:
            raise told(self.url.at(key), error) from error

    def delete(self, key: str, only: Version | None = None) -> None:
        """Remove an object, which need not be there; of a given version, or none. Raises ChangedError, StoreError.

        Google's stores, and those that know no conditions here, are asked for the version a moment before.
        """
        import obstore

        if only is not None:
            done = delete_if(self._store, key, only.text)
            there = self.head(key) if done is Deletion.UNKNOWN else None
            if done is Deletion.CHANGED or (there is not None and there.version.text != only.text):
                raise ChangedError(f"{self.url.at(key)} was changed by somebody else meanwhile")
            if there is None:
                return
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return
        except obstore.exceptions.BaseError as error:
            raise told(self.url.at(key), error) from error

    def _mode(self, key: str, former: Version | None) -> Any:  # noqa: ANN401 checkers know its type only with obstore
        """The condition of a put. Google's are by numbers, which its lists do not have. Raises ChangedError."""
        if former is None:
            return "create"
        if self.url.scheme == "gs" and former.number is None:
            there = self.head(key)
            if there is None or there.version.text != former.text:
                raise ChangedError(f"{self.url.at(key)} was changed by somebody else meanwhile")
            former = there.version
        known = {"e_tag": former.tag, "version": former.number}
        return {name: value for name, value in known.items() if value is not None}


def _stored(meta: Any) -> Stored:  # noqa: ANN401
    version = Version(meta["e_tag"], meta["version"])
    return Stored(str(meta["path"]), int(meta["size"]), version, meta["last_modified"])
