// Document C's routes when the bank is away, careless, slow or lost, and who may use them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, eventually, Florin, fresh_key, Sandbox, send, start_florin, temporary_folder } from '../support/florin.mjs';

const make_body = (paymentId, change = {}) => ({
  paymentId, merchantId: 'test-merchant', cardNumber: '1234432198761543', expiryYear: 2000, expiryMonth: 12, currency: 'GBP', amount: 50,
  cardName: 'OmarElmohandes', billingAddress: '77Merenda', cvv: '232', ...change,
});
/// The three calls at one server, without a key unless `options` has one.
const gateway_of = (florin, options = { key: null }, merchantId = 'test-merchant') => ({
  create: () => florin.post('/create-payment', { merchantId }, options),
  created: async () => (await florin.post('/create-payment', { merchantId }, options)).json.paymentId,
  make: (id, change) => florin.post('/make-payment', make_body(id, { merchantId, ...change }), options),
  get: (id) => florin.get(`/get-payment?merchantId=${merchantId}&paymentId=${id}`, options),
});

let florin, gateway;
before(async () => {
  florin = await start_florin();
  gateway = gateway_of(florin);
});
after(() => florin?.stop());

const references_of = async (id) => (await florin.get(`/api/v1/payments/${id}`)).json.transactions.map((transaction) => transaction.reference_number);
const moved_for = async (id) => {
  const references = await references_of(id);
  return (await florin.truth()).filter((movement) => references.includes(movement.reference)).map((movement) => movement.amount);
};
/// While `action` holds for the next charge at the bank.
const faulty = async (action, work) => {
  await florin.faults({ match: { provider: 'bank_simulator', transactionType: 'payment' }, action, count: 1 });
  const answer = await work();
  await florin.faults();
  return answer;
};

test('while nobody is there at the bank a payment stays payable; when the bank is back it is paid, once', { timeout: 120_000 }, async () => {  // F6, F35, C-IM-06
  const data = `${temporary_folder()}/sandbox`;
  let sandbox = await Sandbox.start({ data });
  const port = new URL(sandbox.origin).port;
  const server = await start_florin({ sandbox: sandbox.origin });
  try {
    const at = gateway_of(server);
    const before_outage = await at.created();
    assert.equal((await at.make(before_outage)).json.status, 'Accepted');
    const id = await at.created();
    await sandbox.kill();

    for (let attempt = 0; attempt < 2; ++attempt) {
      const away = await at.make(id, { cardName: `attempt ${attempt}` });
      assert.equal(away.status, 503, away.text);
      assert.equal(away.json.failCode, 'provider_unavailable');
      assert.ok(Number(away.headers['retry-after']) >= 1);
      assert.deepEqual(Object.keys((await at.get(id)).json), ['status', 'creationTimestampSeconds']);
    }
    assert.equal((await at.get(id)).json.status, 'Created');

    sandbox = new Sandbox(['sandbox', '--listen', `127.0.0.1:${port}`, '--data', data]);
    sandbox.origin = await sandbox.printed('sandbox listening on ');
    // What the bank did before it was killed, it still knows.
    const movements = (await send(sandbox.origin, 'GET', '/truth')).json.movements;
    assert.deepEqual(movements.map((movement) => movement.amount), [5000]);
    const made = await eventually('the payment is accepted', async () => {
      const answer = await at.make(id, { amount: 7, cardName: 'Cleo' });
      assert.ok([200, 503].includes(answer.status), answer.text);
      return answer.status === 200 && answer;
    });
    assert.deepEqual(made.json, { status: 'Accepted' });
    const { json } = await at.get(id);
    assert.deepEqual([json.status, json.amount, json.cardName, json.failCode], ['Accepted', 7, 'Cleo', undefined]);
    const after_outage = (await send(sandbox.origin, 'GET', '/truth')).json.movements;
    assert.deepEqual(after_outage.map((movement) => movement.amount), [5000, 700]);
  } finally {
    await server.stop();
    await sandbox.stop();
  }
});

