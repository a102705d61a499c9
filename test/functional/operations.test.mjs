// Running it: the command line, start and stop, keys, TLS, and what finds altered records.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import {
  charge, engine, eventually, Florin, florin, fresh_database, fresh_key, minor, run, Sandbox, send, sql, start_florin, temporary_folder, test_merchant, visa,
} from '../support/florin.mjs';

let server;
before(async () => { server = await start_florin(); });
after(() => server?.stop());

test('every command explains itself, and what is unknown is refused with 2', async () => {
  const commands = [[], ['serve'], ['sandbox'], ['migrate'], ['doctor'], ['keys'], ['keys', 'list'], ['keys', 'rotate'], ['keys', 'create'], ['admin'],
    ['admin', 'merchant'], ['admin', 'merchant', 'create'], ['admin', 'merchant', 'list'], ['admin', 'api-key'], ['admin', 'api-key', 'create'],
    ['admin', 'api-key', 'list'], ['admin', 'api-key', 'revoke'], ['admin', 'api-key', 'rotate'], ['audit'], ['audit', 'verify'], ['ledger'], ['ledger', 'check']];
  for (const words of commands) {
    const help = await florin(...words, '--help');
    assert.deepEqual([help.code, help.err], [0, ''], words.join(' '));
    assert.match(help.out, /--help/);
    const unknown = await florin(...words, '--no-such-flag');
    assert.equal(unknown.code, 2, words.join(' '));
    assert.match(unknown.err, /no-such-flag|required|subcommand/);
  }
  for (const words of [['nothing'], ['serve', '--listen', 'nowhere'], ['serve', '--listen', '127.0.0.1:99999'], ['serve', '--roles', 'king'],
    ['serve', '--database', 'mysql://x'], ['serve', '--log-level', 'loud'], ['serve', '--config', '/no/such/file']]) {
    const refused = await florin(...words, ...(words[0] === 'serve' ? ['--data', path.join(temporary_folder(), 'd')] : []));
    assert.equal(refused.code, 2, words.join(' '));
    assert.notEqual(refused.err, '');
  }
  assert.match((await florin('--version')).out, /\d+\.\d+\.\d+/);
});

test('a configuration file is read; what it does not know is named', async () => {
  const refused = async (text) => {
    const file = path.join(temporary_folder(), 'florin.toml');
    fs.writeFileSync(file, text);
    const done = await florin('serve', '--config', file, '--data', path.join(temporary_folder(), 'd'));
    assert.equal(done.code, 2, text);
    return done.err;
  };
  assert.match(await refused('colour = "blue"\n'), /colour/);
  assert.match(await refused('[tls]\ncertificat = "x"\n'), /tls\.certificat/);
  assert.match(await refused('listen = 80\n'), /listen/);
  assert.match(await refused('listen = \n'), /./);
  assert.match(await refused('[tls]\ncertificate = "x"\n'), /tls/);
  // Passed over, these would serve without TLS, or pay in the sandbox.
  assert.match(await refused('tls = "certificate.pem"\n'), /tls: .*table/);
  assert.match(await refused('[[tls]]\ncertificate = "x"\n'), /tls: .*table/);
  assert.match(await refused('authorize_net = true\n'), /authorize_net: .*table/);
  assert.match(await refused('roles = ["api", 3]\n'), /roles/);
  assert.match(await refused('threads = 4000000000\n'), /--threads/);
  assert.match(await refused('drain_ms = 9000000000000000000\n'), /drain_ms/);
  assert.match(await refused('[limits]\nmerchant_requests_per_second = 9000000000000000000\n'), /merchant_requests_per_second/);
});

