#!/usr/bin/env python3
"""dev/ledger: is each row that clients write through the nodes' proxies there exactly once, whatever becomes of the primary?

Three nodes with a proxy each. Clients write rows with ids of their own, alone or in transactions, each through one of the
proxies. Planned switchovers and kills (of the postmaster, of agent and PostgreSQL) come in turns. Each answer is written down:

    confirmed  the row must be there once
    refused    an SQLSTATE that says it is rolled back, or the connection was lost before COMMIT was sent: it must not be there
    unknown    08007, or the connection was lost while COMMIT or a single statement was under way: there once or not at all

No client may see any error of a planned switchover. Ends with 0 if that is so, 1 if not, 2 if nothing could be judged.
"""

import argparse
import collections
import json
import signal
import sys
import threading
import time

import psycopg2

import clusters
import preparing
import systems
from preparing import say

try:
    import psycopg
except ImportError:
    psycopg = None

ROLLED_BACK = ('57P01', '57P02', '57P03', '25006', '40001', '53300')
ALONE, BLOCK, PREPARED = 'alone', 'block', 'prepared'
ERRORS = (psycopg2.Error,) + ((psycopg.Error,) if psycopg else ())


def code_of(error):
    return getattr(error, 'sqlstate', None) or getattr(error, 'pgcode', None)


class Client(threading.Thread):
    """One client with one connection, which it makes anew only where it is lost."""

    def __init__(self, number, address, shape, password):
        super().__init__(daemon=True)
        self.number, self.address, self.shape, self.password = number, address, shape, password
        self.answers, self.errors, self.seq = {}, [], 0
        self.connection, self.ended = None, threading.Event()

    def connect(self):
        words = dict(host=self.address, port=systems.PROXY_PORT, user=clusters.SUPERUSER, password=self.password, dbname='postgres',
                     connect_timeout=5, sslmode='disable', gssencmode='disable', tcp_user_timeout=20000)
        if self.shape == PREPARED:
            self.connection = psycopg.connect(autocommit=True, prepare_threshold=0, **words)
        else:
            self.connection = psycopg2.connect(**words)
            self.connection.autocommit = self.shape == ALONE

    def run(self):
        while not self.ended.is_set():
            try:
                if self.connection is None:
                    self.connect()
            except ERRORS as e:
                self.note('connect', e)
                self.drop()
                self.ended.wait(0.1)
                continue
            self.write()
            self.ended.wait(0.005)
        self.drop()

    def write(self):
        self.seq += 1
        row, commits = '%d-%d' % (self.number, self.seq), self.shape != BLOCK
        self.answers[row] = 'unknown'
        try:
            cursor = self.connection.cursor()
            cursor.execute('insert into ledger (id) values (%s)', (row,))
            if self.shape == BLOCK:
                cursor.execute('select pg_sleep(0.003)')
                commits = True
                self.connection.commit()
            self.answers[row] = 'confirmed'
        except ERRORS as e:
            self.answers[row] = self.verdict(e, commits)
            self.note(self.answers[row], e)
            self.settle()

    @staticmethod
    def verdict(error, commits):
        code = code_of(error)
        if code in ROLLED_BACK:
            return 'refused'
        if code is None and not commits:
            return 'refused'
        return 'refused' if 'query_wait_timeout' in str(error) else 'unknown'

    def note(self, what, error):
        text = (str(error).strip().split('\n') or [''])[0][:150]
        self.errors.append((time.monotonic(), what, code_of(error) or 'lost', text))

    def settle(self):
        try:
            if self.connection.closed:
                self.drop()
            elif self.shape == BLOCK:
                self.connection.rollback()
        except ERRORS as e:
            self.note('rollback', e)
            self.drop()

    def drop(self):
        if self.connection is not None:
            try:
                self.connection.close()
            except ERRORS:
                pass
        self.connection = None


class Book:
    """Who was told what, and what is there."""

    def __init__(self, clients):
        self.clients = clients

    def await_progress(self, seconds=30):
        before = [client.seq for client in self.clients]
        end = time.monotonic() + seconds
        while any(client.seq < old + 5 for client, old in zip(self.clients, before)):
            if time.monotonic() > end:
                stuck = [c.number for c, old in zip(self.clients, before) if c.seq < old + 5]
                raise clusters.Broken('clients %s do not get on' % stuck)
            time.sleep(0.02)

    def errors_between(self, begin, end):
        return [error for client in self.clients for error in list(client.errors) if begin <= error[0] <= end]

    def judge(self, rows):
        there = collections.Counter(row for row, in rows)
        told = {}
        for client in self.clients:
            told.update(client.answers)
        counts = collections.Counter(told.values())
        return {
            'confirmed': counts['confirmed'], 'refused': counts['refused'], 'unknown': counts['unknown'],
            'unknown_there': sum(1 for row, answer in told.items() if answer == 'unknown' and there[row]),
            'lost': [row for row, answer in told.items() if answer == 'confirmed' and not there[row]],
            'refused_yet_there': [row for row, answer in told.items() if answer == 'refused' and there[row]],
            'twice': [row for row, times in there.items() if times > 1],
            'never_sent': [row for row in there if row not in told],
        }


