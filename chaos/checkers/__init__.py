"""Checkers: pure functions from a record to a result, one property per file. The ones here hold for any app.

A checker never calls correct services INVALID, always calls broken ones INVALID when the evidence shows it, and
answers UNKNOWN when it cannot tell.
"""

from __future__ import annotations

from chaos.checkers import (
    answers_match_journal,
    cluster_reacts,
    effects_once,
    exclusive_per_key,
    faults_landed,
    invocations_end,
    no_secret_shown,
    not_vacuous,
    one_way_calls_arrive,
    replays_fit,
    steady_state,
)
from chaos.checkers.windows import fault_stories
from chaos.system.checker import Checker

CHECKERS: dict[str, Checker] = {
    "cluster_reacts": Checker(cluster_reacts.check, cluster_reacts.expected, cluster_reacts.Expects),
    "faults_landed": Checker(faults_landed.check, lambda record: bool(fault_stories(record))),
    "invocations_end": Checker(invocations_end.check, invocations_end.expected),
    "replays_fit": Checker(replays_fit.check, replays_fit.expected),
    "answers_match_journal": Checker(answers_match_journal.check, answers_match_journal.expected),
    "exclusive_per_key": Checker(exclusive_per_key.check, exclusive_per_key.expected),
    "effects_once": Checker(effects_once.check, effects_once.expected),
    "no_secret_shown": Checker(no_secret_shown.check, no_secret_shown.expected),
    "one_way_calls_arrive": Checker(one_way_calls_arrive.check, one_way_calls_arrive.expected),
    "steady_state": Checker(steady_state.check, steady_state.expected, steady_state.Expects),
    "not_vacuous": Checker(not_vacuous.check, expects=not_vacuous.Expects),
}