test('merchants and keys are made while the server runs; a key is printed alone and kept only as its hash', async () => {  // B-SE-05
  const made = await server.command('admin', 'merchant', 'create', 'night-shop');
  assert.deepEqual([made.code, made.out], [0, 'night-shop\n'], made.err);
  const again = await server.command('admin', 'merchant', 'create', 'night-shop');
  assert.notEqual(again.code, 0);
  assert.notEqual((await server.command('admin', 'merchant', 'create', 'Bad Name!')).code, 0);
  assert.notEqual((await server.command('admin', 'merchant', 'create', 'x-shop', '--currency', 'QQQ')).code, 0);
  assert.notEqual((await server.command('admin', 'merchant', 'create', 'y-shop', '--connector', 'no-such-bank')).code, 0, 'a connector that is not there');
  const key = await server.command('admin', 'api-key', 'create', '--merchant', 'night-shop', '--label', 'till 1', '--scopes', 'payments:read payments:write');
  assert.match(key.out, /^fk_[A-Za-z0-9_-]+\n$/);
  assert.equal((await server.pay('purchase', charge('4.00'), { key: key.out.trim() })).status, 200);
  const listed = await server.command('admin', 'api-key', 'list', '--merchant', 'night-shop');
  assert.match(listed.out, /till 1/);
  assert.ok(!listed.out.includes(key.out.trim()));
  assert.match((await server.command('admin', 'merchant', 'list')).out, /^night-shop\t\w+\tEUR\tactive\t\d+$/m);
  assert.notEqual((await server.command('admin', 'api-key', 'create', '--merchant', 'nobody')).code, 0);
  const trail = await server.get('/api/v1/audit', { key: await server.new_key('night-shop') });
  assert.ok(trail.json.data.some((record) => record.action === 'api_key.created'), 'it is in the audit');
});

test('who holds on to the admin socket does not keep the server from stopping', { timeout: 30_000 }, async () => {  // F121
  const own = await start_florin();
  const socket = net.connect(path.join(own.data, 'admin.sock'));
  await once(socket, 'connect');
  socket.on('error', () => {});
  const drip = setInterval(() => socket.write(' '), 100);
  assert.deepEqual(await own.stop(), { code: 0, signal: null });
  clearInterval(drip);
  socket.destroy();
});

test('every operation and every sensitive read leaves an audit record with who, what and from where', async () => {  // D-DM-04, D-PC-08, D-PC-09, D-PC-13, D-PC-14
  const headers = { 'x-correlation-id': fresh_key('audited'), 'user-agent': 'till/1.0' };
  const bought = (await server.pay('purchase', charge('10.00'), { headers })).json;
  await server.pay('refund', { transaction_id: bought.transaction_id, amount: '1.00' });
  const held = (await server.pay('authorize', charge('10.00'))).json;
  await server.pay('capture', { transaction_id: held.transaction_id, amount: '1.00' });
  const to_cancel = (await server.pay('authorize', charge('10.00'))).json;
  await server.pay('cancel', { transaction_id: to_cancel.transaction_id });
  await server.get(`/api/v1/payments/${bought.payment_id}`);
  const of = async (payment) => (await server.get(`/api/v1/audit?entity_type=payment&entity_id=${payment}`)).json.data;
  const [purchase] = (await server.get(`/api/v1/audit?correlation_id=${headers['x-correlation-id']}`)).json.data;
  for (const field of ['id', 'correlation_id', 'action', 'entity_type', 'entity_id', 'user_id', 'changes', 'ip_address', 'user_agent', 'created_at'])
    assert.ok(field in purchase, field);
  assert.deepEqual([purchase.entity_type, purchase.entity_id, purchase.ip_address, purchase.user_agent], ['payment', bought.payment_id, '127.0.0.1', 'till/1.0']);
  assert.match(purchase.user_id, /^key:/);
  assert.ok((await of(bought.payment_id)).length >= 2);
  assert.ok((await of(held.payment_id)).length >= 2);
  assert.ok((await of(to_cancel.payment_id)).length >= 2);
  await eventually('the read is in the trail', async () => (await of(bought.payment_id)).some((record) => /read/.test(record.action)), 10_000);
  const everything = JSON.stringify((await server.get('/api/v1/audit')).json);
  assert.ok(!everything.includes(visa.number));
});

