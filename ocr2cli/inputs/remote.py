"""URLs as inputs: one document, all of what acts as a folder of a bucket, or what matches a pattern there."""

from __future__ import annotations

import fnmatch
import glob
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath, PurePosixPath

from pipeline.errors import InputError
from pipeline.stores.errors import StoreError
from pipeline.stores.store import Store, Stored
from pipeline.stores.urls import Url


def documents(url: Url, recursive: bool, suffixes: frozenset[str], mark: str) -> Iterator[tuple[Url, PurePath]]:
    """Documents with their paths below the folder or the fixed part of the pattern that was given, sorted.

    A folder with a `mark` in it is a result, and its pictures are no documents. Raises InputError.
    """
    if not url.in_bucket:
        yield url, url.name
        return
    try:
        yield from _in_bucket(url, recursive, suffixes, mark)
    except StoreError as error:
        raise InputError(str(error)) from error


def _in_bucket(url: Url, recursive: bool, suffixes: frozenset[str], mark: str) -> Iterator[tuple[Url, PurePath]]:
    store = Store(url.at(""))
    if glob.has_magic(url.key):
        yield from _matching(store, url, suffixes, mark)
    elif url.key and not url.key.endswith("/") and store.head(url.key) is not None:
        yield url, url.name
    else:
        keys = _keys(store, url.folder, recursive, suffixes, mark)
        if not keys and PurePosixPath(url.key).suffix.lower() in suffixes:
            raise InputError(f"{url} does not exist: check the address")
        if not keys:
            deeper = "" if recursive else "; --recursive looks into its folders too"
            raise InputError(f"{url}: no PDF or image there{deeper}")
        yield from ((url.at(key), PurePosixPath(key).relative_to(url.folder or ".")) for key in keys)


def listed(store: Store, folder: str, recursive: bool, suffixes: frozenset[str], mark: str) -> list[Stored]:
    """The documents below a prefix, sorted: a million of them are some 600 MB. Raises StoreError."""
    below = store.below(folder) if recursive else iter(store.inside(folder)[0])
    found, results = [], set()
    for stored in below:
        parent, _, name = stored.key.rpartition("/")
        if name == mark:
            results.add(parent)
        elif PurePosixPath(name).suffix.lower() in suffixes and not _is_hidden(stored.key[len(folder) :]):
            found.append(stored)
    return sorted((each for each in found if each.key.rpartition("/")[0] not in results), key=lambda each: each.key)


def _keys(store: Store, folder: str, recursive: bool, suffixes: frozenset[str], mark: str) -> list[str]:
    return [stored.key for stored in listed(store, folder, recursive, suffixes, mark)]


def _matching(store: Store, url: Url, suffixes: frozenset[str], mark: str) -> Iterator[tuple[Url, PurePath]]:
    parts = url.key.split("/")
    fixed = "/".join(parts[: next(i for i, part in enumerate(parts) if glob.has_magic(part))])
    folder = replace(url, key=fixed).folder
    wanted = url.key[len(folder) :].split("/")
    keys = _keys(store, folder, len(wanted) > 1, suffixes, mark)
    matching = [key for key in keys if _matches(key[len(folder) :].split("/"), wanted)]
    if not matching:
        raise InputError(f"{url}: no PDF or image matches this pattern")
    yield from ((url.at(key), PurePosixPath(key[len(folder) :])) for key in matching)


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """As a shell would: `*` stays within a folder, `**` is any number of them."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _is_hidden(key: str) -> bool:
    return any(part.startswith(".") for part in key.split("/"))
