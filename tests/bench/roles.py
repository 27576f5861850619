"""Files for `roles/` from a trace of services that run in two parts: its instances as they are, their applications, and
machines for nine tenths of what they ask for, as the trace has none. Alone: roles.py TRACE FOLDER"""
import csv
import gzip
import math
import pathlib
import sys

from fleet import write

FILE = "disaggregated_DLRM_trace.csv.gz"
ROLES = {"HN": "host", "CN": "compute"}
SIZES = {"cpu[cores]": "cpu_request", "memory[GiB]": "memory_request", "gpu[devices]": "gpu_request", "disk[GiB]": "disk_request"}
# What a machine of either kind has, in the order of SIZES and at last its network cards.
MACHINES = {"host": (128, 1024, 8, 8192, 4), "compute": (192, 1536, 0, 4096, 2)}
ENOUGH = 0.9


def make(trace, folder):
    """Writes apps.csv, instances.csv and nodes.csv into a folder; returns their paths."""
    with gzip.open(pathlib.Path(trace) / FILE, "rt", newline="") as file:
        known = list(csv.DictReader(file))
    apps, instances, wanted = {}, [], {role: [0.0] * 5 for role in MACHINES}
    for row in known:
        role = ROLES[row["role"]]
        limit = row["max_instance_per_node"]
        app = apps.setdefault(row["app_name"], {"id": row["app_name"], "hosts": 0, "computes": 0, "most_per_node": "" if limit == "-1" else limit})
        app[role + "s"] += 1
        sizes = {field: row[column] for field, column in SIZES.items()}
        sizes["network[devices]"] = float(row["rdma_request"]) / 100
        instances.append({"id": row["instance_sn"], "app": row["app_name"], "role": role, **sizes})
        wanted[role] = [sum + float(size) for sum, size in zip(wanted[role], sizes.values())]
    nodes = []
    for role, has in MACHINES.items():
        count = max(math.ceil(ENOUGH * asked / size) for asked, size in zip(wanted[role], has) if size)
        names = [f"capacity[{field.replace('[', '][', 1)}" for field in [*SIZES, "network[devices]"]]
        nodes += [{"id": f"{role}-{at:05}", **dict(zip(names, has))} for at in range(count)]
    folder = pathlib.Path(folder)
    return [write(folder / f"{name}.csv", rows) for name, rows in (("apps", list(apps.values())), ("instances", instances), ("nodes", nodes))]


if __name__ == "__main__":
    make(*sys.argv[1:])
