// Who may do what: keys, scopes, tenants, headers, and that card data is nowhere.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, declined_card, engine, eventually, fresh_key, run, start_florin, test_merchant, visa } from '../support/florin.mjs';

let florin, other;
const mine = {};
before(async () => {
  florin = await start_florin();
  other = await florin.new_merchant('other');
  const bought = (await florin.pay('purchase', charge('10.00'))).json;
  const held = (await florin.pay('authorize', charge('10.00'))).json;
  const method = (await florin.post('/api/v1/payment_methods', { card: visa })).json;
  const created = (await florin.post('/create-payment', { merchantId: test_merchant })).json;
  const events = await eventually('an event', async () => {
    const { json } = await florin.get('/api/v1/events');
    return json.data.length > 0 && json.data;
  });
  Object.assign(mine, { bought, held, token: method.payment_method_token, created: created.paymentId, event: events[0].id });
});
after(() => florin?.stop());

const absent = '01890000-0000-7000-8000-000000000000';
/// A problem without what differs from request to request.
const told = ({ status, json }) => ({ status, ...json, correlation_id: undefined });

test('without a good key every guarded route answers 401, and nothing tells one bad key from another', async () => {  // F136, B-FR-15, B-FR-18, B-SE-04, A-RK-02, A-AS-03
  const shaped_right = `fk_${'A'.repeat(43)}`;
  const changed = florin.key.slice(0, -1) + (florin.key.endsWith('A') ? 'B' : 'A');
  const bodies = [];
  for (const key of [changed, shaped_right, 'fk_', 'x', florin.key + 'x', florin.key.toLowerCase()]) {
    const answer = await florin.get('/api/v1/payments', { key });
    assert.equal(answer.status, 401, key);
    assert.equal(answer.headers['www-authenticate'], 'Bearer');
    bodies.push(told(answer));
  }
  for (const body of bodies) assert.deepEqual(body, bodies[0]);
  const basic = await florin.get('/api/v1/payments', { key: null, headers: { authorization: `Basic ${Buffer.from(florin.key).toString('base64')}` } });
  assert.equal(basic.status, 401);
  const { json: document } = await florin.get('/openapi.json', { key: null });
  let guarded = 0;
  for (const [target, operations] of Object.entries(document.paths)) {
    // Providers sign what they send instead of showing a key.
    if (!target.startsWith('/api/') || /health|metrics|webhooks\/\{provider/.test(target)) continue;
    for (const method of Object.keys(operations)) {
      const answer = await florin.request(method.toUpperCase(), target.replace(/\{\w+\}/, absent), { key: null });
      assert.equal(answer.status, 401, `${method} ${target}`);
      ++guarded;
    }
  }
  assert.ok(guarded >= 15);
});

test('a key does what its scopes say and nothing else', async () => {  // A-RK-04, D-PC-05, B-SE-20
  const reader = await florin.new_key(test_merchant, 'payments:read');
  const writer = await florin.new_key(test_merchant, 'payments:write');
  const cases = [
    [reader, 'GET', '/api/v1/payments', undefined, 200], [reader, 'GET', `/api/v1/payments/${mine.bought.payment_id}`, undefined, 200],
    [reader, 'POST', '/api/v1/payments/purchase', charge('1.50'), 403], [reader, 'POST', '/api/v1/payment_methods', { card: visa }, 403],
    [reader, 'GET', '/api/v1/events', undefined, 403], [reader, 'GET', '/api/v1/audit', undefined, 403],
    [reader, 'GET', '/api/v1/ledger/balances', undefined, 403], [writer, 'GET', '/api/v1/payments', undefined, 403],
    [writer, 'POST', '/api/v1/payments/purchase', charge('1.50'), 200],
  ];
  for (const verb of ['authorize', 'capture', 'refund', 'cancel']) cases.push([reader, 'POST', `/api/v1/payments/${verb}`, {}, 403]);
  for (const [key, method, target, body, status] of cases) {
    const answer = await florin.request(method, target, { key, body });
    assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
    if (status === 403) assert.equal(answer.json.code, 'missing_scope');
  }
});

test('what belongs to another merchant is answered like what does not exist', async () => {  // F137, F136
  const pairs = [
    ['GET', (id) => `/api/v1/payments/${id}`, mine.bought.payment_id, absent],
    ['GET', (id) => `/api/v1/transactions/${id}`, mine.bought.transaction_id, absent],
    ['GET', (id) => `/api/v1/payment_methods/${id}`, mine.token, `pm_${absent}`],
    ['GET', (id) => `/api/v1/ledger/transactions/${id}`, mine.bought.transaction_id, absent],
    ['GET', (id) => `/api/v1/events/${id}`, mine.event, mine.event.replace(/[0-9a-f]{4}(?=\D*\d*$)/, 'ffff')],
    ['POST', () => '/api/v1/payments/capture', mine.held.transaction_id, absent, (id) => ({ transaction_id: id })],
    ['POST', () => '/api/v1/payments/cancel', mine.held.transaction_id, absent, (id) => ({ transaction_id: id })],
    ['POST', () => '/api/v1/payments/refund', mine.bought.transaction_id, absent, (id) => ({ transaction_id: id })],
    ['POST', () => '/api/v1/payments/purchase', mine.token, `pm_${absent}`, (id) => ({ amount: '5', currency: 'EUR', payment_method_token: id })],
    ['POST', () => '/make-payment', mine.created, absent, (id) => ({
      paymentId: id, merchantId: 'other', cardNumber: '1234432198761543', expiryYear: 2030, expiryMonth: 12, currency: 'GBP', amount: 50,
      cardName: 'A', billingAddress: 'B', cvv: '232' })],
    ['GET', (id) => `/get-payment?merchantId=other&paymentId=${id}`, mine.created, absent],
  ];
  for (const [method, target, theirs, nobodys, body] of pairs) {
    const [foreign, missing] = await Promise.all([theirs, nobodys].map((id) =>
      florin.request(method, target(id), { key: other.key, body: body?.(id) })));
    assert.equal(foreign.status, 404, `${method} ${target(theirs)}: ${foreign.text}`);
    assert.deepEqual(told(foreign), told(missing), `${method} ${target('…')}`);
  }
  const { json: untouched } = await florin.get(`/api/v1/payments/${mine.held.payment_id}`);
  assert.equal(untouched.payment.state, 'authorized');
  for (const target of ['/api/v1/payments', `/api/v1/payments?customer_id=customer-1`, '/api/v1/events']) {
    assert.deepEqual((await florin.get(target, { key: other.key })).json.data, [], target);
  }
  assert.deepEqual((await florin.get('/api/v1/ledger/balances', { key: other.key })).json.balances, []);
  const trail = await florin.get(`/api/v1/audit?entity_type=payment&entity_id=${mine.bought.payment_id}`, { key: other.key });
  assert.deepEqual(trail.json.data, []);
});

test('a revoked key is refused within a second', async () => {  // F118, B-SE-05
  const key = await florin.new_key('other');
  assert.equal((await florin.get('/api/v1/payments', { key })).status, 200);
  const listed = (await florin.command('admin', 'api-key', 'list', '--merchant', 'other')).out.trim().split('\n').map((line) => line.split('\t'));
  const id = listed.sort((a, b) => a[3].localeCompare(b[3])).at(-1)[0];
  const revoked = await florin.command('admin', 'api-key', 'revoke', '--merchant', 'other', id);
  assert.equal(revoked.code, 0, revoked.err);
  const since = Date.now();
  await eventually('401', async () => {
    const asked_at = Date.now();
    const { status } = await florin.get('/api/v1/payments', { key });
    // Asked, not answered: the answer to a good question may take its time.
    if (status === 200) assert.ok(asked_at - since <= 1000, `still good ${asked_at - since} ms later`);
    return status === 401;
  });
  assert.equal((await florin.get('/api/v1/payments', { key: other.key })).status, 200);
});

test('a rotated key overlaps with its heir for as long as was said', async () => {  // B-SE-05, design: scoped, rotating
  const key = await florin.new_key('other');
  const listed = (await florin.command('admin', 'api-key', 'list', '--merchant', 'other')).out.trim().split('\n').map((line) => line.split('\t'));
  const id = listed.sort((a, b) => a[3].localeCompare(b[3])).at(-1)[0];
  const heir = (await florin.command('admin', 'api-key', 'rotate', '--merchant', 'other', id, '--overlap', '2')).out.trim();
  assert.match(heir, /^fk_/);
  assert.equal((await florin.get('/api/v1/payments', { key: heir })).status, 200);
  // That both are good meanwhile is asked in command_line.test.mjs, where the overlap is longer than any machine is slow.
  await eventually('the old one is refused', async () => (await florin.get('/api/v1/payments', { key })).status === 401);
  assert.equal((await florin.get('/api/v1/payments', { key: heir })).status, 200);
});

test('every answer carries the security headers and says nothing of the server', async () => {
  for (const target of ['/api/v1/payments', '/api/v1/health', '/nothing', '/docs', '/openapi.json']) {
    const { headers } = await florin.get(target);
    assert.equal(headers['x-content-type-options'], 'nosniff', target);
    assert.equal(headers['x-frame-options'], 'DENY', target);
    assert.equal(headers['referrer-policy'], 'no-referrer', target);
    assert.match(headers['content-security-policy'], /default-src 'none'|default-src 'self'/, target);
    assert.ok(!headers.server && !headers['x-powered-by'], target);
  }
  const { headers } = await florin.get('/api/v1/payments');
  assert.equal(headers['cache-control'], 'no-store');
});

test('metrics and health need no key and tell nothing of merchants or amounts', async () => {  // F150, X-17, D-AP-10, D-AP-11
  for (let i = 0; i < 3; ++i) await florin.pay('purchase', charge('777.77'));
  const { status, text } = await florin.get('/api/v1/metrics', { key: null });
  assert.equal(status, 200);
  for (const secret of [test_merchant, 'other', florin.key, mine.bought.payment_id, 'customer']) assert.ok(!text.includes(secret), secret);
  // Names and labels hold no amount, and no figure is one. Among the digits of a figure, of a duration say, an amount's
  // may stand by chance.
  const lines = text.trim().split('\n').map((line) => line.split(/ (?=\S+$)/));
  for (const [name, figure] of lines) {
    assert.doesNotMatch(name, /777/);
    for (const amount of [777.77, 77777, 3 * 777.77, 3 * 77777]) assert.notEqual(Number(figure), amount, name);
  }
  assert.match(text, /florin_http_request_duration_seconds_count \d+/);
  assert.match(text, /florin_http_answers_total\{status="2xx"\} \d+/);
  for (const line of text.trim().split('\n')) assert.match(line, /^(#( HELP| TYPE) \w+ .+|[a-zA-Z_:][\w:]*(\{.*\})? -?[\d.eE+-]+(Inf|NaN)?)$/, line);
  for (const [target, live] of [['/api/v1/health', true], ['/api/v1/health/live', true], ['/api/v1/health/ready', true]]) {
    const health = await florin.get(target, { key: null });
    assert.deepEqual([health.status, health.json.live], [200, live], target);
  }
});

test('no card number and no card code is ever in a file, a log line or an answer', async () => {  // F145, F146, D-PC-01, D-PC-02
  const canary = { ...visa, number: '4012888888881881', cvv: '8537', name: 'Canary Bird' };
  const answers = [];
  answers.push(await florin.pay('purchase', charge('31.00', { card: canary }), { idempotency_key: fresh_key() }));
  answers.push(await florin.pay('authorize', charge('32.00', { card: canary })));
  answers.push(await florin.post('/api/v1/payment_methods', { card: canary }));
  answers.push(await florin.pay('purchase', charge('33.00', { card: { ...canary, number: '4012888888881882' } })));
  answers.push(await florin.pay('purchase', charge('34.00', { card: { ...canary, colour: canary.number } })));
  answers.push(await florin.pay('purchase', { amount: canary.number, currency: 'EUR', card: canary }));
  answers.push(await florin.post('/api/v1/payments/purchase', `{"amount":"1","currency":"EUR","card":{"number":"${canary.number}"`));
  answers.push(await florin.get(`/api/v1/payments?cursor=${canary.number}`));
  answers.push(await florin.pay('purchase', charge('35.00', { card: declined_card })));
  answers.push(await florin.get('/api/v1/events?limit=200'), await florin.get('/api/v1/audit'), await florin.get('/api/v1/metrics'));
  const written = answers.map((answer) => answer.text);
  written.push(florin.log.join('\n'), florin.lines.join('\n'));
  const files = (await run('find', [florin.data, '-type', 'f', '-not', '-name', '*-shm'])).out.trim().split('\n');
  for (const file of files) written.push(fs.readFileSync(file, 'latin1'));
  if (engine === 'postgres') written.push((await run('pg_dump', [florin.database])).out);
  for (const text of written) {
    assert.ok(!text.includes(canary.number), 'the number');
    assert.ok(!text.includes('401288888888188'), 'most of the number');
    assert.ok(!text.includes(`"${canary.cvv}"`), 'the code');
    assert.ok(!text.includes(createHash('sha256').update(canary.number).digest('hex')), 'an unkeyed hash of the number');
  }
  assert.ok(files.some((file) => path.basename(file) === 'keys.json'));
});

test('secrets lie in files that only their owner can read', () => {  // A-RK-07
  for (const name of ['sandbox-api-key', 'keys.json', ...(engine === 'sqlite' ? ['florin.db', 'florin.db-wal'] : [])]) {
    assert.equal((fs.statSync(path.join(florin.data, name)).mode & 0o777).toString(8), '600', name);
  }
  assert.equal((fs.statSync(florin.data).mode & 0o777).toString(8), '700');
  assert.ok(!fs.readFileSync(path.join(florin.data, 'keys.json'), 'utf8').includes(florin.key));
});

/// Sends bytes as they are; resolves to what came back until the server closed.
function raw(bytes, { keep_open_ms = 15_000 } = {}) {
  const { hostname, port } = new URL(florin.origin);
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = net.connect(Number(port), hostname, () => socket.write(bytes));
    const timer = setTimeout(() => { socket.destroy(); reject(new Error(`still open: ${Buffer.concat(parts)}`)); }, keep_open_ms);
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => {});
    socket.on('close', () => { clearTimeout(timer); resolve(Buffer.concat(parts).toString('latin1')); });
  });
}

