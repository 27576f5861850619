"""Measures this project beside its peers and writes RESULTS.md; see README.md beside this file."""
import argparse
import datetime
import functools
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import types

import cases
import changes
import constructs
import peers
import published
from fairness import make as make_fairness
from flagship import make as make_flagship
from fleet import make as fleet, rows, write
from growth import growth
from measure import Series, machine, peak_mib, process, repeat
from purchase import purchase
from roles import make as make_roles
from stages import stages
from trace import cut

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
BINARY = TARGET / "release/apportion"
# Changes of 1 % of the pods, each with a seed of its own.
CHANGES = 5
# Pods that arrive one by one, each in a process of its own.
ARRIVALS = 100
# Columns of the peers' own grouping, by size.
GROUPED_BY_HAND = {"S": 728, "M": 2106, "L": 3611}


class Page:
    """RESULTS.md, one section per measurement. What is not measured anew stays as it was; each section says when and
    of what it was measured."""

    def __init__(self, path):
        self.path = path
        parts = path.read_text().split("\n## ") if path.exists() else []
        self.sections = dict(part.split("\n", 1) for part in parts[1:])
        for title in ("Still far from the limit", "Not reached"):
            self.sections.pop(title, None)

    def section(self, title, rows, head, command, note=""):
        """A table; `command` is what gives its figures again."""
        lines = ["", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        lines += ["", f"Command: `{command}`", "", f"Measured {measured()}."]
        if note:
            lines += ["", note]
        print("\n".join([title, *lines]), flush=True)
        self.sections[title] = "\n".join(lines) + "\n"
        self.write()

    def write(self):
        sections = [f"## {title}\n{text}" for title, text in self.sections.items()]
        head = ["# Results", "", f"Written by `tests/bench/run.py`; figures are medians with their spread. {machine()}.", ""]
        sections += [(HERE / "limits.md").read_text(), self.not_reached()]
        self.path.write_text("\n".join(head) + "\n" + "\n".join(section.rstrip("\n") + "\n" for section in sections))

    def not_reached(self):
        """Every row that is behind a goal or a peer."""
        rows = [(title, line.strip("| \n")) for title, text in self.sections.items() for line in text.splitlines() if "**no**" in line]
        return "\n".join(["## Not reached", "", *(f"- {title}: {' · '.join(cell.strip() for cell in row.split('|') if cell.strip())}" for title, row in rows)])


def measured():
    """When, of what, and how busy the machine was."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return f"{datetime.date.today()} at {commit or 'no commit'}, load {os.getloadavg()[0]:.1f} at the end"


def met(value, limit):
    return "yes" if value <= limit else "**no**"


def build(page, arguments, folder):
    """Text and CSV to the solver's own model, cold process, imports of the peers not counted."""
    rows = []
    for size, level in (("M", "pair"), ("L", "both")):
        ours = OursBuild(arguments, folder, size, level)
        ways = {"raw arrays": "highspy-flat", "linopy": "linopy", "pyomo": "pyomo"}
        slow = {"pyomo"} if level == "pair" else set()
        # One round after the other: how fast a machine hands out memory drifts by more than is measured.
        rounds = [
            (ours.seconds(), {way: peer_build(arguments, size, level, name) for way, name in ways.items() if not (at and way in slow)})
            for at in range(arguments.runs)
        ]
        arrays = json.loads(peer(arguments, ["floor.py", size, level]).stdout.splitlines()[-1])["model_MB"]
        rows.append([f"{size} {level}", "apportion", Series([own for own, _ in rounds]), "1", f"{ours.columns:,} columns"])
        for way in ways:
            theirs = Series([others[way] for _, others in rounds if way in others])
            share = Series([own / others[way] for own, others in rounds if way in others]).median
            rows.append([f"{size} {level}", way, theirs, f"{share:.2f}", build_goal(level, way, share)])
        share = ours.peak().median * 2**20 / 1e6 / arrays
        verdict = "at most 2: " + met(share, 2) if level == "pair" else "the program itself, not the arrays"
        rows.append([f"{size} {level}", "peak memory, MiB", f"{ours.peak().median:.0f}", f"{share:.2f}", f"model arrays {arrays:.1f} MB; {verdict}"])
    page.section(
        "Text and CSV to the solver's model, seconds", rows, ["size", "way", "seconds", "ours over it", "goal"],
        f"{ours_command('M', 'pair')}; placement.py build M pair linopy",
        "Ours: a whole cold process up to the model inside HiGHS, less its start (`apportion version`). Peers: data, build and hand-over inside "
        "the process, imports not counted. All ways take turns; a ratio is the median of the rounds' own. Peak memory of ours is above that of "
        "`apportion version`.")


def build_goal(level, way, share):
    """What is asked of our time as a share of theirs."""
    if way == "raw arrays":
        return "at most 1.3: " + met(share, 1.3)
    if level != "pair":
        return f"{1 / share:.1f} times faster"
    goal = {"linopy": 8, "pyomo": 100}[way]
    return f"at least {goal} times faster: {met(share, 1 / goal)} ({1 / share:.1f})"


def ours_command(size, level):
    """What is run for one build; the solver's model is made and not solved."""
    pairs = " --no-classes" if level == "pair" else ""
    return f"apportion model tests/bench/counted --input nodes={size}/nodes.csv --input pods={size}/pods.csv --build-only{pairs}"


class OursBuild:
    """The same, run and measured."""

    def __init__(self, arguments, folder, size, level):
        place = pathlib.Path(folder) / size
        place.mkdir(exist_ok=True)
        cut(arguments.trace, size, place)
        self.command = [BINARY, *shlex.split(ours_command(size, level).replace(f"={size}/", f"={place}/"))[1:]]
        self.runs = arguments.runs
        self.columns = json.loads(checked(self.command).stdout)["columns"]
        self.start = repeat(arguments.runs, lambda: process([BINARY, "version"]).seconds).median

    def seconds(self):
        return checked(self.command).seconds - self.start

    @functools.cache
    def peak(self):
        base = peak_mib([BINARY, "version"])
        return repeat(self.runs, lambda: peak_mib(self.command, cwd=ROOT) - base)


def peer(arguments, command, timeout=900):
    env = {"OPENB": str(arguments.trace)}
    return checked([sys.executable, *command], env=env, timeout=timeout, cwd=arguments.peers)


def peer_build(arguments, size, level, name):
    figures = json.loads(peer(arguments, ["placement.py", "build", size, level, name]).stdout.splitlines()[-1])
    return figures["data"] + figures["build"] + figures["handoff"]


def checked(command, **options):
    run = process(command, cwd=options.pop("cwd", ROOT), **options)
    if run.code != 0:
        raise SystemExit(f"{shlex.join(map(str, command))} ends with {run.code}:\n{run.stderr}")
    return run


def classes(page, arguments, folder):
    """How many columns the compiler needs where rows that are alike are one."""
    rows = []
    for size, by_hand in GROUPED_BY_HAND.items():
        columns = OursBuild(arguments, folder, size, "both").columns
        share = columns / by_hand
        rows.append([size, f"{columns:,}", f"{by_hand:,}", f"{share:.3f}", "at most 1.1: " + met(share, 1.1)])
    page.section("Classes, found without a hint", rows, ["size", "columns", "grouped by hand", "ratio", "goal"], ours_command("L", "both"))


def merging(page, arguments, folder):
    """What one construct more costs in classes, and what of it tells rows apart."""
    place = pathlib.Path(folder) / "constructs"
    place.mkdir(exist_ok=True)
    example = ROOT / "examples/gpu-cluster"
    constructs.write(example, *cut(arguments.trace, "M", place), place)
    table, base = [], None
    for name, added, level in [("none", "", ""), *constructs.CONSTRUCTS]:
        (place / "policy/main.alloc").write_text(constructs.policy(example, added, level))
        problem = json.loads(checked([BINARY, "model", str(place), "--format", "json"]).stdout)
        columns = len(problem["columns"])
        base = base or columns
        classes = {it["input"]: it["classes"] for it in problem["classes"]}
        splits = [split for it in problem["classes"] for split in it["splits"] if split["saved"] > 0]
        news = ("rule added", "budget added", "rule filled", "level weighted", "level even", "level uneven", "level packing", "level calm")
        due = [f"`{it['by']}` {it['saved']}" for it in splits if any(read["item"] in news for read in it["read_by"])]
        table.append([name, f"{columns:,}", f"{columns / base:.2f}", f"{classes['pods']:,}", f"{classes['nodes']:,}", "; ".join(due), constructs.NEEDS.get(name, "")])
    page.section("What a construct costs in classes", table, ["added", "columns", "times", "classes of pods", "of nodes", "read by what is added, and the classes that it costs", "why no fewer"],
                 "apportion model FOLDER --format json", "Size M: 300 machines, 3,000 pods. Policies: `constructs.py`.")


def text(page, arguments, _):
    """Lines a second of reading and checking, and the time after an edit of one line."""
    rows = []
    for stage, goals in (("syntax", {}), ("check", {"1": 100_000, "2": 180_000})):
        printed = speeds(stage, arguments.runs)
        for threads in ("1", "2"):
            found = [re.search(rf"threads: {threads}\s+(\d+)", text) for text in printed]
            speed = Series([int(it[1]) for it in found if it])
            goal = goals.get(threads)
            verdict = f"at least {goal:,}: {'yes' if speed.median >= goal else '**no**'}" if goal else ""
            rows.append([stage, threads, f"{speed.median:,.0f}", f"{min(speed.values):,.0f} .. {max(speed.values):,.0f}", verdict])
        edits = [re.search(r"an edit in one line of (\d+)\s+([\d.]+)(ms|µs)", text) for text in printed]
        if all(edits):
            edit = Series([float(it[2]) / (1 if it[3] == "ms" else 1000) for it in edits])
            rows.append([f"one line of {edits[0][1]} edited, ms", "", f"{edit.median:.2f}", f"{min(edit.values):.2f} .. {max(edit.values):.2f}", "under 10: " + met(edit.median, 10)])
    page.section("Reading and checking text", rows, ["stage", "threads", "lines a second", "spread", "goal"],
                 "cargo run --release -p apportion-check --example check_speed", "`check` is parse and check together, cold.")


def speeds(stage, runs):
    """What the stage's own example prints, once per run."""
    command = ["cargo", "run", "--release", "--quiet", "-p", f"apportion-{stage}", "--example", {"syntax": "parse_speed", "check": "check_speed"}[stage]]
    return [checked(command).stdout for _ in range(runs)]


def whole(page, arguments, folder):
    """The flagship from process start to exit, beside an empty run of the binary."""
    empty = repeat(10, lambda: checked([BINARY, "version"]).seconds)
    plan = repeat(10, lambda: checked([BINARY, "plan", "examples/edge-fleet", "--no-progress"]).seconds)
    extra = (plan.median - empty.median) * 1000
    rows = [["empty run, s", empty, ""], ["plan, s", plan, f"within 100 ms of it: {met(extra, 100)} ({extra:.0f} ms)"]]
    page.section("The flagship, start to exit", rows, ["what", "seconds", "goal"], "apportion plan examples/edge-fleet")


def limits(page, arguments, folder):
    """Whether a time limit is kept on a model that no solver finishes in it."""
    rows = []
    place = pathlib.Path(folder) / "M"
    place.mkdir(exist_ok=True)
    nodes, pods = cut(arguments.trace, "M", place)
    command = [BINARY, "plan", "examples/gpu-cluster", "--input", f"nodes={nodes}", "--input", f"pods={pods}", "--no-progress", "--gap", "0 %"]
    for limit in (1, 5, 20):
        run = process([*command, "--time-limit", f"{limit} s"], cwd=ROOT)
        allowed = 1.1 * limit + 0.2
        rows.append([f"{limit} s", f"{run.seconds:.2f}", run.code, f"at most {allowed:.1f}: {met(run.seconds, allowed)}"])
    page.section("A time limit is kept", rows, ["limit", "wall seconds", "exit", "goal"],
                 "apportion plan examples/gpu-cluster --input nodes=M/nodes.csv --input pods=M/pods.csv --gap '0 %' --time-limit 5s")


def placement(page, arguments, folder):
    """How near to its proven bound a plan for single machines is, text and CSV to a checked plan, at a time limit."""
    rows = []
    goals = {("L", 4): 2.0, ("L", 10): 0.5, ("M", 20): 2.0}
    for size, limit in (("L", 1), ("L", 4), ("L", 10), ("M", 1), ("M", 5), ("M", 20)):
        place = pathlib.Path(folder) / size
        place.mkdir(exist_ok=True)
        nodes, pods = cut(arguments.trace, size, place)
        command = [BINARY, "plan", "examples/gpu-cluster", "--input", f"nodes={nodes}", "--input", f"pods={pods}", "--format", "json", "--no-progress"]
        run = process([*command, "--time-limit", f"{limit} s"], cwd=ROOT)
        level = json.loads(run.stdout)["levels"][0]
        # Between two plans that are as near as was asked the bound decides, so the gap is taken of the bound.
        gap = 100 * (1 - level["value"] / level["bound"])
        goal = goals.get((size, limit))
        verdict = f"at most {goal} %: {met(gap, goal)}" if goal else ""
        rows.append([size, f"{limit} s", f"{run.seconds:.2f}", f"{level['value']:,.0f}", f"{level['bound']:,.0f}", f"{gap:.2f} %", verdict])
    for size in ("M", "L"):
        for line in peer(arguments, ["pack.py", size, "0"]).stdout.splitlines():
            figures = json.loads(line) if line.startswith("{") else {}
            if figures.get("what") in ("greedy-kube", "greedy-density", "prices", "counts"):
                rows.append([size, figures["what"], f"{figures.get('s', figures.get('mip_s')):.2f}", f"{figures['value']:,.0f}", "", f"{100 * figures['gap']:.2f} %", ""])
    page.section("Plans for single machines", rows, ["size", "limit, or peer", "seconds", "priority served", "bound", "gap", "goal"],
                 "apportion plan examples/gpu-cluster --input nodes=L/nodes.csv --input pods=L/pods.csv --time-limit 10s; pack.py L 0",
                 "Ours: whole cold processes, one run each, every plan judged. Peers: inside the process, after its data are read; they count "
                 "accelerators by machine, where ours keep each share in one device, and their gap is to the bound of the linear relaxation.")


def fragmentation(page, arguments, folder):
    """Few accelerators in use, so that little of them is left over, after the priority that is served."""
    place = pathlib.Path(folder) / "fragmentation"
    shutil.copytree(ROOT / "examples/gpu-cluster", place)
    policy = place / "policy/main.alloc"
    level = "few: minimize sum(n in nodes: bins(p in pods: x[p, n] * p.accelerators each p.share in 1 device))"
    policy.write_text(policy.read_text().replace(" * priority(p))\n", f" * priority(p))\n  {level}\n"))
    rows = []
    for size, limit in (("M", 20), ("L", 4), ("L", 10), ("L", 30)):
        files = pathlib.Path(folder) / size
        files.mkdir(exist_ok=True)
        nodes, pods = cut(arguments.trace, size, files)
        command = [BINARY, "plan", str(place), "--input", f"nodes={nodes}", "--input", f"pods={pods}", "--format", "json", "--no-progress"]
        run = process([*command, "--time-limit", f"{limit} s"], cwd=ROOT)
        plan = json.loads(run.stdout)
        served, few = plan["levels"]
        rows.append([size, f"{limit} s", f"{run.seconds:.2f}", f"{served['value']:,.0f}", f"{100 * served['gap']:.2f} %",
                     f"{few['value']:,.0f}", f"{few['bound']:,.0f}", f"{100 * few['gap']:.2f} %", f"{plan['metrics']['fragmentation']['value']:,.1f}"])
    page.section("Fragmentation as a level", rows,
                 ["size", "limit", "seconds", "priority served", "gap", "accelerators in use", "bound", "gap of these", "of them left over"],
                 "apportion plan FOLDER --input nodes=L/nodes.csv --input pods=L/pods.csv --time-limit 10s",
                 f"`examples/gpu-cluster` with a second level: `{level}`. Its bound holds for every plan that serves no less.")


def grown(page, arguments, folder):
    """How the cost of a plan grows with the fleet."""
    growth(page, BINARY, ROOT, arguments.trace, folder)


def profile(page, arguments, folder):
    """Where time and memory of a plan go."""
    cases = []
    for size, until in (("M", ["--time-limit", "5s"]), ("L", ["--time-limit", "10s"])):
        place = pathlib.Path(folder) / size
        place.mkdir(exist_ok=True)
        cases.append((size, *cut(arguments.trace, size, place), until))
    place = pathlib.Path(folder) / "fleet"
    place.mkdir(exist_ok=True)
    cases.append(("10,000 × 100,000", *fleet(arguments.trace, place, 10_000, 100_000), ["--gap", "2 %"]))
    stages(page, BINARY, ROOT, cases)


def fairness(page, arguments, folder):
    """Tenants that share servers fairly: every share, from files to a checked plan, beside the peers' own loop over levels."""
    rows = []
    for tenants, servers, kinds, goal in ((200, 500, 12, 0.3), (2_000, 10_000, 50, 10)):
        place = pathlib.Path(folder) / f"fairness-{tenants}"
        make_fairness(tenants, servers, kinds, place)
        run = process([BINARY, "plan", "--format", "json", "--no-progress"], cwd=place)
        plan = json.loads(run.stdout)
        level, solve = plan["levels"][0], plan["timings"]["solve"]
        rows.append([f"{tenants:,} × {servers:,} of {kinds} kinds", "apportion", f"{plan['model']['columns']:,}", level["shares"]["solves"],
                     f"{level['value']:.6g}", plan["status"], f"{solve:.2f} s", f"{goal} s", met(solve, goal), f"{run.processor:.2f} s", f"{run.seconds:.2f} s"])
    theirs = peer(arguments, ["fair.py"])
    for line in filter(lambda it: it.startswith("{"), theirs.stdout.splitlines()):
        it = json.loads(line)
        way = "peer, " + ("servers of a kind merged" if it["merged"] else "pair by pair") + (", basis kept" if it["reuse_basis"] else "")
        rows.append(["200 × 500 of 12 kinds", way, f"{it['cols']:,}", it["levels"], f"{it['min_share']:.6g}", "", f"{it['all_levels']:.2f} s", "", "", "", ""])
    head = ["tenants × servers", "way", "columns", "solves", "least share", "status", "solve", "goal", "met", "processor", "process"]
    page.section("Fair shares", rows, head, "fairness.py TENANTS SERVERS KINDS FOLDER; apportion plan; fair.py",
                 "The peer draws its own tenants in the same way, so that its least share is another; its time is of the solves alone, 60 s at "
                 "most. Processor: user and system time of the whole process, from files to a checked plan.")


def flagship(page, _, folder):
    """The policy that has most of the language, over 200 pools and 2,000 workloads."""
    place = make_flagship(200, 2_000, pathlib.Path(folder) / "flagship")
    limit = "5 min"
    run = process([BINARY, "plan", "--format", "json", "--no-progress", "--time-limit", limit], cwd=place)
    plan = json.loads(run.stdout)
    rows = [[level["name"], f"{level['value']:.6g}", "–" if level.get("gap") is None else f"{100 * level['gap']:.3f} %", level["state"]]
            for level in plan["levels"]]
    page.section("The whole policy, 200 pools and 2,000 workloads", rows, ["level", "value", "gap", "how it ended"],
                 f"flagship.py 200 2000 FOLDER; apportion plan --time-limit '{limit}'",
                 f"{run.seconds:.1f} s from files to a checked plan, {plan['model']['columns']:,} columns.")


def examples(page, arguments, _):
    """Published examples: our optimum beside the peer's own."""
    rows = []
    ways = [
        ("warehouses", "plan/published/minizinc", "Ten stores", published.warehouses, "MiniZinc, Gecode"),
        ("budgets", "plan/published/minizinc_knapsack", "Fifty projects", published.budgets, "MiniZinc, Gecode"),
    ]
    if arguments.rebalancer:
        of_rebalancer = [
            ("knapsacks", "plan/published/rebalancer", "Knapsacks", published.knapsack),
            ("shards", "plan/published/rebalancer", "Shards", published.shards),
            ("tasks", "plan/published/rebalancer_tupperware", "Every host", published.tasks),
        ]
        for name, case, title, peer in of_rebalancer:
            ways.append((name, case, title, lambda data, peer=peer: peer(data, arguments.rebalancer), "Rebalancer"))
    for name, case, title, peer, who in ways:
        theirs, how = peer(cases.blocks(case, title))
        with tempfile.TemporaryDirectory() as folder:
            run = process([BINARY, "plan", "--format", "json", "--no-progress"], cwd=cases.project(case, folder, title))
        level = json.loads(run.stdout)["levels"][-1]
        rows.append([name, who, f"{theirs:g}", how, f"{level['value']:g}", level["state"], "yes" if abs(theirs - level["value"]) < 1e-6 else "no"])
    page.section("Published examples", rows, ["example", "peer", "its optimum", "how", "ours", "how it ended", "equal"], "run.py --only examples")


def roles(page, arguments, folder):
    """Services in two parts: five resources, limits per machine, and a ratio between the parts."""
    if not arguments.roles:
        page.section("Services in two parts", [["not measured", "no --roles", "", "", ""]], ["limit", "seconds", "served", "bound", "gap"], "–")
        return
    place = pathlib.Path(folder) / "roles"
    place.mkdir(exist_ok=True)
    inputs = [f"--input={path.stem}={path}" for path in make_roles(arguments.roles, place)]
    rows = []
    for limit in (5, 10, 30):
        run = process([BINARY, "plan", "tests/bench/roles", *inputs, "--format", "json", "--no-progress", "--time-limit", f"{limit} s"], cwd=ROOT)
        plan = json.loads(run.stdout)
        level = plan["levels"][0]
        gap = 100 * (1 - level["value"] / level["bound"])
        rows.append([f"{limit} s", f"{run.seconds:.2f}", f"{level['value']:,.0f}", f"{level['bound']:,.0f}", f"{gap:.3f} %"])
    page.section("Services in two parts", rows, ["limit", "seconds", "served", "bound", "gap"],
                 "roles.py TRACE FOLDER; apportion plan tests/bench/roles --input apps=… --input instances=… --input nodes=… --time-limit 10s",
                 f"{len(open(place / 'instances.csv').readlines()) - 1:,} instances onto {len(open(place / 'nodes.csv').readlines()) - 1:,} machines, "
                 f"{plan['model']['columns']:,} columns for {plan['model']['single_columns']:,} pairs.")


def equal_time(page, arguments, folder):
    """Ours beside other solvers and greedy orders, on the same rules, at the same time limit."""
    for size in arguments.sizes:
        table, scored = [], []
        place = pathlib.Path(folder) / size
        place.mkdir(exist_ok=True)
        nodes, pods = cut(arguments.trace, size, place)
        rows = peers.Cut(nodes, pods)
        orders = {name: rows.figures(peers.greedy(rows, name)) for name in peers.GREEDY}
        for limit in (0.1, 1, 5, 20):
            command = [BINARY, "plan", "tests/bench/counted", "--input", f"nodes={nodes}", "--input", f"pods={pods}", "--format", "json", "--no-progress"]
            run = process([*command, "--time-limit", f"{limit} s"], cwd=ROOT)
            own = rows.figures(peers.ours(rows, json.loads(run.stdout)))
            table.append([size, f"{limit} s", "apportion", f"{run.seconds:.2f}", f"{own[0]:,.0f}", ""])
            for name, python, script, field in peers.solvers(size, limit, arguments.rebalancer):
                env = {"OPENB": str(arguments.trace)}
                theirs = process([python or sys.executable, *script], cwd=arguments.peers, env=env, timeout=3 * limit + 60)
                served = peers.value(theirs.stdout.splitlines()[-1], field) if theirs.code == 0 else 0
                table.append([size, f"{limit} s", name, f"{theirs.seconds:.2f}", f"{served:,.0f}", "yes" if own[0] > served else "**no**"])
            for name, order in [("apportion", own), *orders.items()]:
                ahead = [own[0] >= order[0], own[1] >= order[1], own[2] <= order[2]]
                marks = ["" if name == "apportion" else " yes" if it else " **no**" for it in ahead]
                scored.append([size, f"{limit} s", name, f"{order[0]:,.0f}{marks[0]}", f"{100 * order[1]:.2f} %{marks[1]}", f"{100 * order[2]:.2f} %{marks[2]}"])
        page.section(f"Other solvers at equal time, {size}", table, ["size", "limit", "way", "seconds", "priority served", "ours is ahead"],
                     "apportion plan tests/bench/counted --input nodes=M/nodes.csv --input pods=M/pods.csv --time-limit 1s; solve_peers.py M pod cpsat 1",
                     "Seconds are of the whole process; the limit of a peer counts from the end of its build, ours from the end of loading. `pair`: a column per pod "
                     "and machine, `pod`: pods that are alike together. 0: no plan was found; who runs on for a minute past three times the limit is ended. Rebalancer takes whole seconds. Pair by pair, L has 8 million columns: only HiGHS has its model before the time is up.")
        page.section(f"Greedy orders, {size}", scored, ["size", "our limit", "way", "priority served", "accelerators in use", "fragmentation"],
                     "apportion plan tests/bench/counted --input nodes=M/nodes.csv --input pods=M/pods.csv --time-limit 1s",
                     "`yes`: ours is not behind. Fragmentation: accelerators that are free where a pod of the trace that asks for some finds no room, of all "
                     "accelerators. Greedy orders have no limit; the policy says nothing of accelerators in use or of fragmentation.")


def mix(page, arguments, folder):
    """What to buy within one budget over everything."""
    purchase(page, BINARY, arguments.peers, lambda command: peer(arguments, command).stdout, arguments.prices, folder)


def plan_of(folder, nodes, pods, *more):
    """A plan of the project in examples/gpu-cluster: the process, and the plan's JSON in a file and read."""
    path = pathlib.Path(folder) / f"plan-{len(list(pathlib.Path(folder).iterdir()))}.json"
    command = [BINARY, "plan", "examples/gpu-cluster", "--input", f"nodes={nodes}", "--input", f"pods={pods}", "--format", "json", "--no-progress", *more]
    run = process(command, cwd=ROOT)
    path.write_text(run.stdout)
    return run, path, json.loads(run.stdout)


def places(plan):
    """The node of each pod that is placed."""
    return {entry["at"][0]: entry["at"][1] for entry in plan["decisions"]["x"] if entry["value"] > 0}


def changed(path, target, share=0.01, seed=5):
    """The pods of a file with a share of them gone and as many copies of others, under new names; gives how many."""
    chance = random.Random(seed)
    pods = rows(path)
    count = max(1, round(share * len(pods)))
    gone = set(chance.sample(range(len(pods)), count))
    new = [{**chance.choice(pods), "name": f"new-{at:06}"} for at in range(count)]
    write(target, [pod for at, pod in enumerate(pods) if at not in gone] + new)
    return count


def in_process(place, nodes, pods):
    """The same changes, planned one after the other by one process."""
    files = []
    for seed in range(CHANGES):
        files.append(place / f"changed-{seed}.csv")
        changed(pods, files[-1], seed=seed)
    command = ["cargo", "run", "--release", "--quiet", "-p", "apportion-driver", "--example", "changes", "--", "examples/gpu-cluster",
               f"nodes={nodes}", f"pods={pods}", "--", *(f"pods={file}" for file in files)]
    first, *after = [json.loads(line) for line in checked(command).stdout.splitlines()]
    gap = lambda plan: 100 * (1 - plan["value"] / plan["bound"])
    seconds = [plan["seconds"] for plan in after]
    return types.SimpleNamespace(
        cold=first["seconds"], gap=gap(first), seconds=seconds, share=Series([it / first["seconds"] for it in seconds]),
        wider=[gap(plan) - gap(first) for plan in after], moves=[plan["moved"] for plan in after])


def resolve(page, arguments, folder):
    """A plan after 1 % of its pods have changed, beside the plan before, and beside one from nothing."""
    table = []
    for size in ("M", "L"):
        place = pathlib.Path(folder) / size
        place.mkdir(exist_ok=True)
        nodes, pods = cut(arguments.trace, size, place)
        cold, before, first = plan_of(place, nodes, pods)
        was, first = places(first), first["levels"][0]
        moved = lambda plan: sum(was.get(pod, node) != node for pod, node in places(plan).items())
        gap = lambda level, bound: 100 * (1 - level["value"] / bound)
        seconds, wider, moves = [], [], []
        for seed in range(CHANGES):
            changed_pods = place / "changed.csv"
            count = changed(pods, changed_pods, seed=seed)
            warm, _, after = plan_of(place, nodes, changed_pods, "--input", f"current={before}")
            level = after["levels"][0]
            seconds.append(warm.seconds)
            wider.append(gap(level, level["bound"]) - gap(first, first["bound"]))
            moves.append(moved(after))
        again, _, afresh = plan_of(place, nodes, changed_pods)
        kept = in_process(place, nodes, pods)
        share = Series([it / cold.seconds for it in seconds])
        level = afresh["levels"][0]
        table += [
            [size, "before the change", f"{cold.seconds:.2f}", "", f"{gap(first, first['bound']):.2f} %", "", ""],
            [size, "after it, from nothing", f"{again.seconds:.2f}", "", f"{gap(level, level['bound']):.2f} %", moved(afresh), ""],
            [size, f"after {CHANGES} changes, from what runs", Series(seconds), f"{100 * share.median:.1f} %, at most {100 * max(share.values):.1f} %",
             f"at most {max(wider):.2f} % wider", f"{min(moves)} .. {max(moves)}",
             f"at most 5 % of the time: {met(share.median, 0.05)}; gap at most 0.2 % wider: {met(max(wider), 0.2)}; "
             f"at most {2 * count} moves: {met(max(moves), 2 * count)}"],
            [size, "in process, before the change", f"{kept.cold:.2f}", "", f"{kept.gap:.2f} %", "", ""],
            [size, f"in process, after {CHANGES} changes, with what is known", Series(kept.seconds),
             f"{100 * kept.share.median:.1f} %, at most {100 * max(kept.share.values):.1f} %", f"at most {max(kept.wider):.2f} % wider",
             f"{min(kept.moves):.0f} .. {max(kept.moves):.0f}",
             f"at most 5 % of the time: {met(kept.share.median, 0.05)}; gap at most 0.2 % wider: {met(max(kept.wider), 0.2)}; "
             f"at most {2 * count} moves: {met(max(kept.moves), 2 * count)}"],
        ]
    for line in peer(arguments, ["resolve.py", "M"]).stdout.splitlines():
        figures = json.loads(line) if line.startswith("{") else {}
        if "s" in figures:
            table.append(["M", f"resolve.py: {figures['what']}", f"{figures['s']:.3f}", "", "", figures.get("moves", ""), ""])
        elif "moves" in figures:
            # It tells the moves of a plan on a line of their own.
            table[-1][5] = figures["moves"]
    page.section("After a change of 1 % of the pods", table, ["size", "plan", "seconds", "of the time before", "gap", "moved", "goal"],
                 "apportion plan examples/gpu-cluster --input nodes=L/nodes.csv --input pods=L/changed.csv --input current=before.json",
                 "Ours: whole processes, one run each, every change with a seed of its own; the limit is the project's, 60 s. Moved are "
                 "pods that run before and after, on another node. Each gap is to the plan's own bound; the goals are held against the worst change, that of the "
                 "time against the median. In process: one that plans again and again, as a control loop does, from the bytes of the files to the judged plan "
                 "with its reasons; it keeps what grounding and the linear relaxation found of kinds of rows (`driver::Planner`). "
                 "`resolve.py` works on counts per class, but for its last line, which places what waits by best fit.")


def one_change(page, arguments, folder):
    """A plan after one pod, machine or price has changed."""
    changes.one_change(page, BINARY, ROOT, arguments.peers, arguments.trace, folder)


def histogram(counts):
    """How many times were at most each bound and over the one before."""
    bounds = ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "longer"]
    return ", ".join(f"{bound} {count:,}" for bound, count in zip(bounds, counts) if count)


