"""Inference of 784-50-100-10, sigmoid sigmoid softmax, beside its peers, in float32.

All answers are compared before anything is timed. Ours is a kept `InferencePlan`, from float32 or
from raw pixels; the others get float32. "predict_proba" is the public call, which makes its plan
anew each time; the textbook's code gets an array, and a DataFrame as in many notebooks; "the bare
products" are the three matrix products alone, in the plan's slices.

    .venv/bin/python -m benchmarks.inference
"""

from benchmarks._timing import THREADS, compare  # isort: skip  (before anything that starts threads)

import os
import statistics
from functools import partial

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
import onnxruntime
import pandas as pd
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier

from benchmarks import _report
from benchmarks._textbook import products_of_inference, three_layers
from course_utils import (
    DATA_DIRECTORY,
    InferencePlan,
    as_sequential,
    load_mnist,
    load_network,
    predict_proba,
)

SIZES = [1, 10, 100, 1000, 12_600]


def in_words(n):
    return f"{n:,} image{'s' if n > 1 else ''}"


GOALS = {
    **dict.fromkeys([("float32", in_words(n), "onnxruntime") for n in (10, 100, 1000)], 0.9),
    ("float32", "1 image", "onnxruntime"): 2.0,
    ("float32", "12,600 images", "onnxruntime"): 1.05,
    ("float32", "geometric mean", "onnxruntime"): 1.1,
    ("uint8", "1,000 images", "onnxruntime"): 0.95,
    ("uint8", "12,600 images", "onnxruntime"): 1.5,
    ("float32", "1 image", "textbook, DataFrame"): 15,
    **{("float32", in_words(n), "textbook, DataFrame"): 4 for n in (100, 1000, 12_600)},
    **{
        ("float32", in_words(n), peer): 1
        for n in SIZES
        for peer in ("torch", "jax", "keras", "scikit-learn")
    },
}


def in_onnxruntime(arrays, pixels=False):
    """The network as a session of onnxruntime: a function of X, floats or uint8 pixels."""
    nodes, name = [], "X"
    if pixels:  # as the plan does: the scaling goes into the weights
        arrays = arrays | {"W1": arrays["W1"] / np.float32(255)}
        nodes, name = [helper.make_node("Cast", ["X"], ["floats"], to=TensorProto.FLOAT)], "floats"
    for k, function in ((1, "Sigmoid"), (2, "Sigmoid"), (3, "Softmax")):
        nodes.append(helper.make_node("Gemm", [name, f"W{k}", f"b{k}"], [f"z{k}"]))
        nodes.append(helper.make_node(function, [f"z{k}"], [name := f"a{k}"]))
    kind = TensorProto.UINT8 if pixels else TensorProto.FLOAT
    ends = [
        helper.make_tensor_value_info("X", kind, ["N", 784]),
        helper.make_tensor_value_info("a3", TensorProto.FLOAT, ["N", 10]),
    ]
    weights = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda X: session.run(None, {"X": X})[0]


def in_torch(arrays):
    """The network as a torch module: a function of X."""
    torch.set_num_threads(THREADS)
    layers = []
    for k in (1, 2, 3):
        linear = torch.nn.Linear(*arrays[f"W{k}"].shape)
        linear.load_state_dict(
            {
                "weight": torch.from_numpy(arrays[f"W{k}"].T.copy()),
                "bias": torch.from_numpy(arrays[f"b{k}"]),
            }
        )
        layers += [linear, torch.nn.Sigmoid() if k < 3 else torch.nn.Softmax(dim=1)]
    module = torch.nn.Sequential(*layers).eval()

    def apply(X):
        with torch.inference_mode():
            return module(torch.from_numpy(X)).numpy()

    return apply


def in_jax(arrays):
    """The network compiled by jax: a function of X."""
    W1, b1, W2, b2, W3, b3 = (
        jax.numpy.asarray(arrays[f"{kind}{k}"]) for k in (1, 2, 3) for kind in "Wb"
    )

    @jax.jit
    def apply(X):
        A = jax.nn.sigmoid(X @ W1 + b1)
        return jax.nn.softmax(jax.nn.sigmoid(A @ W2 + b2) @ W3 + b3)

    return lambda X: np.asarray(apply(X))


