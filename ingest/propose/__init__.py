"""``mapping propose``: a table's headers and values → a draft mapping that a person corrects and keeps."""

from __future__ import annotations

from ingest.propose.columns import Sheet, read_sheet
from ingest.propose.match import slots
from ingest.propose.proposal import ColumnNote, Decisions, Proposal, propose, propose_sheet
from ingest.propose.vocabulary import kinds
from ingest.propose.write import as_yaml

__all__ = [
    "ColumnNote",
    "Decisions",
    "Proposal",
    "Sheet",
    "as_yaml",
    "kinds",
    "propose",
    "propose_sheet",
    "read_sheet",
    "slots",
]
