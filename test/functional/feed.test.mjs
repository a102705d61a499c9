// The feed of events, which may be waited at, and a payment's timeline, which is put together from all that know of it.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { charge, eventually, send, start_florin, test_merchant } from '../support/florin.mjs';

const customers = '/api/v1/customers';
let florin;
before(async () => {
  florin = await start_florin({ flags: ['--max-in-progress', '8'] });
  // Timelines are compared to the last line: what the sandbox would tell is told by the tests themselves.
  const silent = await send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { authorize_net: { webhook_url: '' } } });
  assert.equal(silent.status, 200, silent.text);
});
after(() => florin?.stop());

const feed = (query, options) => florin.get(`/api/v1/events?${query}`, options);
/// A figure of the metrics.
async function figure(name, server = florin) {
  const { text } = await server.get('/api/v1/metrics', { key: null });
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
const waiting = (count, server = florin) => eventually(`${count} wait`, async () => (await figure('florin_event_polls_waiting', server)) === count);
const new_customer = (server = florin, key = server.key) => server.post(customers, { name: 'Ada' }, { key });
const merchant_of = async (name) => florin.new_merchant(`${name}-${process.pid}`);

test('who waits at the feed is answered as soon as something has happened, and with that alone', async () => {
  const { key } = await merchant_of('waits');
  const stranger = await merchant_of('stranger');
  await new_customer(florin, key);
  const known = (await eventually('the event has its place', async () => { const { json } = await feed('after=0', { key }); return json.data.length === 1 && json; }));
  const poll = feed(`after=${known.next_after}&wait=30`, { key });
  await waiting(1);
  await new_customer(florin, stranger.key);
  const { json: made } = await new_customer(florin, key);
  const { status, json } = await poll;
  assert.equal(status, 200);
  assert.deepEqual(json.data.map((event) => event.subject), [`customer/${made.id}`]);
  assert.equal(json.data[0].merchantposition, Number(json.next_after));
  await waiting(0);
});

test('who filters while they wait is not woken by other things, and need not read them again', async () => {
  const { key } = await merchant_of('filters');
  const poll = feed('after=0&wait=30&type=florin.customer.updated', { key });
  await waiting(1);
  const { json: made } = await new_customer(florin, key);
  assert.equal((await florin.request('PATCH', `${customers}/${made.id}`, { key, body: { version: 1, name: 'Grace' } })).status, 200);
  const { json } = await poll;
  assert.deepEqual(json.data.map((event) => [event.type, event.subject]), [['florin.customer.updated', `customer/${made.id}`]]);
  const { json: empty } = await feed(`after=0&wait=1&type=florin.payment.captured`, { key });
  assert.deepEqual([empty.data, empty.next_after], [[], json.next_after], 'what was passed over is behind');
});

test('a hundred who wait are no load: nobody else is refused, and no answer counts as slow', { timeout: 120_000 }, async (context) => {
  const { key } = await merchant_of('crowd');
  const agent = new http.Agent({ keepAlive: true, maxSockets: 200 });
  context.after(() => agent.destroy());
  const refused = await figure('florin_requests_refused_total{reason="overloaded"}') ?? 0;
  const slow = async () => (await figure('florin_http_request_duration_seconds_count')) - (await figure('florin_http_request_duration_seconds_bucket{le="1"}'));
  const slow_before = await slow();
  const polls = Array.from({ length: 100 }, () => feed('after=0&wait=2', { key, agent }));
  await waiting(100);
  for (let n = 0; n < 20; ++n) assert.equal((await florin.pay('purchase', charge('1.00'))).status, 200);
  assert.equal(await figure('florin_requests_refused_total{reason="overloaded"}') ?? 0, refused);
  const answers = await Promise.all(polls);
  for (const { status, json } of answers) assert.deepEqual([status, json.data], [200, []]);
  assert.equal(await slow(), slow_before);
});

test('more than 256 requests of a merchant do not wait; a server that stops answers all who do', { timeout: 120_000 }, async (context) => {
  const server = await start_florin();
  context.after(() => server.stop());
  const agent = new http.Agent({ keepAlive: true, maxSockets: 400 });
  context.after(() => agent.destroy());
  const poll = () => server.get('/api/v1/events?after=0&wait=30', { agent });
  const polls = Array.from({ length: 256 }, poll);
  await waiting(256, server);
  const { status, json } = await poll();
  assert.deepEqual([status, json.code, json.field], [429, 'too_many_waiting', 'wait']);
  const stopped = server.stop();
  for (const { status: each, json: page } of await Promise.all(polls)) assert.deepEqual([each, page.data], [200, []]);
  assert.equal((await stopped).code, 0);
});

test('a number out of its bounds is refused by its name, as in every list, and told what would do', async () => {
  for (const [name, detail, wrong] of [
    ['wait', 'Give a whole number from 0 to 30.', ['31', '-1', '1.5', 'long', '']],
    ['limit', 'Give a whole number from 1 to 200.', ['0', '201', '-1', '1e1', 'all', '']],
    ['after', 'Give a whole number, 0 or more.', ['-1', '9223372036854775808', 'now', '']],
  ])
    for (const value of wrong) {
      const { status, json } = await feed(`${name}=${value}`);
      assert.deepEqual([status, json.code, json.field, json.detail], [422, 'invalid_parameter', name, detail], value);
    }
  assert.equal((await florin.get('/api/v1/customers?limit=0')).json.detail, 'Give a whole number from 1 to 200.');
});

/// Reads a timeline to its end, `limit` at a time.
async function timeline_of(id, { limit, ...options } = {}) {
  const entries = [];
  for (let cursor; ;) {
    const query = new URLSearchParams({ ...(limit ? { limit } : {}), ...(cursor ? { cursor } : {}) });
    const { status, json } = await florin.get(`/api/v1/payments/${id}/timeline?${query}`, options);
    assert.equal(status, 200, JSON.stringify(json));
    entries.push(...json.data);
    if (!json.has_more) return { ...json, data: entries };
    assert.equal(json.data.length, Number(limit ?? 100));
    cursor = json.next_cursor;
  }
}

test('a timeline tells all that happened to a payment, in order, by everybody who knows of it', { timeout: 120_000 }, async (context) => {
  const got = [];
  const receiver = http.createServer((request, response) => {
    request.resume().on('end', () => { got.push(request.headers['webhook-id']); response.writeHead(204).end(); });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  context.after(() => { receiver.closeAllConnections(); receiver.close(); });
  const endpoint = (await florin.post('/api/v1/webhook_endpoints', { url: `http://127.0.0.1:${receiver.address().port}/`, event_types: ['florin.payment.*'] })).json;
  context.after(() => florin.request('DELETE', `/api/v1/webhook_endpoints/${endpoint.id}`));

  // An answer that is lost, so that there is something to look up; then a refund.
  const correlation = `timeline-${process.pid}`;
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' }, count: 1 });
  const bought = (await florin.pay('purchase', charge('12.50'), { headers: { 'x-correlation-id': correlation } })).json;
  await florin.faults();
  await florin.settled(bought.transaction_id);
  const refunded = (await florin.pay('refund', { transaction_id: bought.transaction_id, amount: '2.50' })).json;
  const events = (await eventually('the events have their places', async () => {
    const { json } = await florin.get(`/api/v1/events?subject=${bought.payment_id}`);
    return json.data.at(-1)?.type === 'florin.payment.refunded' && json;
  })).data;
  await eventually('all is told and noted', async () => (await timeline_of(bought.payment_id)).data.filter((entry) => entry.details.is_delivered).length === events.length);

  const { data, left_out, payment_id } = await timeline_of(bought.payment_id);
  assert.deepEqual([left_out, payment_id], [[], bought.payment_id]);
  const moments = data.map((entry) => entry.at);
  assert.deepEqual(moments, moments.toSorted());
  const of = (kind) => data.filter((entry) => entry.kind === kind);
  const begun = of('transaction_begun');
  assert.deepEqual(begun.map(({ details }) => [details.transaction_id, details.type, details.amount]),
    [[bought.transaction_id, 'purchase', '12.50'], [refunded.transaction_id, 'refund', '2.50']]);
  assert.equal(begun[0].correlation_id, correlation);
  const outcomes = of('transaction_outcome');
  assert.deepEqual(outcomes.map(({ details }) => [details.type, details.status, details.is_open]), [['purchase', 'approved', false], ['refund', 'approved', false]]);
  assert.ok(outcomes[0].details.lookups >= 1, 'the lost answer was looked up');
  assert.deepEqual(of('event').map(({ details }) => details.event_id), events.map((event) => event.id));
  assert.deepEqual(of('event')[0].correlation_id, correlation);
  const sent = of('webhook_sent').filter(({ details }) => details.endpoint_id === endpoint.id);
  assert.deepEqual(new Set(sent.map(({ details }) => details.event_id)), new Set(events.map((event) => event.id)));
  assert.ok(sent.every(({ details }) => details.is_delivered && details.status === 204));
  assert.ok(of('audit').some(({ details }) => details.action === 'payment.captured'));
  await eventually('who has read it is told too', async () => (await timeline_of(bought.payment_id)).data.some(({ details }) => details.action === 'payment.read'));
  assert.ok(data.every((entry) => entry.correlation_id !== undefined && entry.at));
});

test('a timeline tells which webhooks a provider has sent', { timeout: 120_000 }, async () => {
  const bought = (await florin.pay('purchase', charge('3.00'))).json;
  const body = JSON.stringify({
    notificationId: crypto.randomUUID(), eventType: 'net.authorize.payment.authcapture.created', eventDate: '2026-11-20T10:15:30.1234567Z',
    webhookId: '2b8e3d6a-1111-4222-8333-444455556666',
    payload: { responseCode: 1, merchantReferenceId: bought.reference_number, authAmount: 3, invoiceNumber: bought.reference_number, entityName: 'transaction', id: '40000000017' },
  });
  const signature = crypto.createHmac('sha512', '0123456789ABCDEF'.repeat(8)).update(body).digest('hex').toUpperCase();
  const received = await florin.post('/api/v1/webhooks/authorize-net', body, { key: null, headers: { 'x-anet-signature': `sha512=${signature}` } });
  assert.equal(received.status, 200, received.text);
  const [entry] = await eventually('it is worked on', async () => {
    const found = (await timeline_of(bought.payment_id)).data.filter((each) => each.kind === 'webhook_received' && each.details.processed_at);
    return found.length > 0 && found;
  });
  assert.deepEqual([entry.details.connector, entry.details.type, entry.details.status], ['authorize_net', 'net.authorize.payment.authcapture.created', 'processed']);
});

test('a timeline read in small pages is the same as read at once', async () => {
  const bought = (await florin.pay('authorize', charge('9.00'))).json;
  for (const amount of ['1.00', '2.00', '3.00']) await florin.pay('capture', { transaction_id: bought.transaction_id, amount });
  const all_but_reads = (entries) => entries.filter((entry) => entry.details.action !== 'payment.read');
  const whole = await eventually('the events have their places', async () => {
    const entries = all_but_reads((await timeline_of(bought.payment_id)).data);
    return entries.filter((entry) => entry.kind === 'event').length === 4 && entries;
  });
  assert.equal(whole.length, 4 * 4, 'each of four transactions begins, ends, is told of and recorded');
  for (const limit of ['1', '2', '5']) assert.deepEqual(all_but_reads((await timeline_of(bought.payment_id, { limit })).data), whole, limit);
});

test('a timeline shows what the key may see, and only its own merchant\'s', async () => {  // F137
  const bought = (await florin.pay('purchase', charge('4.00'))).json;
  const place = `/api/v1/payments/${bought.payment_id}/timeline`;
  const narrow = await florin.new_key(test_merchant, 'payments:read');
  const { json } = await florin.get(place, { key: narrow });
  assert.deepEqual(json.left_out, ['event', 'webhook_sent', 'audit']);
  assert.deepEqual(new Set(json.data.map((entry) => entry.kind)), new Set(['transaction_begun', 'transaction_outcome']));
  const stranger = await merchant_of('other');
  const foreign = await florin.get(place, { key: stranger.key });
  assert.deepEqual([foreign.status, foreign.json.code], [404, 'payment_not_found']);
  assert.equal((await florin.get('/api/v1/payments/nonsense/timeline')).status, 404);
  assert.equal((await florin.get(place, { key: await florin.new_key(test_merchant, 'events:read') })).status, 403);
  for (const [query, code, field] of [['limit=0', 'invalid_parameter', 'limit'], ['limit=201', 'invalid_parameter', 'limit'], ['cursor=x', 'invalid_parameter', 'cursor'],
    ['cursor=1.9.0.x', 'invalid_parameter', 'cursor'], ['page=2', 'unknown_parameter', 'page']]) {
    const answer = await florin.get(`${place}?${query}`);
    assert.deepEqual([answer.status, answer.json.code, answer.json.field], [422, code, field], query);
  }
});
