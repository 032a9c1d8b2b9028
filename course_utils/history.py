"""What a training saw, one entry an epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History"]

SHOWN = 10  # epochs of a longer history that a table shows: half of them the first, half the last


@dataclass(repr=False)
class History:
    """What `fit` saw, one entry an epoch; shown as a table of four digits.

    Attributes
    ----------
    loss : list of float
        Mean training loss over the epoch's batches, as they came, without penalties.
    validation_loss, validation_accuracy : list of float
        On the validation set after the epoch, NaN for epochs without one; empty when there was none
        at all (and the accuracy when the network does not classify).
    learning_rate : list of float
        The optimizer's rate at the epoch's first step.
    penalty : list of float
        Mean penalty over the epoch's batches: ``loss`` plus ``penalty`` is what was made small.
        Empty when there is none.
    stopped : str
        Why training ended before the last epoch; empty when it did not.

    Examples
    --------
    >>> history = History(loss=[0.9, 0.41237], learning_rate=[0.1, 0.1])
    >>> history
    epoch    loss  learning_rate
        1     0.9            0.1
        2  0.4124            0.1
    >>> history.to_frame().loc[2].to_dict()
    {'loss': 0.41237, 'learning_rate': 0.1}
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    penalty: list[float] = field(default_factory=list)
    stopped: str = ""

    def __len__(self) -> int:
        return len(self.loss)

    def columns(self) -> dict[str, list[float]]:
        """The lists that hold an entry an epoch, by name; those that stayed empty are left out."""
        return {name: values for name, values in vars(self).items() if values and name != "stopped"}

    def add(self, **values: float | None) -> None:
        """Append an epoch: a value for each list that has one, None for the others.

        A list that has values for some epochs only, since validation was asked for on the way,
        has NaN for the others.
        """
        epochs = len(self)
        try:
            for name, value in values.items():
                column = getattr(self, name)
                if value is None and column:
                    value = math.nan
                if value is not None:
                    column += [math.nan] * (epochs - len(column)) + [value]
        except BaseException:  # Ctrl-C: the epoch in all lists, or in none
            self.cut(epochs)
            raise

    def cut(self, n_epochs: int) -> None:
        """Keep the first epochs only."""
        for values in self.columns().values():
            del values[n_epochs:]

    def _rows(self):
        """The table as text, row by row: names, then an epoch each, the middle ones left out."""
        columns = self.columns()
        yield ["epoch", *columns]
        for k in range(len(self)):
            if len(self) <= SHOWN or not SHOWN // 2 <= k < len(self) - SHOWN // 2:
                yield [str(k + 1), *(f"{values[k]:.4g}" for values in columns.values())]
            elif k == SHOWN // 2:
                yield ["..."] * (1 + len(columns))

    def __repr__(self):
        rows = list(self._rows())
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True))
            for row in rows
        ]
        return "\n".join([*lines, *filter(None, [self.stopped])])

    def _repr_html_(self):
        names, *rows = self._rows()
        head = "".join(f"<th>{name}</th>" for name in names)
        body = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
        caption = f"<p>{escape(self.stopped)}</p>" if self.stopped else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{caption}"

    def to_frame(self) -> pd.DataFrame:
        """The same as a table.

        Returns
        -------
        pandas.DataFrame
            A row an epoch, numbered from 1; a column for each list that is not empty.
        """
        import pandas as pd

        index = pd.RangeIndex(1, len(self) + 1, name="epoch")
        return pd.DataFrame(self.columns(), index=index)
