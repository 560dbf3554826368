"""What the clients do: one workload per file, imported here so that plans can name them."""

from booking.workloads.abandoned_holds import AbandonedHolds
from booking.workloads.booking import Booking
from booking.workloads.cancelling import Cancelling
from booking.workloads.cart_rush import CartRush
from booking.workloads.forgery import Forgery
from booking.workloads.fresh_keys import FreshKeys
from booking.workloads.idling import Idling
from booking.workloads.marking_read import MarkingRead
from booking.workloads.mixed import Mixed
from booking.workloads.outlived_holds import OutlivedHolds
from booking.workloads.reading import Reading
from booking.workloads.reserve_rush import ReserveRush
from booking.workloads.returned_holds import ReturnedHolds
from booking.workloads.role_updates import RoleUpdates
from booking.workloads.round_end import RoundEnd
from booking.workloads.shopping import Shopping
from booking.workloads.signups import Signups
from booking.workloads.strangers import Strangers

__all__ = [
    "AbandonedHolds",
    "Booking",
    "Cancelling",
    "CartRush",
    "Forgery",
    "FreshKeys",
    "Idling",
    "MarkingRead",
    "Mixed",
    "OutlivedHolds",
    "Reading",
    "ReserveRush",
    "ReturnedHolds",
    "RoleUpdates",
    "RoundEnd",
    "Shopping",
    "Signups",
    "Strangers",
]
