"""What the web page adds to the lessons, and the links that it draws, without a change to them.

Facts about a lesson come from the lesson: its title and times, what it builds on and teaches.
"""

import html
import inspect
import os
import re

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

from course_utils.exercises.definition import every_exercise, find
from tools import glossary, readme, reference
from tools.check import LESSONS
from tools.folders import ROOT
from tools.repository import binder, slug

PAPER = re.compile(
    r"https?://[^\s<>]*[^\s<>.,;:)]|doi:10\.[^\s<>]*[^\s<>.,;:)]|arXiv:\d{4}\.\d{4,5}"
)
RESOLVERS = {"doi": "https://doi.org/", "arXiv": "https://arxiv.org/abs/"}
# Where each public name is described.
MODULE_OF = {name: module for module, names in reference.modules().items() for name in names}
CONTROL = "interactive("  # how ipywidgets writes a control in text
NOT_ATTEMPTED = ": not attempted yet."  # what a check says in a lesson as it is committed
YOUR_TURN = "This is a task: do it in JupyterLab, where the check answers."
REACHED = "objectives reached"
YOUR_PROGRESS = "What you have solved stands here in JupyterLab."
NEEDS_KERNEL = (
    "A control stands here. It needs a running kernel: open the lesson in JupyterLab. "
    "The figure beside it tells the same."
)


def setup(app):
    app.add_config_value("course_solutions", False, "env")  # for instructors: make site ARGS=...
    app.add_directive("lessons", LessonList)
    app.add_directive("lesson", LessonFacts)
    app.add_directive("plan", Plan)
    app.connect("builder-inited", write_reference)
    app.connect("autodoc-skip-member", skip_what_others_wrote)
    app.connect("autodoc-process-signature", own_signature)
    app.connect("autodoc-process-docstring", escape_stars, priority=100)  # before numpydoc's 500
    app.connect("doctree-read", improve)
    app.connect("missing-reference", find_public_name)
    return {"parallel_read_safe": True}


# -- pages made of facts ---------------------------------------------------------------------------


def write_reference(app):
    """The sources of the reference, from the names that the package makes public."""
    folder = app.srcdir / "site" / "api"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.md").write_text(reference.index(), encoding="utf-8")
    for module in reference.modules():
        (folder / f"{module}.rst").write_text(reference.page(module), encoding="utf-8")


def skip_what_others_wrote(app, what, name, thing, skip, options):
    """Leave out what scikit-learn, traitlets and namedtuple put into our classes."""
    module = getattr(thing, "__module__", None) or "course_utils"
    is_field = type(thing).__name__ == "_tuplegetter"  # its class describes it
    return True if is_field or not module.startswith("course_utils") else None


def own_signature(app, what, name, thing, options, signature, returns):
    """That of our `__init__`, where traitlets put a `__new__` before it."""
    if what == "class" and thing.__new__.__module__ == "traitlets.traitlets":
        _, *parameters = inspect.signature(thing.__init__).parameters.values()
        return str(inspect.Signature(parameters)), returns
    return None


def escape_stars(app, what, name, thing, options, lines):
    """In a shape such as `(n, *input_shape)`, the star does not begin emphasis."""
    lines[:] = [re.sub(r"(?<=[(, ])\*(?=[a-z_]+[,)])", r"\\*", line) for line in lines]


class Generated(SphinxDirective):
    """A directive that stands for Markdown made from lessons."""

    def run(self):
        for path in LESSONS:
            self.env.note_dependency(str(path))
        holder = nodes.Element()
        lines = StringList(self.markdown().splitlines(), self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, holder)
        return holder.children


class LessonList(Generated):
    """All lessons: number and title, the problem, the time, and Binder; and their order."""

    def markdown(self):
        entries, order = [], ["```{toctree}", ":hidden:", ":caption: Lessons", ""]
        for path in LESSONS:
            facts, number = readme.lesson(path), path.name[:2]
            title = f"{number} · {facts['title']}"
            entries += [f"[{title}](/notebooks/{path.name})", f": {facts['problem']}", ""]
            link = readme.badge(path, slug(), "/") if slug() else ""
            entries += [f"  {facts['reading']} to read. {link}", ""]
            order.append(f"{title} </notebooks/{path.stem}>")
        return "\n".join([*entries, *order, "```"])


