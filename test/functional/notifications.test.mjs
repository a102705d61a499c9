// Mails: asked for over HTTP, sent to the sandbox's stand-in of SendGrid.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, Florin, fresh_database, Sandbox, send, start_florin, temporary_folder } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const customer_of = async (server, more = {}) => {
  const customer_id = `customer-${crypto.randomUUID()}`;
  const made = await server.post('/api/v1/customers', { customer_id, name: 'Ada Lovelace', email: `${customer_id}@example.com`, ...more });
  assert.equal(made.status, 201, made.text);
  return made.json;
};
const order = { order: 'A-17', amount: '12.50', currency: 'EUR' };
const ask = (server, user, body, headers = {}) =>
  server.request('POST', `/api/internal/v1/users/${user}/emails/send`, { body: { template: 'order_confirmed', data: order, ...body }, headers });
const read = async (server, id) => (await server.get(`/api/v1/notifications/${id}`)).json;
const reached = (server, id, state) => eventually(`${id} is ${state}`, async () => {
  const found = await read(server, id);
  return found.state === state && found;
}, 90_000);
const mails_to = async (server, email) => (await send(server.sandbox, 'GET', `/sandbox/mails?to=${encodeURIComponent(email)}`)).json.mails;

test('a customer is told by the address that is known of them, and the mail is in the sandbox', async () => {  // E-AP-06, E-FR-04, A-AS-08, A-CM-30
  const customer = await customer_of(florin);
  const asked = await ask(florin, customer.customer_id, {});
  assert.equal(asked.status, 202, asked.text);
  const sent = await reached(florin, asked.json.id, 'sent');
  assert.deepEqual([sent.email, sent.name, sent.subject, sent.attempts, sent.provider, sent.customer_id],
    [customer.email, 'Ada Lovelace', 'Your order A-17 is confirmed', 1, 'sendgrid', customer.customer_id]);
  const [mail, ...more] = await mails_to(florin, customer.email);
  assert.equal(more.length, 0);
  assert.deepEqual([mail.subject, mail.text, mail.html, mail.id], [sent.subject, sent.text, sent.html, sent.provider_reference]);
  assert.ok(mail.headers['Message-ID'].startsWith(`<${sent.id}@`), mail.headers['Message-ID']);
  assert.match(mail.html, /<b>A-17<\/b>/);
});

test('one cause is told once to one recipient by one template, however often and however many ask', async () => {  // F122
  const customer = await customer_of(florin);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(florin, customer.customer_id, { cause: 'order-17-paid' })));
  const ids = new Set(answers.map((answer) => answer.json.id));
  assert.equal(ids.size, 1);
  assert.equal(answers.filter((answer) => answer.status === 202).length, 1);
  assert.ok(answers.every((answer) => [200, 202].includes(answer.status)));
  await reached(florin, [...ids][0], 'sent');
  assert.equal((await ask(florin, customer.customer_id, { cause: 'order-17-paid' })).status, 200);
  assert.equal((await ask(florin, customer.customer_id, { cause: 'order-17-paid', template: 'order_payment_failed' })).status, 202, 'another template is another mail');
  await eventually('both are there', async () => (await mails_to(florin, customer.email)).length === 2);
});

test('an idempotency key makes a request happen once, and belongs to one body', async () => {
  const customer = await customer_of(florin);
  const key = { 'idempotency-key': crypto.randomUUID() };
  const first = await ask(florin, customer.customer_id, {}, key);
  const again = await ask(florin, customer.customer_id, {}, key);
  assert.deepEqual([first.status, again.status, again.json.id], [202, 200, first.json.id]);
  const other = await ask(florin, customer.customer_id, { language: 'de' }, key);
  assert.deepEqual([other.status, other.json.code], [422, 'idempotency_key_reused']);
  await reached(florin, first.json.id, 'sent');
  assert.equal((await mails_to(florin, customer.email)).length, 1);
});