def in_keras(arrays):
    """The network as a Keras model on jax, its fastest backend for small batches: of X."""
    widths = [len(arrays[f"b{k}"]) for k in (1, 2, 3)]
    functions = ["sigmoid", "sigmoid", "softmax"]
    layers = [keras.layers.Dense(n, f) for n, f in zip(widths, functions, strict=True)]
    model = keras.Sequential([keras.Input((784,)), *layers])
    model.set_weights([arrays[f"{kind}{k}"] for k in (1, 2, 3) for kind in "Wb"])
    model.compile()
    return model.predict_on_batch


def in_scikit_learn(arrays, X, y):
    """The network as an MLPClassifier: a function of X."""
    model = MLPClassifier((50, 100), activation="logistic").partial_fit(X, y, classes=range(10))
    model.coefs_ = [arrays[f"W{k}"] for k in (1, 2, 3)]
    model.intercepts_ = [arrays[f"b{k}"] for k in (1, 2, 3)]
    return model.predict_proba


def measure(rounds):
    mnist = load_mnist()
    all_pixels = mnist.train_images[: max(SIZES)].reshape(-1, 784)
    X, y = all_pixels / np.float32(255), mnist.train_labels.astype(int)
    path = DATA_DIRECTORY / "nn_sample.npz"
    arrays = {name: array.astype(np.float32) for name, array in load_network(path).items()}
    double = {name: array.astype(np.float64) for name, array in arrays.items()}
    weights = [arrays[f"W{k}"] for k in (1, 2, 3)]
    network = as_sequential(arrays)
    plan, from_pixels = (
        InferencePlan(network),
        InferencePlan(as_sequential(arrays, scaler=(0, 255))),
    )
    peers = {
        "onnxruntime": in_onnxruntime(arrays),
        "torch": in_torch(arrays),
        "jax": in_jax(arrays),
        "keras": in_keras(arrays),
        "scikit-learn": in_scikit_learn(arrays, X[:100], y[:100]),
        "textbook, float32": partial(three_layers, arrays),
        "predict_proba": lambda X: predict_proba(network, X, progress=False),
    }
    onnxruntime_of_pixels = in_onnxruntime(arrays, pixels=True)
    rows = []
    for n in SIZES:
        batch, pixels = np.ascontiguousarray(X[:n]), np.ascontiguousarray(all_pixels[:n])
        calls = {name: partial(peer, batch) for name, peer in peers.items()}
        frame = pd.DataFrame(batch.astype(np.float64))
        calls["textbook, float64"] = partial(three_layers, double, frame.to_numpy())
        calls["textbook, DataFrame"] = partial(three_layers, double, frame)
        ours = {"float32": partial(plan, batch), "uint8": partial(from_pixels, pixels)}
        expected = calls["textbook, float64"]()
        ours["onnxruntime, uint8"] = partial(onnxruntime_of_pixels, pixels)
        for name, call in (calls | ours).items():
            np.testing.assert_allclose(call(), expected, rtol=0, atol=5e-6, err_msg=name)
        calls["the bare products"] = products_of_inference(weights, batch)
        repeats = max(1, 3000 // (n + 10))
        size = in_words(n)
        rows += compare("float32", size, {"ours": ours["float32"], **calls}, rounds, repeats)
        few = {
            "ours": ours["uint8"],
            "onnxruntime": partial(onnxruntime_of_pixels, pixels),
            "onnxruntime, float32": calls["onnxruntime"],
            "the bare products": calls["the bare products"],
        }
        rows += compare("uint8", size, few, rounds, repeats)
    return [*rows, geometric_mean(rows, "float32", "onnxruntime")]


def geometric_mean(rows, subject, peer):
    """A row for all sizes together."""
    mine = [row for row in rows if (row["subject"], row["peer"]) == (subject, peer)]
    names = ("milliseconds", "ratio", "low", "high")
    means = {name: statistics.geometric_mean(row[name] for row in mine) for name in names}
    return {"subject": subject, "size": "geometric mean", "peer": peer, **means}


if __name__ == "__main__":
    _report.main("inference", measure, GOALS, rounds=21)
