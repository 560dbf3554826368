"""Whole runs on a real stack: decisions repeat, deadlines are UNKNOWN, broken evidence is never VALID."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

import pytest

from booking.system import SYSTEM
from booking.workloads import Booking
from chaos.backends.process import ProcessBackend
from chaos.cleanup.leftovers import labelled
from chaos.errors import BadInput, ChaosError
from chaos.evidence.faultlog import FaultLog
from chaos.evidence.journal import JournalReader
from chaos.evidence.record import Record
from chaos.faults import Delay, Hang, Kill, Latency, LinkDown, Respond
from chaos.machine.toolchain import Tools
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, AtTime, BackingOff, JournalState, RuleHits
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.run.nemesis import Nemesis
from chaos.run.triggers import Progress
from chaos.session import STACKS_KEPT, Config, Session
from chaos.stack.control import FakeControl
from chaos.stack.soundness import what_is_broken
from chaos.stack.toxiproxy import ToxiproxyClient
from chaos.verdict import Outcome

pytestmark = pytest.mark.integration


def plan(seed: int = 1) -> Plan:
    return Plan(
        name="repeat",
        seed=seed,
        workload=Booking(orders=16, seats=10, clients=4, declined=2),
        steps=(Step(id="crash", fault=Kill(), when=AfterOperations(count=4), until=AtTime(at_s=0.1)),),
        expect=Expect(min_ok=1),
    )


async def decisions_of_a_run(folder: Path, seed: int) -> tuple[str, set[str], str]:
    """decisions.json, what the clients really sent, and who was really killed."""
    async with Session.open(Config(), folder, lambda _: None) as session:
        summary = await session.prove(plan(seed), replay="")
    record = Record.open(folder / summary.record)
    sent = {f"{each.number} {each.target} {json.dumps(each.input, sort_keys=True)}" for each in record.operations}
    (killed,) = {event.target for event in record.faults}
    text = (folder / summary.record / "decisions.json").read_text("utf-8")
    return text, {one.split('"payment_token"')[0] for one in sent}, killed


async def test_the_same_seed_decides_and_does_the_same_and_another_does_not(tmp_path: Path) -> None:
    first = await decisions_of_a_run(tmp_path / "first", 7)
    again = await decisions_of_a_run(tmp_path / "again", 7)
    other = await decisions_of_a_run(tmp_path / "other", 8)
    assert first[1:] == again[1:]
    assert first[1] != other[1]
    without_hashes = [json.loads(text) for text in (first[0], again[0])]
    for decisions in without_hashes:
        for call in decisions["load"]["operations"]:
            call["input"].pop("payment_token")  # a keyed hash, whose key is another in every run
    assert without_hashes[0] == without_hashes[1]


async def test_past_its_deadline_a_scenario_is_unknown_and_says_what_is_pending(tmp_path: Path) -> None:
    stuck = Plan(
        name="stuck",
        workload=Booking(orders=2, seats=2, clients=2),
        steps=(Step(id="hang", fault=Hang(on="charge")),),
        deadline_s=4,
    )
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(stuck, replay="")
    assert summary.verdict is Outcome.UNKNOWN
    assert summary.deadline_passed
    assert any("Checkout/" in pending for pending in summary.pending)
    assert summary.faults[0].healed_at_ms is not None


@pytest.mark.parametrize("source", ["journal", "ledger"])
async def test_evidence_that_cannot_be_read_is_unknown(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> object:
        import httpx

        raise httpx.ReadError("cut off")
        yield

    if source == "journal":
        monkeypatch.setattr(JournalReader, "entries", broken)
    else:
        monkeypatch.setattr(FakeControl, "ledger", broken)
    calm = plan().model_copy(update={"steps": (), "name": f"no_{source}"})
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(calm, replay="")
    assert summary.verdict is Outcome.UNKNOWN
    assert any(check.outcome is Outcome.UNKNOWN and check.checker == "exactly_once_charge" for check in summary.checks)


async def test_a_target_that_is_not_there_is_refused_before_anything_breaks(tmp_path: Path) -> None:
    nobody = plan().model_copy(update={"steps": (Step(id="crash", fault=Kill(target="endpoint-9")),), "name": "nobody"})
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        with pytest.raises(BadInput, match="no target 'endpoint-9'"):
            await session.prove(nobody, replay="")


async def test_a_stack_is_shared_by_equal_specs_and_left_after_doubt(tmp_path: Path) -> None:
    calm = plan().model_copy(update={"steps": ()})
    doubtful = calm.model_copy(update={"name": "doubtful", "expect": Expect(min_ok=1_000)})
    own = calm.model_copy(update={"name": "own", "stack": StackSpec(own=True)})
    folders = []
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        for each in (calm, calm, doubtful, calm, own, calm):
            await session.prove(each, replay="")
            folders.append(session.stack_folder)
    assert folders[0] == folders[1] == folders[2]
    assert folders[3] == folders[5]
    assert len({folders[2], folders[3], folders[4]}) == 3


async def test_the_stacks_used_last_are_kept_and_no_more(tmp_path: Path) -> None:
    def on(endpoints: int) -> Plan:
        small = {"steps": (), "name": f"on_{endpoints}", "stack": StackSpec(endpoints=endpoints)}
        return plan().model_copy(update=small)

    folders = []
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        for endpoints in (1, 2, 1, 3, 1, 2):
            await session.prove(on(endpoints), replay="")
            folders.append(session.stack_folder)
            assert len(session._stacks) <= STACKS_KEPT
    assert folders[0] == folders[2] == folders[4]
    assert len({folders[1], folders[3], folders[5]}) == 3


async def test_an_app_that_dies_at_start_shows_its_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_app.py").write_text("raise RuntimeError('no database configured')", "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ChaosError, match="no database configured"):
        async with Session.open(Config(app="broken_app:app"), tmp_path, lambda _: None) as session:
            await session.prove(plan(), replay="")


async def test_faults_wait_for_what_restate_and_the_gateway_show(tmp_path: Path) -> None:
    triggered = Plan(
        name="triggered",
        workload=Booking(orders=6, seats=6, clients=3),
        steps=(
            Step(id="fails", fault=Respond(on="charge", status=503, attempts="1-3")),
            Step(id="when_backing_off", fault=Kill(), when=BackingOff(retries=2), until=AtTime(at_s=0.1)),
            Step(
                id="when_open",
                fault=Latency(link="mailer", latency_ms=200),
                when=JournalState(run="charge", operation=2),
                until=AtTime(at_s=0.1),
            ),
            Step(id="when_hit", fault=Latency(link="gateway", latency_ms=200), when=RuleHits(step="fails", count=6)),
        ),
    )
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(triggered, replay="")
    assert [finding.text for finding in summary.findings] == []
    assert summary.verdict is Outcome.VALID


async def test_a_trigger_that_never_comes_true_is_unknown(tmp_path: Path) -> None:
    never = plan().model_copy(
        update={"name": "never", "steps": (Step(id="late", fault=Kill(), when=AfterOperations(count=1_000)),)}
    )
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(never, replay="")
    assert summary.verdict is Outcome.UNKNOWN
    assert any(finding.fault_id == "late" for finding in summary.findings)


async def test_a_scenario_that_leaves_something_broken_is_unknown_and_its_stack_serves_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgets(*_: object) -> None: ...

    slow = Step(id="slow", fault=Latency(link="mailer", latency_ms=5), when=AfterOperations(count=2))
    sloppy = plan().model_copy(update={"steps": (slow,), "name": "sloppy"})
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        with monkeypatch.context() as patch:
            patch.setattr(ToxiproxyClient, "remove_toxic", forgets)
            summary = await session.prove(sloppy, replay="")
        first = session.stack_folder
        after = await session.prove(plan().model_copy(update={"steps": ()}), replay="")
        assert session.stack_folder != first
    assert summary.verdict is Outcome.UNKNOWN
    assert "left behind: link mailer has the toxic slow (latency)" in [each.message for each in summary.findings]
    assert after.verdict is Outcome.VALID


async def test_a_gateway_may_be_dead_at_the_moment_its_rule_heals(tmp_path: Path, tools: Tools) -> None:
    steps = (
        Step(id="late", fault=Delay(on="gateway POST /v1/charges", point="before_effect", delay_ms=1)),
        Step(id="crash", fault=Kill(target="gateway")),
    )
    stack = await ProcessBackend(tools, "services.app:app", "both", tmp_path, system=SYSTEM).start(
        StackSpec(endpoints=1)
    )
    with contextlib.closing(FaultLog(tmp_path / "faults.jsonl")) as log:
        load_over = asyncio.Event()
        nemesis = Nemesis(steps, Progress(stack, log, (), lambda: 0, load_over))
        breaking = asyncio.create_task(nemesis.run())
        await nemesis.opened.wait()
        load_over.set()
        await breaking
        assert [(event.step, event.detail) for event in log.events if event.phase == "failed"] == []
        assert await what_is_broken(stack) == ()
    await stack.stop()


async def test_a_fault_that_breaks_down_is_unknown_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trips(*_: object) -> None:
        raise RuntimeError("a bug of the fault's own")

    monkeypatch.setattr(ToxiproxyClient, "disable", trips)
    down = Step(id="down", fault=LinkDown(link="mailer"), when=AfterOperations(count=2))
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(plan().model_copy(update={"steps": (down,)}), replay="")
    assert summary.verdict is Outcome.UNKNOWN
    assert summary.faults[0].trouble == "RuntimeError: a bug of the fault's own"


async def test_an_unknown_checker_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    misspelt = plan().model_copy(update={"expect": Expect(checks=("exactly_once_chrage",))})
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        with pytest.raises(BadInput, match="unknown checker 'exactly_once_chrage'"):
            await session.prove(misspelt, replay="")
        assert session.stack_folder is None


async def test_a_stack_that_does_not_answer_is_one_error(tmp_path: Path) -> None:
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        await session.prove(plan().model_copy(update={"steps": ()}), replay="")
        assert session._last is not None
        await session._last.target("gateway").kill()
        with pytest.raises(ChaosError, match="does not answer"):
            await session.prove(plan().model_copy(update={"steps": ()}), replay="")


async def test_an_app_that_goes_into_the_background_is_one_error_and_is_ended(tmp_path: Path) -> None:
    app = f"cmd:{sys.executable} -c 'import os, time; os.fork() or os.setsid() or time.sleep(600)' {{port}}"
    with pytest.raises(ChaosError, match="it ended with exit code 0"):
        async with Session.open(Config(app=app), tmp_path, lambda _: None) as session:
            await session.prove(plan(), replay="")
    assert labelled(session._run_id) == {}
