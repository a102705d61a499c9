// Two Florin processes over one PostgreSQL share the work safely.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { binary, charge, engine, eventually, Florin, fresh_database, fresh_key, run, Sandbox, sql, temporary_folder, test_merchant, visa } from '../support/florin.mjs';

const skip = engine !== 'postgres' && 'the embedded database has one process';
let sandbox, one, two;
before(async () => {
  if (skip) return;
  sandbox = await Sandbox.start();
  const database = await fresh_database();
  [one, two] = await Promise.all([1, 2].map(() => Florin.start({ database, sandbox: sandbox.origin })));
});
after(async () => { for (const program of [one, two, sandbox]) await program?.stop(); });

test('either process knows the other\'s keys, payments and stored cards', { skip }, async () => {  // A-NF-05, X-16
  const bought = (await one.pay('purchase', charge('10.00'))).json;
  const read = await two.get(`/api/v1/transactions/${bought.transaction_id}`, { key: one.key });
  assert.deepEqual(read.json, bought);
  const refunded = await two.pay('refund', { transaction_id: bought.transaction_id });
  assert.equal(refunded.status, 200, refunded.text);
  const { payment_method_token } = (await one.post('/api/v1/payment_methods', { card: visa })).json;
  const paid = await two.pay('purchase', { amount: '5', currency: 'EUR', payment_method_token });
  assert.equal(paid.status, 200, paid.text);
});

test('of a hundred equal requests to both, one pays', { skip }, async () => {  // F11, F34
  const idempotency_key = fresh_key();
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? one : two).pay('purchase', charge('42.00'), { idempotency_key })));
  for (const answer of answers) assert.ok([200, 429].includes(answer.status), answer.text);
  assert.equal(answers.filter((answer) => answer.status === 200 && !answer.headers['idempotent-replayed']).length, 1);
  assert.equal((await one.truth()).filter((movement) => movement.amount === 4200).length, 1);
});

test('captures of one authorization through both stay within it', { skip }, async () => {  // F19
  const held = (await one.pay('authorize', charge('100.00'))).json;
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => (i % 2 ? one : two).pay('capture', { transaction_id: held.transaction_id, amount: '30.00' })));
  for (const answer of answers) assert.ok([200, 202, 409].includes(answer.status), answer.text);
  const ended = await Promise.all(answers.filter((answer) => answer.json.transaction_id).map((answer) => one.settled(answer.json.transaction_id)));
  assert.ok(ended.filter((transaction) => transaction.status === 'settled').length <= 3);
  const { json } = await two.get(`/api/v1/payments/${held.payment_id}`);
  assert.ok(Number(json.payment.amount_captured) <= 100);
});

test('a key that one process revokes is refused by the other within a second', { skip }, async () => {  // F118
  const key = await one.new_key(test_merchant);
  for (const server of [one, two]) assert.equal((await server.get('/api/v1/payments', { key })).status, 200);
  const listed = (await one.command('admin', 'api-key', 'list', '--merchant', test_merchant)).out.trim().split('\n').map((line) => line.split('\t'));
  const id = listed.sort((a, b) => a[3].localeCompare(b[3])).at(-1)[0];
  assert.equal((await one.command('admin', 'api-key', 'revoke', '--merchant', test_merchant, id)).code, 0);
  const since = Date.now();
  await eventually('both refuse it', async () => {
    const asked_at = Date.now();
    const answers = await Promise.all([one, two].map((server) => server.get('/api/v1/payments', { key })));
    // Asked, not answered: the answer to a good question may take its time.
    if (answers.some((answer) => answer.status === 200)) assert.ok(asked_at - since <= 1_000, `still good ${asked_at - since} ms later`);
    return answers.every((answer) => answer.status === 401);
  });
});

test('a key ring that one process rotates serves the other too', { skip }, async () => {  // F129
  // Each in turn, at once after the other: what the one seals under its new key the other opens.
  for (const [rotates, pays] of [[one, two], [two, one], [one, two], [one, two]]) {
    const rotated = await rotates.command('keys', 'rotate');
    assert.equal(rotated.code, 0, rotated.err);
    const { payment_method_token } = (await rotates.post('/api/v1/payment_methods', { card: visa })).json;
    const paid = await pays.pay('purchase', { amount: '6', currency: 'EUR', payment_method_token });
    assert.equal(paid.status, 200, paid.text);
    assert.match((await pays.command('keys', 'list')).out, new RegExp(`^${rotated.out.trim()}\\t.*\\tactive$`, 'm'));
  }
  const both_at_once = await Promise.all([one, two].map((server) => server.command('keys', 'rotate')));
  for (const rotated of both_at_once) assert.equal(rotated.code, 0, rotated.err);
  const lists = await eventually('both have the same keys', async () => {
    const [first, second] = await Promise.all([one, two].map(async (server) => (await server.command('keys', 'list')).out.trim().split('\n').sort().join('\n')));
    return first === second && first;
  });
  assert.equal(lists.split('\n').length, 7);
  assert.equal(lists.match(/\tactive$/gm).length, 1);
});