class Plan(Generated):
    """Weeks, one a line: the numbers of their lessons, a bar, and what they are about."""

    has_content = True

    def markdown(self):
        rows = ["| week | lessons | to read | |", "|---|---|---|---|"]
        for week, line in enumerate(self.content, 1):
            numbers, _, about = line.partition("|")
            paths = [lesson_path(number) for number in numbers.split()]
            titles = [
                f"[{path.name[:2]} · {readme.lesson(path)['title']}](/notebooks/{path.name})"
                for path in paths
            ]
            minutes = sum(int(readme.lesson(path)["reading"].split()[0]) for path in paths)
            rows.append(f"| {week} | {', '.join(titles)} | {minutes} minutes | {about.strip()} |")
        return "\n".join(rows)


class LessonFacts(Generated):
    """What an instructor wants to know of the lesson whose number is given."""

    required_arguments = 1

    def markdown(self):
        path = lesson_path(self.arguments[0])
        facts, parts = readme.lesson(path), sections(path)
        builds_on = re.sub(r"\]\((\w+\.ipynb)\)", r"](/notebooks/\1)", facts["builds_on"])
        mistakes = [title for title in parts if title.startswith("Break it: ")]
        tasks = re.findall(r"^\d+\. ", parts.get("Exercises", ""), re.MULTILINE)
        own = [one for one in every_exercise() if one.topic == path.stem[3:]]
        n_mistakes = sum(len(one.mistakes) for one in own)
        turns = f"{len(own)} exercise{'s' * (len(own) > 1)} on the way, with a check that knows "
        turns += f"{n_mistakes} mistakes"
        last = f"; {len(tasks)} more at the end" if tasks else ""
        return "\n\n".join(
            [
                f"**[{facts['title']}](/notebooks/{path.name}).** {facts['reading']} to read, "
                f"{facts['run']} to run. Builds on: {builds_on}.",
                "What students can do afterwards:",
                bullets(parts["What you will learn"]),
                "Mistakes made on purpose: "
                + "; ".join(title.removeprefix("Break it: ") for title in mistakes)
                + ". "
                f"{turns}{last}.",
            ]
        )


def lesson_path(number):
    return next(path for path in LESSONS if path.name.startswith(number))


