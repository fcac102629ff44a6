"""What a law is fitted and judged by.

Squared, robust and custom losses, known errors, log odds; one protocol.
"""
