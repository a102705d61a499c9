// Test clocks: a merchant in the sandbox moves its own time.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { eventually, fresh_database, Florin, fresh_key, send, sql, start_florin, visa } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const at = '/api/v1/test_clocks';
const merchant_of_its_own = async (options) => florin.new_merchant(fresh_key('clock').toLowerCase().replace(/[^a-z0-9]/g, ''), options);
const clock_of = async ({ key }, now = '2027-01-01T09:00:00Z') => {
  const made = await florin.post(at, { now }, { key });
  assert.equal(made.status, 201, made.text);
  return made.json;
};
const advance = (clock, body, { key }) => florin.post(`${at}/${clock.id}/advance`, body, { key });

test('a merchant gives itself a clock, moves it on its calendar, reads it and gives it back', async () => {
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const zone = await florin.request('PUT', '/api/v1/merchant', { key, body: { time_zone: 'Europe/Berlin', billing_hour: 0, locale: 'en' } });
  assert.equal(zone.status, 200, zone.text);
  const clock = await clock_of(merchant, '2027-01-31T09:00:00Z');
  assert.deepEqual([clock.now, clock.status, clock.target], ['2027-01-31T09:00:00.000Z', 'ready', undefined]);
  const to_now = async (body) => {
    const moved = await advance(clock, body, merchant);
    assert.deepEqual([moved.status, moved.json.status, moved.json.still_open], [200, 'ready', undefined], moved.text);
    return moved.json.now;
  };
  assert.equal(await to_now({ by: 'P1M' }), '2027-02-28T09:00:00.000Z');
  assert.equal(await to_now({ by: 'P1M' }), '2027-03-28T08:00:00.000Z', 'the same time of the day, in summer');
  assert.equal(await to_now({ to: '2027-12-24T18:00:00+01:00' }), '2027-12-24T17:00:00.000Z');
  assert.equal(await to_now({ to: '2027-12-24T17:00:00Z' }), '2027-12-24T17:00:00.000Z');
  assert.equal(await to_now({ by: 'P1Y2M10DT2H' }), '2029-03-06T19:00:00.000Z');
  assert.equal(await to_now(undefined), '2029-03-06T19:00:00.000Z');
  const read = await florin.get(`${at}/${clock.id}`, { key });
  assert.deepEqual((await florin.get(at, { key })).json.data, [read.json]);
  assert.equal((await florin.request('DELETE', `${at}/${clock.id}`, { key })).status, 204);
  assert.deepEqual((await florin.get(at, { key })).json.data, []);
});

test('a clock does not set out for where the calendar ends: nothing could stop it', async () => {
  const merchant = await merchant_of_its_own();
  const clock = await clock_of(merchant);
  for (const by of ['P99999Y', 'P9999999M', 'P9999999D']) {
    const { status, json, text } = await advance(clock, { by }, merchant);
    assert.deepEqual([status, json.code, json.field], [422, 'out_of_range', 'by'], text);
  }
  assert.equal((await florin.get(`${at}/${clock.id}`, merchant)).json.status, 'ready');
});

test('what a clock cannot do is refused, naming the field', async () => {
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const clock = await clock_of(merchant);
  for (const [body, status, code, field] of [
    [{ to: '2026-12-31T00:00:00Z' }, 422, 'test_clock_backwards', 'to'],
    [{ to: 'tomorrow' }, 422, undefined, 'to'],
    [{ by: 'a month' }, 422, 'invalid_duration', 'by'],
    [{ by: '-P1M' }, 422, 'invalid_duration', 'by'],
    [{ by: 'P9000Y' }, 422, 'out_of_range', 'by'],
    [{ by: 'P201Y' }, 422, 'advance_too_long', 'by'],
    [{ to: '9000-01-01T00:00:00Z' }, 422, 'advance_too_long', 'to'],
    [{ by: 'P1M', to: '2028-01-01T00:00:00Z' }, 422, 'ambiguous_destination', 'to'],
    [{ until: '2028-01-01T00:00:00Z' }, 422, 'unknown_field', 'until'],
  ]) {
    const refused = await advance(clock, body, merchant);
    assert.deepEqual([refused.status, code && refused.json.code, refused.json.field], [status, code, field], JSON.stringify(body));
  }
  assert.deepEqual([(await florin.post(at, {}, { key })).json.code], ['test_clock_exists']);
  const other = await merchant_of_its_own();
  for (const asked of [await advance(clock, { by: 'P1M' }, other), await florin.get(`${at}/${clock.id}`, { key: other.key }), await florin.get(`${at}/${crypto.randomUUID()}`, { key })])
    assert.deepEqual([asked.status, asked.json.code], [404, 'test_clock_not_found']);
});

