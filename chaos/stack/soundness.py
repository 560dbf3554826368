"""Whether a stack is sound: processes run as created, nodes agree, no link is obstructed, no rule is left."""

from __future__ import annotations

import httpx

from chaos.errors import WaitTimedOut
from chaos.stack.stack import Contained, Stack
from chaos.stack.toxiproxy import ToxiproxyError
from chaos.waiting import until

WHOLE_WITHIN_S = 10
POLL_S = 0.1


async def what_is_broken(stack: Stack) -> tuple[str, ...]:
    """One sentence for each thing that differs from the start of the stack; none when it is sound."""
    processes = [(target.name, await target.look()) for target in stack.targets.values() if target.is_wanted]
    found = [f"process {name} is {look}" for name, look in processes if not look.endswith(" running")]
    for target in stack.targets.values():
        if isinstance(target, Contained) and target.is_wanted:
            found += await target.altered()
    if stack.cluster:
        try:  # a leader may change by itself: that takes only a moment
            await until(stack.cluster.is_whole, "the cluster to be whole", WHOLE_WITHIN_S, POLL_S)
        except WaitTimedOut as error:
            found.append(f"the cluster is not whole: {error.last_seen}")
    try:
        for name, link in (await stack.toxiproxy.state()).items():
            found += [] if link.enabled else [f"link {name} is down"]
            found += [f"link {name} has the toxic {toxic.name} ({toxic.type})" for toxic in link.toxics]
    except ToxiproxyError as error:
        found.append(f"the links cannot be read: {error}")
    for name, fake in stack.parties.items():
        try:
            found += [f"rule {rule['id']} is left in the {name}" for rule in await fake.rules()]
        except httpx.HTTPError as error:
            found.append(f"the {name} does not answer: {type(error).__name__}")
    return tuple(found)
