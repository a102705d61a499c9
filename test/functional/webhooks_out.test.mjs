// Events out: merchants' endpoints, which are told of events by signed messages. The receivers are here; that the signature
// is the one of Standard Webhooks is judged by its npm package in test/sdk/webhooks_out.test.js.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  charge, eventually, Florin, fresh_database, Sandbox, start_florin, temporary_folder, test_merchant,
} from '../support/florin.mjs';

const endpoints = '/api/v1/webhook_endpoints';
const soon = '[retry."webhooks.deliver"]\nstrategy = "fixed"\nfirst_ms = 100\nmost_attempts = 1000\n';

/// The merchant's side. `answer(message, response)` says what becomes of each message; `taken` are those answered with 2xx.
class Receiver {
  messages = [];
  taken = [];
  answer = (message, response) => response.writeHead(204).end();
  static async start(answer, host = '127.0.0.1') {
    const receiver = new Receiver();
    if (answer) receiver.answer = answer;
    receiver.server = http.createServer((request, response) => {
      const parts = [];
      request.on('error', () => {});
      response.on('error', () => {});
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        const message = { id: request.headers['webhook-id'], headers: request.headers, method: request.method, target: request.url, body, event: JSON.parse(body) };
        // `customer/01a1…`
        message.subject = message.event.subject.split('/')[1];
        receiver.messages.push(message);
        response.on('finish', () => { if (response.statusCode < 300) receiver.taken.push(message); });
        receiver.answer(message, response);
      });
    });
    await new Promise((resolve) => receiver.server.listen(0, host, resolve));
    receiver.port = receiver.server.address().port;
    receiver.url = `http://127.0.0.1:${receiver.port}/hook`;
    return receiver;
  }
  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
  of(subject) { return this.taken.filter((message) => message.subject === subject); }
}

/// The signature by hand: HMAC-SHA256 over id, second and body, keyed with the bytes behind `whsec_`.
function is_signed(message, secret) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = `${message.id}.${message.headers['webhook-timestamp']}.${message.body}`;
  const expected = `v1,${crypto.createHmac('sha256', key).update(content).digest('base64')}`;
  return message.headers['webhook-signature'].split(' ').includes(expected);
}

let florin;
before(async () => { florin = await start_florin({ config: soon }); });
after(() => florin?.stop());

/// An endpoint that is told of customers, with its receiver; both go with the test.
async function subscribe(context, { answer, server = florin, event_types = ['florin.customer.*'], ...more } = {}) {
  const receiver = await Receiver.start(answer);
  context.after(() => receiver.stop());
  const made = await server.post(endpoints, { url: receiver.url, event_types, ...more });
  assert.equal(made.status, 201, made.text);
  const place = `${endpoints}/${made.json.id}`;
  context.after(() => server.has_ended || server.request('DELETE', place));
  return { receiver, endpoint: made.json, place, secret: made.json.secret };
}
async function new_customer(server = florin) {
  const made = await server.post('/api/v1/customers', { name: 'Ada' });
  assert.equal(made.status, 201, made.text);
  return made.json.id;
}
async function rename(id, version, server = florin) {
  const changed = await server.request('PATCH', `/api/v1/customers/${id}`, { body: { version, name: `Ada ${version + 1}` } });
  assert.equal(changed.status, 200, changed.text);
}
const attempts_of = async (place, query = '', server = florin) => (await server.get(`${place}/attempts${query}`)).json.data;
const status_of = async (place, server = florin) => (await server.get(place)).json;

