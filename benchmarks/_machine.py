"""Where a measurement was made: the machine, the versions, and what else kept it busy."""

import ast
import importlib.metadata
import os
import platform
import re
from pathlib import Path

__all__ = ["machine", "processor_times", "share_of_others", "versions"]


def machine():
    """Processor, cache, libraries and system in a line; nothing that names this machine."""
    import numpy as np
    from threadpoolctl import threadpool_info

    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    libraries = [
        f"{library['internal_api']} {library['version']} ({library['architecture']} kernel)"
        for library in threadpool_info()
        if library["user_api"] == "blas" and "numpy" in library["filepath"]
    ]
    cache = f"second-level cache {_second_level_cache()}"
    return "; ".join(
        [
            f"{os.cpu_count()} processors, {_processor()}, {cache}",
            f"NumPy with {' and '.join(libraries) or 'an unknown BLAS'}",
            f"SIMD {' '.join([*simd.get('baseline', []), *simd.get('found', [])])}",
            f"{_system()}, Python {platform.python_version()}",
        ]
    )


def _processor():
    listing = Path("/proc/cpuinfo")
    names = (
        re.findall(r"^model name\s*: (.+)$", listing.read_text(), re.M) if listing.exists() else []
    )
    return names[0] if names else platform.processor() or platform.machine()


def _second_level_cache():
    for level in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/level"):
        if level.read_text().strip() == "2":
            return level.with_name("size").read_text().strip()
    return "unknown"


def _system():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def versions(script):
    """The packages that a script imports, and NumPy, each with its version: `numpy 2.4.6`."""
    modules = {"numpy"}
    for node in ast.walk(ast.parse(Path(script).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module.partition(".")[0])
    packages = importlib.metadata.packages_distributions()
    names = {name for module in modules - {"course_utils"} for name in packages.get(module, ())}
    return [f"{name} {importlib.metadata.version(name)}" for name in sorted(names, key=str.lower)]


def processor_times():
    """Seconds until now of all processors, of those that were busy, and of this process.

    None where there is no /proc/stat, elsewhere than on Linux.
    """
    if not Path("/proc/stat").exists():
        return None
    line = Path("/proc/stat").read_text().splitlines()[0]
    ticks = [int(count) for count in line.split()[1:9]]  # up to steal; guests are users as well
    idle = ticks[3] + ticks[4]
    second = os.sysconf("SC_CLK_TCK")
    return sum(ticks) / second, (sum(ticks) - idle) / second, sum(os.times()[:4])


def share_of_others(before, after):
    """The share of the machine that other work had between two `processor_times`, as text."""
    if before is None or after is None:
        return "unknown"
    total, busy, own = (b - a for a, b in zip(before, after, strict=True))
    return f"{max(0, busy - own) / total:.0%}"
