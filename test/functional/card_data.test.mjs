// Card data comes in by its own door alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, Florin, visa } from '../support/florin.mjs';

let florin;
before(async () => { florin = await Florin.start(); });
after(() => florin.stop());

test('a card number in free text is refused by name, and nothing happens', async () => {  // D-PC-01
  const before_all = (await florin.truth()).length;
  for (const [field, change] of [
    ['customer_id', { customer_id: '4111111111111111' }],
    ['metadata', { metadata: { note: 'card 4111 1111 1111 1111' } }],
    ['metadata', { metadata: { nested: [{ pan: 4111111111111111 }] } }],
  ]) {
    // A correlation id of its own could have such digits by chance.
    const answer = await florin.pay('purchase', { ...charge('10.00'), ...change }, { headers: { 'x-correlation-id': 'card-in-text' } });
    assert.deepEqual([answer.status, answer.json.code, answer.json.field], [422, 'card_number_in_text', field]);
    assert.doesNotMatch(answer.text, /4111/);
  }
  const stored = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: '4111-1111-1111-1111' });
  assert.deepEqual([stored.status, stored.json.code, stored.json.field], [422, 'card_number_in_text', 'customer_id']);
  assert.equal((await florin.truth()).length, before_all);
});

test('numbers that are no card numbers pass', async () => {
  const answer = await florin.pay('purchase', { ...charge('10.00'), customer_id: '4111111111111112', metadata: { at: 1732147200000 } });
  assert.equal(answer.status, 200, answer.text);
});
