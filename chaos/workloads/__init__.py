"""What the clients do: one workload a file, imported here so that plans can name them."""

from chaos.workloads.abandoned_holds import AbandonedHolds
from chaos.workloads.booking import Booking
from chaos.workloads.cancelling import Cancelling
from chaos.workloads.cart_rush import CartRush
from chaos.workloads.forgery import Forgery
from chaos.workloads.fresh_keys import FreshKeys
from chaos.workloads.idling import Idling
from chaos.workloads.marking_read import MarkingRead
from chaos.workloads.mixed import Mixed
from chaos.workloads.outlived_holds import OutlivedHolds
from chaos.workloads.reading import Reading
from chaos.workloads.reserve_rush import ReserveRush
from chaos.workloads.returned_holds import ReturnedHolds
from chaos.workloads.role_updates import RoleUpdates
from chaos.workloads.round_end import RoundEnd
from chaos.workloads.shopping import Shopping
from chaos.workloads.signups import Signups
from chaos.workloads.strangers import Strangers

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
