"""What a benchmark prints, and writes into RESULTS.md: a table, a figure, the machine, versions."""

import argparse
import datetime
from pathlib import Path

from benchmarks._machine import machine, processor_times, share_of_others, versions
from benchmarks._timing import THREADS, pin
from course_utils._disk import write_whole
from tools.sections import with_section

__all__ = ["draw", "main", "summary", "table"]

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "RESULTS.md"
LEAST_ROUNDS = 15


def main(name, measure, goals, rounds=15):
    """Run one benchmark: print its table; with ``--write`` put it into RESULTS.md.

    Parameters
    ----------
    name : str
        Of the script, the section and the figure.
    measure : callable
        ``measure(rounds)`` answers the rows of `_timing.compare`, one after the other. A row may
        have "megabytes" in place of milliseconds, and no "low" and "high" where it is exact.
    goals : dict
        The least ratio that is aimed at, by (subject, size, peer).
    rounds : int
        Turns of each competitor, unless ``--rounds`` says otherwise.
    """
    parser = argparse.ArgumentParser(description=f"The benchmark {name}.")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"turns, {rounds} by default")
    parser.add_argument("--threads", type=int, default=1, help="of each competitor, 1 by default")
    parser.add_argument("--write", action="store_true", help="into RESULTS.md, with a figure")
    arguments = parser.parse_args()
    if arguments.write and THREADS == 1 and arguments.rounds < LEAST_ROUNDS:
        parser.error(f"fewer than {LEAST_ROUNDS} rounds are not worth writing down")
    pin()
    before = processor_times()
    rows = measure(arguments.rounds)
    others = share_of_others(before, processor_times())
    unknown = goals.keys() - {_key(row) for row in rows}
    if unknown:
        raise ValueError(f"goals for what was not measured: {sorted(unknown)}")
    facts = [str(datetime.date.today()), f"{arguments.rounds} rounds", f"{THREADS} of {machine()}"]
    facts += versions(FOLDER / f"{name}.py")
    text = f"{', '.join(facts)}. Other work had {others} of the machine.\n\n"
    text += table(rows, goals if THREADS == 1 else {})
    print(text)
    if arguments.write:
        _write(name, rows, text)


def _write(name, rows, text):
    """Put a section into RESULTS.md, and its figure beside it."""
    if THREADS == 1:
        image = f"figures/{name}.png"
        draw(rows, FOLDER / image)
        text += f"\n\n![{summary(rows)}]({image})"
    else:  # as information
        name += f", {THREADS} threads"
    page = with_section(RESULTS.read_text(encoding="utf-8"), name, "make bench", text)
    write_whole(RESULTS, page)


def _key(row):
    return row["subject"], row["size"], row["peer"]


def table(rows, goals):
    """The rows as a Markdown table, each beside its goal if it has one."""
    lines = [
        "| what | size | beside | ours | times ours | half of the rounds | goal |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        goal = goals.get(_key(row))
        verdict = ""
        if goal is not None:
            verdict = f"{goal:g}, {'reached' if row['ratio'] >= goal else 'not reached'}"
        spread = f"{row['low']:.2f} to {row['high']:.2f}" if "low" in row else ""
        lines.append(
            f"| {row['subject']} | {row['size']} | {row['peer']} | {_ours(row)} | "
            f"{row['ratio']:.2f} | {spread} | {verdict} |"
        )
    return "\n".join(lines)


def _ours(row):
    """What ours takes: time, or memory."""
    if "megabytes" in row:
        return f"{row['megabytes']:.0f} MB"
    milliseconds = row["milliseconds"]
    return f"{milliseconds:.3g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"


def summary(rows):
    """What the figure shows: for each subject and peer the ratio, or its range over the sizes."""
    subjects = {}
    for row in rows:
        peers = subjects.setdefault(row["subject"], {})
        peers.setdefault(row["peer"], []).append(row["ratio"])
    said = []
    for subject, peers in subjects.items():
        ranges = (
            f"{peer} {' to '.join(dict.fromkeys(f'{r:.2f}' for r in (min(ratios), max(ratios))))}"
            for peer, ratios in peers.items()
        )
        said.append(f"{subject}: {', '.join(ranges)}.")
    return (
        "What each peer takes over what ours takes, dots with quartiles, on a logarithmic axis "
        f"with a line at 1; right of it, ours takes less. {' '.join(said)}"
    )


def draw(rows, path):
    """Write the figure: a dot a row, with its quartiles, and one colour a peer."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator, NullLocator

    from course_utils.figures import COLORS, MARKERS, use_style

    use_style()
    groups, looks = {}, {}
    for row in rows:
        groups.setdefault(f"{row['subject']}\n{row['size']}", []).append(row)
        k = len(looks)
        # More peers than colours: another marker tells those of one colour apart.
        looks.setdefault(
            row["peer"],
            {"color": COLORS[k % 7], "marker": MARKERS[(k + k // 7) % 7], "label": row["peer"]},
        )
    heights = [max(2.5, len(group)) + 1 for group in groups.values()]  # a label takes two lines
    fig, ax = plt.subplots(figsize=(7, 0.15 * sum(heights) + 0.25 * (len(looks) // 3) + 1))
    ticks, top = [], 0
    for group, height in zip(groups.values(), heights, strict=True):
        ticks.append(top + height / 2)
        for k, row in enumerate(group):
            y = ticks[-1] + k - (len(group) - 1) / 2
            ratio, look = row["ratio"], looks[row["peer"]]
            spread = [[ratio - row.get("low", ratio)], [row.get("high", ratio) - ratio]]
            ax.errorbar(ratio, y, xerr=spread, linestyle="", markersize=4.5, **look)
        top += height
        ax.axhline(top, color="0.85", linewidth=0.6)
    ax.axvline(1, color="black", linewidth=1)
    ax.set(xscale="log", ylim=(top, 0), title="Right of 1 ours takes less")
    ax.set_xlabel("what the peer takes / what ours takes")
    ax.set_yticks(ticks, groups)
    ax.grid(False, axis="y")
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:g}")
    entries = dict(zip(*reversed(ax.get_legend_handles_labels()), strict=True))  # one a peer
    fig.legend(entries.values(), entries, loc="outside lower center", ncols=3)
    fig.savefig(path, metadata={"Software": None})
    plt.close(fig)
