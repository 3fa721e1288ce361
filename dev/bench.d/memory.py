#!/usr/bin/env python3
"""dev/bench memory: what an agent holds resident on each store, beside the bar of 110 MB.

Per store three nodes are started, their leader is switched over there and back so that all code has run, and
when nothing has moved for a while each agent's RSS is read. Kubernetes is left out: no API server is at hand.
--hours H lets each agent live through H hours of cycles first, one right after the other: a request to reload begins one.
Ends with 0 if every agent is within the bar, 1 if one is not, 2 if nothing could be measured.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time

import psycopg2

import clusters
import preparing
import stores
import systems
from preparing import refuse, say

BAR = 110  # MB
KINDS = (systems.Toomai, systems.ToomaiOnEtcd, stores.ToomaiOnZooKeeper, stores.ToomaiOnZooKeeperTls, stores.ToomaiOnConsul)


def store_of(kind):
    return 'embedded' if kind is systems.Toomai else kind.system.removeprefix('Toomai on ')


def cycle(cluster, member):
    """The number of that agent's latest cycle."""
    return int(re.findall(r'cycle=(\d+)', json.dumps(cluster.rest(member, '/why?n=1')))[-1])


def live(cluster, hours):
    """Cycles that take `hours` at one each loop_wait of 10 s; a request that comes during one begins one more afterwards."""
    wanted = hours * 360
    if not wanted:
        return
    for member in cluster.members:
        begun = cycle(cluster, member)
        for asked in range(20 * wanted):
            cluster.rest(member, '/reload', {})
            if asked % 50 == 49 and cycle(cluster, member) - begun >= wanted:
                break
        else:
            raise clusters.Broken('%s made %d cycles, %d were asked for' % (member.name, cycle(cluster, member) - begun, wanted))
        say('%s has lived through %d cycles' % (member.name, cycle(cluster, member) - begun))


def measure(setup, kind):
    cluster = kind(setup, os.path.join(setup['folder'], kind.__name__.lower()))
    try:
        say('%s: starting three nodes' % kind.system)
        cluster.start()
        for _ in range(2):
            leader, candidate = cluster.leader_and_candidate()
            refusal = cluster.switch_over(leader, candidate)
            if refusal:
                raise clusters.Broken('switchover refused: ' + refusal)
            cluster.wait_healthy(setup['heal_seconds'])
        live(cluster, setup['hours'])
        time.sleep(setup['seconds'])
        return {'store': store_of(kind),
                'agent_mb': sorted(round(m['agent'], 1) for m in cluster.memory().values())}
    except clusters.Broken:
        for line in cluster.log_tails():
            say(line)
        raise
    finally:
        cluster.stop()


def inside(setup):
    try:
        wanted = setup['stores']
        return [measure(setup, kind) for kind in KINDS if not wanted or store_of(kind) in wanted]
    except (clusters.Broken, psycopg2.Error, subprocess.SubprocessError, OSError) as e:
        return {'failure': str(e).strip()}


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench memory', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seconds', type=int, default=60, help='of rest before the look (default 60)')
    parser.add_argument('--hours', type=int, default=0, help='of cycles, at once, before the rest (default 0)')
    parser.add_argument('--stores', default='', help='only these, such as embedded,etcd (default all)')
    preparing.options_of_all(parser.add_argument)
    parser.set_defaults(ttl=30, loop_wait=10, retry_timeout=10)
    return parser.parse_args(arguments)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    preparing.install_peer()
    toomai = preparing.toomai_setup(options)
    java = subprocess.run([toomai['launcher'], 'java-home'], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    setup = dict(toomai, namespaces=True, java_home=java, seconds=options.seconds, hours=options.hours,
                 stores=[s for s in options.stores.split(',') if s])
    result, told = preparing.measured(__file__, setup, options)
    print(json.dumps(told, indent=1))
    for each in result:
        low, median, high = each['agent_mb']
        print('%-20s %5.1f / %5.1f / %5.1f MB  %s' % (each['store'], low, median, high, 'PASS' if high <= BAR else 'MISS'))
    return 0 if all(max(each['agent_mb']) <= BAR for each in result) else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
