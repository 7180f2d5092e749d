"""Who is reached by payments in order of time, asked of other programs. Run by `tracing.py`.

DuckDB answers by its recursive query with USING KEY. networkx has no such question of its own, so its graph is walked
by earliest arrival (Dijkstra with a heap, the textbook way). igraph answers only without time (who is connected at
all), which names too many; raphtory has temporally reachable nodes. The last three run in an environment that is made
for them and removed again, over a ledger of 1 M transfers and 100,000 accounts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import venv
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

import tracing
from caudal.tracing import StoredIndex
from caudal.tracing.reach import _pass_over

QUERY = """
    with recursive reached(account, since) using key (account) as (
        select account, -1::bigint from seed
        union
        select payee, min(since) from (
            select e.payee, e.since from reached r join edge e on e.payer = r.account and e.since > r.since
            left join recurring.reached k on k.account = e.payee
            where k.since is null or e.since < k.since
        ) fresh group by payee
    ) select count(*) from reached where account not in (select account from seed)
"""

PEERS = """
import heapq, json, sys, time
import numpy as np
payer, payee, seeds = (np.load(f"{sys.argv[1]}/{name}.npy") for name in ("payer", "payee", "seeds"))
count, kind = int(sys.argv[3]), sys.argv[2]
payer, payee = payer[:count], payee[:count]
began = time.process_time()
if kind == "networkx":
    import networkx
    graph = networkx.MultiDiGraph()
    graph.add_edges_from((p, q, {"since": i}) for i, (p, q) in enumerate(zip(payer.tolist(), payee.tolist())))
    built = time.process_time()
    best = {seed: -1 for seed in seeds.tolist()}
    queue = [(-1, seed) for seed in best]
    while queue:
        since, node = heapq.heappop(queue)
        if since > best[node] or node not in graph:
            continue
        for _, other, when in graph.out_edges(node, data="since"):
            if when > since and when < best.get(other, count):
                best[other] = when
                heapq.heappush(queue, (when, other))
    answer, version = len(best) - len(seeds), networkx.__version__
elif kind == "igraph":
    import igraph
    graph = igraph.Graph(n=int(max(payer.max(), payee.max(), seeds.max())) + 1, directed=True)
    graph.add_edges(np.stack([payer, payee], axis=1))
    built = time.process_time()
    near = set()
    for seed in seeds.tolist():
        near.update(graph.subcomponent(seed, mode="out"))
    answer, version = len(near) - len(seeds), igraph.__version__
else:
    import raphtory
    graph = raphtory.Graph()
    import pandas
    frame = pandas.DataFrame({"time": np.arange(count), "src": payer.astype("int64"), "dst": payee.astype("int64")})
    graph.load_edges(frame, time="time", src="src", dst="dst")
    built = time.process_time()
    from raphtory.algorithms import temporally_reachable_nodes
    found = temporally_reachable_nodes(graph, 100000, -1, seeds.tolist())
    answer = sum(1 for _, how in found.items() if how["reachable_nodes"]) - len(seeds)
    version = getattr(raphtory, "__version__", "?")
done = time.process_time()
print(json.dumps({"build": built - began, "ask": done - built, "answer": answer, "version": version,
                  "peak": int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 2**20}))
"""


def show_reachability(folder: Path, peers: Path | None) -> None:
    """Print seconds and answers, ours beside theirs; `peers` is a folder for their environment, if they are asked."""
    index = StoredIndex.open(folder).load()
    accounts = len(index.accounts)
    own = tracing.own_accounts(accounts)
    nowhere = np.zeros(accounts, np.bool_)
    found = _pass_over(index, [own], nowhere, False, 1)[0]
    ours = tracing.best({"": lambda: _pass_over(index, [own], nowhere, False, 1)})[""]
    print(f"  reached: {len(found):,} accounts of {accounts:,}, {ours:.3f} s core over arrays in memory")
    edges = pa.table({"payer": index.payer, "payee": index.payee, "since": np.arange(len(index))})
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        connection.register("edges", edges)
        connection.register("own", pa.table({"account": own}))
        connection.execute("create table edge as select * from edges")
        connection.execute("create table seed as select * from own")
        taken = []
        for _ in range(3):
            began = time.process_time()
            answer = connection.execute(QUERY).fetchone()[0]
            taken.append(time.process_time() - began)
    same = "same answer" if answer == len(found) else f"NOT the same: {answer:,}"
    theirs = min(taken)
    print(f"  DuckDB {duckdb.__version__}, one thread, table made before: {theirs:.3f} s core,", end="")
    print(f" {theirs / ours:.0f} x, {same}")
    if peers is not None:
        _ask_peers(peers)


def _ask_peers(folder: Path) -> None:
    where = folder / "peers"
    venv.create(where, with_pip=True)
    python = str(where / "bin" / "python")
    (folder / "peers.py").write_text(PEERS, encoding="utf-8")
    count, accounts = 1_000_000, 100_000
    index = tracing.TransferIndex.from_transfers(tracing.table_of(count, accounts))
    own, nowhere = tracing.own_accounts(accounts), np.zeros(accounts, np.bool_)
    ours = tracing.best({"": lambda: _pass_over(index, [own], nowhere, False, 1)})[""]
    reached = len(_pass_over(index, [own], nowhere, False, 1)[0])
    print(f"  {count:,} transfers over {accounts:,} accounts:", end="")
    print(f" reached {reached:,}, {ours:.4f} s core over arrays in memory")
    for name, values in (("payer", index.payer), ("payee", index.payee), ("seeds", own)):
        np.save(folder / f"{name}.npy", values)
    for kind, needs in (
        ("networkx", ["networkx", "numpy"]),
        ("igraph", ["igraph", "numpy"]),
        ("raphtory", ["raphtory", "pandas", "numpy"]),
    ):
        command = [python, "-m", "pip", "install", "-q", *needs]
        got = subprocess.run(command, capture_output=True, text=True, check=False)
        if got.returncode:
            print(f"  {kind}: cannot be installed here ({_last_line(got.stderr)})")
            continue
        command = [python, str(folder / "peers.py"), str(folder), kind, str(count)]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
        except subprocess.TimeoutExpired:
            print(f"  {kind}: no answer within 400 s")
            continue
        if ran.returncode:
            print(f"  {kind}: fails ({_last_line(ran.stderr)})")
            continue
        said = json.loads(ran.stdout.strip().splitlines()[-1])
        print(f"  {kind} {said['version']}: graph {said['build']:.1f} s,", end="")
        print(f" answer {said['ask']:.2f} s core ({said['ask'] / ours:,.0f} x ours),", end="")
        print(f" {said['answer']:,} accounts, peak {said['peak']:.2f} GiB")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1][:160]


if __name__ == "__main__":
    sys.exit("run tracing.py")
