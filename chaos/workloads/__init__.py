"""What clients do that fits any application: one load a file."""

from chaos.workloads.calls import Calls

__all__ = ["Calls"]
