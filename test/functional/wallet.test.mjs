// Document E's e-wallet: asked for a payment, it decides seconds later and tells by a signed webhook.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, send, start_florin } from '../support/florin.mjs';

const secret = Buffer.from('c2FuZGJveCBzZWNyZXQgb2YgdGhlIHdhbGxldA==', 'base64');
const webhook = (amount, more = {}) => ({ amount, currency: 'EUR', payment_method_type: 'wallet', ...more });
let florin;
const set = (settings) => send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { wallet: settings } });
const listen = () => set({ webhook_url: `${florin.origin}/api/v1/payments/webhook`, least_delay_ms: 50, most_delay_ms: 300 });
const state = async (id) => (await florin.get(`/api/v1/payments/${id}`)).json.payment.state;
const moved = async (reference) => (await florin.truth()).filter((movement) => movement.reference === reference);

/// By another hand than ours: HMAC as Standard Webhooks writes it down.
const deliver = (body, { key = secret, at = Math.floor(Date.now() / 1000), id = crypto.randomUUID() } = {}) =>
  florin.request('POST', '/api/v1/payments/webhook', { key: null, body, headers: {
    'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(at),
    'webhook-signature': `v1,${crypto.createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}` } });

before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

test('an amount that ends in .99 is paid and one that ends in .11 is not, as the webhook tells', async () => {  // E-SI-01 … 03, E-AP-07, E-FL-03
  assert.equal((await listen()).status, 200);
  const good = await florin.pay('purchase', webhook('12.99'));
  assert.deepEqual([good.status, good.json.status, good.json.payment_state], [202, 'pending', 'pending'], good.text);
  const bad = await florin.pay('purchase', webhook('12.11'));
  await eventually('the wallet has paid', async () => (await state(good.json.payment_id)) === 'captured');
  await eventually('the wallet has declined', async () => (await state(bad.json.payment_id)) === 'declined');
  const declined = (await florin.get(`/api/v1/transactions/${bad.json.transaction_id}`)).json;
  assert.deepEqual([declined.decline_class, declined.provider_code], ['insufficient_funds', 'insufficient_funds']);
  assert.deepEqual((await moved(good.json.reference_number)).map(({ type, amount }) => [type, amount]), [['purchase', 1299]]);
  assert.deepEqual(await moved(bad.json.reference_number), []);
});

test('what was paid is refunded in parts, and never more than that', async () => {  // F20
  await listen();
  const paid = (await florin.pay('purchase', webhook('20.99'))).json;
  await florin.settled(paid.transaction_id);
  const part = await florin.pay('refund', { transaction_id: paid.transaction_id, amount: '20.00' });
  assert.deepEqual([part.status, part.json.status], [200, 'settled'], part.text);
  assert.equal((await florin.pay('refund', { transaction_id: paid.transaction_id, amount: '1.00' })).json.code, 'amount_exceeds_remaining');
  assert.equal((await moved(part.json.reference_number))[0].amount, 2000);
});

test('a lost answer and a lost webhook end in the same payment, taken once', async () => {  // F4, F44, E-AS-04
  await set({ webhook_url: '', least_delay_ms: 50, most_delay_ms: 300 });
  await florin.faults({ match: { provider: 'wallet', transactionType: 'payment_request' }, action: { kind: 'drop_after' }, count: 1 });
  const lost = await florin.pay('purchase', webhook('7.99'));
  assert.equal(lost.status, 202, lost.text);
  await florin.faults();
  assert.equal((await florin.settled(lost.json.transaction_id)).status, 'settled');
  assert.equal((await moved(lost.json.reference_number)).length, 1);
});

test('a webhook that the wallet did not sign, or signed long ago, is refused', async () => {  // F45, F47
  const body = JSON.stringify({ id: 'evt_1', type: 'payment_request.succeeded', data: { id: 'pr_1', reference: 'ABCDEFGHJKMNPQRSTVWX' } });
  for (const wrong of [{ key: Buffer.from('x') }, { at: Math.floor(Date.now() / 1000) - 3600 }, { at: Math.floor(Date.now() / 1000) + 3600 }]) {
    const { status, json } = await deliver(body, wrong);
    assert.deepEqual([status, json.code], [401, 'webhook_not_genuine']);
  }
  assert.deepEqual((await deliver(body)).json, { status: 'accepted' });
  assert.deepEqual((await deliver(body)).json, { status: 'duplicate' });
});

test('a wallet cannot be authorized, needs no card, and takes none', async () => {
  assert.equal((await florin.pay('authorize', webhook('1.99'))).json.code, 'method_cannot_be_authorized');
  const card = { number: '4111111111111111', expiry_month: 12, expiry_year: 2035 };
  const { status, json } = await florin.pay('purchase', webhook('1.99', { card }));
  assert.deepEqual([status, json.code, json.field], [422, 'means_not_of_method', 'card']);
});
