"""Simpler problems in place of the given one: symmetries, exact or under noise, that take columns out."""
