"""What a law is fitted and judged by: squared, robust and custom losses, known errors, log odds; one protocol."""
