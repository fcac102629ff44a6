"""What becomes of a result: texts, pictures, files, programs.

Nothing here fits or chooses anything.
"""
