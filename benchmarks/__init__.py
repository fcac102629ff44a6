"""Measurements of sklearn-trm: ``python -m benchmarks recover --help``."""
