"""Normal forms: what a value as written stands for. Pure functions; their tables are data (``*.yaml``).

A normaliser takes text and gives a :class:`~ingest.normalise.result.Normal`, or None where the text is no such thing;
the caller then keeps it as a reject. Every one is idempotent: the normal form of a normal form is itself.
"""
