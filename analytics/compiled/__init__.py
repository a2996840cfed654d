"""Graph kernels over compressed sparse rows, compiled by numba; NetworkX is the oracle of each.

All take :class:`~analytics.compiled.csr.CSR`: neighbours ascending, without self-loops or parallel links; an undirected
graph holds every link twice. What is shared out over threads is split into a fixed number of parts whose
sums are added in order, so that the bytes do not depend on how many threads there are.
"""
