"""Families of laws that are solved for as a whole.

Polynomials, rational functions, waves, sparse sums.
"""
