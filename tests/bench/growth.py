"""How the cost of a plan grows with the fleet."""
import json
import math
import pathlib

from fleet import make
from measure import Series, with_peak

# Machines of a fleet, ten pods to each: equal steps from a hundredth of the largest to all of it.
MACHINES = (100, 316, 1_000, 3_162, 10_000)
GAP = 2.0
SECONDS, GIB = 300, 8
RUNS = 5


def growth(page, binary, root, trace, folder):
    """Seconds and memory until a plan is proven to be near enough, by size."""
    rows, points, first = [], [], None
    for machines in MACHINES:
        place = pathlib.Path(folder) / str(machines)
        place.mkdir(exist_ok=True)
        nodes, pods = make(trace, place, machines, 10 * machines)
        command = [binary, "plan", "examples/gpu-cluster", "--input", f"nodes={nodes}", "--input", f"pods={pods}", "--format", "json",
                   "--no-progress", "--gap", f"{GAP} %", "--time-limit", f"{SECONDS} s"]
        # The run of the median time stands for all.
        runs = sorted((with_peak(command, root) for _ in range(RUNS)), key=lambda it: it[0].seconds)
        run, peak = runs[RUNS // 2]
        seconds = Series([it.seconds for it, _ in runs])
        plan = json.loads(run.stdout)
        level, timings, model = plan["levels"][0], plan["timings"], plan["model"]
        gap = 100 * (1 - level["value"] / level["bound"])
        work = machines * math.log(machines)
        first = first or run.seconds / work
        largest = machines == MACHINES[-1]
        is_met = gap <= GAP and run.seconds <= SECONDS and peak <= GIB * 1024
        rows.append([f"{machines:,} × {10 * machines:,}", f"{model['columns']:,}", str(seconds), f"{peak:,.0f}", f"{gap:.2f} %",
                     f"{timings['ground'] + timings['load']:.2f}", f"{timings['solve']:.2f}", f"{timings['lift']:.2f}", f"{timings['improve']:.2f}",
                     f"{timings['judge']:.2f}", f"{run.seconds / work / first:.2f}",
                     "five minutes, 8 GiB, 2 %: " + ("yes" if is_met else "**no**") if largest else ""])
        points.append(run.seconds)
    exponent = slope([math.log(machines * math.log(machines)) for machines in MACHINES], [math.log(seconds) for seconds in points])
    page.section("A fleet that grows", rows,
                 ["machines × pods", "columns", "seconds", "MiB", "gap", "facts", "solve", "unpack", "improve", "judge", "per n log n", "goal"],
                 f"fleet.py TRACE FOLDER 10000 100000; apportion plan examples/gpu-cluster --input nodes=… --input pods=… --gap '{GAP:.0f} %'",
                 "Whole cold processes, each until its plan is proven within the gap. The middle columns are seconds by stage, of the run of the median time. `per n log n` is "
                 "seconds over machines times their logarithm, beside that of the smallest fleet. Fitted over all sizes, by least squares of the "
                 f"logarithms, seconds grow like (n log n) to the power of {exponent:.2f}: no worse than n log n, {'yes' if exponent <= 1 else '**no**'}.\n\n" + plot(points))


def slope(xs, ys):
    """Of the line nearest to the points."""
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def plot(points):
    """The seconds on a logarithmic scale, both ways, as a diagram in the page."""
    shown = ", ".join(f"{math.log10(seconds):.2f}" for seconds in points)
    sizes = ", ".join(f'"{machines:,}"' for machines in MACHINES)
    like = [math.log10(points[-1] * m * math.log(m) / (MACHINES[-1] * math.log(MACHINES[-1]))) for m in MACHINES]
    line = ", ".join(f"{value:.2f}" for value in like)
    return "\n".join(["```mermaid", "xychart-beta", '  title "log10 of seconds by machines: bars measured, line n log n through the last"',
                      f"  x-axis [{sizes}]", '  y-axis "log10 seconds"', f"  bar [{shown}]", f"  line [{line}]", "```"])
