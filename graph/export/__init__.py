"""Exports: a chart written in a form that other people's tools open. Input is always a chart and a view, read anew."""

from graph.export.audience import audience_scope, audience_view
from graph.export.base import FORMATS, ExportReport, export, export_chart, formats

__all__ = ["FORMATS", "ExportReport", "audience_scope", "audience_view", "export", "export_chart", "formats"]
