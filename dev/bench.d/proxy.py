#!/usr/bin/env python3
"""dev/bench proxy: what a query costs through the proxy, beside PgBouncer and HAProxy -> PgBouncer on the same server.

One PostgreSQL, the same pgbouncer.ini for both, pgbench on the same machine. Rounds are interleaved: in each, every proxy
runs every case, in turns that change, and figures are ratios to PgBouncer's of the same round; shown is the median over
the rounds, with the lowest and highest. CPU is what the proxy's process used by /proc, per 1,000 transactions.

Cases: MODE-CLIENTS (`simple-8` … `prepared-200`: pgbench -S), `tpcb-32` (prepared, writes), `connect-8` (-C: one
connection per transaction, SCRAM). With --tls clients come by TLS and only throughput has a bar. Ends with 0 if every bar is met, 1 if one is not, 2 if nothing could be measured.
"""

import argparse
import glob
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

import preparing
from preparing import refuse, say

POOL = 20
PASSWORD = 'bench'
CASES = ['%s-%d' % (mode, clients) for mode in ('simple', 'extended', 'prepared') for clients in (8, 32, 200)]
CASES += ['tpcb-32', 'connect-8']
TICK = os.sysconf('SC_CLK_TCK')


def bars(case, tls):
    """Lowest ratio of throughput, highest of CPU and of the 99th percentile, beside PgBouncer."""
    if tls:
        return {'tps': 1.0}
    prepared = case.startswith(('prepared', 'tpcb'))
    if case.startswith('connect'):
        return {'tps': 1.0}
    return {'tps': 1.3 if case.startswith('prepared') else 1.0, 'cpu': 0.75 if prepared else 1.0, 'p99': 1.0}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Server:
    """A PostgreSQL of its own."""

    def __init__(self, setup):
        self.bin, self.user = setup['bin_dir'], setup['user']
        self.folder, self.port = setup['folder'], free_port()
        self.data = os.path.join(self.folder, 'data')
        self.tls = setup.get('tls')

    def run(self, program, *arguments):
        command = ['setpriv', '--reuid=' + self.user, '--regid=' + self.user, '--init-groups', os.path.join(self.bin, program)]
        subprocess.run(command + list(arguments), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, cwd='/')

    def start(self, scale):
        import shutil
        shutil.chown(self.folder, self.user, self.user)
        secret = os.path.join(self.folder, 'password')
        with open(secret, 'w') as file:
            file.write(PASSWORD)
        os.chmod(secret, 0o644)
        self.run('initdb', '-D', self.data, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile=' + secret, '--locale=C', '-E', 'UTF8')
        with open(os.path.join(self.data, 'postgresql.conf'), 'a') as file:
            file.write("listen_addresses='127.0.0.1'\nunix_socket_directories=''\nport=%d\nmax_connections=300\n"
                       'shared_buffers=256MB\nfsync=off\nmax_wal_size=4GB\n' % self.port)
        self.run('pg_ctl', '-D', self.data, '-l', os.path.join(self.folder, 'server.log'), '-w', 'start')
        self.bench(self.port, ['-i', '-q', '-s', str(scale)])

    def stop(self):
        if os.path.exists(os.path.join(self.data, 'postmaster.pid')):
            self.run('pg_ctl', '-D', self.data, '-m', 'immediate', '-w', 'stop')

    def bench(self, port, arguments, database='postgres'):
        environment = dict(os.environ, PGPASSWORD=PASSWORD, PGSSLMODE='require' if self.tls and port != self.port else 'disable')
        command = [os.path.join(self.bin, 'pgbench'), '-h', '127.0.0.1', '-p', str(port), '-U', 'postgres'] + arguments
        done = subprocess.run(command + [database], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=environment, cwd=self.folder, timeout=300)
        text = done.stdout.decode(errors='replace')
        if done.returncode:
            raise RuntimeError('pgbench %s: %s' % (' '.join(arguments), text[-600:]))
        return text


class Proxy:
    """A program between pgbench and the server."""

    def __init__(self, name, server, setup):
        self.name, self.server, self.setup, self.port, self.processes = name, server, setup, free_port(), []

    def databases(self):
        """More lines of [databases]."""
        return ''

    def ini(self, port, more=''):
        path = os.path.join(self.server.folder, self.name + '.ini')
        users = os.path.join(self.server.folder, 'users')
        with open(users, 'w') as file:
            file.write('"postgres" "%s"\n' % PASSWORD)
        with open(path, 'w') as file:
            file.write('[databases]\npostgres = host=127.0.0.1 port=%d\n' % self.server.port + self.databases()
                       + '[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = %d\n'
                       'unix_socket_dir =\nauth_type = %s\nauth_file = %s\npool_mode = transaction\n'
                       'default_pool_size = %d\nmax_client_conn = 12000\nmax_prepared_statements = 200\n'
                       'log_connections = 0\nlog_disconnections = 0\nserver_tls_sslmode = disable\n'
                       % (port, self.setup.get('auth', 'scram-sha-256'), users, POOL) + more + (self.tls() if self.server.tls else ''))
        for each in (users, path):
            os.chmod(each, 0o644)
        return path

    def tls(self):
        """Lines of the file for TLS towards clients, with a certificate of its own."""
        key, certificate = (os.path.join(self.server.folder, 'tls.' + end) for end in ('key', 'crt'))
        if not os.path.exists(certificate):
            subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
                            '-keyout', key, '-out', certificate], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            os.chmod(key, 0o644)  # two users read it, for as long as this runs
        return 'client_tls_sslmode = require\nclient_tls_key_file = %s\nclient_tls_cert_file = %s\n' % (key, certificate)

    def begin(self, command):
        with open(os.path.join(self.server.folder, self.name + '.log'), 'ab') as log:
            self.processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd='/'))

    def start(self):
        getattr(self, 'start_' + self.name)()
        for _ in range(200):
            try:
                self.server.bench(self.port, ['-n', '-S', '-t', '1'])
                return
            except RuntimeError as e:
                problem = e
                time.sleep(0.1)
        raise RuntimeError('%s does not serve: %s' % (self.name, problem))

    def start_toomai(self):
        self.begin([self.setup['agent_launcher'], 'proxy', self.ini(self.port, self.setup['ini'])])

    def start_pgbouncer(self):
        self.begin(self.pgbouncer(self.ini(self.port)))

    def pgbouncer(self, ini):
        return ['setpriv', '--reuid=' + self.server.user, '--regid=' + self.server.user, '--init-groups', self.setup['pgbouncer'], ini]

    def start_chain(self):
        behind = free_port()
        self.begin(self.pgbouncer(self.ini(behind)))
        path = os.path.join(self.server.folder, 'haproxy.cfg')
        with open(path, 'w') as file:
            file.write('global\n maxconn 4000\ndefaults\n mode tcp\n timeout connect 4s\n timeout client 30m\n timeout server 30m\n'
                       'listen front\n bind 127.0.0.1:%d\n server one 127.0.0.1:%d check\n' % (self.port, behind))
        libraries = os.path.join(os.path.dirname(self.setup['haproxy']), '../lib/x86_64-linux-gnu')
        self.begin(['env', 'LD_LIBRARY_PATH=' + libraries, self.setup['haproxy'], '-f', path])

    def tree(self):
        """The processes with their children, which a launcher may leave in its place."""
        known = [process.pid for process in self.processes]
        for pid in known:
            for task in glob.glob('/proc/%d/task/*/children' % pid):
                with open(task) as file:
                    known += [int(child) for child in file.read().split()]
        return known

    def cpu(self):
        """Seconds of CPU so far."""
        used = 0
        for pid in self.tree():
            with open('/proc/%d/stat' % pid) as file:
                fields = file.read().rsplit(')', 1)[1].split()
            used += int(fields[11]) + int(fields[12])
        return used / TICK

    def memory(self):
        """MB resident."""
        total = 0
        for pid in self.tree():
            with open('/proc/%d/status' % pid) as file:
                total += int(re.search(r'VmRSS:\s+(\d+)', file.read()).group(1))
        return total / 1024

    def last_signal(self):
        return signal.SIGQUIT if self.name == 'toomai' else signal.SIGKILL

    def stop(self):
        for process in self.processes:
            process.send_signal(self.last_signal())
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def arguments(case, seconds):
    mode, clients = case.split('-')
    given = ['-n', '-c', clients, '-T', str(seconds), '-l', '--sampling-rate=0.2']
    if mode == 'tpcb':
        return given + ['-M', 'prepared', '-j', clients]
    if mode == 'connect':
        return given + ['-S', '-C', '-j', '2']
    return given + ['-S', '-M', mode, '-j', '2']


