"""The front of laws: what each further piece of a law is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from .display import Display
from .scene import fitted, likely_laws
from .style import DATA, INK, LAW, PLAIN, SMALL, SOFT, TINY, cut, title

_BY = ("complexity", "prior")
_EXACT = 1e-28  # of the largest loss: rounding of floats
_LIKELY = 0.05  # probability of a law whose text is written beside it
_MOST = 5  # texts

Array = np.ndarray


@dataclass
class FrontDisplay(Display):
    """The laws that were found, by their size or prior, and what each leaves.

    Look for the elbow: to its left each step down is bought by little, to its right a longer law
    gains next to nothing; filled points are the likelier, the darker.

    Parameters
    ----------
    size : ndarray of shape (k,)
        Complexity, or nats of the prior.
    loss : ndarray of shape (k,)
    probability : ndarray of shape (k,)
    chosen : int
    texts : list of str
        Laws, shortened.
    by : {"complexity", "prior"}
    loss_name : str

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_trm import FrontDisplay, TRMSymbolicRegressor
    >>> x = np.linspace(1.0, 5.0, 20)[:, None]
    >>> est = TRMSymbolicRegressor(model=None, random_state=0).fit(x, 3 * x[:, 0] ** 2)
    >>> FrontDisplay.from_estimator(est, by="prior").ax_.get_xlabel()
    'improbability of the form before any data (nats)'
    """

    caption = (
        "Look for the elbow: to its left each step down is bought by little, to its right a longer "
        "law gains next to nothing; filled points are the likelier, the darker."
    )

    size: Array
    loss: Array
    probability: Array
    chosen: int
    texts: list[str]
    by: str
    loss_name: str

    @classmethod
    def of(cls, est: Any, by: str = "complexity") -> Self:
        """What is to be drawn; parameters as of `from_estimator`."""
        if by not in _BY:
            raise ValueError(f"by must be one of {_BY}, got {by!r}")
        result, table = fitted(est), est.equations_
        share = np.zeros(len(table))
        for i, p in likely_laws(result, 0.0):
            share[i] = p
        name = "mean squared error"
        if result.link == "logistic":
            name = "mean log loss (nats)"
        elif result.known:
            name = "chi-square a row"
        elif result.loss is not None:
            name = f"mean loss ({type(result.loss).__name__.lower()})"
        texts = [cut(est.short_text(i), 36) for i in range(len(table))]
        return cls(
            table[by].to_numpy(dtype=float), table["loss"].to_numpy(dtype=float), share,
            result.chosen, texts, by, name,
        )  # fmt: skip

    @classmethod
    def from_estimator(
        cls, est: Any, *, by: str = "complexity", ax: Any = None, caption: bool = False
    ) -> Self:
        """Draw the front of an estimator.

        Parameters
        ----------
        est : TRMSymbolicRegressor or TRMSymbolicClassifier
            Fitted, of one target.
        by : {"complexity", "prior"}, default="complexity"
            What a law costs: its nodes, or how improbable its form is before any data.
        ax : Axes or Figure, optional
        caption : bool, default=False

        Returns
        -------
        FrontDisplay
        """
        return cls.of(est, by).plot(ax=ax, caption=caption)

    def _draw(self, axes: list[Any]) -> None:
        (ax,) = axes
        exact = max(float(np.max(self.loss, initial=0.0)) * _EXACT, TINY)
        loss = np.maximum(self.loss, exact)
        order = np.argsort(self.size, kind="stable")
        low = np.minimum.accumulate(loss[order])
        ax.step(self.size[order], low, where="post", color=SOFT, lw=1.1, zorder=2)
        ax.scatter(self.size, loss, s=46, c=self.probability, cmap="Blues", vmin=0.0, vmax=1.0,
                   ec=DATA, lw=1.3, zorder=3)  # fmt: skip
        i = self.chosen
        ax.scatter(self.size[i], loss[i], s=120, marker="D", fc="none", ec=LAW, lw=2.0, zorder=4,
                   label="chosen law")  # fmt: skip
        if len(loss) > 1 and loss.max() > 3 * loss.min():
            ax.set_yscale("log")
        if (self.loss <= exact).any():
            ax.annotate(
                "exact",
                (0.0, exact),
                (4, 3),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                ha="left",
                fontsize=SMALL,
                color=SOFT,
            )
        self._write(ax, loss)
        if self.by == "complexity":
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.set_xlabel("complexity (nodes)")
        else:
            ax.set_xlabel("improbability of the form before any data (nats)")
        ax.set_ylabel(self.loss_name, **PLAIN)
        ax.margins(x=0.08, y=0.12)
        title(ax, "Front of laws")

    def _write(self, ax: Any, loss: Array) -> None:
        """The chosen law and likely ones, beside their points."""
        named = [i for i in np.argsort(-self.probability) if self.probability[i] >= _LIKELY]
        named = list(dict.fromkeys([self.chosen, *named]))[:_MOST]
        middle = 0.5 * (self.size.min() + self.size.max())
        for i in named:
            right = self.size[i] <= middle
            share = f"  {self.probability[i]:.0%}" if self.probability[i] > 0 else ""
            ax.annotate(
                self.texts[i] + share, (self.size[i], loss[i]), (9 if right else -9, 7),
                textcoords="offset points", ha="left" if right else "right", fontsize=SMALL - 0.5,
                color=LAW if i == self.chosen else INK, zorder=5, **PLAIN,
            )  # fmt: skip
