"""fit learns what can be learned, refuses what can't, and loses nothing on the way."""

from typing import ClassVar

import numpy as np
import pytest

from course_utils import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    BatchNorm,
    Dense,
    EarlyStopping,
    History,
    Layer,
    Momentum,
    RMSprop,
    Scale,
    Sequential,
    batches,
    evaluate,
    fit,
    training,
)
from tests.closeness import assert_close
from tests.fits import A_STEP, LINE, X, Y, classifier, line, run
from tests.views import assert_views_hold

# -- batches --------------------------------------------------------------------------------


def test_batches_cover_every_sample_once():
    assert [batch.tolist() for batch in batches(7, 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    shuffled = list(batches(7, 3, np.random.default_rng(1)))
    assert [len(batch) for batch in shuffled] == [3, 3, 1]
    assert sorted(np.concatenate(shuffled).tolist()) == list(range(7))
    assert np.concatenate(shuffled).tolist() != list(range(7))
    assert [batch.tolist() for batch in batches(2, 5)] == [[0, 1]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 1), ValueError, "n_samples must be at least 1; got 0"),
        ((1, 0), ValueError, "batch_size must be at least 1; got 0"),
        ((1, 1.5), TypeError, "batch_size must be a whole number"),
    ],
)
def test_batches_of_nothing_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        list(batches(*arguments))


# -- learning -------------------------------------------------------------------------------


def test_a_line_is_learned_exactly():
    network = line()
    fit(network, LINE, 3 * LINE + 1, "mean_squared_error", SGD(0.5), epochs=200, batch_size=10)
    # what is off shrinks by 0.67 in each of 200 steps, the mean square of x; float64 is left
    assert_close(network.theta, [3, 1], terms=200)


def test_one_step_is_the_step_by_hand():
    network = line()
    fit(network, [[1.0], [3.0]], [[2.0], [2.0]], "mean_squared_error", SGD(0.1), 1, 2)
    # loss gradient at 0: -2 (y x) / N for W, -2 y / N for b
    assert_close(network.theta, [0.1 * (2 * 1 + 2 * 3), 0.1 * (2 + 2)], terms=2 * 2 + 4)


@pytest.mark.parametrize(("output", "n_out", "y"), [("softmax", 2, Y), ("sigmoid", 1, Y[:, None])])
def test_a_classifier_learns_what_no_line_can(output, n_out, y):
    network = classifier(output=output, n_out=n_out)
    loss = f"{output}_cross_entropy"
    history = run(
        network,
        y=y,
        loss=loss,
        optimizer=Adam(0.03),
        epochs=150,
        rng=np.random.default_rng(0),
        validation=(X, y),
    )
    assert history.validation_accuracy[-1] >= 0.95
    assert history.loss[-1] < 0.2 < history.loss[0]
    assert len(history) == len(history.validation_loss) == 150
    assert history.stopped == ""
    assert evaluate(network, X, y, loss)[1] == history.validation_accuracy[-1]
    assert_views_hold(network)


def test_one_hot_targets_equal_class_numbers():
    one, other = classifier(), classifier()
    history = run(one, validation=(X, Y))
    as_rows = run(other, y=np.eye(2)[Y], validation=(X, np.eye(2)[Y]))
    assert_close(one.theta, other.theta, terms=5 * A_STEP)
    assert as_rows.validation_accuracy == history.validation_accuracy


def test_pixels_may_stay_uint8():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 2), dtype=np.uint8)
    one = Sequential(Scale(0, 1 / 255), Dense(2, 2, rng=0), output="softmax")
    other = Sequential(Dense(2, 2, rng=0), output="softmax")
    run(one, X=pixels, y=Y[:20])
    run(other, X=pixels.astype(np.float32) / 255, y=Y[:20])
    assert_close(one.theta, other.theta, terms=3 * A_STEP)


