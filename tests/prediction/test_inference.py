"""Prediction: the same answer at any batch size, from any source, within bounded memory."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import (
    Activation,
    Dense,
    Flatten,
    Scale,
    Sequential,
    forward,
    init_network,
    predict,
    predict_logits,
    predict_proba,
    sigmoid,
    softmax,
)
from course_utils.prediction import _batches, inference
from tests.closeness import assert_close, roundings
from tests.messages import says

FUNCTIONS = {"proba": predict_proba, "classes": predict, "logits": predict_logits}
every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


def make(output="softmax", n_out=3):
    return Sequential(
        Scale(1.0, 0.5),
        Dense(4, 8, rng=0),
        Activation("relu"),
        Dense(8, n_out, rng=1),
        output=output,
    )


NETWORK = make()
X = np.random.default_rng(3).normal(size=(23, 4)).astype(np.float32)
LOGITS = NETWORK.forward(X)
ROUNDINGS = roundings(NETWORK, X)
EXPECTED = {predict_proba: softmax(LOGITS), predict: LOGITS.argmax(1), predict_logits: LOGITS}


# -- what is answered -----------------------------------------------------------------------


def test_the_softmax_head():
    assert_close(predict_proba(NETWORK, X), softmax(LOGITS), **ROUNDINGS)
    np.testing.assert_array_equal(predict(NETWORK, X), LOGITS.argmax(axis=1))
    assert_close(predict_logits(NETWORK, X), LOGITS, **ROUNDINGS)


def test_the_sigmoid_head():
    one = make("sigmoid", n_out=1)
    assert_close(predict_proba(one, X), sigmoid(one.forward(X)), **roundings(one, X))
    np.testing.assert_array_equal(predict(one, X), one.forward(X)[:, 0] > 0)
    assert predict(one, X).dtype.kind == "i"
    several = make("sigmoid", n_out=3)
    np.testing.assert_array_equal(predict(several, X), several.forward(X) > 0)


def test_the_identity_head():
    network = make("identity")
    for function in FUNCTIONS.values():
        assert_close(function(network, X), LOGITS, **ROUNDINGS)


def test_the_textbooks_dict_has_a_softmax_head():
    data = X[:, :2].astype(np.float64)
    close = roundings(init_network(), data)
    expected = forward(init_network(), data, softmax)
    assert_close(predict_proba(init_network(), data, batch_size=5), expected, **close)
    np.testing.assert_array_equal(predict(init_network(), data), expected.argmax(axis=1))
    assert_close(predict_logits(init_network(), data), forward(init_network(), data), **close)


@pytest.mark.parametrize("network", [Dense(4, 2), "network", None, 3])
def test_what_is_no_network_is_refused(network):
    message = says("Sequential or a dict", f"got {type(network).__name__}", "Sequential(layer)")
    with pytest.raises(TypeError, match=message):
        predict(network, X)


# -- batches --------------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize("batch_size", [1, 2, 7, 22, 23, 28, np.int64(5)])
def test_any_batch_size_gives_the_same_answer(function, batch_size):
    answers = function(NETWORK, X, batch_size=batch_size)
    assert_close(answers, function(NETWORK, X, 23), **ROUNDINGS)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(1, 23), st.integers(1, 30), st.sampled_from(["f4", "f8", "i2", "u1"]))
def test_any_number_of_samples_and_type(n, batch_size, dtype):
    data = (10 * np.abs(X[:n])).astype(dtype)
    result = predict_proba(NETWORK, data, batch_size)
    assert (result.shape, result.dtype) == ((n, 3), np.float32)
    assert_close(result, softmax(NETWORK.forward(data)), **roundings(NETWORK, data))


@every_function
def test_batches_are_never_larger_than_asked_for(function, monkeypatch):
    sizes = []
    original = Dense.forward

    def spy(self, X, **options):
        sizes.append(len(X))
        return original(self, X, **options)

    monkeypatch.setattr(Dense, "forward", spy)
    function(NETWORK, X, batch_size=10)
    assert sizes == [10, 10, 10, 10, 3, 3]


@every_function
@pytest.mark.parametrize("filled", [True, False])
def test_every_chunk_is_cut_into_batches_and_the_next_one_waits(function, filled, monkeypatch):
    course = []
    original = Dense.forward

    def spy(self, X, **options):
        course.append(len(X))
        return original(self, X, **options)

    def source():
        for number, chunk in enumerate(chunks(), 1):
            course.append(f"chunk {number}")
            yield chunk

    monkeypatch.setattr(Dense, "forward", spy)
    out = np.empty_like(EXPECTED[function]) if filled else None
    list(function(NETWORK, source(), batch_size=5, out=out))
    sizes = [("chunk 1", [5, 5]), ("chunk 2", [1]), ("chunk 3", [5, 5, 2])]
    # each batch passes two dense layers
    assert course == [x for name, batches in sizes for x in (name, *np.repeat(batches, 2))]


@pytest.mark.parametrize(
    ("batch_size", "error", "message"),
    [
        (0, ValueError, "batch_size must be at least 1; got 0"),
        (-1, ValueError, "batch_size must be at least 1; got -1"),
        (2.5, TypeError, "batch_size must be a whole number of at least 1; got 2.5 of type float"),
        ("8", TypeError, "batch_size must be a whole number"),
    ],
)
@every_function
def test_an_impossible_batch_size_is_refused(function, batch_size, error, message):
    with pytest.raises(error, match=message):
        function(NETWORK, X, batch_size=batch_size)


# -- sources --------------------------------------------------------------------------------


def chunks(sizes=(10, 1, 12)):
    start = 0
    for size in sizes:
        yield X[start : start + size]
        start += size


@every_function
def test_lists_and_frames_are_taken(function):
    expected = function(NETWORK, X)
    assert_close(function(NETWORK, X.tolist()), expected, **ROUNDINGS)
    np.testing.assert_array_equal(function(NETWORK, pd.DataFrame(X)), expected)


@every_function
def test_a_memory_map_goes_in_and_out(function, tmp_path):
    source = np.memmap(tmp_path / "in", np.float32, "w+", shape=X.shape)
    source[:] = X
    expected = function(NETWORK, X)
    out = np.memmap(tmp_path / "out", expected.dtype, "w+", shape=expected.shape)
    assert function(NETWORK, source, batch_size=5, out=out) is out
    assert_close(out, expected, **ROUNDINGS)


@every_function
def test_a_stream_of_chunks_fills_out(function):
    expected = function(NETWORK, X)
    out = np.full_like(expected, -9)
    assert function(NETWORK, chunks(), batch_size=4, out=out) is out
    assert_close(out, expected, **ROUNDINGS)


@every_function
def test_a_stream_is_answered_chunk_by_chunk_as_it_is_asked_for(function):
    drawn = []

    def source():
        for k, chunk in enumerate(chunks()):
            drawn.append(k)
            yield chunk

    answers = function(NETWORK, source(), batch_size=4)
    assert drawn == []
    first = next(answers)
    assert drawn == [0]
    assert len(first) == 10
    rest = list(answers)
    assert drawn == [0, 1, 2]
    assert_close(np.concatenate([first, *rest]), function(NETWORK, X), **ROUNDINGS)


def test_a_stream_of_another_length_than_out_is_refused():
    with pytest.raises(ValueError, match="out has 20 rows, but X gave 23 samples or more"):
        predict(NETWORK, chunks(), out=np.empty(20, int))
    with pytest.raises(
        ValueError, match=r"out has 25 rows, but X gave only 23 samples; .* from 23"
    ):
        predict(NETWORK, chunks(), out=np.empty(25, int))


def test_memory_stays_that_of_a_batch():
    network = Sequential(Dense(100, 50, rng=0), Activation("relu"), Dense(50, 2, rng=0))
    data = np.ones((20_000, 100), np.float32)
    out = np.empty((20_000, 2), np.float32)
    a_batch = 500 * (100 + 50 + 50 + 2) * 4
    predict_logits(network, data[:10])
    tracemalloc.start()
    try:
        predict_logits(network, data, batch_size=500, out=out)
        whole = peak_and_reset()
        predict_logits(network, (data[k : k + 1000] for k in range(0, 20_000, 1000)), 500, out=out)
        streamed = peak_and_reset()
    finally:
        tracemalloc.stop()
    assert whole < 1.5 * a_batch
    assert streamed < 1.5 * a_batch
    assert data.nbytes > 15 * a_batch


def peak_and_reset():
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    return peak


# -- out ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(22, 3), (23, 4), (23,), (24, 3)])
def test_out_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"out must have shape \(23, 3\); got"):
        predict_proba(NETWORK, X, out=np.empty(shape, np.float32))


def test_out_must_be_able_to_hold_the_answer():
    with pytest.raises(TypeError, match="hold float32; got an array of type int64"):
        predict_proba(NETWORK, X, out=np.empty((23, 3), np.int64))
    for dtype in (np.float64, np.float16):
        out = np.empty((23, 3), dtype)
        result = predict_proba(NETWORK, X, out=out)
        np.testing.assert_array_equal(result, predict_proba(NETWORK, X).astype(dtype))


# -- the bar, the default, the check ---------------------------------------------------------


@every_function
@pytest.mark.parametrize("progress", [True, False])
@pytest.mark.parametrize("source", ["array", "stream", "answers"])
def test_a_bar_counts_samples(function, progress, source, monkeypatch):
    made = []

    class Bar:
        def __init__(self, total=None, unit=None, enabled=None):
            made.append([total, unit, enabled, 0])

        def update(self, n):
            made[0][3] += n

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

    monkeypatch.setattr(inference, "Progress", Bar)
    options = {} if progress else {"progress": False}
    if source == "array":
        function(NETWORK, X, batch_size=10, **options)
    elif source == "stream":
        function(NETWORK, chunks(), 10, np.empty_like(EXPECTED[function]), **options)
    else:
        list(function(NETWORK, chunks(), batch_size=10, **options))
    assert made == [[23 if source == "array" else None, "sample", progress, 23]]


@every_function
def test_a_thousand_samples_go_at_a_time(function, monkeypatch):
    sizes = []
    monkeypatch.setattr(_batches, "check_finite", lambda Z, name, row: sizes.append((row, Z.shape)))
    monkeypatch.setattr(_batches, "plan_for", lambda network, finish: None)
    function(NETWORK, np.zeros((1001, 4), np.float32))
    assert sizes == [(0, (1000, 8)), (1000, (1, 8))]  # what is checked: the first pre-activation


# -- bad input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (X[:, :3], ValueError, r"shape \(N, 4\); got shape \(23, 3\)"),
        (X[0], ValueError, r"got shape \(4,\).*A single sample goes in as (X|chunk)\[np.newaxis\]"),
        (X[np.newaxis], ValueError, r"got shape \(1, 23, 4\).*Flatten it first"),
        (X[:0], ValueError, r"is empty: got shape \(0, 4\)"),
        (5.0, ValueError, r"got shape \(\)"),
        (np.full((2, 4), "a"), TypeError, "real numbers; got an array of type <U1"),
        (np.full((2, 4), None), TypeError, "type object"),
        (X.astype("datetime64[s]"), TypeError, "type datetime64"),
    ],
)
@every_function
def test_bad_input_is_refused(function, data, error, message):
    with pytest.raises(error, match=message):
        function(NETWORK, data)
    answers = function(NETWORK, iter([X, data]))
    next(answers)
    with pytest.raises(error, match=f"^chunk .*{message}"):
        next(answers)
    with pytest.raises(error, match=f"^chunk .*{message}"):
        function(NETWORK, iter([data]), out=np.empty((23, 3)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 9, 10, 22])
@pytest.mark.parametrize("column", [0, 3])
def test_the_first_sample_that_is_not_finite_is_named(bad, row, column):
    data = X.copy()
    data[row:, column] = bad
    with pytest.raises(ValueError, match=f"NaN or infinity: sample {row} is the first"):
        predict(NETWORK, data, batch_size=10)
    with pytest.raises(ValueError, match=f"NaN or infinity: sample {row} is the first"):
        predict(NETWORK, iter([data[:7], data[7:]]), batch_size=4, out=np.empty(23, int))
    with pytest.raises(ValueError, match=f"NaN or infinity: sample {row} is the first"):
        list(predict(NETWORK, iter([data[:3], data[3:7], data[7:]]), batch_size=4))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinity_is_found_before_an_activation_makes_it_finite(value):
    network = Sequential(Dense(4, 8, rng=0), Activation("tanh"), Dense(8, 3, rng=1))
    data = X.copy()
    data[20, 1] = value
    with pytest.raises(ValueError, match=r"NaN or infinity: sample 20 is the first\."):
        predict(network, data)


@pytest.mark.parametrize("row", [0, 999, 1000, 1256, 2100, 2499])
def test_a_sample_beyond_the_first_batch_has_its_own_number(row):
    """Whether its batch goes by the plan, as all here do, or not."""
    data = np.resize(X, (2500, 4))
    data[row, 2] = np.nan
    for source in (data, iter([data[:1500], data[1500:]])):
        with pytest.raises(ValueError, match=rf"NaN or infinity: sample {row} is the first\."):
            predict(NETWORK, source, out=np.empty(2500, int), progress=False)


def test_not_finite_is_found_where_no_layer_learns():
    network = Sequential(Flatten(), Activation("relu"), input_shape=(2, 2))
    data = np.ones((3, 2, 2))
    assert predict(network, data).shape == (3, 4)
    data[2, 1, 1] = -np.inf  # the ReLU would turn it into 0
    with pytest.raises(ValueError, match="sample 2 is the first"):
        predict(network, data)


def test_a_value_too_large_for_the_network_is_found():
    with pytest.raises(ValueError, match=r"X \(as float32, after the first layer\) .*sample 1"):
        predict(NETWORK, np.array([[1, 1, 1, 1], [1e300, 1, 1, 1]]))


def test_the_input_is_not_modified():
    before = X.copy()
    for function in FUNCTIONS.values():
        function(NETWORK, X, 5)
    np.testing.assert_array_equal(X, before)