def live(page, arguments, folder):
    """One pod that arrives beside a plan that stands, in process."""
    floor = pathlib.Path(folder) / "floor"
    checked(["rustc", "-O", "-C", "target-cpu=native", "-o", floor, arguments.peers / "live.rs"])
    scans = re.findall(r"nodes (\d+): median ([\d.]+) us, p99 ([\d.]+) us", checked([floor]).stdout)
    scans = {int(machines): (float(median), float(last)) for machines, median, last in scans}
    table = []
    for machines, limit in ((1523, 50), (100_000, 2000)):
        place = pathlib.Path(folder) / f"live-{machines}"
        place.mkdir(exist_ok=True)
        if machines == 1523:
            nodes, pods = cut(arguments.trace, "L", place)
        else:
            nodes, pods = fleet(arguments.trace, place, machines, machines // 2)
        all_pods = rows(pods)
        random.Random(3).shuffle(all_pods)
        standing = int(0.6 * len(all_pods))
        write(place / "standing.csv", all_pods[:standing])
        write(place / "arriving.csv", all_pods[standing:][:10_000])
        _, plan, _ = plan_of(place, nodes, place / "standing.csv", "--time-limit", "5 s")
        command = ["cargo", "run", "--release", "--quiet", "-p", "apportion-driver", "--example", "arrivals", "--", "examples/gpu-cluster",
                   f"pods={place / 'arriving.csv'}", f"nodes={nodes}", f"pods={place / 'standing.csv'}", f"current={plan}"]
        found = [json.loads(checked(command).stdout) for _ in range(arguments.runs)]
        scan = scans[machines]
        for what, name in (("decision", "decide"), ("first decision of its kind", "first_of_kind"), ("one row read", "read"),
                           ("one row read whose kind nothing planned is of", "new_kind"), ("one row read and decided, whatever its kind", "whole")):
            median, last, alone = (Series([it[key] for it in found]) for key in (f"{name}_us", f"{name}_p99_us", f"{name}_cpu_p99_us"))
            is_decision = name == "decide"
            beside = f"{median.median / scan[0]:.2f}, {last.median / scan[1]:.2f}" if is_decision else ""
            verdict = f"at most {limit} µs at the 99th percentile: {met(last.median, limit)}, without waiting {met(alone.median, limit)}"
            table.append([f"{machines:,}", what, f"{median.median:.1f}", f"{last.median:.1f}", f"{alone.median:.1f}", beside, verdict if is_decision else ""])
        last = found[-1]
        counts = f"{last['placed']:,} placed, {last['refused']:,} refused, {last['new_kinds']:,} kinds not seen before"
        table.append([f"{machines:,}", counts, "", "", "", "", ""])
        table.append([f"{machines:,}", f"one row read and decided, how many: {histogram(last['whole_histogram'])}", "", "", "", "", ""])
        table.append([f"{machines:,}", "live.rs: a scan written for this choice alone", *scan, "", "1", ""])
    for line in peer(arguments, ["live.py"]).stdout.splitlines():
        figures = json.loads(line) if line.startswith("{") else None
        if figures is None:
            continue
        times = [1000 * figures[key] for key in ("median_ms", "p99_ms")]
        ratios = ", ".join(f"{ours / theirs:.2f}" for ours, theirs in zip(times, scans[1523]))
        table.append(["1,523", f"live.py: {figures['way']}", *(f"{time:.1f}" for time in times), "", ratios, ""])
    page.section("One arrival beside a plan that stands, microseconds", table,
                 ["machines", "what", "median", "99th percentile", "the same, without waiting", "median and 99th, of live.rs", "goal"],
                 "cargo run --release -p apportion-driver --example arrivals -- examples/gpu-cluster pods=arriving.csv nodes=nodes.csv pods=standing.csv current=plan.json",
                 "60 % of the pods are planned (5 s), the others arrive one by one; each is placed by all rules of the policy and keeps its place. "
                 "Without waiting: the time that the thread ran, which other processes on the machine do not lengthen. A row of a new kind has the policy "
                 "ground anew, once for each kind.")


def arrival(page, arguments, folder):
    """One pod that arrives among 10,000 that run in 1,000 pools: from the file that has its line to the decision."""
    place = pathlib.Path(folder) / "arrival"
    place.mkdir(exist_ok=True)
    nodes, pods = fleet(arguments.trace, place, 1000, 10_000 + ARRIVALS)
    # A pool of the trace has room for five of its pods; for ten, they ask for a third.
    small = [{**pod, "cpu_milli": int(pod["cpu_milli"]) // 3, "memory_mib": int(pod["memory_mib"]) // 3, "num_gpu": min(1, int(pod["num_gpu"])),
              "gpu_milli": min(300, int(pod["gpu_milli"]))} for pod in rows(pods)]
    write(place / "standing.csv", small[:10_000])
    write(place / "arriving.csv", small[10_000:])
    _, plan, before = plan_of(place, nodes, place / "standing.csv", "--time-limit", "5 s")
    seconds, placed, moved = [], 0, 0
    was = places(before)
    for pod in small[10_000:]:
        write(place / "pods.csv", [*small[:10_000], pod])
        run, path, after = plan_of(place, nodes, place / "pods.csv", "--input", f"current={plan}")
        path.unlink()
        now = places(after)
        seconds.append(run.seconds)
        placed += pod["name"] in now
        moved += sum(now.get(key, node) != node for key, node in was.items())
    command = ["cargo", "run", "--release", "--quiet", "-p", "apportion-driver", "--example", "arrivals", "--", "examples/gpu-cluster",
               f"pods={place / 'arriving.csv'}", f"nodes={nodes}", f"pods={place / 'standing.csv'}", f"current={plan}"]
    found = json.loads(checked(command).stdout)
    seconds.sort()
    percentile = lambda share: seconds[min(len(seconds) - 1, int(share * len(seconds)))]
    table = [
        ["a process: the file with one line more, and what runs, to a judged plan", f"{percentile(0.5):.3f}", f"{percentile(0.99):.3f}",
         f"at most 0.1 s and 1 s: {met(percentile(0.5), 0.1)}, {met(percentile(0.99), 1)}"],
        ["in process: the line of text to the decision", *(f"{found[key] / 1e6:.6f}" for key in ("whole_us", "whole_p99_us")),
         f"at most 0.1 s and 1 s: {met(found['whole_us'] / 1e6, 0.1)}, {met(found['whole_p99_us'] / 1e6, 1)}"],
    ]
    page.section("One arrival among 10,000 that run in 1,000 pools, seconds", table, ["from what to what", "median", "99th percentile", "goal"],
                 "apportion plan examples/gpu-cluster --input nodes=nodes.csv --input pods=pods.csv --input current=plan.json",
                 f"{len(was):,} pods run. {len(seconds)} arrivals, each in a process of its own beside the same plan: {placed} are placed, {moved} of those that run are "
                 f"moved. In process, the same pods arrive one after the other; {found['new_kinds']} of them are of a kind that nothing planned is of. "
                 f"How many took how long: {histogram(found['whole_histogram'])}.")


def partitions(page, arguments, folder):
    """A fleet beyond the trace, whole and in parts, at one time limit."""
    place = pathlib.Path(folder) / "partitions"
    place.mkdir(exist_ok=True)
    nodes, pods = fleet(arguments.trace, place, 10_000, 100_000)
    table, whole = [], None
    for parts in (1, 4, 16):
        options = ["--partitions", str(parts)] if parts > 1 else []
        run, _, plan = plan_of(place, nodes, pods, "--time-limit", "60 s", *options)
        level = plan["levels"][0]
        value, bound = level["value"], level["bound"]
        whole = whole or value
        loss = 100 * (1 - value / bound)
        table.append([parts, f"{run.seconds:.1f}", f"{value:,.0f}", f"{bound:,.0f}", f"{loss:.2f} %",
                      f"{100 * (value / whole - 1):+.2f} %" if parts > 1 else ""])
    page.section("In parts: 10,000 machines, 100,000 pods", table,
                 ["parts", "seconds", "served priority", "bound", "loss, proven at most", "against the whole"],
                 "apportion plan examples/gpu-cluster --input nodes=nodes.csv --input pods=pods.csv --time-limit 60s --partitions 16",
                 "One run each. Parts are dealt at random and planned by worker processes, as many at once as there are cores. The bound "
                 "is that of the whole problem over classes, so that it holds for plans that are made without parts too.")


PARTS = {"build": build, "classes": classes, "constructs": merging, "peers": equal_time, "placement": placement, "fragmentation": fragmentation, "growth": grown, "profile": profile, "roles": roles, "fairness": fairness, "flagship": flagship, "examples": examples, "mix": mix,
         "resolve": resolve, "change": one_change, "live": live, "arrival": arrival, "partitions": partitions, "text": text, "whole": whole, "limits": limits}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", required=True, type=pathlib.Path, help="folder of the peers' scripts")
    parser.add_argument("--trace", required=True, type=pathlib.Path, help="folder of the cluster trace")
    parser.add_argument("--roles", type=pathlib.Path, help="folder of the trace of services in two parts")
    parser.add_argument("--rebalancer", help="a Python that has `rebalancer`; it is left out where none is named")
    parser.add_argument("--prices", type=pathlib.Path, help="a price list of machines as CSV, gzipped; without it only the peers' instance is planned")
    parser.add_argument("--runs", type=int, default=3, help="runs of each figure")
    parser.add_argument("--only", choices=PARTS, nargs="*", default=list(PARTS), help="parts to measure; the others stay on the page as they are")
    parser.add_argument("--sizes", choices=["S", "M", "L"], nargs="*", default=["S", "M", "L"], help="of the trace, beside other solvers")
    parser.add_argument("--binary", type=pathlib.Path, help="an `apportion` to measure as it is, instead of building one")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "RESULTS.md")
    arguments = parser.parse_args()
    arguments.trace, arguments.peers = arguments.trace.resolve(), arguments.peers.resolve()
    if arguments.binary:
        global BINARY
        BINARY = arguments.binary.resolve()
    else:
        subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "apportion"], cwd=ROOT, check=True)
    page = Page(arguments.output)
    with tempfile.TemporaryDirectory() as folder:
        for part in arguments.only:
            PARTS[part](page, arguments, folder)


if __name__ == "__main__":
    main()
