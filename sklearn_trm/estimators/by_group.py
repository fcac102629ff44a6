"""Laws with constants of groups: their table of constants, and the form that all share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..data.groups import Groups
from ..expressions.grouped import lettered
from ..expressions.text import to_text
from ..expressions.tree import constants
from ..output.letters import letters, shown
from ..selection.choice import words
from ..task.result import FitResult
from .targets import by_target

if TYPE_CHECKING:
    import pandas as pd


class GroupsMixin:
    """Methods of a regressor that was fitted with ``groups=``."""

    _fitted: FitResult
    groups_: Groups

    @property
    def constants_by_group_(self) -> pd.DataFrame:
        """Constants of the chosen law in each group."""
        return self.constants_by_group()

    @by_target
    def constants_by_group(self, index: int | None = None) -> pd.DataFrame:
        """Constants of the law, or of row `index` of ``equations_``, in each group.

        Parameters
        ----------
        index : int, optional

        Returns
        -------
        DataFrame
            One row a label. Of each constant ``value`` and ``std``, its standard error; those of
            groups are called ``a[patient]`` for the column ``patient``, those that all groups
            share ``b``: they are the same in all rows. Letters as of `form`.

        Raises
        ------
        AttributeError
            Without ``groups=``.
        """
        import pandas as pd

        names, leaves = self._letters(index)
        values = np.array(constants(self._fitted.law(index)))
        spread = np.sqrt(np.diag(self._fitted.covariances[self._fitted.row(index)]))
        out = {}
        for name, at in zip(names, leaves, strict=True):
            out[name, "value"] = np.broadcast_to(values[list(at)], len(self.groups_.labels))
            out[name, "std"] = np.broadcast_to(spread[list(at)], len(self.groups_.labels))
        labels = pd.Index(self.groups_.labels, name=self.groups_.name)
        columns = pd.MultiIndex.from_tuples(list(out), names=["constant", ""]) if out else None
        table = np.column_stack(list(out.values())) if out else None
        return pd.DataFrame(table, labels, columns)

    @by_target
    def form(self, index: int | None = None) -> str:
        """The form that all groups share, as ``a[patient]*dose/(b + dose)``.

        Each constant is a letter; `constants_by_group` has their values.
        """
        self._letters(index)
        return to_text(*shown(self, self._fitted.law(index), every=True))

    def _letters(self, index: int | None) -> tuple[list[str], list[tuple[int, ...]]]:
        """Names of the constants, and the numeric leaves of each."""
        check_is_fitted(self)
        if not hasattr(self, "groups_"):
            raise AttributeError("constants by group need fit(X, y, groups=...)")
        names = self.column_names()  # type: ignore[attr-defined]
        law = self._fitted.law(index)
        _, leaves = lettered(law, self.groups_.columns(len(names)), len(names), words(law))
        return letters(self.groups_, names, [len(at) > 1 for at in leaves]), leaves
