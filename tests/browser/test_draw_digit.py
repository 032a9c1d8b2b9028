"""Digits drawn by mouse, finger and pen on the pad of lesson 06, and read by its network."""

from tests.browser import draw_digit


def test_draw_digit(open_lesson):
    with open_lesson("notebooks/06_mnist_batch_inference.ipynb") as opened:
        opened.run_all()
        opened.look_at_widgets()  # the pad is the last
        draw_digit.check(opened)