def test_the_mean_loss_counts_a_short_batch_by_its_samples():
    network = line()
    network.trainable = False
    y = np.arange(1.0, 6.0).reshape(-1, 1)
    history = fit(network, np.ones((5, 1)), y, "mean_squared_error", SGD(0.1), 2, batch_size=4)
    assert history.loss == [np.mean(y**2)] * 2


def test_the_generator_decides_the_order():
    networks = [classifier() for _ in range(4)]
    for network, seed in zip(networks, [1, 1, 2, None], strict=True):
        run(network, rng=None if seed is None else np.random.default_rng(seed), epochs=2)
    thetas = [network.theta for network in networks]
    np.testing.assert_array_equal(thetas[0], thetas[1])
    assert not np.array_equal(thetas[0], thetas[2])
    again = classifier()
    run(again, epochs=2)
    np.testing.assert_array_equal(again.theta, thetas[3])


def test_every_epoch_is_shuffled_anew():
    seen = []

    class Spy(Layer):
        def forward(self, X, training=False, cache=None):
            if training:
                seen.append(X[:, 0].tolist())
            return X

    data = np.arange(6.0).reshape(-1, 1)
    network = Sequential(Spy(), Dense(1, 1, dtype=np.float64))
    arguments = (network, data, data, "mean_squared_error", SGD(1e-3), 2)
    fit(*arguments, batch_size=6, rng=np.random.default_rng(0))
    assert seen[0] != seen[1]
    assert sorted(seen[0]) == sorted(seen[1]) == data[:, 0].tolist()
    seen.clear()
    fit(*arguments, batch_size=4)
    assert seen == [[0, 1, 2, 3], [4, 5]] * 2


def test_the_optimizer_remembers_from_one_fit_to_the_next():
    whole, parts = classifier(), classifier()
    run(whole, optimizer=Momentum(0.1), epochs=4)
    optimizer = Momentum(0.1)
    for _ in range(2):
        run(parts, optimizer=optimizer, epochs=2)
    np.testing.assert_array_equal(whole.theta, parts.theta)


# -- penalties and clipping -----------------------------------------------------------------


def one_step(theta, X, y, optimizer=None, **options):
    """theta after one step over all samples, from a given start; two weights and a bias."""
    network = Sequential(Dense(2, 1, dtype=np.float64))
    network.theta = theta
    optimizer = SGD(0.1) if optimizer is None else optimizer
    history = fit(network, X, y, "mean_squared_error", optimizer, 1, len(X), **options)
    return network.theta, history


NOTHING = np.zeros((1, 2)), np.zeros((1, 1))  # its gradient in the weights is 0


@pytest.mark.parametrize(
    ("options", "weights", "penalty"),
    [
        ({}, [2, -3], []),
        # 2 - 0.1 * 0.5 * 2, -3 - 0.1 * 0.5 * -3; 0.5 / 2 * (4 + 9)
        ({"l2": 0.5}, [1.9, -2.85], [3.25]),
        # 2 - 0.1 * 0.5, -3 + 0.1 * 0.5; 0.5 * (2 + 3)
        ({"l1": 0.5}, [1.95, -2.95], [2.5]),
        ({"l1": 0.5, "l2": 0.5}, [1.85, -2.8], [5.75]),
        ({"l1": lambda n: 0.5 / n, "l2": lambda n: n / 2}, [1.85, -2.8], [5.75]),
        ({"l2": lambda n: 0}, [2, -3], [0]),
    ],
)
def test_penalties_by_hand(options, weights, penalty):
    theta, history = one_step([2, -3, 5], *NOTHING, **options)
    # the bias is not penalised: dL/db = 2 * 5, and 5 - 0.1 * 10
    assert_close(theta, [*weights, 4], terms=10)
    assert history.loss == [25]  # without penalties
    assert history.penalty == penalty


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_the_factor_of_a_penalty_may_follow_from_the_batch(name):
    asked = []

    def factor(n):
        asked.append(n)
        return 3 / n

    data, weight = np.ones((5, 1)), [1.0, 0.5, 0.0, 0.25, 2.0]
    arguments = (data, data, "mean_squared_error", SGD(1e-300), 2, 3)
    network = line()
    network.theta = [1, 5]
    history = fit(network, *arguments, **{name: factor})
    assert asked == [3, 2] * 2
    # |w| is w^2 here; batches count by their samples: (3 * 3/3 + 2 * 3/2) / 5
    assert history.penalty == [1.2 if name == "l1" else 0.6] * 2
    fit(network, *arguments, sample_weight=weight, **{name: factor})
    assert asked[4:] == [1.75, 2] * 2


