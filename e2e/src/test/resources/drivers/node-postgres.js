// What node-postgres does for applications: PORT DATABASE. Prints what it saw, the same wherever it runs.
'use strict';
const crypto = require('crypto');
const { Client, Pool } = require('pg');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');

const [port, database] = [Number(process.argv[2]), process.argv[3]];
const words = (name) => ({ host: '127.0.0.1', port, user: 'postgres', password: process.env.PGPASSWORD, database: name });
const show = (what, value) => console.log(`${what}: ${JSON.stringify(value)}`);
const md5 = (text) => crypto.createHash('md5').update(text).digest('hex');

async function error(client, ...query) {
  try {
    await client.query(...query);
    show('no error', query);
  } catch (e) {
    show('error', [e.code, e.message, e.severity]);
  }
}

async function cursors(client) {
  await client.query('begin');
  const cursor = client.query(new Cursor('select n from generate_series(1, $1) n', [250]));
  let sum = 0;
  for (let rows = await cursor.read(100); rows.length; rows = await cursor.read(100)) {
    sum += rows.reduce((all, row) => all + row.n, 0);
  }
  await cursor.close();
  await client.query('commit');
  show('a cursor', sum);
  let streamed = 0;
  for await (const row of client.query(new QueryStream('select n from generate_series(1, 3000) n', [], { batchSize: 50 }))) {
    streamed += row.n;
  }
  show('a stream', streamed);
  const early = client.query(new Cursor('select n from generate_series(1, 100000) n'));
  await early.read(10);
  await early.close();
  show('closed early', (await client.query('select 5 as n')).rows);
}

async function listen(saying) {
  const hearing = new Client(words(database));
  await hearing.connect();
  const heard = new Promise((resolve) => hearing.on('notification', (n) => resolve([n.channel, n.payload])));
  await hearing.query('listen newsn');
  await saying.query("notify newsn, 'Neues: ü'");
  show('notified', await heard);
  await hearing.end();
}

async function main() {
  const client = new Client(words(database));
  await client.connect();
  await client.query('drop table if exists thingsn');
  await client.query('create table thingsn (id int primary key, word text, raw bytea, many int[])');
  for (let id = 1; id <= 30; id++) {
    await client.query({ name: 'insert', text: 'insert into thingsn values ($1, $2, $3, $4)',
      values: [id, `Grüße, 漢字, 🐘 ${id}`, Buffer.from([0, 255, id]), [id, 2]] });
  }
  show('row', (await client.query({ name: 'one', text: 'select id, word, raw, many from thingsn where id = $1', values: [7] })).rows);
  show('again', (await client.query({ name: 'one', text: 'select id, word, raw, many from thingsn where id = $1', values: [8] })).rowCount);
  await client.query('alter table thingsn add column more int');
  show('altered', (await client.query({ name: 'one', text: 'select id, word, raw, many from thingsn where id = $1', values: [9] })).rows.length);
  await client.query('begin');
  await client.query('delete from thingsn');
  await error(client, 'select 1/0');
  await error(client, 'select 1');
  await client.query('rollback');
  show('rolled back', (await client.query('select count(*) from thingsn')).rows);
  await error(client, 'selekt');
  await error(client, 'insert into thingsn (id) values ($1)', [1]);
  show('several', (await client.query('select 1 as a; select 2 as b')).map((each) => each.rows));
  show('queued', (await Promise.all([...Array(100).keys()].map((n) => client.query('select $1::int as n', [n]))))
    .reduce((all, each) => all + each.rows[0].n, 0));
  for (const size of [100000, 5000000]) {
    const { rows: [row] } = await client.query('select repeat($1, $2) as text, md5($3) as digest', ['ü', size, 'ü'.repeat(size)]);
    show('large', [row.text.length, row.digest, md5(row.text)]);
  }
  await cursors(client);
  const slow = { text: 'select pg_sleep(30)' };
  const { Query } = require('pg');
  const query = new Query(slow.text);
  const ended = new Promise((resolve) => { query.on('error', (e) => resolve([e.code, e.message])); query.on('end', () => resolve('end')); });
  client.query(query);
  setTimeout(() => new Client(words(database)).cancel(client, query), 500);
  show('cancelled', await ended);
  show('after a cancel', (await client.query('select 8 as n')).rows);
  const pool = new Pool({ ...words(database), max: 4 });
  show('a pool', (await Promise.all([...Array(80).keys()].map((n) => pool.query('select $1::int * 2 as n', [n]))))
    .reduce((all, each) => all + each.rows[0].n, 0));
  await pool.end();
  await listen(client);
  await client.query('drop table thingsn');
  await client.end();
  console.log('done');
}

main().catch((e) => { console.log(e); process.exit(1); });
