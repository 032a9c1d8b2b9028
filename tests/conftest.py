"""Tests draw without a screen and without progress bars."""

import os

os.environ["MPLBACKEND"] = "Agg"
os.environ["COURSE_UTILS_QUIET"] = "1"
