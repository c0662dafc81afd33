"""Invented strings that prose has too few of: names, dates, prices, codes, addresses, and strings that are no words."""

from __future__ import annotations

import string
from collections.abc import Callable

from numpy.random import Generator

FIRST = [
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Richard",
    "Susan",
    "Joseph",
    "Jessica",
    "Ahmed",
    "Fatima",
    "Wei",
    "Mei",
    "Hiroshi",
    "Yuki",
    "Priya",
    "Arjun",
    "Olga",
    "Dmitri",
    "José",
    "María",
    "Łukasz",
    "Zoë",
    "François",
    "Chloé",
    "Jürgen",
    "Ingrid",
    "Søren",
    "Åsa",
    "Kwame",
    "Amara",
    "Siobhán",
    "Niamh",
    "Giulia",
    "Marco",
    "Ana",
    "João",
    "Tomáš",
    "Eliška",
    "Gábor",
    "Katalin",
    "Erik",
    "Freya",
    "Noah",
    "Emma",
    "Liam",
    "Ava",
    "Lucas",
    "Mia",
    "Ethan",
    "Grace",
    "Oscar",
    "Ruth",
    "Victor",
    "Irene",
]
LAST = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "García",
    "Miller",
    "Davis",
    "Rodríguez",
    "Martínez",
    "Wilson",
    "Anderson",
    "Taylor",
    "Thomas",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Thompson",
    "White",
    "Harris",
    "Clark",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Nguyen",
    "Hill",
    "Green",
    "Adams",
    "Nelson",
    "Baker",
    "Patel",
    "Khan",
    "Singh",
    "Chen",
    "Wang",
    "Kim",
    "Park",
    "Tanaka",
    "Sato",
    "Müller",
    "Schmidt",
    "Weiß",
    "Schröder",
    "Dubois",
    "Lefèvre",
    "Rossi",
    "Bianchi",
    "Novák",
    "Kowalski",
    "Nowak",
    "Øvergård",
    "Lindström",
    "O'Brien",
    "MacDonald",
    "Fitzgerald",
    "Okafor",
    "Mensah",
    "Ivanova",
    "Petrov",
    "Horváth",
    "Yılmaz",
    "Da",
    "Silva-Costa",
    "Van",
    "der",
    "Berg",
]
CITIES = [
    "London",
    "Paris",
    "Berlin",
    "Madrid",
    "Rome",
    "Vienna",
    "Zürich",
    "Oslo",
    "Stockholm",
    "Helsinki",
    "Warsaw",
    "Prague",
    "Budapest",
    "Lisbon",
    "Dublin",
    "Boston",
    "Chicago",
    "Houston",
    "Phoenix",
    "Denver",
    "Seattle",
    "Toronto",
    "Montréal",
    "Vancouver",
    "Sydney",
    "Auckland",
    "Tokyo",
    "Osaka",
    "Singapore",
    "Nairobi",
    "Lagos",
    "Cairo",
    "Lima",
    "Bogotá",
]
STREETS = [
    "Main",
    "High",
    "Church",
    "Park",
    "Oak",
    "Maple",
    "Cedar",
    "Elm",
    "Station",
    "Mill",
    "Victoria",
    "Washington",
    "Lake",
    "Hill",
    "King's",
    "Queen's",
]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NOUNS = [
    "Data",
    "Energy",
    "Global",
    "United",
    "Northern",
    "Pacific",
    "Digital",
    "Summit",
    "Alpine",
    "Harbor",
    "Vertex",
    "Nova",
    "Orion",
    "Atlas",
    "Delta",
    "Crystal",
    "Silver",
    "Golden",
    "Green",
    "Blue",
    "Quantum",
    "Bright",
    "Urban",
    "Prime",
    "Metro",
    "Royal",
    "Central",
    "Coastal",
]
TRADES = [
    "Systems",
    "Industries",
    "Partners",
    "Holdings",
    "Foods",
    "Logistics",
    "Media",
    "Labs",
    "Solutions",
    "Bank",
    "Insurance",
    "Motors",
    "Pharma",
    "Textiles",
    "Energy",
]
ITEMS = [
    "Cable",
    "Adapter",
    "Notebook",
    "Monitor",
    "Keyboard",
    "Mouse",
    "Printer",
    "Toner",
    "Paper",
    "Desk",
    "Chair",
    "Lamp",
    "Router",
    "Switch",
    "Charger",
    "Battery",
    "Headset",
    "Camera",
    "Filter",
    "Valve",
    "Pump",
    "Bearing",
    "Gasket",
    "Sensor",
    "Coffee",
    "Tea",
    "Milk",
    "Bread",
    "Butter",
    "Cheese",
    "Apples",
    "Oranges",
    "Rice",
    "Pasta",
    "Sugar",
    "Salt",
    "Soap",
    "Towel",
    "Shampoo",
    "License",
    "Support",
    "Consulting",
    "Training",
    "Installation",
    "Delivery",
    "Maintenance",
    "Inspection",
    "Design",
    "Hosting",
    "Subscription",
]
GOODS = [
    "Wireless",
    "Deluxe",
    "Standard",
    "Premium",
    "Portable",
    "Heavy-duty",
    "Stainless",
    "Organic",
    "Annual",
    "Monthly",
    "Compact",
    "Large",
    "Small",
    "Black",
    "White",
    "USB-C",
    "A4",
    "5 m",
    "12 V",
]


