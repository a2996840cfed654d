"""Communities of the session's view, computed once while its data stay the same."""

from __future__ import annotations

from analytics.communities import Communities, Community, communities
from dashboard import state


def found(proposed: bool) -> Communities:
    """All communities of the view."""
    return state.keep(("communities", proposed), lambda: communities(state.view(), proposed=proposed))


def one(wanted: str, proposed: bool) -> Community | None:
    """The community of that id, if the view still has it."""
    return next((c for c in found(proposed).communities if c.id == wanted), None)
