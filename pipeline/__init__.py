"""Documents in, transcripts out: reading pages, the network, and the engine that runs it.

What a program needs to read pages by itself is exported here, and imported only when it is asked for:

>>> from pathlib import Path
>>> from pipeline import Document, PageRef, ReaderOptions, Source, open_transcriber
>>> source = Source(Path("examples/paper.pdf").absolute(), "paper.pdf")
>>> with Document(source) as document:
...     pages = [PageRef(source, number) for number in range(1, document.page_count + 1)]
>>> reader, _ = open_transcriber(ReaderOptions(model="text-layer"))
>>> for transcript in reader.transcribe(pages):
...     print(transcript.ref.number, transcript.finish, len(transcript.text) > 1000)
1 stop True
2 stop True
>>> reader.close()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.documents.document import Document as Document
    from pipeline.errors import InputError as InputError
    from pipeline.errors import ModelError as ModelError
    from pipeline.errors import PasswordError as PasswordError
    from pipeline.errors import UserError as UserError
    from pipeline.reader_options import ReaderOptions as ReaderOptions
    from pipeline.readers.opening import open_transcriber as open_transcriber
    from pipeline.transcriber import Transcriber as Transcriber
    from pipeline.transcript import Finish as Finish
    from pipeline.transcript import PageRef as PageRef
    from pipeline.transcript import Source as Source
    from pipeline.transcript import Transcript as Transcript

_FACE = {
    "Document": "pipeline.documents.document",
    "Finish": "pipeline.transcript",
    "InputError": "pipeline.errors",
    "ModelError": "pipeline.errors",
    "PageRef": "pipeline.transcript",
    "PasswordError": "pipeline.errors",
    "ReaderOptions": "pipeline.reader_options",
    "Source": "pipeline.transcript",
    "Transcriber": "pipeline.transcriber",
    "Transcript": "pipeline.transcript",
    "UserError": "pipeline.errors",
    "open_transcriber": "pipeline.readers.opening",
}


def __getattr__(name: str) -> object:
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FACE[name]), name)


def __dir__() -> list[str]:
    return sorted(_FACE)
