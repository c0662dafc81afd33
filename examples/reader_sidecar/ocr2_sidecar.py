"""Reads a page from the text file beside its document: scan.pdf has scan.txt, with a form feed between two pages.

With --language de it is scan.de.txt.
"""

from collections.abc import Iterable, Iterator

from pipeline import Finish, PageRef, ReaderOptions, Transcript


class Sidecar:
    name = "sidecar"

    def __init__(self, language: str | None = None) -> None:
        self.suffix = f".{language}.txt" if language else ".txt"
        self.settings = f"sidecar/1{self.suffix}"  # where it is another one, pages that were read before are read anew

    def transcribe(self, pages: Iterable[PageRef]) -> Iterator[Transcript]:
        return map(self.read, pages)

    def read(self, ref: PageRef) -> Transcript:
        try:
            texts = ref.source.path.with_suffix(self.suffix).read_text(encoding="utf-8").split("\f")
            text = texts[ref.number - 1].strip()
        except (OSError, UnicodeError, IndexError) as error:
            return Transcript(ref, "", Finish.ERROR, reader=self.name, error=f"it has no text beside it: {error}")
        return Transcript(ref, text, Finish.STOP if text else Finish.EMPTY, reader=self.name)

    def close(self) -> None:
        """Nothing is held open."""


def open_reader(options: ReaderOptions) -> Sidecar:
    """Called once for a run, with --language, --dpi and so on in `options`."""
    return Sidecar(options.language)
