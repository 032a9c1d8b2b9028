"""Run lessons top to bottom and write their outputs back, normalised.

A second run changes nothing: what differs from run to run or from machine to machine is left
out, a cell tagged ``nbval-ignore-output`` keeps its stored outputs while its code and all code
above it are unchanged, and a stored number that lies within its cell's stated tolerance stays. A
figure's description goes into its cell's metadata, where the web page finds it.

    .venv/bin/python -m tools.notebooks [notebooks/NN_topic.ipynb ...]
"""

# First, since what follows takes seconds to import, and Ctrl-C may come meanwhile.
from tools import command

# isort: split
import argparse
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_utils._disk import write_whole
from course_utils._threads import one_thread
from tools import check
from tools.outputs import settle_outputs, tolerance
from tools.surroundings import settle

IGNORED = "nbval-ignore-output"
WIDGET = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
CELL_TIMEOUT = 2000  # seconds, as nbval: for a cell that does not end, not for a slow machine


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="by default all that can run here")
    paths, notes = parser.parse_args().notebooks, []
    if not paths:
        paths, notes = check.lessons_that_run()
    os.environ["COURSE_UTILS_QUIET"] = "1"
    os.environ["COURSE_UTILS_PROGRESS"] = ""
    one_thread(os.environ)
    settle(os.environ)
    # Not by `with`, which after Ctrl-C would wait for the lessons that run.
    problems = [problem for problem in ThreadPoolExecutor(2).map(update, paths) if problem]
    print(*problems, *notes, sep="\n", end="\n" if [*problems, *notes] else "")
    return 1 if problems else 0


def update(path):
    """Run one lesson and write it back; if it fails, leave it as it was and say why."""
    previous = nbformat.read(path, as_version=4)
    fresh = nbformat.read(path, as_version=4)
    client = NotebookClient(
        fresh,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
    )
    try:
        client.execute()
        normalise(fresh, previous)
    except (CellExecutionError, ValueError) as error:
        return f"{path.name}: {error}"
    changed = write(fresh, path)
    print(f"{path.name}: {'written' if changed else 'unchanged'}", flush=True)
    return None


def write(notebook, path):
    """Write a notebook if that changes the file; whether it did."""
    text = nbformat.writes(notebook) + "\n"
    if path.read_text(encoding="utf-8") == text:
        return False
    write_whole(path, text)
    return True


def normalise(notebook, previous):
    """Bring a notebook that was run into the one form that is committed, in place.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With fresh outputs.
    previous : nbformat.NotebookNode
        As it was stored, whose outputs, or numbers in them, tagged cells keep.

    Raises
    ------
    ValueError
        When a figure has no description.
    """
    stored = {cell.id: cell for cell in previous.cells}
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    digests = code_digests(notebook.cells)
    count = 0
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        old = stored.get(cell.id, {}).get("metadata", {})
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        cell.source = cell.source.rstrip()
        if cell.cell_type != "code":
            continue
        cell.outputs = merge_streams(output for output in map(clean, cell.outputs) if output)
        if IGNORED in tags:
            cell.metadata["source_of_outputs"] = digests[cell.id]
            if old.get("source_of_outputs") == digests[cell.id]:
                cell.outputs = stored[cell.id].outputs
        allowed = tolerance(tags)
        if allowed and cell.id in stored:
            settle_outputs(cell.outputs, stored[cell.id].get("outputs", []), allowed)
        if cell.source:
            count += 1
            cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
        describe_figures(cell)


def code_digests(cells):
    """For each code cell, by its id, a digest of its code and of all code above it."""
    code, digests = hashlib.sha256(), {}
    for cell in cells:
        if cell.cell_type == "code":
            code.update(cell.source.rstrip().encode() + b"\0")
            digests[cell.id] = code.hexdigest()[:12]
    return digests


def clean(output):
    """An output without what belongs to one session; None when nothing is left."""
    if "data" in output:
        output.data.pop(WIDGET, None)
        output.metadata = nbformat.from_dict({})
        if not output.data:
            return None
    output.pop("transient", None)
    return output


def merge_streams(outputs):
    """Outputs with neighbouring pieces of one stream joined: where they are cut is chance."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def describe_figures(cell):
    """Put a figure's description into the cell's metadata, as myst-nb reads it."""
    for output in cell.outputs:
        if "image/png" in output.get("data", {}):
            text = output.data.get("text/plain", "")
            if not text or text.startswith("<"):
                raise ValueError(
                    f"cell {cell.id!r} shows a figure without a description: call use_style() "
                    "first, and describe(ax, ...) before plt.show()."
                )
            cell.metadata["mystnb"] = {"image": {"alt": text}}


if __name__ == "__main__":
    command.run(main)
