// Document D's words: columns, types, statuses, answers. The mapping is requirements X.1's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, declined_card, fresh_key, start_florin, visa } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test('a transaction has document D\'s columns under their own names', async () => {  // D-DM-01
  const { json: method } = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'customer-1' });
  const { json: held } = await florin.pay('authorize', {
    amount: '10.00', currency: 'EUR', customer_id: 'customer-1', payment_method_token: method.payment_method_token, metadata: { cart: 'c-1' },
  }, { idempotency_key: fresh_key(), headers: { 'x-correlation-id': 'shop-request-7' } });
  const { json: captured } = await florin.pay('capture', { transaction_id: held.transaction_id });
  for (const field of ['transaction_id', 'correlation_id', 'type', 'status', 'amount', 'currency', 'customer_id', 'payment_method_token',
    'auth_code', 'reference_number', 'idempotency_key', 'metadata', 'created_at', 'updated_at', 'expires_at'])
    assert.ok(field in held, field);
  assert.match(held.transaction_id, uuid);
  for (const field of ['created_at', 'updated_at', 'expires_at']) assert.match(held[field], timestamp);
  assert.equal(held.correlation_id, 'shop-request-7');
  assert.equal(captured.parent_transaction_id, held.transaction_id);
  assert.equal(typeof held.amount, 'string');
});

test('each type has the status words of document D', async () => {  // X.1, D-ST-01, D-ST-02
  const words = async (verb, body) => {
    const { json } = await florin.pay(verb, body);
    return [json.type, json.status, json.transaction_id];
  };
  const [purchase, settled, bought] = await words('purchase', charge('5.00'));
  assert.deepEqual([purchase, settled], ['purchase', 'settled']);
  const [authorize, approved, held] = await words('authorize', charge('5.00'));
  assert.deepEqual([authorize, approved], ['authorize', 'approved']);
  const [capture, captured] = await words('capture', { transaction_id: held });
  assert.deepEqual([capture, captured], ['capture', 'settled']);
  const [refund, refunded] = await words('refund', { transaction_id: bought });
  assert.deepEqual([refund, refunded], ['refund', 'settled']);
  const [, , to_cancel] = await words('authorize', charge('5.00'));
  const [cancel, voided] = await words('cancel', { transaction_id: to_cancel });
  assert.deepEqual([cancel, voided], ['cancel', 'voided']);
  const [, failed] = await words('purchase', charge('5.00', { card: declined_card }));
  assert.equal(failed, 'failed');
});

test('an amount may be a number or a text, and comes back as exact text', async () => {
  for (const amount of [12.5, '12.5', '12.50']) {
    assert.equal((await florin.pay('purchase', charge(amount))).json.amount, '12.50');
  }
});

test('a decline is 402 with its class and code', async () => {
  const cases = [['4000000000000002', /soft|hard|insufficient_funds/], ['4000000000000069', /expired_card/], ['4000000000000127', /invalid_card|fraud|hard|input/]];
  for (const [number, decline_class] of cases) {
    const { status, json } = await florin.pay('purchase', charge('9.00', { card: { ...visa, number } }));
    assert.equal(status, 402);
    assert.equal(json.code, 'card_declined');
    assert.match(json.decline_class, decline_class, number);
    assert.ok(json.provider_code);
  }
});

test('an outcome that is not known yet is 202, says where to look, and settles by itself', async () => {
  await florin.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' }, count: 1 });
  const { status, json, headers } = await florin.pay('purchase', charge('9.00'));
  assert.deepEqual([status, json.status, json.code], [202, 'pending', 'outcome_unknown']);
  assert.equal(headers.location, `/api/v1/transactions/${json.transaction_id}`);
  assert.equal((await florin.settled(json.transaction_id)).status, 'settled');
});

test('every answer carries the correlation id of its request, or a new one', async () => {  // D-FL-01
  const mine = await florin.get('/api/v1/payments', { headers: { 'x-correlation-id': 'abc-123' } });
  assert.equal(mine.headers['x-correlation-id'], 'abc-123');
  const fresh = await florin.get('/api/v1/payments');
  assert.match(fresh.headers['x-correlation-id'], uuid);
  const refused = await florin.get('/api/v1/payments', { key: null, headers: { 'x-correlation-id': 'abc-124' } });
  assert.deepEqual([refused.headers['x-correlation-id'], refused.json.correlation_id], ['abc-124', 'abc-124']);
});
