"""Inference of 784-50-100-10, sigmoid sigmoid softmax, beside its peers, in float32.

All answers are compared before anything is timed. "plan" is a kept `InferencePlan`, "uint8" the
same from raw pixels, "predict_proba" the public call, which makes its plan anew each time;
"products" are the three bare matrix products. Needs onnx, onnxruntime and jax beside the
frameworks (pip install onnx onnxruntime jax).

    .venv/bin/python benchmarks/inference.py
"""

from _timing import alternate, pin, ratio  # isort: skip  (before anything that starts threads)

import os
import statistics

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax
import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPClassifier

from course_utils import (
    DATA_DIRECTORY,
    InferencePlan,
    as_sequential,
    forward,
    load_mnist,
    load_network,
    predict_proba,
    softmax,
)

ROUNDS = 21
SIZES = [1, 10, 100, 1000, 12_600]


def in_onnxruntime(arrays):
    """The network as a session of onnxruntime: a function of X."""
    nodes, name = [], "X"
    for k, function in ((1, "Sigmoid"), (2, "Sigmoid"), (3, "Softmax")):
        nodes.append(helper.make_node("Gemm", [name, f"W{k}", f"b{k}"], [f"z{k}"]))
        nodes.append(helper.make_node(function, [f"z{k}"], [name := f"a{k}"]))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])
        for name, width in (("X", 784), ("a3", 10))
    ]
    weights = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda X: session.run(None, {"X": X})[0]


def in_torch(arrays):
    """The network as a torch module: a function of X."""
    torch.set_num_threads(1)
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


def in_scikit_learn(arrays, X, y):
    """The network as an MLPClassifier: a function of X."""
    model = MLPClassifier((50, 100), activation="logistic").partial_fit(X, y, classes=range(10))
    model.coefs_ = [arrays[f"W{k}"] for k in (1, 2, 3)]
    model.intercepts_ = [arrays[f"b{k}"] for k in (1, 2, 3)]
    return model.predict_proba


def competitors(X, y):
    """Functions of (X, pixels) by name, all with the weights of the committed network."""
    path = DATA_DIRECTORY / "nn_sample.npz"
    arrays = {name: array.astype(np.float32) for name, array in load_network(path).items()}
    network = as_sequential(arrays)
    plan, from_pixels = (
        InferencePlan(network),
        InferencePlan(as_sequential(arrays, scaler=(0, 255))),
    )
    double = {name: array.astype(np.float64) for name, array in arrays.items()}
    peers = {
        "onnxruntime": in_onnxruntime(arrays),
        "torch": in_torch(arrays),
        "jax": in_jax(arrays),
        "scikit-learn": in_scikit_learn(arrays, X[:100], y[:100]),
        "textbook, float64": lambda X: forward(double, X.astype(np.float64), softmax),
        "textbook, float32": lambda X: forward(arrays, X, softmax),
        "predict_proba": lambda X: predict_proba(network, X, progress=False),
    }
    return {
        "plan": lambda X, pixels: plan(X),
        "plan, uint8": lambda X, pixels: from_pixels(pixels),
        **{name: (lambda X, pixels, f=f: f(X)) for name, f in peers.items()},
    }


def measure():
    """A dict a size and competitor: its time as a multiple of the plan's, with quartiles."""
    mnist = load_mnist()
    all_pixels = mnist.train_images[: max(SIZES)].reshape(-1, 784)
    X = all_pixels / np.float32(255)
    functions = competitors(X, mnist.train_labels.astype(int))
    rows = []
    for n in SIZES:
        batch = np.ascontiguousarray(X[:n]), np.ascontiguousarray(all_pixels[:n])
        expected = functions["textbook, float64"](*batch)
        calls = {name: (lambda f=f, batch=batch: f(*batch)) for name, f in functions.items()}
        for name, call in calls.items():
            np.testing.assert_allclose(call(), expected, rtol=0, atol=5e-6, err_msg=name)
        times = alternate(calls, ROUNDS, repeats=max(1, 3000 // (n + 10)))
        for name, values in times.items():
            rows.append(
                {
                    "images": n,
                    "competitor": name,
                    "thousand images/s": n / statistics.median(values) / 1e3,
                    "time / plan": ratio(values, times["plan"]),
                }
            )
    return rows


def main():
    pin()
    print("| images | | thousand images/s | time / plan | quartiles |")
    print("|---|---|---|---|---|")
    for row in measure():
        median, low, high = row["time / plan"]
        rate = row["thousand images/s"]
        print(
            f"| {row['images']:,} | {row['competitor']} | {rate:.0f} | {median:.2f} | "
            f"{low:.2f} to {high:.2f} |"
        )


if __name__ == "__main__":
    main()
