"""Connections across owners, found for one agency in its own view. One file per kind; ``run`` does all."""
