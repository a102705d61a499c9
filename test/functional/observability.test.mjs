// What an operator sees: the metrics that the dashboard and the alerts name, the rules themselves, and the connectors' state.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, eventually, run, start_florin, temporary_folder, test_merchant, top } from '../support/florin.mjs';

const rules = path.join(top, 'ops/prometheus/rules.yml');
const dashboard = path.join(top, 'ops/grafana/florin.json');

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

/// The names of Florin's metrics in a text, as they are declared: a histogram's series have its name.
const metrics_in = (text) => new Set([...text.matchAll(/\bflorin_[a-z_]+/g)].map((match) => match[0].replace(/_(bucket|sum|count)$/, '')));
const expressions_of = (board) => board.panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr));

test('the alert rules are well-formed, and each rises when it should', { timeout: 60_000 }, async () => {  // A-NF-07, A-RK-05, D-CL-05
  for (const args of [['check', 'rules', rules], ['test', 'rules', path.join(top, 'ops/prometheus/rules.test.yml')]]) {
    const ran = await run('promtool', args);
    assert.equal(ran.code, 0, ran.out + ran.err);
  }
});

test('each query of the dashboard is one that Prometheus can read', { timeout: 60_000 }, async () => {
  const board = JSON.parse(fs.readFileSync(dashboard, 'utf8'));
  const expressions = expressions_of(board).map((text) => text.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'));
  assert.ok(expressions.length > 20);
  // Each as a rule: promtool then reads it as it would read an alert.
  const groups = { groups: [{ name: 'dashboard', rules: expressions.map((expr, index) => ({ record: `panel:${index}`, expr })) }] };
  const file = path.join(temporary_folder(), 'dashboard.yml');
  fs.writeFileSync(file, JSON.stringify(groups));
  const checked = await run('promtool', ['check', 'rules', file]);
  assert.equal(checked.code, 0, checked.out + checked.err);
  assert.equal(new Set(board.panels.map((panel) => panel.id)).size, board.panels.length, 'each panel has an id of its own');
});

test('what the dashboard and the alerts name is exported by a server that has done some work, and explained', { timeout: 120_000 }, async () => {  // A-NF-07, A-RK-05
  const bought = (await florin.pay('purchase', charge('10.00'))).json;
  const endpoint = (await florin.post('/api/v1/webhook_endpoints', { url: `${florin.sandbox}/truth` })).json;
  await florin.pay('refund', { transaction_id: bought.transaction_id });
  await florin.request('POST', '/api/v1/webhooks/authorize-net', { key: null, body: '{}' });
  const named = new Set([...metrics_in(expressions_of(JSON.parse(fs.readFileSync(dashboard, 'utf8'))).join('\n')),
    ...metrics_in([...fs.readFileSync(rules, 'utf8').matchAll(/expr: (\|\n(?: {10,}.*\n)+|.*\n)/g)].map((match) => match[1]).join('\n'))]);
  assert.ok(named.size >= 20, [...named].join());
  // Only of a server with a broker, which test/broker looks at; only once a webhook was worked on, or taken by an endpoint.
  const elsewhere = new Set(['florin_broker_connected', 'florin_broker_waiting', 'florin_broker_oldest_age_seconds', 'florin_broker_events_total', 'florin_broker_commands_total',
    'florin_webhook_processing_lag_seconds', 'florin_webhook_delivery_lag_seconds']);
  await eventually('all of it is exported', async () => {
    const { text } = await florin.get('/api/v1/metrics', { key: null });
    const exported = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    const missing = [...named].filter((name) => !exported.has(name) && !elsewhere.has(name));
    florin.missing = missing;
    return missing.length === 0;
  }, 20_000).catch(() => assert.fail(`not exported: ${florin.missing.join()}`));
  const sources = await run('grep', ['-rhoE', '"florin_[a-z_]+"', path.join(top, 'src'), '--include=*.cpp']);
  for (const name of elsewhere) assert.ok(sources.out.includes(`"${name}"`), name);
  const reference = metrics_in(fs.readFileSync(path.join(top, 'docs/reference/metrics.md'), 'utf8'));
  for (const name of named) assert.ok(reference.has(name), `docs/reference/metrics.md explains ${name}`);
  await florin.request('DELETE', `/api/v1/webhook_endpoints/${endpoint.id}`);
});

test('a queue that has emptied is shown as empty, by kind', { timeout: 60_000 }, async () => {
  const { text } = await florin.get('/api/v1/metrics', { key: null });
  for (const kind of ['webhooks.deliver', 'webhooks.process', 'ledger.snapshot'])
    for (const state of ['waiting', 'retrying', 'running', 'dead']) assert.match(text, new RegExp(`^florin_job_queue\\{kind="${kind.replace('.', '\\.')}",state="${state}"\\} \\d+$`, 'm'));
});

test('the list of connectors tells when a breaker opens, why, and when it closes again', { timeout: 180_000 }, async (context) => {  // D-DE-05
  const server = await start_florin();
  context.after(() => server.stop());
  const of = async (name) => (await server.get('/api/v1/connectors')).json.data.find((each) => each.name === name);
  const before_outage = await of('authorize_net');
  assert.deepEqual([before_outage.breaker, before_outage.last_error], [{ state: 'closed' }, undefined]);
  assert.ok(before_outage.methods.includes('card'));
  await server.faults({ match: { provider: 'authorize_net' }, action: { kind: 'error_before', status: 500 } });
  await Promise.all(Array.from({ length: 30 }, () => server.pay('purchase', charge('1.00'))));
  const open = await eventually('the breaker is open', async () => { const each = await of('authorize_net'); return each.breaker.state === 'open' && each; });
  assert.ok(Date.now() - Date.parse(open.breaker.since) < 60_000);
  assert.equal(open.last_error.class, 'no_answer');
  assert.equal((await of('stripe')).breaker.state, 'closed', 'the others are not concerned');
  await server.faults();
  const closed = await eventually('it closes', async () => { const each = await of('authorize_net'); return each.breaker.state === 'closed' && each; }, 120_000);
  assert.ok(Date.parse(closed.breaker.since) > Date.parse(open.breaker.since));
  assert.equal((await server.get('/api/v1/connectors', { key: await server.new_key(test_merchant, 'events:read') })).status, 403);
});
