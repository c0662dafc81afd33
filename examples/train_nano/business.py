"""Kinds of pages with short texts at fixed places: letters, invoices, receipts."""

from __future__ import annotations

from dataclasses import replace

from train_nano import blocks, figures, furniture, invent, tables, tabular
from train_nano.layout import Piece, Setter, paragraph
from train_nano.maker import Maker
from train_nano.sheet import Frame, Item


def _lines(maker: Maker, texts: list[str], face: int = 0, align: str = "left", scale: float = 1.0) -> Setter:
    style = replace(maker.theme.style(scale, face), align=align)
    return blocks.lines("text", [text for text in map(maker.theme.text, texts) if text], style)


def _side_by_side(maker: Maker, area: Frame, y: float, left: Setter | None, right: Setter | None) -> float:
    """Two blocks in the halves of a row, read left first; the y below both."""
    half, bottom = area.width * 0.47, y
    room = area.y + area.height - y
    if left is not None:
        bottom = max(bottom, maker.sheet.set(left, area.x, y, half, room))
    if right is not None:
        bottom = max(bottom, maker.sheet.set(right, area.x + area.width - half, y, half, room))
    return bottom + maker.theme.size


def _down_to(area: Frame, y: float) -> Frame:
    return Frame(area.x, y, area.width, max(area.y + area.height - y, 0.0))


def letter(maker: Maker) -> None:
    """Sender, date, address, salutation, paragraphs, signature."""
    rng, theme, area = maker.rng, maker.theme, maker.margins()
    sender = _lines(maker, [invent.company(rng), *invent.address(rng), invent.phone(rng), invent.email(rng)], scale=0.9)
    left = figures.figure(rng, theme, theme.size * 7, theme.size * 4, "logo") if maker.chance(0.3) else None
    y = (
        _side_by_side(maker, area, area.y, left, sender)
        if maker.chance(0.7)
        else maker.sheet.set(sender, area.x, area.y, area.width) + theme.size
    )
    items = [Item(_lines(maker, [invent.name(rng), *invent.address(rng)]), after=theme.size)]
    items.insert(int(maker.chance(0.5)), Item(_lines(maker, [invent.date(rng)]), after=theme.size))
    if maker.chance(0.5):
        subject = invent.pick(rng, ("Re: ", "Subject: ", "", "RE: ")) + maker.texts.heading(rng)
        items.append(Item(paragraph("text", theme.text(subject), theme.style(face=1)), after=theme.size))
    items.append(Item(_lines(maker, [f"Dear {invent.name(rng)}{invent.pick(rng, ',:')}"]), after=theme.size * 0.8))
    run = maker.texts.run(rng)
    gap = max(theme.gap, theme.size * 0.5)
    items += [Item(blocks.body(rng, theme, run.paragraph()[:900], True), after=gap) for _ in range(maker.between(1, 6))]
    items.append(
        Item(
            _lines(maker, [invent.pick(rng, ("Sincerely,", "Yours faithfully,", "Best regards,", "Kind regards,"))]),
            before=theme.size,
        )
    )
    if maker.chance(0.6):
        items.append(
            Item(_at_left(figures.figure(rng, theme, theme.size * 9, theme.size * 3, "scribble"), theme.size * 9))
        )
    items.append(
        Item(
            _lines(maker, [invent.name(rng), invent.pick(rng, ("Director", "Secretary", "Head of Sales", "Manager"))]),
            before=theme.size,
        )
    )
    maker.sheet.flow([_down_to(area, y)], items)
    if maker.chance(0.4):
        furniture.footer(maker, area)


def _at_left(inner: Setter, width: float) -> Setter:
    return lambda _, room: inner(width, room)


def invoice(maker: Maker) -> None:
    """Company, numbers and dates, address, a table of items, totals, terms."""
    rng, theme, area = maker.rng, maker.theme, maker.margins()
    word = invent.pick(rng, ("INVOICE", "Invoice", "Quotation", "Purchase Order", "Delivery note", "STATEMENT"))
    company = _lines(maker, [invent.company(rng), *invent.address(rng), invent.phone(rng)], scale=0.95)
    title = blocks.heading(theme, word, 1, float(rng.uniform(1.4, 2.4)), "right" if maker.chance(0.5) else "left")
    y = (
        _side_by_side(maker, area, area.y, company, title)
        if maker.chance(0.6)
        else _side_by_side(maker, area, area.y, title, company)
    )
    keys = [
        ("Invoice No.", invent.code(rng)),
        ("Date", invent.date(rng)),
        ("Due date", invent.date(rng)),
        ("Customer", invent.digits(rng, 6)),
        ("Order", invent.code(rng)),
        ("VAT ID", invent.code(rng)),
    ]
    chosen = [keys[i] for i in sorted(rng.choice(len(keys), maker.between(2, 5), replace=False))]
    if maker.chance(0.5):
        meta = _lines(maker, [f"{key}: {value}" for key, value in chosen])
    else:
        meta = blocks.pairs(
            "text", [(theme.text(f"{key}:"), theme.text(value)) for key, value in chosen], theme.style()
        )
    customer = _lines(
        maker, [invent.pick(rng, ("Bill to:", "Ship to:", "Customer:")), invent.name(rng), *invent.address(rng)]
    )
    y = _side_by_side(maker, area, y, customer, meta)
    table, total = _items(maker)
    style = replace(theme.style(float(rng.uniform(0.85, 1.0))), leading=theme.size * 1.25)
    look = replace(tabular.choose_look(rng, theme), full=maker.chance(0.8))
    items = [Item(tabular.table_setter(theme, table, look, style, "left"), after=theme.size)]
    if total:
        half = area.width * 0.42
        totals = blocks.pairs(
            "text", [(theme.text(a), theme.text(b)) for a, b in total], theme.style(face=int(maker.chance(0.3)))
        )
        items.append(Item(lambda width, room: _at_right(totals(half, room)[0], width - half), after=theme.size))
    items += [
        Item(blocks.body(rng, theme, maker.texts.run(rng).sentence(), True), after=theme.size * 0.5)
        for _ in range(maker.between(0, 3))
    ]
    maker.sheet.flow([_down_to(area, y)], items)
    if maker.chance(0.5):
        furniture.footer(maker, area)


