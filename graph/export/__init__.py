"""Exports: a chart written in a form that other people's tools open. Input is always a chart and a view, read anew."""

from graph.export.base import ExportReport, export, formats

__all__ = ["ExportReport", "export", "formats"]
