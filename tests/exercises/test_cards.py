"""A card says the same words as text and as HTML, and what students write does no harm in it."""

import html
import re
from html.parser import HTMLParser

import pytest

from course_utils.exercises.cards import COLORS, Card

CARD = Card(
    "made.up: not yet.",
    ("The shape is `(2, 3)`, and a < b & c.", "    def f(x):\n        return x < 1", 'Say "why".'),
    mistake="shape",
)


class Words(HTMLParser):
    """What a reader of a page sees, or with `heard` what a screen reader says."""

    def __init__(self):
        super().__init__()
        self.tags, self.words, self.hidden = [], "", []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.hidden.append(dict(attributes).get("aria-hidden") == "true")
        self.words += "\n" if tag in ("p", "pre") else ""

    def handle_endtag(self, tag):
        self.hidden.pop()

    def handle_data(self, data):
        self.words += "" if any(self.hidden) else data


def read(card):
    parser = Words()
    parser.feed(card._repr_html_())
    parser.close()
    return parser


def words(text):
    return text.replace("`", "").split()


def test_text_and_html_say_the_same_words():
    assert words(read(CARD).words) == words(CARD.text)


def test_a_card_is_its_text():
    assert str(CARD) == repr(CARD) == CARD.text
    assert CARD.text.splitlines()[:2] == [CARD.title, CARD.lines[0]]
    assert Card("made.up: right.").text == "made.up: right."


def test_a_title_alone_is_a_card():
    assert read(Card("a title")).words.strip() == "a title"


def test_a_program_keeps_its_lines_and_loses_the_margin():
    assert "<pre" in CARD._repr_html_()
    assert ">def f(x):\n    return x &lt; 1</pre>" in CARD._repr_html_()


def test_code_stands_between_backticks():
    assert "<code>(2, 3)</code>" in CARD._repr_html_()
    assert "``" not in CARD._repr_html_()


@pytest.mark.parametrize(
    ("card", "color"),
    [
        (Card("a", passed=True), COLORS["passed"]),
        (Card("a", mistake="shape"), COLORS["wrong"]),
        (Card("a"), COLORS[""]),
    ],
)
def test_the_colour_says_whether_it_is_solved(card, color):
    assert set(re.findall("#[0-9A-F]{6}", card._repr_html_())) == {color}


def test_the_sign_is_for_the_eye_alone():
    page = Card("a title", passed=True)._repr_html_()
    assert "\u2713" in page
    assert "\u2713" not in read(Card("a title", passed=True)).words


HARMFUL = [
    "<script>alert(1)</script>",
    "</p></section><img src=x onerror=alert(1)>",
    "`<b>bold</b>`",
    "&lt;b&gt; & &amp;",
    '" onclick="alert(1)',
    "<!-- gone",
]


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize("place", ["title", "line", "program"])
def test_no_markup_of_a_student_is_markup(text, place):
    lines = {"title": (), "line": (f"It printed: {text}",), "program": (f"    {text}",)}[place]
    card = Card(text if place == "title" else "a title", lines)
    page = read(card)
    assert set(page.tags) <= {"section", "p", "span", "strong", "code", "pre"}
    assert words(page.words) == words(card.text)
    assert html.escape("<script>", quote=False) in Card("<script>")._repr_html_()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("red \x1b[31m", r"red \x1b[31m"),
        ("bell \x07", r"bell \x07"),
        ("back \r over", r"back \r over"),
        ("csi \x9b2J", r"csi \x9b2J"),
        ("turned \u202e", r"turned \u202e"),
        ("half \ud800", r"half \ud800"),
        ("nul \x00", r"nul \x00"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text, shown):
    for card in (Card(text), Card("title", (text,)), Card("title", (f"    {text}",))):
        assert shown in card.text
        assert shown in read(card).words
        card.text.encode()
        card._repr_html_().encode()


def test_what_people_write_stays_as_it_is():
    text = "two\n  lines,\ta tab, Müller, 中文　字, x² ≤ 1, 🙂"
    assert Card(text).text == text
    assert words(read(Card(text)).words) == words(text)
