// The command line by itself: what it makes and does not make, refuses, and says.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, charge, engine, eventually, Florin, florin, fresh_database, fresh_key, run, sql, start_florin, temporary_folder, test_merchant, top } from '../support/florin.mjs';

let server;
before(async () => { server = await start_florin(); });
after(() => server?.stop());

/// A data folder and database that nobody has used, as flags.
async function nowhere() {
  const data = path.join(temporary_folder(), 'data');
  const database = await fresh_database();
  return { data, database, flags: ['--data', data, ...(database ? ['--database', database] : [])] };
}
const tables = async (database) => (await run('psql', [database, '-Atc', "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"])).out.trim();

test('doctor only looks: before the first start it makes neither folder nor table', async () => {
  const { data, database, flags } = await nowhere();
  const looked = await florin('doctor', ...flags);
  assert.equal(looked.code, 0, looked.out);
  assert.match(looked.out, /no schema yet/);
  assert.ok(!fs.existsSync(data));
  if (database) assert.equal(await tables(database), '0');
});

test('doctor finds an older and a newer schema, leaves both as they are, and says what to do', async () => {
  const { data, database, flags } = await nowhere();
  assert.equal((await florin('migrate', ...flags)).code, 0);
  const place = { data, database };
  const newest = Number(await sql(place, 'SELECT max(number) FROM schema_migrations'));
  assert.match((await florin('doctor', ...flags)).out, new RegExp(`schema ${newest} is this program's`));
  await sql(place, `DELETE FROM schema_migrations WHERE number = ${newest}`);
  const before = Number(await sql(place, 'SELECT max(number) FROM schema_migrations'));
  const older = await florin('doctor', ...flags);
  assert.equal(older.code, 0, older.out);
  assert.match(older.out, new RegExp(`schema ${before}, this program's is ${newest}`));
  assert.equal(Number(await sql(place, 'SELECT max(number) FROM schema_migrations')), before);
  await sql(place, "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (9999, 'later', '', 0)");
  const newer = await florin('doctor', ...flags);
  assert.equal(newer.code, 1);
  assert.match(newer.out, /problem.*9999[^]*mend: start the newer Florin/);
});

test('doctor says when the database is not there', async () => {
  const words = engine === 'postgres' ? ['--database', 'postgresql://nobody@127.0.0.1:1/nothing'] : [];
  const data = path.join(temporary_folder(), 'data');
  if (engine !== 'postgres') {
    assert.equal((await florin('migrate', '--data', data)).code, 0);
    fs.writeFileSync(path.join(data, 'florin.db'), 'no database', { mode: 0o600 });
  }
  const looked = await florin('doctor', '--data', data, ...words);
  assert.equal(looked.code, 1);
  assert.match(looked.out, /problem.*\n +mend: /);
});

test('a directory that holds other things keeps its mode, and one that others may write to is not taken', async () => {
  const { database } = await nowhere();
  const flags = (data) => ['--data', data, ...(database ? ['--database', database] : [])];
  const begin = (data, name) => florin('admin', 'merchant', 'create', name, ...flags(data));
  const mode = (data) => (fs.statSync(data).mode & 0o7777).toString(8);
  const [empty, shared, open] = ['empty', 'shared', 'open'].map((name) => path.join(temporary_folder(), name));
  for (const data of [empty, shared, open]) fs.mkdirSync(data);
  for (const data of [shared, open]) fs.writeFileSync(path.join(data, 'letters.txt'), 'mine');
  fs.chmodSync(empty, 0o755);
  fs.chmodSync(shared, 0o755);
  fs.chmodSync(open, 0o1777);
  assert.equal((await begin(empty, 'first')).code, 0);
  assert.equal(mode(empty), '700');
  for (const start of [1, 2]) {
    assert.equal((await begin(shared, `shop-${start}`)).code, 0, `start ${start}`);
    assert.equal(mode(shared), '755');
  }
  const refused = await begin(open, 'never');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /others may write to it/);
  assert.deepEqual([mode(open), fs.readdirSync(open)], ['1777', ['letters.txt']]);
});

test('migrate first, then serve', async () => {
  const { data, database, flags } = await nowhere();
  assert.equal((await florin('migrate', ...flags)).code, 0);
  const started = await Florin.start({ data, database });
  assert.equal((await started.pay('purchase', charge('1.00'))).status, 200);
  await started.stop();
});

