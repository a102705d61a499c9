// Cases: handed over, worked on and resolved over HTTP, and what the CRM is told of them.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, florin as command, send, start_florin, temporary_folder, visa } from '../support/florin.mjs';

const fast = '[retry."cases.mirror"]\nstrategy = "fixed"\nfirst_ms = 50\nmost_attempts = 200\n';
let florin;
before(async () => { florin = await start_florin({ config: fast }); });
after(() => florin?.stop());

const cause = () => `cause-${crypto.randomUUID()}`;
const open = async (more = {}, options) => {
  const opened = await florin.post('/api/v1/cases', { cause: cause(), reason: 'payment_failed', customer_id: 'c-7', amount: '12.50', currency: 'EUR', ...more }, options);
  assert.equal(opened.status, 201, opened.text);
  return opened.json;
};
const read = async (id, options) => (await florin.get(`/api/v1/cases/${id}`, options)).json;
const act = (id, verb, body, options) => florin.post(`/api/v1/cases/${id}/${verb}`, body, options);
const mirrored = (id, state = 'mirrored') => eventually(`case ${id} is ${state}`, async () => {
  const one = await read(id);
  return one.crm.state === state && one;
}, 60_000);
const refused = (answer, status, code, field) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.code, code);
  if (field) assert.equal(answer.json.field, field);
};

test('one cause has one case, however many hand it over at once', async () => {  // A-FR-04, A-CL-15
  const body = { cause: cause(), reason: 'address_unknown' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => florin.post('/api/v1/cases', body)));
  assert.equal(new Set(answers.map((answer) => answer.json.id)).size, 1);
  assert.deepEqual([...new Set(answers.map((answer) => answer.status))].sort(), [200, 201]);
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
});

test('what is wrong in a case that is handed over is named', async () => {
  const wrong = [
    [{ reason: 'x' }, 422, 'missing_field', 'cause'], [{ cause: 'x', reason: 'Not so' }, 422, 'invalid_text', 'reason'],
    [{ cause: 'x', reason: 'x', amount: '1' }, 422, 'missing_field', 'currency'], [{ cause: 'x', reason: 'x', amount: '0', currency: 'EUR' }, 422, 'invalid_amount', 'amount'],
    [{ cause: 'x', reason: 'x', amount: '1.001', currency: 'EUR' }, 422, 'amount_too_precise', 'amount'], [{ cause: 'x', reason: 'x', due_date: '2026-02-30' }, 422, 'invalid_date', 'due_date'],
    [{ cause: 'x', reason: 'x', message: 'card 4111 1111 1111 1111' }, 422, 'card_number_in_text', 'message'], [{ cause: 'x', reason: 'x', colour: 1 }, 422, 'unknown_field', 'colour'],
  ];
  for (const [body, ...what] of wrong) refused(await florin.post('/api/v1/cases', body), ...what);
});

test('a case is assigned, noted and resolved, each once, and tells what happened to it', async () => {
  const { id } = await open({ due_date: '2026-11-21' });
  await mirrored(id);
  for (let i = 0; i < 2; ++i) assert.equal((await act(id, 'assign', { assignee: 'maria' })).json.assignee, 'maria');
  const idempotency_key = crypto.randomUUID();
  for (let i = 0; i < 2; ++i) assert.equal((await act(id, 'notes', { text: 'Called.' }, { idempotency_key })).json.notes.length, 1);
  refused(await act(id, 'notes', { text: 'Something else.' }, { idempotency_key }), 422, 'idempotency_key_reused');
  const decision = { resolution: 'paid_elsewhere', amount: '10.00', note: 'By transfer' };
  for (let i = 0; i < 2; ++i) {
    const resolved = await act(id, 'resolve', decision);
    assert.equal(resolved.status, 200, resolved.text);
    assert.deepEqual([resolved.json.status, resolved.json.resolved_amount, resolved.json.resolution_note], ['resolved', '10.00', 'By transfer']);
  }
  refused(await act(id, 'resolve', { resolution: 'waived' }), 409, 'case_resolved');
  refused(await act(id, 'assign', { assignee: 'otto' }), 409, 'case_resolved');
  const one = await mirrored(id);
  assert.deepEqual(one.history.map((entry) => entry.kind), ['opened', 'mirrored', 'assigned', 'resolved', 'mirrored']);
  assert.deepEqual(one.notes.map((entry) => entry.text), ['Called.']);
  const events = await eventually('the events are there', async () => {
    const page = (await florin.get(`/api/v1/events?subject=${id}&limit=100`)).json;
    return page.data.length === one.version && page.data;
  });
  assert.deepEqual(events.map((event) => event.type.replace('florin.case.', '')), ['opened', 'mirrored', 'assigned', 'noted', 'resolved', 'mirrored']);
  assert.ok(!JSON.stringify(events).includes('Called'), 'what people write is in no event');
});

