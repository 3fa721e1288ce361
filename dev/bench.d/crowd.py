#!/usr/bin/env python3
"""dev/bench crowd: what many clients cost the proxy, beside PgBouncer on the same server.

First clients that have run one query each and then sit idle: what each holds resident above what the proxy held before.
Then many that come, log in, run one query and stay until all have: how many failed, and how long the slowest tenth, hundredth
and the last one took from the first packet to the answer. Clients are tasks of one Python process that speak the protocol
themselves, so the tail holds the client's own delays too: read it beside PgBouncer's. Ends with 0 if every bar is met, 1 if
one is not, 2 if nothing could be measured.
"""

import argparse
import asyncio
import os
import resource
import signal
import ssl
import statistics
import struct
import subprocess
import sys
import time

import preparing
import proxy
from preparing import refuse, say

BARS = {'base_mb': 120, 'idle_kb': 20}
PATIENCE = 60  # seconds, for one client, also before its turn has come
STARTUP = b'user\0postgres\0database\0postgres\0\0'
ASK_FOR_TLS = struct.pack('!ii', 8, 80877103)
QUERY = b'Q' + struct.pack('!i', 4 + 9) + b'select 1\0'


async def answer(reader):
    """Reads up to ReadyForQuery."""
    while True:
        kind, length = struct.unpack('!ci', await reader.readexactly(5))
        body = await reader.readexactly(length - 4)
        if kind == b'E':
            raise RuntimeError(body.replace(b'\0', b' ').decode(errors='replace'))
        if kind == b'Z':
            return


def unchecked():
    """TLS with whoever is there."""
    tls = ssl.create_default_context()
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return tls


async def client(port, tls, entering):
    """A client that has run one query: (its connection, how long that took)."""
    async with entering:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection('127.0.0.1', port, limit=4096)
        if tls:
            writer.write(ASK_FOR_TLS)
            if await reader.readexactly(1) != b'S':
                raise RuntimeError('no TLS is offered')
            await writer.start_tls(tls)
        writer.write(struct.pack('!ii', 8 + len(STARTUP), 196608) + STARTUP)
        await answer(reader)
        writer.write(QUERY)
        await answer(reader)
        return writer, time.monotonic() - began


async def crowd(port, tls, count, at_once, meanwhile):
    """Lets so many in, calls meanwhile() while all are there; (times, errors)."""
    entering = asyncio.Semaphore(at_once)
    ended = await asyncio.gather(*(asyncio.wait_for(client(port, tls, entering), PATIENCE) for _ in range(count)), return_exceptions=True)
    here = [one for one in ended if not isinstance(one, BaseException)]
    await asyncio.sleep(1)
    meanwhile()
    for writer, _ in here:
        writer.transport.abort()
    await asyncio.sleep(1)
    return sorted(took for _, took in here), [repr(one) for one in ended if isinstance(one, BaseException)]


def measure(server, setup, name):
    one = proxy.Proxy(name, server, dict(setup, auth='trust'))
    tls = unchecked() if setup['tls'] else None
    try:
        one.start()
        server.bench(one.port, ['-n', '-S', '-M', 'prepared', '-c', '32', '-j', '2', '-T', str(setup['warm'])])
        found = {'name': name, 'base_mb': one.memory()}
        idle = []
        for _ in range(setup['rounds']):
            before = one.memory()
            _, errors = asyncio.run(crowd(one.port, tls, setup['idle'], 100, lambda: idle.append((one.memory() - before) * 1024 / setup['idle'])))
            if errors:
                raise RuntimeError('an idle client failed: ' + errors[0])
        found['idle_kb'] = idle
        took, errors = asyncio.run(crowd(one.port, tls, setup['many'], 200, lambda: found.update(many_mb=one.memory())))
        found.update(errors=len(errors), first_error=errors[:1], p90=took[int(len(took) * 0.9)], p99=took[int(len(took) * 0.99)], last=took[-1])
        say('%s: %s' % (name, found))
        return found
    finally:
        one.stop()


def inside(setup):
    resource.setrlimit(resource.RLIMIT_NOFILE, (setup['files'], setup['files']))
    server = proxy.Server(setup)
    try:
        server.start(1)
        return {'found': [measure(server, setup, name) for name in ('toomai', 'pgbouncer')]}
    except (RuntimeError, subprocess.SubprocessError, OSError) as e:
        return {'failure': str(e).strip()}
    finally:
        server.stop()


def report(found, options):
    for one in found:
        print('%s: %.1f MB before; %d idle clients: %.1f kB each (rounds: %s); %d clients, one query each: %d errors, p90 %.2f s, '
              'p99 %.2f s, last %.2f s, %.1f MB' % (
                  one['name'], one['base_mb'], options.idle, max(one['idle_kb'][0], statistics.median(one['idle_kb'])),
                  ', '.join('%.1f' % each for each in one['idle_kb']), options.many, one['errors'], one['p90'], one['p99'],
                  one['last'], one['many_mb']))
    ours = found[0]
    met = ours['base_mb'] <= BARS['base_mb'] and max(ours['idle_kb']) <= BARS['idle_kb'] and not ours['errors']
    print('bars: base %d MB, %d kB each, no error: %s' % (BARS['base_mb'], BARS['idle_kb'], 'PASS' if met else 'MISS'))
    return met


def parse(given):
    parser = argparse.ArgumentParser(prog='dev/bench crowd', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--idle', type=int, default=1000)
    parser.add_argument('--many', type=int, default=10000)
    parser.add_argument('--rounds', type=int, default=3, help='of idle clients (default 3); the first is from the base')
    parser.add_argument('--warm', type=int, default=5)
    parser.add_argument('--tls', action='store_true', help='clients come by TLS')
    parser.add_argument('--ini', default='', help='a line more for the file of Toomai')
    store = os.environ.get('TOOMAI_TEST_STORE', '/var/cache/toomai-test')
    parser.add_argument('--pgbouncer', default=os.environ.get('TOOMAI_PGBOUNCER_BIN', store + '/pgbouncer124/usr/sbin/pgbouncer'))
    preparing.options_of_all(parser.add_argument)
    return parser.parse_args(given)


def outside(options):
    if os.getuid() != 0:
        refuse('needs root: the user that PostgreSQL runs as cannot be had otherwise')
    files = options.many + 1000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < files:
        refuse('needs %d open files, the limit is %d (ulimit -Hn)' % (files, hard))
    setup = dict(preparing.toomai_setup(options), idle=options.idle, many=options.many, rounds=options.rounds, warm=options.warm,
                 pgbouncer=options.pgbouncer, files=files, tls=options.tls, ini=options.ini + '\n')
    result, told = preparing.measured(__file__, setup, options)
    print('%s; %s cores; load %s before; %s; Toomai %s' % (told['date'], told['cores'], told['load_before'][0], told['postgresql'],
                                                         told['toomai']))
    return 0 if report(result['found'], options) else 1


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
