// Keys that are rotated, lost or put back, and what may be read where: the real binary, its files and its answers.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  charge, declined_card, engine, eventually, Florin, fresh_database, fresh_key, run, Sandbox, temporary_folder, visa,
} from '../support/florin.mjs';

let sandbox;
before(async () => { sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') }); });
after(() => sandbox?.stop());

const start = (place, more = {}) => Florin.start({ ...place, sandbox: sandbox.origin, ...more });
const new_place = async () => ({ data: path.join(temporary_folder(), 'data'), database: await fresh_database() });
const pay_with = (server, stored, amount = '5.00') =>
  server.pay('purchase', { amount, currency: 'EUR', payment_method_token: stored.payment_method_token });

/// Everything that the database keeps, as text and as bytes.
async function all_that_rests(server) {
  const parts = [];
  if (server.database) {
    const dump = await run('pg_dump', [server.database, '--inserts']);
    assert.equal(dump.code, 0, dump.err);
    parts.push(dump.out);
  }
  for (const file of fs.readdirSync(server.data, { recursive: true, withFileTypes: true })) {
    if (file.isFile() && !file.name.endsWith('keys.json') && file.name !== 'sandbox-api-key')
      parts.push(fs.readFileSync(path.join(file.parentPath ?? file.path, file.name)).toString('latin1'));
  }
  assert.ok(parts.join('').length > 10_000, 'there is something to look at');
  return parts.join('\n');
}

test('killed at any moment of a rotation it still opens all that it sealed', { timeout: 120_000 }, async (context) => {  // F129
  const place = await new_place();
  let server = await start(place);
  context.after(() => server.kill());
  const stored = [];
  for (let round = 0; round < 8; ++round) {
    const made = await server.post('/api/v1/payment_methods', { card: visa });
    assert.equal(made.status, 201, made.text);
    stored.push(made.json);
    const rotating = server.command('keys', 'rotate');
    // Not a wait for anything: where the kill falls is meant to be anywhere.
    await new Promise((resolve) => setTimeout(resolve, round * 9));
    await server.kill();
    await rotating;
    server = await start(place);
    for (const method of stored) {
      const paid = await pay_with(server, method);
      assert.equal(paid.status, 200, `round ${round}: ${paid.text}`);
    }
  }
  const listed = await server.command('keys', 'list');
  assert.equal(listed.out.trim().split('\n').filter((line) => /\tactive$/.test(line)).length, 1, 'one key seals');
});

test('a key that was destroyed too early costs what it sealed and nothing else, and comes back with its backup', { skip: engine !== 'sqlite' && 'there the database has the ring' }, async (context) => {  // F130
  const place = await new_place();
  let server = await start(place);
  context.after(() => server.kill());
  const old = (await server.post('/api/v1/payment_methods', { card: visa })).json;
  assert.equal((await server.command('keys', 'rotate')).code, 0);
  const young = (await server.post('/api/v1/payment_methods', { card: visa })).json;
  await server.stop();
  const file = path.join(place.data, 'keys.json');
  const whole = fs.readFileSync(file, 'utf8');
  const ring = JSON.parse(whole);
  ring.keys = ring.keys.filter((key) => key.status === 'active');
  fs.writeFileSync(file, JSON.stringify(ring));
  server = await start(place);
  const unreadable = await pay_with(server, old, '6.00');
  assert.deepEqual([unreadable.status, unreadable.json.code], [503, 'stored_card_unreadable'], unreadable.text);
  assert.equal((await pay_with(server, young, '7.00')).status, 200, 'what lies under the other key is fine');
  assert.equal((await server.pay('purchase', charge('8.00'))).status, 200);
  assert.ok(!(await server.truth()).some((movement) => movement.amount === 600), 'nothing was charged');
  await server.stop();
  fs.writeFileSync(file, whole);
  server = await start(place);
  assert.equal((await pay_with(server, old, '6.00')).status, 200);
});

test('of a card rest the last four digits, the brand and the expiry, one truncation and no other', async (context) => {  // F147, D-PC-12, D-PC-04, D-DE-07, C-IM-03, B-SE-01
  const place = await new_place();
  const server = await start(place);
  context.after(() => server.kill());
  const number = '5555341244441115';
  const card = { ...visa, number, name: 'Grace Brewster Hopper' };
  const stored = (await server.post('/api/v1/payment_methods', { card, customer_id: 'c-1' })).json;
  const answers = [
    await server.pay('purchase', charge('10.00', { card })), await pay_with(server, stored), await server.pay('purchase', charge('9.00', { card: { ...card, number: declined_card.number } })),
    await server.get(`/api/v1/payment_methods/${stored.payment_method_token}`), await server.get('/api/v1/payments'),
    await server.get('/api/v1/events?limit=200'), await server.get('/api/v1/audit'),
  ];
  const created = (await server.post('/create-payment', { merchantId: 'test-merchant' }, { key: null })).json.paymentId;
  await server.post('/make-payment', {
    paymentId: created, merchantId: 'test-merchant', cardNumber: number, expiryYear: 2035, expiryMonth: 12, currency: 'EUR', amount: 50,
    cardName: 'Grace Brewster Hopper', billingAddress: '77 Merenda Street', cvv: '739',
  }, { key: null });
  const shown = answers.map((answer) => answer.text).join('\n');
  assert.ok(shown.includes('1115'), 'the last four are shown');
  // What the provider calls the card, by its own books: it must not rest here in the open.
  const request = { getCustomerProfileIdsRequest: { merchantAuthentication: { name: 'sandboxLogin', transactionKey: 'sandboxKey123456' } } };
  const known = await (await fetch(`${sandbox.origin}/xml/v1/request.api`, { method: 'POST', body: JSON.stringify(request) })).text();
  const tokens = [...known.matchAll(/"(\d{6,})"/g)].map((match) => match[1]);
  assert.ok(tokens.length > 0, 'the provider has given tokens');
  await server.stop();
  const resting = `${await all_that_rests(server)}\n${server.log.join('\n')}`;
  for (const text of [shown, resting]) {
    // Fewer digits than that are somewhere in all those ids and hashes by chance.
    for (let length = 9; length <= number.length; ++length) {
      assert.ok(!text.includes(number.slice(0, length)), `the first ${length} digits`);
      assert.ok(!text.includes(number.slice(-length)), `the last ${length} digits`);
    }
  }
  for (const personal of ['Grace Brewster Hopper', '77 Merenda Street', ...tokens])
    assert.ok(!resting.includes(personal), `${personal} rests in the open`);
});

test('no secret is told: not by doctor, not by errors, not by the metrics, not by the log', async (context) => {  // F149, B-SE-06, A-RK-10
  const folder = temporary_folder();
  const secret = 'Tr4nsactionKeyOfNobody7';
  const key_file = path.join(folder, 'transaction-key');
  fs.writeFileSync(key_file, `${secret}\n`, { mode: 0o600 });
  const config = `[authorize_net]\nlogin = "login-of-nobody"\ntransaction_key_file = "${key_file}"\nbase_url = "http://127.0.0.1:9"\n`;
  const place = await new_place();
  const server = await Florin.start({ ...place, config, flags: ['--log-level', 'debug'] });
  context.after(() => server.kill());
  const config_file = path.join(folder, 'florin.toml');
  fs.writeFileSync(config_file, config, { mode: 0o600 });
  const merchant = await server.new_merchant('real-shop');
  const answers = [
    await server.pay('purchase', charge('10.00'), { key: merchant.key }), await server.get('/api/v1/metrics', { key: null }), await server.get('/api/v1/health', { key: null }),
    await server.get('/openapi.json', { key: null }), await server.get('/api/v1/payments', { key: `${merchant.key}x` }),
    await server.post('/api/v1/payments/purchase', '{"card":{"number":"4111111111111111","cvv":"739"}', { key: merchant.key }),
    await server.get(`/api/v1/payments?limit=${secret}`, { key: merchant.key }),
  ];
  assert.ok([202, 503].includes(answers[0].status), answers[0].text);
  const doctor = await server.command('doctor', '--config', config_file);
  const listed = [await server.command('keys', 'list'), await server.command('admin', 'api-key', 'list', '--merchant', 'real-shop')];
  await server.stop();
  const ring = JSON.parse(fs.readFileSync(path.join(place.data, 'keys.json'), 'utf8'));
  const secrets = [merchant.key, ring.purpose_secret, ...ring.keys.map((key) => key.secret)];
  const told = [...answers.map((answer) => answer.text), doctor.out, doctor.err, ...listed.flatMap((one) => [one.out, one.err]), server.log.join('\n')].join('\n');
  for (const one of secrets) assert.ok(one.length > 20 && !told.includes(one), 'a key is told');
  // The query that had it was the client's own doing: not even that is repeated by the answer or the log.
  assert.ok(!told.includes(secret), told.split('\n').find((line) => line.includes(secret)));
  assert.ok(!/\/work\/|\.cpp|SELECT |INSERT /.test(answers.map((answer) => answer.text).join('\n')), 'nor how it is built');
});

test('a crash leaves no core file with what requests had brought', async (context) => {  // F145, A-RK-12
  const server = await start(await new_place());
  context.after(() => server.stop());
  const limits = fs.readFileSync(`/proc/${server.pid}/limits`, 'utf8');
  assert.match(limits, /^Max core file size +0 +0 /m);
});

test('what a client writes stays inside its log line', async (context) => {  // F144
  const server = await start(await new_place(), { flags: ['--log-level', 'debug'] });
  context.after(() => server.stop());
  const nasty = '"}\\n{"level":"error","event":"forged"} \u2028';
  await server.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' }, count: 1 });
  const lost = await server.pay('purchase', charge('10.00', { customer_id: nasty, metadata: { note: nasty } }),
    { headers: { 'x-correlation-id': 'a"}{"event":"forged"', 'user-agent': '"} {"event":"forged"}' } });
  assert.ok([202, 422].includes(lost.status), lost.text);
  if (lost.status === 422) assert.equal((await server.pay('purchase', charge('10.00', { metadata: { note: nasty } }))).status, 202);
  await server.get(`/api/v1/payments/${encodeURIComponent('\r\n{"level":"error","event":"forged"}')}`);
  await eventually('there is a log', () => server.log.some((line) => /payment\.settled|webhook\.processed/.test(line)));
  for (const line of server.log) assert.notEqual(JSON.parse(line).event, 'forged', line);
});

test('whatever octets a client names itself by, it is served, and its record can be read', async (context) => {  // F144, F143
  const server = await start(await new_place());
  context.after(() => server.kill());
  for (const name of ['caf\u00e9', 'a\xff', 'cut \xc3', `${'x'.repeat(199)}\u00e9\u00e9`]) {
    // Node sends each of these characters as one octet, which is no UTF-8.
    const headers = { 'user-agent': name };
    const paid = await server.pay('purchase', charge('10.00'), { headers });
    assert.equal(paid.status, 200, paid.text);
    assert.equal((await server.get(`/api/v1/payments/${paid.json.payment_id}`, { headers })).status, 200);
    assert.equal((await server.post('/api/v1/customers', { name: 'Octets' }, { headers })).status, 201);
    const records = await eventually('both are in the trail', async () => {
      const { json } = await server.get(`/api/v1/audit?entity_type=payment&entity_id=${paid.json.payment_id}`);
      return json.data.length >= 2 && json.data;
    });
    for (const record of records) assert.match(record.user_agent, /^(caf|a|cut |x+)[\ufffd\u2026]/);
  }
  assert.equal((await server.command('audit', 'verify')).code, 0);
});

test('the program is no bigger a surface than it says: no debug route, and what is internal is not there', async (context) => {  // F139, F151, A-RK-11
  const server = await start(await new_place());
  context.after(() => server.stop());
  for (const target of ['/api/internal/v1/orders', '/internal', '/debug', '/debug/pprof', '/admin', '/api/v1/admin', '/metrics', '/sandbox/faults', '/truth',
    '/api/v1/../internal', '/.env', '/keys.json', '//api/v1/payments'])
    for (const method of ['GET', 'POST']) {
      const answer = await server.request(method, target);
      assert.ok([400, 404].includes(answer.status), `${method} ${target}: ${answer.status}`);
    }
});
