"""The way from a checked table to a result.

Propose, search, fit, file, feed back. No scikit-learn conventions here.
"""
