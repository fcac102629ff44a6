"""Which of the laws that were found is the answer.

And what it would do on rows that it has not seen.
"""