test('events come in order, without a gap, each with its object\'s own sequence', async () => {  // design: Events
  const held = (await server.pay('authorize', charge('10.00'))).json;
  await server.pay('capture', { transaction_id: held.transaction_id, amount: '4.00' });
  await server.pay('capture', { transaction_id: held.transaction_id, amount: '6.00' });
  await server.pay('refund', { transaction_id: held.transaction_id, amount: '2.00' });
  const of_payment = await eventually('its events', async () => {
    const { json } = await server.get(`/api/v1/events?subject=${held.payment_id}`);
    return json.data.length >= 4 && json.data;
  });
  assert.deepEqual(of_payment.map((event) => event.sequence), of_payment.map((_, i) => String(i + 1)));
  for (const event of of_payment) {
    assert.equal(event.specversion, '1.0');
    for (const field of ['id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'data']) assert.ok(event[field], field);
    const read = await server.get(`/api/v1/events/${event.id}`);
    assert.deepEqual(read.json, event);
  }
  const positions = [];
  for (let after_position = 0, more = true; more;) {
    const { json } = await server.get(`/api/v1/events?limit=7&after=${after_position}`);
    positions.push(...json.data.map((event) => event.merchantposition));
    after_position = json.next_after;
    more = json.data.length > 0;
  }
  assert.deepEqual(positions, positions.map((_, i) => i + 1));
  const only = await server.get(`/api/v1/events?type=${of_payment[0].type}&limit=200`);
  assert.ok(only.json.data.every((event) => event.type === of_payment[0].type));
  for (const query of ['limit=0', 'limit=x', 'after=-1', 'after=x', 'colour=blue']) {
    assert.ok([400, 422].includes((await server.get(`/api/v1/events?${query}`)).status), query);
  }
});

test('the ledger has balanced entries for every movement, and its balances are what moved', async () => {  // design: Money trail
  const { key } = await server.new_merchant('books');
  const bought = (await server.pay('purchase', charge('10.00'), { key })).json;
  const held = (await server.pay('authorize', charge('20.00'), { key })).json;
  const taken = (await server.pay('capture', { transaction_id: held.transaction_id, amount: '5.55' }, { key })).json;
  const given = (await server.pay('refund', { transaction_id: bought.transaction_id, amount: '3.00' }, { key })).json;
  for (const transaction of [bought, taken, given]) {
    const { status, json } = await server.get(`/api/v1/ledger/transactions/${transaction.transaction_id}`, { key });
    assert.equal(status, 200);
    const amounts = json.entries.map((entry) => (entry.amount.startsWith('-') ? -minor(entry.amount.slice(1)) : minor(entry.amount)));
    assert.equal(amounts.reduce((sum, amount) => sum + amount, 0), 0);
    assert.ok(amounts.some((amount) => amount === minor(transaction.amount)));
  }
  const { json } = await server.get('/api/v1/ledger/balances', { key });
  const clearing = json.balances.find((balance) => balance.account === 'provider_clearing:authorize_net');
  assert.deepEqual([clearing.balance, clearing.currency], ['12.55', 'EUR']);
  assert.equal(json.balances.reduce((sum, balance) => sum + balance.balance_minor, 0), 0);
});

test('the sandbox\'s record and the books agree on all that was done so far', async () => {
  const truth = await server.truth();
  let moved = 0, booked = 0;
  for (const movement of truth) {
    if (movement.currency !== 'EUR') continue;
    if (['purchase', 'capture'].includes(movement.type)) moved += movement.amount;
    if (movement.type === 'refund') moved -= movement.amount;
  }
  for (const merchant of [test_merchant, 'night-shop', 'books']) {
    const key = merchant === test_merchant ? server.key : await server.new_key(merchant);
    const { json } = await server.get('/api/v1/ledger/balances', { key });
    for (const balance of json.balances) if (balance.account.startsWith('provider_clearing') && balance.currency === 'EUR') booked += balance.balance_minor;
  }
  assert.equal(booked, moved);
});

test('keys for fields rotate while the server runs; cards stored before still pay', async () => {  // F129, D-DE-08
  const stored = (await server.post('/api/v1/payment_methods', { card: visa })).json;
  const held = (await server.pay('authorize', charge('10.00'))).json;
  assert.equal((await server.pay('capture', { transaction_id: held.transaction_id, amount: '1.00' })).status, 200);
  const before_rotation = (await server.command('keys', 'list')).out.trim().split('\n');
  const rotated = await server.command('keys', 'rotate');
  assert.equal(rotated.code, 0, rotated.err);
  const listed = (await server.command('keys', 'list')).out.trim().split('\n');
  assert.equal(listed.length, before_rotation.length + 1);
  assert.equal(listed.filter((line) => /\tactive$/.test(line)).length, 1);
  const pay = () => server.pay('purchase', { amount: '5', currency: 'EUR', payment_method_token: stored.payment_method_token });
  assert.equal((await pay()).status, 200);
  assert.equal((await server.pay('capture', { transaction_id: held.transaction_id, amount: '1.00' })).status, 200, 'a second capture uses the sealed token');
  assert.equal((await server.post('/api/v1/payment_methods', { card: visa })).status, 201);
});

test('it starts with a working ring after a rotation; without its key file it does not start at all', async () => {  // F132
  const data = path.join(temporary_folder(), 'data');
  const database = await fresh_database();
  const sandbox = await Sandbox.start();
  let own = await Florin.start({ data, database, sandbox: sandbox.origin });
  const stored = (await own.post('/api/v1/payment_methods', { card: visa })).json;
  assert.equal((await own.command('keys', 'rotate')).code, 0);
  await own.stop();
  own = await Florin.start({ data, database, sandbox: sandbox.origin });
  const paid = await own.pay('purchase', { amount: '5', currency: 'EUR', payment_method_token: stored.payment_method_token });
  assert.equal(paid.status, 200, paid.text);
  await own.stop();
  fs.renameSync(path.join(data, 'keys.json'), path.join(data, 'keys.json.away'));
  if (engine === 'sqlite') {
    const started = await florin('serve', '--data', data, '--listen', '127.0.0.1:0', '--sandbox', sandbox.origin);
    assert.equal(started.code, 1);
    assert.match(started.err, /key/);
    const looked = await florin('doctor', '--data', data);
    assert.equal(looked.code, 1);
    assert.match(looked.out, /problem.*keys\.json/);
  }
  await sandbox.stop();
});

test('a second process on the same data directory is refused; the first goes on', { skip: engine !== 'sqlite' && 'the lock is the embedded database\'s' }, async () => {  // F107
  const second = await florin('serve', '--data', server.data, '--listen', '127.0.0.1:0');
  assert.equal(second.code, 1);
  assert.notEqual(second.err, '');
  assert.equal((await server.pay('purchase', charge('3.00'))).status, 200);
  const migrated = await florin('migrate', '--data', server.data);
  assert.notEqual(migrated.code, 0, 'nor may migrate come in');
});

test('doctor says what is well and what is not, each problem with its mend', async () => {  // A-NF-01, A-RK-03
  const well = await server.command('doctor');
  assert.equal(well.code, 0, well.out);
  fs.chmodSync(path.join(server.data, 'keys.json'), 0o644);
  const ill = await server.command('doctor');
  fs.chmodSync(path.join(server.data, 'keys.json'), 0o600);
  assert.equal(ill.code, 1);
  assert.match(ill.out, /problem.*keys\.json[^]*mend: chmod 600/);
});

test('migrate may be called at any time, and says where the schema stands', async () => {
  const data = path.join(temporary_folder(), 'data');
  const database = await fresh_database();
  const words = ['migrate', '--data', data, ...(database ? ['--database', database] : [])];
  const first = await florin(...words);
  assert.match(first.out, /^schema \d+, was 0\n$/, first.err);
  const second = await florin(...words);
  assert.equal(second.out, first.out.replace('was 0', `was ${/schema (\d+)/.exec(first.out)[1]}`));
});

async function certificate(days = 2) {
  const folder = temporary_folder();
  const [key, file] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
  const made = await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', file, '-days', String(days),
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']);
  assert.equal(made.code, 0, made.err);
  fs.chmodSync(key, 0o600);
  return { key, file };
}

test('doctor finds what is wrong with the TLS files, as a start would, and tells when the certificate ends', async () => {
  const [good, other, brief] = [await certificate(100), await certificate(100), await certificate(2)];
  const data = path.join(temporary_folder(), 'data');
  const look = async (file, key) => {
    const config = path.join(temporary_folder(), 'florin.toml');
    fs.writeFileSync(config, `[tls]\ncertificate = "${file}"\nkey = "${key}"\n`);
    return florin('doctor', '--data', data, '--config', config);
  };
  const sound = await look(good.file, good.key);
  assert.equal(sound.code, 0, sound.out);
  assert.match(sound.out, /ok +TLS certificate until \d{4}-/);
  for (const [why, file, key] of [['another key', good.file, other.key], ['swapped', good.key, good.file], ['not there', '/no/such.pem', good.key]]) {
    const looked = await look(file, key);
    assert.equal(looked.code, 1, why);
    assert.match(looked.out, /problem +TLS: [^]*mend: /, why);
  }
  const soon = await look(brief.file, brief.key);
  assert.equal(soon.code, 1);
  assert.match(soon.out, /problem +the TLS certificate ends at .*\n +mend: renew it/);
});

test('with a certificate it speaks TLS 1.3 and nothing older', async () => {  // D-PC-06, X-18, B-SE-02, B-PL-14, A-NF-04
  const { key, file } = await certificate();
  const secure = await start_florin({ config: `[tls]\ncertificate = "${file}"\nkey = "${key}"\n` });
  try {
    assert.match(secure.origin, /^https:/);
    secure.agent = undefined;
    const paid = await secure.pay('purchase', charge('6.00'), { tls: { ca: fs.readFileSync(file) } });
    assert.equal(paid.status, 200, paid.text);
    const { port } = new URL(secure.origin);
    const connect = (version) => new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port, ca: fs.readFileSync(file), minVersion: version, maxVersion: version }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on('error', reject);
    });
    assert.equal(await connect('TLSv1.3'), 'TLSv1.3');
    await assert.rejects(connect('TLSv1.2'));
    const plain = await send(secure.origin.replace('https', 'http'), 'GET', '/api/v1/health').then(() => 'answered', () => 'refused');
    assert.equal(plain, 'refused');
  } finally {
    await secure.stop();
  }
});

