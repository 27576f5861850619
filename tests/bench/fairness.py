"""Tenants that share servers fairly, as files: dominant shares by weight, divisible tasks, each tenant with a most that it
can use and kinds of server that it may run on. Drawn as the peers draw theirs (fair.py), the backlogs so that there is as
much of them for each server at any size. Alone: fairness.py TENANTS SERVERS KINDS FOLDER [SEED]"""
import csv
import json
import pathlib
import random
import sys

CORES, MEMORY, GPUS = (32, 64, 96, 128), (128, 256, 512, 768), (0, 0, 2, 4, 8)
WANTED_CORES, WANTED_MEMORY, WANTED_GPUS = (1, 2, 4, 8, 16), (2, 4, 8, 16, 64), (0, 0, 0, 1, 2)
WEIGHTS = (1, 1, 1, 2, 3)
# How likely a tenant may run on a kind of server.
PERMITTED = 0.2
# What a tenant can use, as a share of all, by its weight, where there are so many tenants.
BACKLOG, TENANTS = (0.002, 0.03), 200
POLICY = """edition 2026

resource cpu: cores
resource memory: GiB
resource gpu: devices
entity Server { key id: string; kind: string; capacity: amounts }
entity Tenant { key id: string; weight: number; request: amounts; backlog: ratio; kinds: set<string> }
input servers: Server
input tenants: Tenant
/// How many tasks of each tenant run on each server, parts of tasks too.
place tenants t onto servers s as x: ratio <= t.backlog where s.kind in t.kinds

rule capacity {
  for s in servers, r in resources: sum(t in tenants: x[t, s] * t.request[r]) <= s.capacity[r]
}
rule backlog { for t in tenants: x[t, *] <= t.backlog }
fairness shares: drf for t weight t.weight over cpu, memory, gpu
objective { equity: maximize shares }
"""
PROJECT = """[project]
name = "fairness"
policy = "fairness.alloc"

[inputs]
servers = "servers.csv"
tenants = "tenants.json"

[solve]
gap = "0.01 %"
threads = 1
seed = 0
"""


def make(tenants, servers, kinds, folder, seed=11):
    """A project of so many tenants and servers."""
    chance = random.Random(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fairness.alloc").write_text(POLICY)
    (folder / "apportion.toml").write_text(PROJECT)
    sizes = [(chance.choice(CORES), chance.choice(MEMORY), chance.choice(GPUS)) for _ in range(kinds)]
    drawn = [chance.randrange(kinds) for _ in range(servers)]
    with open(folder / "servers.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["id", "kind", "capacity.cpu[cores]", "capacity.memory[GiB]", "capacity.gpu[devices]"])
        table.writerows([f"s{at:05}", f"k{kind:02}", *sizes[kind]] for at, kind in enumerate(drawn))
    totals = [sum(sizes[kind][resource] for kind in drawn) for resource in range(3)]
    rows = []
    for at in range(tenants):
        request = (chance.choice(WANTED_CORES), chance.choice(WANTED_MEMORY), chance.choice(WANTED_GPUS))
        weight = chance.choice(WEIGHTS)
        fits = [kind for kind in range(kinds) if request[2] == 0 or sizes[kind][2] > 0]
        permitted = [kind for kind in fits if chance.random() < PERMITTED] or fits[:1]
        dominant = max(wanted / total for wanted, total in zip(request, totals) if total)
        backlog = chance.uniform(*BACKLOG) * TENANTS / tenants * weight / dominant
        rows.append({
            "id": f"t{at:05}",
            "weight": weight,
            "request": {"cpu": f"{request[0]} cores", "memory": f"{request[1]} GiB", "gpu": f"{request[2]} devices"},
            "backlog": f"{100 * backlog!r} %",
            "kinds": [f"k{kind:02}" for kind in permitted],
        })
    (folder / "tenants.json").write_text(json.dumps(rows))


if __name__ == "__main__":
    make(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], *map(int, sys.argv[5:]))
