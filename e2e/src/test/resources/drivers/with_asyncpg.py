"""What asyncpg does for applications: PORT DATABASE. Prints what it saw, the same wherever it runs."""

import asyncio
import datetime
import hashlib
import io
import os
import sys

import asyncpg

PORT, DATABASE = int(sys.argv[1]), sys.argv[2]


def words(database):
    return dict(host='127.0.0.1', port=PORT, user='postgres', password=os.environ['PGPASSWORD'], database=database, ssl=False)


def show(what, value):
    print('%s: %r' % (what, value), flush=True)


async def error(connection, sql, *parameters):
    try:
        await connection.execute(sql, *parameters)
        show('no error', sql)
    except asyncpg.PostgresError as e:
        show('error', (e.sqlstate, str(e)))


async def main():
    connection = await asyncpg.connect(**words(DATABASE))
    await connection.execute('drop table if exists thingsa; drop type if exists mood; '
                             "create type mood as enum ('glad', 'sad'); "
                             'create table thingsa (id int primary key, word text, m mood, tags text[], at timestamptz)')
    await connection.executemany('insert into thingsa values ($1, $2, $3, $4, $5)', [
        (n, 'Grüße, 漢字, 🐘 %d' % n, 'glad', ['a', 'b"'], datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc))
        for n in range(200)])
    for turn in range(30):  # each is prepared under a name, once
        row = await connection.fetchrow('select * from thingsa where id = $1', turn)
    show('row', dict(row))
    statement = await connection.prepare('select id, word from thingsa where id > $1 order by id')
    show('prepared', (len(await statement.fetch(10)), await statement.fetchval(150)))
    show('columns', [(each.name, each.type.name) for each in statement.get_attributes()])
    async with connection.transaction():
        await connection.execute('delete from thingsa where id = 1')
        try:
            async with connection.transaction():
                await connection.execute('delete from thingsa')
                raise ValueError
        except ValueError:
            pass
        total = 0
        async for row in connection.cursor('select id from thingsa order by id', prefetch=7):
            total += row['id']
        show('a cursor', total)
    show('nested transactions', await connection.fetchval('select count(*) from thingsa'))
    await error(connection, 'select 1/0')
    await error(connection, 'selekt')
    await error(connection, 'insert into thingsa (id) values ($1)', 2)
    await connection.execute('alter table thingsa add column more int')
    show('altered', len(await connection.fetchrow('select * from thingsa where id = $1', 3)))
    for size in (100_000, 5_000_000):
        text, digest = await connection.fetchrow('select repeat($1, $2), md5($3)', 'ü', size, 'ü' * size)
        show('large', (len(text), digest, hashlib.md5(text.encode()).hexdigest()))
    show('copy in', await connection.copy_records_to_table('thingsa', records=[(n, 'copied') for n in range(5000, 9000)],
                                                           columns=['id', 'word']))
    out = io.BytesIO()
    show('copy out', await connection.copy_from_query('select id, word from thingsa order by id', output=out))
    show('copied', hashlib.md5(out.getvalue()).hexdigest())
    try:
        await connection.fetch('select pg_sleep(30)', timeout=0.5)
    except asyncio.TimeoutError:
        show('time is over', 'and the driver cancels')
    show('after a cancel', await connection.fetchval('select 8'))
    async with asyncpg.create_pool(min_size=3, max_size=3, **words(DATABASE)) as pool:
        show('a pool', sorted(await asyncio.gather(*[pool.fetchval('select $1::int * 2', n) for n in range(60)]))[-3:])
    await listen(connection)
    await connection.execute('drop table thingsa; drop type mood')
    await connection.close()
    print('done')


async def listen(saying):
    hearing = await asyncpg.connect(**words(DATABASE))
    heard = asyncio.get_running_loop().create_future()
    await hearing.add_listener('newsa', lambda _, __, channel, payload: heard.done() or heard.set_result((channel, payload)))
    await saying.execute("notify newsa, 'Neues: ü'")
    show('notified', await asyncio.wait_for(heard, 20))
    await hearing.close()


asyncio.run(main())
