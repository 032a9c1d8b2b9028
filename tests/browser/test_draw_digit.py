"""Digits drawn by mouse, finger and pen on the pad of lesson 05, and read by its network."""

from tests.browser import draw_digit


def test_draw_digit(open_lesson):
    with open_lesson("notebooks/05_mnist_batch_inference.ipynb") as opened:
        opened.run_all()
        opened.look_at_widgets()  # the pad is the last
        draw_digit.check(opened)
