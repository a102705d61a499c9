// Nothing happens twice: what a key promises.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, declined_card, eventually, fresh_key, start_florin } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const moved = async (reference) => (await florin.truth()).filter((movement) => movement.reference === reference);

test('of a hundred equal requests at once one pays; all get its answer, byte for byte', async () => {  // F11, F34, F37, B-FR-37, B-FR-39, B-SE-17, D-FL-10, D-DE-02
  const idempotency_key = fresh_key();
  const body = charge('42.00', { customer_id: idempotency_key });
  const first = await Promise.all(Array.from({ length: 100 }, () => florin.pay('purchase', body, { idempotency_key })));
  for (const answer of first) {
    assert.ok([200, 429].includes(answer.status), answer.text);
    if (answer.status === 429) {
      assert.equal(answer.json.code, 'request_in_progress');
      assert.ok(Number(answer.headers['retry-after']) >= 1, 'it says when to come again');
    }
  }
  const fresh = first.filter((answer) => answer.status === 200 && !answer.headers['idempotent-replayed']);
  assert.equal(fresh.length, 1, 'only one of them was executed');
  const [paid] = fresh;
  const again = await Promise.all(Array.from({ length: 20 }, () => florin.pay('purchase', body, { idempotency_key })));
  for (const answer of [...first.filter((a) => a.status === 200 && a !== paid), ...again]) {
    assert.deepEqual([answer.status, answer.headers['idempotent-replayed'], answer.text], [200, 'true', paid.text]);
  }
  assert.equal((await moved(paid.json.reference_number)).length, 1);
  const { json } = await florin.get(`/api/v1/payments?customer_id=${idempotency_key}`);
  assert.equal(json.data.length, 1);
});

test('while the first is still at the provider, others wait for it: 429 with Retry-After', async () => {  // F11, X-01, B-FR-41
  await florin.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'latency', ms: 3_000 }, count: 1 });
  const idempotency_key = fresh_key();
  const first = florin.pay('purchase', charge('43.00'), { idempotency_key });
  await eventually('the first is at the provider', async () => (await florin.truth()).some((movement) => movement.amount === 4300));
  const waiting = await florin.pay('purchase', charge('43.00'), { idempotency_key });
  assert.deepEqual([waiting.status, waiting.json.code], [429, 'request_in_progress'], waiting.text);
  assert.ok(Number(waiting.headers['retry-after']) >= 1);
  assert.equal((await first).status, 200);
  await florin.faults();
});

test('the key with another body is refused, and the first payment stays what it was', async () => {  // F12
  const idempotency_key = fresh_key();
  const paid = await florin.pay('purchase', charge('10.00'), { idempotency_key });
  for (const other of [charge('10.01'), charge('10.00', { currency: 'USD' }), charge('10.00', { customer_id: 'x' }), charge('10.00', { metadata: { a: 1 } })]) {
    const refused = await florin.pay('purchase', other, { idempotency_key });
    assert.deepEqual([refused.status, refused.json.code], [422, 'idempotency_key_reused']);
  }
  const read = await florin.get(`/api/v1/transactions/${paid.json.transaction_id}`);
  assert.deepEqual(read.json, paid.json);
  assert.equal((await moved(paid.json.reference_number)).length, 1);
});

test('the same body written otherwise is the same body', async () => {  // F12: the meaning counts, not the spaces
  const idempotency_key = fresh_key();
  const body = charge('11.00');
  const paid = await florin.pay('purchase', JSON.stringify(body), { idempotency_key });
  const spaced = await florin.pay('purchase', JSON.stringify(body, null, 2), { idempotency_key });
  assert.deepEqual([spaced.status, spaced.text], [200, paid.text]);
});

test('the key on another route is refused, with another merchant it is another key', async () => {  // F13
  const idempotency_key = fresh_key();
  const paid = await florin.pay('purchase', charge('12.00'), { idempotency_key });
  const authorize = await florin.pay('authorize', charge('12.00'), { idempotency_key });
  assert.deepEqual([authorize.status, authorize.json.code], [422, 'idempotency_key_reused']);
  const other = await florin.new_merchant('other-keys');
  const theirs = await florin.pay('purchase', charge('12.00'), { idempotency_key, key: other.key });
  assert.equal(theirs.status, 200);
  assert.notEqual(theirs.json.transaction_id, paid.json.transaction_id);
});