test('a server that is killed while the bank thinks finds out what became of the payment', { timeout: 120_000 }, async () => {  // F1, C-IM-06
  const sandbox = await Sandbox.start();
  let server = await start_florin({ sandbox: sandbox.origin });
  const { data, database } = server;
  try {
    const id = await gateway_of(server).created();
    await send(sandbox.origin, 'PUT', '/sandbox/faults', { body: { rules: [{ action: { kind: 'latency', ms: 8_000 }, count: 1 }] } });
    const lost = gateway_of(server).make(id).catch((failure) => failure);
    await eventually('the bank has it', async () => (await send(sandbox.origin, 'GET', '/truth')).json.movements.length === 1);
    await server.kill();
    assert.ok((await lost) instanceof Error);
    server = await Florin.start({ data, database, sandbox: sandbox.origin });
    const at = gateway_of(server);
    await eventually('the payment is accepted', async () => (await at.get(id)).json.status === 'Accepted', 60_000);
    assert.deepEqual((await at.make(id)).json, { status: 'Accepted' });
    assert.equal((await send(sandbox.origin, 'GET', '/truth')).json.movements.length, 1);
  } finally {
    await server.stop();
    await sandbox.stop();
  }
});

// What the merchant hears at once, and what it comes to.
const faults = [
  ['the answer comes late', { kind: 'latency', ms: 600 }, 'Accepted', 'Accepted'],
  ['the request itself is late', { kind: 'late', ms: 600 }, 'Accepted', 'Accepted'],
  ['the answer is lost', { kind: 'drop_after' }, 'Pending', 'Accepted'],
  ['the connection is reset after the deed', { kind: 'reset' }, 'Pending', 'Accepted'],
  ['nothing is said for a while, then the connection ends', { kind: 'timeout', ms: 700 }, 'Pending', 'Accepted'],
  ['an error is answered after the deed', { kind: 'error_after', status: 502 }, 'Pending', 'Accepted'],
  ['garbage is answered', { kind: 'garbage' }, 'Pending', 'Accepted'],
  ['the connection breaks before anything happened', { kind: 'drop_before' }, 'Pending', 'Failed'],
  ['an error is answered before anything happened', { kind: 'error_before', status: 500 }, 'Pending', 'Failed'],
  ['the bank declines', { kind: 'decline' }, 'Declined', 'Declined'],
];
for (const [what, action, at_once, in_the_end] of faults) {
  test(`when ${what} the payment is ${at_once} and in the end ${in_the_end}, and the money moves once at most`, { timeout: 120_000 }, async () => {  // F1, F4, F6, C-IM-06
    const id = await gateway.created();
    const made = await faulty(action, () => gateway.make(id));
    assert.deepEqual([made.status, made.json.status], [200, at_once], made.text);
    const ended = await eventually(`it is ${in_the_end}`, async () => {
      const { json } = await gateway.get(id);
      return json.status === in_the_end && json;
    }, 60_000);
    assert.equal(Boolean(ended.failCode && ended.failReason), in_the_end !== 'Accepted');
    assert.deepEqual(await moved_for(id), in_the_end === 'Accepted' ? [5000] : []);
    const again = await gateway.make(id);
    assert.deepEqual([again.status, again.json.status], [200, in_the_end]);
    assert.deepEqual(await moved_for(id), in_the_end === 'Accepted' ? [5000] : [], 'a repeat moves nothing');
  });
}

test('a look-up that lags behind does not fail a payment that went through', { timeout: 120_000 }, async () => {  // F7
  await florin.faults({ match: { provider: 'bank_simulator', transactionType: 'payment' }, action: { kind: 'drop_after' }, count: 1 },
    { match: { provider: 'bank_simulator' }, action: { kind: 'lookup_lag', ms: 6_000 } });
  const id = await gateway.created();
  assert.equal((await gateway.make(id)).json.status, 'Pending');
  await eventually('it is accepted', async () => {
    const { json } = await gateway.get(id);
    assert.notEqual(json.status, 'Failed');
    return json.status === 'Accepted';
  }, 60_000);
  await florin.faults();
  assert.deepEqual(await moved_for(id), [5000]);
});

