"""From a checked table to a result: propose, search, fit, file, feed back.

Here live the loop, what it calls on each candidate, and whom it tells. No conventions of
scikit-learn here, and no output.
"""