def test_the_penalty_is_told_before_the_step_and_over_all_batches():
    network = line()
    network.theta = [2, 0]
    X = np.zeros((3, 1))
    history = fit(network, X, X, "mean_squared_error", SGD(0.5), 1, batch_size=2, l2=1.0)
    assert_close(history.penalty, [(2 * 2**2 / 2 + 1 * 1**2 / 2) / 3], terms=6)


def test_a_penalty_is_part_of_the_gradient_that_adam_sees():
    theta, _ = one_step([2, -3, 0], *NOTHING, optimizer=Adam(0.1), l2=1e-3)
    # of the step of 0.1, Adam's eps of 1e-8 beside the gradient of 0.002 takes 5e-7
    np.testing.assert_allclose(theta, [1.9, -2.9, 0], rtol=0, atol=1e-6)


def test_a_weight_at_zero_has_no_l1_gradient():
    theta, _ = one_step([0, 0, 0], *NOTHING, l1=1.0)
    assert theta.tolist() == [0, 0, 0]


def test_l1_makes_weights_zero_that_are_not_needed():
    data = np.random.default_rng(0).normal(size=(50, 2))
    network = Sequential(Dense(2, 1, rng=0, dtype=np.float64))
    fit(network, data, data[:, :1], "mean_squared_error", SGD(0.01), 400, 10, l1=0.1)
    assert abs(network.theta[1]) < 0.005
    assert 0.9 < network.theta[0] < 0.99


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        (None, [-8, -6]),
        (100.0, [-8, -6]),
        (10.0, [-0.8, -0.6]),
        (1, [-0.08, -0.06]),
    ],
)
def test_a_long_gradient_is_shortened(norm, expected):
    # dL/dW = 2 (0 - y) x = 2 * [40, 30], a vector of length 100, and nothing in the bias
    X, y = np.array([[4.0, 3.0], [-4.0, -3.0]]), np.array([[-10.0], [10.0]])
    theta, _ = one_step([0, 0, 0], X, y, clip_norm=norm)
    assert_close(theta, [*expected, 0], terms=15)


def test_a_frozen_layer_does_not_count_in_the_norm():
    lone, network = line(), Sequential(Dense(1, 1, init="zeros"), Dense(1, 1), dtype=np.float64)
    network.params["W1"], network.params["W2"] = [[1.0]], [[0.0]]
    network[0].trainable = False
    for trained in (lone, network):
        fit(trained, [[1.0]], [[100.0]], "mean_squared_error", SGD(1.0), 1, 1, clip_norm=0.5)
    assert_close(network.theta[2:], lone.theta, terms=15)
    assert_close(np.linalg.norm(lone.theta), 0.5, terms=15)


# -- augmentation ---------------------------------------------------------------------------


def test_every_batch_is_augmented_anew_and_validation_is_not():
    seen = []

    def augment(batch, generator):
        seen.append((batch.copy(), generator))
        return batch * 0

    network, rng = line(), np.random.default_rng(0)
    fit(
        network,
        LINE,
        LINE + 1,
        "mean_squared_error",
        SGD(0.1),
        epochs=2,
        batch_size=4,
        rng=rng,
        augment=augment,
        validation=(LINE, LINE + 1),
    )
    assert [len(batch) for batch, _ in seen] == [4, 4, 2] * 2
    assert all(generator is rng for _, generator in seen)
    assert network.theta[0] == 0  # every input was 0


# -- weights of samples and classes ---------------------------------------------------------


