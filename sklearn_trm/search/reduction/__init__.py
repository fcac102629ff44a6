"""Simpler problems in place of the given one.

Symmetries, exact or under noise, that take columns out.
"""
