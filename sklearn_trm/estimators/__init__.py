"""The public face.

Thin classes that keep scikit-learn's contract, and the functions beside them.
"""
