#!/usr/bin/env python3
"""dev/bench store: what a healthy, idle cluster asks of its etcd, beside Patroni.

Starts three nodes on three etcd, waits until nothing moves any more, and counts at etcd the calls of a minute
(`grpc_server_started_total`: unary calls, and streams once each). Then the same with Debian's Patroni.
Ends with 0 if Toomai asks no more than Patroni, 1 if it asks more, 2 if nothing could be measured.
"""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

import psycopg2

import clusters
import preparing
import systems
from preparing import refuse, say

SETTLING = 20  # seconds
CALLS = re.compile(r'^grpc_server_started_total\{grpc_method="([^"]+)".*\} (\S+)', re.M)


def calls(cluster):
    """Calls so far, by method, of all etcd together."""
    total = {}
    for address in cluster.store_addresses():
        with urllib.request.urlopen('http://%s/metrics' % address, timeout=10) as answer:
            for method, count in CALLS.findall(answer.read().decode()):
                total[method] = total.get(method, 0) + float(count)
    return total


def measure(setup, kind):
    cluster = kind(setup[kind.__name__], os.path.join(setup['folder'], kind.__name__.lower()))
    try:
        say('%s: starting three nodes' % kind.system)
        cluster.start()
        time.sleep(SETTLING)
        windows = []
        for _ in range(setup['n']):
            before = calls(cluster)
            time.sleep(setup['seconds'])
            after = calls(cluster)
            windows.append({method: after[method] - before.get(method, 0) for method in after})
        cycles = setup['seconds'] / setup[kind.__name__]['timing']['loop_wait']
        share = 1 / (len(cluster.members) * cycles)
        methods = {method for window in windows for method, count in window.items() if count}
        return {'system': kind.system,
                'per_cycle_and_member': sorted(round(sum(window.values()) * share, 2) for window in windows),
                'methods': {m: round(statistics.median(w.get(m, 0) for w in windows) * share, 2) for m in sorted(methods)},
                'memory_mb': cluster.memory()}
    finally:
        cluster.stop()


def inside(setup):
    try:
        return [measure(setup, kind) for kind in (systems.ToomaiOnEtcd, systems.Patroni)]
    except (clusters.Broken, psycopg2.Error, subprocess.TimeoutExpired, OSError) as e:
        return {'failure': str(e).strip()}


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench store', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--n', type=int, default=5, help='windows (default 5)')
    add('--seconds', type=int, default=60, help='length of each (default 60)')
    preparing.options_of_all(add)
    parser.set_defaults(ttl=30, loop_wait=10, retry_timeout=10)
    return parser.parse_args(arguments)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    preparing.install_peer()
    toomai = dict(preparing.toomai_setup(options), namespaces=True)
    setup = dict(toomai, ToomaiOnEtcd=toomai, Patroni=dict(toomai, start_seconds=180), n=options.n, seconds=options.seconds)
    result, told = preparing.measured(__file__, setup, options)
    print(json.dumps({'environment': told, 'result': result}, indent=1))
    ours, theirs = (statistics.median(r['per_cycle_and_member']) for r in result)
    print('%s: %s calls per cycle and member, Patroni %s' % ('PASS' if ours <= theirs else 'MISS', ours, theirs))
    return 0 if ours <= theirs else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
