"""Each test begins without a memory of exercises."""

import pytest

from course_utils.exercises import checking, memory


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(memory, "_here", [])
    monkeypatch.setattr(checking, "_last", {})
