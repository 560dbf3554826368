"""Good runs of what is not plain booking, each with a booking beside it: one function a kind of run."""

from __future__ import annotations

from typing import Any

from chaos.checkers.steadiness import Steady
from chaos.evidence.faultlog import Observation
from chaos.evidence.journal import Failure
from chaos.plan.expect import Bounds, Expect
from tests.checkers.world import EVENT, STEP_MS, World

NOTHING_PAID = {"amount_cents": 0, "charge_id": None}
ONE_OWED = Expect(needs_a_person=Bounds.exactly(1))


def owed(said: str = "failed", **meta: Any) -> World:
    """One order captured, its seat lost, its refund given up; `said` is what its status says of the refund."""
    world = World(**{"expect": ONE_OWED} | meta).book("o1", "A2").lose_seat("owed")
    world.drop("gateway", lambda row: row.effect == "refund")
    refund = world.entry("owed", "notification", "refund")
    world.replace(refund, value=None, failure=Failure(code=500, message="gateway_refused: no"))
    world.views["Checkout/owed/status"] = {"compensations": [{"name": "refund", "outcome": said, "detail": "d"}]}
    return world


def settled_after_charging(*, captured: bool = False, **meta: Any) -> World:
    """One order that charged, was told that its key was used up, and voided."""
    world = World(**meta).time_out("o1", captured=captured)
    message = "order_settled: used before"
    run = world.invocation("o1").id
    world.alter("invocations", lambda row: row.id == run, failure=f"[409] {message}")
    world.alter("history", lambda event: event.code == "unpaid", code="order_settled", status=409, message=message)
    return world


def free(**meta: Any) -> World:
    """A free event: one order confirmed, one that came too late for its seat; the gateway was never asked."""
    world = World(**meta).book("o1").lose_seat("late", "A2")
    assert world.price
    world.price["price_cents"] = 0
    world.rows["gateway"].clear()
    asked = [entry.completion_id for entry in world.rows["journal"] if entry.name in ("charge", "refund")]
    paying = {(world.invocation(order).id, number) for order in ("o1", "late") for number in asked}
    world.drop("journal", lambda entry: entry.type == "Run" and (entry.invocation_id, entry.completion_id) in paying)
    for source in ("journal", "history"):
        for row in [*world.rows[source]]:
            answer = row.value if source == "journal" else row.output
            if isinstance(answer, dict) and "amount_cents" in answer:
                name = "value" if source == "journal" else "output"
                world.alter(source, lambda each, row=row: each is row, **{name: answer | NOTHING_PAID})
    failure = Failure(code=409, message="not_held: gone")
    late = world.invocation("late").id
    world.alter("journal", lambda entry: (entry.invocation_id, entry.type) == (late, "Output"), failure=failure)
    world.alter("invocations", lambda row: row.id == late, failure="[409] not_held: gone")
    world.alter("history", lambda event: event.code == "refunded", code="not_held", status=409, message=failure.message)
    renumber(world)
    return world


def renumber(world: World) -> None:
    """Journals without gaps again, after entries were taken out."""
    seen: dict[str, int] = {}
    for place, entry in enumerate(world.rows["journal"]):
        world.rows["journal"][place] = entry.model_copy(update={"index": seen.get(entry.invocation_id, 0)})
        seen[entry.invocation_id] = seen.get(entry.invocation_id, 0) + 1
    for place, row in enumerate(world.rows["invocations"]):
        if row.journal_size is not None:
            world.rows["invocations"][place] = row.model_copy(update={"journal_size": seen.get(row.id, 0)})


def upgraded(**meta: Any) -> World:
    """Two versions: o1 and o2 began on the first, o3 on the second, which also sold the seat of o2."""
    world = (
        World(**{"expect": Expect(deployments=2, carried_over=1)} | meta).book("o1").book("o2", "A2").book("o3", "A3")
    )
    late = {world.invocation("o3").id, world.invocation(world.key("A2"), "Ticket", "confirm").id}
    late.add(world.invocation(world.key("A3"), "Ticket", "confirm").id)
    world.alter("invocations", lambda row: row.id in late, deployment_id="dp_2")
    world.alter("invocations", lambda row: row.id not in late, deployment_id="dp_1")
    return world


def strangers(answers: tuple[int, ...] = (401, 401), **meta: Any) -> World:
    """Calls past Restate, and how the endpoint answered them; an order meanwhile."""
    seen = Observation(measure="answers", source="endpoint", during=list(answers), relation="equals", bound=[401, 401])
    world = World(**meta).book("o1").fault("stranger", "unsigned_request", "stack")
    world.alter("faults", lambda event: event.observation is not None, observation=seen)
    return world


def looked(world: World, times: int, *, took_ms: int = 10, code: str | None = None) -> None:
    """Looks at the map, one after another, each answered after `took_ms`: ok, or with a code."""
    for _ in range(times):
        number = world.told("invoke", f"SeatMap/{EVENT}/get")
        world.now += took_ms - STEP_MS
        world.told("fail" if code else "ok", f"SeatMap/{EVENT}/get", number, code=code)


def broken(world: World, looks: int = 3, *, took_ms: int = 200, code: str | None = None, step: str = "crash") -> None:
    """A fault that is on while so many looks are had, and healed after the last."""
    broke_at_ms = world.tick()
    looked(world, looks, took_ms=took_ms, code=code)
    world.tick()
    world.fault(step)
    early = ("intended", "injected", "observed")
    world.alter("faults", lambda event: event.step == step and event.phase in early, at_ms=broke_at_ms)


def recovered(**meta: Any) -> World:
    """Steady, then broken, then steady again at once."""
    world = World(**{"expect": Expect(steady=Steady(recovers_within_s=1))} | meta).book("o1")
    looked(world, 20)
    broken(world)
    looked(world, 12)
    return world