test('a payment\'s events arrive in their order, each once, while its neighbours are not held up', { timeout: 180_000 }, async (context) => {  // F63, F125
  const refused = new Set();
  const { receiver } = await subscribe(context, {
    event_types: ['florin.payment.*'],
    // Every message is refused once, so all of them are under way at the same time and come back.
    answer: (message, response) => {
      const is_known = refused.has(message.id);
      refused.add(message.id);
      response.writeHead(is_known ? 200 : 500).end();
    },
  });
  const payments = [];
  for (let n = 0; n < 4; ++n) {
    const { json } = await florin.pay('authorize', charge('10.00'));
    for (const amount of ['2.00', '3.00']) assert.equal((await florin.pay('capture', { transaction_id: json.transaction_id, amount })).status, 200);
    payments.push(json.payment_id);
  }
  for (const id of payments) {
    const happened = await eventually('the authorization and its captures are all taken', async () => {
      const events = (await florin.get(`/api/v1/events?subject=${id}&limit=200`)).json.data;
      return events.length >= 3 && receiver.of(id).length >= events.length && events.map((event) => event.id);
    });
    assert.deepEqual(receiver.of(id).map((message) => message.event.id), happened);
  }
});

test('a message is a structured CloudEvent, signed, and a repeat has the same id and bytes', async (context) => {  // F125
  let answers = 0;
  const { receiver, secret, place } = await subscribe(context, { answer: (_, response) => response.writeHead([500, 429, 201][answers++] ?? 200).end() });
  const id = await new_customer();
  await eventually('it is taken at the third time', () => receiver.taken.length === 1);
  assert.equal(receiver.messages.length, 3);
  const [first] = receiver.messages;
  for (const message of receiver.messages) {
    assert.deepEqual([message.method, message.target, message.id, message.body], ['POST', '/hook', first.id, first.body]);
    assert.match(message.headers['content-type'], /^application\/cloudevents\+json/);
    assert.ok(is_signed(message, secret));
    assert.ok(Math.abs(Number(message.headers['webhook-timestamp']) - Date.now() / 1000) < 300);
  }
  assert.ok(!is_signed({ ...first, body: `${first.body} ` }, secret), 'the signature is over the body');
  assert.match(first.id, /^[A-Za-z0-9_-]+$/);
  const { event } = first;
  assert.deepEqual([event.specversion, event.type, event.subject, first.id], ['1.0', 'florin.customer.created', `customer/${id}`, event.id.replaceAll('.', '_')]);
  assert.deepEqual((await florin.get(`/api/v1/events/${event.id}`)).json, event);

  const attempts = await eventually('all are noted', async () => { const found = await attempts_of(place); return found.length === 3 && found; });
  assert.deepEqual(attempts.map((one) => [one.number, one.status, one.is_delivered, one.event_id === event.id]),
    [[3, 201, true, true], [2, 429, false, true], [1, 500, false, true]]);
  assert.ok(attempts[2].error && !attempts[0].error && attempts[0].duration_ms >= 0);
  const pages = [await florin.get(`${place}/attempts?limit=2`)];
  assert.deepEqual([pages[0].json.data.length, pages[0].json.has_more], [2, true]);
  const rest = await florin.get(`${place}/attempts?limit=2&before=${pages[0].json.next_before}`);
  assert.deepEqual([rest.json.data.map((one) => one.number), rest.json.has_more], [[1], false]);
});

test('while a secret is rotated both fit, and afterwards only the new one', async (context) => {  // F53
  const { receiver, place, secret } = await subscribe(context);
  const rotated = (await florin.post(`${place}/rotate_secret`)).json;
  assert.notEqual(rotated.secret, secret);
  assert.ok(Date.parse(rotated.previous_secret_until) - Date.now() > 23 * 3_600_000);
  await new_customer();
  const message = await eventually('a message', () => receiver.taken[0]);
  assert.equal(message.headers['webhook-signature'].split(' ').length, 2);
  assert.ok(is_signed(message, secret) && is_signed(message, rotated.secret));
  const at_once = (await florin.post(`${place}/rotate_secret`, { overlap_hours: 0 })).json;
  assert.equal(at_once.previous_secret_until, undefined);
  await new_customer();
  const later = await eventually('another message', () => receiver.taken[1]);
  assert.ok(is_signed(later, at_once.secret));
  assert.ok(!is_signed(later, secret) && !is_signed(later, rotated.secret));
  for (const read of [await status_of(place), (await florin.get(endpoints)).json, (await florin.get('/api/v1/events?limit=200')).json, (await florin.get('/api/v1/audit?limit=200')).json])
    assert.ok(!JSON.stringify(read).includes('whsec_'), 'a secret is shown once');
});

