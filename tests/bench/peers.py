"""Plans for single machines by other solvers and by greedy orders, on the very same rules, at a time limit.

The peers' own scripts know how to read the trace and how to pose the problem; this module asks them, and judges every
plan by the same three figures. Accelerators are counted per machine, as the peers' models have it."""
import json
import sys

import numpy as np

from fleet import rows

PRIORITY = {"LS": 100, "Guaranteed": 100, "Burstable": 30, "BE": 10}


class Cut:
    """A cut of the trace as arrays: what machines have, what pods ask for, weigh, and where they may run."""

    def __init__(self, nodes, pods):
        nodes, pods = rows(nodes), rows(pods)
        self.node_at = {row["sn"]: at for at, row in enumerate(nodes)}
        self.pod_at = {row["name"]: at for at, row in enumerate(pods)}
        self.capacity = np.array([[int(row["cpu_milli"]), int(row["memory_mib"]), 1000 * int(row["gpu"])] for row in nodes], float)
        self.request = np.array([[int(row["cpu_milli"]), int(row["memory_mib"]), int(row["num_gpu"]) * int(row["gpu_milli"])] for row in pods], float)
        self.weight = np.array([PRIORITY[row["qos"]] for row in pods], float)
        models = np.array([row["model"] for row in nodes])
        self.eligible = (self.request[:, None, :] <= self.capacity[None, :, :]).all(2)
        self.eligible &= np.array([int(row["num_gpu"]) for row in pods])[:, None] <= np.array([int(row["gpu"]) for row in nodes])[None, :]
        for spec in {row["gpu_spec"] for row in pods} - {""}:
            asks = np.array([row["gpu_spec"] == spec for row in pods])
            self.eligible[asks] &= np.isin(models, spec.split("|"))[None, :]

    def figures(self, at):
        """Priority served; accelerators in use, as a share; and fragmentation as a share of all accelerators: what
        is free, each time that a pod of the trace that asks for accelerators could not be put there. `at` is each
        pod's machine, -1 for none. The measure is that of Weng et al., "Beware of Fragmentation" (USENIX ATC 2023),
        with accelerators counted per machine."""
        runs = at >= 0
        assert self.eligible[np.flatnonzero(runs), at[runs]].all()
        free = self.capacity.copy()
        np.subtract.at(free, at[runs], self.request[runs])
        assert (free >= -1e-6).all()
        total = self.capacity[:, 2].sum()
        kinds, counts = np.unique(self.request[self.request[:, 2] > 0], axis=0, return_counts=True)
        lost = sum(count * free[~(free + 1e-6 >= kind).all(1), 2].sum() for kind, count in zip(kinds, counts)) / counts.sum()
        return self.weight[runs].sum(), self.request[runs, 2].sum() / total, lost / total


def ours(cut, plan):
    """Where a plan's JSON puts each pod."""
    at = np.full(len(cut.pod_at), -1)
    for entry in plan["decisions"]["x"]:
        if entry["value"] > 0.5:
            pod, node = entry["at"]
            at[cut.pod_at[pod]] = cut.node_at[node]
    return at


# How each fills the machines: the order of the pods, and which machine of those with room is taken first.
GREEDY = {
    "kube-scheduler's scoring": ("priority", lambda free, cut, pod: ((free - cut.request[pod]) / np.maximum(cut.capacity, 1)).mean(1)),
    "best fit": ("priority", lambda free, cut, pod: -((free - cut.request[pod]) / cut.capacity.max(0)).sum(1)),
    "first fit": ("priority", lambda free, cut, pod: -np.arange(len(free))),
    "dominant size, best fit": ("dominant", lambda free, cut, pod: -((free - cut.request[pod]) / cut.capacity.max(0)).sum(1)),
}


def greedy(cut, name):
    """Where a greedy order puts each pod."""
    order, score = GREEDY[name]
    size = 1 if order == "priority" else (cut.request / cut.capacity.max(0)).max(1)
    free, at = cut.capacity.copy(), np.full(len(cut.request), -1)
    for pod in np.argsort(-cut.weight / size, kind="stable"):
        fits = np.flatnonzero(cut.eligible[pod] & (free >= cut.request[pod] - 1e-9).all(1))
        if len(fits):
            at[pod] = fits[np.argmax(score(free, cut, pod)[fits])]
            free[at[pod]] -= cut.request[pod]
    return at


def solvers(size, limit, rebalancer):
    """Each solver's command: its interpreter or none for this one, its script, and the field that holds the value. Pair by
    pair the others' models of L take longer to build than any limit."""
    for level in ("pair", "pod"):
        if size != "L" or level == "pod":
            yield f"CP-SAT, {level}", None, ["solve_peers.py", size, level, "cpsat", str(limit)], "obj"
            yield f"SCIP, {level}", None, ["solve_peers.py", size, level, "scip", str(limit)], "obj"
        yield f"HiGHS, {level}", None, ["placement.py", "solve", size, level, str(limit)], "obj"
    if rebalancer and limit >= 1:
        yield "Rebalancer, local search", rebalancer, ["rebal.py", size, "ls", str(int(limit))], "value"


def value(line, field):
    """What a solver's line of JSON says was served; 0 where it found nothing."""
    figures = json.loads(line)
    found = figures[field]
    return found if isinstance(found, (int, float)) and 0 <= found < 1e12 else 0