test('a key moves a clock once: repeated it has the same answer, with another body it is refused', async () => {  // F12, F37
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const clock = await clock_of(merchant);
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const move = (body) => florin.post(`${at}/${clock.id}/advance`, body, { key, headers });
  const [first, second] = await Promise.all([move({ by: 'P1M' }), move({ by: 'P1M' })]);
  assert.deepEqual([first.status, second.status, second.json.now], [200, 200, first.json.now], second.text);
  await advance(clock, { by: 'P1D' }, merchant);
  const again = await move({ by: 'P1M' });
  assert.deepEqual([again.status, again.text, again.headers['idempotent-replayed']], [200, first.text, 'true']);
  const other = await move({ by: 'P2M' });
  assert.deepEqual([other.status, other.json.code], [422, 'idempotency_key_reused'], other.text);
  assert.equal((await florin.get(`${at}/${clock.id}`, { key })).json.now, '2027-02-02T09:00:00.000Z');
});

test('a direct debit is waited for where it fell due: refused, it is tried the next day, before what is due next', async () => {  // X-26, A-FR-03
  const set = await send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { stripe: { webhook_url: `${florin.origin}/api/v1/webhooks/stripe`, debit_ms: 400 } } });
  assert.equal(set.status, 200, set.text);
  const merchant = await merchant_of_its_own({ connector: 'stripe' }), { key } = merchant;
  const paid = (await florin.pay('purchase', {
    amount: '1.00', currency: 'EUR', payment_method_type: 'sepa_debit', makes_mandate: true, customer_id: 'c-1', email: 'ada@example.org',
    bank_account: { holder_name: 'Ada', iban: 'DE89370400440532013000' } }, { key })).json;
  await florin.settled(paid.transaction_id, { key });
  const clock = await clock_of(merchant, '2027-01-31T09:00:00Z');
  const made = await florin.post('/payment_terms', {
    customer_id: 'c-1', total_amount: 30_000, start_date: '2027-01-31', term_duration: 3, billing_day: 31,
    payment_terms: { original_transaction_id: paid.transaction_id } }, { key });
  assert.equal(made.status, 201, made.text);
  await florin.faults({ match: { provider: 'stripe', transactionType: 'payment_intent' }, action: { kind: 'decline', code: 2 }, count: 1 });
  const moved = await advance(clock, { by: 'P3M' }, merchant);
  await florin.faults();
  assert.deepEqual([moved.status, moved.json.now, moved.json.still_open], [200, '2027-04-30T09:00:00.000Z', undefined], moved.text);
  // What has happened is looked at once: nothing is waited for any more.
  const owner = made.json.payment_terms_id;
  const charges = (await florin.get(`/api/v1/billing/charges?owner_id=${owner}&owner_kind=payment_terms`, { key })).json.data.reverse();
  assert.deepEqual(charges.map(({ status, attempts, due_date }) => [status, attempts, due_date]),
    [['succeeded', 2, '2027-01-31'], ['succeeded', 1, '2027-02-28'], ['succeeded', 1, '2027-03-31']], JSON.stringify(charges));
  const receipts = (await florin.get(`/api/v1/documents?kind=receipt&owner_id=${owner}`, { key })).json.data.reverse();
  assert.deepEqual(receipts.map(({ issued_on }) => issued_on), ['2027-02-01', '2027-02-28', '2027-03-31'], 'each at its own time');
});