test('an endpoint hears what it asked for and nothing else, nor what was before', async (context) => {  // A-FR-20
  const early = await new_customer();
  const { receiver, place } = await subscribe(context, { event_types: ['florin.customer.updated', 'florin.payment.*'] });
  const everything = await subscribe(context, { event_types: [] });
  const id = await new_customer();
  await rename(id, 1);
  await rename(early, 1);
  await eventually('both changes', () => receiver.taken.length >= 2);
  assert.equal((await florin.request('PATCH', place, { body: { event_types: ['florin.customer.erased'] } })).status, 200);
  await rename(id, 2);
  assert.equal((await florin.request('DELETE', `/api/v1/customers/${id}`)).status, 200);
  await eventually('the erasure', () => receiver.taken.length >= 3);
  assert.deepEqual(receiver.taken.map((message) => [message.event.type, message.subject]).sort(), [
    ['florin.customer.erased', id], ['florin.customer.updated', early], ['florin.customer.updated', id]].sort());
  await eventually('who asked for all has all', () => everything.receiver.of(id).length === 4);
  assert.equal(everything.receiver.of(everything.endpoint.id).length, 0, 'it is not told of itself');
});

test('pausing loses nothing, and what comes after follows in order', async (context) => {
  const { receiver, place } = await subscribe(context);
  const id = await new_customer();
  await eventually('the first', () => receiver.taken.length === 1);
  assert.equal((await florin.request('PATCH', place, { body: { status: 'paused' } })).json.status, 'paused');
  for (let version = 1; version < 6; ++version) await rename(id, version);
  // Another endpoint has heard of all this, so this one could have.
  const witness = await subscribe(context);
  const other = await new_customer();
  await eventually('the witness has heard', () => witness.receiver.of(other).length === 1);
  assert.equal(receiver.messages.length, 1);
  assert.equal((await florin.request('PATCH', place, { body: { status: 'active' } })).json.status, 'active');
  await eventually('all the rest', () => receiver.of(id).length >= 6 && receiver.of(other).length >= 1);
  assert.deepEqual(receiver.of(id).map((message) => Number(message.event.sequence)), [1, 2, 3, 4, 5, 6]);
});

test('an endpoint that is gone is disabled, and goes on when it is made active again', async (context) => {
  let is_gone = true;
  const { receiver, place } = await subscribe(context, { answer: (_, response) => response.writeHead(is_gone ? 410 : 200).end() });
  const first = await new_customer();
  const disabled = await eventually('it is disabled', async () => { const now = await status_of(place); return now.status === 'disabled' && now; });
  assert.equal(disabled.disabled_reason, 'gone');
  await eventually('it is told of', async () =>
    (await florin.get(`/api/v1/events?subject=${disabled.id}&limit=200`)).json.data.at(-1)?.type === 'florin.webhook_endpoint.disabled');
  assert.equal(receiver.messages.length, 1);
  const second = await new_customer();
  is_gone = false;
  const active = (await florin.request('PATCH', place, { body: { status: 'active' } })).json;
  assert.deepEqual([active.status, active.disabled_reason], ['active', undefined]);
  await eventually('what happened meanwhile', () => receiver.of(second).length === 1);
  assert.equal((await florin.post(`${place}/resend`, { event_id: `${first}.1` })).status, 202);
  await eventually('what it had refused', () => receiver.of(first).length === 1);
});

