"""What became of the words of a page: what was left out and why, what agrees with the PDF, what is missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Dropped:
    """Text that was read and that the Markdown leaves out: of page `page`, from 1, and there the block at `block`.

    `kind`: running, page_number, read_twice (`block` is None: it has no place), table_head (comes again on the next
    page), continued (a caption that says that a table goes on).
    """

    page: int
    block: int | None
    kind: str
    text: str


@dataclass(frozen=True)
class Agreement:
    """How far a page's text agrees with the PDF's own (`output.compare.agreement`). All values are 0..1, 1 is the same.

    Recall is the share of the PDF's own text that was found again; precision the share of what was read that is there.
    """

    character_recall: float
    character_precision: float
    word_recall: float
    word_precision: float


@dataclass(frozen=True)
class Ledger:
    """What became of the words of a page's own text layer (`output.compare.ledger`); numbers count as words.

    Every word is counted once: `words` is the sum of all that follow but the last two.
    """

    words: int
    text: int  # in the text that a reader gets
    running: int = 0  # in running heads and page numbers, which are written once
    repeated: int = 0  # in what else the writer leaves out because it stands elsewhere, as heads of tables
    pictured: int = 0  # in pictures, and kept with them
    overprint: int = 0  # printed a second time at the same place
    hidden: int = 0  # not to be seen on the page
    outside: int = 0  # beyond the page's edge
    unreadable: int = 0  # codes without a meaning
    missing: tuple[str, ...] = ()  # in none of these
    added: int = 0  # words of the blocks that the text layer does not have
    unwritten: tuple[str, ...] = ()  # words of the blocks that no stage of the output wrote or says it left out

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers among what is missing: they must be there to the digit."""
        return tuple(word for word in self.missing if word[0].isdigit())
