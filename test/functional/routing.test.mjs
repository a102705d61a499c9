// Through which providers payments go, and how they go on at the next one when the first certainly did nothing.

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  binary, charge, declined_card, eventually, Florin, fresh_database, fresh_key, run, Sandbox, send, start_florin, temporary_folder, visa,
} from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const put = (server, routes, { version, ...options } = {}) =>
  server.request('PUT', '/api/v1/routing', { body: { routes, ...(version === undefined ? {} : { version }) }, ...options });
const any_card = (...connectors) => [{ method: 'card', connectors }];
/// A plan is known everywhere at once in the process that took it.
async function route(server, routes, options) {
  const set = await put(server, routes, options);
  assert.equal(set.status, 200, set.text);
  return set.json;
}
const truth_of = async (server, reference) => (await server.truth()).filter((movement) => movement.reference === reference);
async function metric(server, name) {
  const { text } = await server.get('/api/v1/metrics', { key: null });
  return text.split('\n').filter((line) => line.startsWith(`${name}{`));
}

test('a merchant sets its routes as a whole; what a connector does not take is refused and named', async () => {
  assert.deepEqual((await florin.get('/api/v1/routing')).json, { routes: [], version: 0 });
  const routes = [
    { method: 'card', connectors: ['bank_simulator', 'authorize_net'] },
    { method: 'card', currency: 'USD', connectors: ['stripe'] },
    { method: 'ideal', currency: 'EUR', connectors: ['buckaroo'] },
  ];
  const set = await route(florin, routes);
  assert.deepEqual(set.routes, routes);
  assert.equal(set.version, 1);
  const refused = [
    [any_card('stripe', 'nobody'), 'unknown_connector', 'routes.0.connectors.1'],
    [any_card('wallet'), 'method_not_supported', 'routes.0.connectors.0'],
    [[{ method: 'ideal', currency: 'USD', connectors: ['buckaroo'] }], 'method_not_supported', 'routes.0.connectors.0'],
    [[{ method: 'cash', connectors: ['stripe'] }], 'invalid_payment_method_type', 'routes.0.method'],
    [[{ method: 'card', currency: 'ZZZ', connectors: ['stripe'] }], 'unknown_currency', 'routes.0.currency'],
    [[{ method: 'card', connectors: [] }], 'invalid_connectors', 'routes.0.connectors'],
    [any_card('stripe', 'stripe'), 'duplicate_connector', 'routes.0.connectors.0'],
    [[...any_card('stripe'), ...any_card('stripe')], 'duplicate_route', 'routes.1'],
    [[{ method: 'card', connectors: ['stripe'], weight: 1 }], 'unknown_field', 'routes.0.weight'],
  ];
  for (const [wrong, code, field] of refused) {
    const { status, json, text } = await put(florin, wrong);
    assert.deepEqual([status, json.code, json.field], [422, code, field], text);
  }
  assert.equal((await put(florin, routes, { version: 0 })).json.code, 'routing_changed_meanwhile');
  assert.equal((await put(florin, routes, { version: 1 })).json.version, 2);
  const reader = await florin.new_key('test-merchant', 'payments:read');
  assert.deepEqual((await florin.get('/api/v1/routing', { key: reader })).json.routes, routes);
  assert.equal((await put(florin, routes, { key: reader })).status, 403);
  // Each merchant has its own.
  const { key } = await florin.new_merchant('routing-shop');
  assert.equal((await florin.get('/api/v1/routing', { key })).json.version, 0);

  // By currency, and each goes its way.
  for (const [currency, connector] of [['EUR', 'bank_simulator'], ['USD', 'stripe']]) {
    const paid = await florin.pay('purchase', { ...charge('10.00'), currency });
    assert.deepEqual([paid.status, paid.json.connector], [200, connector], paid.text);
    assert.equal((await florin.get(`/api/v1/payments/${paid.json.payment_id}`)).json.payment.connector, connector);
  }
  const correlation_id = fresh_key();
  await route(florin, [], { headers: { 'x-correlation-id': correlation_id } });
  const audit = (await florin.get(`/api/v1/audit?correlation_id=${correlation_id}`)).text;
  assert.match(audit, /routing\.changed/);
  assert.match(audit, /buckaroo/, 'what there was before is kept');
});

