"""Companies, and how their names come written."""

from __future__ import annotations

from random import Random

from ingest.scenario.hardness import fold, slip
from ingest.scenario.parts import FREE_DAYS, Date
from ingest.scenario.people import Address
from ingest.scenario.rates import Variant
from ingest.scenario.stocks import language, load, names

_SHORT = {
    "Comercial": "Com.", "Importadora": "Import.", "Exportadora": "Export.", "Transportes": "Transp.",
    "Inversiones": "Inv.", "Constructora": "Const.", "Distribuidora": "Distrib.", "Agropecuaria": "Agrop.",
    "Agropecuária": "Agrop.", "Participações": "Part.", "Internacional": "Int'l", "Asociados": "Asoc.",
    "Associados": "Assoc.", "Hermanos": "Hnos.", "Irmãos": "Irs.", "Servicios": "Serv.",
}  # fmt: skip


class Company:
    """One company: ``head stem tail`` and a legal form with its spellings."""

    __slots__ = (
        "address",
        "country",
        "form",
        "founded",
        "head",
        "listed",
        "local",
        "n",
        "packages",
        "phone",
        "stem",
        "tail",
        "taken",
    )

    def __init__(self, n: int, country: str) -> None:
        self.n = n
        self.country = country
        self.head = ""
        self.stem = ""
        self.tail = ""
        self.form: list[str] = []
        self.founded: Date = (2005, 1, 1)
        self.address: Address | None = None
        self.phone = 0
        self.local: dict[int, int] = {}
        self.packages: list[int] = []
        self.listed: list[ListedCompany] = []
        self.taken = False

    @property
    def truth(self) -> str:
        """The company's name in truth.json."""
        return f"C{self.n:07d}"

    def full_name(self) -> str:
        """The name as registered."""
        return " ".join(part for part in (self.head, self.stem, self.tail, self.form[0]) if part)


class ListedCompany:
    """One row of a list of companies; ``bits`` of its name and the stems of the numbers written right."""

    __slots__ = ("bits", "numbers", "package", "row")

    def __init__(self, package: int, bits: float, numbers: frozenset[str]) -> None:
        self.package = package
        self.row = 0
        self.bits = bits
        self.numbers = numbers


class CompanyMaker:
    """Makes companies from one random stream."""

    def __init__(self, rng: Random, variant: Variant) -> None:
        self._rng = rng
        self._variant: Variant = variant
        self._words = load("words")

    def company(self, n: int, country: str) -> Company:
        """A company of ``country``: half bear an invented word, the rest a surname."""
        rng, words = self._rng, self._words
        tongue = language(country)
        company = Company(n, country)

        def pick(values: list[str]) -> str:
            return values[int(rng.random() * len(values))]

        company.head = pick(words["company_heads"][tongue])
        if rng.random() < 0.65:
            syllables = [pick(words["company_syllables"]) for _ in range(1 + int(rng.random() * 2.2))]
            company.stem = ("".join(syllables) + pick(words["company_ends"])).capitalize()
        else:
            company.stem = names(country, self._variant).surname.at(rng.random())
            if rng.random() < 0.5:
                company.stem += " & " + names(country, self._variant).surname.at(rng.random())
        company.tail = pick(words["company_tails"][tongue])
        company.form = words["legal_forms"][country][int(rng.random() ** 1.6 * len(words["legal_forms"][country]))]
        company.founded = (
            1992 + int(rng.random() * 33),
            1 + int(rng.random() * 12),
            FREE_DAYS[int(rng.random() * len(FREE_DAYS))],
        )
        return company


def written(company: Company, rng: Random, folded: bool) -> tuple[str, float]:
    """(the name as a clerk writes it, bits of it that are right): legal form respelled or lost, words shortened."""
    draw = rng.random
    head, stem, tail = company.head, company.stem, company.tail
    form = company.form[int(draw() * len(company.form))] if draw() < 0.9 else ""
    bits = 4.5 + (14.0 if " " not in stem else 9.0)
    if draw() < 0.12:
        head = _SHORT.get(head, head)
    if tail and draw() < 0.12:
        tail, bits = "", bits - 1
    elif draw() < 0.15:
        tail = " ".join(_SHORT.get(word, word) for word in tail.split())
    if draw() < 0.06:
        stem, bits = slip(stem, rng, 0.0), bits - 6
    text = " ".join(part for part in (head, stem, tail) if part)
    if form:
        text += (", " if draw() < 0.15 and not form.startswith("-") else " ") + form
    if folded:
        text = fold(text).upper()
    return text, bits
