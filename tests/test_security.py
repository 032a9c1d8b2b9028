"""What SECURITY.md promises, each line has a test that is there and is run."""

import re

from tools.folders import ROOT

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.*?) \| (.+?) \|$", PAGE, re.MULTILINE)[1:]


def test_every_promise_names_tests_that_are_there():
    assert len(ROWS) >= 15
    for promise, _, by in ROWS:
        files = re.findall(r"`(tests/[\w/]+\.py)`", by)
        assert files, promise
        assert [file for file in files if not (ROOT / file).is_file()] == []


def test_what_is_not_run_by_make_check_says_which_command_runs_it():
    by_command = re.compile(r"tests/(browser|site|frameworks)/")
    told = [by for _, _, by in ROWS if by_command.search(by)]
    assert told
    assert any("make check-browser" in by for by in told)


def test_every_test_file_that_it_names_says_what_it_is_for():
    for file in set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE)):
        assert (ROOT / file).read_text(encoding="utf-8").startswith('"""'), file
