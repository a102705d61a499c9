// What a merchant sees at a glance, what raises an alarm, and how a person ends it. The thresholds are tested in
// src/domain/payments/test/summary_test.cpp.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, declined_card, eventually, fresh_key, start_florin } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

async function new_shop(name) {
  const { key } = await florin.new_merchant(name);
  const options = { key };
  return {
    options,
    pay: (operation, body, more) => florin.pay(operation, body, { ...options, ...more }),
    summary: (query = '') => florin.get(`/api/v1/summary${query}`, options),
    resolve: (id, body, more) => florin.post(`/api/v1/transactions/${id}/resolve`, body, { ...options, ...more }),
  };
}
const approve_only = (amount) =>
  florin.faults({ match: { provider: 'authorize_net' }, action: { kind: 'partial_approval', amount }, count: 1 });

test('a summary counts and sums up the last day, of that merchant alone', async () => {  // C-IM-13, C-IM-02
  const shop = await new_shop('summed-up');
  const empty = await shop.summary();
  assert.equal(empty.status, 200, empty.text);
  assert.deepEqual([empty.json.payments, empty.json.declines, empty.json.unknown, empty.json.alarms], [[], [], { count: 0 }, []]);
  const bought = (await shop.pay('purchase', charge('12.50'))).json;
  await shop.pay('purchase', charge('7.50'));
  await shop.pay('purchase', charge('1.00', { card: declined_card }));
  await shop.pay('refund', { transaction_id: bought.transaction_id, amount: '2.50' });
  const { json } = await shop.summary();
  assert.deepEqual(json.payments, [
    { currency: 'EUR', state: 'captured', count: 2, amount: '20.00', amount_captured: '20.00', amount_refunded: '2.50' },
    { currency: 'EUR', state: 'declined', count: 1, amount: '1.00', amount_captured: '0.00', amount_refunded: '0.00' },
  ]);
  assert.equal(json.declines.length, 1);
  assert.equal(json.declines[0].count, 1);
  assert.deepEqual(json.alarms, []);
  assert.equal(Date.parse(json.created_before) - Date.parse(json.created_from), 24 * 3_600_000);
  const earlier = await shop.summary(`?created_before=${json.created_from}`);
  assert.deepEqual(earlier.json.payments, []);
});

test('a period that makes no sense is refused by the parameter’s name', async () => {
  const shop = await new_shop('wrong-periods');
  for (const [query, code, field] of [
    ['?created_from=yesterday', 'invalid_parameter', 'created_from'],
    ['?created_before=2026-13-01T00:00:00Z', 'invalid_parameter', 'created_before'],
    ['?created_from=2026-02-01T00:00:00Z&created_before=2026-01-01T00:00:00Z', 'invalid_period', 'created_before'],
    ['?created_from=2026-01-01T00:00:00Z&created_before=2026-02-01T00:00:00.001Z', 'invalid_period', 'created_from'],
    ['?since=2026-01-01T00:00:00Z', 'unknown_parameter', 'since'],
  ]) {
    const { status, json } = await shop.summary(query);
    assert.deepEqual([status, json.code, json.field], [422, code, field], query);
  }
});

test('a part that was approved raises an alarm until a person accepts it, and who did is known', async () => {  // C-IM-12, F25
  const shop = await new_shop('partly-paid');
  await approve_only('6.00');
  const part = (await shop.pay('purchase', charge('10.00'))).json;
  assert.deepEqual([part.payment_state, part.amount_approved], ['quarantined', '6.00']);
  const { alarms } = (await shop.summary()).json;
  assert.deepEqual(alarms.map((alarm) => [alarm.code, alarm.severity, alarm.count, alarm.since]),
    [['quarantined', 'critical', 1, part.created_at]]);

  const id = part.transaction_id;
  for (const [body, status, code, field] of [
    [{ decision: 'dismiss', note: 'x' }, 409, 'money_moved', undefined],
    [{ decision: 'refuse', note: 'x' }, 422, 'invalid_decision', 'decision'],
    [{ decision: 'accept' }, 422, 'missing_field', 'note'],
    [{ decision: 'accept', note: '' }, 422, 'too_short', 'note'],
    [{ decision: 'accept', note: 'card 4111 1111 1111 1111' }, 422, 'card_number_in_text', 'note'],
  ]) {
    const refused = await shop.resolve(id, body);
    assert.deepEqual([refused.status, refused.json.code, refused.json.field], [status, code, field]);
  }
  const stranger = await new_shop('stranger');
  assert.equal((await stranger.resolve(id, { decision: 'accept', note: 'mine now' })).status, 404);

  const idempotency_key = fresh_key();
  const body = { decision: 'accept', note: 'the rest was paid in cash' };
  const accepted = await shop.resolve(id, body, { idempotency_key });
  assert.deepEqual([accepted.status, accepted.json.status, accepted.json.payment_state], [200, 'settled', 'captured'], accepted.text);
  assert.equal(accepted.json.amount_approved, '6.00');
  const again = await shop.resolve(id, body, { idempotency_key });
  assert.deepEqual([again.status, again.text], [200, accepted.text]);
  assert.equal((await shop.resolve(id, body)).json.code, 'transaction_not_quarantined');
  assert.deepEqual((await shop.summary()).json.alarms, []);

  // Where commits are numbered afterwards, an event is shown a moment later.
  const resolved = await eventually('the event is shown', async () => {
    const events = (await florin.get('/api/v1/events?limit=200', shop.options)).json.data;
    const found = events.filter((event) => event.type === 'florin.payment.resolved');
    return found.length > 0 && found;
  });
  assert.deepEqual(resolved.map((event) => [event.data.note, event.data.transaction.transaction_id]), [[body.note, id]]);
  const audited = (await florin.get(`/api/v1/audit?entity_type=payment&entity_id=${part.payment_id}`, shop.options)).json.data;
  const entry = audited.find((one) => one.action === 'payment.resolved');
  assert.equal(entry.changes.note, body.note);
  assert.notEqual(entry.correlation_id, part.correlation_id, 'it is laid at the door of who decided');
});

test('a read key sees the summary and cannot decide anything', async () => {  // B-SE-02
  const shop = await new_shop('read-only');
  await approve_only('1.00');
  const part = (await shop.pay('purchase', charge('2.00'))).json;
  const reader = await florin.new_key('read-only', 'payments:read');
  assert.equal((await florin.get('/api/v1/summary', { key: reader })).status, 200);
  const refused = await florin.post(`/api/v1/transactions/${part.transaction_id}/resolve`, { decision: 'accept', note: 'x' }, { key: reader });
  assert.equal(refused.status, 403);
});
