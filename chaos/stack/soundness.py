"""Whether a stack is whole: processes run as they were made, nodes agree, no link is obstructed, no rule stands."""

from __future__ import annotations

import httpx

from chaos.errors import WaitTimedOut
from chaos.stack.stack import Contained, Stack
from chaos.stack.toxiproxy import ToxiproxyError
from chaos.waiting import until

WHOLE_WITHIN_S = 10
POLL_S = 0.1


async def what_is_broken(stack: Stack) -> tuple[str, ...]:
    """A sentence for each thing that is not as it was when the stack began; none when it is whole."""
    processes = [(target.name, await target.look()) for target in stack.targets.values() if target.is_wanted]
    found = [f"process {name} is {look}" for name, look in processes if not look.endswith(" running")]
    for target in stack.targets.values():
        if isinstance(target, Contained) and target.is_wanted:
            found += await target.altered()
    if stack.cluster:
        try:  # who leads may change by itself: that is over in a moment
            await until(stack.cluster.is_whole, "the cluster to be whole", WHOLE_WITHIN_S, POLL_S)
        except WaitTimedOut as error:
            found.append(f"the cluster is not whole: {error.last_seen}")
    try:
        for name, link in (await stack.toxiproxy.state()).items():
            found += [] if link.enabled else [f"link {name} is down"]
            found += [f"link {name} has the toxic {toxic.name} ({toxic.type})" for toxic in link.toxics]
    except ToxiproxyError as error:
        found.append(f"the links cannot be looked at: {error}")
    for name, fake in stack.parties.items():
        try:
            found += [f"rule {rule['id']} stands in the {name}" for rule in await fake.rules()]
        except httpx.HTTPError as error:
            found.append(f"the {name} does not answer: {type(error).__name__}")
    return tuple(found)
