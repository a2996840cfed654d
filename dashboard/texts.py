"""Words, dates and numbers in the reader's language. Knows nothing of Streamlit, so that it can be tested alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from graph import words
from graph.i18n import LANGUAGES, has, t
from graph.packing import fold
from graph.result import Node

LONGEST = 500  # characters of a rejected value that a table shows
LOCALES = {"es": "es", "pt": "pt_BR", "en": "en_GB"}
# What Markdown, Streamlit's directives (:red[…], :material/…:) and KaTeX give a meaning to.
_TYPED = re.compile(r"([a-z]{2}\.[a-z0-9_]+):(.+)")
_RESERVED = re.compile(r"d[0-9a-f]{32}")
_ADDRESS = re.compile(r"(?i):(?=//)|www(?=\.)|@")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:$<>&])")


def plain(text: str) -> str:
    """``text`` for a Streamlit label: every character of it is shown, none of it acts.

    Its Markdown makes links of bare addresses however they are escaped; an invisible word joiner keeps them texts.
    """
    return _MARKDOWN.sub(r"\\\1", _ADDRESS.sub("\\g<0>\u2060", text.replace("\n", " ")))


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(LOCALES[lang])


@dataclass(frozen=True, slots=True)
class Speaker:
    """Everything a page says, in one language."""

    lang: str

    def __call__(self, key: str, /, **params: Any) -> str:
        """The catalogue's sentence ``key``; numbers among ``params`` are written in the reader's form."""
        return t(key, self.lang, **{k: self.number(v) if type(v) is int else v for k, v in params.items()})

    def counted(self, key: str, count: int, **params: Any) -> str:
        """``key.one`` or ``key.other``, by ``count``."""
        return self(f"{key}.{'one' if count == 1 else 'other'}", count=count, **params)

    def word(self, area: str, name: str) -> str:
        """A word of an extensible vocabulary: the catalogue's, or ``name`` itself where nobody worded it."""
        return t(f"{area}.{name}", self.lang) if has(f"{area}.{name}") else name

    def beginning(self, text: str) -> str:
        """``text``, or its beginning and how much more there is: a whole file's worth stops a browser."""
        more = len(text) - LONGEST
        return text if more <= 0 else self("ui.beginning", text=text[:LONGEST], more=more)

    def schema(self, name: str) -> str:
        """A kind of thing."""
        return words.schema_name(name, self.lang)

    def kind(self, node: Node) -> str:
        """What kind of thing or shared identifier a node of a chart is."""
        return words.kind_name(node, self.lang)

    def relation(self, name: str) -> str:
        """A kind of link, with its first letter as in a heading."""
        return capital(words.relation_name(name, self.lang))

    def prop(self, name: str) -> str:
        """A property."""
        return words.prop_name(name, self.lang)

    def role(self, name: str) -> str:
        """A role in a case."""
        return words.role_name(name, self.lang)

    def document(self, name: str) -> str:
        """A document's name; one that its owner withholds is known by a short code of its own."""
        return self("ui.source.reserved", code=name[1:9].upper()) if _RESERVED.fullmatch(name) else name

    def code(self, evaluation: str) -> str:
        """``4x4:B2`` as people write it."""
        scheme, _, code = evaluation.partition(":")
        named = self("ui.evaluation.short.admiralty") if scheme == "admiralty" else scheme.replace("x", "×")
        return f"{named} {code}".strip()

    def level(self, name: str) -> str:
        """A level at which something is read."""
        return words.level_name(name, self.lang)

    def evaluation(self, code: str) -> str:
        """``4x4:B2`` in words."""
        return words.evaluation_text(code, self.lang)

    def handling(self, codes: str) -> str:
        """What a set of handling codes asks for."""
        return words.handling_text(codes, self.lang)

    def form(self, name: str) -> str:
        """A number's form: ``ar.dni`` as DNI (AR)."""
        if has(f"form.{name}"):
            return t(f"form.{name}", self.lang)
        country, _, kind = name.rpartition(".")
        return f"{kind.upper()} ({country.upper()})" if country else kind.upper()

    def rule(self, name: str) -> str:
        """How a value was derived: ``ar.cuit>ar.dni`` from the CUIT, ``name>comma`` from the name."""
        left = name.partition(">")[0]
        if has(f"ui.derived.{left}"):
            return self(f"ui.derived.{left}")
        return self("ui.derived", form=self.form(left))

    def caption(self, caption: str, schema: str, masked: str = "") -> str:
        """What to call a thing; a masked one by why it is, never by anything of itself."""
        if masked:
            return words.masked_name(masked, self.lang)
        if number := _TYPED.fullmatch(caption):  # a shared document number carries its form before it
            return f"{self.form(number[1])} {number[2]}"
        return caption or self("ui.unnamed", kind=self.schema(schema))

    def country(self, code: str) -> str:
        """A country by its two-letter code."""
        return str(_locale(self.lang).territories.get(code.upper(), code.upper()))

    def listed(self, items: list[str]) -> str:
        """``a, b y c``."""
        return str(format_list(items, locale=_locale(self.lang)))

    def number(self, value: float) -> str:
        """A number with the reader's separators."""
        return str(format_decimal(value, locale=_locale(self.lang)))

    def revision(self, number: int) -> str:
        """A dataset's revision; in words where it is its owner's to know."""
        return self.number(number) if number else t("part.revision", self.lang)

    def signed(self, value: float) -> str:
        """A number with its sign and one decimal."""
        return str(format_decimal(value, format="+0.0;−0.0", locale=_locale(self.lang)))

    def percent(self, share: float) -> str:
        """0.873 as 87 %; near none or all with a decimal, and never all: no inference is certain."""
        if share > 0.999:
            return f"> {self.percent(0.999)}"
        pattern = None
        if 0 < share < 0.01 or 0.99 <= share:
            pattern = _locale(self.lang).percent_formats[None].pattern.replace("0", "0.#", 1)
        return str(format_percent(share, pattern, locale=_locale(self.lang)))

    def day(self, iso: str) -> str:
        """An ISO date, possibly partial (``1980``, ``1980-05``) or with a time; anything else as it stands."""
        try:
            if re.fullmatch(r"\d{4}-\d{2}", iso):
                return str(format_skeleton("yMMMM", date.fromisoformat(f"{iso}-01"), locale=_locale(self.lang)))
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", iso):
                return str(format_date(date.fromisoformat(iso), "medium", locale=_locale(self.lang)))
            if len(iso) > 10:
                moment = datetime.fromisoformat(iso)
                return str(format_datetime(moment, "d MMM y, HH:mm", tzinfo=UTC, locale=_locale(self.lang)))
        except ValueError:
            return iso
        return iso

    def span(self, start: str, end: str) -> str:
        """From – to, either possibly empty."""
        if start and end and start != end:
            return f"{self.day(start)} – {self.day(end)}"
        return self.day(start or end)

    def value(self, kind: str, value: str) -> str:
        """A statement's value by FollowTheMoney's type of its property."""
        if kind == "country":
            return self.country(value)
        if kind == "date":
            return self.day(value)
        if kind == "gender":
            return self.word("gender", value)
        return value

    def kind_named(self, kind: str, schema: str) -> str:
        """The name of a kind (``entity``) or of a shared identifier's kind (``identifier``)."""
        return words.identifier_name(schema, self.lang) if kind == "identifier" else self.schema(schema)

    def kind_of(self, node: Node) -> str:
        """Like :meth:`kind`, whatever masks the node."""
        return self.kind_named(node.kind, node.schema)

    def group(self, name: str, node: Node) -> str:
        """A group of the legend; one that holds a single kind is called by it."""
        return self.word("ui.style", name) if has(f"ui.style.{name}") else self.kind(node)

    def order_by(self, items: Iterable[str], name: Callable[[str], str]) -> list[str]:
        """Items in the alphabetical order of what they are called (accents folded)."""
        return sorted(items, key=lambda item: fold(name(item)))


def capital(text: str) -> str:
    """First letter large."""
    return text[:1].upper() + text[1:]


SPEAKERS = {lang: Speaker(lang) for lang in LANGUAGES}
