"""`.place.json`: whose a place is, and the Markdown as it was written there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.record.home.ways import Home


@dataclass(frozen=True)
class State:
    """A place's document, by its SHA-256 and where it lay, and the SHA-256 of its Markdown: None where none was
    written, or where it is not known whether it was written to the end."""

    document: str
    home: Home
    markdown: str | None = None

    @classmethod
    def read(cls, file: Path) -> State | None:
        """None where there is none, or one that is damaged."""
        try:
            if not file.is_file():  # a pipe or a device may never end
                return None
            row = json.loads(file.read_bytes())
            document, way, mark, markdown = row["document"], row["source"], row.get("home"), row["markdown"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        texts = (document, way, mark or "", markdown or "")
        if not all(isinstance(text, str) and "\0" not in text for text in texts):
            return None
        # States of before have the whole path, and no mark.
        return cls(document, Home.of(Path(way), file.parent) if mark is None else Home(way, mark), markdown)

    def encode(self) -> bytes:
        """As it is kept; a bucket adds fields of its own."""
        row = {"document": self.document, "source": self.home.way, "home": self.home.mark, "markdown": self.markdown}
        return json.dumps(row).encode()
