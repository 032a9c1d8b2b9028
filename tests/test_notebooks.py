"""Every lesson is whole, normalised, and really compared."""

import ast
import copy
import re
from decimal import Decimal

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbval.plugin import IPyNbFile

from course_utils.exercises.definition import every_exercise
from tools.folders import ROOT
from tools.notebooks import IGNORED, normalise
from tools.outputs import NUMBER, texts, tolerance
from tools.readme import lesson

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))

NOT_IN_OUTPUTS = {
    "default repr": r"<Figure size|<matplotlib|<Axes|Text\(|\bat 0x[0-9a-f]+|<\w+[. ]object",
    "absolute path": r"/(home|root|work|tmp|usr|Users|opt|var)/|[A-Z]:\\|site-packages",
    "address": r"https?://(localhost|127\.|\d)|:\d{4,5}/",
    "time of day": r"\b\d{1,2}:\d{2}:\d{2}\b|\b20\d\d-\d\d-\d\d\b",
}
PARTS = [
    r"# \d\d · \S",
    r"\*Reading time: ",
    r"## What you will learn$",
    r"## Check yourself$",
    r"## (?:Exercises|Your turn: [^\n]+)$",  # the latter where exercises stand on the way
    r"## What you learned$",
    r"## Further reading$",
]
LEGACY_RANDOM = r"np\.random\.(?!default_rng|Generator)\w+"

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def section(notebook, heading):
    """The text under a heading of level 2, up to the next one."""
    match = re.search(rf"^{heading}$(.*?)(?=^## |\Z)", prose(notebook), re.MULTILINE | re.DOTALL)
    return match[1].strip() if match else ""


def text_of(cell):
    return "\n".join(text for output in cell.outputs for _, _, text in texts(output))


def is_ignored(cell):
    return IGNORED in cell.metadata.get("tags", [])


# -- outputs --------------------------------------------------------------------------------


@every_lesson
def test_every_cell_was_run_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


@every_lesson
def test_no_cell_ended_in_an_error_or_wrote_to_stderr(notebook):
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", cell.id


@every_lesson
@pytest.mark.parametrize("what", NOT_IN_OUTPUTS)
def test_outputs_do_not_depend_on_the_machine(notebook, what):
    for cell in code_cells(notebook):
        found = re.search(NOT_IN_OUTPUTS[what], text_of(cell))
        assert not found, f"{what} in cell {cell.id}: {found[0]}"


@every_lesson
def test_at_least_three_quarters_of_the_outputs_are_compared(notebook):
    with_text = [cell for cell in code_cells(notebook) if text_of(cell)]
    compared = [cell for cell in with_text if not is_ignored(cell)]
    assert len(compared) >= 0.75 * len(with_text)


def names(node):
    """The names that are read in a syntax tree, without those that it makes for itself."""
    nodes = list(ast.walk(node))
    own = {
        name.id
        for comprehension in nodes
        if isinstance(comprehension, ast.comprehension)
        for name in ast.walk(comprehension.target)
        if isinstance(name, ast.Name)
    }
    found = {name.id for name in nodes if isinstance(name, ast.Name)}
    clock = {one.attr for one in nodes if isinstance(one, ast.Attribute)} & {"perf_counter"}
    return (found - own) | clock


def assigned(target):
    """The names that change where something is assigned to a target: `a` of a.b[c], or a, b."""
    while isinstance(target, ast.Attribute | ast.Subscript | ast.Starred):
        target = target.value
    if isinstance(target, ast.Tuple | ast.List):
        return set().union(*map(assigned, target.elts))
    return names(target)


def assertions_on_time(source):
    """The assertions of a program about what it measured with a clock, directly or not."""
    tree, timed = ast.parse(source), {"perf_counter"}
    while True:
        before = len(timed)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and timed & names(node):
                timed.add(node.name)
            elif isinstance(node, ast.Assign) and timed & names(node.value):
                timed.update(*map(assigned, node.targets))
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "append":
                timed |= assigned(node.func) if timed & names(node) else set()
        if len(timed) == before:
            break
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return [ast.unparse(node) for node in found if timed & names(node.test)]


@pytest.mark.parametrize(
    "source",
    [
        "a = time.perf_counter()\nassert a < 1",
        "times = []\ntimes.append(time.perf_counter() - begin)\nassert min(times) < 1",
        "def f():\n    return perf_counter()\n\nmost, *rest = f(), f()\nassert rest[0] < 1",
        "rates = {}\nrates['loop'] = 1 / (time.perf_counter() - a)\nassert rates['loop'] > 3",
    ],
)
def test_an_assertion_on_a_time_is_found(source):
    assert len(assertions_on_time(source)) == 1
    unused = source[: source.rindex("assert")] + "assert array(begin for begin in X) == 3"
    assert not assertions_on_time(unused)