def switch_over(cluster):
    leader, candidate = cluster.leader_and_candidate()
    refusal = cluster.switch_over(leader, candidate)
    if refusal:
        raise clusters.Broken('switchover refused: ' + refusal)


def kill(cluster, number):
    leader, _ = cluster.leader_and_candidate()
    if number % 2:
        cluster.crash(leader)
        time.sleep(2)
        cluster.mend()
        return 'crash'
    cluster.kill_postmaster(leader)
    return 'postmaster'


def one(setup, cluster, book, event):
    cluster.wait_healthy(setup['heal_seconds'])
    book.await_progress()
    begin = time.monotonic()
    what, number = event
    if what == 'switchover':
        switch_over(cluster)
    else:
        what = kill(cluster, number)
    book.await_progress(60)
    cluster.wait_healthy(setup['heal_seconds'])
    errors = book.errors_between(begin, time.monotonic())
    return {'what': what, 'seconds': round(time.monotonic() - begin, 2), 'errors': len(errors),
            'kinds': dict(collections.Counter('%s %s' % error[1:3] for error in errors)),
            'words': [error[3] for error in errors][:3]}


def events(setup):
    """Switchovers and kills in turns, until there are none left of either."""
    told = []
    for number in range(max(setup['switchovers'], setup['kills'])):
        told += [('switchover', number)] if number < setup['switchovers'] else []
        told += [('kill', number)] if number < setup['kills'] else []
    return told


def inside(setup):
    cluster = systems.ToomaiWithProxies(setup, setup['folder'] + '/cluster')
    book, found = None, []
    try:
        cluster.start()
        leader, _ = cluster.leader_and_candidate()
        make_table(cluster, leader)
        shapes = [ALONE, BLOCK] + ([PREPARED] if psycopg else [])
        members = cluster.members
        book = Book([Client(n, members[n % len(members)].address, shapes[n // len(members) % len(shapes)], cluster.password)
                     for n in range(setup['clients'])])
        for client in book.clients:
            client.start()
        for turn, event in enumerate(events(setup)):
            found.append(one(setup, cluster, book, event))
            say('%d: %s' % (turn + 1, json.dumps(found[-1])))
        for client in book.clients:
            client.ended.set()
        for client in book.clients:
            client.join(60)
        cluster.wait_healthy(setup['heal_seconds'])
        leader, _ = cluster.leader_and_candidate()
        verdict = book.judge(cluster.query(leader, 'select id from ledger'))
        return {'events': found, 'verdict': verdict}
    except (clusters.Broken, OSError) + ERRORS as e:
        for line in cluster.log_tails():
            say(line)
        return {'failure': '%s (after %d events)' % (str(e).strip(), len(found)), 'events': found}
    finally:
        for client in book.clients if book else ():
            client.ended.set()
        cluster.stop()


def make_table(cluster, leader):
    connection = psycopg2.connect(host=leader.address, port=leader.port, user=clusters.SUPERUSER, password=cluster.password,
                                  dbname='postgres', sslmode='disable', gssencmode='disable')
    connection.autocommit = True
    connection.cursor().execute('create table ledger (id text)')
    connection.close()


def parse(arguments):
    parser = argparse.ArgumentParser(prog='dev/ledger', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--switchovers', type=int, default=100, help='planned ones (default 100)')
    parser.add_argument('--kills', type=int, default=100, help='of the postmaster and of the whole node in turns (default 100)')
    parser.add_argument('--clients', type=int, default=9)
    preparing.options_of_all(parser.add_argument)
    return parser.parse_args(arguments)


def report(result):
    verdict = result['verdict']
    switched = [event for event in result['events'] if event['what'] == 'switchover']
    killed = [event for event in result['events'] if event['what'] != 'switchover']
    errors = sum(event['errors'] for event in switched)
    print('%d switchovers: %d errors seen by clients' % (len(switched), errors))
    kinds = collections.Counter()
    for event in killed:
        kinds.update(event['kinds'])
    print('%d kills: %s' % (len(killed), ', '.join('%s %d' % kind for kind in sorted(kinds.items())) or 'no error'))
    print('%(confirmed)d rows confirmed, %(refused)d refused, %(unknown)d unknown (%(unknown_there)d of them there)' % verdict)
    wrong = {name: len(rows) for name, rows in verdict.items() if isinstance(rows, list)}
    bad = errors or any(wrong.values())
    print('lost %(lost)d, refused yet there %(refused_yet_there)d, twice %(twice)d, never sent %(never_sent)d' % wrong
          + ': ' + ('FAILED' if bad else 'PASS'))
    return 1 if bad else 0


def outside(options):
    preparing.program = 'dev/ledger'
    if psycopg is None:
        say('no psycopg 3 here (python3-psycopg): no client prepares statements')
    setup = dict(preparing.toomai_setup(options), namespaces=True, switchovers=options.switchovers, kills=options.kills,
                 clients=options.clients)
    result, told = preparing.measured(__file__, setup, options)
    print('%s; %s cores; load %s before; Toomai %s' % (told['date'], told['cores'], told['load_before'][0], told['toomai']))
    return report(result)


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if sys.argv[1:2] == ['--inside']:
        preparing.program = 'dev/ledger'
        return preparing.run_as_first(sys.argv[1:], inside)
    return outside(parse(sys.argv[1:]))


if __name__ == '__main__':
    sys.exit(main())
