"""The policy of the case `plan/whole_policy` over a made-up fleet: the same fleet for the same numbers.

    flagship.py POOLS WORKLOADS FOLDER
"""
import json
import math
import pathlib
import random
import sys

import cases

REGIONS = {"eu-west": "IE", "eu-central": "DE", "us-east": "US", "us-west": "US", "ap-south": "IN"}
# Tier, cores, GiB, accelerators, Mbps and what a core costs on demand in an hour; the first has no spot market.
SHAPES = [("edge", 128, 512, 0, 1_000, 0.048), ("region", 512, 2_048, 0, 4_000, 0.05), ("cloud", 768, 3_072, 64, 8_000, 0.06)]
REQUESTS = [(1, 2), (2, 4), (2, 8), (4, 16), (8, 32)]
TENANTS = 20


def pool(number, region, zone, shape):
    tier, cpu, memory, gpu, bandwidth, hour = shape
    hour *= 1 + 0.1 * list(REGIONS).index(region)
    price = {"on_demand": f"{hour:.4f} USD/core/h", "reserved": f"{0.6 * hour:.4f} USD/core/h"}
    row = {
        "id": f"p{number:04}", "region": region, "zone": region + zone, "tier": tier, "price": price,
        "capacity": {"cpu": f"{cpu} cores", "memory": f"{memory} GiB", "gpu": f"{gpu} devices", "bandwidth": f"{bandwidth} Mbps"},
        "rtt": {other: f"{5 if other == region else 30 if other[:2] == region[:2] else 120} ms" for other in REGIONS},
    }
    if tier != "edge":
        price["spot"] = f"{0.3 * hour:.4f} USD/core/h"
        row["reclaim"] = "0.01 1/h"
    return row


def workload(number, chance):
    cpu, memory = chance.choice(REQUESTS)
    gpu = int(chance.random() < 0.05)
    kind = chance.choices(["gold", "silver", "batch"], [2, 3, 5])[0]
    row = {
        "id": f"w{number:05}", "tenant": f"t{number % TENANTS:02}", "class": kind, "replicas": chance.choice([1, 2, 3, 5, 8]),
        "request": {"cpu": f"{cpu} cores", "memory": f"{memory} GiB", "gpu": f"{gpu} devices", "bandwidth": "10 Mbps"},
        "data": ["pii"] if chance.random() < 0.2 else [], "home": chance.choice(list(REGIONS)), "gang": chance.random() < 0.1,
    }
    return row | ({"latency": "50 ms"} if kind == "gold" else {})


def load(workload):
    """What a workload needs of its request, by hour of a day whose peak is its region's."""
    peak = 3 * list(REGIONS).index(workload["home"])
    return [{"id": workload["id"], "slot": hour, "p50": f"{share:.0f} %", "p95": f"{min(share + 20, 100):.0f} %"}
            for hour in range(24) for share in [50 + 40 * math.cos(2 * math.pi * (hour - peak) / 24)]]


def make(pools, workloads, folder):
    """Writes the project and its fleet into a folder."""
    folder = cases.project("plan/whole_policy", folder)
    for old in (folder / "data").iterdir():
        old.unlink()
    chance = random.Random(1)
    kinds = [(region, zone, shape) for region in REGIONS for zone in "ab" for shape in SHAPES]
    data = {
        "regions": [{"name": name, "country": country} for name, country in REGIONS.items()],
        "tenants": [{"id": f"t{number:02}", "weight": 1 + number % 3} for number in range(TENANTS)],
        "pools": [pool(number, *kinds[number % len(kinds)]) for number in range(pools)],
        "workloads": [workload(number, chance) for number in range(workloads)],
    }
    data["load"] = [row for workload in data["workloads"] for row in load(workload)]
    for name, rows in data.items():
        (folder / "data" / f"{name}.json").write_text(json.dumps(rows))
    manifest = '[project]\nname = "flagship"\npolicy = "policy/main.alloc"\n\n[inputs]\n'
    (folder / "apportion.toml").write_text(manifest + "".join(f'{name} = "data/{name}.json"\n' for name in data))
    return folder


if __name__ == "__main__":
    make(int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3]))
