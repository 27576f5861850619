"""A fleet of any size made from the cluster trace, as files: machines are drawn from its machines, pods from its pods,
with the cores and memory of one and the accelerators, models and class of another that asks for as many accelerators.
The same seed gives the same files. Alone: fleet.py TRACE FOLDER MACHINES PODS [SEED]"""
import csv
import pathlib
import random
import sys

from trace import NODES, PODS


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write(path, drawn):
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(drawn[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(drawn)
    return path


def make(trace, folder, machines, pods, seed=0):
    """Writes nodes.csv and pods.csv into a folder; returns their paths."""
    trace, folder = pathlib.Path(trace), pathlib.Path(folder)
    chance = random.Random(seed)
    known = rows(trace / NODES)
    nodes = [{**chance.choice(known), "sn": f"node-{at:06}"} for at in range(machines)]
    known = rows(trace / PODS)
    like = {}
    for pod in known:
        like.setdefault(pod["num_gpu"], []).append(pod)
    drawn = []
    for at in range(pods):
        pod = chance.choice(known)
        other = chance.choice(like[pod["num_gpu"]])
        size = {key: other[key] for key in ("cpu_milli", "memory_mib")}
        drawn.append({**pod, **size, "name": f"pod-{at:06}"})
    return [write(folder / "nodes.csv", nodes), write(folder / "pods.csv", drawn)]


if __name__ == "__main__":
    trace, folder, machines, pods, *seed = sys.argv[1:]
    make(trace, folder, int(machines), int(pods), *map(int, seed))