def sections(path):
    """The text of each section of a lesson, a dict by its heading `## ...`, without code."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    _, *parts = re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def bullets(section):
    """The first list of a section."""
    return re.search(r"(?:^- .+\n?(?:^  .+\n?)*)+", section, re.MULTILINE)[0]


# -- links that the sources do not write -----------------------------------------------------------


def improve(app, document):
    """Everything that is added to a page after it was read."""
    name = app.env.docname
    if name.startswith("notebooks/"):
        link_terms(document)
        say_what_needs_a_kernel(document)
        show_tasks(document, app.config.course_solutions)
        add_buttons(app, document, name)
    if name == "site/glossary":
        link_lessons(app, document)
    if name.startswith("site/api/"):
        link_names(document)
    link_papers(document)


def link_terms(document):
    """Where a lesson introduces a term of the glossary, a link to it: the first bold one."""
    terms, aliases, seen = glossary.terms(), glossary.aliases(), set()
    for node in list(document.findall(nodes.strong)):
        term = glossary.find(node.astext(), terms, aliases)
        if term is None or term in seen:
            continue
        seen.add(term)
        node["ids"].append(glossary.anchor(term))
        text = nodes.inline("", "", *node.children)
        node.children = []
        node += pending_xref(
            "",
            text,
            refdomain="std",
            reftype="term",
            reftarget=term,
            refexplicit=True,
            refwarn=True,
        )


def link_lessons(app, document):
    """After each explanation of the glossary, the lesson that introduces the term."""
    first = glossary.introductions(LESSONS)
    for item in document.findall(nodes.definition_list_item):
        for term in item.findall(nodes.term):
            if term.astext() not in first:
                continue
            path = first[term.astext()]
            page = app.builder.get_relative_uri(app.env.docname, f"notebooks/{path.stem}")
            address = f"{page}#{glossary.anchor(term.astext())}"
            link = nodes.reference("", f"Lesson {path.name[:2]}", refuri=address, internal=True)
            paragraph = list(item.findall(nodes.paragraph))[-1]
            paragraph += [nodes.Text(" "), link, nodes.Text(".")]


def link_names(document):
    """In docstrings, a public name between single backticks becomes a link to its entry."""
    for node in list(document.findall(nodes.title_reference)):
        name = node.astext().rpartition(".")[2]
        if name in MODULE_OF:
            text = nodes.literal("", node.astext())
            link = pending_xref("", text, refdomain="py", reftype="obj", reftarget=name)
            node.replace_self(link)


def find_public_name(app, env, node, contnode):
    """The entry of a public name, wherever it is named: names are unique in the package."""
    name = node.get("reftarget", "").rpartition(".")[2]
    if node.get("refdomain") != "py" or name not in MODULE_OF:
        return None
    full = f"course_utils.{MODULE_OF[name]}.{name}"
    if env.docname and node.get("reftarget") == full:
        return None  # it was looked for, and is not there
    domain = env.get_domain("py")
    return domain.resolve_xref(
        env, node.get("refdoc", env.docname), app.builder, "obj", full, node, contnode
    )


def link_papers(document):
    """Addresses, doi:... and arXiv:... become links."""
    for text in list(document.findall(nodes.Text)):
        if PAPER.search(text) and not inside(text, nodes.literal, nodes.FixedTextElement):
            parts, end = [], 0
            if inside(text, nodes.reference, nodes.title, pending_xref, nodes.raw):
                continue
            for match in PAPER.finditer(text):
                kind, _, number = match[0].partition(":")
                address = RESOLVERS[kind] + number if kind in RESOLVERS else match[0]
                parts += [nodes.Text(text[end : match.start()])]
                parts += [nodes.reference("", match[0], refuri=address, internal=False)]
                end = match.end()
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def inside(node, *kinds):
    """Whether a node stands in another one of some kind."""
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def say_what_needs_a_kernel(document):
    """A sentence in place of a control's name."""
    for block in list(document.findall(nodes.literal_block)):
        if block.astext().startswith(CONTROL):
            block.replace_self(nodes.paragraph("", NEEDS_KERNEL, classes=["needs-kernel"]))


def show_tasks(document, solutions):
    """Under a task's stub what it is, in place of the check's answer; a solution if wanted."""
    for output in list(document.findall(nodes.container)):
        if "cell_output" not in output.get("classes", []):
            continue
        said = next((text.astext() for text in output.findall(nodes.literal_block)), "")
        if said.endswith(NOT_ATTEMPTED):
            shown = [nodes.paragraph("", YOUR_TURN, classes=["your-turn"])]
            if solutions:
                shown.append(
                    nodes.raw("", solution(said.removesuffix(NOT_ATTEMPTED)), format="html")
                )
        elif said.partition("\n")[0].endswith(REACHED):
            shown = [nodes.paragraph("", YOUR_PROGRESS, classes=["your-turn"])]
        else:
            continue
        output.replace_self(shown)


def solution(name):
    """A folded solution of an exercise, as HTML."""
    exercise = find(name)
    code, why = (html.escape(text) for text in (exercise.solution, exercise.why))
    summary = f"A solution of <code>{html.escape(name)}</code>"
    return f"<details><summary>{summary}</summary><pre>{code}</pre><p>{why}</p></details>"


def add_buttons(app, document, name):
    """Under a lesson's times: open it in Binder, download it."""
    path = ROOT / f"{name}.ipynb"
    for paragraph in document.findall(nodes.paragraph):
        if paragraph.astext().startswith("Reading time:"):
            root = os.path.relpath(".", os.path.dirname(name))
            links = nodes.paragraph("", classes=["lesson-links"])
            if slug():
                address = binder(slug(), f"notebooks/{path.name}")
                links += nodes.reference("", "Open in Binder", refuri=address, internal=False)
                links += nodes.Text(" ")
            links += nodes.reference(
                "", "Download", refuri=f"{root}/_sources/{name}.ipynb", internal=True
            )
            paragraph.parent.insert(paragraph.parent.index(paragraph) + 1, links)
            return
