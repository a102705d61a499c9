// The OpenAPI document: clean to a linter that knows nothing of us, and the same as the routes.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, run, start_florin, temporary_folder, top } from '../support/florin.mjs';

let florin, document;
before(async () => {
  florin = await start_florin();
  document = (await florin.get('/openapi.json', { key: null })).json;
});
after(() => florin?.stop());

test('the linter finds nothing, neither errors nor warnings', { timeout: 180_000 }, async () => {  // C-IM-10
  const here = path.join(top, 'test/contract');
  const linter = path.join(here, 'node_modules/.bin/redocly');
  if (!fs.existsSync(linter)) {
    const installed = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, timeout: 170_000 });
    assert.equal(installed.code, 0, installed.err);
  }
  const file = path.join(temporary_folder(), 'openapi.json');
  fs.writeFileSync(file, JSON.stringify(document));
  const linted = await run(linter, ['lint', '--max-problems', '20', file], { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }, cwd: path.dirname(file) });
  assert.equal(linted.code, 0, linted.out + linted.err);
  assert.ok(!/\d+ (warning|error)/i.test(linted.out + linted.err), linted.out + linted.err);
});

test('it is OpenAPI 3.1, and each operation has an id of its own, a summary, answers and a security', () => {
  assert.match(document.openapi, /^3\.1\./);
  const ids = new Set();
  for (const [target, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      assert.ok(operation.operationId && operation.summary && Object.keys(operation.responses).length > 0, `${method} ${target}`);
      assert.ok(!ids.has(operation.operationId), operation.operationId);
      ids.add(operation.operationId);
    }
  }
});

test('what it names is served, and what documents C and D ask for is named', async () => {  // F151
  const wanted = {
    '/create-payment': 'post', '/make-payment': 'post', '/get-payment': 'get', '/api/v1/payments': 'get', '/api/v1/payments/{id}': 'get',
    '/api/v1/transactions/{id}': 'get', '/api/v1/payment_methods': 'post', '/api/v1/health': 'get', '/api/v1/metrics': 'get', '/api/v1/events': 'get',
    ...Object.fromEntries(['purchase', 'authorize', 'capture', 'refund', 'cancel'].map((verb) => [`/api/v1/payments/${verb}`, 'post'])),
  };
  for (const [target, method] of Object.entries(wanted)) assert.ok(document.paths[target]?.[method], `${method} ${target}`);
  for (const [target, operations] of Object.entries(document.paths)) {
    const address = target.replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
    for (const method of Object.keys(operations)) {
      const answer = await florin.request(method.toUpperCase(), address, method === 'post' ? { body: {} } : {});
      assert.notEqual(answer.status, 405, `${method} ${target}`);
      assert.notEqual(answer.json?.code, 'route_not_found', `${method} ${target}: ${answer.text}`);
    }
    // What it does not name is not there.
    for (const method of ['get', 'post', 'put', 'patch', 'delete'].filter((candidate) => !operations[candidate])) {
      const answer = await florin.request(method.toUpperCase(), address);
      assert.ok([404, 405].includes(answer.status), `${method} ${target}: ${answer.status}`);
    }
  }
  for (const target of ['/debug', '/admin', '/api/v1/admin', '/api/internal/v1/x', '/truth', '/sandbox/faults', '/.git/config', '/api/v2/payments', '/API/V1/payments',
    '/api/v1/payments/', '//api/v1/payments', '/api/v1/../v1/payments', '/api/v1/%70ayments'])
    assert.equal((await florin.get(target)).status === 200 && target !== '/api/v1/%70ayments', false, target);
});

/// The names of the members that a schema allows, references followed.
function members_of(schema) {
  if (schema.$ref) return members_of(schema.$ref.slice(2).split('/').reduce((node, name) => node[name], document));
  return new Set([...Object.keys(schema.properties ?? {}), ...(schema.allOf ?? []).flatMap((part) => [...members_of(part)])]);
}

test('answers have the members that it says, and no others', async () => {
  const bought = await florin.pay('purchase', charge('10.00', { customer_id: 'c', metadata: { a: 1 } }));
  const examples = [
    ['/api/v1/payments/purchase', 'post', 200, bought.json],
    ['/api/v1/transactions/{id}', 'get', 200, (await florin.get(`/api/v1/transactions/${bought.json.transaction_id}`)).json],
    ['/api/v1/payments/{id}', 'get', 200, (await florin.get(`/api/v1/payments/${bought.json.payment_id}`)).json],
    ['/api/v1/payments', 'get', 200, (await florin.get('/api/v1/payments')).json],
  ];
  for (const [target, method, status, body] of examples) {
    const schema = document.paths[target][method].responses[status].content['application/json'].schema;
    const known = members_of(schema);
    assert.deepEqual(Object.keys(body).filter((name) => !known.has(name)), [], `${method} ${target}`);
  }
  const refused = await florin.pay('purchase', {});
  assert.ok(document.paths['/api/v1/payments/purchase'].post.responses['422'] ?? document.paths['/api/v1/payments/purchase'].post.responses['4XX'] ?? document.paths['/api/v1/payments/purchase'].post.responses.default, 'errors are described');
  assert.equal(refused.headers['content-type'], 'application/problem+json');
});

test('the docs page is served with all that it loads, and shows the document', async () => {
  const page = await florin.get('/docs', { key: null });
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /text\/html/);
  assert.ok(!/https?:\/\//.test(page.text.replace(/http:\/\/www\.w3\.org\S*/g, '')), 'it loads nothing from elsewhere');
  for (const [, address] of page.text.matchAll(/(?:src|href)="([^"#]+)"/g)) {
    const part = await florin.get(new URL(address, `${florin.origin}/docs`).pathname, { key: null });
    assert.equal(part.status, 200, address);
  }
  assert.ok(!/unsafe-inline|unsafe-eval/.test(page.headers['content-security-policy']));
});
