"""An independent solver for the batch assignment: OR-Tools.

Usage: oracle.py FILE. Each line of FILE is a problem as JSON (see oracle.rs); each line of the output is what its best
assignment is worth, in the same order. Lines with "by": "levels" go to CP-SAT, which solves one level after the other;
those with "by": "flow" go to the min-cost flow solver, with all levels but the first in one scaled cost.
"""

import json
import sys
from collections import Counter, defaultdict

from ortools.graph.python import min_cost_flow
from ortools.sat.python import cp_model


def counts(quota, request):
    return all(quota[key] is None or quota[key] == request[key] for key in ("region", "programme"))


def totals(problem, pairs):
    work = Counter(expert for _, expert in pairs)
    return {
        "served": len(pairs),
        "score": sum(problem["scores"][pair] for pair in pairs),
        "spread": sum((expert["load"] + work[expert["id"]]) ** 2 for expert in problem["experts"]),
        "changed": sum(tuple(pair) not in pairs for pair in problem["current"]),
    }


def by_levels(problem):
    model = cp_model.CpModel()
    chosen = {pair: model.new_bool_var("") for pair in problem["scores"]}
    forbidden = {tuple(pair) for pair in problem["forbidden"]}
    for pair in forbidden & chosen.keys():
        model.add(chosen[pair] == 0)
    for pair in problem["fixed"]:
        model.add(chosen[tuple(pair)] == 1)
    of_request, of_expert = defaultdict(list), defaultdict(list)
    for (request, expert), is_chosen in chosen.items():
        of_request[request].append(is_chosen)
        of_expert[expert].append(is_chosen)
    for request in problem["requests"]:
        model.add(sum(of_request[request["id"]]) <= 1)
    squares = []
    for expert in problem["experts"]:
        least, most = expert["load"], expert["load"] + expert["capacity"]
        work = model.new_int_var(least, most, "")
        model.add(work == least + sum(of_expert[expert["id"]]))
        square = model.new_int_var(least**2, most**2, "")
        model.add_multiplication_equality(square, [work, work])
        squares.append(square)
    for quota in problem["quotas"]:
        counted = [one for request in problem["requests"] if counts(quota, request) for one in of_request[request["id"]]]
        model.add(sum(counted) <= quota["at_most"])
    kept = [chosen[tuple(pair)] for pair in problem["current"] if tuple(pair) in chosen]
    score = sum(problem["scores"][pair] * is_chosen for pair, is_chosen in chosen.items())
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    for level in (sum(chosen.values()), score, -sum(squares), sum(kept)):
        model.maximize(level)
        status = solver.solve(model)
        if status != cp_model.OPTIMAL:
            raise SystemExit(f"CP-SAT: {solver.status_name(status)}")
        model.add(level == round(solver.objective_value))
    return totals(problem, {pair for pair, is_chosen in chosen.items() if solver.boolean_value(is_chosen)})


def by_flow(problem):
    """One unit from the source through the quotas, which lie in each other, to a request, an expert and the sink."""
    fixed = {tuple(pair) for pair in problem["fixed"]}
    fixed_requests = {request for request, _ in fixed}
    fixed_work = Counter(expert for _, expert in fixed)
    barred = {tuple(pair) for pair in problem["forbidden"]}
    current = {tuple(pair) for pair in problem["current"]}
    nodes = defaultdict(lambda: len(nodes))
    source, sink = nodes["source"], nodes["sink"]
    flow = min_cost_flow.SimpleMinCostFlow()

    members = {
        number: [request["id"] for request in problem["requests"] if counts(quota, request)]
        for number, quota in enumerate(problem["quotas"])
    }
    inner = defaultdict(lambda: source)
    for number in sorted(members, key=lambda number: -len(members[number])):
        room = problem["quotas"][number]["at_most"] - sum(request in fixed_requests for request in members[number])
        outer = {inner[request] for request in members[number]}
        if outer:
            flow.add_arc_with_capacity_and_unit_cost(outer.pop(), nodes["quota", number], room, 0)
        for request in members[number]:
            inner[request] = nodes["quota", number]

    most_squares = sum((expert["load"] + expert["capacity"]) ** 2 for expert in problem["experts"])
    square = len(problem["requests"]) + 1
    point = square * (most_squares + 1)
    for request in problem["requests"]:
        if request["id"] not in fixed_requests:
            flow.add_arc_with_capacity_and_unit_cost(inner[request["id"]], nodes["request", request["id"]], 1, 0)
    arcs = {}
    for pair, score in problem["scores"].items():
        if pair not in barred and pair[0] not in fixed_requests:
            cost = -point * score - (pair in current)
            ends = nodes["request", pair[0]], nodes["expert", pair[1]]
            arcs[pair] = flow.add_arc_with_capacity_and_unit_cost(*ends, 1, cost)
    for expert in problem["experts"]:
        work = expert["load"] + fixed_work[expert["id"]]
        for _ in range(expert["capacity"] - fixed_work[expert["id"]]):
            flow.add_arc_with_capacity_and_unit_cost(nodes["expert", expert["id"]], sink, 1, square * (2 * work + 1))
            work += 1
    flow.set_node_supply(source, len(problem["requests"]))
    flow.set_node_supply(sink, -len(problem["requests"]))
    status = flow.solve_max_flow_with_min_cost()
    if status != flow.OPTIMAL:
        raise SystemExit(f"min-cost flow: {status}")
    return totals(problem, fixed | {pair for pair, arc in arcs.items() if flow.flow(arc)})


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            problem = json.loads(line)
            problem["scores"] = {(request, expert): score for request, expert, score in problem["pairs"]}
            solve = {"levels": by_levels, "flow": by_flow}[problem["by"]]
            print(json.dumps(solve(problem)))


main()
