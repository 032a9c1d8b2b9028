"""What is done to data before training: splitting, scaling, classes as rows with a single 1."""

import numpy as np

from .._arrays import as_float, as_labels, as_real
from .._checks import check_same_length

__all__ = ["minimum_and_range", "one_hot", "scale", "split_and_scale"]


def minimum_and_range(X):
    """Each column's minimum and range: a scaler, as `scale` and `as_sequential` take it.

    Parameters
    ----------
    X : array_like, shape (N, d)

    Returns
    -------
    minimum, extent : ndarray, shape (d,)
        float32 for pixels and for X of float32, float64 where that would round: a time stamp has
        more digits. The range, max - min, of a constant column is given as 1, so that it can be
        divided by.

    Raises
    ------
    TypeError, ValueError
        When X is not a table of real numbers, or is empty.

    Examples
    --------
    >>> minimum, extent = minimum_and_range([[0, 5], [10, 5]])
    >>> print(minimum, extent)
    [0. 5.] [10.  1.]
    """
    X = _as_table(X)
    if X.size == 0:
        raise ValueError(f"X is empty, so that no column has a minimum; got shape {X.shape}.")
    low, high = X.min(axis=0), X.max(axis=0)
    integers = X.dtype.kind != "f"
    types = map(np.min_scalar_type, (low.min(), high.max())) if integers else [X.dtype]
    minimum = low.astype(np.result_type(np.float32, *types))
    extent = high.astype(minimum.dtype) - minimum
    extent[extent == 0] = 1
    return minimum, extent


def scale(X, scaler):
    """Scale features as others were scaled before: (X - minimum) / extent.

    New data must be scaled by what was learned from the training data, never by itself.

    Parameters
    ----------
    X : array_like, shape (N, d)
    scaler : tuple of ndarray, each of shape (d,)
        ``(minimum, extent)`` of `minimum_and_range`, `split_and_scale` or `load_scaler`.

    Returns
    -------
    ndarray of float32, shape (N, d)
        0 to 1 within the range of the data that the scaler was made from.

    Raises
    ------
    TypeError, ValueError
        When X is not a table of real numbers, or has other columns than the scaler.

    Examples
    --------
    >>> scaler = minimum_and_range([[0, 5], [10, 6]])
    >>> print(scale([[5, 5], [20, 6]], scaler))
    [[0.5 0. ]
     [2.  1. ]]
    """
    X = _as_table(X)
    minimum, extent = map(as_float, scaler)
    if X.shape[1:] != minimum.shape:
        raise ValueError(
            f"X must have the {len(minimum)} columns that the scaler was made from; got shape "
            f"{X.shape}."
        )
    scaled = np.subtract(X, minimum, dtype=minimum.dtype)
    scaled /= extent
    return scaled.astype(np.float32, copy=False)


def split_and_scale(X, y, test_size=0.3, random_state=42, return_scaler=False):
    """Split at random, then scale every feature to 0..1 by the training part alone.

    The split is scikit-learn's `train_test_split`, the scaling that of its `MinMaxScaler`
    fitted on the training part. A test value beyond the training range leaves 0..1: nothing
    about the test part is used, not even its extremes.

    Parameters
    ----------
    X : array_like, shape (N, d)
        Features; a DataFrame works, and uint8 pixels cost a quarter of the memory.
    y : array_like, shape (N,)
        Targets.
    test_size : float or int
        Share or number of test samples.
    random_state : int
        Seed of the split.
    return_scaler : bool
        Whether to answer the scaler too, by which `scale` brings new data into the same form.

    Returns
    -------
    X_train, X_test : ndarray of float32
    y_train, y_test : ndarray
    scaler : tuple of ndarray, each of shape (d,)
        ``(minimum, extent)`` of the training part; only if `return_scaler`.

    Raises
    ------
    TypeError, ValueError
        When X is not a table of real numbers, or X and y differ in length.

    Examples
    --------
    >>> X_train, X_test, y_train, y_test = split_and_scale(np.arange(20).reshape(10, 2), range(10))
    >>> X_train.shape, X_test.shape, X_train.dtype
    ((7, 2), (3, 2), dtype('float32'))
    """
    from sklearn.model_selection import train_test_split

    X, y = _as_table(X), np.asarray(y)
    check_same_length(X, y)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=test_size, random_state=random_state
    )
    scaler = minimum_and_range(X_train)
    parts = scale(X_train, scaler), scale(X_test, scaler), y_train, y_test
    return (*parts, scaler) if return_scaler else parts


def _as_table(X):
    """X as an array of real numbers with one sample a row; integers keep their type."""
    X = as_real(X, "X must hold real numbers")
    if X.ndim != 2:
        raise ValueError(f"X must have shape (N, d), one sample a row; got shape {X.shape}.")
    return X


def one_hot(labels, n_classes=None, dtype=np.float32):
    """Class numbers as rows with a single 1.

    Parameters
    ----------
    labels : array_like, shape (N,)
        Classes 0 to n_classes - 1.
    n_classes : int, optional
        By default the largest label and one more.
    dtype : dtype

    Returns
    -------
    ndarray, shape (N, n_classes)

    Raises
    ------
    TypeError, ValueError
        When the labels are not whole numbers in range.

    Examples
    --------
    >>> print(one_hot([2, 0], n_classes=3))
    [[0. 0. 1.]
     [1. 0. 0.]]
    """
    labels = as_labels(labels, n_classes, "labels")
    if n_classes is None:
        n_classes = int(labels.max(initial=-1)) + 1
    return np.eye(n_classes, dtype=dtype)[labels]
