"""Progress bars: late, quiet under tests, and never in the way."""

import io
import sys
from types import SimpleNamespace

import pytest
import tqdm.auto

from course_utils._progress import QUIET_VARIABLE, Progress


@pytest.fixture
def drawn(monkeypatch):
    """What is drawn when bars are not silenced."""
    monkeypatch.delenv(QUIET_VARIABLE)
    stream = io.StringIO()

    def bar(**options):
        return tqdm.std.tqdm(file=stream, mininterval=0, **options)

    monkeypatch.setattr(tqdm.auto, "tqdm", bar)
    return stream


def test_long_work_draws_a_bar_with_all_steps(drawn):
    with Progress(total=4, unit="batch", delay=0) as bar:
        for k in range(4):
            bar.update(description=f"step {k}")
    assert "4/4" in drawn.getvalue()
    assert "step 3" in drawn.getvalue()


def test_steps_before_the_bar_appeared_are_counted(drawn):
    with Progress(total=10, delay=0) as bar:
        bar._due = float("inf")
        bar.update(6)
        bar._due = 0
        bar.update(3)
    assert "9/10" in drawn.getvalue()


def test_short_work_draws_nothing(drawn):
    with Progress(total=4, delay=60) as bar:
        bar.update(4)
    assert drawn.getvalue() == ""


@pytest.mark.parametrize("value", ["1", "yes"])
def test_the_environment_variable_silences_every_bar(drawn, monkeypatch, value):
    monkeypatch.setenv(QUIET_VARIABLE, value)
    with Progress(total=4, delay=0) as bar:
        bar.update(4)
    assert drawn.getvalue() == ""


@pytest.mark.parametrize("value", ["", "0"])
def test_zero_does_not_silence(drawn, monkeypatch, value):
    monkeypatch.setenv(QUIET_VARIABLE, value)
    with Progress(total=4, delay=0) as bar:
        bar.update(4)
    assert drawn.getvalue() != ""


def test_a_bar_can_be_switched_off_by_its_caller(drawn):
    with Progress(total=4, enabled=False, delay=0) as bar:
        bar.update(4)
    assert drawn.getvalue() == ""


def test_the_bar_is_closed_at_the_end_and_errors_pass(drawn):
    bar = Progress(total=4, delay=0)
    with bar:
        bar.update()
    assert bar._bar.disable  # tqdm marks a closed bar so
    with pytest.raises(KeyError), bar:
        raise KeyError


def test_progress_writes_nothing_to_stdout(capsys, monkeypatch):
    monkeypatch.delenv(QUIET_VARIABLE)
    with Progress(total=2, delay=0) as bar:
        bar.update(2)
    assert capsys.readouterr().out == ""
    assert "tqdm" in sys.modules


def test_a_bar_counts_batches_one_by_one_and_goes_when_it_is_through(monkeypatch):
    monkeypatch.delenv(QUIET_VARIABLE)
    bars = []

    def bar(**options):
        bars.append(tqdm.std.tqdm(file=io.StringIO(), **options))
        return bars[-1]

    monkeypatch.setattr(tqdm.auto, "tqdm", bar)
    with Progress(total=5) as progress:
        progress.update()
        assert bars == []  # for a second
        progress._due = 0
        progress.update()
        (made,) = bars
        assert (made.n, made.unit, made.leave) == (2, "batch", False)


def test_the_delay_is_a_second(monkeypatch):
    clock = SimpleNamespace(monotonic=lambda: 100.0)
    monkeypatch.setattr("course_utils._progress.time", clock)
    assert Progress(total=1)._due == 101.0
