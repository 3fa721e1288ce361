#!/usr/bin/env python3
"""dev/bench members: what a hundred members ask of one etcd, and how long their leader's cycle takes.

One process runs whole agents, each on a simulated PostgreSQL, on one real etcd 3.5 (TOOMAI_ETCD35_BIN, or where
dev/test puts it). Counts for a while with nothing happening, and again with a switchover of the leader inside.
Ends with 0 if the bars were met, 1 if one was missed, 2 if nothing could be measured.
"""

import argparse
import glob
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import preparing
import sandbox
from preparing import refuse, say
from store import CALLS

BARS = {'cycle_ms': 1000, 'store_cpu': 20}  # the slowest cycle of the leader; percent of one core
SOURCES = [os.path.join(preparing.TOP, module, 'src', 'test', 'java', 'io', 'toomai', module, name + '.java')
           for module, name in [('core', 'FreePorts')] + [('agent', name) for name in (
               'CrowdMain', 'Crowd', 'OneEtcd', 'SimulatedServer', 'SimulatedWal')]]
# The agents' own small heaps, a hundred times; each would have all of it collected for its own garbage.
JVM = ['-XX:+UseParallelGC', '-Xmx4g', '-XX:+DisableExplicitGC', '-Xss256k', '--enable-native-access=ALL-UNNAMED']
STARTING, MOVING, SETTLED = 180, 40, 5  # seconds
TICKS = os.sysconf('SC_CLK_TCK')


class Broken(Exception):
    """The members did not do what the measurement needs."""


