"""What a law may look like, whatever the data.

Limits, units, shape, and how laws are written and counted.
"""
