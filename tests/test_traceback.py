"""What an error looks like in IPython: the student's own lines, one line for ours, the message."""

import re

import nbclient
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course_utils import _traceback

BEFORE = """
import numpy as np
from course_utils import *
network, X, y = Sequential(Dense(4, 2), output="softmax"), np.ones((3, 4)), [0, 1, 0]
def train(**settings):
    return fit(network, X, y, "softmax_cross_entropy", SGD(0.1), 2, 2, **settings)
"""
FOLDED = re.compile(r"^\[\.\.\. (\d+) frames? inside course_utils: %tb shows all\]$", re.MULTILINE)


@pytest.fixture
def shell(tmp_path):
    """A real IPython in which the package was imported, without colours and history."""
    config = Config()
    config.InteractiveShell.colors = "nocolor"
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config, ipython_dir=str(tmp_path))
    _traceback.install()
    shell.run_cell(BEFORE)
    yield shell
    InteractiveShell.clear_instance()


@pytest.fixture
def shown(shell, capsys):
    """What a cell shows, as text."""

    def run(source):
        capsys.readouterr()
        shell.run_cell(source)
        return capsys.readouterr().out

    return run


def ends_with_its_message(text, message):
    """Whether the last paragraph is the message, and the one before says what is folded."""
    *_, fold, last = re.split(r"\n+(?=\[\.\.\. )|\]\n+", text.strip())
    return bool(FOLDED.fullmatch(fold + "]")) and last.startswith(message)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('Activation("rleu")', "ValueError: unknown activation 'rleu'; did you mean 'relu'?"),
        ("predict(network, X[:, :3])", "ValueError: X must have shape (N, 4)"),
        ('load_weights(network, "nothing.npz")', "FileNotFoundError: no weights file"),
        ("numerical_gradient(np.sum, 1j)", "TypeError: expected real numbers"),
    ],
)
def test_an_error_in_the_package_shows_the_line_and_the_message(shown, source, message):
    text = shown(source)
    assert f"----> 1 {source}" in text
    assert ends_with_its_message(text, message)
    assert "course_utils/" not in text.replace("\\", "/")
    assert len(text.strip().splitlines()) <= 8


def test_it_is_counted_how_many_frames_are_folded(shown):
    assert FOLDED.search(shown('Activation("rleu")')).group(1) == "2"  # __init__ and resolve


def test_tb_shows_all_of_it_as_often_as_it_is_asked(shown):
    shown('Activation("rleu")')
    for _ in range(2):
        text = shown("%tb")
        assert "in Activation.__init__" in text
        assert "in Registry.resolve" in text
        assert not FOLDED.search(text)


def test_the_same_error_raised_anew_is_folded_anew(shown):
    assert shown('Activation("rleu")') == shown('Activation("rleu")')


def test_frames_of_numpy_below_the_package_are_folded(shown):
    text = shown("numerical_gradient(lambda x: x, [1.0, 2.0])")
    assert ends_with_its_message(text, "ValueError: setting an array element with a sequence.")
    text = shown("Dense(2, 3, init=lambda *given: np.linalg.inv(np.ones((2, 3))))")
    assert "site-packages" not in FOLDED.split(text)[0].split("<lambda>")[0]


def test_a_students_function_that_the_package_calls_is_shown(shown):
    text = shown("def callback(network, history):\n    1 / 0\ntrain(callbacks=[callback])")
    assert "----> 3 train(callbacks=[callback])" in text
    assert "----> 2     1 / 0" in text
    assert FOLDED.search(text)


def test_a_students_layer_is_shown(shown):
    text = shown(
        "class Mine(Layer):\n    def forward(self, X, training=False, cache=None):\n"
        "        return X @ 3\nSequential(Mine(), input_shape=(4,)).forward(X)"
    )
    assert re.search(r"-> 3 +return X @ 3\n", text)
    assert FOLDED.search(text)


def test_an_error_that_led_to_another_is_shown_where_a_line_of_the_student_did(shown):
    text = shown('try:\n    Activation("rleu")\nexcept ValueError:\n    raise KeyError("mine")')
    assert "ValueError: unknown activation 'rleu'" in text
    assert "During handling of the above exception" in text
    assert ends_with_its_message(text, "KeyError: 'mine'")


def test_an_error_that_led_to_another_within_the_package_is_folded(shown, tmp_path):
    path = tmp_path / "broken.npz"
    path.write_bytes(b"PK\x05\x06" + bytes(18))  # an archive of nothing
    text = shown(f"import zipfile\nload_weights(network, {str(path)!r})")
    assert "The above exception" not in text
    assert ends_with_its_message(text, "ValueError: broken.npz does not hold")
    text = shown("def f(x):\n    raise KeyError(1) from None\ncheck_gradient(f, [1.0], [1.0])")
    assert ends_with_its_message(text, "KeyError: 1")


def test_an_interruption_is_folded_too(shown):
    text = shown(
        "def interrupted(x):\n    raise KeyboardInterrupt\nnumerical_gradient(interrupted, [1.0])"
    )
    assert ends_with_its_message(text, "KeyboardInterrupt")


@pytest.mark.parametrize(
    "source",
    ["1 / 0", "x = = 3", "undefined", "%nothing", "raise KeyError(1) from ValueError(2)", " x\n y"],
)
def test_other_errors_look_as_they_do_without_the_package(shell, shown, source):
    with_it = shown(source)
    del shell.InteractiveTB.structured_traceback
    without = shown(source)
    number = re.compile(r"In\[\d+\]")
    assert number.sub("", with_it) == number.sub("", without)


@pytest.mark.parametrize("mode", ["Plain", "Context", "Verbose"])
def test_every_mode_of_ipython_is_folded(shown, mode):
    shown(f"%xmode {mode}")
    assert ends_with_its_message(shown('Activation("rleu")'), "ValueError: unknown activation")
    assert not FOLDED.search(shown("%tb"))


def test_the_shortest_mode_stays_as_it_is(shown):
    shown("%xmode Minimal")
    assert shown('Activation("rleu")').startswith("ValueError: unknown activation")


def test_the_exception_itself_is_left_as_it_was(shell, shown):
    shown("def mine():\n    raise OSError from ZeroDivisionError()\ncheck_gradient(mine, 1, 1)")
    shown(
        "try:\n    try:\n        Activation('rleu')\n    except ValueError as e:\n"
        "        raise OSError from e\nexcept OSError as e:\n    kept = e\nraise kept"
    )
    error = shell.user_ns["kept"]
    assert isinstance(error.__cause__, ValueError)
    assert error.__suppress_context__
    depth, tb = 0, error.__cause__.__traceback__
    while tb is not None:
        depth, tb = depth + 1, tb.tb_next
    assert depth == 3


def test_it_is_installed_once(shell):
    ours = shell.InteractiveTB.structured_traceback
    _traceback.install()
    assert shell.InteractiveTB.structured_traceback is ours


def test_a_lesson_has_it_by_the_import_alone():
    cells = map(nbformat.v4.new_code_cell, [BEFORE, 'Activation("rleu")', "%tb"])
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    nbclient.NotebookClient(notebook, allow_errors=True, timeout=600).execute()
    _, folded, whole = notebook.cells
    texts = [
        re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(cell.outputs[0].traceback))
        for cell in (folded, whole)
    ]
    assert ends_with_its_message(texts[0], "ValueError: unknown activation 'rleu'")
    assert "in Registry.resolve" in texts[1]
