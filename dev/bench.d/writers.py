"""Writers that record a history: writers.py --targets H:P,... --table T --out FILE [--roaming N].

Each inserts one numbered row at a time, never the same twice. A roaming writer goes to the next server after an
error; one pinned writer for each server never does: should two servers take writes at once, it is there.
A line per event, times on the monotonic clock:

  I writer seq sent                                      is about to be sent
  A writer seq sent answered server started timeline lsn acknowledged, by that server
  N writer seq sent answered reason                      an answer that says it was not done
  U writer seq sent gave_up reason                       nobody knows
  C writer server at reason                              could not connect

Ends on SIGTERM, after the statements that are under way.
"""

import argparse
import select
import signal
import threading
import time

import psycopg2
from psycopg2 import extensions

TIMEOUT, PAUSE = 1.0, 0.02
COLUMNS = 'inet_server_addr(), extract(epoch from pg_postmaster_start_time())::numeric(20,6), timeline, lsn'
# What a commit's error may hide: the row is there, only the answer went missing.
NOT_DONE = ('25006', '53100', '57P03', '53300', '3D000', '42P01')


def wait(connection, deadline):
    while True:
        state = connection.poll()
        if state == extensions.POLL_OK:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError('no answer')
        descriptor = [connection.fileno()]
        reading = state == extensions.POLL_READ
        select.select(descriptor if reading else [], [] if reading else descriptor, [], left)


def connect(target):
    host, _, port = target.rpartition(':')
    connection = psycopg2.connect(host=host, port=port, user='postgres', dbname='postgres', sslmode='disable',
                                  gssencmode='disable', application_name='chaos', async_=1)
    try:
        wait(connection, time.monotonic() + TIMEOUT)
    except BaseException:
        connection.close()
        raise
    return connection


def reason(error):
    return (str(error).strip().split('\n')[0] or type(error).__name__)[:160]


class Writer:
    def __init__(self, number, targets, start, options, log):
        self.number, self.targets, self.at = number, targets, start
        self.sql = 'insert into %s (writer, seq) values (%%s, %%s) returning %s' % (options.table, COLUMNS)
        self.interval, self.log = options.interval_ms / 1000, log
        self.connection, self.seq = None, 0

    def run(self, ended):
        due = time.monotonic()
        while not ended.is_set():
            if not (self.connect() and self.insert()):
                self.drop()
                self.at = (self.at + 1) % len(self.targets)
                ended.wait(PAUSE if len(self.targets) > 1 else 5 * PAUSE)
            due = max(due + self.interval, time.monotonic())
            ended.wait(max(0.0, due - time.monotonic()))
        self.drop()

    def connect(self):
        if self.connection is not None:
            return True
        target = self.targets[self.at]
        try:
            self.connection = connect(target)
        except (psycopg2.Error, OSError) as e:
            self.log('C %d %s %.6f %s' % (self.number, target, time.monotonic(), reason(e)))
        return self.connection is not None

    def insert(self):
        self.seq += 1
        sent = time.monotonic()
        told = '%d %d %.6f' % (self.number, self.seq, sent)
        self.log('I ' + told)
        try:
            cursor = self.connection.cursor()
            cursor.execute(self.sql, (self.number, self.seq))
            wait(self.connection, sent + TIMEOUT)
            row = cursor.fetchone()
        except (psycopg2.Error, OSError) as e:
            code = getattr(e, 'pgcode', None)
            self.log('%s %s %.6f %s %s' % ('N' if code in NOT_DONE else 'U', told, time.monotonic(), code, reason(e)))
            return False
        self.log('A %s %.6f %s %s %s %s' % ((told, time.monotonic()) + row))
        return True

    def drop(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--targets', required=True)
    parser.add_argument('--table', required=True)
    parser.add_argument('--out', required=True)
    parser.add_argument('--roaming', type=int, default=4)
    parser.add_argument('--interval-ms', type=float, default=20)
    options = parser.parse_args()
    targets, ended = options.targets.split(','), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with open(options.out, 'w', buffering=1) as file:
        def log(line):
            file.write(line + '\n')  # one write of one line: threads do not mix

        writers = [Writer(n, targets, n % len(targets), options, log) for n in range(options.roaming)]
        writers += [Writer(options.roaming + n, [target], 0, options, log) for n, target in enumerate(targets)]
        threads = [threading.Thread(target=writer.run, args=(ended,)) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == '__main__':
    main()
