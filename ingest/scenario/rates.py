"""How hard the scenario is: every rate in one place.

The first group are the rates that the project measured its matchers at (a third of the second surnames missing, a fifth
of the names surname first, …); a test checks that a produced scenario has them. ``train`` and ``test`` differ in their
stock of names (``stocks``), and in the second group here, so that a matcher is not tested on what it was trained on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Variant = Literal["train", "test"]


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares between 0 and 1. "Of rows" means rows of the tables of people."""

    # Checked rates.
    drop_second: float = 0.28  # of rows: the second surname (Portuguese: the mother's) is left out
    swap: float = 0.06  # of rows: the two surnames stand in the wrong order
    surname_first: float = 0.20  # of rows: surnames before given names
    unaccented: float = 0.50  # of rows: accents lost
    no_birth_date: float = 0.18  # of rows
    bad_birth_date: float = 0.135  # of rows with a birth date: wrong, or the year only
    document: float = 0.48  # of rows: at least one identity number

    # Held out between the variants.
    typo: float = 0.055  # of rows: one typing error in the name
    drop_given: float = 0.25  # of rows of people with two given names: one is left out
    initial: float = 0.04  # of rows of people with two given names: one as an initial
    hypocorism: float = 0.035  # of rows: Pepe for José
    abbreviation: float = 0.035  # of rows: Ma. for María, Hdez for Hernández
    respelled: float = 0.04  # of rows: Souza/Sousa
    translated: float = 0.25  # of rows written in the other language: González/Gonçalves
    married: float = 0.08  # of rows of women over 25
    ocr: float = 0.10  # of typing errors: confusions of a scanner instead of a hand
    document_typo: float = 0.02  # of numbers
    listed_twice: float = 0.02  # of rows: the same person again in the same list

    # People.
    services: tuple[float, ...] = (0.80, 0.13, 0.05, 0.02)  # of people: known to one, two, three, four services
    sibling: float = 0.045
    twin: float = 0.006
    son: float = 0.014
    namesake: float = 0.014
    shared_document: float = 0.002
    protected: float = 0.09  # victims, witnesses, informants, minors
    elsewhere: float = 0.08  # of protected people: also in another service's case, in an open role


def rates(variant: Variant) -> Rates:
    """The rates of a variant: ``test`` is what is measured on, ``train`` what a matcher may learn from."""
    if variant == "test":
        return Rates()
    return replace(
        Rates(),
        typo=0.045,
        drop_given=0.20,
        initial=0.06,
        hypocorism=0.045,
        abbreviation=0.025,
        respelled=0.06,
        translated=0.20,
        married=0.06,
        ocr=0.0,
        document_typo=0.03,
        services=(0.78, 0.15, 0.05, 0.02),
    )
