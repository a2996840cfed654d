"""Iberian names as a library: parse, normal form, compare, explain. Needs nothing of the rest of Vínculo."""

from analytics.identity.names.compare import Comparison, compare
from analytics.identity.names.fold import fold, words
from analytics.identity.names.parse import Name, parse
from analytics.identity.names.phonetics import key

__all__ = ["Comparison", "Name", "compare", "fold", "key", "parse", "words"]
