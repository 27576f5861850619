"""The peers' own answers to published examples that the suite holds: MiniZinc's solver, and Rebalancer by the Python that has it.

    published.py knapsack < ITEMS_AND_BINS      for that Python: the value that Rebalancer packs, of JSON `{items, bins}`
    published.py shards < DATA                  … what is above the mean use of racks, of JSON `{racks, hosts, shards}`
    published.py tasks < DATA                   … the greatest use of a host's storage, of JSON `{hosts, jobs}`
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

# Items that gain the most for what they take are tried first; Gecode has no bound of its own that would end this.
BUDGETS = """
int: projects; int: budgets;
array[1..projects] of int: gain; array[1..budgets] of int: limit; array[1..budgets, 1..projects] of int: takes;
array[1..projects] of var 0..1: chosen;
var int: total = sum(p in 1..projects)(gain[p] * chosen[p]);
constraint forall(b in 1..budgets)(sum(p in 1..projects)(takes[b, p] * chosen[p]) <= limit[b]);
array[1..projects] of float: worth = [gain[p] / (1 + 1000 * sum(b in 1..budgets)(takes[b, p] / limit[b])) | p in 1..projects];
array[1..projects] of int: order = arg_sort([-worth[p] | p in 1..projects]);
solve :: int_search([chosen[order[p]] | p in 1..projects], input_order, indomain_max, complete) maximize total;
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
    return minizinc(WAREHOUSES, data)


def budgets(blocks):
    """The greatest gain of the case's projects that MiniZinc's solver finds in half a minute."""
    limits, projects = table(blocks["csv", "budgets"]), table(blocks["csv", "projects"])
    takes = "|".join(",".join(project[f"takes[{limit['id']}]"] for project in projects) for limit in limits)
    gain, limit = [int(it["gain"]) for it in projects], [int(it["limit"]) for it in limits]
    return minizinc(BUDGETS, f"projects={len(projects)}; budgets={len(limits)}; gain={gain}; limit={limit}; takes=[|{takes}|];")


def minizinc(text, data):
    """The last value that a model prints within half a minute, and whether it is proven."""
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.mzn"
        model.write_text(text)
        command = ["minizinc", "--all-solutions", "--time-limit", "30000", model, "-D", data]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    values = [line for line in lines if line.replace(".", "").isdigit()]
    return float(values[-1]), "proven" if "=" * 10 in lines else "best found"


def knapsack(blocks, python):
    """The value that Rebalancer packs into the case's bins, by its exact solver."""
    return rebalanced("knapsack", ["items", "bins"], blocks, python), "its exact solver"


def shards(blocks, python):
    """What is above the mean use of racks in the case, once hosts are balanced."""
    return rebalanced("shards", ["racks", "hosts", "shards"], blocks, python), "its exact solver"


def tasks(blocks, python):
    """The greatest use of a host's storage that the example's local search ends at."""
    return rebalanced("tasks", ["hosts", "jobs"], blocks, python), "its local search"


def rebalanced(problem, inputs, blocks, python):
    data = json.dumps({name: table(blocks["csv", name]) for name in inputs})
    run = subprocess.run([python, __file__, problem], input=data, capture_output=True, text=True, check=True)
    return float(run.stdout.splitlines()[-1])


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


def of_shards(racks, hosts, shards):
    from rebalancer import ProblemSolver
    solver = ProblemSolver(service_name="published", service_scope="shards")
    solver.set_object_name("shard")
    solver.set_container_name("host")
    rack = {host["id"]: host["rack"] for host in hosts}
    network = {shard["id"]: float(shard["network"]) for shard in shards}
    room = {one["id"]: float(one["network"]) for one in racks}
    solver.set_assignment({"dummy": list(network)} | {host: [] for host in rack})
    solver.add_object_dimension("cpu", {shard["id"]: float(shard["cpu"]) for shard in shards})
    solver.add_container_dimension("cpu", {host["id"]: float(host["cpu"]) for host in hosts})
    solver.add_scope("rack", rack)
    solver.add_object_dimension("network", network)
    solver.add_scope_dimension("network", "rack", room)
    solver.add_constraint({"toFreeSpec": {"name": "free", "containers": ["dummy"]}})
    solver.add_constraint({"capacitySpec": {"name": "hosts", "scope": "host", "dimension": "cpu"}})
    solver.add_constraint({"capacitySpec": {"name": "racks", "scope": "rack", "dimension": "network"}})
    solver.add_goal({"balanceSpec": {"name": "cpu", "scope": "host", "dimension": "cpu", "filter": {"itemsBlacklist": ["dummy"]}}}, 1.0)
    solver.add_goal_boundary()
    solver.add_goal({"balanceSpec": {"name": "network", "scope": "rack", "dimension": "network"}}, 1.0)
    solver.add_solver({"optimalSolverSpec": {"solveTime": 30, "solverPackage": 2}})
    placed = solver.solve()["assignment"]
    used = {one: sum(network[shard] for shard, host in placed.items() if rack[host] == one) / room[one] for one in room}
    mean = sum(used.values()) / len(used)
    return sum(max(0, one - mean) for one in used.values())


def of_tasks(hosts, jobs, each=4, compute=100.0, storage=1000.0):
    from rebalancer import ProblemSolver
    solver = ProblemSolver(service_name="published", service_scope="tasks")
    solver.set_object_name("task")
    solver.set_container_name("host")
    names = [host["id"] for host in hosts]
    tasks = {f"{job['id']}/{number}": job for job in jobs for number in range(each)}
    # One task of each job on the first host of each of the first racks, as in the example.
    first = list(dict.fromkeys(host["rack"] for host in hosts))[:each]
    first = [next(host["id"] for host in hosts if host["rack"] == rack) for rack in first]
    begun = {name: [] for name in names}
    for name in tasks:
        begun[first[int(name.split("/")[1])]].append(name)
    solver.set_assignment(begun)
    solver.add_scope("rack", {host["id"]: host["rack"] for host in hosts})
    solver.add_partition("job", {job["id"]: [f"{job['id']}/{number}" for number in range(each)] for job in jobs})
    sizes = {"compute": ({name: 1.0 for name in tasks}, compute), "storage": ({name: float(job["storage"]) for name, job in tasks.items()}, storage)}
    for dimension, (of_task, of_host) in sizes.items():
        solver.add_object_dimension(dimension, of_task)
        solver.add_container_dimension(dimension, {name: of_host for name in names})
        solver.add_constraint({"capacitySpec": {"name": f"{dimension}_room", "scope": "host", "dimension": dimension}})
        solver.add_goal({"balanceSpec": {"name": f"{dimension}_balance", "scope": "host", "dimension": dimension, "formula": 4}}, 1.0)
    limit = {"type": 1, "globalLimit": 1}
    solver.add_constraint({"groupCountSpec": {"name": "racks", "scope": "rack", "partitionName": "job", "dimension": "task_count", "limit": limit}})
    solver.add_solver({"localSearchSolverSpec": {"solveTime": 60, "moveTypeList": [{"singleFastMoveTypeSpec": {}}]}})
    used = dict.fromkeys(names, 0.0)
    for task, host in solver.solve()["assignment"].items():
        used[host] += sizes["storage"][0][task]
    return max(used.values()) / storage


if __name__ == "__main__":
    print({"knapsack": pack, "shards": of_shards, "tasks": of_tasks}[sys.argv[1]](**json.load(sys.stdin)))
