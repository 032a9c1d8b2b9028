"""Where the data of the course is, in a clone and in a wheel."""

from pathlib import Path

__all__ = ["DATA_DIRECTORY"]

_PACKAGE = Path(__file__).resolve().parent.parent

# In a clone data/ stands beside the package; a wheel carries it within.
DATA_DIRECTORY = _PACKAGE / "data"
if not DATA_DIRECTORY.is_dir():
    DATA_DIRECTORY = _PACKAGE.parent / "data"
