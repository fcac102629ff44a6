"""What fit, search and network share.

Settings, the budget of time, the front of laws, the result. Data, no algorithms.
"""
