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

/// A merchant with a clock of its own and a stored card.
let merchants = 0;
async function merchant_at(now) {
  const { key } = await florin.new_merchant(`clocked-${++merchants}`);
  const options = { key };
  const clock = await florin.post('/api/v1/test_clocks', { now }, options);
  assert.equal(clock.status, 201, clock.text);
  const stored = await florin.post('/api/v1/payment_methods', { card: visa }, options);
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
  const told = ['created', 'trial_ending', 'activated', 'renewed', 'renewed', 'renewed'];
  await eventually('all events are told', async () => (await events_of(made.id, shop.options)).length === told.length);
  assert.deepEqual(await events_of(made.id, shop.options), told);
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

test('canceled at the end of the period, it is not charged again', async () => {  // D-AP-09
  const shop = await merchant_at('2027-01-31T09:00:00Z');
  const made = await created({ payment_method_token: shop.token }, shop.options);
  assert.equal((await florin.request('DELETE', `${all}/${made.id}?at_period_end=true`, shop.options)).status, 200);
  await shop.advance('2027-06-01T00:00:00Z');
  const ended = await read(made.id, shop.options);
  assert.deepEqual([ended.status, ended.canceled_at], ['canceled', '2027-02-28T00:00:00.000Z']);
  assert.equal((await shop.charges(made.id)).length, 1);
});
