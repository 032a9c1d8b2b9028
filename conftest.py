"""How lessons are compared, wherever pytest runs them with ``--nbval``.

nbval runs a lesson's cells and compares what they print with what is stored. Here it learns the
tolerances that cells state, names a cell as the page shows it, says what was stored and what is
new, waits as long as a busy machine needs, and no longer for a kernel that has died.
"""

import os
import re
import time
from queue import Empty

import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from tools.outputs import NOT_COMPARED, differences, settle_outputs, texts, tolerance

ANSI = re.compile(r"\x1b\[[\d;]*m")
PATIENCE = 120  # seconds for a message of a living kernel, or for the kernel to start

nbval = {
    name: getattr(owner, name)
    for owner, names in (
        (IPyNbFile, ("collect",)),
        (IPyNbCell, ("compare_outputs", "repr_failure")),
        (RunningKernel, ("await_reply",)),
    )
    for name in names
}


def pytest_configure(config):
    os.environ["COURSE_UTILS_QUIET"] = "1"  # no progress bars
    os.environ["COURSE_UTILS_PROGRESS"] = ""  # whatever the student who runs this has solved
    IPyNbFile.collect = collect
    IPyNbCell.setup = setup
    IPyNbCell.compare_outputs = compare_outputs
    IPyNbCell.repr_failure = repr_failure
    RunningKernel.await_reply = await_reply
    config.option.nbval_kernel_startup_timeout = PATIENCE


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest lessons first, so that all workers end together; then the tests."""
    items.sort(key=lambda item: -run_time(item.parent) if isinstance(item, IPyNbCell) else 0)


def run_time(file):
    """The seconds that a lesson says it runs."""
    opening = "\n".join(cell.source for cell in file.nb.cells[:3])
    found = re.search(r"Run time: (\d+) second", opening)
    return int(found[1]) if found else 0


def collect(self):
    """The cells of a lesson, each named by the number that stands beside it on the page."""
    for cell in nbval["collect"](self):
        number = cell.cell.execution_count or cell.cell_num + 1
        item = IPyNbCell.from_parent(
            self, name=f"In [{number}]", cell_num=number, cell=cell.cell, options=cell.options
        )
        item.output_timeout = PATIENCE
        item.user_properties.append(("cell", f"{self.path.stem}, {item.name}"))
        yield item


def setup(self):
    """Leave out what can't be compared any more, and say so."""
    if self.parent.timed_out or not self.parent.kernel.is_alive():
        why = "took too long" if self.parent.timed_out else "ended the kernel"
        pytest.skip(f"{NOT_COMPARED}: a cell before it {why}")


def compare_outputs(self, test, ref, skip_compare=None):
    allowed = tolerance(self.cell.metadata.get("tags", []))
    if allowed:
        share = settle_outputs(test, ref, allowed)
        if share is not None:
            self.user_properties.append(("moved", share))
    same = nbval["compare_outputs"](self, test, ref, skip_compare)
    if not same:
        new, stored = (
            "\n".join(text for output in outputs for _, _, text in texts(output))
            for outputs in (test, ref)
        )
        self.comparison_traceback = differences(new, stored) or self.comparison_traceback
    return same


def repr_failure(self, excinfo):
    """What a person needs first: the lesson, the cell as the page shows it, and what happened."""
    error = excinfo.value
    what, rest = str(error), []
    if isinstance(error, NbCellError):
        lines = ANSI.sub("", error.inner_traceback or "").strip().splitlines()
        if what == "Cell outputs differ":
            what, rest = "the new output is not the stored one", lines
        else:
            what = " ".join([what.rstrip(".") + ":", *lines[-1:]]) if lines else what
            failing = [line for line in lines if line.startswith("---->")]
            rest = [*failing, "", error.source, "", *lines]
    return "\n".join([f"{dict(self.user_properties)['cell']}: {what}", *rest])


def await_reply(self, msg_id, timeout=None):
    """Wait for the end of a cell, in short steps, as long as the kernel lives."""
    end = time.monotonic() + (timeout or PATIENCE)
    while True:
        left = end - time.monotonic()
        try:
            return nbval["await_reply"](self, msg_id, timeout=max(0.1, min(left, 2)))
        except Empty:
            if not self.is_alive():
                raise RuntimeError(
                    "the kernel ended in this cell; a machine short of memory does that"
                ) from None
            if left <= 0:
                raise