class Crowd:
    """The process, and what it has told so far."""

    def __init__(self, setup, folder):
        self.members, self.cycles, self.setup, self.store = {}, [], setup, None
        dynamic = json.dumps({'ttl': 30, 'loop_wait': setup['loop_wait'], 'retry_timeout': 10})
        self.log = open(os.path.join(folder, 'crowd.log'), 'w')
        self.process = subprocess.Popen(
            [setup['java'] + '/bin/java', *JVM, '-cp', setup['classes'], 'io.toomai.agent.CrowdMain', str(setup['members']),
             str(setup['hearing']), dynamic, folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            kind, *told = line.split()
            if kind == 'etcd':
                self.store = (int(told[0]), int(told[1]))
            elif kind == 'member':
                self.members[told[0]] = int(told[1])
            elif kind == 'cycle':
                self.cycles.append((time.monotonic(), told[0], told[1] == 'leader', float(told[2])))

    def wait(self, seconds, condition, what):
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Broken('%s, see the logs (--keep)' % what)
            time.sleep(0.2)

    def ask(self, member, path, body=None):
        request = urllib.request.Request('http://127.0.0.1:%d%s' % (self.members[member], path),
                                         None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as e:
            raise Broken('%s %s: %d %s' % (member, path, e.code, e.read().decode(errors='replace')[:200]))

    def streaming(self):
        """How many run as the cluster should be."""
        try:
            roles = [(m['role'], m['state']) for m in json.loads(self.ask(next(iter(self.members)), '/cluster'))['members']]
        except (Broken, OSError, StopIteration, ValueError):
            return 0
        return roles.count(('leader', 'running')) and len([r for r in roles if r[1] in ('running', 'streaming')])

    def leader(self):
        return next((name for _, name, leads, _ in reversed(self.cycles) if leads), None)

    def whole(self, seconds):
        self.wait(seconds, lambda: self.streaming() == self.setup['members'],
                  'the %d members do not become a cluster' % self.setup['members'])

    def move(self):
        """Asks for a switchover until another leads, and tells what became of it.

        It may be declined: a candidate that does not answer in 0.7 s is not fit, and here all share a few cores.
        """
        old = self.leader()
        new = next(name for name in sorted(self.members) if name != old)
        began, declined = time.monotonic(), 0
        while self.leader() == old and time.monotonic() < began + MOVING:
            asked = time.monotonic()
            try:
                self.ask(old, '/switchover', {'leader': old, 'candidate': new})
            except Broken as e:
                say(str(e))
                declined += 1
            self.wait(MOVING, lambda: self.leader() != old or time.monotonic() > asked + SETTLED,
                      'the members ended')
        return {'seconds': time.monotonic() - began, 'declined': declined, 'asked': new, 'leads': self.leader()}

    def counters(self):
        pid, port = self.store
        with urllib.request.urlopen('http://127.0.0.1:%d/metrics' % port, timeout=10) as answer:
            text = answer.read().decode()
        calls = {}
        for method, count in CALLS.findall(text):
            calls[method] = calls.get(method, 0) + float(count)
        return {'at': time.monotonic(), 'cpu': cpu_seconds(pid), 'own_cpu': cpu_seconds(self.process.pid), 'calls': calls}

    def stop(self):
        """The process ends its etcd and itself when nobody listens any more."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(90)
            except subprocess.TimeoutExpired:
                sandbox.kill(reversed(sandbox.family([self.process.pid])))
                self.process.wait()
        self.log.close()


def cpu_seconds(pid):
    """User and system time of a process."""
    with open('/proc/%d/stat' % pid) as file:
        fields = file.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def window(crowd, seconds, happening):
    """What is counted in that time, at whose beginning happening() is called."""
    before = crowd.counters()
    moved = happening()
    time.sleep(max(0.0, before['at'] + seconds - time.monotonic()))
    after = crowd.counters()
    length = after['at'] - before['at']
    cycles = [cycle for cycle in crowd.cycles if before['at'] <= cycle[0] <= after['at']]
    leading = sorted(took for _, _, leads, took in cycles if leads)
    others = sorted(took for _, _, leads, took in cycles if not leads)
    share = crowd.setup['loop_wait'] / length / crowd.setup['members']
    per_method = {method: count - before['calls'].get(method, 0) for method, count in after['calls'].items()}
    return {'leader_cycles': leading, 'other_cycles': len(others), 'other_median_ms': median(others),
            'store_cpu': 100 * (after['cpu'] - before['cpu']) / length,
            'agents_cpu': 100 * (after['own_cpu'] - before['own_cpu']) / length,
            'calls': share * sum(per_method.values()),
            'methods': {m: round(share * n, 2) for m, n in sorted(per_method.items()) if n},
            'store_mb': sandbox.resident_mb(crowd.store[0]), 'moved': moved}


def median(values):
    return statistics.median(values) if values else 0.0


def measure(setup, folder):
    crowd = Crowd(setup, folder)
    try:
        say('starting %d members' % setup['members'])
        crowd.whole(STARTING)
        time.sleep(2 * setup['loop_wait'])  # until what the start has set off is over
        found = {'idle': [], 'switchover': []}
        for number in range(setup['n']):
            say('window %d of %d' % (number + 1, setup['n']))
            crowd.whole(STARTING)
            found['idle'].append(window(crowd, setup['seconds'], lambda: None))
            found['switchover'].append(window(crowd, setup['seconds'], crowd.move))
        found['agents_mb'] = sandbox.resident_mb(crowd.process.pid)
        return found
    finally:
        crowd.stop()


def compile_crowd(setup, folder):
    """The bed is test code, which no image holds."""
    library = os.path.join(os.path.dirname(setup['image']), 'lib', '*')
    where = os.path.join(folder, 'classes')
    compiled = subprocess.run([setup['java'] + '/bin/javac', '-proc:none', '-d', where, '-cp', ':'.join(glob.glob(library))]
                              + SOURCES,
                              stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if compiled.returncode != 0:
        refuse('the bed in agent/src/test could not be compiled')
    return where + ':' + library


def spread(values, digits=1):
    """min / median / max."""
    return ' / '.join('%.*f' % (digits, pick(values)) for pick in (min, statistics.median, max))


def table(found):
    rows = ['| | idle | with a switchover | bar |', '|---|---|---|---|']

    def row(what, tell, bar=''):
        rows.append('| %s | %s | %s | %s |' % (what, tell(found['idle']), tell(found['switchover']), bar))

    cycles = lambda windows: sorted(took for w in windows for took in w['leader_cycles'])
    row("leader's cycles, number", lambda ws: len(cycles(ws)))
    row("leader's cycle, ms: median", lambda ws: '%.0f' % median(cycles(ws)))
    row("leader's cycle, ms: p99", lambda ws: '%.0f' % percentile(cycles(ws), 99))
    row("leader's cycle, ms: max", lambda ws: '%.0f' % max(cycles(ws)), '< %d' % BARS['cycle_ms'])
    row("etcd's CPU, % of one core", lambda ws: spread([w['store_cpu'] for w in ws]), '< %d' % BARS['store_cpu'])
    row('calls per cycle and member', lambda ws: spread([w['calls'] for w in ws], 2))
    row("etcd's RSS, MB", lambda ws: spread([w['store_mb'] for w in ws], 0))
    row("all agents' CPU, % of one core", lambda ws: spread([w['agents_cpu'] for w in ws], 0))
    moves = [w['moved'] for w in found['switchover']]
    rows.append('| from the first request until another is seen to lead, s | | %s | |' % spread([m['seconds'] for m in moves], 2))
    rows.append('| led by the member asked for / by another; requests refused | | %d / %d; %d | |'
                % (sum(m['leads'] == m['asked'] for m in moves), sum(m['leads'] != m['asked'] for m in moves),
                   sum(m['declined'] for m in moves)))
    return '\n'.join(rows)


def percentile(values, percent):
    """The least of them that so many percent are not above."""
    return values[-(-len(values) * percent // 100) - 1]


def verdict(found):
    both = found['idle'] + found['switchover']
    slowest = max(took for w in both for took in w['leader_cycles'])
    busiest = max(statistics.median(w['store_cpu'] for w in found[kind]) for kind in ('idle', 'switchover'))
    met = slowest < BARS['cycle_ms'] and busiest < BARS['store_cpu']
    print("%s: the leader's slowest cycle took %.0f ms (bar %d), the store took %.1f %% of a core (bar %d)"
          % ('PASS' if met else 'MISS', slowest, BARS['cycle_ms'], busiest, BARS['store_cpu']))
    return 0 if met else 1


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/bench members', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add('--n', type=int, default=3, help='windows of each kind (default 3)')
    add('--members', type=int, default=100, help='how many (default 100)')
    add('--hearing', type=int, default=2, help="how many hear all others' heartbeats; these lead (default 2)")
    add('--seconds', type=int, default=60, help='length of a window (default 60)')
    add('--toomai', help='the launcher to measure (default: of this checkout)')
    add('--dir', help='where the temporary folder is made (default: TMPDIR)')
    add('--keep', action='store_true', help='keep the folder with all logs')
    add('--json', metavar='FILE', help='write everything that was measured')
    options = parser.parse_args(arguments)
    if not 2 <= options.hearing <= options.members:
        parser.error('--hearing: at least 2, at most all members')
    return options


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for number in preparing.STOPPING:
        signal.signal(number, preparing.stop_once)
    options = parse(sys.argv[1:])
    launcher, image = preparing.find_launchers(options)
    java = subprocess.run([launcher, 'java-home'], stdout=subprocess.PIPE).stdout.decode().strip()
    setup = dict(n=options.n, members=options.members, hearing=options.hearing, seconds=options.seconds, loop_wait=10,
                 launcher=launcher, image=image, java=java, bin_dir='')
    folder = tempfile.mkdtemp(prefix='toomai-bench-', dir=options.dir)
    try:
        setup['classes'] = compile_crowd(setup, folder)
        told = preparing.environment(setup)
        del told['postgresql']  # there is none
        found = measure(setup, folder)
    except (Broken, OSError) as e:
        refuse(str(e))
    finally:
        if options.keep:
            say('kept %s' % folder)
        else:
            preparing.remove(folder)
    told['load_after'] = [round(load, 2) for load in os.getloadavg()]
    if options.json:
        with open(options.json, 'w') as file:
            json.dump({'environment': told, 'setup': setup, 'result': found}, file, indent=1)
    print(json.dumps(told, indent=1))
    print(table(found))
    return verdict(found)


if __name__ == '__main__':
    sys.exit(main())
