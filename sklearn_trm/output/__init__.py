"""What becomes of a result.

Texts, pictures, files, programs in other languages. Nothing here fits anything.
"""