test('a request that failed validation leaves its key free', async () => {  // F15, B-FR-35
  const idempotency_key = fresh_key();
  for (const wrong of [charge('-1'), charge('1.001'), { amount: '5' }, charge('5', { extra: 1 })]) {
    assert.ok([400, 422].includes((await florin.pay('purchase', wrong, { idempotency_key })).status));
  }
  assert.equal((await florin.pay('purchase', charge('13.00'), { idempotency_key })).status, 200);
  const held = await florin.pay('authorize', charge('5.00'));
  const follow_up_key = fresh_key();
  const too_much = await florin.pay('capture', { transaction_id: held.json.transaction_id, amount: '6.00' }, { idempotency_key: follow_up_key });
  assert.equal(too_much.status, 409);
  const right = await florin.pay('capture', { transaction_id: held.json.transaction_id, amount: '5.00' }, { idempotency_key: follow_up_key });
  assert.equal(right.status, 200);
});

test('a decline is remembered: the key gives the same decline again', async () => {  // F16, B-FR-34
  const idempotency_key = fresh_key();
  const body = charge('14.00', { card: declined_card });
  const first = await florin.pay('purchase', body, { idempotency_key });
  const again = await florin.pay('purchase', body, { idempotency_key });
  assert.deepEqual([first.status, again.status, again.text], [402, 402, first.text]);
});

test('the key may stand in the body; in both places it must be the same', async () => {  // D-DM-01, design API, B-FR-40
  const idempotency_key = fresh_key();
  const first = await florin.pay('purchase', charge('15.00', { idempotency_key }));
  assert.deepEqual([first.status, first.json.idempotency_key], [200, idempotency_key]);
  const again = await florin.pay('purchase', charge('15.00', { idempotency_key }));
  assert.deepEqual([again.status, again.text, again.headers['idempotent-replayed']], [200, first.text, 'true']);
  const differing = await florin.pay('purchase', charge('15.00', { idempotency_key }), { idempotency_key: fresh_key() });
  assert.deepEqual([differing.status, differing.json.field], [422, 'idempotency_key']);
});

test('captures, refunds and cancels have keys too', async () => {  // F19, F23
  const held = (await florin.pay('authorize', charge('20.00'))).json;
  const capture = { transaction_id: held.transaction_id, amount: '5.00' };
  const idempotency_key = fresh_key();
  const captures = await Promise.all(Array.from({ length: 10 }, () => florin.pay('capture', capture, { idempotency_key })));
  for (const answer of captures) assert.ok([200, 202, 429].includes(answer.status), answer.text);
  const last = await eventually('the stored answer', async () => {
    const answer = await florin.pay('capture', capture, { idempotency_key });
    return answer.status === 200 && answer;
  });
  const refund_key = fresh_key();
  const refund = { transaction_id: last.json.transaction_id, amount: '2.00' };
  const given = await florin.pay('refund', refund, { idempotency_key: refund_key });
  const given_again = await florin.pay('refund', refund, { idempotency_key: refund_key });
  assert.equal(given_again.text, given.text);
  const { json } = await florin.get(`/api/v1/payments/${held.payment_id}`);
  assert.deepEqual([json.payment.amount_captured, json.payment.amount_refunded], ['5.00', '2.00']);
  assert.equal(json.transactions.length, 3);
});

test('two equal purchases with different keys are two purchases', async () => {  // F10, B-DM-03
  const one = await florin.pay('purchase', charge('16.00'), { idempotency_key: fresh_key() });
  const two = await florin.pay('purchase', charge('16.00'), { idempotency_key: fresh_key() });
  assert.deepEqual([one.status, two.status], [200, 200]);
  assert.notEqual(one.json.reference_number, two.json.reference_number);
});

test('a key has 1 to 255 printable characters', async () => {
  for (const idempotency_key of ['x'.repeat(256), 'with space', 'tab\there']) {
    const answer = await florin.pay('purchase', charge('17.00'), { idempotency_key });
    assert.deepEqual([answer.status, answer.json.field], [422, 'Idempotency-Key'], idempotency_key);
  }
  assert.equal((await florin.pay('purchase', charge('17.00'), { idempotency_key: 'x'.repeat(255) })).status, 200);
});
