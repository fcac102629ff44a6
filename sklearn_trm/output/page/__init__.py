"""The page about a law: one HTML file without network, and the small form that notebooks show."""
