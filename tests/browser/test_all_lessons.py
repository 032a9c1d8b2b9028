"""Every lesson, in JupyterLab and a real browser: run by the menu, its widgets looked at and moved.

The longest come first, so that the two processes end together.
"""

import pytest

from tests.browser.lesson import MOST_MEMORY
from tools import check
from tools.readme import lesson


def run_time(path):
    return int(lesson(path)["run"].split()[0])


LESSONS = sorted(check.lessons_that_run()[0], key=run_time, reverse=True)
# One lesson loads two frameworks, which Binder does not have.
MORE_MEMORY = {check.WITH_FRAMEWORKS: 1.5e9}


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson(path, open_lesson, record_property):
    most_memory = MORE_MEMORY.get(path, MOST_MEMORY)
    with open_lesson(f"notebooks/{path.name}", most_memory=most_memory) as opened:
        opened.run_all()
        opened.look_at_widgets()
        moved = opened.move_sliders()
    figures = f"{opened.seconds:.0f} s, {opened.memory.peak / 1e6:.0f} MB, sliders moved: {moved}"
    record_property("measured", f"{path.stem}: {figures}")
