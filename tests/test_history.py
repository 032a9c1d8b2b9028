"""The history of a training: a small table, as text and as HTML, and rows that stay equal."""

import pytest

from course_utils import History


def test_it_is_shown_as_a_table_of_four_digits():
    history = History([0.123456789, 102879.25], [2.0, float("inf")], learning_rate=[0.001, 0.001])
    assert repr(history).splitlines() == [
        "epoch       loss  validation_loss  learning_rate",
        "    1     0.1235                2          0.001",
        "    2  1.029e+05              inf          0.001",
    ]


def test_a_long_history_shows_its_first_and_last_epochs():
    history = History(loss=[1 / k for k in range(1, 101)])
    epochs = [line.split()[0] for line in repr(history).splitlines()[1:]]
    assert epochs == ["1", "2", "3", "4", "5", "...", "96", "97", "98", "99", "100"]
    assert repr(history).splitlines()[6].split() == ["...", "..."]
    assert len(repr(History(loss=[1.0] * 10)).splitlines()) == 11


def test_why_training_stopped_is_shown_below():
    history = History(loss=[1.0], stopped="stopped by <a callback>")
    assert repr(history).splitlines()[-1] == "stopped by <a callback>"
    assert history._repr_html_().endswith("<p>stopped by &lt;a callback&gt;</p>")


def test_the_table_in_a_notebook_has_the_same_cells():
    history = History(loss=[0.5, 0.25], penalty=[0.1, 0.2])
    assert history._repr_html_() == (
        "<table><thead><tr><th>epoch</th><th>loss</th><th>penalty</th></tr></thead><tbody>"
        "<tr><td>1</td><td>0.5</td><td>0.1</td></tr>"
        "<tr><td>2</td><td>0.25</td><td>0.2</td></tr></tbody></table>"
    )


def test_an_empty_history_is_shown_too():
    assert repr(History()) == "epoch"
    assert "<th>epoch</th>" in History()._repr_html_()


@pytest.mark.parametrize("n_epochs", [0, 1, 2])
def test_cut_keeps_the_first_epochs_of_every_list(n_epochs):
    history = History(loss=[1.0, 2.0], validation_loss=[3.0])
    history.cut(n_epochs)
    assert history.loss == [1.0, 2.0][:n_epochs]
    assert history.validation_loss == [3.0][:n_epochs]
    assert history.penalty == []


def test_epochs_without_validation_have_nan_where_others_have_a_value():
    history = History()
    history.add(loss=3.0, validation_loss=None, learning_rate=0.1)
    history.add(loss=2.0, validation_loss=2.5, learning_rate=0.1)
    history.add(loss=1.0, validation_loss=None, learning_rate=0.1)
    assert history.loss == [3.0, 2.0, 1.0]
    assert str(history.validation_loss) == "[nan, 2.5, nan]"
    assert history.validation_accuracy == []
    assert history.to_frame()["validation_loss"].tolist()[1] == 2.5
    assert repr(history).splitlines()[1].split() == ["1", "3", "nan", "0.1"]


def test_a_list_that_has_no_value_stays_empty():
    history = History()
    for loss in (2.0, 1.0):
        history.add(loss=loss, validation_accuracy=None, penalty=None)
    assert history == History(loss=[2.0, 1.0])
    assert list(history.columns()) == ["loss"]


def test_an_epoch_stands_in_all_lists_or_in_none():
    history = History(loss=[3.0], learning_rate=[0.1])
    with pytest.raises(AttributeError):
        history.add(loss=2.0, learning_rate=0.1, accuracy=0.5)
    assert (history.loss, history.learning_rate) == ([3.0], [0.1])