test('what cannot be sent is refused at once, naming the field', async () => {
  const customer = await customer_of(florin), bare = await customer_of(florin, { email: null });
  const id = customer.customer_id;
  const cases = [
    [id, { template: 'no_such' }, 422, 'unknown_template', 'template'],
    [id, { language: 'klingon' }, 422, 'invalid_language', 'language'],
    [id, { email: 'nobody' }, 422, 'invalid_email', 'email'],
    [id, { email: 'a@b.test\r\nBcc: all@b.test' }, 422, 'invalid_email', 'email'],  // F144
    [id, { email: 'a@b.test', name: 'A\r\nBcc: all@b.test' }, 422, 'invalid_text', 'name'],  // F144
    [id, { data: { order: 'A\r\nBcc: all@b.test' } }, 422, 'invalid_header_text', 'subject'],  // F144
    [id, { data: { note: '4111 1111 1111 1111' } }, 422, 'card_number_in_text', 'data'],
    [id, { surprise: 1 }, 422, 'unknown_field', 'surprise'],
    ['nobody', {}, 404, 'customer_not_found', undefined],
    [bare.customer_id, {}, 404, 'customer_not_found', undefined],
  ];
  for (const [user, body, status, code, field] of cases) {
    const { json, ...answer } = await ask(florin, user, body);
    assert.deepEqual([answer.status, json.code, json.field], [status, code, field], JSON.stringify(body));
  }
  assert.equal((await mails_to(florin, customer.email)).length, 0);
});

test('a merchant\'s own words come before Florin\'s, by language and with a fall-back', async () => {  // B-PL-11, X-21
  const customer = await customer_of(florin, { name: '<b>Ada</b> & Co' });
  const at = '/api/v1/notification_templates/order_confirmed/de-at';
  const words = { subject: 'Servus, {{order}}', text: 'Baba, {{name}}.\n', html: '<p>Baba, {{name}}.</p>' };
  const put = await florin.request('PUT', at, { body: words });
  assert.deepEqual([put.status, put.json.version, put.json.is_built_in], [201, 1, false], put.text);
  assert.equal((await florin.request('PUT', at, { body: words })).json.version, 2);
  const preview = await florin.post(`${at}/preview`, { data: { order: 'A-1', name: '<i>' } });
  assert.deepEqual(preview.json, { subject: 'Servus, A-1', text: 'Baba, <i>.\n', html: '<p>Baba, &lt;i&gt;.</p>' });

  const subject_in = async (language) => {
    const asked = await ask(florin, customer.customer_id, { language, data: { ...order, name: 'Ada' } });
    assert.equal(asked.status, 202, asked.text);
    return (await reached(florin, asked.json.id, 'sent')).subject;
  };
  assert.equal(await subject_in('de-AT'), 'Servus, A-17');
  assert.equal(await subject_in('de-CH'), 'Ihre Bestellung A-17 ist bestätigt', 'without its region, Florin\'s own');
  assert.equal(await subject_in('nl'), 'Your order A-17 is confirmed', 'the default language');
  const listed = (await florin.get('/api/v1/notification_templates')).json.data.filter((one) => one.name === 'order_confirmed');
  assert.deepEqual(listed.map((one) => [one.language, one.is_built_in]), [['de', true], ['de-at', false], ['en', true]]);
  assert.equal((await florin.request('DELETE', at)).status, 204);
  assert.equal(await subject_in('de-AT'), 'Ihre Bestellung A-17 ist bestätigt');
  assert.equal((await florin.request('DELETE', at)).json.code, 'template_not_found');
});

test('a template that could do harm or cannot be read is refused, naming the part', async () => {
  const at = '/api/v1/notification_templates/mine/en';
  const good = { subject: 'S', text: 'T' };
  for (const [part, field] of [
    [{ text: '{{#a}}' }, 'text'], [{ text: '{{/a}}' }, 'text'], [{ text: '{{a' }, 'text'], [{ html: '{{{a}}}' }, 'html'], [{ html: '{{&a}}' }, 'html'],
    [{ text: '{{> other}}' }, 'text'], [{ text: '{{=<% %>=}}' }, 'text'], [{ subject: 'a\r\nBcc: b@c.test' }, 'subject'],
  ]) {
    const { status, json } = await florin.request('PUT', at, { body: { ...good, ...part } });
    assert.deepEqual([status, json.code, json.field], [422, 'invalid_template', field], JSON.stringify(part));
  }
  const long = { ...good, text: '{{#a}}{{#a}}{{#a}}0123456789{{/a}}{{/a}}{{/a}}' };
  const { status, json } = await florin.post(`${at}/preview`, { ...long, data: { a: Array(100).fill(1) } });
  assert.deepEqual([status, json.code, json.field], [422, 'mail_too_large', 'text']);
});

