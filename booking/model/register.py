"""What may, and what must, be in a list that several calls change, as far as their order is known.

A thing is in the list if one call put it there and none took it out since. Where the order of two calls is not known,
either may have come first: then the thing may be there, and may be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Change(NamedTuple, Generic[T]):
    """A call that put the thing in, or took it out; `sure`, if it certainly took effect."""

    call: T
    puts_in: bool
    sure: bool


def may_be_in(changes: Sequence[Change[T]], look: T, precedes: Callable[[T, T], bool]) -> bool:
    """Whether a look may find it: somebody put it in, and nobody surely took it out in between."""
    takings = [each.call for each in changes if not each.puts_in and each.sure and precedes(each.call, look)]
    puttings = [each.call for each in changes if each.puts_in and not precedes(look, each.call)]
    return any(not any(precedes(put, taken) for taken in takings) for put in puttings)


def may_be_out(changes: Sequence[Change[T]], look: T, precedes: Callable[[T, T], bool]) -> bool:
    """Whether a look may miss it: nobody surely put it in before, or somebody may have taken it out since."""
    puttings = [each.call for each in changes if each.puts_in and each.sure and precedes(each.call, look)]
    others = [each for each in changes if each.call is not look]  # it meets what was there before itself
    takings = [each.call for each in others if not each.puts_in and not precedes(look, each.call)]
    return all(any(not precedes(taken, put) for taken in takings) for put in puttings)