def run(proxy, case, seconds):
    folder = proxy.server.folder
    for log in glob.glob(os.path.join(folder, 'pgbench_log.*')):
        os.unlink(log)
    before = proxy.cpu()
    text = proxy.server.bench(proxy.port, arguments(case, seconds))
    used = proxy.cpu() - before
    count = int(re.search(r'actually processed: (\d+)', text).group(1))
    failed = int(re.search(r'failed transactions: (\d+)', text).group(1))
    took = []
    for log in glob.glob(os.path.join(folder, 'pgbench_log.*')):
        with open(log) as file:
            took += [int(line.split()[2]) for line in file]
    took.sort()
    return {'tps': float(re.findall(r'tps = ([\d.]+)', text)[-1]), 'failed': failed, 'cpu': used * 1e6 / count,
            'p99': took[int(len(took) * 0.99)] / 1000 if took else 0}


def inside(setup):
    server = Server(setup)
    proxies = []
    found = []
    try:
        server.start(setup['scale'])
        for name in setup['proxies']:
            proxy = Proxy(name, server, setup)
            proxies.append(proxy)
            proxy.start()
        for round_number in range(-1, setup['rounds']):
            for case in setup['cases']:
                order = proxies[round_number % len(proxies):] + proxies[:round_number % len(proxies)]
                for proxy in order:
                    seconds = setup['warm'] if round_number < 0 else setup['seconds']
                    if round_number < 0 and proxy.name != 'toomai':
                        continue  # only a JVM has to warm up
                    one = run(proxy, case, seconds)
                    if round_number >= 0:
                        found.append(dict(one, proxy=proxy.name, case=case, round=round_number))
                        say('round %d %-13s %-10s %8.0f tps  %6.1f us  p99 %7.2f ms%s' % (
                            round_number, case, proxy.name, one['tps'], one['cpu'], one['p99'],
                            '  FAILED %d' % one['failed'] if one['failed'] else ''))
        return {'runs': found, 'memory_mb': {proxy.name: round(proxy.memory(), 1) for proxy in proxies}}
    except (RuntimeError, subprocess.SubprocessError, OSError) as e:
        return {'failure': str(e).strip()}
    finally:
        for proxy in proxies:
            proxy.stop()
        server.stop()


