"""What a law may look like, whatever the data: limits, units, shape, and how laws are written and counted."""