test('a stored card, a capture and a refund stay with their provider, whoever is preferred by then', async () => {
  const { key } = await florin.new_merchant('bound-shop');
  await route(florin, any_card('stripe'), { key });
  const { payment_method_token } = (await florin.post('/api/v1/payment_methods', { card: visa }, { key })).json;
  const held = (await florin.pay('authorize', charge('30.00'), { key })).json;
  await route(florin, any_card('authorize_net', 'bank_simulator'), { key });
  const paid = await florin.pay('purchase', { amount: '6.00', currency: 'EUR', payment_method_token }, { key });
  assert.deepEqual([paid.status, paid.json.connector], [200, 'stripe'], paid.text);
  const captured = await florin.pay('capture', { transaction_id: held.transaction_id }, { key });
  assert.deepEqual([captured.status, captured.json.connector], [200, 'stripe'], captured.text);
  const refunded = await florin.pay('refund', { transaction_id: captured.json.transaction_id }, { key });
  assert.deepEqual([refunded.status, refunded.json.connector], [200, 'stripe'], refunded.text);
});

test('what was declined or may have happened is never tried elsewhere', async () => {  // F36
  const { key } = await florin.new_merchant('patient-shop');
  await route(florin, any_card('authorize_net', 'bank_simulator'), { key });
  const declined = await florin.pay('purchase', { amount: '11.00', currency: 'EUR', card: declined_card }, { key });
  assert.deepEqual([declined.status, declined.json.connector], [402, 'authorize_net'], declined.text);
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'drop_after' } });
  const lost = await florin.pay('purchase', charge('12.00'), { key });
  await florin.faults();
  assert.deepEqual([lost.status, lost.json.connector], [202, 'authorize_net'], lost.text);
  const found = await florin.settled(lost.json.transaction_id, { key });
  assert.deepEqual([found.status, found.connector], ['settled', 'authorize_net']);
  const moved = await truth_of(florin, lost.json.reference_number);
  assert.deepEqual(moved.map(({ provider, amount }) => [provider, amount]), [['authorize_net', 1200]]);
});

/// A server whose first provider refuses connections, and whose second is a sandbox.
async function start_half_deaf(sandbox) {
  const env = {
    FLORIN_STRIPE_SECRET_KEY: 'sk_test_sandbox',
    FLORIN_AUTHORIZE_NET_LOGIN: 'sandboxLogin',
    FLORIN_AUTHORIZE_NET_TRANSACTION_KEY: 'sandboxKey123456',
  };
  const data = path.join(temporary_folder(), 'data');
  const database = await fresh_database();
  const config = `[stripe]\nbase_url = "http://127.0.0.1:9"\n[authorize_net]\nbase_url = "${sandbox.origin}"\n`;
  const server = await Florin.start({ data, database, env, config });
  server.sandbox = sandbox.origin;
  const place = ['--data', data, ...(database ? ['--database', database] : [])];
  const admin = async (...words) => {
    const { code, out, err } = await run(binary, ['admin', ...words, ...place], { env: { ...process.env, ...env } });
    assert.equal(code, 0, err);
    return out.trim();
  };
  await admin('merchant', 'create', 'shop', '--connector', 'stripe');
  server.key = await admin('api-key', 'create', '--merchant', 'shop');
  return server;
}

