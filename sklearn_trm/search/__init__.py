"""Candidate laws: libraries of small expressions, scans, opened cells.

`search.Search(problem).run(budget)` yields candidate laws, best guesses first. What is kept of
them is not decided here.
"""
