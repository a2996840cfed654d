"""Programs that run in another tool's environment (``tools/opponents``): no package of Vínculo is imported in them.

Each takes the folder that :mod:`dashboard.benchmarks.linkage` wrote and writes ``NAME.parquet`` (left, right, score)
and one line of JSON (seconds, parts of them) on standard output.
"""
