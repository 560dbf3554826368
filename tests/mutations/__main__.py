"""Prints the score of the oracle, and what is not seen for what it is.

`python -m tests.mutations [--only NAME] [--semantic] [--survivors] [--each-on N]`
"""

from __future__ import annotations

import argparse

from tests.mutations.ratchet import why_known
from tests.mutations.score import SEMANTIC, Score, generated_for, goods, results


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="operators whose name begins so")
    parser.add_argument("--semantic", action="store_true", help="only those that somebody thought of")
    parser.add_argument("--survivors", action="store_true", help="list each change that is not seen for what it is")
    parser.add_argument("--each-on", type=int, default=2, help="records on which each is tried")
    asked = parser.parse_args()
    records = goods()
    operators = [*SEMANTIC, *(() if asked.semantic else generated_for(records))]
    chosen = [operator for operator in operators if operator.name.startswith(asked.only)]
    score = Score(results(chosen, records, asked.each_on))
    for result in sorted(score.survivors, key=lambda each: each.name) if asked.survivors else ():
        operator = result.operator
        print(f"{result.name} @ {result.record}: expected {operator.expected}, was {result.answer}. {operator.does}")
        for more in (result.said, why_known(result.name) or ""):
            print(f"    {more}" if more else "", end="\n" if more else "")
    print(score.table())


if __name__ == "__main__":
    main()
