"""Data augmentation: functions ``(X, rng)`` that answer a changed batch, for ``fit(augment=...)``.

An image of a 7 that is moved by a pixel is still a 7. A network that is shown such variations
sees more than there is.
"""

import numpy as np

from .._arrays import as_generator
from .._checks import check_positive_int

__all__ = ["shift_images"]


def shift_images(X, rng, limit=1):
    """Every image moved by up to `limit` pixels in each direction, at random.

    Parameters
    ----------
    X : ndarray, shape (N, ..., H, W)
        What is moved is the last two axes, for all channels of an image alike.
    rng : numpy.random.Generator or int
    limit : int
        The largest move: each of the (2 limit + 1)^2 moves is equally likely.

    Returns
    -------
    ndarray, shape and dtype of X
        Zeros come in at the borders. X is not modified.

    Raises
    ------
    ValueError
        When X has fewer than three dimensions, or `limit` is below 1.

    Examples
    --------
    >>> image = np.array([[[1, 2], [3, 4]]])
    >>> print(shift_images(image, np.random.default_rng(0)))
    [[[3 4]
      [0 0]]]
    """
    limit = check_positive_int(limit, "limit")
    if X.ndim < 3:
        raise ValueError(
            f"images must have shape (N, ..., height, width); got {X.shape}. Flattened images "
            "are given as they were, to a network that begins with Flatten()."
        )
    height, width = X.shape[-2:]
    padded = np.pad(X, [(0, 0)] * (X.ndim - 2) + [(limit, limit)] * 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(-2, -1))
    down, right = as_generator(rng).integers(0, 2 * limit + 1, size=(2, len(X)))
    # windows is (N, ..., 2 limit + 1, 2 limit + 1, H, W): each image picks one of its moves.
    windows = np.moveaxis(windows, (-4, -3), (1, 2))
    return windows[np.arange(len(X)), down, right]
