"""A plan after one change: a pod for another, a machine that is lost, the price of one offer."""
import json
import pathlib
import random

from fleet import rows, write
from measure import Series, process
from offers import synthetic
from trace import cut

# Changes of each kind, each with a seed of its own.
CHANGES = 3
# How near to its bound a mix of purchases is to be, in percent: HiGHS takes half a minute for 2.
MIX_GAP = 3
ALLOWANCE = "34859 USD"


def one_change(page, binary, root, peers, trace, folder):
    """From what runs, beside the plan from nothing before the change."""
    place = pathlib.Path(folder) / "one-change"
    place.mkdir(exist_ok=True)
    nodes, pods = cut(trace, "L", place)
    cluster = lambda nodes, pods: ["examples/gpu-cluster", "--input", f"nodes={nodes}", "--input", f"pods={pods}"]
    other_pod, fewer_nodes = place / "other.csv", place / "fewer.csv"
    table = changed("one pod leaves, another comes", binary, root, place, cluster(nodes, pods),
                    lambda chance: write(other_pod, replaced(rows(pods), chance)), cluster(nodes, other_pod))
    table += changed("one machine is lost", binary, root, place, cluster(nodes, pods),
                     lambda chance: write(fewer_nodes, without_one(rows(nodes), chance)), cluster(fewer_nodes, pods))
    mix = place / "mix"
    mix.mkdir(exist_ok=True)
    synthetic(peers, mix)
    bought = [str(mix), "--param", f"allowance={ALLOWANCE}", "--gap", f"{MIX_GAP} %"]
    dearer = place / "dearer.csv"
    table += changed("one of 2,000 prices is 10 % higher", binary, root, place, bought,
                     lambda chance: write(dearer, with_one_dearer(rows(mix / "offers.csv"), chance)), [*bought, "--input", f"offers={dearer}"])
    page.section("After one change", table, ["change", "before it, seconds", "after it", "of the time", "gap before", "gap after", "moved or set"],
                 "apportion plan examples/gpu-cluster --input nodes=fewer.csv --input pods=pods.csv --input current=before.json",
                 f"Whole processes; {CHANGES} changes of each kind, the worst gap and the most moves of them. The first two are of L; the last is the budgeted mix, "
                 f"of which what changed is decisions with another value, of 100,880.")


def changed(name, binary, root, place, before, change, after):
    """The row of one kind of change; `change` writes a changed file."""
    cold, standing, first = plan(binary, root, place, before)
    seconds, gaps, moves = [], [], []
    for seed in range(CHANGES):
        change(random.Random(seed))
        warm, path, again = plan(binary, root, place, [*after, "--input", f"current={standing}"])
        path.unlink()
        seconds.append(warm.seconds)
        gaps.append(100 * again["levels"][0]["gap"])
        moves.append(sum(step["kind"] in ("moved", "set") for step in again["changes"]))
    share = Series([it / cold.seconds for it in seconds])
    return [[name, f"{cold.seconds:.2f}", Series(seconds), f"{100 * share.median:.0f} %", f"{100 * first['levels'][0]['gap']:.2f} %",
             f"at most {max(gaps):.2f} %", f"at most {max(moves):,}"]]


def plan(binary, root, place, arguments):
    path = place / f"plan-{len(list(place.iterdir()))}.json"
    run = process([binary, "plan", *arguments, "--format", "json", "--no-progress"], cwd=root)
    path.write_text(run.stdout)
    return run, path, json.loads(run.stdout)


def replaced(pods, chance):
    """One pod gone, and a copy of another under a new name."""
    gone = chance.randrange(len(pods))
    return [pod for at, pod in enumerate(pods) if at != gone] + [{**chance.choice(pods), "name": "new"}]


def without_one(nodes, chance):
    gone = chance.randrange(len(nodes))
    return [node for at, node in enumerate(nodes) if at != gone]


def with_one_dearer(offers, chance):
    dearer = chance.randrange(len(offers))
    price = lambda name, value: f"{1.1 * float(value)}" if name.startswith("price") and value else value
    return [{name: price(name, value) for name, value in offer.items()} if at == dearer else offer for at, offer in enumerate(offers)]