def spread(values):
    return '%.2f (%.2f-%.2f)' % (statistics.median(values), min(values), max(values))


def verdict(case, tls, ratios):
    missed = [what for what, bar in bars(case, tls).items()
              if (statistics.median(ratios[what]) < bar if what == 'tps' else statistics.median(ratios[what]) > bar)]
    return 'PASS' if not missed else 'MISS ' + ','.join(missed)


def report(result, tls):
    """Whether every bar is met."""
    met = True
    print('| case | %s | tps / PgBouncer | CPU / PgBouncer | p99 / PgBouncer | verdict |' % ' | '.join(
        '%s: tps, CPU us, p99 ms' % name for name in sorted({run['proxy'] for run in result['runs']})))
    for case in dict.fromkeys(run['case'] for run in result['runs']):
        runs = {}
        for one in (run for run in result['runs'] if run['case'] == case):
            runs.setdefault(one['proxy'], []).append(one)
        cells = ['%.0f, %.1f, %.2f' % tuple(statistics.median(one[what] for one in runs[name]) for what in ('tps', 'cpu', 'p99'))
                 for name in sorted(runs)]
        judged = '-'
        ratios = {}
        if 'pgbouncer' in runs and 'toomai' in runs:
            for what in ('tps', 'cpu', 'p99'):
                ratios[what] = [ours[what] / max(theirs[what], 1e-9) for ours, theirs in zip(runs['toomai'], runs['pgbouncer'])]
            judged = verdict(case, tls, ratios)
        failed = sum(one['failed'] for one in runs.get('toomai', []))
        met = met and judged in ('PASS', '-') and not failed
        print('| %s | %s | %s | %s%s |' % (case, ' | '.join(cells), ' | '.join(spread(ratios[what]) for what in ratios), judged,
                                         ', %d failed' % failed if failed else ''))
    print('resident after all, MB: %s' % result['memory_mb'])
    return met


def parse(given):
    parser = argparse.ArgumentParser(prog='dev/bench proxy', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=int, default=6, help='of each run (default 6)')
    parser.add_argument('--warm', type=int, default=5, help='seconds for which the JVM warms up per case (default 5)')
    parser.add_argument('--scale', type=int, default=10)
    parser.add_argument('--cases', default=','.join(CASES))
    parser.add_argument('--proxies', default='toomai,pgbouncer', help='also: chain (HAProxy before PgBouncer)')
    parser.add_argument('--ini', default='', help='more lines of [pgbouncer] for Toomai, such as "transport = io_uring"')
    parser.add_argument('--tls', action='store_true', help='clients come by TLS')
    store = os.environ.get('TOOMAI_TEST_STORE', '/var/cache/toomai-test')
    parser.add_argument('--pgbouncer', default=os.environ.get('TOOMAI_PGBOUNCER_BIN', store + '/pgbouncer124/usr/sbin/pgbouncer'))
    parser.add_argument('--haproxy', default=os.environ.get('TOOMAI_HAPROXY_BIN', store + '/haproxy/usr/sbin/haproxy'))
    preparing.options_of_all(parser.add_argument)
    return parser.parse_args(given)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the user that PostgreSQL runs as cannot be had otherwise')
    proxies = options.proxies.split(',')
    if 'toomai' not in proxies or any(name not in ('toomai', 'pgbouncer', 'chain') for name in proxies):
        refuse('--proxies takes toomai, pgbouncer and chain, and toomai must be among them')
    for name, needed in (('pgbouncer', options.pgbouncer), ('chain', options.pgbouncer), ('chain', options.haproxy)):
        if name in proxies and not os.access(needed, os.X_OK):
            refuse('%s is no program: dev/test fetches it' % needed)
    setup = dict(preparing.toomai_setup(options), rounds=options.rounds, seconds=options.seconds, warm=options.warm,
                 scale=options.scale, cases=options.cases.split(','), proxies=proxies, pgbouncer=options.pgbouncer,
                 haproxy=options.haproxy, ini=options.ini + '\n', tls=options.tls)
    result, told = preparing.measured(__file__, setup, options)
    print('%s; %s cores; load %s before; %s; Toomai %s' % (told['date'], told['cores'], told['load_before'][0], told['postgresql'],
                                                         told['toomai']))
    return 0 if report(result, options.tls) else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
