"""The pretrained tiny recursive model (JAX): imported only inside a fit."""
