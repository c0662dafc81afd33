"""The ledger of a page: every word of its own text layer is in the result, in a counted class, or missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from output.compare.agreement import excuses
from output.compare.matching import absent, difference
from output.compare.own import SEEN, Kind, OwnPage, OwnWord, inside, placed_tokens
from output.compare.tokens import is_number, plain, tokens
from output.grounding.accounts import Dropped, Ledger
from output.grounding.blocks import PageBlocks
from output.grounding.roles import Role

# Chosen, not measured: one word in a hundred is what line ends and odd fonts cost two readings of one page, so that
# below it the message would stand on many good pages. Higher, and a lost line of a full page goes untold.
MOST_MISSING = 0.01
"""Share of a page's words from which their loss is told; that of a number always is."""
RUNNING = frozenset({"running", "page_number"})
"""Kinds of what is left out because it runs over the pages."""
# Missing words that are named in one line: enough to look for on the page, few enough for a terminal.
_NAMED = 12

_Layers = dict[str, list[str]]  # plain texts by the class in which their words are counted


def page_ledger(page: PageBlocks, own: OwnPage, left_out: Sequence[Dropped] = (), by_network: bool = False) -> Ledger:
    """Look for every visible word of a page among its blocks; `left_out` are those texts of it that are not written.

    A network sees the words in a figure as part of the picture, so they need not have been read.
    """
    layers, parts = _layers(page, left_out)
    texts = [text for layer in layers.values() for text in layer]
    there = [token for text in texts for token in tokens(text)]
    placed = placed_tokens(own.visible)
    wanted = [token for token, _ in placed]
    excused = _in_figures(page, placed, there) if by_network else []
    # Excused words are no longer wanted. Were they added to what is there instead, they could stand in for other words
    # of the same spelling.
    needed = difference(wanted, excused)[0]
    missing = _unless_markup(absent(needed, there, "\n".join(texts)), page)
    found, unseen = _found(needed, layers), _unseen(own)
    found["repeated"] += (Counter(needed) & Counter(token for text in parts for token in tokens(text))).total()
    known = [*wanted, *(token for word in own.words if word.kind not in SEEN for token in tokens(word.text))]
    return Ledger(
        words=len(wanted) + unseen.total(), text=len(needed) - len(missing) - found.total(),
        running=found["running"], repeated=found["repeated"], pictured=found["pictured"] + len(excused),
        overprint=unseen[Kind.OVERPRINT], hidden=unseen[Kind.HIDDEN], outside=unseen[Kind.OUTSIDE],
        unreadable=unseen[Kind.UNREADABLE], missing=missing, added=len(absent(there, known)),
    )  # fmt: skip


def with_unwritten(ledger: Ledger | None, words: tuple[str, ...], by_network: bool) -> Ledger | None:
    """The ledger with what was lost between the blocks and the files; of own text it is missing as well."""
    if not words:
        return ledger
    if ledger is None or by_network:
        return replace(ledger or Ledger(0, 0), unwritten=words)
    own = words[: ledger.text]
    return replace(ledger, text=ledger.text - len(own), missing=(*ledger.missing, *own), unwritten=words)


def may_be_unseen(own: OwnPage, ledger: Ledger) -> list[int]:
    """The places in `own.words` of all that may be what is missing: is it to be seen on the page at all?"""
    missing = set(ledger.missing)
    if not missing:
        return []
    return [
        at
        for at, word in enumerate(own.words)
        if word.kind is Kind.VISIBLE and not missing.isdisjoint(tokens(word.text))
    ]


def told(ledger: Ledger, by_network: bool) -> bool:
    """Whether so much is lost that the reader must know. What a network misread is no loss: `--check` judges that."""
    lost = _lost(ledger, by_network)
    return any(map(is_number, lost)) or len(lost) > MOST_MISSING * ledger.words


