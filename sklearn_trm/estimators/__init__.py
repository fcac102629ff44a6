"""The public face: thin classes that keep scikit-learn's contract, and the functions beside them."""