test('with real credentials the database has the keys only wrapped, and they serve the other too', { skip }, async () => {  // F129, F132
  const folder = path.join(temporary_folder(), 'first');
  const database = await fresh_database();
  const env = { FLORIN_AUTHORIZE_NET_LOGIN: 'sandboxLogin', FLORIN_AUTHORIZE_NET_TRANSACTION_KEY: 'sandboxKey123456' };
  const config = `[authorize_net]\nbase_url = "${sandbox.origin}"\n`;
  const first = await Florin.start({ data: folder, database, env, config });
  const other = path.join(temporary_folder(), 'second');
  fs.mkdirSync(other, { mode: 0o700 });
  fs.copyFileSync(path.join(folder, 'keys.json'), path.join(other, 'keys.json'));
  fs.chmodSync(path.join(other, 'keys.json'), 0o600);
  const second = await Florin.start({ data: other, database, env, config });
  const made = await run(binary, ['admin', 'merchant', 'create', 'shop', '--data', folder, '--database', database], { env: { ...process.env, ...env } });
  assert.equal(made.code, 0, made.err);
  const { out } = await run(binary, ['admin', 'api-key', 'create', '--merchant', 'shop', '--data', folder, '--database', database], { env: { ...process.env, ...env } });
  const key = out.trim();
  assert.equal((await run(binary, ['keys', 'rotate', '--data', folder, '--database', database], { env: { ...process.env, ...env } })).code, 0);
  const { payment_method_token } = (await first.post('/api/v1/payment_methods', { card: visa }, { key })).json;
  const paid = await second.pay('purchase', { amount: '6', currency: 'EUR', payment_method_token }, { key });
  assert.equal(paid.status, 200, paid.text);
  assert.deepEqual(JSON.parse(fs.readFileSync(path.join(other, 'keys.json'), 'utf8')).keys.length, 2);
  const stored = await sql(first, 'SELECT ring FROM key_ring_mark');
  assert.ok(stored.length > 100 && !/secret|active/.test(stored) && !/secret|active/.test(Buffer.from(stored, 'base64url').toString('latin1')), stored);
  // A process that was away during a rotation learns of it when it starts.
  await second.stop();
  assert.equal((await run(binary, ['keys', 'rotate', '--data', folder, '--database', database], { env: { ...process.env, ...env } })).code, 0);
  const again = await Florin.start({ data: other, database, env, config });
  assert.equal(JSON.parse(fs.readFileSync(path.join(other, 'keys.json'), 'utf8')).keys.length, 3);
  await again.stop();
  await first.stop();
});

test('events of both have one order without a gap', { skip }, async () => {
  await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).pay('purchase', charge('3.00'))));
  const positions = await eventually('forty events and more', async () => {
    const { json } = await two.get('/api/v1/events?limit=200');
    return json.data.length >= 40 && json.data.map((event) => event.merchantposition);
  });
  assert.deepEqual(positions, positions.map((_, i) => i + 1));
  for (const words of [['audit', 'verify'], ['ledger', 'check']]) {
    const done = await one.command(...words);
    assert.equal(done.code, 0, done.err);
  }
});

test('a process that stands still for longer than its lease, in the midst of a charge, does nothing twice and undoes nothing', { skip, timeout: 180_000 }, async (context) => {  // F56, F57, F70
  const outside = await Sandbox.start();
  const database = await fresh_database();
  const both = await Promise.all([1, 2].map(() => Florin.start({ database, sandbox: outside.origin })));
  context.after(async () => {
    for (const server of both) { server.child.kill('SIGCONT'); await server.stop(); }
    await outside.stop();
  });
  const [first, second] = both;
  const key = first.key ?? second.key;
  const ask = (server, method, target, body) => server.request(method, target, { key, body });
  const token = (await ask(first, 'POST', '/api/v1/payment_methods', { card: visa, customer_id: 'c-still' })).json.payment_method_token;
  // The provider takes the charge at once, and its answer takes long enough to be paused in.
  await first.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'latency', ms: 4_000 }, count: 1 });
  const today = new Date().toISOString().slice(0, 10);
  const { json: terms } = await ask(first, 'POST', '/payment_terms', {
    customer_id: 'c-still', total_amount: 24_000, start_date: today, term_duration: 12, billing_day: Number(today.slice(8)), payment_terms: { payment_method_token: token } });
  const place = { database };
  const working = await eventually('one of them charges', async () => {
    const name = await sql(place, "SELECT leased_by FROM jobs WHERE kind = 'billing.collect' AND state = 'running'");
    const begun = await sql(place, "SELECT count(*) FROM transactions WHERE status = 'processing' AND type = 'purchase'");
    return begun === '1' && both.find((server) => name.startsWith(fs.readFileSync(path.join(server.data, 'node-id'), 'utf8').trim()));
  });
  const other = both.find((server) => server !== working);
  working.child.kill('SIGSTOP');
  const paid = await eventually('the other one finds out what became of it', async () => {
    const { json } = await ask(other, 'GET', `/payment_terms/${terms.payment_terms_id}`);
    return json.paid_amount > 0 && json;
  }, 120_000);
  assert.equal(paid.paid_amount, 2_000);
  working.child.kill('SIGCONT');
  await eventually('it answers again', async () => (await working.get('/api/v1/health', { key: null })).status === 200);
  const charges = async () => (await ask(working, 'GET', `/api/v1/billing/charges?owner_kind=payment_terms&owner_id=${terms.payment_terms_id}`)).json.data;
  await eventually('nothing runs any more', async () => await sql(place, "SELECT count(*) FROM jobs WHERE state = 'running'") === '0');
  assert.deepEqual((await charges()).map((one) => [one.status, one.attempts]), [['succeeded', 1]]);
  assert.equal((await other.truth()).filter((movement) => movement.amount === 2_000).length, 1, 'it moved once');
  assert.equal((await ask(working, 'GET', '/api/v1/documents?kind=receipt')).json.data.length, 1, 'and was told once');
  assert.equal((await other.command('ledger', 'check')).code, 0);
});
