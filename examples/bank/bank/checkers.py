"""What must hold of the bank: no money is made or lost, no account is overdrawn, each transfer is cleared once."""

from collections import Counter
from collections.abc import Iterator

from chaos import CheckResult, Finding, Record
from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid, unknown

NEEDS = ("history", "invocations", "journal", "state")


def _opened(record: Record) -> dict[str, int]:
    return {call["key"]: call["input"] for call in record.decisions["load"]["opening"] if call["service"] == "Account"}


def money_is_conserved(record: Record) -> CheckResult:
    """INVALID: at rest the accounts hold more or less than they were opened with. UNKNOWN: it did not come to rest."""
    opened, evidence = _opened(record), evidence_of(record)
    held = {row.object_key: row.value for row in record.state if (row.service, row.key) == ("Account", "cents")}
    before, after = sum(opened.values()), sum(cents for cents in held.values() if isinstance(cents, int))
    findings = []
    if record.meta.converged_at_ms is None:
        findings.append(unknown("the run did not come to rest"))
    elif evidence.has(*NEEDS) and before != after:
        findings.append(invalid(f"{before} cents were paid in, and {after} are there"))
    summary = f"{after} of {before} cents in {len(held)} accounts"
    return conclude(evidence, "money_is_conserved", needs=NEEDS, cases=len(opened), summary=summary, findings=findings)


def never_below_zero(record: Record) -> CheckResult:
    """INVALID: an account was below zero at some point."""
    accounts = {each.id: each.key for each in record.invocations if each.service == "Account"}
    set_to = [each for each in record.journal() if each.type == "SetState" and each.invocation_id in accounts]
    findings = [
        invalid(f"{accounts[each.invocation_id]} was set to {each.value}", invocation_id=each.invocation_id)
        for each in set_to
        if isinstance(each.value, int) and each.value < 0
    ]
    summary = f"{len(set_to)} balances written"
    return conclude(
        evidence_of(record), "never_below_zero", needs=NEEDS, cases=len(set_to), summary=summary, findings=findings
    )


def cleared_once(record: Record) -> CheckResult:
    """INVALID: cleared twice; or told "done", and never cleared."""
    cleared = Counter(row.case for row in record.ledger("clearing") if row.effect == "cleared")
    told = [each for each in evidence_of(record).load if each.service == "Transfer" and each.conclusion == "ok"]
    return conclude(
        evidence_of(record),
        "cleared_once",
        needs=("history", "clearing"),
        cases=len(told),
        summary=f"{len(told)} transfers done, {sum(cleared.values())} cleared",
        findings=_cleared(cleared, {each.key for each in told}),
    )


def _cleared(cleared: Counter[str | None], done: set[str]) -> Iterator[Finding]:
    for transfer, times in cleared.items():
        if times > 1:
            yield invalid(f"{transfer} was cleared {times} times")
    yield from (invalid(f"{transfer} was done without being cleared") for transfer in sorted(done - cleared.keys()))
