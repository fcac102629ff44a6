"""What other packages call the parameters: a wrong name is answered with the right one."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Self, TypeVar, cast

_Fit = TypeVar("_Fit", bound=Callable[..., Any])

_NO_POPULATION = "there is no population here: time_limit, or max_steps with time_limit=None"
_FRONT = "the front keeps laws of all sizes: see max_complexity and selection"
_OWN_OPERATOR = "operators of your own are sklearn_trm.Operator(...)"
_NOT_NEEDED = "there is no need of it here"
_FIT = "is an argument of fit"

# Of PySR, gplearn and others: each is followed by what it is here.
_PARAMETERS: dict[str, str] = {
    "maxsize": "is max_complexity here",
    "maxdepth": "is constraints=Constraints(max_depth=...) here",
    "nested_constraints": "is constraints=Constraints(nested=...) here",
    "complexity_of_operators": "is constraints=Constraints(complexity_of_operators=...) here",
    "complexity_of_variables": "is constraints=Constraints(complexity_of_variables=...) here",
    "complexity_of_constants": "is constraints=Constraints(complexity_of_constants=...) here",
    "dimensionless_constants_only":
        "is constraints=Constraints(dimensionless_constants_only=True) here",
    "timeout_in_seconds": "is time_limit here",
    "max_time": "is time_limit here",
    "timeout": "is time_limit here",
    "model_selection": "is selection here ('best', 'law', 'accuracy', 'score')",
    "elementwise_loss": "is loss here ('squared', 'absolute', 'huber', 'logcosh', Quantile(0.9))",
    "loss_function": "is loss here: loss(y, prediction) of the values, not of a tree",
    "metric": "is loss here ('squared', 'absolute', 'huber', 'logcosh', Quantile(0.9))",
    "criterion": "is loss here ('squared', 'absolute', 'huber', 'logcosh', Quantile(0.9))",
    "early_stop_condition": "is fit(..., callbacks=StopAt(loss=...)) here",
    "stopping_criteria": "is fit(..., callbacks=StopAt(loss=...)) here",
    "tol": "is fit(..., callbacks=StopAt(loss=...)) here; an exact law ends a fit by itself",
    "logger_spec": "is fit(..., callbacks=TensorBoard('runs')) here",
    "progress": "is verbose here",
    "verbosity": "is verbose here",
    "procs": "is n_jobs here",
    "parallelism": "is n_jobs here",
    "multithreading": "is n_jobs here",
    "seed": "is random_state here",
    "deterministic": "is time_limit=None with a random_state here",
    "expression_spec": "is fit(..., template='f(x0) + g(x1)') here",
    "function_set": "is unary_operators and binary_operators here",
    "operators": "is unary_operators and binary_operators here",
    "feature_names": "is the columns of a DataFrame here",
    "denoise": "is a step before the fit: docs/migration.md has it",
    "select_k_features": "is a step of a pipeline: docs/migration.md has it",
    "hall_of_fame": "is n_components of TRMSymbolicTransformer here",
    **dict.fromkeys(
        ("niterations", "generations", "populations", "population_size", "tournament_size",
         "tournament_selection_n", "tournament_selection_p", "ncycles_per_iteration", "max_iter",
         "max_evals", "topn", "init_depth", "init_method", "fraction_replaced",
         "fraction_replaced_hof", "p_crossover", "p_subtree_mutation", "p_hoist_mutation",
         "p_point_mutation", "p_point_replace", "crossover_probability", "annealing",
         "n_epochs", "epochs"),
        _NO_POPULATION,
    ),
    **dict.fromkeys(
        ("parsimony", "parsimony_coefficient", "adaptive_parsimony_scaling", "use_frequency",
         "use_frequency_in_tournament", "warmup_maxsize_by"),
        _FRONT,
    ),
    **dict.fromkeys(
        ("extra_sympy_mappings", "extra_jax_mappings", "extra_torch_mappings"), _OWN_OPERATOR
    ),
    **dict.fromkeys(
        ("batching", "batch_size", "turbo", "bumper", "fast_cycle", "precision", "low_memory",
         "max_samples", "const_range", "should_optimize_constants", "should_simplify",
         "optimizer_algorithm", "optimizer_iterations", "optimizer_nrestarts", "output_directory",
         "run_id", "tempdir", "temp_equation_file", "delete_tempfiles", "update", "julia_project"),
        _NOT_NEEDED,
    ),
    **dict.fromkeys(
        ("callbacks", "guesses", "template", "missing", "dates", "units", "y_units", "y_error",
         "X_error", "sample_weight"),
        _FIT,
    ),
}  # fmt: skip

_ARGUMENTS: dict[str, str] = {
    "weights": "is sample_weight here",
    "weight": "is sample_weight here",
    "X_units": "is units here, as {'x0': 'm', 'y': 'J'}",
    "variable_names": "is the columns of a DataFrame here",
    "feature_names": "is the columns of a DataFrame here",
    "sigma": "is y_error here; relative weights are sample_weight=1/sigma**2",
    "yerr": "is y_error here",
    "absolute_sigma": "needs no word here: y_error is absolute, sample_weight relative",
    "p0": "is constants={'a': 1.0} here, beside template=",
    "bounds": "is constants={'a': (0, 10)} here, beside template=",
    "callback": "is callbacks here",
    "eval_set": "is choose_on(X, y) here, after the fit",
    "Xresampled": "is a step before the fit: docs/migration.md has it",
    "complexity_of_variables": "is Constraints(complexity_of_variables=...) of the estimator here",
}


def answer(name: str, known: dict[str, str], own: Iterable[str]) -> str:
    """One clause about a name that is no parameter.

    Examples
    --------
    >>> answer("maxsize", _PARAMETERS, [])
    'maxsize is max_complexity here'
    >>> answer("time_limits", _PARAMETERS, ["time_limit", "max_steps"])
    "time_limits is unknown: did you mean 'time_limit'?"
    """
    if name in known:
        text = known[name]
        return f"{name} {text}" if text.startswith(("is ", "needs ")) else f"{name}: {text}"
    near = difflib.get_close_matches(name, list(own), n=1)
    return f"{name} is unknown" + (f": did you mean {near[0]!r}?" if near else "")


class OtherNames:
    """An estimator that answers the names of other packages with its own.

    It looks at the names before ``__init__`` does, whose signature stays what scikit-learn reads.
    """

    def __new__(cls, *args: Any, **parameters: Any) -> Self:
        own = inspect.signature(cls.__init__).parameters
        free = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in own.values())
        if wrong := [name for name in parameters if name not in own and not free]:
            names = [name for name in own if name != "self"]
            raise TypeError(
                f"{cls.__name__}: " + "; ".join(answer(name, _PARAMETERS, names) for name in wrong)
            )
        return super().__new__(cls)

    def set_params(self, **params: Any) -> Self:
        """Set parameters, as of every estimator of scikit-learn."""
        own = self.get_params(deep=False)  # type: ignore[attr-defined]
        if wrong := [name for name in params if name not in own and name in _PARAMETERS]:
            raise ValueError(
                f"{type(self).__name__}: " + "; ".join(answer(n, _PARAMETERS, own) for n in wrong)
            )
        return super().set_params(**params)  # type: ignore[misc,no-any-return]


def answers_names(fit: _Fit) -> _Fit:
    """A ``fit`` that answers the names of other packages' arguments with its own."""
    own = inspect.signature(fit).parameters

    @wraps(fit)
    def checked(self: Any, *args: Any, **more: Any) -> Any:
        if wrong := [name for name in more if name not in own]:
            names = [name for name in own if name != "self"]
            raise TypeError("fit: " + "; ".join(answer(n, _ARGUMENTS, names) for n in wrong))
        return fit(self, *args, **more)

    return cast("_Fit", checked)
