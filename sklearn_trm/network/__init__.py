"""The pretrained tiny recursive model (JAX): imported only inside a fit.

Here lives all that knows of weights and grids as arrays; laws come in and go out as trees.
"""
