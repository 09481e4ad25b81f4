"""OR-Tools' min-cost flow on the instance that the benchmark wrote.

Usage: least_cost.py FILE RUNS. Prints JSON: what the best assignment is worth, and of each run the seconds of the
processor for building the model (from arrays) and for solving it; for both ways to say that as many as possible are to
be served: a maximum flow, or a way past the experts at a price. Costs are scaled no further than they must be.
"""

import json
import sys
import time

import numpy
from ortools.graph.python import min_cost_flow


def build(problem, past):
    requests, experts = problem["requests"], len(problem["capacity"])
    request, expert, score = (numpy.array(problem[name], dtype=numpy.int64) for name in ("request", "expert", "score"))
    capacity, load = (numpy.array(problem[name], dtype=numpy.int64) for name in ("capacity", "load"))
    capacity = numpy.minimum(capacity, requests)
    source, sink = requests + experts, requests + experts + 1
    most = int((capacity + load).max())
    point = 2 * most + 1
    unserved = point * (min(requests, 2 * experts) + 1) * (int(score.max()) + 1)

    flow = min_cost_flow.SimpleMinCostFlow()
    one = numpy.ones(len(score), dtype=numpy.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(request, requests + expert, one, -point * score)
    unit = numpy.arange(capacity.sum()) - numpy.repeat(capacity.cumsum() - capacity, capacity)
    owner = numpy.repeat(numpy.arange(experts), capacity)
    cost = 2 * (numpy.repeat(load, capacity) + unit) + 1
    flow.add_arcs_with_capacity_and_unit_cost(requests + owner, numpy.full(len(owner), sink), numpy.ones_like(owner), cost)
    each = numpy.arange(requests)
    ones = numpy.ones_like(each)
    if past:
        flow.add_arcs_with_capacity_and_unit_cost(each, numpy.full(requests, sink), ones, numpy.full(requests, unserved))
        flow.set_nodes_supplies(each, ones)
    else:
        flow.add_arcs_with_capacity_and_unit_cost(numpy.full(requests, source), each, ones, numpy.zeros_like(each))
        flow.set_node_supply(source, requests)
    flow.set_node_supply(sink, -requests)
    return flow, arcs, expert, score, load, experts


def run(problem, past):
    started = time.process_time()
    flow, arcs, expert, score, load, experts = build(problem, past)
    built = time.process_time()
    status = flow.solve() if past else flow.solve_max_flow_with_min_cost()
    solved = time.process_time()
    if status != flow.OPTIMAL:
        raise SystemExit(f"min-cost flow: {status}")
    chosen = flow.flows(arcs) == 1
    work = load + numpy.bincount(expert[chosen], minlength=experts)
    totals = [int(chosen.sum()), int(score[chosen].sum()), int((work**2).sum())]
    return totals, built - started, solved - built


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        problem = json.load(file)
    answer = {}
    for name, past in (("max_flow", False), ("past", True)):
        totals, building, solving = zip(*(run(problem, past) for _ in range(int(sys.argv[2]))))
        answer[name] = {"totals": totals[0], "building": building, "solving": solving}
    print(json.dumps(answer))


main()
