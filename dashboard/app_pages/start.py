"""The bare address: leads to the first page that the actor has."""

from __future__ import annotations

from dashboard import state

state.go(state.first_page())
