"""JAX: a function of a table of shape (n, d), to be jitted and differentiated."""

from __future__ import annotations

from ..language import Body, Language
from .numpy import functions


def _assemble(body: Body) -> str:
    lines = ["import jax.numpy as jnp", *body.helpers, "", ""]
    lines += [f"def {body.name}(X):", f'    """{body.title}"""']
    lines += [f"    # {note}" for note in body.notes]
    lines += ["    X = jnp.asarray(X)", *body.lines("{0} = X[:, {1}]")]
    lines += [f"    return jnp.broadcast_to({body.result}, X.shape[:1])"]
    return "\n".join(lines) + "\n"


LANGUAGE = Language(name="jax", assemble=_assemble, functions=functions("jnp"), utf8=True)