def test_the_mean_loss_counts_a_batch_by_its_weights():
    network = line()
    network.trainable = False
    y = np.array([[1.0], [2.0], [3.0]])
    weight = [1.0, 3.0, 2.0]
    arguments = (network, np.ones((3, 1)), y, "mean_squared_error", SGD(0.1), 1)
    history = fit(*arguments, batch_size=2, sample_weight=weight)
    assert_close(history.loss[0], (1 * 1 + 3 * 4 + 2 * 9) / 6, terms=10)


# -- going on -------------------------------------------------------------------------------


def test_a_history_goes_on():
    whole, parts = classifier(), classifier()
    optimizer, rng = Momentum(0.1), np.random.default_rng(2)
    expected = run(whole, optimizer=Momentum(0.1), rng=np.random.default_rng(2), epochs=5)
    history = run(parts, optimizer=optimizer, rng=rng, epochs=2)
    again = run(parts, optimizer=optimizer, rng=rng, epochs=5, history=history)
    assert again is history
    assert history == expected
    np.testing.assert_array_equal(parts.theta, whole.theta)
    assert len(run(parts, optimizer=optimizer, epochs=5, history=history)) == 5


def test_the_history_tells_the_rate_of_every_epoch():
    optimizer = SGD(0.1)

    def halve(network, history):
        optimizer.lr /= 2

    history = run(classifier(), optimizer=optimizer, epochs=3, callbacks=[halve])
    assert history.learning_rate == [0.1, 0.05, 0.025]


def test_the_rate_of_an_epoch_is_that_of_its_first_step():
    history = run(classifier(), optimizer=SGD(lambda step: 0.1 / (1 + step)), epochs=3)
    assert history.learning_rate == [0.1 / (1 + step) for step in (0, 5, 10)]  # of 5 batches each


def test_the_frame_has_a_row_an_epoch_and_a_column_for_what_was_measured():
    history = run(classifier(), epochs=3)
    frame = history.to_frame()
    assert list(frame.columns) == ["loss", "learning_rate"]
    assert frame.index.tolist() == [1, 2, 3]
    assert frame.index.name == "epoch"
    assert frame["loss"].tolist() == history.loss
    watched = run(classifier(), validation=(X, Y)).to_frame()
    columns = ["loss", "validation_loss", "validation_accuracy", "learning_rate"]
    assert list(watched.columns) == columns
    assert History().to_frame().empty


# -- other targets --------------------------------------------------------------------------


def test_several_yes_no_questions_count_each_answer():
    network = Sequential(Dense(2, 3, init="zeros"), output="sigmoid")
    network.params["b1"] = [1, 1, -1]
    y = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    assert evaluate(network, X[:2], y, "sigmoid_cross_entropy")[1] == 5 / 6


class RecordedBar:
    """In place of a progress bar: remembers how it was made and updated."""

    made: ClassVar = []

    def __init__(self, *args, **options):
        self.made.append((args, options, []))

    def update(self, n=1, description=None):
        self.made[-1][2].append((n, description))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass


@pytest.mark.parametrize(("options", "enabled"), [({}, True), ({"progress": False}, False)])
def test_the_bar_counts_all_batches_and_tells_the_loss(monkeypatch, options, enabled):
    RecordedBar.made.clear()
    monkeypatch.setattr(training, "Progress", RecordedBar)
    history = run(classifier(), epochs=2, batch_size=30, **options)
    ((args, made, updates),) = RecordedBar.made
    assert (args, made) == ((4,), {"unit": "batch", "enabled": enabled})
    assert [n for n, _ in updates] == [1] * 4
    assert [text.split(",")[0] for _, text in updates] == ["epoch 1/2"] * 2 + ["epoch 2/2"] * 2
    first, second = (float(text.split()[-1]) for _, text in updates[:2])
    assert history.loss[0] == pytest.approx((30 * first + 10 * second) / 40, abs=1e-3)