test('what SendGrid refuses fails for good and waits for a person; let go again it is sent', async () => {
  const customer = await customer_of(florin);
  await florin.faults({ match: { provider: 'sendgrid', transactionType: 'mail' }, action: { kind: 'decline' }, count: 1 });
  const { id } = (await ask(florin, customer.customer_id, {})).json;
  const failed = await reached(florin, id, 'failed');
  assert.deepEqual([failed.error_code, failed.attempts], ['mail_refused', 1]);
  assert.ok(!failed.error.includes(customer.email), failed.error);
  const listed = (await florin.get(`/api/v1/notifications?state=failed&customer_id=${customer.customer_id}`)).json.data;
  assert.deepEqual(listed.map((one) => [one.id, one.email]), [[id, undefined]], 'lists show no addresses');
  assert.equal((await florin.post(`/api/v1/notifications/${id}/resend`)).status, 202);
  await reached(florin, id, 'sent');
  assert.equal((await mails_to(florin, customer.email)).length, 1);
  assert.equal((await florin.post(`/api/v1/notifications/${id}/resend`)).json.code, 'notification_not_held');
});

test('of a mail whose answer was lost SendGrid is asked: what it has is not sent again', async () => {  // F122
  const customer = await customer_of(florin);
  await florin.faults({ match: { provider: 'sendgrid', transactionType: 'mail' }, action: { kind: 'drop_after' }, count: 1 });
  const { id } = (await ask(florin, customer.customer_id, {})).json;
  const sent = await reached(florin, id, 'sent');
  assert.equal(sent.attempts, 1);
  assert.equal((await mails_to(florin, customer.email)).length, 1);
});

test('and what it does not have is sent once more', async () => {  // F122
  const customer = await customer_of(florin);
  await florin.faults({ match: { provider: 'sendgrid', transactionType: 'mail' }, action: { kind: 'drop_before' }, count: 1 });
  const { id } = (await ask(florin, customer.customer_id, {})).json;
  const sent = await reached(florin, id, 'sent');
  assert.equal(sent.attempts, 2);
  assert.equal((await mails_to(florin, customer.email)).length, 1);
});

test('erasing a customer takes their mails\' addresses and texts with it', async () => {
  const customer = await customer_of(florin);
  const { id } = (await ask(florin, customer.customer_id, {})).json;
  await reached(florin, id, 'sent');
  assert.equal((await florin.request('DELETE', `/api/v1/customers/${customer.id}`)).status, 200);
  const erased = await read(florin, id);
  assert.ok(erased.erased_at);
  assert.deepEqual([erased.state, erased.email, erased.subject, erased.text], ['sent', undefined, undefined, undefined]);
});

test('somebody else\'s notifications and templates are not found, and a key needs the scope', async () => {  // F137, F139
  const customer = await customer_of(florin);
  const { id } = (await ask(florin, customer.customer_id, {})).json;
  const stranger = await florin.new_merchant(`stranger-${process.pid}`);
  const as = (key) => ({ key });
  assert.equal((await florin.get(`/api/v1/notifications/${id}`, as(stranger.key))).status, 404);
  assert.equal((await florin.post(`/api/v1/notifications/${id}/resend`, undefined, as(stranger.key))).status, 404);
  assert.deepEqual((await florin.get('/api/v1/notifications', as(stranger.key))).json.data, []);
  assert.equal((await florin.get('/api/v1/notifications/not-an-id')).status, 404);
  const reader = await florin.new_key('test-merchant', 'notifications:read');
  assert.equal((await florin.get(`/api/v1/notifications/${id}`, as(reader))).status, 200);
  const refused = await florin.post(`/api/internal/v1/users/${customer.customer_id}/emails/send`, { template: 'message' }, as(reader));
  assert.equal(refused.status, 403, refused.text);
});

test('a mail that was accepted as its sender died is not sent twice', { timeout: 180_000 }, async (context) => {  // F122
  const sandbox = await Sandbox.start({ data: path.join(temporary_folder(), 'sandbox') });
  context.after(() => sandbox.stop());
  const place = { data: path.join(temporary_folder(), 'data'), database: await fresh_database(), sandbox: sandbox.origin };
  let server = await Florin.start(place);
  context.after(() => server.kill());
  const customer = await customer_of(server);
  await server.faults({ match: { provider: 'sendgrid', transactionType: 'mail' }, action: { kind: 'latency', ms: 60_000 }, count: 1 });
  const { id } = (await ask(server, customer.customer_id, {})).json;
  // Taken at once, answered late: it is killed between acceptance and record.
  await eventually('it is accepted', async () => (await mails_to(server, customer.email)).length === 1);
  assert.equal((await read(server, id)).state, 'sending');
  await server.kill();
  await send(sandbox.origin, 'DELETE', '/sandbox/faults');
  server = await Florin.start(place);
  const sent = await reached(server, id, 'sent');
  assert.equal(sent.attempts, 1);
  assert.equal((await mails_to(server, customer.email)).length, 1);
});
