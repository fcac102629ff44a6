"""What becomes of a result: texts, pictures, files, programs in other languages.

Nothing here fits or chooses anything.
"""