def test_evaluation_goes_batch_by_batch_without_a_bar(monkeypatch):
    RecordedBar.made.clear()
    monkeypatch.setattr(training, "Progress", RecordedBar)
    network, seen = classifier(), []
    forward = network.forward
    network.forward = lambda X: seen.append(len(X)) or forward(X)
    evaluate(network, X, Y, "softmax_cross_entropy", batch_size=30)
    assert (seen, RecordedBar.made) == ([1, 30, 10], [])  # of one, how many classes there are


def test_what_the_network_s_type_can_t_hold_is_not_evaluated():
    large = X.astype(np.float64)
    large[37, 1] = 1e300
    with pytest.raises(ValueError, match=r"X \(as float32\) holds NaN or infinity: sample 37"):
        evaluate(classifier(), large, Y, "softmax_cross_entropy", batch_size=30)


# -- validation, callbacks, interruption ----------------------------------------------------


def test_validation_data_is_measured_and_not_trained_on():
    alone, watched = classifier(), classifier()
    history = run(alone, epochs=3)
    with_validation = run(watched, epochs=3, validation=(X[:7], Y[:7]))
    np.testing.assert_array_equal(alone.theta, watched.theta)
    assert history.validation_loss == history.validation_accuracy == []
    value, accuracy = evaluate(watched, X[:7], Y[:7], "softmax_cross_entropy")
    assert with_validation.validation_loss[-1] == value
    assert with_validation.validation_accuracy[-1] == accuracy


def test_a_regression_has_no_accuracy():
    history = fit(line(), LINE, LINE, "mean_squared_error", SGD(0.1), 2, 5, validation=(LINE, LINE))
    assert len(history.validation_loss) == 2
    assert history.validation_accuracy == []
    assert evaluate(line(), LINE, LINE, "mean_squared_error")[1] is None


def test_every_callback_sees_every_epoch_and_any_can_stop():
    seen = []
    network = classifier()

    def stop(network_seen, history):
        seen.append((network_seen is network, len(history)))
        return len(history) == 2

    def watch(network_seen, history):
        seen.append("watched")

    history = run(network, epochs=9, callbacks=[stop, watch])
    assert seen == [(True, 1), "watched", (True, 2), "watched"]
    assert history.stopped == "stopped by a callback after epoch 2"
    assert len(history) == 2


def test_callbacks_may_come_from_an_iterator():
    seen = []
    run(classifier(), epochs=2, callbacks=iter([lambda network, history: seen.append(history)]))
    assert len(seen) == 2


def test_an_interruption_returns_the_history_so_far():
    def interrupt(network, history):
        if len(history) == 3:
            raise KeyboardInterrupt

    history = run(classifier(), epochs=9, callbacks=[interrupt])
    assert len(history.loss) == 3
    assert history.stopped == "interrupted after 3 of 9 epochs"


def test_an_interruption_within_an_epoch_keeps_the_epochs_before():
    class Interrupting(Layer):
        passes = 0

        def forward(self, X, training=False, cache=None):
            self.passes += training
            if self.passes == 8:
                raise KeyboardInterrupt
            return X

    network = Sequential(Interrupting(), Dense(2, 2, rng=0), output="softmax")
    history = run(network, epochs=9)  # five batches an epoch
    assert len(history) == 1
    assert history.stopped == "interrupted after 1 of 9 epochs"
    assert np.isfinite(network.theta).all()


def test_an_interruption_says_how_to_go_on(capsys):
    def interrupt(network, history):
        if len(history) == 3:
            raise KeyboardInterrupt

    history = run(classifier(), epochs=9, callbacks=[interrupt])
    said = capsys.readouterr().out
    assert said.startswith("fit was interrupted after 3 of 9 epochs. The network keeps")
    assert "fit(..., epochs=9, history=history) goes on" in said
    run(classifier(), epochs=9, history=history)
    assert len(history) == 9
    assert history.stopped == ""
    assert capsys.readouterr().out == ""