def in_words(ledger: Ledger, by_network: bool) -> str:
    """One line for people: how much is missing, and what; numbers first."""
    lost = _lost(ledger, by_network)
    named = list(dict.fromkeys((*filter(is_number, lost), *lost)))
    more = " …" if len(named) > _NAMED else ""
    if by_network or not ledger.words:
        what = "1 word that was read is" if len(lost) == 1 else f"{len(lost)} words that were read are"
    else:
        what = f"{len(lost)} of {ledger.words} words of the PDF's own text {'is' if len(lost) == 1 else 'are'}"
    return f"{what} missing: {', '.join(named[:_NAMED])}{more}"


def counts(ledger: Ledger) -> dict[str, int]:
    """The ledger in numbers, under the names that reports and `blocks.json` use."""
    fields = {name: value for name, value in asdict(ledger).items() if isinstance(value, int)}
    return fields | {
        "missing": len(ledger.missing), "missing_numbers": len(ledger.numbers), "unwritten": len(ledger.unwritten),
    }  # fmt: skip


def _lost(ledger: Ledger, by_network: bool) -> tuple[str, ...]:
    return ledger.unwritten if by_network else ledger.missing or ledger.unwritten


def _layers(page: PageBlocks, left_out: Iterable[Dropped]) -> tuple[_Layers, list[str]]:
    """The texts of the blocks by class, and those parts of them that are left out, such as the head of a table."""
    layers: _Layers = {"text": [], "pictured": [], "running": [], "repeated": []}
    gone: dict[str, list[str]] = {}
    for one in left_out:
        if one.block is not None:
            gone.setdefault(plain(one.text), []).append("running" if one.kind in RUNNING else "repeated")
    for block in page.blocks:
        text = plain(block.text)
        usual = "pictured" if block.role is Role.FIGURE else "text"
        layers[gone[text].pop() if gone.get(text) else usual].append(text)
    known = {token for text in layers["text"] for token in tokens(text)}
    for block in page.repeated:  # near copies: what only they have is not in the result
        layers["repeated"] += [token for token in tokens(plain(block.text)) if token in known]
    return layers, [text for text, labels in gone.items() for _ in labels]


def _found(needed: Iterable[str], layers: _Layers) -> Counter[str]:
    """How many of the tokens stand in another class than the text, and in no text."""
    rest = Counter(needed) - Counter(token for text in layers["text"] for token in tokens(text))
    found: Counter[str] = Counter()
    for layer in ("pictured", "running", "repeated"):
        there = rest & Counter(token for text in layers[layer] for token in tokens(text))
        found[layer] = there.total()
        rest -= there
    return found


def _unseen(own: OwnPage) -> Counter[Kind]:
    """Tokens of words that are not to be seen, by the reason; what cannot be read counts by word."""
    counts: Counter[Kind] = Counter()
    for word in own.words:
        if word.kind is Kind.UNREADABLE:
            counts[word.kind] += 1
        elif word.kind not in SEEN:
            counts[word.kind] += len(tokens(word.text))
    return counts


def _unless_markup(missing: tuple[str, ...], page: PageBlocks) -> tuple[str, ...]:
    """Without what stands in the blocks as the name of a tag or of a TeX command: a page may be about those."""
    if all(map(is_number, missing)):
        return missing
    texts = [block.text for block in page.blocks]
    names = [token for text in texts for token in tokens(text) if not is_number(token)]
    return absent(missing, difference(names, [token for text in texts for token in tokens(plain(text))])[0])


def _in_figures(page: PageBlocks, placed: Iterable[tuple[str, OwnWord]], there: Iterable[str]) -> list[str]:
    """Words inside figures that were not read."""
    boxes = [box for block in page.blocks if block.role is Role.FIGURE for box in block.boxes if excuses(box)]
    within: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for token, word in placed if boxes else ():
        (within if inside(word, boxes, page) else without)[token] += 1
    return list((within - (Counter(there) - without)).elements())
