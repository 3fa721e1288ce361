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
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import clusters
import report
import sandbox

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FAULTS = ('kill', 'switchover', 'crash')
QUIET = 1.0  # seconds without a failed write: the outage is over
LIST_CALLS = 15


def say(text):
    print('dev/bench: ' + text, file=sys.stderr, flush=True)


def refuse(text):
    say(text)
    raise SystemExit(2)


# ---- one fault -------------------------------------------------------------------------------------


class Client:
    """One run of the write-outage client, from its first row until stop()."""

    def __init__(self, setup, cluster, label):
        self.path, self.label, self.cluster, self.setup = os.path.join(setup['folder'], label + '.out'), label, cluster, setup
        self.state = {}
        self.process = subprocess.Popen(self.command('run') + ['--interval-ms', str(setup['interval_ms'])],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)

    def command(self, what):
        return [sys.executable, '-B', self.setup['client'], what, '--target', self.cluster.target(), '--label', self.label,
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


def hurt(cluster, fault, result):
    """Carries the fault out; its time, and the member to start again, if any."""
    leader, candidate = cluster.leader_and_candidate()
    result.update(leader=leader.name, candidate=candidate.name if fault == 'switchover' else None)
    if fault == 'kill':
        return cluster.kill_postmaster(leader), None
    if fault == 'crash':
        return cluster.crash(leader), leader
    at = time.monotonic()
    refusal = cluster.switch_over(leader, candidate)
    if refusal:
        raise clusters.Broken('switchover refused: ' + refusal)
    return at, None


def one_run(setup, cluster, fault, index, total):
    """One fault and all that was measured of it. The cluster is whole before and after."""
    # Spread over the loop: whatever phase the loop has when the cluster became whole, every part of it is met.
    phase = (index + 0.5) / total * cluster.setup['timing']['loop_wait']
    result = {'fault': fault, 'phase_s': round(phase, 3)}
    client = Client(setup, cluster, 'r%d_%s' % (setup['serial'], fault))
    setup['serial'] += 1
    try:
        client.wait_writing(30)
        time.sleep(1.0 + phase)
        at, victim = hurt(cluster, fault, result)
        recovered = client.wait_recovered(at, cluster.setup['recover_seconds'])
        if victim is not None:
            time.sleep(1.0)
            restarted = time.monotonic()
            cluster.start_agent(victim)
        healed = cluster.wait_healthy(cluster.setup['heal_seconds'])
        result['healed_s'] = round(healed - at, 2)
        if victim is not None:
            result['rejoined_s'] = round(healed - restarted, 2)
        client.stop()
        seen = setup['client_module'].report(client.path, at)
        result.update({key: seen[key] for key in ('outage_s', 'total_down_s', 'acked', 'failed', 'failed_query',
                                                  'ack_ms_p50', 'errors', 'fault_to_first_ack_s')})
        result['recovered_s'] = round(recovered - at, 3)
        truth = client.verify()
        result.update(lost=truth['lost'], unacknowledged_present=truth['extra'])
    finally:
        client.stop()
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
    """The measurement itself, in the sandbox; leaves its results in a file."""
    spec = importlib.util.spec_from_file_location('outage_client', setup['client'])
    setup['client_module'] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(setup['client_module'])
    setup['serial'] = 0
    kinds = {'own': clusters.Toomai, 'demo': clusters.ToomaiDemo}
    systems = [measure(setup, kinds[setup['cluster']], setup['n'])]
    if setup['peer']:
        systems.append(measure(setup, clusters.Patroni, setup['peer_n']))
    with open(os.path.join(setup['folder'], 'results.json'), 'w') as file:
        json.dump(systems, file)


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


def find_launchers(options):
    """The launcher a user calls, and that of the image it runs, which no edit can touch during a measurement."""
    launcher = os.path.abspath(options.toomai or os.path.join(TOP, 'toomai'))
    if not os.access(launcher, os.X_OK):
        refuse('%s is no program' % launcher)
    if subprocess.run([launcher, 'build'], stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode != 0:
        refuse('%s build failed, nothing is measured' % launcher)
    top = os.path.dirname(os.path.realpath(launcher))
    try:
        with open(os.path.join(top, 'target', 'build.id')) as file:
            image = '/var/cache/toomai/%s/toomai' % file.read().strip()
    except OSError:
        image = launcher
    return launcher, image if os.access(image, os.X_OK) else launcher


def find_postgres(named):
    if named:
        return os.path.abspath(named)
    for major in range(18, 12, -1):
        folder = '/usr/lib/postgresql/%d/bin' % major
        if os.access(folder + '/postgres', os.X_OK):
            return folder
    refuse('no PostgreSQL in /usr/lib/postgresql: name the folder of its programs with --pg-bin')


def install_peer():
    """Debian's Patroni and etcd. Nothing that the packages bring is left running."""
    missing = [program for program in ('patroni', 'patronictl', 'etcd') if shutil.which(program) is None]
    if not missing:
        return
    policy = '/usr/sbin/policy-rc.d'
    own_policy = not os.path.exists(policy)
    say('installing patroni, etcd-server and etcd-client (their services stay stopped)')
    try:
        if own_policy:  # Debian's way to tell package scripts not to start anything
            with open(policy, 'w') as file:
                file.write('#!/bin/sh\nexit 101\n')
            os.chmod(policy, 0o755)
        subprocess.run(['apt-get', 'install', '-y', '--no-install-recommends', 'patroni', 'etcd-server', 'etcd-client'],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, DEBIAN_FRONTEND='noninteractive'))
    finally:
        if own_policy:
            os.unlink(policy)
    for service in ('patroni', 'etcd'):
        if os.path.isdir('/run/systemd/system'):
            subprocess.run(['systemctl', 'disable', '--now', service], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elif os.path.exists('/etc/init.d/' + service):
            subprocess.run(['/etc/init.d/' + service, 'stop'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run(['update-rc.d', service, 'disable'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if any(shutil.which(program) is None for program in missing):
        refuse('--peer patroni: apt-get could not install patroni and etcd-server; install them and try again')


def first_line(*command):
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    except OSError:
        return 'unknown'
    return (answer.stdout.decode(errors='replace').strip().split('\n') or ['unknown'])[0]


def environment(setup):
    cpu = 'unknown'
    with open('/proc/cpuinfo') as file:
        for line in file:
            if line.startswith('model name'):
                cpu = line.split(':', 1)[1].strip()
    java = subprocess.run([setup['launcher'], 'java-home'], stdout=subprocess.PIPE).stdout.decode().strip()
    told = {
        'date': time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime()), 'cpu': cpu, 'cores': os.cpu_count(),
        'kernel': platform.release(), 'postgresql': first_line(setup['bin_dir'] + '/postgres', '--version'),
        'java': first_line(java + '/bin/java', '--version'),
        'toomai': first_line('git', '-C', TOP, 'describe', '--always', '--dirty'),
        'load_before': [round(load, 2) for load in os.getloadavg()],
    }
    if setup['peer']:
        told['patroni'] = first_line('patroni', '--version')
        told['etcd'] = first_line('etcd', '--version')
    return told


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench failover', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--n', type=int, default=5, help='runs of each fault (default 5)')
    add('--faults', default=','.join(FAULTS), help='some of ' + ', '.join(FAULTS))
    add('--async', dest='asynchronous', action='store_true', help='synchronous_mode off: report what is lost')
    add('--peer', choices=['patroni'], help='measure Patroni and etcd too (default: cite recorded figures)')
    add('--peer-n', type=int, default=3, help='runs of each fault with the peer (default 3)')
    add('--cluster', choices=['own', 'demo'], default='own', help='own configurations, or `toomai demo --detach`')
    add('--ttl', type=int, default=5)
    add('--loop-wait', type=int, default=1)
    add('--retry-timeout', type=int, default=2)
    add('--interval-ms', type=float, default=5, help='one row per this time (default 5)')
    add('--client', help='outage.py (default: TOOMAI_OUTAGE_CLIENT, ../shared/bench/outage.py)')
    add('--toomai', help='the launcher to measure (default: of this checkout)')
    add('--pg-bin', help='folder of PostgreSQL\'s programs (default: the newest in /usr/lib/postgresql)')
    add('--user', default='postgres', help='who runs agents and PostgreSQL (default postgres)')
    add('--dir', help='where the temporary folder is made (default: TMPDIR)')
    add('--keep', action='store_true', help='keep the folder with data, logs and the client\'s records')
    add('--json', metavar='FILE', help='write everything that was measured')
    add('--write-docs', action='store_true', help='fill the table of docs/benchmarks.md')
    options = parser.parse_args(arguments)
    options.faults = options.faults.split(',')
    if not options.faults or set(options.faults) - set(FAULTS):
        parser.error('--faults takes ' + ', '.join(FAULTS))
    if options.n < 1 or options.peer_n < 1:
        parser.error('--n and --peer-n take 1 or more')
    return options


def prepare(options):
    client = find_client(options.client)
    if os.getuid() != 0:
        refuse('needs root: the namespaces and the user that PostgreSQL runs as cannot be had otherwise')
    for program in ('unshare', 'setpriv', 'mount'):
        if shutil.which(program) is None:
            refuse('%s is missing: install util-linux and mount' % program)
    launcher, image = find_launchers(options)
    if options.peer:
        install_peer()
    common = {'user': options.user, 'bin_dir': find_postgres(options.pg_bin), 'synchronous': not options.asynchronous}
    timing = {'ttl': options.ttl, 'loop_wait': options.loop_wait, 'retry_timeout': options.retry_timeout}
    toomai = dict(common, timing=timing, launcher=launcher, agent_launcher=image, start_seconds=120,
                  recover_seconds=options.ttl * 4 + 30, heal_seconds=90)
    return dict(common, client=client, launcher=launcher, n=options.n, peer=options.peer, peer_n=options.peer_n,
                faults=options.faults, cluster=options.cluster, interval_ms=options.interval_ms,
                Toomai=toomai, ToomaiDemo=dict(toomai, timing={'ttl': 5, 'loop_wait': 1, 'retry_timeout': 2}),
                Patroni=dict(common, timing={'ttl': 30, 'loop_wait': 10, 'retry_timeout': 10}, start_seconds=180,
                             recover_seconds=150, heal_seconds=180))


STOPPING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def stop_once(number, _):
    """Leaves by way of `finally`; a second signal must not interrupt the cleaning up."""
    for each in STOPPING:
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)


def outside(options):
    setup = prepare(options)
    told = environment(setup)
    busy = told['load_before'][0] > told['cores'] / 4
    if busy:
        say('the machine is not quiet (load average %s on %d cores): figures will be too high' % (
            told['load_before'][0], told['cores']))
    for number in STOPPING:
        signal.signal(number, stop_once)
    setup['folder'] = tempfile.mkdtemp(prefix='toomai-bench-', dir=options.dir)
    process = None
    try:
        os.chmod(setup['folder'], 0o755)
        plan = os.path.join(setup['folder'], 'setup.json')
        with open(plan, 'w') as file:
            json.dump(setup, file)
        process = sandbox.start([sys.executable, '-B', os.path.abspath(__file__), '--inside', plan])
        code = process.wait()
        if code != 0:
            refuse('the measurement ended with %d' % code)
        with open(os.path.join(setup['folder'], 'results.json')) as file:
            systems = json.load(file)
    finally:
        if process is not None:
            process.kill()  # the namespace's parent: everything inside ends with it
            process.wait()
        if options.keep:
            say('kept %s' % setup['folder'])
        else:
            remove(setup['folder'])
    told['load_after'] = [round(load, 2) for load in os.getloadavg()]
    told['quiet'] = not busy
    measured = {'environment': told, 'systems': systems}
    measured['verdicts'] = report.judge(systems)
    if options.json:
        with open(options.json, 'w') as file:
            json.dump(measured, file, indent=1)
    print(report.text(measured))
    if options.write_docs:
        page = os.path.join(TOP, 'docs', 'benchmarks.md')
        report.write_docs(page, measured)
        say('wrote %s' % page)
    return 0 if all(verdict['met'] for verdict in measured['verdicts']) else 1


def remove(folder):
    # The last processes of a killed namespace may still be writing for a moment.
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.1)
    say('%s could not be removed' % folder)


def main():
    if sys.argv[1:2] == ['--inside']:
        sandbox.become_first()
        with open(sys.argv[2]) as file:
            inside(json.load(file))
        return 0
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
