"""The data card tells the truth: digests, shapes, and the accuracy of the committed network."""

import hashlib
import importlib
import re
import runpy
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course_utils import (
    DATA_DIRECTORY,
    Activation,
    Dense,
    Flatten,
    Scale,
    Sequential,
    as_sequential,
    digit_frame,
    lenet5,
    load_mnist,
    load_network,
    load_scaler,
    load_weights,
    minimum_and_range,
    predict,
    split_and_scale,
)
from course_utils.datasets import _folders

CARD = (DATA_DIRECTORY / "README.md").read_text(encoding="utf-8")
DIGESTS = dict(re.findall(r"`([\w.-]+)`.*`([0-9a-f]{64})`", CARD))
WEIGHTS = DATA_DIRECTORY / "nn_sample.npz"


def test_the_card_names_every_file():
    assert set(DIGESTS) == {path.name for path in DATA_DIRECTORY.iterdir()} - {"README.md"}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_file_has_the_digest_on_the_card(name):
    assert hashlib.sha256((DATA_DIRECTORY / name).read_bytes()).hexdigest() == DIGESTS[name]


def test_data_stands_beside_the_package_in_a_clone_and_within_it_in_a_wheel(tmp_path):
    package = tmp_path / "course_utils"
    (package / "datasets").mkdir(parents=True)
    module = shutil.copy(_folders.__file__, package / "datasets")
    assert runpy.run_path(module)["DATA_DIRECTORY"] == tmp_path.resolve() / "data"
    (package / "data").mkdir()
    assert runpy.run_path(module)["DATA_DIRECTORY"] == package.resolve() / "data"


def test_a_wheel_carries_all_of_data():
    root = Path(__file__).resolve().parent.parent
    setup = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "setuptools"
    ]
    assert "course_utils.data" in setup["packages"]
    folder = root / setup["package-dir"]["course_utils.data"]
    carried = {
        path for glob in setup["package-data"]["course_utils.data"] for path in folder.glob(glob)
    }
    assert carried == set(DATA_DIRECTORY.iterdir())


def test_mnist_is_whole():
    mnist = load_mnist()
    assert [array.shape for array in mnist] == [
        (60000, 28, 28),
        (60000,),
        (10000, 28, 28),
        (10000,),
    ]
    assert {array.dtype for array in mnist} == {np.dtype(np.uint8)}
    # the class counts of the original
    train = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    test = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(mnist.train_labels).tolist() == train
    assert np.bincount(mnist.test_labels).tolist() == test


def test_the_network_has_the_form_on_the_card():
    network = load_network(WEIGHTS)
    shapes = {
        "W1": (784, 50),
        "b1": (50,),
        "W2": (50, 100),
        "b2": (100,),
        "W3": (100, 10),
        "b3": (10,),
    }
    assert {name: array.shape for name, array in network.items()} == shapes
    arrays = [*network.values(), *load_scaler(WEIGHTS)]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_the_network_is_as_accurate_as_the_card_says():
    held_out, official = map(float, re.findall(r"(\d\d\.\d\d) %", CARD)[:2])
    assert min(held_out, official) >= 97.0
    frame = digit_frame(42_000)
    pixels, labels = frame.drop(columns="label").to_numpy(), frame["label"].to_numpy()
    _, X_test, _, y_test = split_and_scale(pixels, labels)
    network = load_network(WEIGHTS)
    # 0.02 points: two or three samples may fall on the other side in another BLAS kernel
    assert 100 * np.mean(predict(network, X_test) == y_test) == pytest.approx(held_out, abs=0.02)

    mnist = load_mnist()
    raw = as_sequential(network, scaler=load_scaler(WEIGHTS))
    right = predict(raw, mnist.test_images.reshape(-1, 784)) == mnist.test_labels
    assert 100 * np.mean(right) == pytest.approx(official, abs=0.02)


def multilayer_perceptron():
    layers = Flatten(), Scale(0, 1 / 255), Dense(784, 800), Activation("relu"), Dense(800, 10)
    return Sequential(*layers, output="softmax", input_shape=(28, 28))


