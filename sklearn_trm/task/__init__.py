"""What fit, search and network share: settings, budget, front of laws, result.

Data and the rules that keep them consistent; no algorithms.
"""
