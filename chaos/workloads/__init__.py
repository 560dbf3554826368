"""Workloads that fit any application, one per file."""

from chaos.workloads.calls import Calls

__all__ = ["Calls"]