def pick(rng: Generator, items: list[str] | tuple[str, ...] | str) -> str:
    return items[int(rng.integers(len(items)))]


def name(rng: Generator) -> str:
    first, last = pick(rng, FIRST), pick(rng, LAST)
    form = rng.integers(6)
    if form == 0:
        return f"{first} {pick(rng, string.ascii_uppercase)}. {last}"
    if form == 1:
        return f"{last}, {first[0]}."
    if form == 2:
        return f"{pick(rng, ('Dr.', 'Mr.', 'Mrs.', 'Ms.', 'Prof.'))} {first} {last}"
    return f"{first} {last}"


def digits(rng: Generator, count: int) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, count))


def number(rng: Generator) -> str:
    value = float(10 ** rng.uniform(0, 6.5))
    form = rng.integers(7)
    if form == 0:
        return f"{value:.0f}"
    if form == 1:
        return f"{value / 1000:.{int(rng.integers(1, 4))}f}"
    if form == 2:
        return f"{value:,.2f}"
    if form == 3:
        return f"{value % 100:.1f}%"
    if form == 4:
        return f"-{value % 1000:.2f}"
    return f"{value:,.0f}"


def money(rng: Generator) -> str:
    value = float(10 ** rng.uniform(0.3, 5.5))
    form = rng.integers(6)
    if form < 3:
        return f"{pick(rng, '$€£')}{value:,.2f}"
    return (f"{value:,.2f}", f"${value:,.0f}", f"({value:,.0f})")[int(form) - 3]


def date(rng: Generator) -> str:
    year, month, day = int(rng.integers(1880, 2031)), int(rng.integers(1, 13)), int(rng.integers(1, 29))
    form = rng.integers(8)
    return (
        f"{day} {MONTHS[month - 1]} {year}", f"{MONTHS[month - 1]} {day}, {year}", f"{year}-{month:02d}-{day:02d}",
        f"{day:02d}.{month:02d}.{year}", f"{month}/{day}/{year % 100:02d}", f"{day:02d}/{month:02d}/{year}",
        f"{MONTHS[month - 1][:3]} {year}", f"{pick(rng, DAYS)}, {day} {MONTHS[month - 1][:3]}. {year}",
    )[int(form)]  # fmt: skip


def time(rng: Generator) -> str:
    hour, minute = int(rng.integers(24)), int(rng.integers(60))
    return f"{hour:02d}:{minute:02d}" if rng.random() < 0.5 else f"{hour % 12 or 12}:{minute:02d} {'AP'[hour > 11]}M"