def _at_right(piece: Piece | None, x: float) -> tuple[Piece | None, Setter | None]:
    return (None if piece is None else Piece(None, "", piece.width + x, piece.height, children=[(piece, x, 0.0)])), None


def _items(maker: Maker) -> tuple[tables.Table, list[tuple[str, str]]]:
    """Items with quantity, price and amount; and the totals, when they stand outside the table."""
    rng, symbol = maker.rng, invent.pick(maker.rng, ("$", "€", "£", "", ""))
    rows = [[(name, 1, 1) for name in ("Description", "Qty", "Unit price", "Amount")]]
    net = 0.0
    for _ in range(maker.between(1, 14)):
        count, price = maker.between(1, 20), round(float(10 ** rng.uniform(0.3, 3)), 2)
        net += count * price
        rows.append(
            [
                (t, 1, 1)
                for t in (invent.item(rng), str(count), f"{symbol}{price:,.2f}", f"{symbol}{count * price:,.2f}")
            ]
        )
    if maker.chance(0.4):
        rows = [[(str(i) if i else "No.", 1, 1), *row] for i, row in enumerate(rows)]
    rate = maker.between(5, 25)
    totals = [("Subtotal", net), (f"VAT {rate}%", net * rate / 100), ("Total", net * (1 + rate / 100))]
    texts = [(key, f"{symbol}{value:,.2f}") for key, value in totals]
    if maker.chance(0.4):
        rows += [[(key, 1, len(rows[0]) - 1), (value, 1, 1)] for key, value in texts]
        texts = []
    return tables.from_rows(rows, 1, maker.chance(0.7), 6), texts


def receipt(maker: Maker) -> None:
    """A narrow strip of centred lines and prices."""
    rng = maker.rng
    theme = replace(maker.theme, body=maker.theme.mono if maker.chance(0.6) else maker.theme.body, ligatures=False)
    maker = replace(maker, theme=theme)
    width = min(maker.sheet.width * 0.94, theme.size * float(rng.uniform(16, 26)))
    area = Frame((maker.sheet.width - width) / 2, theme.size, width, maker.sheet.height - 2 * theme.size)
    style, prices = (
        theme.style(),
        [(invent.item(rng), f"{float(rng.uniform(0.5, 99)):.2f}") for _ in range(maker.between(2, 14))],
    )
    total = sum(float(price) for _, price in prices)
    upper = maker.chance(0.5)
    rows = [(theme.text(name.upper() if upper else name), price) for name, price in prices]
    sums = [
        ("SUBTOTAL", f"{total:.2f}"),
        ("TAX", f"{total * 0.08:.2f}"),
        ("TOTAL", f"{total * 1.08:.2f}"),
        ("CASH", f"{total * 1.5:.2f}"),
    ]
    seller = [invent.company(rng).upper(), *invent.address(rng), invent.phone(rng)]
    sale = [f"{invent.date(rng)} {invent.time(rng)}", f"Receipt #{invent.code(rng)}", f"Cashier: {invent.name(rng)}"]
    card = [f"{invent.pick(rng, ('VISA', 'CARD', 'MC'))} ****{invent.digits(rng, 4)}", f"AUTH {invent.digits(rng, 6)}"]
    close = [invent.pick(rng, ("Thank you!", "THANK YOU FOR SHOPPING", "Please come again")), invent.url(rng)]
    groups: list[Setter] = [
        _lines(maker, seller, align="center"),
        _lines(maker, sale),
        blocks.pairs("text", rows, style),
        blocks.pairs("text", sums[: maker.between(1, 4)], style),
        _lines(maker, card),
        _lines(maker, close, align="center"),
    ]
    y = area.y
    for group in groups:
        y = maker.sheet.set(group, area.x, y, area.width, area.y + area.height - y) + theme.size * 0.5
        if maker.chance(0.5) and y < area.y + area.height - theme.size:
            furniture.rule(maker, area.x, y, area.width)
            y += theme.size * 0.5
