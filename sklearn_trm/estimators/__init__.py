"""The public face, thin: scikit-learn's contract and what users call.

Here live parameters, fitted attributes, names of other packages. How a law is found is `fit`'s.
"""