test('a redirection is a failure and is not followed', async (context) => {  // F126, F142
  const target = await Receiver.start();
  context.after(() => target.stop());
  let is_moved = true;
  const { receiver, place } = await subscribe(context, {
    answer: (_, response) => { is_moved ? response.writeHead(307, { location: target.url }).end() : response.writeHead(200).end(); },
  });
  await new_customer();
  const attempts = await eventually('it was tried twice', async () => { const found = await attempts_of(place); return found.length >= 2 && found; });
  assert.ok(attempts.every((one) => one.status === 307 && !one.is_delivered));
  assert.ok((await status_of(place)).failing_since);
  is_moved = false;
  await eventually('it is taken', () => receiver.taken.length === 1);
  await eventually('all is well again', async () => !(await status_of(place)).failing_since);
  assert.equal(target.messages.length, 0);
});

test('an answer without an end and one that never comes are cut off, and hold up nobody else', { timeout: 90_000 }, async (context) => {  // F126
  let written = 0;
  const endless = await subscribe(context, {
    answer: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const chunk = Buffer.alloc(16_384, 'x');
      const more = () => { while (!response.destroyed && response.write(chunk)) written += chunk.length; };
      response.on('drain', more);
      more();
    },
  });
  let hung_up = 0;
  const silent = await subscribe(context, { answer: (_, response) => { response.on('close', () => { hung_up += 1; }); } });
  const healthy = await subscribe(context);
  for (let n = 0; n < 5; ++n) await new_customer();
  await eventually('the healthy one has all', () => healthy.receiver.taken.length === 5, 10_000);
  assert.equal(hung_up, 0, 'the silent one is still being waited for');
  const [cut] = await eventually('the endless one is cut off', async () => { const found = await attempts_of(endless.place); return found.length > 0 && found; });
  assert.ok(cut.duration_ms < 20_000, `${cut.duration_ms} ms`);
  const [given_up] = await eventually('the silent one is given up', async () => { const found = await attempts_of(silent.place); return found.length > 0 && found; }, 60_000);
  assert.deepEqual([given_up.is_delivered, given_up.status], [false, undefined]);
  assert.ok(given_up.error);
  assert.ok(given_up.duration_ms >= 10_000 && given_up.duration_ms < 30_000, `${given_up.duration_ms} ms`);
  await eventually('it was hung up on', () => hung_up > 0);
});

test('events are sent again one by one or as a range, under the ids that they had', async (context) => {
  const { receiver, place } = await subscribe(context);
  const id = await new_customer();
  for (let version = 1; version < 4; ++version) await rename(id, version);
  await eventually('four', () => receiver.of(id).length === 4);
  const [first] = receiver.taken;
  const again = await florin.post(`${place}/resend`, { event_id: first.event.id });
  assert.deepEqual([again.status, again.json], [202, { event_id: first.event.id }]);
  await eventually('a fifth', () => receiver.taken.length === 5);
  assert.deepEqual([receiver.taken[4].id, receiver.taken[4].body], [first.id, first.body]);
  const positions = receiver.taken.slice(0, 4).map((message) => Number(message.event.merchantposition));
  const replayed = await florin.post(`${place}/replay`, { after: positions[1], until: positions[3] });
  assert.deepEqual([replayed.status, replayed.json], [202, { queued: 2 }]);
  await eventually('two more', () => receiver.taken.length === 7);
  assert.deepEqual(receiver.taken.slice(5).map((message) => message.id), receiver.taken.slice(2, 4).map((message) => message.id));
  assert.equal((await status_of(place)).status, 'active');
});

test('a test event goes to its endpoint alone, whatever it listens for', async (context) => {
  const { receiver, place, secret, endpoint } = await subscribe(context, { event_types: ['florin.nothing.ever'] });
  const everything = await subscribe(context, { event_types: [] });
  const { status, json } = await florin.post(`${place}/test`);
  assert.equal(status, 202);
  const message = await eventually('the test event', () => receiver.taken[0]);
  assert.deepEqual([message.event.id, message.event.type, message.subject], [json.event_id, 'florin.webhook.test', endpoint.id]);
  assert.ok(is_signed(message, secret));
  await new_customer();
  await eventually('the other has heard of what came later', () => everything.receiver.taken.some((one) => one.event.type === 'florin.customer.created'));
  assert.ok(everything.receiver.taken.every((one) => one.event.type !== 'florin.webhook.test'));
});