for (const [provider, pay] of [
  ['bank_simulator', async () => {
    const id = await gateway.created();
    const made = await gateway.make(id, { amount: 2 });
    assert.deepEqual([made.status, made.json.status], [200, 'InsufficientFunds'], made.text);
    return [made, await gateway.get(id), await florin.get(`/api/v1/payments/${id}`)];
  }],
  ['authorize_net', async () => {
    const made = await florin.pay('purchase', charge('31.00', { billing_address: { zip: '46282' } }));
    assert.equal(made.status, 402, made.text);
    return [made, await florin.get(`/api/v1/payments/${made.json.payment_id}`)];
  }],
]) {
  test(`${provider}: what the provider says is shown as text, in one line, of a length that one reads`, async () => {  // F26, F149
    await florin.faults({ match: { provider }, action: { kind: 'strange_text' } });
    const answers = [...await pay(), await florin.get('/api/v1/events?limit=200'), await florin.get('/api/v1/audit')];
    await florin.faults();
    for (const { status, text } of answers) {
      assert.ok([200, 402].includes(status), text.slice(0, 300));
      assert.doesNotMatch(text, /[\x00-\x1f\x7f]|\\u00[01]|\\u202e|x{500}/);
    }
    const told = answers[0].json.failReason ?? answers[0].json.message ?? answers[0].json.response_message;
    assert.match(told, /^No   funds  <b>caf\ufffd<\/b>  \[31m /);
    assert.ok(told.length <= 400);
  });
}

test('a card that an authorization stored is found for its later captures although the answer was lost', { timeout: 120_000 }, async () => {  // F1, F19
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authOnlyTransaction' }, action: { kind: 'drop_after' }, count: 1 });
  const held = await florin.pay('authorize', charge('90.00'), { idempotency_key: fresh_key() });
  await florin.faults();
  assert.equal(held.status, 202);
  assert.equal((await florin.settled(held.json.transaction_id)).status, 'approved');
  for (const amount of ['40.00', '30.00', '20.00']) {
    const captured = await florin.pay('capture', { transaction_id: held.json.transaction_id, amount }, { idempotency_key: fresh_key() });
    assert.deepEqual([captured.status, captured.json.status, captured.json.amount], [200, 'settled', amount], captured.text);
  }
  const { json } = await florin.get(`/api/v1/payments/${held.json.payment_id}`);
  assert.equal(json.payment.amount_captured, '90.00');
});

test('a key serves its own merchant, within its scopes', async () => {  // C-IM-01, C-IM-02, F137
  const shop = await florin.new_merchant('gateway-shop');
  const all = gateway_of(florin, { key: shop.key }, 'gateway-shop');
  const id = await all.created();
  assert.equal((await all.make(id)).json.status, 'Accepted');
  const reader = gateway_of(florin, { key: await florin.new_key('gateway-shop', 'payments:read') }, 'gateway-shop');
  const writer = gateway_of(florin, { key: await florin.new_key('gateway-shop', 'payments:write') }, 'gateway-shop');
  const neither = gateway_of(florin, { key: await florin.new_key('gateway-shop', 'events:read') }, 'gateway-shop');
  for (const [who, create, make, get] of [[reader, 403, 403, 200], [writer, 200, 200, 403], [neither, 403, 403, 403]]) {
    const answers = [await who.create(), await who.make(id), await who.get(id)];
    assert.deepEqual(answers.map((answer) => answer.status), [create, make, get]);
    for (const answer of answers.filter((one) => one.status === 403)) assert.equal(answer.json.failCode, 'missing_scope');
  }
  const elsewhere = gateway_of(florin, { key: shop.key });
  assert.equal((await elsewhere.create()).status, 404, 'not test-merchant either, which whoever has no key may use');
});

test('no idempotency key of the API stands in the way of a payment', async () => {
  const id = await gateway.created();
  for (const idempotency_key of [`make-payment:${id}`, `make-payment${id}`, id]) {
    const bought = await florin.pay('purchase', charge('3.00'), { idempotency_key });
    assert.equal(bought.status, 200, bought.text);
  }
  assert.equal((await florin.pay('purchase', charge('3.00'), { idempotency_key: `make-payment ${id}` })).status, 422);
  assert.deepEqual((await gateway.make(id)).json, { status: 'Accepted' });
});

test('the sandbox tells on one page and in one document what moved', async () => {
  const id = await gateway.created();
  await gateway.make(id, { amount: 61 });
  const [reference] = await references_of(id);
  const page = await send(florin.sandbox, 'GET', '/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-security-policy'], /default-src 'none'/);
  assert.ok(page.text.includes(reference));
  assert.ok(page.text.includes('61.00 GBP'));
  const movements = await florin.truth();
  assert.deepEqual(movements.map((movement) => movement.seq), movements.map((_, i) => i + 1), 'numbered without gaps');
  const last = movements.at(-1);
  assert.deepEqual([last.provider, last.reference, last.type, last.amount, last.currency], ['bank_simulator', reference, 'purchase', 6100, 'GBP']);
  const rest = (await send(florin.sandbox, 'GET', `/truth?after=${last.seq - 1}`)).json;
  assert.deepEqual(rest.movements, [last]);
});
