"""``admin`` with all that stands under it: agencies, actors, teams, what waits, and how somebody logs in."""

from __future__ import annotations

from dashboard.commands import team  # noqa: F401 (its commands add themselves)
from dashboard.commands.accounts import UNDER_ADMIN
from dashboard.commands.administer import admin

for command in UNDER_ADMIN:
    admin.add_command(command)

COMMANDS = (admin,)
