#!/usr/bin/env python3
"""dev/bench loops: what several event loops of one proxy bring and cost, beside one loop and PgBouncer.

As many databases as loops, so that each loop has a pool, and a pgbench for each at the same time on the same server. Rounds
are interleaved, in turns that change; figures are sums over the databases, and ratios to one loop's of the same round; shown
is the median over the rounds, with the lowest and highest. CPU is what the proxy's process used by /proc, per transaction.
There is no bar: on two cores that PostgreSQL and pgbench share, one loop is enough. Ends with 2 if nothing could be measured.
"""

import argparse
import concurrent.futures
import os
import re
import signal
import statistics
import subprocess
import sys

import preparing
import proxy
from preparing import refuse, say


class Proxy(proxy.Proxy):
    """One before several databases."""

    def names(self):
        return ['bench%d' % number for number in range(self.setup['loops'])]

    def databases(self):
        return ''.join('%s = host=127.0.0.1 port=%d dbname=postgres\n' % (name, self.server.port) for name in self.names())

    def start_one(self):
        self.begin_toomai(1)

    def start_several(self):
        self.begin_toomai(self.setup['loops'])

    def begin_toomai(self, loops):
        self.begin([self.setup['agent_launcher'], 'proxy', self.ini(self.port, 'event_loops = %d\n' % loops)])

    def start_pgbouncer(self):
        self.begin(self.pgbouncer(self.ini(self.port)))

    def last_signal(self):
        return signal.SIGKILL if self.name == 'pgbouncer' else signal.SIGQUIT


def run(one, mode, seconds):
    """All databases at once: (transactions per second, microseconds of the proxy's CPU for each)."""
    given = ['-n', '-S', '-M', mode, '-c', str(one.setup['clients']), '-j', '1', '-T', str(seconds)]
    before = one.cpu()
    with concurrent.futures.ThreadPoolExecutor() as threads:
        texts = list(threads.map(lambda database: one.server.bench(one.port, given, database), one.names()))
    used = one.cpu() - before
    count = sum(int(re.search(r'actually processed: (\d+)', text).group(1)) for text in texts)
    return sum(float(re.findall(r'tps = ([\d.]+)', text)[-1]) for text in texts), used * 1e6 / count


def inside(setup):
    server = proxy.Server(setup)
    proxies = []
    found = []
    try:
        server.start(setup['scale'])
        for name in ('one', 'several', 'pgbouncer'):
            proxies.append(Proxy(name, server, setup))
            proxies[-1].start()
        for mode in setup['modes']:
            for one in proxies[:2]:
                run(one, mode, setup['warm'])
            for number in range(setup['rounds']):
                for one in proxies[number % 3:] + proxies[:number % 3]:
                    tps, cpu = run(one, mode, setup['seconds'])
                    found.append({'name': one.name, 'mode': mode, 'tps': tps, 'cpu': cpu})
                    say('round %d %-9s %-10s %8.0f tps %6.1f us' % (number, mode, one.name, tps, cpu))
        return {'runs': found, 'memory_mb': {one.name: round(one.memory(), 1) for one in proxies}}
    except (RuntimeError, subprocess.SubprocessError, OSError) as e:
        return {'failure': str(e).strip()}
    finally:
        for one in proxies:
            one.stop()
        server.stop()


def report(result, loops):
    print('| queries | %d loops: tps, CPU us | one | PgBouncer | tps / one | CPU / one |' % loops)
    for mode in dict.fromkeys(each['mode'] for each in result['runs']):
        runs = {}
        for each in (each for each in result['runs'] if each['mode'] == mode):
            runs.setdefault(each['name'], []).append(each)
        cells = ['%.0f, %.1f' % tuple(statistics.median(each[what] for each in runs[name]) for what in ('tps', 'cpu'))
                 for name in ('several', 'one', 'pgbouncer')]
        ratios = [proxy.spread([a[what] / b[what] for a, b in zip(runs['several'], runs['one'])]) for what in ('tps', 'cpu')]
        print('| %s | %s | %s |' % (mode, ' | '.join(cells), ' | '.join(ratios)))
    print('resident after all, MB: %s' % result['memory_mb'])


def parse(given):
    parser = argparse.ArgumentParser(prog='dev/bench loops', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--loops', type=int, default=2)
    parser.add_argument('--clients', type=int, default=16, help='of each database (default 16)')
    parser.add_argument('--modes', default='simple,prepared')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=4, help='of each run (default 4)')
    parser.add_argument('--warm', type=int, default=10, help='seconds for which the JVM warms up (default 10)')
    parser.add_argument('--scale', type=int, default=10)
    store = os.environ.get('TOOMAI_TEST_STORE', '/var/cache/toomai-test')
    parser.add_argument('--pgbouncer', default=os.environ.get('TOOMAI_PGBOUNCER_BIN', store + '/pgbouncer124/usr/sbin/pgbouncer'))
    preparing.options_of_all(parser.add_argument)
    return parser.parse_args(given)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the user that PostgreSQL runs as cannot be had otherwise')
    if not os.access(options.pgbouncer, os.X_OK):
        refuse('%s is no program: dev/test fetches it' % options.pgbouncer)
    setup = dict(preparing.toomai_setup(options), loops=options.loops, clients=options.clients, modes=options.modes.split(','),
                 rounds=options.rounds, seconds=options.seconds, warm=options.warm, scale=options.scale, pgbouncer=options.pgbouncer)
    result, told = preparing.measured(__file__, setup, options)
    print('%s; %s cores; load %s before; %s; Toomai %s' % (told['date'], told['cores'], told['load_before'][0], told['postgresql'],
                                                         told['toomai']))
    report(result, options.loops)
    return 0


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
