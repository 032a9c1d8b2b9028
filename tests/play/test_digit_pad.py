"""The pad's Python half, driven as the browser drives it; tests/browser draws on the other one."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_utils import (
    DATA_DIRECTORY,
    DIGIT_STROKES,
    RNN,
    Activation,
    Conv2D,
    Dense,
    DigitPad,
    Flatten,
    Scale,
    Sequential,
    center_digit,
    draw_strokes,
    lenet5,
    load_network,
    predict_proba,
)
from course_utils.figures import handwriting
from course_utils.play import digit_pad
from tests.closeness import assert_close, roundings
from tools.folders import ROOT

WEIGHTS = DATA_DIRECTORY / "nn_sample.npz"


@pytest.fixture
def pad(pixel_network):
    return DigitPad(pixel_network)


def from_browser(pad, strokes):
    """A change of `strokes` as ipywidgets hands it over, JSON between."""
    pad.set_state({"strokes": json.loads(json.dumps(strokes))})


def percent(pad):
    return np.frombuffer(pad._answer["percent"], "<f4")


def light(layer):
    return np.frombuffer(layer["light"], np.uint8)


@pytest.mark.parametrize("digit", DIGIT_STROKES)
def test_what_is_drawn_is_read(pixel_network, digit):
    network = pixel_network.astype(np.float64)
    pad = DigitPad(network)
    from_browser(pad, DIGIT_STROKES[digit])
    image = center_digit(draw_strokes(DIGIT_STROKES[digit]))
    P = predict_proba(network, image.reshape(1, -1))[0]
    assert np.array_equal(pad.image, image)
    assert_close(pad.probabilities, P, **roundings(network, image.reshape(1, -1)))
    assert P.argmax() == digit
    assert pad._answer["text"] == f"This is a {digit}, {100 * P.max():.0f} %."
    assert pad._answer["image"] == image.tobytes()
    assert_close(percent(pad), 100 * P, terms=2)  # float32, and times 100


def test_it_is_an_eight():
    assert digit_pad._decision(np.eye(10)[8]) == "This is an 8, 100 %."


def test_the_layers_are_lit_by_their_activations(pad, pixel_network):
    pad.strokes = DIGIT_STROKES[4]
    X = pad.image.reshape(1, -1)
    first, second = pad._answer["layers"]
    for layer, end in ((first, 3), (second, 5)):
        A = pixel_network[:end].forward(X)[0]
        assert np.abs(light(layer) - 255 * A / A.max()).max() <= 0.5 + 1e-3
        large = np.count_nonzero(A / A.max() > 0.5)
        between = f"{A.min():.2f} to {A.max():.2f}"
        assert layer["text"] == f"sigmoid: {A.size} values from {between}, {large} of them large"
    assert first["columns"] == second["columns"] == 25


@pytest.mark.parametrize(("n", "columns"), [(3, 3), (100, 25), (101, 50)])
def test_a_larger_layer_is_shown_in_longer_rows(n, columns):
    lit = digit_pad._lit("relu", np.linspace(0, 1, n))
    assert lit["columns"] == columns
    assert lit["text"].endswith(f", {n // 2} of them large")  # above half of the largest


def test_an_empty_pad_asks_for_a_digit_and_shows_nothing(pad):
    empty = dict(pad._answer)
    assert empty["text"] == "Draw a digit from 0 to 9."
    assert not percent(pad).any()
    assert not any(light(layer).any() for layer in empty["layers"])
    assert [layer["text"] for layer in empty["layers"]] == [
        "sigmoid: 50 values",
        "sigmoid: 100 values",
    ]
    from_browser(pad, DIGIT_STROKES[7])
    assert pad._answer != empty
    from_browser(pad, [])
    assert pad._answer == empty


def test_every_change_has_an_answer_of_its_own(pad):
    """The browser waits for one, also where the picture stays the same."""
    from_browser(pad, [[(50, 20), (50, 80)]])
    before = dict(pad._answer)
    from_browser(pad, [[(50, 20), (50, 80), (50, 80)]])
    assert pad._answer["image"] == before["image"]
    assert pad._answer != before


def test_the_browsers_strokes_are_not_sent_back(pad):
    assert pad.trait_metadata("strokes", "echo_update") is False


def test_the_browser_gets_bytes_and_small_ones(pad):
    pad.strokes = DIGIT_STROKES[0]
    answer = pad._answer
    sizes = [len(answer[key]) for key in ("image", "percent")]
    assert sizes == [784, 40]
    assert [len(layer["light"]) for layer in answer["layers"]] == [50, 100]
    assert all(type(layer["light"]) is bytes for layer in answer["layers"])


def test_strokes_assigned_in_python_are_drawn(pad):
    pad.strokes = DIGIT_STROKES[3]
    assert pad.get_state("strokes") == {"strokes": DIGIT_STROKES[3]}
    assert pad.probabilities.argmax() == 3


def test_strokes_that_are_none_are_refused(pad):
    with pytest.raises(ValueError, match="stroke 0 must hold points"):
        pad.strokes = [(10, 20)]


def test_training_further_changes_the_next_answer():
    network = Sequential(Scale(0, 1 / 255), Dense(784, 10, init="zeros"), output="softmax")
    pad = DigitPad(network)
    pad.strokes = DIGIT_STROKES[1]
    assert pad._answer["text"] == "This is a 0, 10 %."
    assert pad._answer["layers"] == []
    network.params["b1"] = 10 * np.eye(10)[5]
    pad.strokes = DIGIT_STROKES[7]
    assert pad._answer["text"] == "This is a 5, 100 %."


# -- networks ---------------------------------------------------------------------------------


def images_network():
    return Sequential(
        Conv2D(1, 3, 5, init="zeros"),
        Activation("tanh"),
        Flatten(),
        Dense(3 * 24 * 24, 10),
        output="softmax",
        input_shape=(1, 28, 28),
    )


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (lambda: Sequential(Dense(784, 10), output="softmax"), (784,)),
        (lambda: Sequential(Flatten(), Dense(784, 10), output="softmax"), (784,)),
        (lambda: Sequential(Conv2D(1, 2, 28), Flatten(), Dense(2, 10), output="softmax"), None),
        (images_network, (1, 28, 28)),
        (lambda: Sequential(RNN(28, 5), Dense(5, 10), output="softmax"), (28, 28)),
        (lambda: Sequential(Scale(0, 1 / 255), lenet5(), output="softmax"), (1, 28, 28)),
    ],
)
def test_any_classifier_of_ten_digits_will_do(network, shape):
    network = network().astype(np.float64)
    pad = DigitPad(network)
    pad.strokes = DIGIT_STROKES[0]
    P = predict_proba(network, pad.image.reshape(1, *(shape or (1, 28, 28))))[0]
    # weights are below 1, and no unit has more than a thousand
    assert_close(pad.probabilities, P, terms=1000, size=pad.image.sum())


def test_activations_of_a_chain_inside_are_shown():
    pad = DigitPad(Sequential(Scale(0, 1 / 255), lenet5(), output="softmax"))
    sizes = [layer["text"].split()[1] for layer in pad._answer["layers"]]
    assert sizes == ["1176", "400", "120", "84"]
    assert [layer["columns"] for layer in pad._answer["layers"]] == [90, 96, 50, 25]


def test_maps_stand_side_by_side_and_negative_values_are_lit():
    network = images_network()
    network.params["b1"] = [-1.0, 0.0, 0.5]
    pad = DigitPad(network)
    pad.strokes = DIGIT_STROKES[1]
    (layer,) = pad._answer["layers"]
    maps = light(layer).reshape(24, 75)
    assert layer["columns"] == 75
    assert (maps[:, :24] == 255).all()
    assert not maps[:, 24:50].any()
    assert (maps[:, 50:74] == round(255 * np.tanh(0.5) / np.tanh(1))).all()
    assert layer["text"] == "tanh: 1728 values from -0.76 to 0.46, 1152 of them large"


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        (lambda: load_network(WEIGHTS), TypeError, r"got dict\. A dict .* as_sequential\(.*scaler"),
        (lambda: Dense(784, 10), TypeError, "must be a Sequential; got Dense"),
        (
            lambda: Sequential(Dense(64, 10), output="softmax"),
            ValueError,
            r"\(784,\), \(1, 28, 28\) or \(28, 28\), .*; it takes \(64,\)",
        ),
        (
            lambda: Sequential(Conv2D(3, 2, 28), Flatten(), Dense(2, 10), output="softmax"),
            ValueError,
            r"\(784,\), \(1, 28, 28\) or \(28, 28\), .*; it takes ",
        ),
        (
            lambda: Sequential(Dense(784, 26), output="softmax"),
            ValueError,
            r"with 10 outputs; it has outputs of shape \(26,\)",
        ),
        (lambda: Sequential(Dense(784, 10)), ValueError, "and output='identity'"),
    ],
)
def test_a_network_that_can_not_read_digits_is_refused(network, error, message):
    with pytest.raises(error, match=message):
        DigitPad(network())


# -- in the notebook --------------------------------------------------------------------------


def test_without_a_kernel_a_line_of_text_is_left(pad):
    """`make notebooks` drops the widget's own type: this is what a stored notebook shows."""
    bundle, _ = pad._repr_mimebundle_()
    text = bundle.pop("text/plain")
    assert list(bundle) == ["application/vnd.jupyter.widget-view+json"]
    assert (
        text
        == repr(pad)
        == (
            "A pad to draw digits on. It needs a running kernel: open this notebook in JupyterLab "
            "and run this cell."
        )
    )


