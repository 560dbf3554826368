"""The catalogue of faults: one a file, imported here so that plans can name them."""

from chaos.faults.crash_loop import CrashLoop
from chaos.faults.deploy import Deploy
from chaos.faults.gateway_rule import GatewayRule
from chaos.faults.kill import Kill
from chaos.faults.latency import Latency
from chaos.faults.link_down import LinkDown
from chaos.faults.pause import Pause
from chaos.faults.reset_peer import ResetPeer
from chaos.faults.restart import Restart
from chaos.faults.terminate import Terminate
from chaos.faults.unsigned_request import UnsignedRequest

__all__ = [
    "CrashLoop",
    "Deploy",
    "GatewayRule",
    "Kill",
    "Latency",
    "LinkDown",
    "Pause",
    "ResetPeer",
    "Restart",
    "Terminate",
    "UnsignedRequest",
]
