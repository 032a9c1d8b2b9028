"""Packages that a single lesson needs: what to type where one is missing."""

import importlib.util
import sys
from pathlib import Path

__all__ = ["require"]

ROOT = Path(__file__).resolve().parent.parent
MAKE_TARGETS = {"frameworks": "make frameworks", "cluster": "make setup"}
EXTRA_OF = {
    "keras": "frameworks",
    "tensorflow": "frameworks",
    "torch": "frameworks",
    "dask": "cluster",
    "distributed": "cluster",
}


def require(*packages):
    """Refuse to go on where an optional package is missing; nothing is imported.

    Parameters
    ----------
    *packages : str
        Names as they are imported: keras, tensorflow, torch, dask, distributed.

    Raises
    ------
    ModuleNotFoundError
        Names all that are missing and the command that installs them.

    Examples
    --------
    >>> require("dask")
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if not missing:
        return
    commands = {
        f'{MAKE_TARGETS[extra]}   (or: "{sys.executable}" -m pip install -e "{ROOT}[{extra}]")'
        for extra in sorted({EXTRA_OF[name] for name in missing})
    }
    raise ModuleNotFoundError(
        f"not installed: {', '.join(missing)}. In the course's folder type: "
        f"{' and '.join(sorted(commands))}; then restart the kernel.",
        name=missing[0],
    )
