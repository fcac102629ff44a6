"""Families of laws that are solved for as a whole: polynomials, rational functions, waves, sparse sums."""
