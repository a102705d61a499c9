// Subscriptions over HTTP: document D's fields, plans, and a life on a test clock with the sandbox's providers.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, fresh_key, start_florin, visa } from '../support/florin.mjs';

const all = '/api/v1/subscriptions';
let florin, other;
before(async () => {
  florin = await start_florin();
  other = await florin.new_merchant('other');
});
after(() => florin?.stop());

const absent = '01890000-0000-7000-8000-000000000000';
let count = 0;
const monthly = (body) => ({ customer_id: `customer-${++count}`, amount: '10.00', currency: 'EUR', billing_cycle: 'monthly', ...body });
const create = (body, options) => florin.post(all, monthly(body), options);
const created = async (body, options) => {
  const { status, json } = await create(body, options);
  assert.equal(status, 201, JSON.stringify(json));
  return json;
};
const read = async (id, options) => (await florin.get(`${all}/${id}`, options)).json;
const change = (id, body, options) => florin.request('PUT', `${all}/${id}`, { body, ...options });
const events_of = async (id, options) => (await florin.get(`/api/v1/events?subject=${id}`, options)).json.data.map((event) => event.type.replace('florin.subscription.', ''));
const day = (text, days = 0) => new Date(Date.parse(`${text}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

test('a subscription has document D\'s fields, is read, listed and found by them', async () => {  // D-AP-06, D-AP-07, D-DM-02
  const made = await created({ trial_days: 14, metadata: { seat: 7 } });
  const today = made.created_at.slice(0, 10);
  const { id, customer_id, created_at, updated_at, ...rest } = made;
  assert.deepEqual(rest, {
    subscription_id: id, name: 'Subscription', status: 'trialing', amount: '10.00', currency: 'EUR', quantity: 1, total: '10.00',
    billing_cycle: 'monthly', retry_policy: 'standard_dunning', current_period_start: today, current_period_end: day(today, 14),
    next_billing_date: day(today, 14), trial_end_date: day(today, 14), cancel_at_period_end: false, is_held: false, metadata: { seat: 7 }, version: 1,
  });
  assert.equal(created_at, updated_at);
  assert.deepEqual(await read(id), made);
  for (const query of [`customer_id=${customer_id}`, `customer_id=${customer_id}&status=trialing`, `next_billing_from=${day(today, 14)}&next_billing_before=${day(today, 15)}&customer_id=${customer_id}`])
    assert.deepEqual((await florin.get(`${all}?${query}`)).json, { data: [made], has_more: false }, query);
  assert.deepEqual((await florin.get(`${all}?customer_id=${customer_id}&status=active`)).json.data, []);
  assert.equal((await florin.get(`${all}/${id}`, { key: other.key })).status, 404);
  assert.equal((await florin.get(`${all}/${absent}`)).json.code, 'subscription_not_found');
  assert.equal((await florin.get(`${all}/nonsense`)).json.code, 'subscription_not_found');
  await eventually('the event is told', async () => (await events_of(id)).join() === 'created');
});

test('a name of its own is what customers and forecast read, and changes when it is told to', async () => {
  const { id, name } = await created({ trial_days: 14, name: 'Coffee every month' });
  assert.equal(name, 'Coffee every month');
  const expected = async () => (await florin.get(`/api/v1/forecast?until=${day(new Date().toISOString().slice(0, 10), 20)}`)).json.data.find((one) => one.owner_id === id).description;
  assert.equal(await expected(), name);
  assert.equal((await change(id, { name: 'Tea every month' })).json.name, 'Tea every month');
  assert.equal(await expected(), 'Tea every month');
  const { json } = await change(id, { amount: '12.00', when: 'period_end', name: 'Two teas' });
  assert.equal(json.name, 'Two teas', 'what is tried out costs nothing yet');
});

test('pages of the list go from new to old', async () => {
  const { key } = await florin.new_merchant('pages');
  for (let i = 0; i < 5; ++i) await created({ trial_days: 1 }, { key });
  const seen = [];
  for (let cursor = ''; cursor !== undefined;) {
    const { json } = await florin.get(`${all}?limit=2${cursor && `&cursor=${cursor}`}`, { key });
    seen.push(...json.data.map((one) => one.id));
    cursor = json.next_cursor;
  }
  assert.equal(new Set(seen).size, 5);
  assert.deepEqual(seen, [...seen].sort().reverse());
});

test('a cycle is a word or an object; all else is refused, naming the field', async () => {
  for (const [given, shown] of [['weekly', 'weekly'], ['every_2_weeks', 'every_2_weeks'], [{ unit: 'quarter' }, 'quarterly'], [{ unit: 'day', count: 10 }, 'every_10_days']])
    assert.equal((await created({ billing_cycle: given, trial_days: 1 })).billing_cycle, shown);
  for (const [body, code, field] of [
    [{ billing_cycle: 'fortnightly' }, 'invalid_billing_cycle', 'billing_cycle'], [{ billing_cycle: 7 }, 'wrong_type', 'billing_cycle'],
    [{ billing_cycle: { unit: 'moon' } }, 'invalid_billing_cycle', 'billing_cycle.unit'], [{ billing_cycle: { unit: 'month', count: 37 } }, 'invalid_billing_cycle', 'billing_cycle'],
    [{ billing_cycle: { unit: 'month', extra: 1 } }, 'unknown_field', 'billing_cycle.extra'], [{ billing_cycle: undefined }, 'missing_field', 'billing_cycle'],
    [{ amount: '10.001' }, 'amount_too_precise', 'amount'], [{ amount: '-1.00' }, 'invalid_amount', 'amount'], [{ amount: undefined }, 'missing_field', 'amount'],
    [{ currency: 'XXX' }, 'unknown_currency', 'currency'], [{ quantity: 0 }, 'out_of_range', 'quantity'], [{ amount: '10000000.00', quantity: 1_000_000 }, 'amount_out_of_range', 'amount'],
    [{ customer_id: '4111111111111111' }, 'card_number_in_text', 'customer_id'], [{ metadata: { note: '4111 1111 1111 1111' } }, 'card_number_in_text', 'metadata'],
    [{ trial_days: 1, trial_end_date: '2099-01-01' }, 'trial_given_twice', 'trial_end_date'], [{ trial_end_date: '2020-01-01' }, 'invalid_trial', 'trial_end_date'],
    [{ trial_end_date: '2027-02-30' }, 'invalid_date', 'trial_end_date'], [{ retry_policy: 'never-heard' }, 'unknown_retry_policy', 'retry_policy'],
    [{ payment_method_token: `pm_${absent}` }, 'payment_method_not_found', 'payment_method_token'], [{ plan_id: 'nowhere', amount: undefined, billing_cycle: undefined, currency: undefined }, 'plan_not_found', 'plan_id'],
    [{ plan_id: 'nowhere' }, 'price_given_twice', 'amount'], [{ colour: 'red' }, 'unknown_field', 'colour'],
    [{ name: '' }, 'too_short', 'name'], [{ name: 'a'.repeat(101) }, 'too_long', 'name'], [{ name: 'two\nlines' }, 'invalid_text', 'name'],
  ]) {
    const { status, json } = await create(body);
    assert.deepEqual([json.code, json.field], [code, field], JSON.stringify(body));
    assert.ok(status === 422 || status === 404, `${status}`);
  }
});

test('an idempotency key gives the first answer again, byte for byte', async () => {  // F11, F12, F37
  const key = fresh_key();
  const body = monthly({ trial_days: 3 });
  const first = await florin.post(all, body, { idempotency_key: key });
  assert.equal(first.status, 201);
  assert.equal((await change(first.json.id, { quantity: 2 })).status, 200);
  const again = await florin.post(all, body, { idempotency_key: key });
  assert.equal(again.text, first.text);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal((await florin.post(all, { ...body, amount: '11.00' }, { idempotency_key: key })).json.code, 'idempotency_key_reused');
  const stop = fresh_key();
  const canceled = await florin.post(`${all}/${first.json.id}/cancel`, {}, { idempotency_key: stop });
  const repeated = await florin.post(`${all}/${first.json.id}/cancel`, {}, { idempotency_key: stop });
  assert.deepEqual([canceled.status, repeated.text], [200, canceled.text]);
  const elsewhere = await created({ trial_days: 3 });
  assert.equal((await florin.post(`${all}/${elsewhere.id}/cancel`, {}, { idempotency_key: stop })).json.code, 'idempotency_key_reused');
});

test('a plan has prices that never change; subscriptions keep theirs', async () => {
  const plan = { plan_id: `pro-${process.pid}`, name: 'Pro', amount: '20.00', currency: 'EUR', billing_cycle: 'monthly', trial_days: 7 };
  const made = await florin.post('/api/v1/plans', plan);
  assert.equal(made.status, 201, made.text);
  assert.deepEqual([made.json.price_version, made.json.is_active, made.json.version], [1, true, 1]);
  assert.equal((await florin.post('/api/v1/plans', plan)).json.code, 'plan_exists');
  const early = (await florin.post(all, { customer_id: 'early', plan_id: plan.plan_id })).json;
  assert.deepEqual([early.amount, early.name, early.status], ['20.00', 'Pro', 'trialing']);
  const dearer = await florin.request('PUT', `/api/v1/plans/${plan.plan_id}`, { body: { amount: '25.00', version: 1 } });
  assert.deepEqual([dearer.status, dearer.json.price_version, dearer.json.amount], [200, 2, '25.00'], dearer.text);
  assert.equal((await florin.request('PUT', `/api/v1/plans/${plan.plan_id}`, { body: { name: 'Late', version: 1 } })).json.code, 'plan_changed_meanwhile');
  assert.equal((await read(early.id)).amount, '20.00');
  assert.equal((await florin.post(all, { customer_id: 'late', plan_id: plan.plan_id })).json.amount, '25.00');
  assert.equal((await change(early.id, { plan_id: plan.plan_id })).json.amount, '25.00', 'changed itself, it takes the newest');
  assert.equal((await florin.request('PUT', `/api/v1/plans/${plan.plan_id}`, { body: { is_active: false } })).status, 200);
  assert.equal((await florin.post(all, { customer_id: 'too-late', plan_id: plan.plan_id })).json.code, 'plan_inactive');
  assert.deepEqual((await florin.get('/api/v1/plans?is_active=false')).json.data.map((one) => one.plan_id), [plan.plan_id]);
  assert.equal((await florin.get(`/api/v1/plans/${plan.plan_id}`, { key: other.key })).status, 404);
});

test('a change needs the version that was read, if it names one', async () => {  // D-AP-08, D-DE-01
  const made = await created({ trial_days: 5 });
  const changed = await change(made.id, { version: 1, quantity: 3, metadata: { a: 1 } });
  assert.deepEqual([changed.status, changed.json.total, changed.json.version], [200, '30.00', 2], changed.text);
  assert.equal((await change(made.id, { version: 1, quantity: 4 })).json.code, 'subscription_changed_meanwhile');
  assert.equal((await change(made.id, { currency: 'USD' })).json.code, 'currency_mismatch');
  assert.equal((await change(made.id, { proration: 'maybe' })).json.field, 'proration');
});

test('a change that changes nothing is none: the same answer, no version, no event', async () => {
  const made = await created({ trial_days: 5 });
  for (const body of [{}, undefined, { quantity: 1 }, { amount: '10' }, { metadata: {} }, { retry_policy: made.retry_policy, cancel_at_period_end: false }]) {
    const same = await change(made.id, body);
    assert.deepEqual([same.status, same.json], [200, made], same.text);
  }
  await eventually('its event has its place', async () => (await events_of(made.id)).length > 0);
  assert.equal((await events_of(made.id)).join(), 'created');
  const plan = { plan_id: `still-${process.pid}`, name: 'Still', amount: '20.00', currency: 'EUR', billing_cycle: 'monthly' };
  const { json: first } = await florin.post('/api/v1/plans', plan);
  for (const body of [{}, { name: 'Still', amount: '20' }]) assert.deepEqual((await florin.request('PUT', `/api/v1/plans/${plan.plan_id}`, { body })).json, first);
  assert.equal((await florin.request('PUT', `/api/v1/plans/${plan.plan_id}`, { body: { name: 'Other' } })).json.version, 2);
});

test('a repeated pause keeps its day, unless it is given another or none', async () => {
  const made = await created({ trial_days: 30 });
  const pause = async (body) => (await florin.post(`${all}/${made.id}/pause`, body)).json;
  const until = day(made.created_at.slice(0, 10), 10), later = day(until, 5);
  const first = await pause({ resume_on: until });
  assert.deepEqual([first.status, first.resume_on], ['paused', until]);
  assert.deepEqual(await pause({}), first);
  assert.deepEqual(await pause({ resume_on: until }), first);
  assert.equal((await pause({ resume_on: later })).resume_on, later);
  const open = await pause({ resume_on: null });
  assert.equal(open.resume_on, undefined);
  assert.deepEqual(await pause({}), open);
});

test('keys do what their scopes say', async () => {
  const reader = await florin.new_key('other', 'subscriptions:read');
  assert.equal((await florin.post(all, monthly({ trial_days: 1 }), { key: reader })).status, 403);
  assert.equal((await florin.get(all, { key: reader })).status, 200);
});

test('canceled now, at the end of the period, twice: stable', async () => {  // D-AP-09, X-09, F86
  const made = await created({ trial_days: 5 });
  const later = await florin.request('DELETE', `${all}/${made.id}?at_period_end=true`);
  assert.deepEqual([later.status, later.json.status, later.json.cancel_at_period_end], [200, 'trialing', true]);
  assert.equal((await change(made.id, { cancel_at_period_end: false })).json.cancel_at_period_end, false);
  const now = await florin.request('DELETE', `${all}/${made.id}`);
  assert.deepEqual([now.status, now.json.status, now.json.next_billing_date], [200, 'canceled', undefined]);
  assert.equal((await florin.request('DELETE', `${all}/${made.id}`)).text, now.text);
  assert.equal((await florin.post(`${all}/${made.id}/pause`, {})).json.code, 'subscription_canceled');
  assert.equal((await florin.request('DELETE', `${all}/${made.id}?at_period_end=perhaps`)).json.field, 'at_period_end');
});

test('without a trial the first period is charged at once, by the stored card', async () => {  // D-FL-04, D-DM-05
  const { json: stored } = await florin.post('/api/v1/payment_methods', { card: visa });
  const made = await created({ payment_method_token: stored.payment_method_token });
  assert.equal(made.status, 'active');
  const [charged] = await eventually('the charge is paid', async () => {
    const { json } = await florin.get(`/api/v1/billing/charges?owner_kind=subscription&owner_id=${made.id}`);
    return json.data[0]?.status === 'succeeded' && json.data;
  });
  assert.deepEqual([charged.amount, charged.purpose, charged.number], [10, 'period', 1]);
  const { json } = await florin.get(`/api/v1/payments/${charged.payment_id}`);
  assert.deepEqual([json.payment.state, json.payment.amount_captured, json.payment.customer_id], ['captured', '10.00', made.customer_id]);
});
