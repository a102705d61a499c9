// What becomes of the books when the disk is full, the file is damaged, locked or old, or files run out: the real
// binary on the embedded database. PostgreSQL's own troubles are tested beside its store.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, charge, engine, eventually, Florin, florin, fresh_key, minor, run, Sandbox, sql, temporary_folder } from '../support/florin.mjs';

const embedded_only = { skip: engine !== 'sqlite' && 'about the embedded database', timeout: 120_000 };
let sandbox;
before(async () => { if (engine === 'sqlite') sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') }); });
after(() => sandbox?.stop());

const start = (data = path.join(temporary_folder(), 'data'), more = {}) => Florin.start({ data, sandbox: sandbox.origin, ...more });
const truth_of = async (server, references) => (await server.truth()).filter((movement) => references.includes(movement.reference));

async function books_are_whole(server) {
  for (const words of [['ledger', 'check'], ['audit', 'verify']]) {
    const done = await server.command(...words);
    assert.equal(done.code, 0, `${words.join(' ')}: ${done.out}${done.err}`);
  }
}

/// The same requests again until each has a definite answer; every one that was approved has moved once, and no other.
async function come_to_their_ends(server, wishes) {
  for (const [idempotency_key, body] of wishes) {
    const answer = await eventually(`a definite answer to ${idempotency_key}`, async () => {
      const again = await server.pay('purchase', body, { idempotency_key });
      assert.ok([200, 202, 402, 429, 503].includes(again.status), again.text);
      return again.status === 200 && again;
    }, 60_000);
    const moved = await truth_of(server, [answer.json.reference_number]);
    assert.deepEqual(moved.map((movement) => movement.amount), [minor(body.amount)], idempotency_key);
  }
  await books_are_whole(server);
}

function can_mount() {
  const folder = temporary_folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'florin-test', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('on a full disk it refuses with 503, goes on reading, and needs no restart once there is room', {  // F103
  ...embedded_only, skip: embedded_only.skip || (!can_mount() && 'mounting a small disk needs more rights'),
}, async (context) => {
  const disk = temporary_folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'florin-test', disk]);
  context.after(() => execFileSync('umount', ['-l', disk]));
  const server = await start(path.join(disk, 'data'));
  context.after(() => server.kill());
  const paid = (await server.pay('purchase', charge('10.00'))).json;
  assert.equal(paid.status, 'settled');

  const filler = path.join(disk, 'filler');
  const file = fs.openSync(filler, 'w');
  const fill = () => {
    for (const size of [1 << 16, 1 << 12, 512]) {
      try {
        for (;;) fs.writeSync(file, Buffer.alloc(size, 1));
      } catch (error) {
        assert.equal(error.code, 'ENOSPC');
      }
    }
  };
  const wishes = new Map();
  const seen = {};
  for (let i = 0; !(seen[503] > 3); ++i) {
    assert.ok(i < 3_000, `it never ran out of room: ${JSON.stringify(seen)}`);
    fill();
    const [idempotency_key, body] = [fresh_key('full'), charge(`${1 + (i % 90)}.${String(i % 100).padStart(2, '0')}`)];
    const answer = await server.pay('purchase', body, { idempotency_key });
    seen[answer.status] = (seen[answer.status] ?? 0) + 1;
    assert.ok([200, 202, 503].includes(answer.status), answer.text);
    if (answer.status === 503) assert.equal(answer.json.code, 'storage_unavailable', answer.text);
    wishes.set(idempotency_key, body);
  }
  const read = await server.get(`/api/v1/transactions/${paid.transaction_id}`);
  assert.deepEqual([read.status, read.json.amount], [200, '10.00'], 'what is there can be read');
  assert.equal((await server.get('/api/v1/health/ready', { key: null })).status, 503, 'readiness says so');
  assert.equal((await server.get('/api/v1/health/live', { key: null })).status, 200, 'but it lives');

  fs.closeSync(file);
  fs.unlinkSync(filler);
  await eventually('it is ready again', async () => (await server.get('/api/v1/health/ready', { key: null })).status === 200);
  assert.ok(!server.has_ended, 'it is still the same process');
  const recent = [...wishes].slice(-20);
  await come_to_their_ends(server, recent);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('where files may not grow it refuses instead of dying', embedded_only, async (context) => {  // F103
  // As `ulimit -f` and LimitFSIZE= do it.
  const data = path.join(temporary_folder(), 'data');
  const first = await start(data);
  await first.stop();
  const server = await start(data);
  context.after(() => server.kill());
  const paid = (await server.pay('purchase', charge('10.00'))).json;
  const size = fs.statSync(path.join(data, 'florin.db')).size;
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${size + (1 << 20)}:unlimited`]);
  const wishes = [];
  await eventually('something is refused', async () => {
    if (server.has_ended) return true;
    const batch = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
      const [idempotency_key, body] = [fresh_key('limit'), charge(`${20 + i}.00`)];
      wishes.push([idempotency_key, body]);
      return server.pay('purchase', body, { idempotency_key }).catch(() => ({ status: 0 }));
    }));
    return batch.some((answer) => answer.status === 503);
  }, 90_000);
  assert.ok(!server.has_ended, 'it lives on');
  assert.equal((await server.get(`/api/v1/transactions/${paid.transaction_id}`)).status, 200);
  execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited:unlimited']);
  await eventually('it is ready again', async () => (await server.get('/api/v1/health/ready', { key: null })).status === 200);
  await come_to_their_ends(server, wishes.slice(-20));
});

test('while another program holds the database locked requests get 503 soon, and go on when it lets go', embedded_only, async (context) => {  // F108
  const server = await start();
  context.after(() => server.stop());
  const paid = (await server.pay('purchase', charge('10.00'))).json;
  const intruder = spawn('sqlite3', [path.join(server.data, 'florin.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => intruder.kill('SIGKILL'));
  let said = '';
  intruder.stdout.on('data', (part) => { said += part; });
  // The server has webhooks to work on: the lock may be its own at this moment.
  intruder.stdin.write('.timeout 5000\nPRAGMA wal_autocheckpoint = 0;\nBEGIN IMMEDIATE;\nSELECT \'locked\';\n');
  await eventually('the intruder has the lock', () => said.includes('locked'));
  const wish = [fresh_key('busy'), charge('20.00')];
  const began = Date.now();
  const refused = await server.pay('purchase', wish[1], { idempotency_key: wish[0] });
  assert.deepEqual([refused.status, refused.json.code], [503, 'storage_unavailable'], refused.text);
  assert.ok(Date.now() - began < 10_000, 'nobody waits for long');
  assert.equal((await server.get(`/api/v1/transactions/${paid.transaction_id}`)).status, 200, 'readers go on');
  intruder.stdin.end('ROLLBACK;\n');
  await new Promise((resolve) => intruder.on('close', resolve));
  await come_to_their_ends(server, [wish]);
});

/// A stopped server's folder with a few payments in it.
async function some_history() {
  const server = await start();
  const bought = (await server.pay('purchase', charge('40.00'))).json;
  for (let i = 0; i < 60; ++i) await server.pay('purchase', charge(`${10 + i}.00`));
  await server.stop();
  assert.ok(!fs.existsSync(path.join(server.data, 'florin.db-wal')), 'a stop leaves one file');
  return { server, bought };
}
function damaged_copy(server, damage) {
  const data = path.join(temporary_folder(), 'data');
  fs.cpSync(server.data, data, { recursive: true, filter: (source) => !source.endsWith('.sock') });
  const file = path.join(data, 'florin.db');
  const bytes = fs.readFileSync(file);
  damage(bytes);
  fs.writeFileSync(file, bytes);
  return data;
}

test('damaged pages of the books are found, and nothing dies of them', embedded_only, async () => {  // F105
  const { server } = await some_history();
  const page_size = Number(await sql(server, 'PRAGMA page_size'));
  const roots = (await sql(server, 'SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0')).split('\n').map((line) => line.split('|'));
  const cases = [['ledger_entries', ['ledger', 'check']], ['ledger_entries_by_account', ['ledger', 'check']], ['audit_log', ['audit', 'verify']]];
  for (const [name, words] of cases) {
    const root = Number(roots.find(([table]) => table === name)[1]);
    for (const [how, damage] of [
      ['zeroes', (page) => page.fill(0)],
      ['noise', (page) => { for (let i = 0; i < page.length; ++i) page[i] = (i * 167 + 13) & 255; }],
    ]) {
      const data = damaged_copy(server, (bytes) => damage(bytes.subarray((root - 1) * page_size, root * page_size)));
      const done = await florin(...words, '--data', data);
      assert.equal(done.code, 1, `${name}, ${how}: ${done.out}${done.err}`);
      assert.notEqual(done.err, '', 'it says why');
    }
  }
});

test('one flipped bit anywhere in the entries, or in the index that balances are read from, is found', embedded_only, async () => {  // F105
  const { server } = await some_history();
  const original = fs.readFileSync(path.join(server.data, 'florin.db'));
  const places = [];
  for (let at = original.indexOf('provider_clearing'); at >= 0; at = original.indexOf('provider_clearing', at + 1)) places.push(at);
  const seen_by_sqlite = async (data) => {
    const file = path.join(data, 'florin.db');
    const rows = await run('sqlite3', [file, 'PRAGMA integrity_check; SELECT * FROM ledger_entries']);
    return rows.out;
  };
  const whole = await seen_by_sqlite(server.data);
  const found = { entries: 0, index: 0 };
  for (let i = 0; i < places.length; i += 5) {
    // Of the account's name, and of what stands behind it: currency, moment, amount.
    for (const offset of [0, 31, 34]) {
      const data = damaged_copy(server, (bytes) => { bytes[places[i] + offset] ^= 1; });
      const seen = await seen_by_sqlite(data);
      // Old copies of rows lie in the unused parts of pages: nobody reads them.
      if (seen === whole) continue;
      const done = await florin('ledger', 'check', '--data', data);
      assert.equal(done.code, 1, `byte ${places[i] + offset}: ${done.out}${done.err}${seen.split('\n')[0]}`);
      ++found[/entry_altered/.test(done.err) ? 'entries' : 'index'];
    }
  }
  assert.ok(found.entries > 5 && found.index > 5, JSON.stringify(found));
});

test('a file that is no database is refused with a reason, and left as it is', embedded_only, async () => {  // F105
  const { server } = await some_history();
  for (const [why, damage] of [['no header', (bytes) => bytes.fill(7, 0, 100)], ['a schema of noise', (bytes) => bytes.fill(7, 100, 4096)]]) {
    const data = damaged_copy(server, damage);
    const file = path.join(data, 'florin.db');
    const before_start = fs.readFileSync(file);
    const started = await florin('serve', '--data', data, '--listen', '127.0.0.1:0', '--sandbox', sandbox.origin);
    assert.equal(started.code, 1, `${why}: ${started.err}`);
    assert.notEqual(started.err, '');
    assert.ok(before_start.equals(fs.readFileSync(file)), why);
  }
});

test('killed again and again while it sets up its first database, it starts in the end', embedded_only, async (context) => {  // F116, F100
  const data = path.join(temporary_folder(), 'data');
  for (let round = 0; round < 15; ++round) {
    const child = spawn(binary, ['serve', '--data', data, '--listen', '127.0.0.1:0', '--sandbox', sandbox.origin], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    // Not a wait for anything: where the kill falls is meant to be anywhere.
    await new Promise((resolve) => setTimeout(resolve, 1 + round * 6));
    child.kill('SIGKILL');
    await ended;
  }
  const server = await start(data);
  context.after(() => server.stop());
  assert.ok(server.key, 'the sandbox has its key');
  assert.equal((await server.pay('purchase', charge('10.00'))).status, 200);
  await books_are_whole(server);
});

test('an old copy that is put back asks what became of what it had sent, and sends nothing again', embedded_only, async (context) => {  // F117
  const server = await start();
  await server.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'latency', ms: 60_000 } });
  const idempotency_key = fresh_key('restored');
  const asked = server.pay('purchase', charge('77.00'), { idempotency_key }).catch(() => undefined);
  const reference = await eventually('the provider has taken it', async () => (await server.truth()).find((movement) => movement.amount === 7700)?.reference);
  await server.kill();
  await asked;
  await server.faults();
  const backup = path.join(temporary_folder(), 'data');
  fs.cpSync(server.data, backup, { recursive: true, filter: (source) => !source.endsWith('.sock') });
  for (const data of [server.data, backup]) {
    const again = await start(data);
    context.after(() => again.kill());
    const answer = await eventually('it has found out', async () => {
      const repeated = await again.pay('purchase', charge('77.00'), { idempotency_key });
      return repeated.status === 200 && repeated;
    }, 60_000);
    assert.deepEqual([answer.json.status, answer.json.reference_number], ['settled', reference]);
    assert.equal((await truth_of(again, [reference])).length, 1);
    await books_are_whole(again);
    await again.stop();
  }
});

test('a database of a newer program is refused and left alone', embedded_only, async () => {  // F116
  const server = await start();
  await server.stop();
  await sql(server, 'INSERT INTO schema_migrations SELECT 9999, \'future\', checksum, applied_at FROM schema_migrations LIMIT 1');
  const started = await florin('serve', '--data', server.data, '--listen', '127.0.0.1:0', '--sandbox', sandbox.origin);
  assert.equal(started.code, 1, started.err);
  assert.match(started.err, /9999|newer/);
});

test('when it has no files left it keeps its clients, and takes new ones when there are some again', embedded_only, async (context) => {  // F120
  const server = await start();
  context.after(() => server.kill());
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  context.after(() => agent.destroy());
  assert.equal((await server.pay('purchase', charge('10.00'), { agent })).status, 200);
  const open_now = fs.readdirSync(`/proc/${server.pid}/fd`).length;
  execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${open_now + 24}:4096`]);
  const { hostname, port } = new URL(server.origin);
  const idle = Array.from({ length: 100 }, () => {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => {});
    return socket;
  });
  context.after(() => idle.forEach((socket) => socket.destroy()));
  await eventually('no more files', () => fs.readdirSync(`/proc/${server.pid}/fd`).length >= open_now + 20);
  const idempotency_key = fresh_key('files');
  const known = await server.pay('purchase', charge('11.00'), { agent, idempotency_key });
  assert.ok([200, 202, 503].includes(known.status), known.text);
  idle.forEach((socket) => socket.destroy());
  await come_to_their_ends(server, [[idempotency_key, charge('11.00')], [fresh_key('files'), charge('12.00')]]);
  assert.ok(!server.has_ended);
});

test('many large bodies at once stay within bounds', embedded_only, async (context) => {  // F119
  const server = await start();
  context.after(() => server.stop());
  assert.equal((await server.pay('purchase', charge('10.00'))).status, 200);
  const { hostname, port } = new URL(server.origin);
  const head = `POST /api/v1/payments/purchase HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${server.key}\r\ncontent-type: application/json\r\ncontent-length: 262144\r\n\r\n`;
  const sockets = Array.from({ length: 300 }, () => {
    const socket = net.connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write(head + '{"metadata":{"a":"' + 'x'.repeat(200_000));
    return socket;
  });
  context.after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => eventually('it is sent', () => socket.writableLength === 0 || socket.destroyed)));
  const resident_kib = Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
  assert.ok(resident_kib < 400 * 1024, `${resident_kib} KiB for 300 bodies of 256 KiB`);
  assert.equal((await server.pay('purchase', charge('11.00'))).status, 200, 'others are served meanwhile');
  sockets.forEach((socket) => socket.destroy());
  const too_large = await server.post('/api/v1/payments/purchase', Buffer.alloc(262_145, 120));
  assert.equal(too_large.status, 413);
});