@every_lesson
def test_nothing_is_asserted_of_a_time(notebook):
    """Times are shown, and not compared: on another machine, or a busy one, they are others."""
    code = "\n".join(cell.source for cell in code_cells(notebook))
    assert assertions_on_time(re.sub("^[%!].*|^.*[?]$", "", code, flags=re.MULTILINE)) == []


@every_lesson
def test_markers_are_spelled_right(notebook):
    for cell in notebook.cells:
        tags = set(cell.metadata.get("tags", [])) - {IGNORED}
        assert len(tags) == (tolerance(tags) is not None), cell.id
        # nbval ignores a comment marker with words after it, without a word: tags only
        assert not re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)", cell.source), cell.id


@pytest.fixture
def compared_cells(path, request):
    """The cells of a lesson whose outputs nbval compares."""
    file = IPyNbFile.from_parent(request.session, path=path)
    return [item for item in file.collect() if item.options["check"]]


def passes(item, container, key, text):
    """Whether nbval takes a cell's stored outputs with another text in one place."""
    recorded = item.cell.outputs
    stored = container[key]
    container[key] = text
    new = copy.deepcopy(recorded)
    container[key] = stored
    return item.compare_outputs(new, recorded)


@every_lesson
def test_a_changed_number_in_any_compared_cell_fails(compared_cells):
    changed = 0
    for item in compared_cells:
        assert item.compare_outputs(copy.deepcopy(item.cell.outputs), item.cell.outputs)
        if tolerance(item.cell.metadata.get("tags", [])):
            continue
        for container, key, text in (part for o in item.cell.outputs for part in texts(o)):
            for number in re.finditer(r"\d", text):
                other = str((int(number[0]) + 1) % 10)
                changed_text = text[: number.start()] + other + text[number.end() :]
                assert not passes(item, container, key, changed_text), (item.name, text)
                changed += 1
    assert changed > 0


@every_lesson
def test_a_number_may_move_within_a_cells_tolerance_and_no_further(compared_cells):
    for item in compared_cells:
        allowed = tolerance(item.cell.metadata.get("tags", []))
        if allowed is None:
            continue
        parts = [part for output in item.cell.outputs for part in texts(output)]
        assert any(NUMBER.search(text) for _, _, text in parts), item.name
        for container, key, text in parts:
            for number in NUMBER.finditer(text):
                value = Decimal(number[0].replace(",", ""))
                step = allowed.amount * (abs(value) if allowed.relative else 1)
                for moved, verdict in ((step, True), (-step, True), (step * 2, False)):
                    moved_text = f"{text[: number.start()]}{value + moved:f}{text[number.end() :]}"
                    same = moved == 0 or passes(item, container, key, moved_text) == verdict
                    assert same, (item.name, moved_text)
            for word in re.finditer(r"[A-Za-z]{2,}", text):
                worded = text[: word.start()] + "another" + text[word.end() :]
                assert not passes(item, container, key, worded), (item.name, worded)


# -- prose against outputs ------------------------------------------------------------------

SAID = r"\$?-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?\$?(?:\s%)?"
ABOUT = re.compile(
    rf"\babout\s+((?>{SAID}(?:(?:,|,?\s+(?:and|or|to))\s+{SAID})*))(?!\s+seconds?)", re.I
)
OWN_NUMBERS = ("Check yourself", "Exercises", "Your turn: ")  # they bring numbers of their own


