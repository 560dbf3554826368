"""What the clients do: one workload a file, imported here so that plans can name them."""

from chaos.workloads.abandoned_holds import AbandonedHolds
from chaos.workloads.booking import Booking
from chaos.workloads.cancelling import Cancelling
from chaos.workloads.forgery import Forgery
from chaos.workloads.reserve_rush import ReserveRush

__all__ = ["AbandonedHolds", "Booking", "Cancelling", "Forgery", "ReserveRush"]
