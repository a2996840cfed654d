"""Entry of the dashboard: ``streamlit run dashboard/app.py`` (see :mod:`dashboard.serve` for the options it needs)."""

from __future__ import annotations

from dashboard import frame

frame.run()
