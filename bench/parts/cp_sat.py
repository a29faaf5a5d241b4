"""OR-Tools CP-SAT as a peer, in a process of its own: `python -m bench.parts.cp_sat <cases> <people>`.

One boolean for each case and person, everybody's count at its share, and the spread of the amounts to minimise. For 100,000 × 200 that is
20 million booleans: the process has a limit of memory and of time to build them, and says so when it ends there.
"""

import json
import os
import resource
import subprocess
import sys
import time

from ortools.sat.python import cp_model

SECONDS = 10
BUILD_SECONDS, MEMORY = 60, 4 * 2**30
NOTHING = {"result": f"nothing in {SECONDS} s"}


def solve_apart(count: int, people: int) -> dict:
    """Seconds to build and to solve, and the spreads; or that it found nothing."""
    command = [sys.executable, "-m", "bench.parts.cp_sat", str(count), str(people)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS + 3 * SECONDS, env=os.environ, check=False)
    except subprocess.TimeoutExpired:
        return {"result": f"the model was not even built in {BUILD_SECONDS} s"}
    if done.returncode:
        return {"result": f"the model did not fit in {MEMORY // 2**30} GB"}
    return json.loads(done.stdout)


def main(count: int, people: int) -> dict:
    from bench.assignment import cases_of  # noqa: PLC0415 - that module starts this process

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    start = time.perf_counter()
    amounts = [case.amount for case in cases_of(count)]
    model = cp_model.CpModel()
    gives = [[model.new_bool_var("") for _ in range(people)] for _ in amounts]
    for row in gives:
        model.add_exactly_one(row)
    least, most = model.new_int_var(0, sum(amounts), ""), model.new_int_var(0, sum(amounts), "")
    for person in range(people):
        column = [row[person] for row in gives]
        model.add_linear_constraint(cp_model.LinearExpr.sum(column), count // people, -(-count // people))
        load = cp_model.LinearExpr.weighted_sum(column, amounts)
        model.add(load >= least)
        model.add(load <= most)
    model.minimize(most - least)
    built = time.perf_counter() - start
    return {"build_seconds": round(built, 1)} | _solved(model, gives, amounts, people)


def _solved(model: cp_model.CpModel, gives: list, amounts: list[int], people: int) -> dict:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    start = time.perf_counter()
    status = solver.solve(model)
    seconds = round(time.perf_counter() - start, 1)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return NOTHING | {"seconds": seconds}
    loads = [sum(amount for amount, row in zip(amounts, gives, strict=True) if solver.boolean_value(row[person])) for person in range(people)]
    return {"seconds": seconds, "amount_spread": (max(loads) - min(loads)) / (sum(loads) / people)}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
