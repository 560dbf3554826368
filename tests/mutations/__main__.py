"""Prints the score of the oracle: `python -m tests.mutations [--survivors] [--records NAME …]`."""

from __future__ import annotations

import argparse
from itertools import chain

from tests.mutations.score import Score, all_generated, goods, semantic


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--survivors", action="store_true", help="list each change that was not seen for what it is")
    parser.add_argument("--semantic", action="store_true", help="only those that somebody thought of")
    parser.add_argument("--each-on", type=int, default=2, help="records on which each is tried")
    parser.add_argument("--only", default="", help="operators whose name begins so")
    asked = parser.parse_args()
    records = goods()
    rest = () if asked.semantic else all_generated(records, asked.each_on)
    score = Score(result for result in chain(semantic(records, asked.each_on), rest) if result.name.startswith(asked.only))
    if asked.survivors:
        for result in sorted(score.survivors, key=lambda each: each.name):
            operator = result.trial.operator
            print(f"{operator.name} @ {result.trial.good.name}: expected {operator.expected}, was {result.answer}. {operator.does}")
            if result.said:
                print(f"    {result.said}")
        print()
    print(score.table())


if __name__ == "__main__":
    main()
