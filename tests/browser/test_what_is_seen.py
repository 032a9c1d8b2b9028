"""What check-browser must see, made on purpose: lessons that are broken, each in its way."""

import re

import pytest

FIGURE = """\
import matplotlib.pyplot as plt
from ipywidgets import interact

def draw(values):
    plt.plot(values)
    plt.show()
"""


def script(text):
    return f"from IPython.display import Javascript\nJavascript({text!r})"


BROKEN = {
    "errors": (
        [
            "import warnings\nwarnings.warn('old')",
            script("console.error('wrong')"),
            "1 / 0",
            "print('never run')",
        ],
        [
            "cell 0: wrote to stderr: .*UserWarning: old",
            "error in the console: wrong",
            "cell 2: ZeroDivisionError: division by zero",
            "cell 3: was not run",
        ],
    ),
    "requests": (
        [
            "from IPython.display import HTML\nHTML('<img src=\"https://example.org/a.png\">')",
            script("fetch('http://192.0.2.1/b')"),
            script("new WebSocket('wss://example.org/c')"),
        ],
        [
            "a request leaves the machine: https://example.org/a.png",
            "a request leaves the machine: http://192.0.2.1/b",
            "a request leaves the machine: wss://example.org/c",
        ],
    ),
    "a widget that fails at once": (
        [FIGURE + "@interact(a=(1, 9))\ndef show(a=3):\n    draw([0, 1 / (a - 3)])"],
        ["cell 0: a widget shows an error: ZeroDivisionError"],
    ),
    "a widget that fails when moved": (
        [FIGURE + "@interact(a=(1, 9))\ndef show(a=3):\n    draw([0, [1, 2, 3][a - 1]])"],
        ["cell 0: a widget shows an error: IndexError"],
    ),
    "a slider that does nothing": (
        [FIGURE + "@interact(a=(1, 9))\ndef show(a=3):\n    draw([0, 3])"],
        [r"cell 0: slider from 3.0 to \d.0: the figure did not change"],
    ),
    "a widget that is not drawn": (
        ["from ipywidgets import VBox, IntSlider\nVBox([IntSlider(_view_name='NoSuchView')])"],
        ["cell 0: not drawn on the page: IntSliderModel"],
    ),
    "a kernel that dies": (
        ["import os\nos._exit(1)"],
        ["JupyterLab says: .*kernel for .* appears to have died"],
    ),
    "too much memory": (["x = b'x' * 10**9\ndel x"], [r"the kernel took 1\d\d\d MB"]),
}


def look_at(lesson):
    with lesson as opened:
        opened.run_all()
        opened.look_at_widgets()
        opened.move_sliders()


@pytest.mark.parametrize(("sources", "expected"), BROKEN.values(), ids=BROKEN)
def test_what_is_wrong_is_seen(write_lesson, open_lesson, tmp_path, sources, expected):
    with pytest.raises(pytest.fail.Exception) as failed:
        look_at(open_lesson(write_lesson(sources), folder=tmp_path))
    for text in expected:
        assert re.search(text, str(failed.value))
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".txt"}
