"""What a law is fitted and judged by; one protocol.

Squared, robust and custom losses, known errors, log odds. An objective knows rows and a law, not
how laws are found.
"""