test('when it cannot serve it says why and ends with 1, every time', async () => {
  const folder = temporary_folder();
  const file = path.join(folder, 'x.pem');
  fs.writeFileSync(file, 'no certificate', { mode: 0o600 });
  const config = path.join(folder, 'florin.toml');
  fs.writeFileSync(config, `[tls]\ncertificate = "${file}"\nkey = "${file}"\n`);
  const place = ['--data', path.join(folder, 'd'), '--sandbox', server.sandbox];
  for (let round = 0; round < 12; ++round) {
    const certificate_is_none = await florin('serve', ...place, '--listen', '127.0.0.1:0', '--config', config);
    assert.equal(certificate_is_none.code, 1, certificate_is_none.err);
    assert.match(certificate_is_none.err, /bad_certificate/);
    const port_is_taken = await florin('serve', ...place, '--listen', new URL(server.origin).host);
    assert.equal(port_is_taken.code, 1, port_is_taken.err);
    assert.match(port_is_taken.err, /cannot_listen/);
  }
});

test('on SIGTERM it finishes what is in flight, takes nothing new and ends with 0', async () => {  // F121
  const own = await start_florin();
  await own.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'latency', ms: 1_000 } });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 40 });
  const in_flight = Array.from({ length: 40 }, (_, i) => own.pay('purchase', charge('7.00'), { agent, idempotency_key: fresh_key(`term-${i}`) })
    .then((answer) => answer, (failure) => ({ failure })));
  await eventually('all of them are at the provider', async () => {
    const { json } = await send(own.sandbox, 'GET', '/sandbox/calls?limit=200');
    return json.calls.length >= 40;
  });
  const asked_at = Date.now();
  const stopping = own.stop();
  const answers = await Promise.all(in_flight);
  for (const answer of answers) assert.equal(answer.status, 200, answer.failure?.message ?? answer.text);
  await assert.rejects(send(own.origin, 'GET', '/api/v1/health'));
  assert.deepEqual(await stopping, { code: 0, signal: null });
  assert.ok(Date.now() - asked_at < 30_000);
  agent.destroy();
});

