"""The public face: thin classes that keep scikit-learn's contract, and functions beside them.

Here live parameters, fitted attributes, names of other packages. How a law is found is `fit`'s.
"""
