"""What fit, search and network share: problem, budget, front, result.

Data and the rules that keep them consistent; no algorithms.
"""
