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
    "cryptography": "cluster",
    "dask": "cluster",
    "distributed": "cluster",
}


def require(*packages):
    """Refuse to go on where an optional package is missing; nothing is imported.

    Parameters
    ----------
    *packages : str
        Names as they are imported: keras, tensorflow, torch, dask, distributed,
        cryptography.

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
    pip = f'"{sys.executable}" -m pip install'
    if (ROOT / "pyproject.toml").is_file():
        extras = sorted({EXTRA_OF[name] for name in missing})
        commands = [f'{MAKE_TARGETS[extra]}   (or: {pip} -e "{ROOT}[{extra}]")' for extra in extras]
        advice = f"In the course's folder type: {' and '.join(sorted(commands))}"
    else:  # the package came by a wheel
        advice = f"Type: {pip} {' '.join(missing)}"
    raise ModuleNotFoundError(
        f"not installed: {', '.join(missing)}. {advice}; then restart the kernel.",
        name=missing[0],
    )
