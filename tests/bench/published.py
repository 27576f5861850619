"""The peers' own answers to published examples that the suite holds: MiniZinc's solver, and Rebalancer by the Python that has it.

    published.py knapsack < ITEMS_AND_BINS      for that Python: the value that Rebalancer packs, of JSON `{items, bins}`
"""
import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile

WAREHOUSES = """
int: warehouses; int: stores;
array[1..warehouses] of int: room; array[1..warehouses] of int: fee;
array[1..stores, 1..warehouses] of int: cost;
array[1..stores] of var 1..warehouses: from;
constraint forall(w in 1..warehouses)(sum(s in 1..stores)(bool2int(from[s] = w)) <= room[w]);
var int: total = sum(w in 1..warehouses)(fee[w] * bool2int(exists(s in 1..stores)(from[s] = w)))
               + sum(s in 1..stores)(cost[s, from[s]]);
solve minimize total;
output [show(total)];
"""


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def warehouses(blocks, fee=30):
    """The least cost of the case's warehouses by MiniZinc and the solver that it comes with."""
    sites = table(blocks["csv", "warehouses"])
    stores = json.loads(blocks["json", "stores"])
    cost = "|".join(",".join(str(store["cost"][site["id"]]) for site in sites) for store in stores)
    data = f"warehouses={len(sites)}; stores={len(stores)}; room={[int(site['room']) for site in sites]}; fee={[fee] * len(sites)}; cost=[|{cost}|];"
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "warehouses.mzn"
        model.write_text(WAREHOUSES)
        run = subprocess.run(["minizinc", model, "-D", data], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    return float(lines[0]), "proven" if "=" * 10 in lines else "best found"


def knapsack(blocks, python):
    """The value that Rebalancer packs into the case's bins, by its exact solver."""
    data = json.dumps({"items": table(blocks["csv", "items"]), "bins": table(blocks["csv", "bins"])})
    run = subprocess.run([python, __file__, "knapsack"], input=data, capture_output=True, text=True, check=True)
    return float(run.stdout.splitlines()[-1]), "its exact solver"


def pack(items, bins):
    from rebalancer import ProblemSolver
    names = [one["id"] for one in bins]
    value = {item["id"]: float(item["value"]) for item in items}
    solver = ProblemSolver(service_name="published", service_scope="knapsack")
    solver.set_object_name("item")
    solver.set_container_name("bin")
    solver.set_assignment({name: [] for name in names} | {"unassigned": list(value)})
    solver.add_object_dimension("weight", {item["id"]: float(item["weight"]) for item in items})
    solver.add_object_dimension("value", value)
    solver.add_container_dimension("weight", {one["id"]: float(one["size"]) for one in bins} | {"unassigned": 1e9})
    solver.add_constraint({"capacitySpec": {"name": "size", "scope": "bin", "dimension": "weight"}})
    goal = {"name": "value", "scope": "bin", "dimension": "value", "filter": {"itemsWhitelist": names}}
    solver.add_goal({"maximizeAllocationSpec": goal}, 1.0)
    solver.add_solver({"optimalSolverSpec": {"solveTime": 30, "solverPackage": 2}})
    placed = solver.solve()["assignment"]
    return sum(value[item] for item, place in placed.items() if place != "unassigned")


if __name__ == "__main__":
    print(pack(**json.load(sys.stdin)))
