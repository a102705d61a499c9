// What stands around charges that are due: retry policies, the forecast, and what the lists say when nothing is due. What
// is charged, by payment terms and subscriptions, is tested where those are.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start_florin } from '../support/florin.mjs';

let florin, other;
before(async () => {
  florin = await start_florin();
  other = await florin.new_merchant('other');
});
after(() => florin?.stop());

const all = '/api/v1/retry_policies';
const put = (name, body, options) => florin.request('PUT', `${all}/${name}`, { body, ...options });
const patient = { retries: { insufficient_funds: [1, 3, 7], soft: [2] }, count_from: 'due_date', end: 'keep', messages: { retry: 'payment_failed' } };

test('the policies that come along are listed and cannot be changed', async () => {  // X-07, A-FR-03
  const { data } = (await florin.get(all)).json;
  assert.deepEqual(data.map((policy) => [policy.name, policy.is_preset]), [['next_day_then_case', true], ['standard_dunning', true]]);
  assert.deepEqual(data[0].rules.retries, { insufficient_funds: [1], soft: [1], technical: [1] });
  assert.equal(data[0].rules.end, 'case');
  assert.equal((await put('next_day_then_case', patient)).json.code, 'retry_policy_is_preset');
  assert.equal((await florin.request('DELETE', `${all}/standard_dunning`)).json.code, 'retry_policy_is_preset');
});

test('a merchant has policies of its own', async () => {  // B-SE-15, A-SC-05
  const made = await put('patient', patient);
  assert.deepEqual([made.status, made.json.version, made.json.is_preset], [200, 1, false], made.text);
  assert.deepEqual(made.json.rules.retries, { insufficient_funds: [1, 3, 7], soft: [2], technical: [] });
  assert.equal(made.json.rules.count_from, 'due_date');
  assert.equal((await put('patient', { ...patient, end: 'cancel' })).json.version, 2);
  assert.equal((await florin.get(`${all}/patient`)).json.rules.end, 'cancel');
  assert.equal((await florin.get(`${all}/patient`, { key: other.key })).status, 404);
  const trail = (await florin.get('/api/v1/audit?entity_type=retry_policy&entity_id=patient')).json.data;
  assert.deepEqual(trail.map((record) => record.action), ['retry_policy.put', 'retry_policy.put']);
  assert.equal((await florin.request('DELETE', `${all}/patient`)).status, 204);
  assert.equal((await florin.request('DELETE', `${all}/patient`)).status, 404);
});

test('of two who change a policy the second is told', async () => {
  assert.equal((await put('shared', { ...patient, version: 1 })).json.code, 'retry_policy_changed_meanwhile', 'there is none yet');
  assert.equal((await put('shared', { ...patient, version: 0 })).json.version, 1);
  assert.equal((await put('shared', { ...patient, version: 0 })).json.code, 'retry_policy_changed_meanwhile');
  const changed = await put('shared', { ...patient, end: 'cancel', version: 1 });
  assert.deepEqual([changed.status, changed.json.version, changed.json.rules.version], [200, 2, undefined], changed.text);
  const late = await put('shared', { ...patient, version: 1 });
  assert.deepEqual([late.status, late.json.code, late.json.field], [409, 'retry_policy_changed_meanwhile', 'version']);
  assert.equal((await florin.get(`${all}/shared`)).json.rules.end, 'cancel');
  const both = await Promise.all([put('shared', { ...patient, version: 2 }), put('shared', { ...patient, version: 2 })]);
  assert.deepEqual(both.map((one) => one.status).sort(), [200, 409]);
});

test('what a policy may not say is refused, and named', async () => {
  const refused = [
    [{ ...patient, retries: { hard: [1] } }, 'hard_declines_retried', 'retries.hard'],
    [{ ...patient, retries: { expired_card: [] } }, 'hard_declines_retried', 'retries.expired_card'],
    [{ ...patient, retries: { soft: [3, 1] } }, 'invalid_retry_days', 'retries.soft'],
    [{ ...patient, retries: { soft: [0] } }, 'invalid_retry_days', 'retries.soft'],
    [{ ...patient, retries: { soft: [91] } }, 'invalid_retry_days', 'retries.soft'],
    [{ ...patient, retries: { insufficient_funds: Array.from({ length: 13 }, (_, i) => i + 1) } }, 'invalid_retry_days', 'retries.insufficient_funds'],
    [{ ...patient, retries: { sometimes: [1] } }, 'unknown_field', 'retries.sometimes'],
    [{ ...patient, end: 'give up' }, 'invalid_ending', 'end'],
    [{ ...patient, count_from: 'easter' }, 'invalid_count_from', 'count_from'],
    [{ retries: {} }, 'missing_field', 'end'],
    [{ ...patient, messages: { retry: 'none_such' } }, 'unknown_template', 'messages.retry'],
    [{ ...patient, messages: { final: 'none_such' } }, 'unknown_template', 'messages.final'],
  ];
  for (const [wrong, code, field] of refused) {
    const { status, json, text } = await put('wrong', wrong);
    assert.deepEqual([status, json.code, json.field], [422, code, field], text);
  }
  assert.equal((await put('No-Name', patient)).json.code, 'invalid_policy_name');
});

test('where nothing is due, nothing is listed and nothing foreseen', async () => {
  assert.deepEqual((await florin.get('/api/v1/billing/charges')).json, { data: [], has_more: false });
  const { json } = await florin.get('/api/v1/forecast');
  assert.deepEqual([json.data, json.totals], [[], []]);
  assert.match(json.until, /^\d{4}-\d\d-\d\d$/);
  for (const [query, field] of [['until=2020-01-01', 'until'], ['until=2090-01-01', 'until'], ['until=soon', 'until'], ['from=2020-01-01', 'from']]) {
    const refused = await florin.get(`/api/v1/forecast?${query}`);
    assert.deepEqual([refused.status, refused.json.field], [refused.status === 400 ? 400 : 422, field], refused.text);
  }
  const absent = '01890000-0000-7000-8000-000000000000';
  assert.equal((await florin.get(`/api/v1/billing/charges/${absent}`)).json.code, 'charge_not_found');
  assert.equal((await florin.post(`/api/v1/billing/charges/${absent}/retry`, {})).json.code, 'charge_not_found');
  assert.equal((await florin.get('/api/v1/billing/charges?status=lost')).json.field, 'status');
  assert.equal((await florin.get(`/api/v1/billing/charges?owner_id=${absent}`)).json.field, 'owner_kind');
});

test('who may read billing may not change it', async () => {
  const reader = await florin.new_key('test-merchant', 'billing:read');
  assert.equal((await florin.get(all, { key: reader })).status, 200);
  assert.equal((await put('mine', patient, { key: reader })).status, 403);
});
