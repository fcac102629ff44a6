"""Better laws out of inexact ones: every cell of a law opened, changed, and fitted again."""
