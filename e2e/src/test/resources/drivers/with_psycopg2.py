"""What psycopg2 does for applications: PORT DATABASE. Prints what it saw, the same wherever it runs."""

import hashlib
import io
import select
import sys
import threading
import time

import psycopg2
import psycopg2.extras

PORT, DATABASE = int(sys.argv[1]), sys.argv[2]


def connect(database=DATABASE):
    return psycopg2.connect(host='127.0.0.1', port=PORT, user='postgres', dbname=database, sslmode='disable')


def show(what, value):
    print('%s: %r' % (what, value), flush=True)


def error(cursor, sql, parameters=None):
    try:
        cursor.execute(sql, parameters)
        show('no error', sql)
    except psycopg2.Error as e:
        show('error', (e.pgcode, str(e).strip()))


def main():
    connection = connect()
    cursor = connection.cursor()
    cursor.execute('drop table if exists things2')
    cursor.execute('create table things2 (id int primary key, word text)')
    cursor.execute('insert into things2 values (%s, %s)', (1, 'Grüße, 漢字, 🐘, \'"\\'))
    connection.commit()
    cursor.execute('select * from things2')
    show('unicode', cursor.fetchall())
    cursor.execute('insert into things2 values (2, null)')
    connection.rollback()
    cursor.execute('select count(*) from things2')
    show('rolled back', cursor.fetchall())
    error(cursor, 'insert into things2 values (1, null)')
    error(cursor, 'select 1')
    connection.rollback()
    error(cursor, 'selekt')
    connection.rollback()
    cursor.execute('savepoint a')
    error(cursor, 'select 1/0')
    cursor.execute('rollback to a')
    cursor.execute('select 7')
    show('after a savepoint', cursor.fetchone())
    connection.commit()
    for size in (100_000, 5_000_000):
        cursor.execute('select repeat(%s, %s), md5(%s)', ('ü', size, 'ü' * size))
        text, digest = cursor.fetchone()
        show('large', (len(text), digest, hashlib.md5(text.encode()).hexdigest()))
    psycopg2.extras.execute_values(cursor, 'insert into things2 values %s', [(n, 'w%d' % n) for n in range(10, 3000)])
    connection.commit()
    out = io.StringIO()
    cursor.copy_expert("copy (select * from things2 order by id) to stdout with csv", out)
    show('copy out', hashlib.md5(out.getvalue().encode()).hexdigest())
    cursor.copy_expert('copy things2 from stdin', io.StringIO(''.join('%d\tcopied\n' % n for n in range(5000, 9000))))
    try:
        cursor.copy_expert('copy things2 from stdin', io.StringIO('1\ttwice\n'))
    except psycopg2.Error as e:
        show('copy fails', e.pgcode)
    connection.rollback()
    named = connection.cursor('named')
    named.itersize = 100
    named.execute('select id from things2 order by id')
    show('a named cursor', sum(row[0] for row in named))
    connection.commit()
    large = connection.lobject(0, 'wb')
    large.write(b'bytes' * 20_000)
    large.close()
    show('a large object', len(connection.lobject(large.oid, 'rb').read()))
    connection.lobject(large.oid).unlink()
    connection.commit()
    connection.autocommit = True
    cursor.execute('select 1; select 2; select 3')
    show('several statements', cursor.fetchall())
    cursor.execute("do $$ begin raise notice 'hear'; end $$")
    show('notice', connection.notices[-1])
    threading.Thread(target=lambda: (time.sleep(0.5), connection.cancel())).start()
    error(cursor, 'select pg_sleep(30)')
    cursor.execute('select 8')
    show('after a cancel', cursor.fetchone())
    listen()
    cursor.execute('drop table things2')
    connection.close()
    print('done')


def listen():
    hearing, saying = connect(), connect()
    hearing.autocommit = saying.autocommit = True
    hearing.cursor().execute('listen news2')
    saying.cursor().execute("notify news2, 'Neues: ü'")
    end = time.monotonic() + 20
    while not hearing.notifies and time.monotonic() < end:
        select.select([hearing], [], [], 1)
        hearing.poll()
    show('notified', [(each.channel, each.payload) for each in hearing.notifies])


main()
