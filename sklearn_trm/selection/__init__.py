"""Which of the laws that were found is the answer.

Here live the choice, and what a law would do on rows that it has not seen. Nothing is fitted anew.
"""