test('a key is made only for scopes that some route asks for, and may do only that', async () => {  // D-PC-05
  const document = (await server.get('/openapi.json')).json;
  const asked = new Set(Object.values(document.paths).flatMap((path) => Object.values(path)).map((operation) => operation['x-required-scope']).filter(Boolean));
  const create = (scopes) => server.command('admin', 'api-key', 'create', '--merchant', test_merchant, '--scopes', scopes);
  const unknown = await create('payments:read payment:write');
  assert.equal(unknown.code, 1);
  assert.equal(unknown.out, '');
  assert.match(unknown.err, /--scopes: There is no scope payment:write; there are /);
  const known = new Set(unknown.err.match(/[a-z_]+:(read|write)|\*/g).slice(1));
  known.delete('*');
  assert.deepEqual([...known].sort(), [...asked].sort(), 'the command knows the routes\' scopes');
  for (const scopes of ['', 'admin', 'payments', 'payments:*', 'Payments:read']) assert.equal((await create(scopes)).code, 1, scopes);
  for (const scope of asked) {
    const key = (await create(scope)).out.trim();
    for (const [target, operations] of Object.entries(document.paths)) {
      const operation = operations.get;
      if (!operation?.['x-required-scope'] || target.includes('{')) continue;
      const answer = await server.get(target, { key });
      if (operation['x-required-scope'] === scope) assert.notEqual(answer.status, 403, `${scope} ${target}`);
      else assert.equal(answer.json.code, 'missing_scope', `${scope} ${target}`);
    }
  }
  const all = (await create('*')).out.trim();
  for (const [target, operations] of Object.entries(document.paths)) {
    if (!operations.get?.['x-required-scope'] || target.includes('{')) continue;
    assert.notEqual((await server.get(target, { key: all })).status, 403, target);
  }
});

test('every command works while a server has the data and while none has', async () => {
  const { data, database, flags } = await nowhere();
  const commands = [['keys', 'list'], ['keys', 'rotate'], ['keys', 'create'], ['admin', 'merchant', 'list'], ['audit', 'verify'], ['ledger', 'check'], ['doctor']];
  assert.equal((await florin('keys', 'create', ...flags)).code, 0, 'before the first start');
  const running = await Florin.start({ data, database });
  assert.equal((await running.pay('purchase', charge('1.00'))).status, 200);
  for (const words of commands) {
    const done = await florin(...words, ...flags);
    assert.equal(done.code, 0, `${words.join(' ')} with a server: ${done.out}${done.err}`);
  }
  await running.stop();
  for (const words of commands) {
    const done = await florin(...words, ...flags);
    assert.equal(done.code, 0, `${words.join(' ')} without a server: ${done.out}${done.err}`);
  }
  assert.match((await florin('admin', 'merchant', 'list', ...flags)).out, new RegExp(`^${test_merchant}\\t`));
});

test('what only looks makes no installation where there is none, and finds none in order', async () => {
  const { data, database, flags } = await nowhere();
  const id = '01a1fd75-f5d8-725b-92e9-08e5a6f3296d';
  for (const words of [['keys', 'list'], ['keys', 'rotate'], ['admin', 'merchant', 'list'], ['admin', 'api-key', 'list', '--merchant', 'shop'],
    ['admin', 'api-key', 'create', '--merchant', 'shop'], ['admin', 'api-key', 'revoke', '--merchant', 'shop', id], ['audit', 'verify'], ['ledger', 'check']]) {
    const refused = await florin(...words, ...flags);
    assert.deepEqual([refused.code, refused.out], [1, ''], words.join(' '));
    assert.match(refused.err, /no_installation/, words.join(' '));
  }
  assert.ok(!fs.existsSync(data));
  if (database) assert.equal(await tables(database), '0');
  const made = await florin('admin', 'merchant', 'create', 'shop', ...flags);
  assert.deepEqual([made.code, made.out], [0, 'shop\n'], made.err);
  assert.equal((await florin('admin', 'api-key', 'create', '--merchant', 'shop', ...flags)).code, 0);
});

