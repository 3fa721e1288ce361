#!/usr/bin/env python3
"""dev/bench handover: what clients of the nodes' proxies notice of a planned switchover.

Three nodes with a proxy each. pgbench runs its own transactions (prepared, each client a thread) through the proxy of a
node that does not lead; meanwhile the leader is switched over to the best standby. The pause is the longest time in which
no transaction of any client ended. At the end the sums of pgbench's tables must agree: nothing was lost, nothing was done
twice. Ends with 0 if every bar is met, 1 if one is not, 2 if nothing could be measured.
"""

import argparse
import glob
import os
import re
import signal
import statistics
import subprocess
import sys
import time

import psycopg2

import clusters
import preparing
import systems
from preparing import refuse, say

BARS = {'median_s': 0.25, 'p99_s': 1.0}
SUMS = ('select (select sum(abalance) from pgbench_accounts), (select sum(bbalance) from pgbench_branches), '
        '(select sum(tbalance) from pgbench_tellers), (select sum(delta) from pgbench_history), '
        '(select count(*) from pgbench_history)')


def pgbench(cluster, member, port, arguments):
    command = [os.path.join(cluster.setup['bin_dir'], 'pgbench'), '-h', member.address, '-p', str(port),
               '-U', clusters.SUPERUSER] + arguments + ['postgres']
    environment = dict(os.environ, PGPASSWORD=cluster.password, PGSSLMODE='disable', PGGSSENCMODE='disable')
    return subprocess.Popen(cluster.net.inside(member.name, command), env=environment, cwd=cluster.folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def finish(process, seconds):
    told = process.communicate(timeout=seconds)[0].decode(errors='replace')
    if process.returncode:
        raise clusters.Broken('pgbench ended with %d: %s' % (process.returncode, told[-600:]))
    return told


def longest_pause(folder):
    """Seconds in which no client's transaction ended."""
    ended = []
    for log in glob.glob(os.path.join(folder, 'pgbench_log.*')):
        with open(log) as file:
            for line in file:
                fields = line.split()
                ended.append(int(fields[4]) + int(fields[5]) / 1e6)
        os.unlink(log)
    ended.sort()
    return max(later - earlier for earlier, later in zip(ended, ended[1:]))


def one(setup, cluster):
    cluster.wait_healthy(setup['heal_seconds'])
    leader, candidate = cluster.leader_and_candidate()
    front = next(m for m in cluster.members if m is not leader)
    running = pgbench(cluster, front, systems.PROXY_PORT, ['-n', '-M', 'prepared', '-c', str(setup['clients']), '-j', str(setup['clients']),
                                             '-T', str(setup['seconds']), '-l'])
    time.sleep(setup['seconds'] / 2)
    refusal = cluster.switch_over(leader, candidate)
    if refusal:
        running.kill()
        running.communicate()
        raise clusters.Broken('switchover refused: ' + refusal)
    told = finish(running, 90)
    errors = int(re.search(r'failed transactions: (\d+)', told).group(1)) + told.count('aborted')
    return {'pause_s': round(longest_pause(cluster.folder), 3), 'errors': errors,
            'done': int(re.search(r'actually processed: (\d+)', told).group(1))}


def inside(setup):
    cluster = systems.ToomaiWithProxies(setup, os.path.join(setup['folder'], 'cluster'))
    found = []
    try:
        cluster.start()
        leader, _ = cluster.leader_and_candidate()
        finish(pgbench(cluster, leader, leader.port, ['-i', '-q', '-s', '5']), 120)
        for turn in range(setup['n']):
            found.append(one(setup, cluster))
            say('%d: %s' % (turn + 1, found[-1]))
        cluster.wait_healthy(setup['heal_seconds'])
        leader, _ = cluster.leader_and_candidate()
        sums = [int(each or 0) for each in cluster.query(leader, SUMS)[0]]
        return {'resident_mb': {name: each['agent'] for name, each in cluster.memory().items()}, 'turns': found, 'sums_agree': len(set(sums[:4])) == 1, 'rows': sums[4]}
    except (clusters.Broken, psycopg2.Error, subprocess.SubprocessError, OSError) as e:
        for line in cluster.log_tails():
            say(line)
        return {'failure': str(e).strip()}
    finally:
        cluster.stop()


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench handover', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--n', type=int, default=10, help='switchovers (default 10)')
    parser.add_argument('--clients', type=int, default=32)
    parser.add_argument('--seconds', type=int, default=8, help='of pgbench around each (default 8)')
    preparing.options_of_all(parser.add_argument)
    return parser.parse_args(arguments)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    setup = dict(preparing.toomai_setup(options), namespaces=True, n=options.n, clients=options.clients, seconds=options.seconds)
    result, told = preparing.measured(__file__, setup, options)
    pauses = sorted(turn['pause_s'] for turn in result['turns'])
    errors = sum(turn['errors'] for turn in result['turns'])
    done = sum(turn['done'] for turn in result['turns'])
    median, worst = statistics.median(pauses), pauses[min(len(pauses) - 1, int(len(pauses) * 0.99))]
    met = not errors and result['sums_agree'] and done == result['rows'] and median <= BARS['median_s'] and worst <= BARS['p99_s']
    print('%s; %s cores; load %s before; Toomai %s' % (told['date'], told['cores'], told['load_before'][0], told['toomai']))
    print('%d switchovers under %d clients, %d transactions, %d rows: %d errors, sums %s' % (
        len(pauses), options.clients, done, result['rows'], errors, 'agree' if result['sums_agree'] else 'DO NOT AGREE'))
    print('resident with their proxies at the end, MB: %s' % ', '.join('%s %.1f' % each for each in sorted(result['resident_mb'].items())))
    print('pause, s: median %.3f (bar %.2f), p99 %.3f (bar %.1f), all %s: %s' % (
        median, BARS['median_s'], worst, BARS['p99_s'], pauses, 'PASS' if met else 'MISS'))
    return 0 if met else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