test('requests that could be read in two ways are refused and the connection is closed', async () => {  // F143
  const head = `POST /api/v1/payments/purchase HTTP/1.1\r\nHost: x\r\n`;
  const cases = [
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['length and chunks', `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a strange encoding', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['a negative length', `${head}Content-Length: -2\r\n\r\n{}`],
    ['a space before the colon', `${head}Content-Length : 2\r\n\r\n{}`],
    ['a folded header', `${head}X-A: 1\r\n 2\r\nContent-Length: 2\r\n\r\n{}`],
    ['no host', 'POST /api/v1/payments/purchase HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
    ['two hosts', `${head}Host: y\r\nContent-Length: 2\r\n\r\n{}`],
    ['two keys', `${head}Connection: close\r\nAuthorization: Bearer ${florin.key}\r\nAuthorization: Bearer b\r\nContent-Length: 2\r\n\r\n{}`],
    ['headers without end', `${head}${'X-Long: yes\r\n'.repeat(4000)}`],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello\r\n\r\n'],
  ];
  for (const [why, bytes] of cases) {
    const answer = await raw(bytes);
    assert.match(answer, /^(HTTP\/1\.1 (4\d\d|501) |$)/, `${why}: ${answer}`);
    assert.ok((answer.match(/^HTTP\/1\.1 \d/gm) ?? []).length <= 1, `${why}: it was read as two requests: ${answer}`);
  }
});

test('a client that dawdles over its headers is cut off', async () => {  // F143
  const started = Date.now();
  const { hostname, port } = new URL(florin.origin);
  await new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => socket.write('GET /api/v1/health HTTP/1.1\r\n'));
    const drip = setInterval(() => socket.write('X-Slow: 1\r\n'), 500);
    const give_up = setTimeout(() => reject(new Error('it is still connected after 20 s')), 20_000);
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => { clearInterval(drip); clearTimeout(give_up); resolve(); });
  });
  assert.ok(Date.now() - started < 20_000);
  assert.equal((await florin.get('/api/v1/health')).status, 200);
});

test('requests on one connection are answered in turn, one after the other', async () => {  // F152, A-RK-12
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    florin.get(`/api/v1/transactions/${i % 2 ? mine.bought.transaction_id : mine.held.transaction_id}`, { agent })));
  answers.forEach((answer, i) => assert.equal(answer.json.transaction_id, (i % 2 ? mine.bought : mine.held).transaction_id));
  agent.destroy();
});

test('who asks too often is told to wait: by key, and on document C\'s open calls by merchant too', async () => {  // C-IM-07, X-32, F140, B-SE-07, A-RK-08
  const narrow = await start_florin({ config: '[limits]\nmerchant_requests_per_second = 5\n' });
  try {
    const flood = await Promise.all(Array.from({ length: 60 }, () => narrow.get('/api/v1/payments')));
    const refused = flood.filter((answer) => answer.status === 429);
    assert.ok(refused.length >= 30, `${refused.length} refused`);
    for (const answer of refused) {
      assert.equal(answer.json.code, 'too_many_requests');
      assert.ok(Number(answer.headers['retry-after']) >= 1);
    }
    assert.equal((await narrow.get('/api/v1/health')).status, 200, 'health is not limited');
    const anonymous = await Promise.all(Array.from({ length: 60 }, () => narrow.post('/create-payment', { merchantId: test_merchant }, { key: null })));
    assert.ok(anonymous.filter((answer) => answer.status === 429).length >= 30, 'the open calls count against their merchant');
  } finally {
    await narrow.stop();
  }
});