test('a decision that does not fit is refused, and nothing is resolved', async () => {
  const { id } = await open();
  refused(await act(id, 'resolve', { resolution: 'forgotten' }), 422, 'unknown_resolution', 'resolution');
  refused(await act(id, 'resolve', { resolution: 'paid_elsewhere' }), 422, 'amount_required', 'amount');
  refused(await act(id, 'resolve', { resolution: 'paid_elsewhere', amount: '12.51' }), 422, 'amount_above_case', 'amount');
  refused(await act(id, 'resolve', { resolution: 'waived', amount: '1' }), 422, 'amount_not_expected', 'amount');
  refused(await act(id, 'resolve', { resolution: 'retry' }), 409, 'resolution_not_applicable');
  assert.equal((await read(id)).status, 'open');
});

test('lists narrow and go on, and each merchant and key sees what it may', async () => {
  const customer_id = `customer-${crypto.randomUUID()}`;
  const ids = [];
  for (let i = 0; i < 5; ++i) ids.unshift((await open({ customer_id })).id);
  const list = async (query) => (await florin.get(`/api/v1/cases?${query}`)).json;
  const first = await list(`customer_id=${customer_id}&limit=3`);
  assert.deepEqual(first.data.map((one) => one.id), ids.slice(0, 3));
  const second = await list(`customer_id=${customer_id}&limit=3&cursor=${first.next_cursor}`);
  assert.deepEqual([second.data.map((one) => one.id), second.has_more], [ids.slice(3), false]);
  await act(ids[0], 'assign', { assignee: `maria-${customer_id}` });
  assert.deepEqual((await list(`assignee=maria-${customer_id}`)).data.map((one) => one.id), [ids[0]]);
  await act(ids[1], 'resolve', { resolution: 'waived' });
  assert.equal((await list(`customer_id=${customer_id}`)).data.length, 4, 'those that are open');
  assert.deepEqual((await list(`customer_id=${customer_id}&status=resolved`)).data.map((one) => one.id), [ids[1]]);
  assert.equal((await list(`customer_id=${customer_id}&status=all&owner_kind=request`)).data.length, 5);
  for (const query of ['status=gone', 'owner=x', 'cursor=x', 'limit=0']) refused(await florin.get(`/api/v1/cases?${query}`), 422, 'invalid_parameter');
  const other = await florin.new_merchant(`shop-${crypto.randomUUID().slice(0, 8)}`);
  assert.equal((await florin.get(`/api/v1/cases/${ids[0]}`, { key: other.key })).status, 404);
  assert.equal((await florin.get('/api/v1/cases', { key: other.key })).json.data.length, 0);
  const reader = await florin.new_key('test-merchant', 'cases:read');
  assert.equal((await florin.get(`/api/v1/cases/${ids[0]}`, { key: reader })).status, 200);
  assert.equal((await act(ids[0], 'assign', {}, { key: reader })).status, 403);
});

test('a refusal of the CRM shows in the case and lies on the desk, and let go from there it is told', async () => {  // F58, A-AS-09
  await send(florin.sandbox, 'PUT', '/sandbox/faults', { body: { rules: [{ match: { provider: 'salesforce', transactionType: 'upsert' }, action: { kind: 'decline' } }] } });
  const { id } = await open();
  const one = await mirrored(id, 'refused');
  assert.equal(one.crm.error_code, 'FIELD_CUSTOM_VALIDATION_EXCEPTION');
  await send(florin.sandbox, 'DELETE', '/sandbox/faults');
  // Others of the kind may lie there too.
  await eventually('it is let go, and told', async () => {
    await florin.post('/api/v1/dead_letters/retry', { kind: 'cases.mirror', reason: 'The rule is gone' });
    return (await read(id)).crm.state === 'mirrored';
  });
  assert.ok((await read(id)).crm.id);
});

test('open cases and the age of the oldest are figures', async () => {
  await open();
  await eventually('the figures tell of it', async () => {
    const { text } = await florin.get('/api/v1/metrics', { key: null });
    return /^florin_cases_open [1-9]/m.test(text) && /^florin_cases_oldest_age_seconds [0-9]/m.test(text);
  });
});

test('what people wrote of a customer goes with the customer', async () => {
  const customer_id = `customer-${crypto.randomUUID()}`;
  const customer = (await florin.post('/api/v1/customers', { customer_id, name: 'Ada Lovelace', email: 'ada@example.com' })).json;
  const { id } = await open({ customer_id });
  await act(id, 'notes', { text: 'Ada is ill.' });
  assert.equal((await florin.request('DELETE', `/api/v1/customers/${customer.id}`)).status, 200);
  assert.ok(!JSON.stringify(await read(id)).includes('Ada'));
});