test('what waits for a deleted endpoint is not sent', async (context) => {
  let is_up = false;
  const { receiver, place } = await subscribe(context, { answer: (_, response) => response.writeHead(is_up ? 200 : 503).end() });
  for (let n = 0; n < 5; ++n) await new_customer();
  await eventually('it is tried', () => receiver.messages.length > 0);
  const gone = await florin.request('DELETE', place);
  assert.deepEqual([gone.status, gone.text], [204, '']);
  // What was on its way when it was deleted may still arrive.
  const witness = await subscribe(context);
  const id = await new_customer();
  await eventually('the witness has heard', () => witness.receiver.of(id).length === 1);
  is_up = true;
  const before = receiver.messages.length;
  const last = await new_customer();
  await eventually('the witness has heard again', () => witness.receiver.of(last).length === 1);
  assert.equal(receiver.messages.length, before);
  for (const [method, target] of [['GET', place], ['DELETE', place], ['GET', `${place}/attempts`], ['POST', `${place}/test`]])
    assert.deepEqual([(await florin.request(method, target)).json?.code, target], ['webhook_endpoint_not_found', target]);
});

test('a kill between taking and noting sends it again under the same id, and loses none', { timeout: 240_000 }, async (context) => {  // F125, F55
  const sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') });
  context.after(() => sandbox.stop());
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), sandbox: sandbox.origin, config: soon };
  let server = await Florin.start(place);
  context.after(() => server.kill());
  let is_dying = true;
  const seen = [];
  const { receiver, endpoint } = await subscribe(context, {
    server,
    answer: (message, response) => {
      seen.push(message);
      // Taken, but the sender does not live to read so.
      if (is_dying) server.child.kill('SIGKILL'); else response.writeHead(200).end();
    },
  });
  const ids = [];
  await server.request('PATCH', `${endpoints}/${endpoint.id}`, { body: { status: 'paused' } });
  for (let n = 0; n < 5; ++n) ids.push(await new_customer(server));
  await server.request('PATCH', `${endpoints}/${endpoint.id}`, { body: { status: 'active' } });
  await server.ended;
  assert.ok(seen.length > 0);
  const unheard = new Set(seen.map((message) => message.id));
  is_dying = false;
  server = await Florin.start(place);
  await eventually('all have arrived', () => ids.every((id) => receiver.of(id).length > 0), 120_000);
  for (const id of unheard) {
    const copies = seen.filter((message) => message.id === id);
    assert.ok(copies.length >= 2, 'it was sent again');
    assert.equal(new Set(copies.map((copy) => copy.body)).size, 1, 'with the same bytes');
  }
});

