"""What psycopg 3 does for applications: PORT DATABASE. Prints what it saw, the same wherever it runs."""

import logging
import hashlib
import sys
import threading
import time

import psycopg

logging.getLogger('psycopg').setLevel(logging.CRITICAL)  # it names ports and addresses

PORT, DATABASE = int(sys.argv[1]), sys.argv[2]


def connect(database=DATABASE, **more):
    return psycopg.connect(host='127.0.0.1', port=PORT, user='postgres', dbname=database, sslmode='disable', **more)


def show(what, value):
    print('%s: %r' % (what, value), flush=True)


def error(connection, sql, parameters=None):
    try:
        connection.execute(sql, parameters)
        show('no error', sql)
    except psycopg.Error as e:
        show('error', (e.sqlstate, str(e).strip().split('\n')[0]))


def prepared(connection):
    for turn in range(30):
        word = connection.execute('select %s::text, %s::int + 1', ('Grüße, 漢字, 🐘', turn)).fetchone()
    show('prepared', word)
    connection.commit()
    for turn in range(5):
        error(connection, 'select 1/%s::int', (0,))
        connection.rollback()
    for turn in range(150):  # more than the driver keeps: it deallocates
        connection.execute('select %%s::int + %d' % turn, (1,))
    connection.commit()
    connection.execute('alter table things3 add column more int')
    connection.commit()
    show('altered', connection.execute('select * from things3 order by id limit 1').fetchall())
    connection.commit()


def pipeline(connection):
    with connection.pipeline():
        cursors = [connection.execute('select %s::int', (n,)) for n in range(50)]
        show('pipeline', sum(cursor.fetchone()[0] for cursor in cursors))
    connection.commit()
    try:
        with connection.pipeline():
            connection.execute('insert into things3 (id) values (77)')
            connection.execute('select 1/0')
            connection.execute('insert into things3 (id) values (78)')
    except psycopg.Error as e:
        show('error in a pipeline', e.sqlstate)
    connection.rollback()
    show('nothing of it', connection.execute('select count(*) from things3 where id in (77, 78)').fetchone())
    connection.commit()


def main():
    connection = connect(prepare_threshold=0)
    connection.execute('drop table if exists things3')
    connection.execute('create table things3 (id int primary key, word text)')
    connection.commit()
    with connection.cursor() as cursor:
        cursor.executemany('insert into things3 values (%s, %s)', [(n, 'w%d' % n) for n in range(1, 500)])
    connection.commit()
    show('first', connection.execute('select * from things3 order by id limit 1').fetchall())
    prepared(connection)
    pipeline(connection)
    with connection.transaction():
        connection.execute('delete from things3 where id = 1')
        try:
            with connection.transaction():
                connection.execute('delete from things3')
                raise ValueError
        except ValueError:
            pass
    show('nested transactions', connection.execute('select count(*) from things3').fetchone())
    connection.commit()
    for size in (100_000, 5_000_000):
        text, digest = connection.execute('select repeat(%s, %s), md5(%s)', ('ü', size, 'ü' * size)).fetchone()
        show('large', (len(text), digest, hashlib.md5(text.encode()).hexdigest()))
        binary = connection.execute('select %b::bytea', (b'\0\xff' * size,)).fetchone()[0]
        show('binary', (len(binary), hashlib.md5(binary).hexdigest()))
    with connection.cursor() as cursor:
        with cursor.copy('copy things3 (id, word) from stdin') as copy:
            for n in range(5000, 9000):
                copy.write_row((n, 'copied'))
        with cursor.copy('copy (select id, word from things3 order by id) to stdout (format binary)') as copy:
            show('copy out', hashlib.md5(b''.join(bytes(piece) for piece in copy)).hexdigest())
    connection.commit()
    with connection.cursor('named') as cursor:
        cursor.execute('select id from things3 order by id')
        show('a named cursor', sum(row[0] for row in cursor))
    connection.commit()
    with connection.cursor() as cursor:
        show('single rows', sum(row[0] for row in cursor.stream('select id from things3')))
    connection.commit()
    connection.autocommit = True
    threading.Thread(target=lambda: (time.sleep(0.5), connection.cancel())).start()
    error(connection, 'select pg_sleep(30)')
    show('after a cancel', connection.execute('select 8').fetchone())
    with connect(autocommit=True) as hearing:
        hearing.execute('listen news3')
        connection.execute("notify news3, 'Neues: ü'")
        for notified in hearing.notifies():
            show('notified', (notified.channel, notified.payload))
            break
    connection.execute('drop table things3')
    connection.close()
    print('done')


main()