test('a configuration of Salesforce that cannot work is refused and names the key, and the doctor knows it', async () => {
  const folder = temporary_folder();
  const write = (name, text) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const key = (modulusLength, more = {}) =>
    crypto.generateKeyPairSync('rsa', { modulusLength, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...more } }).privateKey;
  const doctor = (lines) => command('doctor', '--config', write('florin.toml', ['[salesforce]', ...lines].join('\n')), '--data', path.join(folder, 'data'));
  const id = 'client_id = "3MVG9"', user = 'username = "integration@example.com"';
  const secret = `client_secret_file = "${write('secret', 'shh\n')}"`;
  const pem = (name, text) => `private_key_file = "${write(name, text)}"`;
  const good = pem('good.pem', key(2048));
  assert.match((await doctor([id, user, good])).out, /ok {7}Salesforce by https:\/\/login\.salesforce\.com, by JWT/);
  assert.match((await doctor([id, secret, 'login_url = "http://127.0.0.1:1"'])).out, /problem {2}Salesforce is to be called without TLS/);
  const wrong = [
    [[secret], /salesforce\.client_id/], [[id], /a client secret, or a private key/], [[id, secret, user, good], /a client secret, or a private key/], [[id, good], /salesforce\.username/],
    [[id, user, pem('weak.pem', key(1024))], /salesforce\.private_key_file/], [[id, user, pem('locked.pem', key(2048, { cipher: 'aes-256-cbc', passphrase: 'x' }))], /salesforce\.private_key_file/],
    [[id, user, pem('none.pem', 'no key')], /salesforce\.private_key_file/], [[id, user, `private_key_file = "${folder}/absent"`], /salesforce\.private_key_file/],
    [[id, secret, 'external_id_field = "Case/Id"'], /salesforce\.external_id_field/], [[id, secret, 'api_version = "v62"'], /salesforce\.api_version/],
    [[id, secret, 'login_url = "login.salesforce.com"'], /salesforce\.login_url/], [[id, secret, 'colour = "red"'], /salesforce\.colour/],
  ];
  for (const [lines, named] of wrong) {
    const ran = await doctor(lines);
    assert.notEqual(ran.code, 0, lines.join());
    assert.match(ran.err, named, lines.join());
  }
});

test('an instalment that is declined twice is a case here and at Salesforce, and let go from there it is collected', async () => {  // F82, A-FR-04, A-CM-28, X-38
  const { key } = await florin.new_merchant(`broker-${crypto.randomUUID().slice(0, 8)}`);
  const clock = (await florin.post('/api/v1/test_clocks', { now: '2027-01-30T09:00:00Z' }, { key })).json;
  const { json: card } = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'c-7' }, { key });
  const terms = (await florin.post('/payment_terms', { customer_id: 'c-7', total_amount: 120_001, start_date: '2027-01-31', term_duration: 12, billing_day: 31, payment_terms: { payment_method_token: card.payment_method_token } }, { key })).json;
  const advance = async (to) => assert.equal((await florin.post(`/api/v1/test_clocks/${clock.id}/advance`, { to }, { key })).status, 200);
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'decline', code: 2 }, count: 2 });
  await advance('2027-01-31T12:00:00Z');
  assert.deepEqual((await florin.get('/api/v1/cases', { key })).json.data, [], 'the first time is no case');
  await advance('2027-02-01T12:00:00Z');
  await florin.faults();
  const cases = async () => (await florin.get('/api/v1/cases?status=all', { key })).json.data;
  const one = await eventually('the case is at Salesforce', async () => {
    const [found, ...more] = await cases();
    assert.equal(more.length, 0);
    return found?.crm?.state === 'mirrored' && found;
  }, 60_000);
  assert.deepEqual([one.reason, one.customer_id, one.owner_kind, one.owner, one.amount, one.currency, one.due_date, one.attempts],
    ['payment_failed', 'c-7', 'payment_terms', terms.payment_terms_id, '100.01', 'EUR', '2027-01-31', 2]);
  const resolved = await act(one.id, 'resolve', { resolution: 'retry', note: 'The card has funds again' }, { key });
  assert.equal(resolved.status, 200, resolved.text);
  await advance('2027-02-02T12:00:00Z');
  const { instalments } = (await florin.get(`/payment_terms/${terms.payment_terms_id}/schedule`, { key })).json;
  assert.equal(instalments[0].status, 'succeeded');
  assert.deepEqual((await cases()).map((now) => now.status), ['resolved'], 'and no other case');
});
