"""What a training saw, one entry an epoch."""

from dataclasses import dataclass, field

__all__ = ["History"]


@dataclass
class History:
    """What `fit` saw, one entry an epoch.

    Attributes
    ----------
    loss : list of float
        Mean training loss over the epoch's batches, as they came, without penalties.
    validation_loss, validation_accuracy : list of float
        On the validation set after the epoch; empty when there is none (and the accuracy when
        the network does not classify).
    learning_rate : list of float
        The optimizer's rate at the epoch's first step.
    penalty : list of float
        Mean penalty over the epoch's batches: ``loss`` plus ``penalty`` is what was made small.
        Empty when there is none.
    stopped : str
        Why training ended before the last epoch; empty when it did not.

    Examples
    --------
    >>> history = History(loss=[0.9, 0.4], learning_rate=[0.1, 0.1])
    >>> history.to_frame().loc[2].to_dict()
    {'loss': 0.4, 'learning_rate': 0.1}
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    penalty: list[float] = field(default_factory=list)
    stopped: str = ""

    def __len__(self):
        return len(self.loss)

    def columns(self):
        """The lists that hold an entry an epoch, by name; those that stayed empty are left out."""
        return {name: values for name, values in vars(self).items() if values and name != "stopped"}

    def to_frame(self):
        """The same as a table.

        Returns
        -------
        pandas.DataFrame
            A row an epoch, numbered from 1; a column for each list that is not empty.
        """
        import pandas as pd

        index = pd.RangeIndex(1, len(self) + 1, name="epoch")
        return pd.DataFrame(self.columns(), index=index)
