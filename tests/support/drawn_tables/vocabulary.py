"""Invented labels, heads and sentences in several languages."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Language:
    """Words of a language: nouns for labels, heads of columns, and small words that join them in sentences."""

    name: str
    nouns: tuple[str, ...]
    heads: tuple[str, ...]
    joints: tuple[str, ...]
    total: str
    note: str
    table: str
    point: str = "."
    comma: str = ","
    spaced: bool = True


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH = Language(
    "en",
    _words(
        "Harbour Mill River Orchard Stable Bakery Foundry Quarry Lantern Bridge Meadow Timber Wool Barley Copper "
        "Glass Rope Candle Saddle Anchor Pottery Slate Cedar Flax Honey Leather Granite Ferry Tower Market"
    ),
    _words("Year Count Depth Share Rate Weight Price Output Width Score Days Hours Area Change Value Loss Yield Rank"),
    _words("of and with for near the old under new from"),
    "Total",
    "Note",
    "Table",
)
GERMAN = Language(
    "de",
    _words(
        "Hafen Mühle Fluss Obstgarten Bäckerei Gießerei Steinbruch Laterne Brücke Wiese Holz Wolle Gerste Kupfer Glas "
        "Seil Kerze Sattel Anker Töpferei Schiefer Zeder Flachs Honig Leder Granit Fähre Turm Markt Straße"
    ),
    _words("Jahr Anzahl Tiefe Anteil Gewicht Preis Menge Breite Wert Tage Stunden Fläche Änderung Verlust Ertrag Rang"),
    _words("und mit für aus der die vom im am auf"),
    "Summe",
    "Anmerkung",
    "Tabelle",
    ",",
    ".",
)
SPANISH = Language(
    "es",
    _words(
        "Puerto Molino Río Huerto Establo Panadería Fundición Cantera Farol Puente Prado Madera Lana Cebada Cobre "
        "Vidrio Cuerda Vela Montura Ancla Alfarería Pizarra Cedro Lino Miel Cuero Granito Torre Mercado"
    ),
    _words("Año Número Hondo Cuota Tasa Peso Precio Ancho Valor Días Horas Cambio Renta Rango Nivel Gasto"),
    _words("de y con para del la los sobre bajo en"),
    "Total",
    "Nota",
    "Tabla",
    ",",
    ".",
)
RUSSIAN = Language(
    "ru",
    _words(
        "Гавань Мельница Река Сад Конюшня Пекарня Карьер Фонарь Мост Луг Лес Шерсть Ячмень Медь Стекло Верёвка "
        "Свеча Седло Якорь Сланец Кедр Лён Мёд Кожа Гранит Паром Башня Рынок"
    ),
    _words("Год Число Доля Вес Цена Объём Ширина Балл Дни Часы Рост Сумма Потери Доход Место"),
    _words("и с для под над из по на от за"),
    "Итого",
    "Примечание",
    "Таблица",
    ",",
    " ",
)
CHINESE = Language(
    "zh",
    _words(
        "港口 磨坊 河流 果园 马厩 面包房 铸造厂 采石场 灯笼 桥梁 草地 木材 羊毛 大麦 铜矿 玻璃 绳索 蜡烛 马鞍 船锚 陶器"
    ),
    _words("年份 数量 深度 份额 比率 重量 价格 产量 宽度 得分 天数 面积 变化 损失"),
    _words("和 的 与 在 从 为"),
    "合计",
    "注",
    "表",
    spaced=False,
)

DEVELOPMENT = (ENGLISH, ENGLISH, GERMAN)
HELD_OUT = (ENGLISH, SPANISH, RUSSIAN, CHINESE)


def label(language: Language, rng: Random, words: int = 2) -> str:
    """A label of about `words` words that begins with a capital."""
    parts = [rng.choice(language.nouns)]
    while len(parts) < words:
        parts.append(rng.choice(language.joints) if len(parts) % 2 else rng.choice(language.nouns).lower())
    return (" " if language.spaced else "").join(parts)


def sentence(language: Language, rng: Random, words: int = 14) -> str:
    """A sentence of prose."""
    parts = [rng.choice(language.nouns), *(rng.choice(language.joints + language.nouns).lower() for _ in range(words))]
    return (" " if language.spaced else "").join(parts) + ("." if language.spaced else "。")
