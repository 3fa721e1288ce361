#!/usr/bin/env python3
"""dev/bench load: does a healthy cluster stay as it is while the machine is busy?

Starts three nodes, lets pgbench write as fast as it can, with as many clients and threads as asked, and looks
every second at who leads. Nothing is hurt: any other leader, timeline or postmaster is a false failover.
Ends with 0 if there was none, 1 if there was one, 2 if nothing could be measured.
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
import systems
from preparing import refuse, say

SCALE = 20
LOOK = 1.0  # seconds


def pgbench(cluster, leader, *arguments):
    command = [cluster.setup['bin_dir'] + '/pgbench', '-h', leader.address, '-p', str(leader.port),
               '-U', clusters.SUPERUSER, *arguments, 'postgres']
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env=dict(os.environ, PGPASSWORD=cluster.password), text=True)


def identity(cluster, leader):
    """What a failover or restart would change."""
    timeline, started = cluster.query(
        leader, "select ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int, "
                'pg_postmaster_start_time()::text')[0]
    return {'leader': leader.name, 'timeline': timeline, 'started': started}


def journal_count(cluster, words):
    """How often any agent said this."""
    total = 0
    for member in cluster.members:
        with open(os.path.join(cluster.folder, member.name + '.log'), errors='replace') as file:
            total += sum(words in line for line in file)
    return total


def watch(cluster, leader, load, seconds):
    """Looks until the load ends; what was odd, and the longest time without an answer of the leader's agent."""
    odd, slowest, end = [], 0.0, time.monotonic() + seconds + 60
    while load.poll() is None:
        if time.monotonic() > end:
            load.kill()
            raise clusters.Broken('pgbench did not end')
        began = time.monotonic()
        status, text = cluster.rest(leader, '/primary', timeout=10)
        slowest = max(slowest, time.monotonic() - began)
        if status != 200:
            odd.append('%s: GET /primary: %d %s' % (time.strftime('%H:%M:%S'), status, text[:80]))
        time.sleep(LOOK)
    return odd, slowest


def inside(setup):
    cluster = systems.Toomai(setup['Toomai'], os.path.join(setup['folder'], 'toomai'))
    try:
        say('starting three nodes')
        cluster.start()
        leader, _ = cluster.leader_and_candidate()
        filling = pgbench(cluster, leader, '-i', '-q', '-s', str(SCALE))
        said = filling.communicate(timeout=600)[0]
        if filling.returncode:
            raise clusters.Broken('pgbench -i: ' + said[-300:])
        cluster.wait_healthy(setup['Toomai']['heal_seconds'])
        leader, _ = cluster.leader_and_candidate()
        before = identity(cluster, leader)
        say('%d minutes of pgbench with %d clients' % (setup['minutes'], setup['clients']))
        seconds = setup['minutes'] * 60
        load = pgbench(cluster, leader, '-n', '-M', 'prepared', '-c', str(setup['clients']), '-j', str(setup['threads']),
                       '-T', str(seconds))
        odd, slowest = watch(cluster, leader, load, seconds)
        said = load.communicate(timeout=60)[0]
        load_after = os.getloadavg()
        cluster.wait_healthy(setup['Toomai']['heal_seconds'])
        now, _ = cluster.leader_and_candidate()
        after = identity(cluster, now)
        tps = re.search(r'^tps = ([0-9.]+)', said, re.M)
        return {'before': before, 'after': after, 'odd': odd, 'slowest_answer_s': round(slowest, 3),
                'pgbench': load.returncode, 'tps': float(tps.group(1)) if tps else None,
                'said': '' if tps and not load.returncode else said[-500:],
                'load_average': [round(load, 2) for load in load_after],
                'silences': journal_count(cluster, 'has been silent for'),
                'pledges': journal_count(cluster, 'commands=MakePledge'),
                'renewals_missed': journal_count(cluster, 'the lease was not renewed'),
                'memory_mb': cluster.memory()}
    except (clusters.Broken, psycopg2.Error, subprocess.TimeoutExpired) as e:
        for line in cluster.log_tails():
            say('    ' + line)
        return {'failure': str(e).strip()}
    finally:
        cluster.stop()


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench load', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--minutes', type=int, default=30)
    add('--clients', type=int, default=32)
    add('--threads', type=int, default=2)
    preparing.options_of_all(add)
    parser.set_defaults(ttl=30, loop_wait=10, retry_timeout=10)
    return parser.parse_args(arguments)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    toomai = dict(preparing.toomai_setup(options), namespaces=True)
    setup = dict(toomai, Toomai=toomai, minutes=options.minutes, clients=options.clients, threads=options.threads)
    result, told = preparing.measured(__file__, setup, options)
    calm = result['before'] == result['after'] and not result['odd'] and not result['pgbench']
    print(json.dumps(dict(result, environment=told), indent=1))
    print('%s: %s leads on timeline %d, %s' % (
        'PASS' if calm else 'MISS', result['after']['leader'], result['after']['timeline'],
        'as before' if calm else 'before: %(leader)s on timeline %(timeline)d' % result['before']))
    return 0 if calm else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
