"""What the Makefile calls, in the course's folder: ``python -m tools.check`` and its siblings."""

import os
import sys

# There Python looks for modules first. But a file that a student puts into the folder, such as
# random.py, must not stand in for Python's own.
if sys.argv[0] == "-m":
    course = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.sort(key=lambda folder: os.path.abspath(folder) == course)
