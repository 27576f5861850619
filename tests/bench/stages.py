"""Where the time and the memory of a plan go, stage by stage.

The program says on a terminal what it is doing; this module is that terminal. At each change of the stage the system is
asked for the most memory held since the one before, which is then counted anew."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

# What the progress line begins with, and the stage's name in the architecture.
STAGES = {
    "": "read files, check",
    "reading the policy over the facts": "ground",
    "making a first plan": "first plan",
    "building the problem": "lower",
    "solving": "solve",
    "settling single placements": "unpack",
    "filling machines by patterns": "patterns",
    "improving rows for": "improve",
    "mending what is broken now": "mend",
    "checking every rule": "judge",
    "finding why rows are refused": "reasons",
}
LINE = re.compile(r"\d+ s(?:, \d+ s left)?: ([a-z ]*[a-z])")
MOMENT = 0.002


def run(command, root):
    """Seconds and peak MiB by stage of one run, in the order in which they first came."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(root)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        # Wide enough for the whole line: rows, columns, and two that nobody reads.
        fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
        os.execvp(command[0], list(map(str, command)))
    spent, peaks, stage, since, shown = {}, {}, STAGES[""], time.perf_counter(), ""
    while True:
        said = listen(terminal)
        now = time.perf_counter()
        peaks[stage] = max(peaks.get(stage, 0), held(pid))
        spent[stage] = spent.get(stage, 0) + now - since
        since = now
        if said is None:
            os.waitpid(pid, 0)
            return [(stage, seconds, peaks[stage]) for stage, seconds in spent.items()]
        shown = (shown + said)[-400:]
        if begun := LINE.findall(shown):
            name = next((name for words, name in STAGES.items() if words and begun[-1].startswith(words)), stage)
            if name != stage:
                stage = name
                count_anew(pid)


def listen(terminal):
    """What was said within a moment; none once the run has ended."""
    if not select.select([terminal], [], [], MOMENT)[0]:
        return ""
    try:
        return os.read(terminal, 65536).decode(errors="replace") or None
    except OSError:
        return None


def held(pid):
    """The most memory that a process held since it was last counted anew, MiB."""
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def count_anew(pid):
    try:
        with open(f"/proc/{pid}/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def stages(page, binary, root, cases):
    """One table over all cases; `cases` gives the nodes and pods of each, and how its plan is to end."""
    rows = []
    for name, nodes, pods, until in cases:
        command = [binary, "plan", "examples/gpu-cluster", "--input", f"nodes={nodes}", "--input", f"pods={pods}", *until]
        found = run(command, root)
        total = sum(seconds for _, seconds, _ in found)
        for stage, seconds, peak in found:
            rows.append([name, stage, f"{seconds:.3f}", f"{100 * seconds / total:.1f} %", f"{peak:,.0f}"])
        rows.append([name, "**all**", f"{total:.3f}", "", f"{max(peak for *_, peak in found):,.0f}"])
    page.section(
        "Where time and memory go", rows, ["case", "stage", "seconds", "share", "peak MiB"],
        "apportion plan examples/gpu-cluster --input nodes=L/nodes.csv --input pods=L/pods.csv --time-limit 10s",
        "One run each, on a terminal, by what its progress line says; stages that come back are summed. The peak is the most memory that "
        "was held during a stage, whatever stage it was taken in. Patterns and improving are anytime: they take what the limit leaves, "
        "until the gap is met. Reading files, ground, the first plan and the judge are what each plan has to pay, be it stopped at once.")