test('after a restart everything is there, under the same key', async () => {
  const data = path.join(temporary_folder(), 'data');
  const database = await fresh_database();
  const sandbox = await Sandbox.start();
  const first = await Florin.start({ data, database, sandbox: sandbox.origin });
  const bought = await first.pay('purchase', charge('8.00'), { idempotency_key: 'before-restart' });
  await first.stop();
  const second = await Florin.start({ data, database, sandbox: sandbox.origin });
  assert.equal(second.key, first.key);
  const again = await second.pay('purchase', charge('8.00'), { idempotency_key: 'before-restart' });
  assert.deepEqual([again.status, again.text], [200, bought.text]);
  if (engine === 'sqlite') {
    await eventually('the index of keys is in memory', async () => (await second.get('/api/v1/metrics', { key: null })).text.includes('\nflorin_warm_up_done 1\n'));
    // Lines are written behind the metric's back.
    await eventually('the log says how many', () => second.log.some((line) => line.includes('warm_up.done') && line.includes('"idempotency_keys":1')));
  }
  await second.stop();
  await sandbox.stop();
});

test('roles narrow what a process does', async () => {  // C-FR-06, A-NF-08
  const api = await start_florin({ flags: ['--roles', 'api'] });
  assert.equal((await api.pay('purchase', charge('3.00'))).status, 200);
  assert.deepEqual(await api.stop(), { code: 0, signal: null });
});