@pytest.mark.parametrize(
    ("name", "build", "channels", "wanted"),
    [
        ("mlp", multilayer_perceptron, (), 98.5),
        ("lenet5", lambda: Sequential(Scale(0, 1 / 255), lenet5(), output="softmax"), (1,), 99.3),
    ],
)
def test_a_trained_network_is_as_accurate_as_the_card_says(name, build, channels, wanted):
    section = CARD[CARD.index(f"`{name}.npz`") :]
    told = float(re.search(r"\*\*Accuracy\.\*\* (\d\d\.\d\d) %", section)[1])
    assert told >= wanted
    network = load_weights(build(), DATA_DIRECTORY / f"{name}.npz")
    mnist = load_mnist()
    images = mnist.test_images.reshape(-1, *channels, 28, 28)
    right = predict(network, images) == mnist.test_labels
    assert 100 * np.mean(right) == pytest.approx(told, abs=0.02)


def test_the_scaler_is_that_of_the_training_rows():
    from sklearn.model_selection import train_test_split

    pixels = digit_frame(42_000).drop(columns="label").to_numpy()
    X_train, _ = train_test_split(pixels, test_size=0.3, random_state=42)
    for stored, computed in zip(load_scaler(WEIGHTS), minimum_and_range(X_train), strict=True):
        np.testing.assert_array_equal(stored, computed)


@pytest.mark.parametrize("path", sorted(DATA_DIRECTORY.glob("*.gz")), ids=lambda path: path.name)
def test_a_file_of_mnist_is_packed_without_name_or_time(path):
    assert path.read_bytes()[:8] == b"\x1f\x8b\x08\0\0\0\0\0"


@pytest.mark.parametrize(
    ("name", "layers", "others"),
    [
        ("nn_sample", 3, "x_min x_range"),
        ("mlp", 2, "shift1 factor1"),
        ("lenet5", 5, "shift1 factor1"),
    ],
)
def test_a_file_of_weights_holds_float32_under_the_names_on_the_card(name, layers, others):
    names = {f"{letter}{k}" for letter in "Wb" for k in range(1, layers + 1)}
    with np.load(DATA_DIRECTORY / f"{name}.npz") as arrays:
        assert set(arrays) == names | set(others.split())
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("name", "runs", "epochs", "rate"), [("mlp", 4, 12, 0.002), ("lenet5", 1, 30, 0.003)]
)
def test_a_history_is_that_of_the_training_on_the_card(name, runs, epochs, rate):
    frame = pd.read_csv(DATA_DIRECTORY / f"{name}_history.csv")
    assert {"loss", "validation_loss", "validation_accuracy", "learning_rate"} <= set(frame)
    assert frame["epoch"].tolist() == [*range(1, epochs + 1)] * runs
    for first in range(0, len(frame), epochs):
        rates = frame["learning_rate"][first : first + epochs]
        assert rates.iloc[1] == rates.max() == rate  # the first epoch ends there
        assert (np.diff(rates[1:]) < 0).all()
        assert rates.iloc[-1] < rate / 20


SCRIPTS = ["nn_sample", "mlp", "lenet5"]


@pytest.fixture
def script(request, monkeypatch):
    """A script of `make weights`, which sets a variable of this process when it is imported."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return importlib.import_module(f"tools.train_{request.param}")


@pytest.mark.parametrize("script", SCRIPTS, indirect=True)
def test_a_script_of_make_weights_writes_the_same_bytes_again(script, monkeypatch):
    setting = script.CANDIDATES[-1]
    if hasattr(setting, "epochs"):
        setting = setting._replace(epochs=2)
    monkeypatch.setattr(script, "EPOCHS", 2, raising=False)
    mnist, n = load_mnist(), 300
    X, y = mnist.train_images[:n], mnist.train_labels[:n]

    def trained():
        if script.__name__.endswith("nn_sample"):
            pixels = X.reshape(n, -1)
            return script.train(pixels, y, minimum_and_range(pixels), setting)
        return script.train(X[:, np.newaxis] if "lenet5" in script.__name__ else X, y, setting)[0]

    np.testing.assert_array_equal(trained().theta, trained().theta)


@pytest.mark.parametrize("script", SCRIPTS, indirect=True)
def test_the_card_tells_the_seed_and_the_candidates_of_a_script(script):
    start = CARD.index(f"`{script.__name__.replace('.', '/')}.py`")
    told = " ".join(CARD[start:].split("**Accuracy.**")[0].split())
    number = {5: "the best of five", 3: "the best of three pairs", 2: "the script prints both"}
    for text in (f"seed {script.SEED}", number[len(script.CANDIDATES)]):
        assert text in told