/** A merchant's own server: keeps what it is told. */
const listener = async () => {
  const told = [];
  const server = http.createServer((request, answer) => {
    let text = '';
    request.on('data', (part) => { text += part; }).on('end', () => { told.push(JSON.parse(text)); answer.writeHead(204).end(); });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { told, url: `http://127.0.0.1:${server.address().port}/events`, close: () => { server.closeAllConnections(); server.close(); } };
};

test('a plan lives its year in one request, each instalment on its day, and all are told of it before the answer', async () => {  // F73
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const ears = await listener();
  try {
    const email = `${merchant.name}@example.com`;
    for (const [target, body] of [
      ['/api/v1/customers', { customer_id: 'c-1', name: 'Ada Lovelace', email }],
      ['/api/v1/webhook_endpoints', { url: ears.url, event_types: ['florin.payment.*'] }],
    ]) {
      const made = await florin.post(target, body, { key });
      assert.equal(made.status, 201, made.text);
    }
    const { payment_method_token } = (await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'c-1' }, { key })).json;
    const clock = await clock_of(merchant);
    const made = await florin.post('/payment_terms', {
      customer_id: 'c-1', total_amount: 120_001, start_date: '2027-01-15', term_duration: 12, billing_day: 31, payment_terms: { payment_method_token },
    }, { key });
    assert.equal(made.status, 201, made.text);
    const moved = await advance(clock, { by: 'P1Y' }, merchant);
    assert.deepEqual([moved.status, moved.json.status, moved.json.now, moved.json.still_open], [200, 'ready', '2028-01-01T09:00:00.000Z', undefined], moved.text);

    // What has happened is looked at once: nothing is waited for any more.
    const heard = ears.told.filter((event) => event.type === 'florin.payment.captured').length;
    const [terms, { instalments }] = await Promise.all(['', '/schedule'].map(async (what) => (await florin.get(`/payment_terms/${made.json.payment_terms_id}${what}`, { key })).json));
    const mails = (await send(florin.sandbox, 'GET', `/sandbox/mails?to=${encodeURIComponent(email)}`)).json.mails;
    assert.deepEqual([terms.status, terms.paid_amount], ['completed', 120_001]);
    assert.deepEqual(instalments.map((one) => [one.due_date.slice(5), one.status]),
      ['01-31', '02-28', '03-31', '04-30', '05-31', '06-30', '07-31', '08-31', '09-30', '10-31', '11-30', '12-31'].map((day) => [day, 'succeeded']));
    assert.equal(heard, 12);
    assert.ok(mails.length >= 1);
  } finally {
    ears.close();
  }
});

test('who has plans gets a clock at the present alone, and keeps one that is ahead', async () => {
  const merchant = await merchant_of_its_own(), { key } = merchant;
  const { payment_method_token } = (await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'c-1' }, { key })).json;
  const made = await florin.post('/payment_terms', {
    customer_id: 'c-1', total_amount: 1_200, start_date: new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10), term_duration: 3, billing_day: 10, payment_terms: { payment_method_token },
  }, { key });
  assert.equal(made.status, 201, made.text);
  const refused = await florin.post(at, { now: '2027-01-01T00:00:00Z' }, { key });
  assert.deepEqual([refused.status, refused.json.code, refused.json.field], [409, 'merchant_has_plans', 'now']);
  const clock = (await florin.post(at, {}, { key })).json;
  assert.equal((await advance(clock, { by: 'P2M' }, merchant)).status, 200);
  const kept = await florin.request('DELETE', `${at}/${clock.id}`, { key });
  assert.deepEqual([kept.status, kept.json.code], [409, 'merchant_has_plans']);
});

test('a clock on whose way the server died arrives after the restart', async () => {  // F72
  const database = await fresh_database();
  let server = await Florin.start({ database });
  const made = await server.post(at, { now: '2027-01-01T00:00:00Z' });
  assert.equal(made.status, 201, made.text);
  await server.kill();
  // As it is between the commit of the wish and the first turn.
  await sql(server, 'UPDATE test_clocks SET target_at = shows_at + 86400000, driven_until = 0');
  server = await Florin.start({ database, data: server.data });
  try {
    const arrived = await eventually('the clock is there', async () => {
      const { json } = await server.get(`${at}/${made.json.id}`);
      return json.status === 'ready' && json;
    });
    assert.equal(arrived.now, '2027-01-02T00:00:00.000Z');
  } finally {
    await server.stop();
  }
});