test('addresses within are never reached unless they are allowed, however they are spelt', { timeout: 120_000 }, async (context) => {  // F142
  const inside = await Receiver.start(undefined, '::');
  context.after(() => inside.stop());
  const sandbox = await Sandbox.start();
  context.after(() => sandbox.stop());
  const real = `[authorize_net]\nbase_url = "${sandbox.origin}"\nlogin = "login"\n`;
  const env = { FLORIN_AUTHORIZE_NET_TRANSACTION_KEY: 'key' };
  // With a network named http is allowed, but not into this machine.
  const server = await start_florin({ config: `${soon}[webhooks]\nallowed_networks = ["192.0.2.0/24"]\n${real}`, env });
  context.after(() => server.stop());
  server.key = (await server.new_merchant('shop')).key;
  const { port } = inside;
  const never = ['ftp://127.0.0.1/', 'file:///etc/passwd', 'gopher://127.0.0.1/x', `http://user@127.0.0.1:${port}/`, `http://user:secret@shop.example:${port}/`,
    `//127.0.0.1:${port}/`, 'http:///hook', 'https://', 'javascript:alert(1)', `http://127.0.0.1:${port}/a b`, `http://127.0.0.1:${port}/#x`, 'http://127.0.0.1:0x50/'];
  for (const url of never) {
    const { status, json } = await server.post(endpoints, { url });
    assert.deepEqual([status, json.field], [422, 'url'], `${url}: ${JSON.stringify(json)}`);
  }
  const hosts = ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0.0.0.0', '127.255.255.254', '[::1]', '[::]',
    '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '169.254.169.254', '[fe80::1]', '10.0.0.1', '[fd00::1]'];
  const made = [];
  for (const host of hosts) {
    const { status, json } = await server.post(endpoints, { url: `http://${host}:${port}/hook`, event_types: ['florin.customer.*'] });
    if (status === 201) made.push({ host, place: `${endpoints}/${json.id}` });
    else assert.deepEqual([status, json.code, json.field], [422, 'invalid_url', 'url'], host);
  }
  assert.ok(made.length > 0, 'some spellings are only found out when they are called');
  await new_customer(server);
  for (const { host, place } of made) {
    const [attempt] = await eventually(`${host} is tried`, async () => { const found = await attempts_of(place, '', server); return found.length > 0 && found; });
    assert.deepEqual([attempt.is_delivered, attempt.status], [false, undefined], host);
  }
  assert.equal(inside.messages.length, 0);
  await server.stop();

  const strict = await start_florin({ config: soon + real, env });
  context.after(() => strict.stop());
  strict.key = (await strict.new_merchant('shop')).key;
  const plain = await strict.post(endpoints, { url: 'http://shop.example/hook' });
  assert.deepEqual([plain.status, plain.json.code, plain.json.field], [422, 'invalid_url', 'url'], 'only by https');
  assert.equal((await strict.post(endpoints, { url: 'https://shop.example/hook' })).status, 201);
});

