"""URLs of objects and of what acts as a folder of them, also where `pathlib` has had them in its hands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import unquote, urlsplit

_BUCKETS = ("s3", "gs", "az")
_WEB = ("http", "https")
SCHEMES = (*_BUCKETS, *_WEB)
"""Of addresses that are read, beside `file`."""
# One slash is what pathlib leaves of two: options are paths, and a folder called `s3:` is nobody's.
_URL = re.compile(rf"({'|'.join(SCHEMES)}):/+(.+)", re.DOTALL)
_FILE = re.compile(r"file:/{1,3}(?:localhost/)?(?=[^/])")


@dataclass(frozen=True)
class Url:
    """`s3://bucket/key`: the scheme, the bucket (a container, a host), and the key, which may be empty."""

    scheme: str
    bucket: str
    key: str

    @property
    def in_bucket(self) -> bool:
        """Whether it can be listed and written to."""
        return self.scheme in _BUCKETS

    @property
    def path(self) -> Path:
        """For types that hold paths; `parse` takes it back."""
        return Path(str(self))

    @property
    def name(self) -> PurePath:
        """What a result is named after: the last part, without a web address's query."""
        key = self.key if self.in_bucket else unquote(urlsplit(f"//{self.bucket}/{self.key}").path)
        return PurePath(key.rstrip("/").rpartition("/")[2] or self.bucket)

    def at(self, key: str) -> Url:
        """Another key of the bucket."""
        return Url(self.scheme, self.bucket, key)

    def below(self, name: str) -> Url:
        """The key of this name in what this one is the folder of."""
        return self.at(f"{self.folder}{name}")

    @property
    def folder(self) -> str:
        """The prefix of the keys in it: empty, or with a slash at its end."""
        return f"{self.key.rstrip('/')}/" if self.key.strip("/") else ""

    def holds(self, other: Url) -> bool:
        """Whether the other one lies in this folder or one below it; no folder lies in itself."""
        here = (self.scheme, self.bucket) == (other.scheme, other.bucket)
        return here and other.folder != self.folder and other.folder.startswith(self.folder)

    @property
    def public(self) -> str:
        """What may be written down: a web address without its query, which may hold a key and changes with it."""
        return str(self) if self.in_bucket else str(self).partition("?")[0].partition("#")[0]

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}" + (f"/{self.key}" if self.key else "")


def parse(text: str | Path) -> Url | None:
    """The URL that a text or a path is; None of what lies on this machine."""
    text = text.as_posix() if isinstance(text, Path) else text
    found = _URL.fullmatch(text)
    if found is None:
        return None
    bucket, _, key = found[2].partition("/")
    return Url(found[1], bucket, key)


def local(text: str) -> str:
    """The path of a `file:` URL; any other text as it is."""
    return "/" + unquote(text[len(found[0]) :]) if (found := _FILE.match(text)) else text


def shown(path: Path) -> str:
    """A path as it is told to people and programs: a URL with both its slashes."""
    url = parse(path)
    return str(path) if url is None else str(url)
