"""The cluster trace cut to a size, as files: evenly spaced rows, as the peers' own loader takes them."""
import csv
import pathlib

SIZES = {"S": (50, 500), "M": (300, 3000), "L": (1523, 8152)}
NODES, PODS = "openb_node_list_all_node.csv", "openb_pod_list_gpuspec33.csv"


def cut(trace, size, folder):
    """Writes nodes.csv and pods.csv of a size into a folder; returns their paths."""
    paths = []
    for name, rows, target in zip((NODES, PODS), SIZES[size], ("nodes.csv", "pods.csv")):
        with open(pathlib.Path(trace) / name, newline="") as file:
            head, *body = list(csv.reader(file))
        last = len(body) - 1
        # Halves go to the even neighbour, as in the peers' loader.
        kept = [body[round(at * last / (rows - 1))] for at in range(rows)]
        path = pathlib.Path(folder) / target
        with open(path, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *kept])
        paths.append(path)
    return paths
