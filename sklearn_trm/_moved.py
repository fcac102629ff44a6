"""Old names of modules and classes, for one release, with a warning.

Programs that import them, and pickles that name them, get what stands there now. What moves or
is renamed gets one line in a table. A module that nobody asks for by its old name costs nothing:
the tables are looked at only where no file answers.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module, util
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

PACKAGE = __name__.rpartition(".")[0]

# A package stands for all that is in it.
MODULES: dict[str, str] = {
    "answer_loop": "fit.loop",
    "callbacks": "fit.callbacks",
    "classifier": "estimators.classifier",
    "constraints": "rules.constraints",
    "datasets": "data.datasets",
    "dates": "data.dates",
    "deadline": "task.budget",
    "estimator": "estimators.regressor",
    "export": "output.export",
    "expressions.ops": "expressions.operators",
    "expressions.own": "expressions.user_operators",
    "fitted": "task.result",
    "fitting": "fit.road",
    "formula": "fit.formula",
    "formula_fit": "fit.formula_fit",
    "front": "task.front",
    "guesses": "fit.guesses",
    "judge": "fit.evaluator",
    "knowledge": "rules.shape",
    "laws": "estimators.laws",
    "lean": "expressions.pruning",
    "logistic": "objectives.logistic",
    "losses": "objectives.losses",
    "many": "estimators.many",
    "measured": "objectives.errors_in_variables",
    "objective": "objectives.robust",
    "odds_terms": "fit.odds_terms",
    "other_names": "estimators.other_names",
    "passes": "fit.reweighting",
    "output.plot": "output.pictures.overview",
    "plot": "output.pictures.overview",
    "polish": "fit.polish",
    "reading": "data.reading",
    "recent": "task.recent",
    "recursion": "fit.recursion",
    "relevance": "data.relevance",
    "report": "output.report",
    "risk": "selection.generalization",
    "rules": "rules.rules",
    "saving": "output.saving",
    "search.cells": "search.improve.cells",
    "search.edits": "search.improve.edits",
    "search.evidence": "search.reduction.noisy_symmetry",
    "search.frames": "search.transforms",
    "search.improve": "search.improve.improver",
    "search.noisy_arena": "search.noisy_bench",
    "search.open_cell": "search.backpropagation",
    "search.polynomial": "search.solvers.polynomial",
    "search.problem": "task.problem",
    "search.rows": "search.atoms",
    "search.sparse": "search.solvers.sparse",
    "search.surface": "search.reduction.surface",
    "search.symmetry": "search.reduction.symmetry",
    "search.told": "search.proposals",
    "search.verdict": "search.acceptance",
    "search.waves": "search.solvers.waves",
    "search.worth": "search.ranking",
    "select": "selection.choice",
    "settings": "task.settings",
    "shorten": "expressions.shortening",
    "solving": "estimators.solving",
    "table": "data.table",
    "targets": "estimators.targets",
    "template": "fit.template",
    "template_fit": "fit.template_loop",
    "transformer": "estimators.transformer",
    "units": "rules.units",
    "validation": "data.validation",
}
# What has another name now, or went elsewhere than the rest of its module.
NAMES: dict[str, str] = {
    "fitted.Fitted": "task.result.FitResult",
    "fitting.Warm": "fit.context.WarmStart",
    "fitting.Work": "fit.context.FitContext",
    "front.Row": "task.front.FrontEntry",
    "judge.Judge": "fit.evaluator.Evaluator",
    "lean.lean": "expressions.pruning.prune",
    "measured.WithErrors": "objectives.errors_in_variables.ErrorsInVariables",
    "objective.UnderLoss": "objectives.robust.RobustLoss",
    "passes.search_in_passes": "fit.reweighting.search",
    "saving.load": "estimators.loading.load",
    "search.frames.unary_frames": "search.transforms.target_transforms",
    "search.noisy_arena.Lens": "search.noisy_bench.WeightedView",
    "search.noisy_arena.NoisyArena": "search.noisy_bench.NoisyBench",
    "search.told.Told": "search.proposals.Proposals",
    "search.told.ToldWorkspace": "search.proposals.ProposalWorkspace",
    "search.verdict.Verdict": "search.acceptance.Acceptance",
    "search.worth.Worth": "search.ranking.Ranking",
    "validation.Magnitudes": "data.magnitudes.Magnitudes",
    "validation.check_settings": "task.settings.check_settings",
}


def now(module: str) -> str | None:
    """Where an old module stands now, None for a name that never was one."""
    head, tail = module, ""
    while head:
        if head in MODULES:
            return MODULES[head] + tail
        head, _, last = head.rpartition(".")
        tail = f".{last}{tail}"
    return None


def old_names(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of an old module; of a package, where one has taken its place."""
    old = module.removeprefix(f"{PACKAGE}.")

    def answer(name: str) -> Any:
        new = NAMES.get(f"{old}.{name}", f"{now(old)}.{name}")
        home, _, leaf = new.rpartition(".")
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        there = import_module(f"{PACKAGE}.{home}")
        if not hasattr(there, leaf):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warnings.warn(
            f"{module}.{name} is now {PACKAGE}.{new}; the old name goes with the next release",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(there, leaf)

    return answer


class _Moved(MetaPathFinder, Loader):
    """Finds old modules where no file answers."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        package, _, name = fullname.partition(".")
        new = now(name) if package == PACKAGE else None
        if new is None or new == name:
            return None
        try:
            there = util.find_spec(f"{PACKAGE}.{new}")
        except ModuleNotFoundError:  # a name inside of what is no package
            return None
        if there is None:
            return None
        folder = there.submodule_search_locations is not None
        return ModuleSpec(fullname, self, is_package=folder)

    def create_module(self, spec: ModuleSpec) -> None:
        """The import system makes an empty module."""

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__getattr__"] = old_names(module.__name__)


def answer_old_names() -> None:
    """Let the import system find old names; once a process."""
    if not any(isinstance(finder, _Moved) for finder in sys.meta_path):
        sys.meta_path.append(_Moved())
