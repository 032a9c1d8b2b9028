"""How many threads a process computes with."""

__all__ = ["one_thread"]


def one_thread(environment):
    """Let NumPy's matrix products take one thread each, unless the caller said otherwise.

    The networks of this course are small: a second thread gains them little, and where cores are
    busy or rationed, two threads wait for each other at every product.

    Parameters
    ----------
    environment : MutableMapping of str
        Changed, for example ``os.environ``.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment.setdefault(name, "1")