def test_what_the_browser_runs_comes_with_the_package(pad):
    assert "export default { render }" in str(pad._esm)
    assert ".digit-pad {" in str(pad._css)
    folder = Path(digit_pad.__file__).parent
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in ("digit_pad.js", "digit_pad.css"):
        assert (folder / name).is_file()
        assert f'"{name}"' in pyproject


def test_what_the_browser_runs_names_no_address(pad):
    for text in (str(pad._esm), str(pad._css)):
        assert "//" not in "".join(line.partition(" // ")[0] for line in code_lines(text))
        assert "import " not in "".join(code_lines(text))


def code_lines(text):
    return [line for line in text.splitlines() if not line.lstrip().startswith("//")]


def test_javascript_and_python_draw_with_the_same_pen(pad):
    assert "const PEN = 100 / 12;" in str(pad._esm)
    assert digit_pad.SIDE == 28
    assert handwriting.PEN == 1 / 12


def test_drawing_needs_no_widgets():
    code = "import course_utils as c, sys; c.center_digit(c.draw_strokes(c.DIGIT_STROKES[7])); "
    code += "sys.exit('ipywidgets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_more_points_than_a_hand_draws_are_not_drawn(pad, monkeypatch):
    """Whoever sends them could keep the kernel busy: a point takes half a millisecond."""
    drawn = []

    def draw(strokes):
        drawn.append(sum(map(len, strokes)))
        return draw_strokes(strokes)

    monkeypatch.setattr(digit_pad, "draw_strokes", draw)
    pad.strokes = DIGIT_STROKES[7]
    for hostile in (
        [[(k % 100, k % 97) for k in range(200_000)]],
        [[(k % 100, k % 97)] for k in range(digit_pad.MOST_POINTS + 1)],
        [[]] * 20_000,
    ):
        pad.strokes = hostile
        assert drawn.pop() == 0
        assert not pad.image.any()
        assert pad._answer["text"].startswith("A drawing may have 4,000 points")
    pad.strokes = [[(k % 100, k % 97) for k in range(digit_pad.MOST_POINTS)]]
    assert drawn.pop() == digit_pad.MOST_POINTS
    assert pad.image.any()
    assert pad._answer["text"].startswith("This is a")
