// A subscription's life on a test clock, with the sandbox's providers behind it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, start_florin, visa } from '../support/florin.mjs';

const all = '/api/v1/subscriptions';
let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

let count = 0;
const created = async (body, options) => {
  const { status, json } = await florin.post(all, { customer_id: `customer-${++count}`, amount: '10.00', currency: 'EUR', billing_cycle: 'monthly', ...body }, options);
  assert.equal(status, 201, JSON.stringify(json));
  return json;
};
const read = async (id, options) => (await florin.get(`${all}/${id}`, options)).json;
const change = (id, body, options) => florin.request('PUT', `${all}/${id}`, { body, ...options });
const events_of = async (id, options) => (await florin.get(`/api/v1/events?subject=${id}`, options)).json.data.map((event) => event.type.replace('florin.subscription.', ''));

/// The events of it, once there are so many: on PostgreSQL they are numbered a moment later.
const told_of = async (id, length, options) => {
  await eventually(`${length} events are told`, async () => (await events_of(id, options)).length >= length);
  return events_of(id, options);
};

/// A merchant with a clock of its own and a stored card.
let merchants = 0;
async function merchant_at(now, card = visa) {
  const { key } = await florin.new_merchant(`clocked-${++merchants}`);
  const options = { key };
  const clock = await florin.post('/api/v1/test_clocks', { now }, options);
  assert.equal(clock.status, 201, clock.text);
  const stored = await florin.post('/api/v1/payment_methods', { card }, options);
  assert.equal(stored.status, 201, stored.text);
  const advance = async (to) => {
    const advanced = await florin.post(`/api/v1/test_clocks/${clock.json.id}/advance`, { to }, options);
    assert.equal(advanced.status, 200, advanced.text);
  };
  const charges = async (id) => (await florin.get(`/api/v1/billing/charges?owner_kind=subscription&owner_id=${id}`, options)).json.data.reverse();
  return { options, advance, charges, token: stored.json.payment_method_token };
}

