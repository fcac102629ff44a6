"""The search: a library of small expressions, scans over it, opened cells, noise.

`search.Search(problem).run(budget)` yields candidate laws, best guesses first. What is kept of
them is not decided here.
"""