test('what is wrong is refused by the field\'s name', async (context) => {
  const url = 'http://127.0.0.1:9/hook';
  const made = await florin.post(endpoints, { url, description: 'Warehouse' });
  const place = `${endpoints}/${made.json.id}`;
  context.after(() => florin.request('DELETE', place));
  assert.match(made.json.secret, /^whsec_[A-Za-z0-9+/]{32,}=*$/);
  const { secret, ...rest } = made.json;
  assert.deepEqual((await florin.get(place)).json, rest);
  assert.ok((await florin.get(endpoints)).json.data.some((one) => one.id === rest.id && one.description === 'Warehouse'));

  const cases = [
    ['POST', endpoints, {}, 'missing_field', 'url'],
    ['POST', endpoints, { url: 7 }, 'wrong_type', 'url'],
    ['POST', endpoints, { url, name: 'x' }, 'unknown_field', 'name'],
    ['POST', endpoints, { url: `http://127.0.0.1/${'x'.repeat(2_000)}` }, 'too_long', 'url'],
    ['POST', endpoints, { url, event_types: ['Florin.Payment'] }, 'invalid_event_type', 'event_types.0'],
    ['POST', endpoints, { url, event_types: ['florin.*', 'florin.*.captured'] }, 'invalid_event_type', 'event_types.1'],
    ['POST', endpoints, { url, event_types: ['florin.payment.captured', 7] }, 'wrong_type', 'event_types.1'],
    ['POST', endpoints, { url, event_types: Array(21).fill('florin.x') }, 'invalid_event_type', 'event_types'],
    ['POST', endpoints, { url, description: 'x'.repeat(201) }, 'too_long', 'description'],
    ['POST', endpoints, { url, description: 'for 4111 1111 1111 1111' }, 'card_number_in_text', 'description'],
    ['POST', endpoints, { url: `${url}?card=4111111111111111` }, 'card_number_in_text', 'url'],
    ['POST', endpoints, { url, status: 'paused' }, 'unknown_field', 'status'],
    ['PATCH', place, { status: 'disabled' }, 'invalid_status', 'status'],
    ['PATCH', place, { status: 'off' }, 'invalid_status', 'status'],
    ['PATCH', place, { url: 'ftp://shop.example/' }, 'invalid_url', 'url'],
    ['PATCH', place, { secret: 'whsec_x' }, 'unknown_field', 'secret'],
    ['PATCH', place, { description: '4111111111111111' }, 'card_number_in_text', 'description'],
    ['POST', `${place}/rotate_secret`, { overlap_hours: 169 }, 'out_of_range', 'overlap_hours'],
    ['POST', `${place}/rotate_secret`, { overlap_hours: -1 }, 'out_of_range', 'overlap_hours'],
    ['POST', `${place}/resend`, {}, 'missing_field', 'event_id'],
    ['POST', `${place}/resend`, { event_id: 'nothing.1' }, 'event_not_found', 'event_id'],
    ['POST', `${place}/replay`, { after: 0 }, 'missing_field', 'until'],
    ['POST', `${place}/replay`, { after: -1, until: 3 }, 'out_of_range', 'after'],
    ['POST', `${place}/replay`, { after: 3, until: 2 }, 'range_too_long', 'until'],
    ['POST', `${place}/replay`, { after: 0, until: 10_001 }, 'range_too_long', 'until'],
    ['POST', `${place}/replay`, { after: 0, until: Number.MAX_SAFE_INTEGER }, 'range_too_long', 'until'],
    ['GET', `${place}/attempts?limit=0`, undefined, 'invalid_parameter', 'limit'],
    ['GET', `${place}/attempts?limit=201`, undefined, 'invalid_parameter', 'limit'],
    ['GET', `${place}/attempts?before=yesterday`, undefined, 'invalid_parameter', 'before'],
    ['GET', `${place}/attempts?after=2026-01-01T00:00:00Z`, undefined, 'unknown_parameter', 'after'],
    ['GET', `${endpoints}?limit=2`, undefined, 'unknown_parameter', 'limit'],
  ];
  for (const [method, target, body, code, field] of cases) {
    const { json, text } = await florin.request(method, target, { body });
    assert.deepEqual([json?.code, json?.field], [code, field], `${method} ${target} ${JSON.stringify(body)}: ${text}`);
  }
  assert.equal((await florin.get(place)).json.version, 1, 'nothing of this changed anything');
});

test('endpoints belong to their merchant, and keys to their scopes', async (context) => {  // F137
  const { place, endpoint } = await subscribe(context);
  const stranger = await florin.new_merchant(`stranger-${process.pid}`);
  const bodies = { resend: { event_id: 'x.1' }, replay: { after: 0, until: 1 } };
  for (const id of [endpoint.id, crypto.randomUUID(), 'nonsense']) {
    const foreign = `${endpoints}/${id}`;
    const calls = [['GET', foreign], ['PATCH', foreign, { status: 'paused' }], ['DELETE', foreign], ['GET', `${foreign}/attempts`],
      ...['rotate_secret', 'test', 'resend', 'replay'].map((verb) => ['POST', `${foreign}/${verb}`, bodies[verb]])];
    for (const [method, target, body] of calls) {
      const { status, json } = await florin.request(method, target, { body, key: stranger.key });
      assert.deepEqual([status, json.code], [404, 'webhook_endpoint_not_found'], `${method} ${target}`);
    }
  }
  assert.deepEqual((await florin.get(endpoints, { key: stranger.key })).json.data, []);
  assert.equal((await status_of(place)).status, 'active');
  const reader = await florin.new_key(test_merchant, 'webhooks:read');
  assert.equal((await florin.get(place, { key: reader })).status, 200);
  for (const target of [endpoints, `${place}/test`, `${place}/rotate_secret`])
    assert.equal((await florin.post(target, { url: 'http://127.0.0.1:9/hook' }, { key: reader })).status, 403);
  const other = await florin.new_key(test_merchant, 'payments:read');
  assert.equal((await florin.get(endpoints, { key: other })).status, 403);
});