test('from the trial through February, on the 31st where there is one', async () => {  // F73, F81, X-26
  const shop = await merchant_at('2027-01-17T09:00:00Z');
  const made = await created({ trial_days: 14, payment_method_token: shop.token }, shop.options);
  await shop.advance('2027-01-30T23:59:59Z');
  assert.equal((await read(made.id, shop.options)).status, 'trialing');
  await shop.advance('2027-01-31T00:00:00Z');
  assert.equal((await read(made.id, shop.options)).status, 'active');
  await shop.advance('2027-05-01T00:00:00Z');
  const charges = await shop.charges(made.id);
  assert.deepEqual(charges.map((one) => [one.due_date, one.amount, one.status]),
    ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30'].map((due) => [due, 10, 'succeeded']));
  assert.deepEqual(await told_of(made.id, 6, shop.options), ['created', 'trial_ending', 'activated', 'renewed', 'renewed', 'renewed']);
});

test('a change within the period is settled to the cent', async () => {  // F96
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const made = await created({ payment_method_token: shop.token }, shop.options);
  await shop.advance('2027-02-10T12:00:00Z');
  assert.equal((await change(made.id, { amount: '25.00' }, shop.options)).status, 200);
  await shop.advance('2027-03-31T12:00:00Z');
  assert.deepEqual((await shop.charges(made.id)).map((one) => one.amount), [10, 34.64, 25]);
});

test('a pause costs nothing, and ends by itself', async () => {  // F88
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const made = await created({ payment_method_token: shop.token }, shop.options);
  await shop.advance('2027-02-10T12:00:00Z');
  const paused = await florin.post(`${all}/${made.id}/pause`, { resume_on: '2027-04-15' }, shop.options);
  assert.deepEqual([paused.status, paused.json.status, paused.json.next_billing_date], [200, 'paused', undefined], paused.text);
  await shop.advance('2027-05-15T12:00:00Z');
  assert.deepEqual((await shop.charges(made.id)).map((one) => one.due_date), ['2027-01-31', '2027-04-15', '2027-05-15']);
  assert.equal((await read(made.id, shop.options)).status, 'active');
});

test('what is unused is given back, once', async () => {  // F86, F95
  const shop = await merchant_at('2027-02-01T09:00:00Z');
  const made = await created({ payment_method_token: shop.token }, shop.options);
  await shop.advance('2027-02-15T12:00:00Z');
  for (let times = 0; times < 2; ++times) {
    const canceled = await florin.post(`${all}/${made.id}/cancel`, { refund: 'unused' }, shop.options);
    assert.deepEqual([canceled.status, canceled.json.status], [200, 'canceled'], canceled.text);
  }
  await shop.advance('2027-03-15T12:00:00Z');
  const charges = await shop.charges(made.id);
  assert.deepEqual(charges.map((one) => [one.amount, one.is_refund]), [[10, false], [5, true]]);
});

test('canceled while a charge is under way that is then declined, it is not tried again', async () => {  // F85
  const shop = await merchant_at('2027-01-31T09:00:00Z', { ...visa, number: '4000000000000002' });
  await florin.faults({ match: { transactionType: 'authCaptureTransaction' }, action: { kind: 'latency', ms: 2_000 }, count: 1 });
  const made = await created({ payment_method_token: shop.token }, shop.options);
  await eventually('the charge is under way', async () => (await shop.charges(made.id))[0]?.status === 'processing');
  assert.equal((await florin.request('DELETE', `${all}/${made.id}`, shop.options)).json.status, 'canceled');
  await eventually('the answer has come', async () => (await shop.charges(made.id))[0].status !== 'processing');
  await shop.advance('2027-03-15T12:00:00Z');
  assert.deepEqual((await shop.charges(made.id)).map((one) => [one.status, one.attempts]), [['canceled', 1]]);
});

test('canceled at the end of the period, it is not charged again', async () => {  // D-AP-09
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const made = await created({ payment_method_token: shop.token }, shop.options);
  assert.equal((await florin.request('DELETE', `${all}/${made.id}?at_period_end=true`, shop.options)).status, 200);
  await shop.advance('2027-06-01T00:00:00Z');
  const ended = await read(made.id, shop.options);
  assert.deepEqual([ended.status, ended.canceled_at], ['canceled', '2027-02-28T00:00:00.000Z']);
  assert.equal((await shop.charges(made.id)).length, 1);
});

test('what a change leaves to be paid is charged when it ends, and given back is what was paid', async () => {  // F95, F96
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const [dearer, later] = [await created({ payment_method_token: shop.token }, shop.options), await created({ payment_method_token: shop.token }, shop.options)];
  await shop.advance('2027-01-31T10:00:00Z');
  assert.equal((await change(dearer.id, { amount: '1000.00' }, shop.options)).status, 200);
  assert.equal((await florin.request('DELETE', `${all}/${dearer.id}?at_period_end=true`, shop.options)).status, 200);
  const { json: scheduled } = await change(later.id, { amount: '100.00', proration: 'none' }, shop.options);
  assert.deepEqual([scheduled.amount, scheduled.scheduled_change.amount], ['10.00', '100.00']);
  assert.equal((await florin.post(`${all}/${later.id}/cancel`, { refund: 'unused' }, shop.options)).status, 200);
  await shop.advance('2027-03-15T12:00:00Z');
  const told = async (id) => (await shop.charges(id)).map((one) => [one.purpose, one.amount, one.is_refund, one.status]);
  assert.deepEqual(await told(dearer.id), [['period', 10, false, 'succeeded'], ['final_amount', 990, false, 'succeeded']]);
  assert.deepEqual(await told(later.id), [['period', 10, false, 'succeeded'], ['final_amount', 10, true, 'succeeded']]);
});

test('while its period is not paid a change waits for the next, and what was used is collected after its end', async () => {  // F95, D-FL-05
  const shop = await merchant_at('2027-01-31T09:00:00Z', { ...visa, number: '4000000000000002' });
  const made = await created({ payment_method_token: shop.token, billing_cycle: 'daily' }, shop.options);
  await shop.advance('2027-01-31T10:00:00Z');
  const refused = await change(made.id, { amount: '20.00' }, shop.options);
  assert.deepEqual([refused.status, refused.json.code, refused.json.field], [409, 'period_not_paid', 'proration'], refused.text);
  assert.equal((await change(made.id, { amount: '20.00', proration: 'none' }, shop.options)).json.scheduled_change.amount, '20.00');
  assert.equal((await florin.request('DELETE', `${all}/${made.id}?at_period_end=true`, shop.options)).status, 200);
  await shop.advance('2027-02-01T10:00:00Z');
  assert.equal((await read(made.id, shop.options)).status, 'canceled');
  await shop.advance('2027-02-20T10:00:00Z');
  assert.deepEqual((await shop.charges(made.id)).map((one) => [one.due_date, one.status, one.attempts]), [['2027-01-31', 'failed', 5]]);
});

test('a card that is declined is tried again by the policy, and then it ends', async () => {  // D-FL-05, D-ST-03, X-07
  const shop = await merchant_at('2027-01-31T09:00:00Z', { ...visa, number: '4000000000000002' });
  const made = await created({ payment_method_token: shop.token }, shop.options);
  await shop.advance('2027-01-31T10:00:00Z');
  assert.equal((await read(made.id, shop.options)).status, 'past_due');
  await shop.advance('2027-02-06T23:59:59Z');
  const [waiting] = await shop.charges(made.id);
  assert.deepEqual([waiting.status, waiting.attempts, waiting.retry_on], ['retrying', 4, '2027-02-07']);
  assert.equal((await read(made.id, shop.options)).status, 'past_due');
  await shop.advance('2027-06-01T00:00:00Z');
  const charges = await shop.charges(made.id);
  assert.deepEqual(charges.map((one) => [one.status, one.attempts, one.ending]), [['failed', 5, 'cancel']]);
  const ended = await read(made.id, shop.options);
  assert.deepEqual([ended.status, ended.canceled_at.slice(0, 10)], ['canceled', '2027-02-07']);
  assert.deepEqual(await told_of(made.id, 3, shop.options), ['created', 'past_due', 'canceled']);
});

test('another card makes good what was declined', async () => {  // D-FL-05, D-AP-08
  const shop = await merchant_at('2027-01-31T09:00:00Z', { ...visa, number: '4000000000000002' });
  const made = await created({ payment_method_token: shop.token, billing_cycle: 'weekly' }, shop.options);
  await shop.advance('2027-01-31T10:00:00Z');
  const { json: stored } = await florin.post('/api/v1/payment_methods', { card: visa }, shop.options);
  assert.equal((await change(made.id, { payment_method_token: stored.payment_method_token }, shop.options)).status, 200);
  await shop.advance('2027-02-07T10:00:00Z');
  const charges = await shop.charges(made.id);
  assert.deepEqual(charges.map((one) => one.status), ['succeeded', 'succeeded']);
  assert.equal((await read(made.id, shop.options)).status, 'active');
});

test('what will be charged is foretold, and then it is', async () => {
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const made = await created({ payment_method_token: shop.token, trial_days: 10, billing_cycle: 'every_2_weeks' }, shop.options);
  const { json } = await florin.get('/api/v1/forecast?until=2027-04-30', shop.options);
  await shop.advance('2027-04-30T23:59:59Z');
  const charges = await shop.charges(made.id);
  assert.ok(charges.length > 4);
  assert.deepEqual(json.data.map((one) => [one.date, one.amount]), charges.map((one) => [one.due_date, one.amount]));
});

test('each period has its invoice, and a customer whose address is known has a mail for each change', async () => {  // F124, A-FR-23
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const customer = await florin.post('/api/v1/customers', { customer_id: 'reads-mail', email: 'ada@example.com', name: 'Ada' }, shop.options);
  assert.equal(customer.status, 201, customer.text);
  const made = await created({ payment_method_token: shop.token, customer_id: 'reads-mail' }, shop.options);
  await shop.advance('2027-02-28T12:00:00Z');
  assert.equal((await florin.request('DELETE', `${all}/${made.id}`, shop.options)).status, 200);
  const { json: documents } = await florin.get('/api/v1/documents?kind=invoice&customer_id=reads-mail', shop.options);
  assert.deepEqual(documents.data.map((one) => one.number).reverse(), ['INV-000001', 'INV-000002']);
  const mails = async () => (await florin.get('/api/v1/notifications?customer_id=reads-mail', shop.options)).json.data;
  await eventually('both mails are queued', async () => (await mails()).filter((mail) => mail.template.startsWith('subscription_')).length === 2);
  assert.deepEqual((await mails()).map((mail) => mail.template).filter((name) => name.startsWith('subscription_')).reverse(), ['subscription_welcome', 'subscription_canceled']);
});
