#!/usr/bin/env python3
"""dev/bench failover: how long writes fail when a primary dies, and what is lost.

Starts three nodes, writes one row per 5 ms through a client that tries all of them, hurts the primary,
and measures until the cluster is whole again. See docs/benchmarks.md for what is measured and how.
Ends with 0 if every bar was met, 1 if one was missed, 2 if nothing could be measured.
"""

import argparse
import importlib.util
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

import psycopg2

import clusters
import faults
import preparing
import report
import sandbox
import systems
from preparing import TOP, refuse, say

FAULTS = ('kill', 'switchover', 'crash', 'hang', 'partition', 'partial')
QUIET = 1.0  # seconds without a failed write: the outage is over
LIST_CALLS = 15
IDLE_CLIENTS, PROXY_BAR = 5, 0.05  # clients of the proxy that wait; seconds that it may add
UNAIDED = ('kill', 'switchover')  # after these the bench lends no hand


# ---- one fault -------------------------------------------------------------------------------------


class Client:
    """One run of the write-outage client, from its first row until stop()."""

    def __init__(self, setup, cluster, label, target=None):
        self.target = target or cluster.target()
        self.path, self.label, self.cluster, self.setup = os.path.join(setup['folder'], label + '.out'), label, cluster, setup
        self.state = {}
        self.process = subprocess.Popen(self.command('run') + ['--interval-ms', str(setup['interval_ms']),
                                                                '--timeout', str(setup['client_timeout'])],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)

    def command(self, what):
        return [sys.executable, '-B', self.setup['client'], what, '--target', self.target, '--label', self.label,
                '--out', self.path, '--user', clusters.SUPERUSER, '--password', self.cluster.password]

    def events(self):
        return self.setup['client_module'].load(self.path, self.state)

    def wait_writing(self, seconds):
        end = time.monotonic() + seconds
        while len(self.events()[0]) < 20:
            if time.monotonic() > end or self.process.poll() is not None:
                raise clusters.Broken('the client does not write: see %s' % self.path)
            time.sleep(0.05)

    def wait_recovered(self, fault, seconds):
        """Until rows are acknowledged again and none has failed for a while; the first such answer's time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            acked, failed = self.events()
            failures = [f[2] for f in failed if f[2] >= fault]
            now = time.monotonic()
            if failures and acked[-1][2] > failures[-1] and now - failures[-1] > QUIET and now - acked[-1][2] < 0.5:
                return next(a[2] for a in acked if a[2] > failures[-1])
            if not failures and now - fault > 15 and acked and now - acked[-1][2] < 0.5:
                return fault  # the fault was not felt
            time.sleep(0.05)
        raise clusters.Broken('no writes %d s after the fault' % seconds)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def verify(self):
        answer = subprocess.run(self.command('verify'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        if answer.returncode != 0:
            raise clusters.Broken('verify: ' + answer.stderr.decode(errors='replace').strip()[-200:])
        return json.loads(answer.stdout)


class ThroughProxy:
    """A second client that writes through a proxy while the first writes directly, and clients that only wait."""

    def __init__(self, setup, cluster, label):
        target = cluster.proxy_target()
        host, port = target.split(':')
        self.writer = Client(setup, cluster, label, target)
        self.idle = [psycopg2.connect(host=host, port=int(port), user=clusters.SUPERUSER, password=cluster.password,
                                      dbname='postgres', sslmode='disable') for _ in range(IDLE_CLIENTS)]
        for each in self.idle:
            each.autocommit = True

    def kept(self):
        """How many of the idle clients still have the connection that they had."""
        count = 0
        for each in self.idle:
            try:
                with each.cursor() as cursor:
                    cursor.execute('select 1')
                count += 1
            except psycopg2.Error:
                pass
        return count

    def measured(self, at, seconds):
        self.writer.wait_recovered(at, seconds)
        kept = self.kept()
        self.writer.stop()
        seen = self.writer.setup['client_module'].report(self.writer.path, at)
        return {'outage_s': seen['outage_s'], 'failed': seen['failed'], 'lost': self.writer.verify()['lost'], 'idle_kept': kept}

    def stop(self):
        self.writer.stop()
        for each in self.idle:
            each.close()


def one_run(setup, cluster, fault, index, total):
    """One fault and all that was measured of it. The cluster is whole before and after."""
    # Spread over the loop: whatever phase the loop has when the cluster became whole, every part of it is met.
    phase = (index + 0.5) / total * cluster.setup['timing']['loop_wait']
    result = {'fault': fault, 'phase_s': round(phase, 3)}
    client = Client(setup, cluster, 'r%d_%s' % (setup['serial'], fault))
    through = ThroughProxy(setup, cluster, 'p%d_%s' % (setup['serial'], fault)) if setup['cluster'] == 'proxies' else None
    setup['serial'] += 1
    try:
        client.wait_writing(30)
        if through:
            through.writer.wait_writing(30)
        time.sleep(1.0 + phase)
        scene = faults.Scene(cluster, *cluster.leader_and_candidate())
        result.update(leader=scene.leader.name, candidate=scene.candidate.name if fault == 'switchover' else None)
        at = faults.ALL[fault].inflict(scene)
        recovered = client.wait_recovered(at, cluster.setup['recover_seconds'])
        if fault not in UNAIDED:
            time.sleep(1.0)
            result['mended_s'] = round(time.monotonic() - at, 2)
            cluster.mend()
        healed = cluster.wait_healthy(cluster.setup['heal_seconds'])
        result['healed_s'] = round(healed - at, 2)
        if through:
            result['through_proxy'] = through.measured(at, 30)
        client.stop()
        seen = setup['client_module'].report(client.path, at)
        result.update({key: seen[key] for key in ('outage_s', 'total_down_s', 'acked', 'failed', 'failed_query',
                                                  'ack_ms_p50', 'errors', 'fault_to_first_ack_s')})
        result['recovered_s'] = round(recovered - at, 3)
        truth = client.verify()
        result.update(lost=truth['lost'], unacknowledged_present=truth['extra'])
    finally:
        client.stop()
        if through:
            through.stop()
    return result


# ---- one system ------------------------------------------------------------------------------------


def time_list(cluster):
    """Wall time of the list command in ms: the median after a first call that does not count."""
    command, times = cluster.list_command(), []
    for call in range(LIST_CALLS + 1):
        began = time.perf_counter()
        answer = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        took = (time.perf_counter() - began) * 1000
        text = answer.stdout.decode(errors='replace')
        if answer.returncode != 0 or not all(member.name in text for member in cluster.members):
            return {'error': ('%s ended with %d: %s%s' % (' '.join(command), answer.returncode, text[-200:],
                                                         answer.stderr.decode(errors='replace')[-300:])).strip()}
        if call:
            times.append(took)
    return {'min': round(min(times)), 'median': round(statistics.median(times)), 'max': round(max(times)), 'n': len(times)}


def measure(setup, kind, count):
    """All runs of one system: the faults in turn, so that a drift of the machine meets them alike."""
    results = {'system': kind.system, 'runs': [], 'timing': setup[kind.__name__]['timing'],
               'synchronous': setup['synchronous'], 'fresh_clusters': 0}
    todo = [(fault, index) for index in range(count) for fault in setup['faults']]
    cluster = None
    try:
        while todo:
            if cluster is None:
                results['fresh_clusters'] += 1
                folder = os.path.join(setup['folder'], '%s%d' % (kind.__name__.lower(), results['fresh_clusters']))
                cluster = kind(setup[kind.__name__], folder)
                say('%s: starting three nodes' % kind.system)
                cluster.start()
            fault, index = todo.pop(0)
            try:
                run = one_run(setup, cluster, fault, index, count)
                say('%s %s %d/%d: outage %.3f s, %d lost, whole after %.1f s' % (
                    kind.system, fault, index + 1, count, run['outage_s'], run['lost'], run['healed_s']))
            except (clusters.Broken, subprocess.TimeoutExpired, OSError) as e:
                run = {'fault': fault, 'failure': str(e)}
                say('%s %s %d/%d FAILED: %s' % (kind.system, fault, index + 1, count, e))
                for line in cluster.log_tails():
                    say('    ' + line)
            results['runs'].append(run)
            if 'failure' in run:
                cluster.stop()
                cluster = None
                if results['fresh_clusters'] > 3:
                    raise clusters.Broken('gave up after %d clusters' % results['fresh_clusters'])
        if cluster is not None:
            results['memory_mb'] = cluster.memory()
            results['list_ms'] = time_list(cluster)
    except clusters.Broken as e:
        results['failure'] = str(e)
        say('%s: %s' % (kind.system, e))
        if cluster is not None:
            for line in cluster.log_tails():
                say('    ' + line)
    finally:
        if cluster is not None:
            cluster.stop()
    return results


def inside(setup):
    """The measurement itself, in the sandbox."""
    spec = importlib.util.spec_from_file_location('outage_client', setup['client'])
    setup['client_module'] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(setup['client_module'])
    setup['serial'] = 0
    kinds = {'own': systems.Toomai, 'proxies': systems.ToomaiWithProxies, 'etcd': systems.ToomaiOnEtcd, 'demo': systems.ToomaiDemo}
    measured = [measure(setup, kinds[setup['cluster']], setup['n'])]
    if setup['peer']:
        measured.append(measure(setup, systems.Patroni, setup['peer_n']))
    return measured


# ---- preparing -------------------------------------------------------------------------------------


def find_client(named):
    beside = os.path.join(os.path.dirname(TOP), 'shared', 'bench', 'outage.py')
    tried = [path for path in (named, os.environ.get('TOOMAI_OUTAGE_CLIENT'), beside) if path]
    if named or os.environ.get('TOOMAI_OUTAGE_CLIENT'):
        tried = tried[:1]  # what was asked for is not replaced silently
    for path in tried:
        if os.path.isfile(path):
            return os.path.abspath(path)
    refuse('the write-outage client is not at %s. It is not part of this repository: name it with --client FILE or '
           'TOOMAI_OUTAGE_CLIENT; without it nothing is measured' % ' nor at '.join(tried))


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench failover', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--n', type=int, default=5, help='runs of each fault (default 5)')
    add('--fault', '--faults', dest='faults', help='some of ' + ', '.join(FAULTS) + ' (default all that are possible)')
    add('--namespaces', action=argparse.BooleanOptionalAction, default=None,
        help='a network namespace and an address for each node (default: where the machine allows them)')
    add('--peer', choices=['patroni'], help='measure Patroni and etcd too (default: cite recorded figures)')
    add('--peer-n', type=int, default=3, help='runs of each fault with the peer (default 3)')
    add('--cluster', choices=['own', 'proxies', 'etcd', 'demo'], default='own',
        help='own configurations on the embedded store, the same with a proxy on each node and clients of it beside, '
             'on an etcd, or `toomai demo --detach`')
    add('--interval-ms', type=float, default=5, help='one row per this time (default 5)')
    add('--client-timeout', type=float, default=1.0,
        help='seconds after which the client gives up a connection or a row (default 1, as the peer was measured); '
             'a silent server costs the client whole multiples of it')
    add('--client', help='outage.py (default: TOOMAI_OUTAGE_CLIENT, ../shared/bench/outage.py)')
    add('--write-docs', action='store_true', help='fill the table of docs/benchmarks.md')
    preparing.options_of_all(add)
    options = parser.parse_args(arguments)
    if options.faults is not None:
        options.faults = options.faults.split(',')
        if set(options.faults) - set(FAULTS):
            parser.error('--fault takes ' + ', '.join(FAULTS))
    if options.n < 1 or options.peer_n < 1:
        parser.error('--n and --peer-n take 1 or more')
    if options.cluster == 'demo' and options.namespaces:
        parser.error('a demo runs on the loopback: --cluster demo goes with --no-namespaces')
    return options


def choose_network(options):
    """Decides on namespaces and, by that, which faults are possible."""
    refusal = 'a demo runs on the loopback' if options.cluster == 'demo' else sandbox.refusal()
    if options.namespaces and refusal:
        refuse('--namespaces: ' + refusal)
    if options.namespaces is None:
        options.namespaces = not refusal
        if refusal:
            say('nodes share one loopback: ' + refusal)
    possible = [name for name in FAULTS if options.namespaces or faults.NET not in faults.ALL[name].needs]
    options.faults = options.faults or possible
    if set(options.faults) - set(possible):
        refuse('without namespaces for the nodes there is only ' + ', '.join(possible))


def prepare(options):
    client = find_client(options.client)
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    for program in ('unshare', 'setpriv', 'mount'):
        if shutil.which(program) is None:
            refuse('%s is missing: install util-linux and mount' % program)
    choose_network(options)
    toomai = dict(preparing.toomai_setup(options), namespaces=options.namespaces)
    if options.peer or options.cluster == 'etcd':
        preparing.install_peer()
    return dict(toomai, client=client, n=options.n, peer=options.peer, peer_n=options.peer_n,
                faults=options.faults, cluster=options.cluster, interval_ms=options.interval_ms, client_timeout=options.client_timeout,
                Toomai=toomai, ToomaiWithProxies=toomai, ToomaiOnEtcd=toomai, ToomaiDemo=dict(toomai, timing={'ttl': 5, 'loop_wait': 1, 'retry_timeout': 2}),
                Patroni=dict(toomai, timing={'ttl': 30, 'loop_wait': 10, 'retry_timeout': 10}, start_seconds=180,
                             recover_seconds=150, heal_seconds=180))


def beside_direct(fault, runs):
    """What the proxy adds to an outage, of the same faults."""
    through = [run['through_proxy'] for run in runs]
    added = [proxy['outage_s'] - run['outage_s'] for run, proxy in zip(runs, through)]
    return '%s: through a proxy the outage is %+.3f s of the direct one, median of %d (%.3f to %.3f; bar +%.2f); %d rows lost; ' \
        '%d of %d idle clients kept their connections' % (
            fault, statistics.median(added), len(runs), min(added), max(added), PROXY_BAR, sum(each['lost'] for each in through),
            sum(each['idle_kept'] for each in through), IDLE_CLIENTS * len(runs))


def outside(options):
    setup = prepare(options)
    told = preparing.environment(setup)
    busy = told['load_before'][0] > told['cores'] / 4
    if busy:
        say('the machine is not quiet (load average %s on %d cores): figures will be too high' % (
            told['load_before'][0], told['cores']))
    results, code = preparing.run_inside(__file__, setup, options, lambda folder, results: None)
    if results is None:
        refuse('the measurement ended with %d' % code)
    told['load_after'] = [round(load, 2) for load in os.getloadavg()]
    told['quiet'] = not busy
    told['network'] = 'namespaces' if setup['namespaces'] else 'loopback'
    measured = {'environment': told, 'systems': results}
    measured['verdicts'] = report.judge(results)
    if options.json:
        with open(options.json, 'w') as file:
            json.dump(measured, file, indent=1)
    print(report.text(measured))
    proxied = [run for run in results[0]['runs'] if 'through_proxy' in run]
    for fault in sorted({run['fault'] for run in proxied}):
        print(beside_direct(fault, [run for run in proxied if run['fault'] == fault]))
    if options.write_docs:
        page = os.path.join(TOP, 'docs', 'benchmarks.md')
        report.write_docs(page, measured)
        say('wrote %s' % page)
    return 0 if all(verdict['met'] for verdict in measured['verdicts']) else 1


def main():
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
