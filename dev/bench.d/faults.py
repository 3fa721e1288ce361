"""What can be done to a cluster. Cluster.mend() undoes each of these.

`inflict(scene)` returns the time of the fault on the monotonic clock. Some take time themselves: then the
cluster is hurt, and partly mended, while they run.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Callable

import clusters

DELAY_MS, JITTER_MS = 200, 50
FLAPPING_SECONDS, STORE_OUTAGE_SECONDS = 30, 60


@dataclass
class Scene:
    """Where a fault happens, and by which dice."""

    cluster: clusters.Cluster
    leader: clusters.Member
    candidate: clusters.Member
    dice: random.Random = field(default_factory=random.Random)
    notes: list = field(default_factory=list)


@dataclass(frozen=True)
class Fault:
    """It lasts `hold` seconds and `leases` times the ttl even when writes are long back; `needs`: of the cluster.

    One that is `exact` does not last longer, even when writes are not back.
    """

    name: str
    title: str
    inflict: Callable
    hold: float = 0.0
    leases: float = 0.0
    exact: bool = False
    needs: tuple = ()


def partition(scene):
    fault = time.monotonic()
    scene.cluster.net.isolate(scene.leader.name)
    return fault


def partial(scene):
    fault = time.monotonic()
    scene.cluster.net.isolate(scene.leader.name, without=('client',))
    return fault


def asymmetric(scene):
    network, name = scene.cluster.net, scene.leader.name
    others = network.rest(name, without=('client',))
    mute = scene.dice.random() < 0.5
    scene.notes.append('%s is %s' % (name, 'not heard by the others' if mute else 'deaf to the others'))
    fault = time.monotonic()
    network.drop([(name, other) for other in others] if mute else [(other, name) for other in others])
    return fault


def delay(scene):
    fault = time.monotonic()
    scene.cluster.net.delay(scene.leader.name, DELAY_MS, JITTER_MS)
    return fault


def flapping(scene):
    network, fault = scene.cluster.net, time.monotonic()
    while time.monotonic() - fault < FLAPPING_SECONDS:
        network.isolate(scene.leader.name)
        time.sleep(scene.dice.uniform(0.3, 4.0))
        network.heal()
        time.sleep(scene.dice.uniform(0.3, 4.0))
    return fault


def full_disk(scene):
    fault = time.monotonic()
    scene.leader.disk.fill()
    return fault


def stalled_fsync(scene):
    fault = time.monotonic()
    scene.leader.disk.freeze()
    return fault


def store_leader(scene):
    victim = scene.cluster.store_leader()
    scene.notes.append('%s led the store%s' % (victim.name, ', the primary' if victim is scene.leader else ''))
    return scene.cluster.kill_agent(victim)


def switchover(scene):
    fault = time.monotonic()
    refusal = scene.cluster.switch_over(scene.leader, scene.candidate)
    if refusal:
        raise clusters.Broken('switchover refused: ' + refusal)
    return fault


def rolling_restart(scene):
    """Agents end as an operator ends them and are started again, the primary's last."""
    fault, cluster = time.monotonic(), scene.cluster
    for member in [m for m in cluster.members if m is not scene.leader] + [scene.leader]:
        cluster.restart(member)
        cluster.wait_healthy(cluster.setup['heal_seconds'])
    return fault


NET, DISKS, VOTERS = 'namespaces', 'disks', 'voters'
ALL = {fault.name: fault for fault in (
    Fault('kill', 'kill -9 of the postmaster', lambda s: s.cluster.kill_postmaster(s.leader)),
    Fault('agent', 'kill -9 of the agent', lambda s: s.cluster.kill_agent(s.leader), leases=3),
    Fault('crash', 'node crash', lambda s: s.cluster.crash(s.leader)),
    Fault('hang', 'hang of agent and PostgreSQL', lambda s: s.cluster.hang(s.leader)),
    Fault('partition', 'partition of the primary', partition, needs=(NET,)),
    Fault('partial', 'partial partition: clients reach it', partial, hold=15, needs=(NET,)),
    Fault('asymmetric', 'asymmetric loss', asymmetric, hold=15, needs=(NET,)),
    Fault('delay', '%d ms ± %d ms delay' % (DELAY_MS, JITTER_MS), delay, hold=20, needs=(NET,)),
    Fault('full-disk', 'full disk', full_disk, hold=15, needs=(DISKS,)),
    Fault('stalled-fsync', 'stalled disk', stalled_fsync, hold=15, needs=(DISKS,)),
    Fault('store-leader', 'the store\'s leader killed', store_leader, leases=3, needs=(VOTERS,)),
    Fault('store-outage', 'store without majority', lambda s: s.cluster.cut_store(), hold=STORE_OUTAGE_SECONDS,
          exact=True, needs=(NET, VOTERS)),
    Fault('flapping', 'flapping network', flapping, needs=(NET,)),
    Fault('rolling', 'rolling restart of everything', rolling_restart),
    Fault('switchover', 'switchover', switchover),
)}