test('when the preferred provider refuses the connection, the same payment goes on at the next one, and all can see it', async () => {
  const sandbox = await Sandbox.start();
  const server = await start_half_deaf(sandbox);
  assert.equal((await server.pay('purchase', charge('20.00'))).status, 503, 'without a route there is nobody else');
  await route(server, any_card('stripe', 'authorize_net'));
  const idempotency_key = fresh_key();
  const paid = await server.pay('purchase', charge('21.00'), { idempotency_key });
  assert.deepEqual([paid.status, paid.json.status, paid.json.connector], [200, 'settled', 'authorize_net'], paid.text);
  const again = await server.pay('purchase', charge('21.00'), { idempotency_key });
  assert.equal(again.text, paid.text);
  const { json: { payment } } = await server.get(`/api/v1/payments/${paid.json.payment_id}`);
  assert.deepEqual([payment.connector, payment.version, payment.state], ['authorize_net', 2, 'captured']);
  const moved = await truth_of(server, paid.json.reference_number);
  assert.deepEqual(moved.map(({ provider, amount }) => [provider, amount]), [['authorize_net', 2100]]);

  const events = await eventually('both events are there', async () => {
    const { json } = await server.get('/api/v1/events');
    const own = json.data.filter(({ subject }) => subject.endsWith(paid.json.payment_id));
    return own.length === 2 && own;
  });
  assert.deepEqual(events.map(({ type }) => type), ['florin.payment.rerouted', 'florin.payment.captured']);
  assert.deepEqual(events[0].data.rerouted, { from: 'stripe', to: 'authorize_net', reason: 'not_sent' });
  const audit = JSON.stringify((await server.get(`/api/v1/audit?entity_type=payment&entity_id=${paid.json.payment_id}`)).json);
  assert.match(audit, /payment\.rerouted/);
  assert.deepEqual(await metric(server, 'florin_payments_rerouted_total'),
    ['florin_payments_rerouted_total{from="stripe",to="authorize_net",reason="not_sent"} 1']);
  const refund = await server.pay('refund', { transaction_id: paid.json.transaction_id });
  assert.deepEqual([refund.status, refund.json.connector], [200, 'authorize_net'], refund.text);

  // Once its breaker is open, the first is passed over without being asked.
  await eventually('the breaker is open', async () => {
    assert.equal((await server.pay('purchase', charge('22.00'))).status, 200);
    const { json } = await server.get('/api/v1/connectors');
    return json.data.find(({ name }) => name === 'stripe').breaker.state === 'open';
  });
  const passed = await server.pay('purchase', charge('23.00'));
  assert.deepEqual([passed.status, passed.json.connector], [200, 'authorize_net']);
  assert.equal((await server.get(`/api/v1/payments/${passed.json.payment_id}`)).json.payment.version, 1);
  assert.ok((await metric(server, 'florin_payments_rerouted_total')).some((line) => line.includes('reason="breaker_open"')));
  await server.stop();
  await sandbox.stop();
});

/// The trace of a `traceparent`, and whose child it is.
const trace_of = (traceparent) => traceparent.split('-')[1];
const parent_of = (traceparent) => traceparent.split('-')[2];

test('one trace goes from the request to the provider, into the event and to the merchant', async (context) => {
  const received = [];
  const receiver = http.createServer((request, response) => {
    received.push(request.headers);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  context.after(() => receiver.close());
  const { key } = await florin.new_merchant('traced-shop');
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  assert.equal((await florin.post('/api/v1/webhook_endpoints', { url, event_types: ['florin.payment.*'] }, { key })).status, 201);
  const calls = async () => (await send(florin.sandbox, 'GET', '/sandbox/calls?limit=200')).json.calls;
  const own = '00f067aa0ba902b7';
  for (const [connector, last] of [['authorize_net', 'a'], ['stripe', 'b'], ['bank_simulator', 'c'], ['chargebee', 'd']]) {
    await route(florin, any_card(connector), { key });
    const traceparent = `00-4bf92f3577b34da6a3ce929d0e0e473${last}-${own}-01`;
    const paid = await florin.pay('purchase', charge('31.00'), { key, headers: { traceparent } });
    assert.equal(paid.status, 200, paid.text);
    const sent = (await calls()).filter((call) => call.traceparent && trace_of(call.traceparent) === trace_of(traceparent));
    assert.ok(sent.length >= 1, `${connector} was called within the trace`);
    assert.ok(sent.every((call) => call.provider === connector && call.traceparent.endsWith('-01')), JSON.stringify(sent));
    const parents = new Set([own, ...sent.map((call) => parent_of(call.traceparent))]);
    assert.equal(parents.size, sent.length + 1, 'each call is a child of its own');
    const event = await eventually('the event is there', async () => {
      const { json } = await florin.get('/api/v1/events', { key });
      return json.data.find(({ subject }) => subject.endsWith(paid.json.payment_id));
    });
    assert.equal(trace_of(event.traceparent), trace_of(traceparent));
    const told = await eventually('the merchant is told', () =>
      received.find((headers) => headers.traceparent && trace_of(headers.traceparent) === trace_of(traceparent)));
    assert.ok(!parents.has(parent_of(told.traceparent)), 'a child of its own');
  }
});
