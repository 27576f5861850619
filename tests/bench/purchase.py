"""What to buy for a day within one budget over everything, beside the peers' own model of the same instance."""
import json
import pathlib

from measure import process
from offers import catalogue, synthetic

# Seconds for a plan, and how far over the proven bound it may be.
SECONDS, MOST_OVER = 30, 0.05
# The budget, as a share of what all demands cost at least.
BUDGET = 0.95


def purchase(page, binary, peers, solve_peers, prices, folder):
    """`solve_peers` gives what the peers' script prints with some arguments; without `prices` only their instance is planned."""
    printed = solve_peers(["mix.py", str(SECONDS), "1e-3"]).splitlines()
    allowance = float(next(line for line in printed if line.startswith("budget")).split()[1])
    theirs = [json.loads(line) for line in printed if line.startswith("{")]
    theirs = [it for it in theirs if not it["relax"]]
    bounds = [it["bound"] for it in theirs if not it["near"]]
    rows = ours(binary, "synthetic", lambda place: synthetic(peers, place), allowance, bounds, folder)
    for it in theirs:
        way = "HiGHS, integers near the LP's answer" if it["near"] else "HiGHS, dominated offers dropped" if it["prune"] else "HiGHS, all offers"
        rows.append(["synthetic", way, f"{it['build'] + it['solve']:.2f}", *over(it["obj"], bounds), ""])
    if prices:
        rows += ours(binary, "price list", lambda place: catalogue(prices, place), None, [], folder)
    page.section("A budgeted mix: 2,000 offers, 24 hours, three markets", rows, ["offers", "way", "seconds", "cost", "bound", "over it", "goal"],
                 f"offers.py synthetic PEERS FOLDER; apportion plan FOLDER --param allowance='{allowance:.0f} USD' --time-limit {SECONDS - 1}s; mix.py {SECONDS} 1e-3",
                 "Ours: whole cold processes on two cores, one run each, every plan judged. Peers: one thread, inside the process. The budget is 5 % under what "
                 "all demands cost at least; the bound is the best that anyone has proven.")


def ours(binary, name, make, allowance, bounds, folder):
    """The row of a plan; without an allowance the bound of a plan without a budget gives it. Adds what is proven to `bounds`."""
    place = pathlib.Path(folder) / name
    place.mkdir(exist_ok=True)
    make(place)
    if allowance is None:
        allowance = BUDGET * plan(binary, place, 1e9, 2 * SECONDS, "1 %")[1]["bound"]
    # The process is to end by then: reading, judging and writing take a second.
    run, level = plan(binary, place, allowance, SECONDS - 1, "0.1 %")
    bounds.append(level["bound"])
    met = "yes" if level["value"] <= (1 + MOST_OVER) * max(bounds) else "**no**"
    return [[name, "apportion", f"{run.seconds:.2f}", *over(level["value"], bounds), f"at most {MOST_OVER:.0%}: {met}"]]


def plan(binary, place, allowance, seconds, gap):
    """The run, and the only level of the objective."""
    command = [binary, "plan", place, "--param", f"allowance={allowance:.0f} USD", "--gap", gap, "--time-limit", f"{seconds} s", "--format", "json", "--no-progress"]
    run = process(command)
    return run, json.loads(run.stdout)["levels"][0]


def over(value, bounds):
    return [f"{value:,.0f}", f"{max(bounds):,.0f}", f"{100 * (value / max(bounds) - 1):.1f} %"]