/// A stopped server with some history, for tampering.
async function history() {
  const own = await start_florin();
  for (const amount of ['10.00', '20.00', '30.00']) await own.pay('purchase', charge(amount));
  const bought = (await own.pay('purchase', charge('40.00'))).json;
  await own.pay('refund', { transaction_id: bought.transaction_id, amount: '5.00' });
  for (const words of [['audit', 'verify'], ['ledger', 'check']]) {
    const done = await own.command(...words);
    assert.equal(done.code, 0, `while it runs: ${done.err}`);
  }
  await own.stop();
  for (const words of [['audit', 'verify'], ['ledger', 'check']]) {
    const done = await own.command(...words);
    assert.equal(done.code, 0, `when it has stopped: ${done.err}`);
  }
  return { own, bought };
}

test('one altered byte of an audit record is found and named', async () => {  // F148, D-PC-11
  const { own, bought } = await history();
  const where = `entity_id = '${bought.payment_id}'`;
  // Only these say the amount: the others are not altered by the statement.
  const with_amount = `${where} AND changes LIKE '%40.00%'`;
  const cases = [
    ['who did it', where, `UPDATE audit_log SET user_id = user_id || 'x' WHERE ${where}`],
    ['the changes', with_amount, `UPDATE audit_log SET changes = replace(changes, '40.00', '49.00') WHERE ${with_amount}`],
    ['from where', where, `UPDATE audit_log SET ip_address = '127.0.0.2' WHERE ${where}`],
    ['when', where, `UPDATE audit_log SET created_at = created_at + 1 WHERE ${where}`],
    ['a record cut out', where, `DELETE FROM audit_log WHERE ${where}`],
  ];
  for (const [what, altered, statement] of cases) {
    const rows = await sql(own, `SELECT sequence FROM audit_log WHERE ${altered} ORDER BY sequence`);
    assert.notEqual(rows, '', what);
    const copy = engine === 'postgres' ? await copy_of_database(own) : copy_of_folder(own);
    await sql(copy, statement);
    const done = await own.command.call(copy, 'audit', 'verify');
    assert.equal(done.code, 1, `${what}: ${done.out}`);
    assert.match(done.err, new RegExp(`sequence=${rows.split('\n')[0]}\n`), `${what} names the first bad record: ${done.err}`);
  }
});

test('one altered byte of a ledger entry is found and named', async () => {  // F105
  const { own, bought } = await history();
  const id_column = engine === 'postgres' ? `journal_id = '${bought.transaction_id}'` : `journal_id = x'${bought.transaction_id.replaceAll('-', '')}'`;
  const cases = [
    ['an amount', `UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE ${id_column} AND leg = 0`],
    ['both amounts, still balanced', `UPDATE ledger_entries SET amount_minor = amount_minor * 2 WHERE ${id_column}`],
    ['an account', `UPDATE ledger_entries SET account = account || 'x' WHERE ${id_column} AND leg = 1`],
    ['a moment', `UPDATE ledger_entries SET posted_at = posted_at + 1 WHERE ${id_column} AND leg = 1`],
    ['an entry cut out', `DELETE FROM ledger_entries WHERE ${id_column} AND leg = 1`],
    ['a journal cut out', `DELETE FROM ledger_entries WHERE ${id_column}`],
  ];
  for (const [what, statement] of cases) {
    const copy = engine === 'postgres' ? await copy_of_database(own) : copy_of_folder(own);
    await sql(copy, statement);
    const done = await own.command.call(copy, 'ledger', 'check');
    assert.equal(done.code, 1, `${what}: ${done.out}`);
    if (what !== 'a journal cut out') assert.ok(done.err.includes(bought.transaction_id), `${what}: ${done.err}`);
  }
});

function copy_of_folder(own) {
  const data = path.join(temporary_folder(), 'data');
  fs.cpSync(own.data, data, { recursive: true, filter: (source) => !source.endsWith('.sock') });
  return { data };
}
async function copy_of_database(own) {
  const database = await fresh_database();
  const dump = path.join(temporary_folder(), 'dump.sql');
  for (const [program, args] of [['pg_dump', [own.database, '-f', dump]], ['psql', [database, '-q', '-v', 'ON_ERROR_STOP=1', '-f', dump]]]) {
    const done = await run(program, args);
    assert.equal(done.code, 0, done.err);
  }
  return { data: own.data, database };
}
