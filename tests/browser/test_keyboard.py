"""A walk through two lessons by keyboard alone, from where `make lab` opens JupyterLab."""

import filecmp

from tests.browser.keyboard import FOCUS, Keyboard


def wait_until_run(opened):
    opened.wait_until("course.idle() && course.cells().every(course.isRun)")
    opened.look_at_outputs()


def test_keyboard(open_lesson, lab):
    with open_lesson() as opened:
        assert opened.path == "notebooks/00_start_here.ipynb"
        keys = Keyboard(opened)
        keys.clear_outputs()
        keys.menu("Run", "Run All Cells")
        wait_until_run(opened)

        keys.go_to_cell(0)
        keys.go_to_cell(len(opened.cells()) - 1)

        keys.repeat("Shift+Tab", f"{FOCUS}.closest('.jp-DirListing-item')")
        selected = "document.querySelector('.jp-DirListing-item.jp-mod-selected')?.innerText"
        keys.repeat("ArrowDown", f"{selected}?.startsWith('01_')")
        keys.press("Enter", "course.path()?.startsWith('notebooks/01_') && course.idle()")
        keys.clear_outputs()
        keys.palette("Run All Cells")
        wait_until_run(opened)
        opened.look_at_widgets()

        (index,) = opened.widget_cells()
        keys.go_to_cell(index)
        keys.repeat("Tab", f"{FOCUS}.role === 'slider'")
        for key in ("ArrowRight", "ArrowLeft", "PageUp", "Home"):
            opened.press_on_slider(index, key)

    before, after = lab.original / "notebooks", lab.root / "notebooks"
    names = [path.name for path in before.glob("*.ipynb")]
    _, changed, missing = filecmp.cmpfiles(before, after, names, shallow=False)
    assert (changed, missing) == ([], []), "JupyterLab wrote into lessons that nobody saved"
