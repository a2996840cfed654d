"""What a translator of rows knows of the delivery it works for: ids, defaults, country, the case's own record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from graph.delivery import Manifest, Reject
from graph.ids import Ids
from graph.model import model
from graph.statement import Delivered, Statement
from ingest.stages import UNWATCHED, Stages

INVESTIGATION_KEY = ("investigation",)
CASE_FILE = "case.yaml"


class Outcome(NamedTuple):
    """What became of one row: fragments of records, or a reject of the whole row. Never both, never neither."""

    row: int
    fragments: list[Delivered]
    rejects: list[Reject]

    @property
    def accepted(self) -> bool:
        """Whether anything of the row was taken."""
        return bool(self.fragments)


@dataclass(frozen=True, slots=True)
class Context:
    """A delivery as a translator sees it."""

    ids: Ids
    manifest: Manifest
    stages: Stages = UNWATCHED

    @property
    def country(self) -> str:
        """ISO code of the owner's country, the default for phones and numbers."""
        return self.manifest.owner[:2]

    def record(self, *key: str) -> str:
        """Id of the record with this key in the delivery's dataset."""
        return self.ids.record(self.manifest.owner, self.manifest.dataset, *key)

    @property
    def investigation(self) -> str:
        """Id of the case's own record."""
        return self.record(*INVESTIGATION_KEY)

    def investigation_record(self) -> Delivered:
        """The case itself, from ``case.yaml``."""
        m = self.manifest
        case = m.investigation
        pairs: list[tuple[str, str]] = [
            ("name", m.title or str(case.get("name", "")) or str(case.get("number", "")) or m.dataset)
        ]
        simple = (
            ("number", "caseNumber"),
            ("unit", "unit"),
            ("opened", "openingDate"),
            ("closed", "closingDate"),
            ("stage", "stage"),
            ("summary", "summary"),
        )
        pairs += [(prop, str(case[key])) for key, prop in simple if case.get(key)]
        pairs += [("offence", offence) for offence in case.get("offences", ())]
        pairs += [("nationalOffence", offence) for offence in case.get("national_offences", ())]
        if m.title and case.get("name"):
            pairs.append(("alias", str(case["name"])))
        if "country" in model()["Investigation"].properties:
            pairs.append(("country", self.country.lower()))
        statements = [
            Statement(prop, value, document=CASE_FILE, evaluation=m.evaluation, handling=m.handling)
            for prop, value in pairs
        ]
        return Delivered(self.investigation, "Investigation", statements)