def code(rng: Generator) -> str:
    """Part numbers, references, licence plates."""
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        letters = rng.random() < 0.45
        count = int(rng.integers(1, 6))
        parts.append(
            "".join(pick(rng, string.ascii_uppercase) for _ in range(count)) if letters else digits(rng, count)
        )
    return pick(rng, "--/._ ").strip().join(parts) or digits(rng, 5)


def phone(rng: Generator) -> str:
    d = digits(rng, 10)
    return pick(
        rng,
        (f"({d[:3]}) {d[3:6]}-{d[6:]}", f"+44 {d[:4]} {d[4:]}", f"+1 {d[:3]} {d[3:6]} {d[6:]}", f"0{d[:4]}-{d[4:]}"),
    )


def email(rng: Generator) -> str:
    first, last = pick(rng, FIRST).lower(), pick(rng, LAST).lower().replace(" ", "").replace("'", "")
    host = f"{pick(rng, NOUNS).lower()}{pick(rng, ('', '-', ''))}{pick(rng, TRADES).lower()}"
    user = pick(rng, (f"{first}.{last}", f"{first[0]}{last}", f"{first}_{digits(rng, 2)}", "info", "sales", "contact"))
    return f"{user}@{host}.{pick(rng, ('com', 'org', 'net', 'co.uk', 'de', 'edu'))}"


def url(rng: Generator) -> str:
    path = "/".join(pick(rng, ITEMS).lower() for _ in range(int(rng.integers(0, 3))))
    start = pick(rng, ("https://", "http://", "www.", "https://www."))
    return (
        f"{start}{pick(rng, NOUNS).lower()}{pick(rng, TRADES).lower()}.{pick(rng, ('com', 'org', 'io', 'gov'))}/{path}"
    )


def company(rng: Generator) -> str:
    return (
        f"{pick(rng, NOUNS)} {pick(rng, TRADES)}{pick(rng, ('', ' Inc.', ' Ltd.', ' LLC', ' GmbH', ' & Co.', ' plc'))}"
    )


def address(rng: Generator) -> list[str]:
    """Street line and town line."""
    street = f"{int(rng.integers(1, 2000))} {pick(rng, STREETS)} {pick(rng, ('Street', 'St.', 'Avenue', 'Road', 'Lane', 'Drive'))}"
    town = pick(rng, CITIES)
    state = "".join(pick(rng, string.ascii_uppercase) for _ in range(2))
    return [
        street,
        pick(
            rng,
            (
                f"{town}, {state} {digits(rng, 5)}",
                f"{digits(rng, 5)} {town}",
                f"{town} {state}{digits(rng, 1)} {digits(rng, 1)}QT",
            ),
        ),
    ]


def item(rng: Generator) -> str:
    return f"{pick(rng, GOODS)} {pick(rng, ITEMS).lower()}" if rng.random() < 0.6 else pick(rng, ITEMS)


def nonsense(rng: Generator) -> str:
    """A string that no language model can guess."""
    form = rng.integers(3)
    count = int(rng.integers(2, 11))
    if form == 0:
        word = "".join(pick(rng, string.ascii_lowercase) for _ in range(count))
        return word.capitalize() if rng.random() < 0.3 else word
    letters = (
        string.ascii_letters + string.digits
        if form == 1
        else string.ascii_letters + string.digits + "!#$%&()*+,-./:;=?@[]_{}"
    )
    return "".join(pick(rng, letters) for _ in range(count))


MAKERS: tuple[Callable[[Generator], str], ...] = (
    name,
    number,
    money,
    date,
    time,
    code,
    phone,
    email,
    url,
    company,
    item,
    nonsense,
)


def anything(rng: Generator) -> str:
    """One short invented string of any kind."""
    return MAKERS[int(rng.integers(len(MAKERS)))](rng)


def salad(rng: Generator, words: int) -> str:
    """A line of unrelated strings, to be read rather than guessed."""
    return " ".join(nonsense(rng) if rng.random() < 0.6 else anything(rng) for _ in range(words))
