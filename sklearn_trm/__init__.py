"""Symbolic regression for scikit-learn with a pretrained tiny recursive model.

Examples
--------
>>> import numpy as np
>>> from sklearn_trm import TRMSymbolicRegressor
>>> rng = np.random.default_rng(0)
>>> X = rng.uniform(1, 5, (100, 2))
>>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(X, X[:, 0] * X[:, 1])
>>> est.expr_
'x0*x1'
"""

from typing import TYPE_CHECKING, Any

from ._moved import answer_old_names
from ._version import __version__

if TYPE_CHECKING:
    from .data.datasets import load_planets
    from .estimators.classifier import TRMSymbolicClassifier
    from .estimators.loading import load
    from .estimators.many import fit_many
    from .estimators.regressor import TRMSymbolicRegressor
    from .estimators.solving import RefineMath, solve
    from .estimators.transformer import TRMSymbolicTransformer
    from .expressions.user_operators import Operator
    from .fit.callbacks import JsonLines, Progress, ProgressBar, StopAt, TensorBoard
    from .objectives.losses import Absolute, Huber, LogCosh, Quantile
    from .output.pictures.dependence import DependenceDisplay
    from .output.pictures.front import FrontDisplay
    from .output.pictures.grid import GridDisplay
    from .output.pictures.latent import LatentDisplay
    from .output.pictures.law import LawDisplay
    from .output.pictures.overview import OverviewDisplay, plot_fit
    from .output.pictures.residuals import ResidualsDisplay
    from .output.pictures.search import SearchDisplay
    from .output.pictures.series import SeriesDisplay
    from .output.pictures.velocity import VelocityDisplay
    from .rules.constraints import Constraints


__all__ = [
    "TRMSymbolicRegressor",
    "TRMSymbolicClassifier",
    "TRMSymbolicTransformer",
    "RefineMath",
    "fit_many",
    "Constraints",
    "Operator",
    "Absolute",
    "Huber",
    "LogCosh",
    "Quantile",
    "StopAt",
    "ProgressBar",
    "JsonLines",
    "TensorBoard",
    "Progress",
    "OverviewDisplay",
    "LawDisplay",
    "FrontDisplay",
    "ResidualsDisplay",
    "SearchDisplay",
    "DependenceDisplay",
    "SeriesDisplay",
    "VelocityDisplay",
    "LatentDisplay",
    "GridDisplay",
    "plot_fit",
    "load",
    "load_planets",
    "solve",
    "__version__",
]

# scikit-learn alone takes most of a second to import: only on first use
_HOMES = {
    "TRMSymbolicRegressor": "estimators.regressor",
    "TRMSymbolicClassifier": "estimators.classifier",
    "TRMSymbolicTransformer": "estimators.transformer",
    "RefineMath": "estimators.solving",
    "fit_many": "estimators.many",
    "Constraints": "rules.constraints",
    "Operator": "expressions.user_operators",
    "load": "estimators.loading",
    "Absolute": "objectives.losses",
    "Huber": "objectives.losses",
    "LogCosh": "objectives.losses",
    "Quantile": "objectives.losses",
    "StopAt": "fit.callbacks",
    "ProgressBar": "fit.callbacks",
    "JsonLines": "fit.callbacks",
    "TensorBoard": "fit.callbacks",
    "Progress": "fit.callbacks",
    "OverviewDisplay": "output.pictures.overview",
    "LawDisplay": "output.pictures.law",
    "FrontDisplay": "output.pictures.front",
    "ResidualsDisplay": "output.pictures.residuals",
    "DependenceDisplay": "output.pictures.dependence",
    "SearchDisplay": "output.pictures.search",
    "SeriesDisplay": "output.pictures.series",
    "LatentDisplay": "output.pictures.latent",
    "GridDisplay": "output.pictures.grid",
    "VelocityDisplay": "output.pictures.velocity",
    "plot_fit": "output.pictures.overview",
    "load_planets": "data.datasets",
    "solve": "estimators.solving",
}

answer_old_names()


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
