#!/usr/bin/env python3
"""dev/bench rest: how quickly an agent answers its balancers, and what they cost its HA loop; `list` beside patronictl.

Three nodes are started. Checkers ask the leader for /primary as HAProxy does, each time on a connection of its own, at a
fixed rate; a late answer delays no later question. Meanwhile the times of the HA loop's cycles are read from the metrics
of the leader, as they were read before without any load. Then `list` is timed beside patronictl of the same run, each on
its own cluster. Ends with 0 if all bars are held, 1 if one is not, 2 if nothing could be measured.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

import psycopg2

import clusters
import preparing
import systems
from preparing import refuse, say

BARS = {'p99_ms': 5.0, 'list_ms': 200.0}
WORKERS = 16
CYCLE = re.compile(r'^toomai_cycle_seconds\{[^}]*\} (\S+)', re.M)
QUESTIONS = (b'GET /primary HTTP/1.0\r\n\r\n', b'OPTIONS /primary HTTP/1.0\r\n\r\n')


def ask(address, question):
    """Milliseconds until the answer is complete; None where it is not 200."""
    began = time.monotonic()
    try:
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(question)
            answer = connection.recv(65536)
            first = answer
            while answer:
                answer = connection.recv(65536)
    except OSError:
        return None
    took = (time.monotonic() - began) * 1000
    return took if first.startswith((b'HTTP/1.1 200', b'HTTP/1.0 200')) else None


def check(plan):
    """One process of checkers: each of its share of questions at its moment."""
    host, port = plan['address'].rsplit(':', 1)
    address, found, lock, turn = (host, int(port)), [], threading.Lock(), iter(range(plan['questions']))
    began = time.monotonic()

    def work():
        while True:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            wait = began + number / plan['rate'] - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            took = ask(address, QUESTIONS[number % 2])
            with lock:
                found.append(took)

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {'took': found, 'seconds': time.monotonic() - began}


def cycles(cluster, member, seconds):
    """How long the HA loop's cycles took during that time, in milliseconds, each once."""
    seen, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        status, text = cluster.rest(member, '/metrics')
        found = CYCLE.search(text) if status == 200 else None
        if found and (not seen or seen[-1] != found.group(1)):
            seen.append(found.group(1))
        time.sleep(0.2)
    return [float(each) * 1000 for each in seen]


def under_load(setup, cluster, leader):
    plan = {'address': leader.restapi, 'rate': setup['rate'] / setup['processes'],
            'questions': int(setup['rate'] * setup['seconds'] / setup['processes'])}
    command = cluster.net.inside(leader.name, [sys.executable, '-B', os.path.abspath(__file__), '--check', json.dumps(plan)])
    checkers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(setup['processes'])]
    during = cycles(cluster, leader, setup['seconds'])
    told = [json.loads(checker.communicate()[0]) for checker in checkers]
    took = [each for one in told for each in one['took']]
    good = sorted(each for each in took if each is not None)
    if len(good) < 100:
        raise clusters.Broken('%d of %d questions were answered' % (len(good), len(took)))
    return {'asked': len(took), 'failed': len(took) - len(good), 'per_second': round(len(took) / max(o['seconds'] for o in told)),
            'p50_ms': round(good[len(good) // 2], 2), 'p99_ms': round(good[int(len(good) * 0.99)], 2),
            'max_ms': round(good[-1], 2), 'cycles_ms': during}


def list_times(setup, cluster):
    times = []
    for turn in range(setup['n'] + 1):
        began = time.monotonic()
        answer = subprocess.run(cluster.list_command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if answer.returncode:
            raise clusters.Broken('list ended with %d: %s' % (answer.returncode, answer.stderr.decode(errors='replace')[-300:]))
        if turn:  # the first fills the caches of the disk
            times.append(round((time.monotonic() - began) * 1000, 1))
    return sorted(times)


def measure(setup, kind):
    cluster = kind(setup[kind.__name__], os.path.join(setup['folder'], kind.__name__.lower()))
    try:
        say('%s: starting three nodes' % kind.system)
        cluster.start()
        leader, _ = cluster.leader_and_candidate()
        result = {'system': kind.system, 'idle_cycles_ms': cycles(cluster, leader, setup['seconds'])}
        say('%s: %d questions a second for %d s' % (kind.system, setup['rate'], setup['seconds']))
        result.update(under_load(setup, cluster, leader))
        result['list_ms'] = list_times(setup, cluster)
        return result
    finally:
        cluster.stop()


def inside(setup):
    try:
        return [measure(setup, kind) for kind in (systems.Toomai, systems.Patroni)]
    except (clusters.Broken, psycopg2.Error, subprocess.SubprocessError, OSError) as e:
        return {'failure': str(e).strip()}


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench rest', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--rate', type=int, default=1000, help='questions a second (default 1000)')
    add('--seconds', type=int, default=30, help='how long they are asked (default 30)')
    add('--processes', type=int, default=2, help='that ask (default 2)')
    add('--n', type=int, default=20, help='times that `list` is run (default 20)')
    preparing.options_of_all(add)
    parser.set_defaults(ttl=30, loop_wait=1, retry_timeout=10)
    return parser.parse_args(arguments)


def spread(values):
    if not values:
        return 'not told'  # Patroni has no metric for it
    values = sorted(values)
    return '%.1f (%.1f to %.1f) ms' % (statistics.median(values), values[0], values[-1])


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    preparing.install_peer()
    toomai = dict(preparing.toomai_setup(options), namespaces=True)
    setup = dict(toomai, peer='patroni', Toomai=toomai, Patroni=dict(toomai, start_seconds=180), rate=options.rate, seconds=options.seconds,
                 processes=options.processes, n=options.n)
    result, told = preparing.measured(__file__, setup, options)
    print(json.dumps(told, indent=1))
    for each in result:
        print('%s: %d asked, %d failed, %d/s; p50 %.2f ms, p99 %.2f ms, most %.2f ms' % (
            each['system'], each['asked'], each['failed'], each['per_second'], each['p50_ms'], each['p99_ms'], each['max_ms']))
        print('    cycles idle %s, asked %s; list %s' % (
            spread(each['idle_cycles_ms']), spread(each['cycles_ms']), spread(each['list_ms'])))
    ours = result[0]
    held = {'p99_ms': ours['p99_ms'] <= BARS['p99_ms'] and not ours['failed'],
            'list_ms': statistics.median(ours['list_ms']) <= BARS['list_ms']}
    for name, fine in held.items():
        print('%-8s bar %5.1f ms  %s' % (name, BARS[name], 'PASS' if fine else 'MISS'))
    return 0 if all(held.values()) else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    if sys.argv[1:2] == ['--check']:
        print(json.dumps(check(json.loads(sys.argv[2]))))
        return 0
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