def test_an_interrupted_validation_leaves_no_half_an_epoch(monkeypatch):
    evaluated = []

    def interrupted(*arguments):
        evaluated.append(arguments)
        if len(evaluated) == 2:
            raise KeyboardInterrupt
        return evaluate(*arguments)

    monkeypatch.setattr(training, "evaluate", interrupted)
    history = run(classifier(), epochs=9, validation=(X, Y), l2=0.1)
    assert {len(values) for values in history.columns().values()} == {1}
    assert len(history.to_frame()) == 1


@pytest.mark.parametrize("frozen", [False, True])
def test_an_interrupted_step_is_taken_back(frozen):
    class Interrupted(SGD):
        def _update(self, theta, grad):
            if self.steps == 3:
                theta += 1
                raise KeyboardInterrupt
            super()._update(theta, grad)

    network, three = classifier(), classifier()
    network.layers[0].trainable = three.layers[0].trainable = not frozen
    run(network, optimizer=Interrupted(0.1))
    run(three, X=X[:24], y=Y[:24])
    np.testing.assert_array_equal(network.theta, three.theta)


# -- random generators ----------------------------------------------------------------------


def test_a_seed_shuffles_as_the_generator_does():
    thetas = []
    for rng in (0, np.random.default_rng(0), np.int64(0)):
        network = classifier()
        run(network, epochs=3, rng=rng)
        thetas.append(network.theta.tolist())
    assert thetas[0] == thetas[1] == thetas[2]
    assert list(map(list, batches(9, 4, 0))) == list(
        map(list, batches(9, 4, np.random.default_rng(0)))
    )


def test_a_seed_makes_one_generator_for_a_whole_training():
    seen = []

    def augment(X, rng):
        seen.append(rng)
        return X

    run(classifier(), epochs=2, rng=0, augment=augment)
    assert len(set(map(id, seen))) == 1
    assert isinstance(seen[0], np.random.Generator)


# -- divergence -----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:X is not scaled")
@pytest.mark.parametrize(
    ("optimizer", "remembered"),
    [
        (Adam(), "sum_of_squares"),
        (AdamW(weight_decay=0), "sum_of_squares"),
        (RMSprop(), "square"),
        (AdaGrad(), "sum_of_squares"),
    ],
)
def test_an_optimizer_that_stands_still_for_ever_stops_with_the_reason(optimizer, remembered):
    network = Sequential(Dense(1, 1, rng=0))
    start, stamps = network.theta.copy(), np.linspace(1e10, 1.1e10, 8).reshape(-1, 1)
    with pytest.raises(FloatingPointError) as caught:
        fit(network, stamps, np.ones((8, 1)), "mean_squared_error", optimizer, 9, 4)
    said = str(caught.value)
    assert said.startswith(f"the optimizer's {remembered} became NaN or infinite, and steps are 0")
    assert "take a new optimizer" in said
    assert "X is not scaled: column 0 goes to 1.1e+10" in said
    assert "learning rate is too large" not in said
    assert len(caught.value.history) == 0
    assert network.theta[0] == start[0]  # the weight; the bias sees no feature


def test_running_statistics_that_overflow_stop_with_the_reason_and_are_taken_back():
    network = Sequential(BatchNorm(2), Dense(2, 2, rng=0), output="softmax")
    run(network)
    before = {name: array.copy() for name, array in network.state.items()}
    message = "the network's running_var1 became NaN or infinite in epoch 1"
    with pytest.raises(FloatingPointError, match=message):
        run(network, X=X * np.float32(1e20))
    for name, array in network.state.items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.filterwarnings("ignore:X is not scaled")
def test_a_loss_that_explodes_stops_with_the_last_finite_parameters():
    network, thetas = line(), []

    class Recording(SGD):
        def _update(self, theta, grad):
            thetas.append(theta.copy())
            super()._update(theta, grad)

    network.theta = 1
    with pytest.raises(FloatingPointError) as caught:
        fit(network, 1e3 * LINE, LINE, "mean_squared_error", Recording(1e30), 50, batch_size=10)
    assert "the loss became inf in epoch 6, with" in str(caught.value)
    assert "Recording(lr=1e+30)" in str(caught.value)
    assert "learning rate is too large" in str(caught.value)
    np.testing.assert_array_equal(network.theta, thetas[-1])
    assert np.isfinite(network.theta).all()
    history = caught.value.history
    assert isinstance(history, History)
    assert len(history) == len(thetas)
    assert_views_hold(network)


