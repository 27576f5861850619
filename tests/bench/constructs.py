"""A cluster's policy with one construct of the language at a time added to it, to see what each costs in classes.

To the trace's machines come a zone and a price, to its pods a group, so that there is something to spread, to buy and to
keep together: the first 40 groups are eight pods each that follow each other, all other pods belong to none. Every tenth pod runs now,
on one machine after the other."""
import json
import pathlib

import fleet
from fleet import rows

GROUPS, MEMBERS, ZONES = 40, 8, 6

FACTS = """
entity Zone { key id: string }
entity Group { key id: string; size: count }
input zones: Zone
input groups: Group
"""
MEMBER = "p in pods where has(p.group) && p.group == g"
OPEN = "decide open[n in nodes]: flag\n"
FILLED = OPEN + "rule filled { for n in nodes: sum(p in pods: x[p, n]) <= 200 * open[n] }\n"

# What each is called, what it adds to the policy, and the level that it adds to the objective.
CONSTRUCTS = [
    ("forbid", 'rule added { forbid x[p, n] where p.qos == BE && n.model == "T4" }', ""),
    ("permit", 'rule added { permit x[p, n] where p.qos != BE || n.model != "T4" }', ""),
    ("priority", "", "weighted: maximize sum(p in pods: served[p] * priority(p))"),
    ("one row by its key", 'rule added { forbid x[p, n] where p.id == "openb-pod-0000" && n.model == "T4" }', ""),
    ("soft", "rule added soft at calm, 1 credit per core { for n in nodes: sum(p in pods: x[p, n] * p.cpu) <= 90 % * n.capacity[cpu] }", "calm: minimize penalties"),
    ("if broken", "rule added if broken no worse { for n in nodes: sum(p in pods: x[p, n] * p.memory) <= 90 % * n.capacity[memory] }", ""),
    ("service level", 'sla added for 99 % of served { forbid x[p, n] where p.qos == BE && n.model == "T4" }', ""),
    ("budget", "budget added: sum(p in pods, n in nodes: x[p, n] * p.accelerators * n.price) <= 900_000 USD per month", ""),
    ("spread over rows", f"rule added {{ for g in groups, z in zones: sum({MEMBER}, n in nodes where n.zone == z: x[p, n]) <= 2 }}", ""),
    ("spread over words", f'rule added {{ for g in groups, m in {{"T4", "P100"}}: sum({MEMBER}, n in nodes where n.model == m: x[p, n]) <= 2 }}', ""),
    ("anti-affinity", f"rule added {{ for g in groups, n in nodes: sum({MEMBER}: x[p, n]) <= 1 }}", ""),
    ("gang, with a flag", f"decide runs[g in groups]: flag\nrule added {{ for g in groups: sum({MEMBER}: served[p]) == g.size * runs[g] }}", ""),
    ("gang, as an implication", f"rule added {{ for g in groups: if sum({MEMBER}: served[p]) >= 1 then sum({MEMBER}: served[p]) >= g.size }}", ""),
    ("flag per node", FILLED, ""),
    ("at most k, as a sum", FILLED + "rule added { sum(n in nodes: open[n]) <= 200 }", ""),
    ("at most k, as a count", FILLED + "rule added { count(n in nodes: open[n] == 1) <= 200 }", ""),
    ("implication of flags", OPEN + "rule added { for p in pods, n in nodes: if x[p, n] == 1 then open[n] == 1 }", ""),
    ("either or, of flags", OPEN + 'rule added { for p in pods, n in nodes where n.model == "T4": x[p, n] == 0 || open[n] == 1 }', ""),
    ("empty unless open", OPEN + "rule added { for n in nodes: if open[n] == 0 then sum(p in pods: x[p, n]) == 0 }", ""),
    ("implication of sums", "rule added { for n in nodes: if sum(p in pods where p.qos == LS: x[p, n]) >= 1 then sum(p in pods where p.qos == BE: x[p, n]) == 0 }", ""),
    ("few moves", "", "calm: minimize moves(x)"),
    ("at most k moves", "rule added { moves(x) <= 50 }", ""),
    ("never moved, of some", "rule added { for p in pods where p.qos == LS: moves(x[p, *]) == 0 }", ""),
    ("few accelerators in use", "", "packing: minimize sum(n in nodes: bins(p in pods: x[p, n] * p.accelerators each p.share in 1 device))"),
    ("greatest load", "", "even: minimize max(n in nodes: sum(p in pods: x[p, n] * p.cpu))"),
    ("greatest load, made great", "", "uneven: maximize max(n in nodes: sum(p in pods: x[p, n] * p.cpu))"),
]

