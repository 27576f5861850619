"""What to buy for a day as files, demands.json and offers.csv beside the policy in `mix/`: the peers' synthetic instance, or
2,000 offers drawn from a real price list. Alone: offers.py synthetic PEERS FOLDER, or offers.py catalogue CSV_GZ FOLDER [SEED]"""
import csv
import gzip
import importlib
import json
import math
import pathlib
import random
import shutil
import sys

HOURS = 24
KINDS = ("general", "memory", "accelerated")
# Of the price list: regions, offers drawn in each, and the least GiB a core of each kind.
REGIONS, DRAWN = 20, 100
LEAST_MEMORY = {"memory": 6, "general": 3, "compute": 0}
# What a commitment costs, as a share of the price on demand; price lists do not say.
COMMITTED = (0.55, 0.65)


def write(folder, offers, demands):
    """The project: `offers` are rows without a head, `demands` are (id, cores by hour, GiB by hour)."""
    folder = pathlib.Path(folder)
    for path in (pathlib.Path(__file__).parent / "mix").iterdir():
        shutil.copy(path, folder)
    with open(folder / "offers.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        prices = [f"price[{market}][USD/h]" for market in ("on_demand", "reserved", "spot")]
        table.writerow(["id", "demand", "cpu[cores]", "memory[GiB]", *prices])
        table.writerows(offers)
    hourly = lambda values, unit: {str(hour): f"{value!r} {unit}" for hour, value in enumerate(values)}
    rows = [{"id": name, "cpu": hourly(cpu, "cores"), "memory": hourly(memory, "GiB")} for name, cpu, memory in demands]
    (folder / "demands.json").write_text(json.dumps(rows))


def synthetic(peers, folder):
    """The instance that the peers' mix.py draws when it is imported."""
    sys.path.insert(0, str(peers))
    mix = importlib.import_module("mix")
    group = lambda region, kind: f"r{region:02}-{KINDS[kind]}"
    offers = []
    for at, (region, machine) in enumerate(zip(mix.reg, mix.typ)):
        numbers = (mix.cpu[machine], mix.mem[machine], mix.price[at], mix.res[at], mix.spot[at])
        offers.append([f"r{region:02}-t{machine:03}", group(region, mix.fam[machine]), *map(float, numbers)])
    groups = [(region, kind) for region in range(mix.R) for kind in range(len(KINDS))]
    write(folder, offers, [(group(*it), mix.dc[it].tolist(), mix.dm[it].tolist()) for it in groups])


def catalogue(prices, folder, seed=0):
    """Offers of the regions that sell the most kinds of machines, with demands drawn as the peers draw theirs."""
    chance = random.Random(seed)
    sold = {}
    with gzip.open(prices, "rt", newline="") as file:
        for row in csv.DictReader(file):
            has_all = row["spot_usd_per_hour"] and row["on_demand_usd_per_hour"] and float(row["vcpus"] or 0) > 0
            if has_all and not row["accelerator_name"]:
                sold.setdefault(row["region"], []).append(row)
    offers, demands = [], []
    for region in sorted(sold, key=lambda it: (-len(sold[it]), it))[:REGIONS]:
        drawn = chance.sample(sold[region], DRAWN)
        peak, shift = chance.uniform(300, 3000), chance.randrange(HOURS)
        for share, (kind, least) in zip((0.4, 1, 0.15), LEAST_MEMORY.items()):
            per_core = max(least, 2) * 1.3 * chance.uniform(0.8, 1.1)
            day = [1 + 0.6 * math.sin((hour + shift) / HOURS * 2 * math.pi) for hour in range(HOURS)]
            cpu = [peak * share * it for it in day]
            demands.append((f"{region}-{kind}", cpu, [it * per_core for it in cpu]))
        for row in drawn:
            cpu, memory = float(row["vcpus"]), float(row["memory_gib"])
            kind = next(kind for kind, least in LEAST_MEMORY.items() if memory >= least * cpu)
            price = float(row["on_demand_usd_per_hour"])
            committed, spot = price * chance.uniform(*COMMITTED), float(row["spot_usd_per_hour"])
            offers.append([f"{region}-{row['instance_type']}", f"{region}-{kind}", cpu, memory, price, committed, spot])
    write(folder, offers, demands)


if __name__ == "__main__":
    which, source, folder, *seed = sys.argv[1:]
    {"synthetic": synthetic, "catalogue": catalogue}[which](source, folder, *map(int, seed))