@pytest.mark.filterwarnings("ignore:X is not scaled")
def test_a_parameter_that_explodes_in_the_last_step_is_taken_back():
    network = line()
    network.theta = 1
    message = "a parameter became NaN or infinite in epoch 1, with"
    with pytest.raises(FloatingPointError, match=message) as caught:
        fit(network, [[1e100]], [[0.0]], "mean_squared_error", SGD(1e200), 1, batch_size=1)
    assert network.theta.tolist() == [1, 1]
    assert len(caught.value.history) == 0


@pytest.mark.filterwarnings("ignore:X is not scaled")
def test_logits_that_overflow_are_an_error_and_not_a_warning():
    network = Sequential(Dense(2, 2, rng=0), output="softmax")
    with pytest.raises(FloatingPointError, match="the loss became nan in epoch 2"):
        run(network, X=100 * X, optimizer=SGD(1e36), batch_size=40, epochs=3)
    assert np.isfinite(network.theta).all()


# -- bad input ------------------------------------------------------------------------------

NOT_FINITE = np.where(np.arange(40)[:, None] == 13, np.nan, X)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"X": X[:, :1]}, ValueError, r"shape \(N, 2\); got shape \(40, 1\)"),
        ({"X": X[0]}, ValueError, r"got shape \(2,\).*X\[np.newaxis\]"),
        ({"X": X.reshape(40, 1, 2)}, ValueError, r"got shape \(40, 1, 2\).*Flatten"),
        ({"X": X[:0], "y": Y[:0]}, ValueError, r"X is empty: got shape \(0, 2\)"),
        ({"X": NOT_FINITE}, ValueError, "X holds NaN or infinity: sample 13 is the first"),
        ({"X": np.full((40, 2), "a")}, TypeError, "X must hold real numbers; got .*U1"),
        ({"X": X.astype(complex)}, TypeError, "got an array of type complex"),
        ({"y": Y[:-1]}, ValueError, "X and y must have one row a sample each; got 40 rows and 39"),
        ({"y": Y + 1}, ValueError, "between 0 and 1; got 2 at position"),
        ({"y": Y - 1}, ValueError, "between 0 and 1; got -1 at position"),
        ({"y": Y + 0.5}, ValueError, "whole class numbers; got"),
        ({"y": np.where(Y, "a", "b")}, TypeError, "class numbers; got an array of type <U1"),
        ({"y": 1}, ValueError, "one target a sample; got the single value 1"),
        ({"y": np.zeros((40, 3))}, ValueError, r"y_true has shape \(8, 3\)"),
        ({"y": np.full((40, 2), np.nan)}, ValueError, "y holds NaN"),
        ({"loss": "softmax_crossentropy"}, ValueError, "did you mean 'softmax_cross_entropy'"),
        (
            {"loss": "mean_squared_error"},
            ValueError,
            r"y_true has shape \(8,\); accepted is \(8, 2\)",
        ),
        ({"optimizer": "Adam"}, TypeError, r"such as Adam\(lr=0.1\); got 'Adam'"),
        ({"optimizer": Adam}, TypeError, r"such as Adam\(lr=0.1\); got <class"),
        ({"optimizer": "adam"}, TypeError, r"such as Adam\(lr=0.1\); got 'adam'"),
        ({"clip_norm": -1}, ValueError, "clip_norm must be a number above 0; got -1"),
        ({"rng": 1.5}, TypeError, r"rng must be a generator .* or its seed, .*; got 1.5"),
        ({"rng": -1}, TypeError, "a whole number of at least 0; got -1"),
        ({"rng": "0"}, TypeError, "got '0'"),
        ({"rng": np.random}, TypeError, "got <module 'numpy.random'"),
        ({"validation": 0.2}, TypeError, r"validation must be a pair \(X, y\) .*; got 0.2"),
        ({"validation": X}, TypeError, r"validation must be a pair \(X, y\) .*; got a ndarray"),
        ({"callbacks": EarlyStopping()}, TypeError, r"must be a list, .*; got EarlyStopping"),
        ({"callbacks": None}, TypeError, "callbacks must be a list, .*; got None"),
        ({"callbacks": [EarlyStopping]}, TypeError, "a callback must be a function .*; got <class"),
        ({"callbacks": [1]}, TypeError, "a callback must be a function .*; got 1"),
        ({"augment": 1, "rng": 0}, TypeError, "augment must be a function .*; got 1"),
        ({"optimizer": 0.1}, TypeError, r"such as SGD\(lr=0.1\); got 0.1"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1; got 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be a whole number .* got 1.5"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1; got 0"),
        ({"batch_size": -8}, ValueError, "batch_size must be at least 1; got -8"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number .* got 2.5"),
        ({"validation": (X[:, :1], Y)}, ValueError, r"got shape \(40, 1\)"),
        ({"validation": (X, Y + 5)}, ValueError, "between 0 and 1; got 6"),
        ({"l1": -1}, ValueError, "l1 must be at least 0 and below inf; got -1"),
        ({"l2": lambda n: -n}, ValueError, "what l2 answers for 8 samples must be at least 0.*-8"),
        ({"l2": "0.1"}, ValueError, "l2 must be at least 0 and below inf; got '0.1'"),
        ({"clip_norm": 0}, ValueError, "must be a number above 0; got 0"),
        ({"augment": lambda X, rng: X}, ValueError, "augment needs a generator.*default_rng"),
        (
            {"augment": lambda X, rng: X[:, :1], "rng": np.random.default_rng(0)},
            ValueError,
            r"augment must answer a batch of the shape it was given, \(8, 2\); got \(8, 1\)",
        ),
        ({"sample_weight": np.ones(3)}, ValueError, r"must have shape \(40,\); got \(3,\)"),
        ({"sample_weight": -np.ones(40)}, ValueError, "0 or more.*got values from -1 to -1"),
        ({"sample_weight": np.zeros(40)}, ValueError, "one of them above 0; got values from 0"),
        (
            {"sample_weight": NOT_FINITE[:, 0]},
            ValueError,
            "^the product of sample_weight and class_weight holds NaN or infinity: sample 13 is",
        ),
        ({"class_weight": "balance"}, ValueError, "must be 'balanced', a dict or .*'balance'"),
        (
            {"class_weight": {2: 1.0}},
            ValueError,
            "^the keys of class_weight must hold .* between 0 and 1; got 2",
        ),
        ({"class_weight": [1.0]}, ValueError, r"one number a class, shape \(2,\); got shape \(1,"),
    ],
)
def test_bad_input_is_refused_before_anything_changes(changes, error, message):
    network = classifier()
    before = network.theta.copy()
    with pytest.raises(error, match=message):
        run(network, **changes)
    np.testing.assert_array_equal(network.theta, before)


@pytest.mark.parametrize("network", [Dense(2, 2), {"W1": X}, None])
@pytest.mark.parametrize("call", [run, lambda network: evaluate(network, X, Y, "cross_entropy")])
def test_only_a_network_is_trained_and_evaluated(call, network):
    name = type(network).__name__
    with pytest.raises(TypeError, match=rf"must be a Sequential; got {name}\. .*as_sequential"):
        call(network)


def test_yes_no_targets_need_the_shape_of_the_output():
    with pytest.raises(ValueError, match=r"y_true has shape \(8,\); accepted is \(8, 1\)"):
        run(classifier(output="sigmoid", n_out=1), loss="sigmoid_cross_entropy")


def test_the_input_is_not_modified():
    data, labels = X.copy(), Y.copy()
    run(classifier(), epochs=2, rng=np.random.default_rng(0), validation=(X, Y))
    np.testing.assert_array_equal(data, X)
    np.testing.assert_array_equal(labels, Y)