test('who may not look into the data directory is told so', { skip: process.getuid() !== 0 && 'only root can ask as somebody else' }, async () => {
  const data = path.join(temporary_folder(), 'data');
  assert.equal((await florin('migrate', '--data', data)).code, 0);
  const copy = path.join(temporary_folder(), 'florin');
  fs.copyFileSync(binary, copy);
  for (const file of [copy, path.dirname(copy), path.dirname(data)]) fs.chmodSync(file, 0o755);
  for (const words of [['doctor'], ['admin', 'merchant', 'list'], ['keys', 'create'], ['serve', '--listen', '127.0.0.1:0'], ['migrate']]) {
    const refused = await run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', copy, ...words, '--data', data]);
    assert.equal(refused.code, 1, `${words.join(' ')}: ${refused.err}`);
    assert.match(refused.out + refused.err, words[0] === 'doctor' ? /problem .*\n +mend: / : /Permission denied \((data_directory|key_ring)/, words.join(' '));
  }
});

test('who makes a merchant is told every connector that there is', async () => {
  const { out } = await florin('admin', 'merchant', 'create', '--help');
  const known = fs.readdirSync(path.join(top, 'src/connectors')).filter((name) => !['sendgrid', 'smtp', 'salesforce'].includes(name));
  assert.equal(known.length, 6);
  const refused = await florin('admin', 'merchant', 'create', 'shop', '--connector', 'paper', '--data', path.join(temporary_folder(), 'data'));
  for (const name of known) {
    assert.ok(out.includes(name), `${name} is missing: ${out}`);
    assert.ok(refused.err.includes(name), `${name} is missing: ${refused.err}`);
  }
});

test('a word or flag that is not known is named, with those that are', async () => {
  for (const [words, ...said] of [
    [[], 'Name a command', 'serve', 'florin --help'],
    [['serv'], 'serv;', 'serve', 'florin --help'],
    [['admin', 'merchant', 'creat', 'shop'], 'creat;', 'create, list', 'florin admin merchant --help'],
    [['serve', '--dta', 'here'], '--dta;', '--data', 'florin serve --help'],
    [['keys', 'list', 'all'], 'all', 'florin keys list --help'],
    [['admin', 'api-key', 'list'], '--merchant is required', 'florin admin api-key list --help'],
    [['serve', '--listen', 'localhost:80'], '--listen', '127.0.0.1:8480'],
    [['serve', '--sandbox', 'nowhere'], '--sandbox', 'http://'],
  ]) {
    const refused = await florin(...words);
    assert.deepEqual([refused.code, refused.out], [2, ''], words.join(' '));
    for (const part of said) assert.ok(refused.err.includes(part), `${words.join(' ')}: ${refused.err}`);
  }
});

test('a merchant\'s time zone is one that there is', async () => {
  for (const [zone, code] of [['Berlin', 1], ['Mars/Olympus', 1], ['../../etc/passwd', 1], ['', 1], ['Europe/Berlin', 0], ['UTC', 0]]) {
    const made = await server.command('admin', 'merchant', 'create', fresh_key('zone').toLowerCase().replace(/[^a-z0-9]/g, ''), '--time-zone', zone);
    assert.equal(made.code, code, `${zone}: ${made.err}`);
    if (code) assert.match(made.err, /unknown_time_zone/);
  }
});

test('a rotated key\'s overlap is whole seconds, and while it lasts both keys are good', async () => {
  const rotate = (id, ...more) => server.command('admin', 'api-key', 'rotate', '--merchant', test_merchant, id, ...more);
  const old = await server.new_key(test_merchant);
  const listed = (await server.command('admin', 'api-key', 'list', '--merchant', test_merchant)).out.trim().split('\n').map((line) => line.split('\t'));
  const [id] = listed.sort((a, b) => a[3].localeCompare(b[3])).at(-1);
  for (const wrong of ['an hour', '3600s', '-1', '1.5', '99999999999', '']) {
    const refused = await rotate(id, '--overlap', wrong);
    assert.notEqual(refused.code, 0, wrong);
    assert.match(refused.err, /--overlap/, wrong);
  }
  assert.equal((await server.get('/api/v1/payments', { key: old })).status, 200);
  const fresh = await rotate(id, '--overlap', '600');
  assert.equal(fresh.code, 0, fresh.err);
  for (const key of [old, fresh.out.trim()]) assert.equal((await server.get('/api/v1/payments', { key })).status, 200);
  const none = await rotate('no-id');
  assert.deepEqual([none.code, none.out], [1, '']);
});

test('an address that is taken is said, by name, and nothing else is done', async () => {
  const port = new URL(server.origin).port;
  const { data, database, flags } = await nowhere();
  const second = await florin('serve', ...flags, '--listen', `127.0.0.1:${port}`);
  assert.equal(second.code, 1);
  assert.match(second.err, new RegExp(`127\\.0\\.0\\.1:${port}.*cannot_listen`));
  assert.ok(!/^listening on/m.test(second.out));
});

/// The value of a figure without labels, or with exactly these.
function figure(text, name, labels = '') {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}${labels} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('metrics tell what is open: unknown outcomes, dead letters, jobs that are due, open breakers', async () => {  // F150
  const read = async () => (await server.get('/api/v1/metrics', { key: null })).text;
  const quiet = await read();
  for (const name of ['florin_payments_unknown', 'florin_jobs_open', 'florin_jobs_oldest_due_age_seconds', 'florin_dead_letters', 'florin_outbox_waiting'])
    assert.notEqual(figure(quiet, name), undefined, name);
  assert.equal(figure(quiet, 'florin_dead_letters'), 0);
  for (const connector of ['authorize_net', 'bank_simulator']) assert.equal(figure(quiet, 'florin_connector_breaker_open', `{connector="${connector}"}`), 0);
  const described = fs.readFileSync(path.join(top, 'docs/reference/metrics.md'), 'utf8');
  for (const [, name] of quiet.matchAll(/^# TYPE (\S+)/gm)) assert.ok(described.includes(`\`${name}`), `docs/reference/metrics.md lacks ${name}`);

  await server.faults({ match: { provider: 'authorize_net' }, action: { kind: 'drop_after' } });
  const paid = await server.pay('purchase', charge('7.00'));
  assert.equal(paid.status, 202, paid.text);
  await eventually('it is counted', async () => figure(await read(), 'florin_payments_unknown') === 1);
  await server.faults();
  await server.settled(paid.json.transaction_id);
  await eventually('it is counted no longer', async () => figure(await read(), 'florin_payments_unknown') === 0);
});