# Why no fewer classes would do, where a construct costs any.
PLACES = "each sum is of one group"
ALONE = "whether a condition holds of a machine is not told by a sum over machines"
MOVES = "none: rows that differ by where they run alone stay together, and what single rows move is counted when they are given their places"
OPEN_COLUMN = "no class more: a column for each kind of machine is the flag"
NEEDS = {
    "forbid": "two kinds of pods are told apart that were alike; pairs that are forbidden have no column",
    "priority": "a level that weighs pods tells apart those of different weight",
    "soft": "no class more: a column for each kind of machine is what is over",
    "if broken": "none",
    "budget": "machines of a model that cost different amounts are told apart",
    "flag per node": OPEN_COLUMN,
    "at most k, as a sum": OPEN_COLUMN,
    "at most k, as a count": OPEN_COLUMN,
    "implication of flags": OPEN_COLUMN,
    "either or, of flags": OPEN_COLUMN,
    "empty unless open": OPEN_COLUMN,
    "permit": "who is let in is told from who is not",
    "service level": "what counts as a breach is told from what does not, in one row",
    "one row by its key": "one pod is told from all others",
    "spread over rows": f"{PLACES} in one zone, so that a kind of pods is one per group and a kind of machines one per zone",
    "spread over words": f"{PLACES} of pods, on machines of a model, which are told apart without it",
    "anti-affinity": f"{PLACES} of pods; machines stay together, as each keeps the same limit",
    "gang, with a flag": f"{PLACES} of pods",
    "gang, as an implication": f"{PLACES} of pods, and each condition has a column and a row of its own",
    "implication of sums": f"{ALONE}: each stands alone; pods, which are summed up, stay together",
    "greatest load": "none: the mean of a class bounds it from below, and what single machines come to is looked at when pods are given their places",
    "greatest load, made great": "the greatest of several is not told by their sum: machines stand alone, pods stay together",
    "few moves": MOVES,
    "at most k moves": MOVES,
    "never moved, of some": "those that never move are told from those that may; not by where they run",
    "few accelerators in use": "none: what a class needs at least is a sum, and what single machines do is counted when pods are given their places",
}


def write(example, nodes, pods, folder):
    """Writes the manifest and the rows into a folder; `policy` gives what goes with them."""
    folder = pathlib.Path(folder)
    (folder / "policy").mkdir(parents=True, exist_ok=True)
    node_rows, pod_rows = rows(nodes), rows(pods)
    for at, row in enumerate(node_rows):
        row |= {"zone": f"zone-{at % ZONES}", "price[USD/h]": 1 + at % 2}
    for at, row in enumerate(pod_rows):
        row["group"] = f"group-{at // MEMBERS:02}" if at < GROUPS * MEMBERS else ""
    fleet.write(folder / "nodes.csv", node_rows)
    fleet.write(folder / "pods.csv", pod_rows)
    fleet.write(folder / "zones.csv", [{"id": f"zone-{at}"} for at in range(ZONES)])
    fleet.write(folder / "groups.csv", [{"id": f"group-{at:02}", "size": MEMBERS} for at in range(GROUPS)])
    at = [[pod["name"], node_rows[number % len(node_rows)]["sn"]] for number, pod in enumerate(pod_rows[::10])]
    now = {"x": [{"at": it, "value": 1} for it in at]}
    (folder / "now.json").write_text(json.dumps(now))
    manifest = (pathlib.Path(example) / "apportion.toml").read_text()
    manifest = manifest.replace("data/nodes.csv", "nodes.csv").replace("data/pods.csv", "pods.csv")
    manifest = manifest.replace("[inputs.nodes]", '[inputs]\nzones = "zones.csv"\ngroups = "groups.csv"\ncurrent = "now.json"\n\n[inputs.nodes]')
    (folder / "apportion.toml").write_text(manifest)


def policy(example, added, level):
    """The example's policy with the facts of this module, the construct and its level."""
    text = (pathlib.Path(example) / "policy/main.alloc").read_text()
    text = text.replace("  capacity: amounts\n", "  capacity: amounts\n  zone: Zone\n  price: USD/h\n")
    text = text.replace("  cpu: cores\n", "  cpu: cores\n  group: Group?\n")
    text = text.replace(" * priority(p))\n", f")\n  {level}\n")
    return text + FACTS + added + "\n"
