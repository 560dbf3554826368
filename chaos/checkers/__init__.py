"""Checkers: pure functions from a record to an answer, one property a file. These are the ones that hold for any app.

A checker never calls correct services INVALID, always calls broken ones INVALID when the evidence shows it, and says
UNKNOWN of what it cannot see.
"""

from __future__ import annotations

from chaos.checkers import cluster_reacts, faults_landed, not_vacuous, steady_state
from chaos.checkers.windows import fault_stories
from chaos.system.checker import Checker

CHECKERS: dict[str, Checker] = {
    "cluster_reacts": Checker(cluster_reacts.check, cluster_reacts.expected),
    "faults_landed": Checker(faults_landed.check, lambda record: bool(fault_stories(record))),
    "steady_state": Checker(steady_state.check, steady_state.expected),
    "not_vacuous": Checker(not_vacuous.check),
}
