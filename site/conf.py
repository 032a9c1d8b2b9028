"""Sphinx's configuration of the web page, which tools/build_site.py builds."""

from tools.folders import ROOT
from tools.repository import BRANCH, slug

project = "Neural networks from scratch"
html_title = project
author = "the authors of the course"
copyright = "text and figures CC BY 4.0, code BSD-3-Clause"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "tools.course_pages",
]

# Lessons: the committed outputs. A widget needs a kernel, so the scripts that would draw it,
# which come from another server, are left out, and its text stands in its place.
nb_execution_mode = "off"
nb_ipywidgets_js = {}
myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3
# A line of a lesson that begins with "% of the images" is no comment, and nothing else of MyST's.
myst_disable_syntax = ["myst_line_comment", "myst_block_break", "myst_target"]
# The reference: docstrings are numpydoc, and what they lack is a warning.
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # `np.float32`, as it is written
autodoc_typehints = "none"  # the docstrings say them in words, and with shapes
autodoc_inherit_docstrings = False  # a method that says no more than its base class is not listed
add_module_names = False
viewcode_follow_imported_members = False  # a constant is no reason to show the source of pathlib
numpydoc_show_class_members = False
# Sections by their names and in their order, a summary, no parameter that does not exist.
numpydoc_validation_checks = {"GL06", "GL07", "GL08", "SS01", "PR02", "PR03", "PR10"}
# Both describe what their signature says in other words: branches, and "as the classifier's".
numpydoc_validation_exclude = {r"\.Parallel$", r"\.NetworkRegressor$"}

# Names of other packages, whose pages are not here.
nitpick_ignore_regex = [("py:.*", r"(numpy|sklearn|collections|t|typing|dask|distributed)\..*")]

# Formulas: MathJax from this page. Its menu would load what is not here.
mathjax_path = "tex-svg-full.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_domain_indices = False  # the reference lists its modules, and search finds the rest
html_use_index = False
html_theme = "sphinx_book_theme"
html_static_path = ["static", str(ROOT / "build" / "site-static")]
html_css_files = ["course.css"]
html_js_files = ["course.js"]
html_favicon = "static/logo.svg"
html_logo = "static/logo.svg"
html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_theme_options = {
    "logo": {"text": project, "alt_text": ""},
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if slug():  # links to the course's own repository, where the clone knows it
    html_theme_options |= {
        "repository_url": f"https://github.com/{slug()}",
        "repository_branch": BRANCH,
        "use_repository_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }
