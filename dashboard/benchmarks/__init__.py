"""Measurements that ``vinculo bench NAME`` takes, one module each; none of them reads or writes the store in use.

A module holds one click command made with :func:`dashboard.benchmarks.figures.benchmark` and is named below. Whatever
takes long to import is imported inside the command, since every start of the program comes through here.
"""

from __future__ import annotations

import click

from dashboard.benchmarks import audit, identity, ingest, published

BENCHMARKS: tuple[click.Command, ...] = (audit.audit, identity.identity, ingest.ingest, published.published)