def sections(notebook):
    """A lesson cut at its headings of any level, as (heading, prose, code cells)."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            parts[-1][2].append(cell)
            continue
        for piece in re.split(r"^(?=#+ )", cell.source, flags=re.M):
            if piece.startswith("#"):
                parts.append([piece.splitlines()[0].strip("# "), "", []])
            if piece:
                parts[-1][1] += piece + "\n\n"
    return parts


def printed(cells):
    """All numbers that cells print, as (number, its text, how far it may move, beside a %)."""
    for cell in cells:
        allowed = tolerance(cell.metadata.get("tags", []))
        for text in (text for output in cell.outputs for _, _, text in texts(output)):
            for found in NUMBER.finditer(text):
                value = Decimal(found[0].replace(",", ""))
                moves = allowed.amount * (abs(value) if allowed.relative else 1) if allowed else 0
                yield value, found[0].lstrip("+"), moves, "%" in text


def last_digit(number):
    """What the last written digit of a number is worth."""
    return Decimal(1).scaleb(number.as_tuple().exponent)


def precision(number):
    """How exact a number says it is: its last digit; of 48,000 the thousands, of 100 the tens."""
    if number.as_tuple().exponent < 0:
        return last_digit(number)
    second = Decimal(1).scaleb(number.adjusted() - 1)
    return max(Decimal(1), min(last_digit(number.normalize()), second))


def unsupported(notebook):
    """What a lesson's prose says about numbers and its outputs do not, as sentences.

    "About N" is the rounding, as N is written, of a number that the cells of the same section
    print; where these print no number, as under "What you learned", any cell of the lesson. A
    number that may move by its cell's tolerance stays nearer to N than one unit of N's last digit.
    Such a number is not said without "about".
    """
    every_cell, faults = code_cells(notebook), []
    for heading, text, own_cells in sections(notebook):
        if heading.startswith(OWN_NUMBERS):
            continue
        cells = own_cells if any(printed(own_cells)) else every_cell
        numbers = list(printed(cells))
        for claim in ABOUT.finditer(text):
            for said in re.findall(SAID, claim[1]):
                number = Decimal(re.sub(r"[$,%\s]", "", said))
                unit = precision(number)
                if not any(
                    abs(value - number) <= unit / 2
                    and abs(value - number) + moves <= unit
                    and percent >= ("%" in claim[1])
                    for value, _, moves, percent in numbers
                ):
                    faults.append(f"{heading}: no cell prints a number that stays {claim[0]!r}")
        moving = {
            text for value, text, moves, _ in numbers if "." in text and moves >= last_digit(value)
        }
        steady = {text for value, text, moves, _ in numbers if moves < last_digit(value)}
        steady.update(number for cell in cells for number in NUMBER.findall(cell.source))
        for number in (moving - steady).intersection(NUMBER.findall(ABOUT.sub("", text))):
            faults.append(f"{heading}: {number} may move by its cell's tolerance; say 'about'")
    return faults


@every_lesson
def test_what_prose_says_about_numbers_is_what_cells_print(notebook):
    assert unsupported(notebook) == []


def two_sections(prose, printed, tag=None, summary="Nothing."):
    """A lesson of one section that prints something, one that prints 5, and a summary."""
    cells = [
        new_markdown_cell(f"# Title\n\n## First\n\n{prose}"),
        new_code_cell(outputs=[new_output("stream", name="stdout", text=printed)]),
        new_markdown_cell("## Second"),
        new_code_cell(outputs=[new_output("stream", name="stdout", text="5\n")]),
        new_markdown_cell(f"## What you learned\n\n{summary}"),
    ]
    if tag:
        cells[1].metadata.tags = [tag]
    return new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("prose", "output", "tag"),
    [
        ("About 97 % are right.", "97.4 % right", None),
        ("About\n97 % are right.", "97.4 % right", "tolerance:0.6"),
        ("The bound is about 1,700.", "bound 1,685", None),
        ("The bound is about 1,690.", "bound 1,685", None),
        ("It is about 100.", "104", None),
        ("It is about 1e-9.", "8.6e-10", "tolerance:20%"),
        ("It is about $-0.3$.", "-0.31", None),
        ("They get about 84, 84, 98 and 99 %.", "83.9 %, 84.2 %, 98.4 %, 98.8 %", "tolerance:0.4"),
        ("This takes about 15 seconds.", "97", None),
        ("It is 97.4 %.", "97.4 %", None),
        ("It is 97.4 %.", "97.4 %", "tolerance:0.05"),  # another digit would be too far
        ("The rate is 0.1.", "rate 0.1, 97.4 %", None),
    ],
)
def test_prose_that_outputs_support_passes(prose, output, tag):
    assert unsupported(two_sections(prose, output, tag)) == []
    assert unsupported(two_sections("Nothing.", output, tag, summary=prose)) == []


@pytest.mark.parametrize(
    ("prose", "output", "tag"),
    [
        ("About 97 % are right.", "97.6 % right", None),
        ("About 97 % are right.", "97.4 right", None),
        ("About 97 % are right.", "97.4 % right", "tolerance:0.7"),
        ("About 97.4 % are right.", "97.35 % right", "tolerance:0.1"),
        ("The bound is about 1,700.", "bound 1,646", None),
        ("It is about 100.", "106", None),
        ("It is about 1e-9.", "8.6e-10", "tolerance:200%"),
        ("They get about 84, 84, 98 and 97 %.", "83.9 %, 84.2 %, 98.4 %, 98.8 %", None),
        ("It is 97.4 %.", "97.4 %", "tolerance:0.1"),
    ],
)
def test_prose_that_outputs_do_not_support_fails(prose, output, tag):
    assert len(unsupported(two_sections(prose, output, tag))) == 1
    assert len(unsupported(two_sections("Nothing.", output, tag, summary=prose))) == 1


def test_a_section_speaks_of_its_own_numbers():
    assert unsupported(two_sections("It is about 5.", "97")) == [
        "First: no cell prints a number that stays 'about 5'"
    ]


# -- form -----------------------------------------------------------------------------------


@every_lesson
def test_a_lesson_is_normalised(path, notebook):
    stored = nbformat.read(path, as_version=4)
    normalise(notebook, stored)
    assert nbformat.writes(notebook) + "\n" == path.read_text(encoding="utf-8")


@every_lesson
def test_the_fixed_parts_stand_in_their_order(notebook):
    text = prose(notebook)
    places = [re.search(f"^{part}", text, re.MULTILINE) for part in PARTS]
    missing = [part for part, place in zip(PARTS, places, strict=True) if place is None]
    assert not missing
    starts = [place.start() for place in places]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert re.search(r"^###? Break it: \S", text, re.MULTILINE)


@every_lesson
def test_no_part_is_empty(path, notebook):
    assert lesson(path)["problem"]
    for heading in PARTS[2:]:
        assert len(section(notebook, heading.removesuffix("$"))) > 100, heading


def test_the_first_lesson_lists_all_with_their_titles_and_times():
    start = nbformat.read(LESSONS[0], as_version=4)
    (table,) = (cell.source for cell in start.cells if cell.id == "map")
    rows = re.findall(r"^\| \[(\d\d · .+?)\]\((\S+?)\) \| .+ \| (.+?) \|$", table, re.M)
    facts = [(path, lesson(path)) for path in LESSONS]
    assert rows == [
        (f"{path.name[:2]} · {fact['title']}", path.name, fact["reading"]) for path, fact in facts
    ]


@every_lesson
def test_a_lesson_ends_with_a_link_to_the_next(path, notebook):
    for following in LESSONS[LESSONS.index(path) + 1 :][:1]:
        link = f"[{following.name[:2]} · {lesson(following)['title']}]({following.name})"
        assert notebook.cells[-1].source.splitlines()[-1].startswith(f"Next: {link}.")


@every_lesson
def test_commands_in_formulas_have_one_backslash(notebook):
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert re.findall(r"\\\\[a-zA-Z]+", text) == []


@every_lesson
def test_there_are_objectives_questions_and_exercises(notebook):
    assert len(re.findall(r"^- ", section(notebook, "## What you will learn"), re.M)) >= 3
    questions = re.findall(
        r"<details>\s*<summary>(.+?)</summary>\s*\S.+?</details>",
        section(notebook, "## Check yourself"),
        re.DOTALL,
    )
    assert len(questions) >= 2
    # A summary is HTML: Markdown in it would be shown as it is written.
    assert [question for question in questions if re.search(r"[`$*]", question)] == []
    tasks = re.findall(r"^\d\. ", section(notebook, "## Exercises"), re.M)
    own = [cell for cell in code_cells(notebook) if "check(" in cell.source]
    assert 3 <= len(tasks) <= 5 or len(own) >= 6
    assert re.search(r"doi:10\.|arXiv:|https://", section(notebook, "## Further reading"))


@every_lesson
def test_cells_of_code_are_short(notebook):
    too_long = [c.id for c in code_cells(notebook) if len(c.source.splitlines()) > 20]
    assert not too_long


@every_lesson
def test_an_exercise_is_a_stub_and_its_check_and_not_attempted(path, notebook):
    """A student's own answer stands in no lesson, and no exercise stands in two."""
    topic = path.stem[3:]
    names = []
    for cell in code_cells(notebook):
        if not re.search(r"^check\(", cell.source, re.MULTILINE):
            continue
        function, call = ast.parse(cell.source).body
        name = f"{topic}.{function.name}"
        names.append(name)
        assert ast.unparse(call) == f"check({name!r}, {function.name})"
        *docstring, stub = function.body
        assert len(docstring) < 2
        assert ast.unparse(stub) == "..."
        (output,) = cell.outputs
        assert output.data["text/plain"] == f"{name}: not attempted yet."
    assert names == [one.name for one in every_exercise() if one.name.startswith(f"{topic}.")]
    said = section(notebook, "## What you will learn")
    assert sorted(re.findall(rf"`({topic}\.\w+)`", said.partition("\n\n")[0])) == sorted(names)


@every_lesson
def test_randomness_is_explicit(notebook):
    for cell in code_cells(notebook):
        assert not re.search(LEGACY_RANDOM, cell.source), cell.id


@every_lesson
def test_links_lead_somewhere(path, notebook):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", prose(notebook)):
        assert (path.parent / target).exists(), target


# -- figures --------------------------------------------------------------------------------


@every_lesson
def test_every_figure_has_a_text_alternative_and_a_cell_of_its_own(notebook):
    for cell in code_cells(notebook):
        figures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
        assert len(figures) <= 1, cell.id
        for figure in figures:
            text = figure.data["text/plain"]
            assert cell.metadata["mystnb"]["image"]["alt"] == text
            assert len(text) >= 40, cell.id
            assert text.endswith("."), cell.id
