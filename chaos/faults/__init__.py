"""The catalogue of faults: one per file, imported here so that plans can name them."""

from chaos.faults.accept_then_fail import AcceptThenFail
from chaos.faults.asymmetric import Asymmetric
from chaos.faults.bandwidth import Bandwidth
from chaos.faults.cancel_invocation import CancelInvocation
from chaos.faults.clock_skew import ClockSkew
from chaos.faults.cpu_limit import CpuLimit
from chaos.faults.cpu_starve import CpuStarve
from chaos.faults.crash_loop import CrashLoop
from chaos.faults.delay import Delay
from chaos.faults.deploy import Deploy
from chaos.faults.disconnect import Disconnect
from chaos.faults.disk_full import DiskFull
from chaos.faults.dns_failure import DnsFailure
from chaos.faults.drop_after_effect import DropAfterEffect
from chaos.faults.drop_before_effect import DropBeforeEffect
from chaos.faults.flapping import Flapping
from chaos.faults.forget_keys import ForgetKeys
from chaos.faults.hang import Hang
from chaos.faults.hold import Hold
from chaos.faults.in_progress import InProgress
from chaos.faults.jitter import Jitter
from chaos.faults.kill import Kill
from chaos.faults.lag import Lag
from chaos.faults.latency import Latency
from chaos.faults.limit_data import LimitData
from chaos.faults.link_down import LinkDown
from chaos.faults.memory_limit import MemoryLimit
from chaos.faults.oom_kill import OomKill
from chaos.faults.pause import Pause
from chaos.faults.pause_invocation import PauseInvocation
from chaos.faults.purge import Purge
from chaos.faults.reconfigure import Reconfigure
from chaos.faults.reset_peer import ResetPeer
from chaos.faults.respond import Respond
from chaos.faults.restart import Restart
from chaos.faults.rollback import Rollback
from chaos.faults.slicer import Slicer
from chaos.faults.slow_body import SlowBody
from chaos.faults.slow_close import SlowClose
from chaos.faults.terminate import Terminate
from chaos.faults.timeout import Timeout

__all__ = [
    "AcceptThenFail",
    "Asymmetric",
    "Bandwidth",
    "CancelInvocation",
    "ClockSkew",
    "CpuLimit",
    "CpuStarve",
    "CrashLoop",
    "Delay",
    "Deploy",
    "Disconnect",
    "DiskFull",
    "DnsFailure",
    "DropAfterEffect",
    "DropBeforeEffect",
    "Flapping",
    "ForgetKeys",
    "Hang",
    "Hold",
    "InProgress",
    "Jitter",
    "Kill",
    "Lag",
    "Latency",
    "LimitData",
    "LinkDown",
    "MemoryLimit",
    "OomKill",
    "Pause",
    "PauseInvocation",
    "Purge",
    "Reconfigure",
    "ResetPeer",
    "Respond",
    "Restart",
    "Rollback",
    "Slicer",
    "SlowBody",
    "SlowClose",
    "Terminate",
    "Timeout",
]
