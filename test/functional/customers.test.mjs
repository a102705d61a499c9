// Customers: made, found, changed and erased; and that what is known of a person rests nowhere in the clear.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, engine, eventually, fresh_key, run, sql, start_florin, test_merchant, visa } from '../support/florin.mjs';

const all = '/api/v1/customers';
let florin, other;
before(async () => {
  florin = await start_florin();
  other = await florin.new_merchant('other');
});
after(() => florin?.stop());

const absent = '01890000-0000-7000-8000-000000000000';
/// Words that are nowhere but in these customers: what a search of the files looks for.
const ada = Object.freeze({
  name: 'Ada Quillfeather', email: 'Ada.Quillfeather@example.com', phone: '+44 20 7946 0817',
  billing_address: { first_name: 'Ada', last_name: 'Quillfeather', address: 'Gibraltargasse 43', city: 'Xanadustadt', zip: 'ZQ1 4XX', country: 'GB' },
  metadata: { note: 'likes marzipanstollen', tier: 3 },
});
const personal = /quillfeather|7946 ?0817|gibraltar|marzipan|ZQ1 ?4XX/i;
let made = 0;
const fresh_id = () => `customer-${process.pid}-${++made}`;
const create = (body = {}, options) => florin.post(all, { customer_id: fresh_id(), ...body }, options);
const created = async (body, options) => {
  const { status, json } = await create(body, options);
  assert.equal(status, 201, JSON.stringify(json));
  return json;
};
const change = (id, body, options) => florin.request('PATCH', `${all}/${id}`, { body, ...options });
const erase = (id, options) => florin.request('DELETE', `${all}/${id}`, options);
const trail = async (id) => (await florin.get(`/api/v1/audit?entity_type=customer&entity_id=${id}`)).json.data;
const events_of = (id, count) => eventually(`${count} events of ${id}`, async () => {
  const { json } = await florin.get(`/api/v1/events?subject=${id}`);
  for (const { subject } of json.data) assert.equal(subject, `customer/${id}`);
  return json.data.length >= count && json.data;
});

test('a customer is made, read and found again by the merchant\'s own id and by e-mail in any case', async () => {  // X-24, D-DM-10
  const id = fresh_id();
  const customer = await created({ customer_id: id, ...ada });
  const { id: own, version, created_at, updated_at, ...rest } = customer;
  assert.deepEqual(rest, { customer_id: id, ...ada });
  assert.equal(version, 1);
  assert.equal(created_at, updated_at);
  assert.deepEqual((await florin.get(`${all}/${own}`)).json, customer);
  assert.deepEqual((await florin.get(`${all}?customer_id=${id}`)).json, { data: [customer], has_more: false });
  for (const email of [ada.email, ada.email.toLowerCase(), ada.email.toUpperCase()]) {
    assert.deepEqual((await florin.get(`${all}?email=${encodeURIComponent(email)}`)).json.data, [customer], email);
  }
  const both = (customer_id, email) => florin.get(`${all}?customer_id=${customer_id}&email=${encodeURIComponent(email)}`);
  assert.equal((await both(id, ada.email)).json.data.length, 1);
  assert.equal((await both(id, 'nobody@example.com')).json.data.length, 0);
  assert.equal((await both('nobody', ada.email)).json.data.length, 0);
});

test('payments and customers meet by the merchant\'s own id', async () => {  // X-24, A-AS-04
  const { customer_id } = await created({ name: 'Meets Payments' });
  const { json: paid } = await florin.pay('purchase', charge('3.00', { customer_id }));
  assert.equal(paid.status, 'settled');
  const { json: listed } = await florin.get(`/api/v1/payments?customer_id=${customer_id}`);
  assert.deepEqual(listed.data.map((payment) => payment.id), [paid.payment_id]);
});

test('without an id of the merchant\'s own, the new id is it', async () => {
  const { status, json } = await florin.post(all, { name: 'No Id' });
  assert.equal(status, 201);
  assert.equal(json.customer_id, json.id);
});

test('the same customer again is the same customer; another one under its id is a conflict', async () => {
  const body = { customer_id: fresh_id(), ...ada };
  const first = await florin.post(all, body);
  assert.equal(first.status, 201);
  const again = await florin.post(all, { ...body, metadata: { tier: 3, note: ada.metadata.note } });
  assert.equal(again.status, 200, 'the order of names means nothing');
  assert.deepEqual(again.json, first.json);
  for (const different of [{ name: 'B' }, { email: 'b@example.com' }, { metadata: {} }, { billing_address: { city: 'B' } }]) {
    const refused = await florin.post(all, { ...body, ...different });
    assert.equal(refused.status, 409);
    assert.equal(refused.json.code, 'customer_exists');
    assert.equal(refused.json.field, 'customer_id');
  }
  assert.deepEqual((await florin.get(`${all}/${first.json.id}`)).json, first.json);
});

test('of fifty at once, one customer is made', async () => {
  const body = { customer_id: fresh_id(), ...ada };
  const answers = await Promise.all(Array.from({ length: 50 }, () => florin.post(all, body)));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [...Array(49).fill(200), 201]);
  assert.equal(new Set(answers.map((answer) => answer.json.id)).size, 1);
  assert.equal((await events_of(answers[0].json.id, 1)).length, 1);
});

test('an idempotency key gives the first answer again, byte for byte, even after changes', async () => {  // F11, F12, F13, F15, F37
  const key = fresh_key();
  const body = { ...ada };
  const first = await florin.post(all, body, { idempotency_key: key });
  assert.equal(first.status, 201);
  assert.equal(first.headers['idempotent-replayed'], undefined);
  assert.equal((await change(first.json.id, { version: 1, name: 'Someone Else' })).status, 200);
  const again = await florin.post(all, { metadata: body.metadata, ...body }, { idempotency_key: key });
  assert.equal(again.status, 201);
  assert.equal(again.text, first.text);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  const reused = await florin.post(all, { ...body, name: 'B' }, { idempotency_key: key });
  assert.equal(reused.status, 422);
  assert.equal(reused.json.code, 'idempotency_key_reused');
  const elsewhere = await florin.pay('purchase', charge('1.00'), { idempotency_key: key });
  assert.equal(elsewhere.json.code, 'idempotency_key_reused');
  assert.notEqual((await florin.post(all, body, { idempotency_key: key, key: other.key })).json.id, first.json.id);
  const bad = fresh_key();
  assert.equal((await florin.post(all, { email: 'nowhere' }, { idempotency_key: bad })).status, 422);
  assert.equal((await florin.post(all, { email: 'x@y.zz' }, { idempotency_key: bad })).status, 201, 'a refusal leaves the key free');
  // Also where the customer was there already.
  const known = { customer_id: fresh_id(), name: 'Known' };
  const known_key = fresh_key();
  await florin.post(all, known);
  const met = await florin.post(all, known, { idempotency_key: known_key });
  assert.equal(met.status, 200);
  const met_again = await florin.post(all, known, { idempotency_key: known_key });
  assert.equal(met_again.text, met.text);
  assert.equal(met_again.headers['idempotent-replayed'], 'true');
});

test('a change touches what it names, takes away what is null, and needs the version that was read', async () => {  // D-DE-01, F32
  const { id } = await created(ada);
  const renamed = await change(id, { version: 1, name: 'Ada Newname', phone: null });
  assert.equal(renamed.status, 200, renamed.text);
  assert.equal(renamed.json.version, 2);
  assert.equal(renamed.json.name, 'Ada Newname');
  assert.equal('phone' in renamed.json, false);
  assert.equal(renamed.json.email, ada.email);
  assert.deepEqual(renamed.json.billing_address, ada.billing_address);
  assert.deepEqual((await florin.get(`${all}/${id}`)).json, renamed.json);
  const late = await change(id, { version: 1, name: 'Too Late' });
  assert.equal(late.status, 409);
  assert.equal(late.json.code, 'customer_changed_meanwhile');
  assert.equal(late.json.field, 'version');
  const moved = await change(id, { version: 2, email: 'moved.quillfeather@example.com', billing_address: { city: 'Elsewhere' }, metadata: null });
  assert.deepEqual(moved.json.billing_address, { city: 'Elsewhere' });
  assert.deepEqual(moved.json.metadata, {});
  const by_email = async (email) => (await florin.get(`${all}?email=${encodeURIComponent(email)}`)).json.data.map((found) => found.id);
  assert.deepEqual(await by_email('moved.quillfeather@example.com'), [id]);
  assert.equal((await by_email(ada.email)).includes(id), false);
  const same = await change(id, { version: 3, name: 'Ada Newname' });
  assert.equal(same.json.version, 3, 'nothing differs, nothing is written');
  assert.deepEqual((await events_of(id, 3)).map((event) => event.type),
    ['florin.customer.created', 'florin.customer.updated', 'florin.customer.updated']);
});

test('of twenty changes at once to one version, one is made', async () => {  // D-DE-01, F32
  const { id } = await created({ name: 'Contended' });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => change(id, { version: 1, name: `Number ${i}` })));
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array(19).fill(409)]);
  const won = answers.find((answer) => answer.status === 200);
  assert.deepEqual((await florin.get(`${all}/${id}`)).json, won.json);
});

test('bad input is refused with the field\'s name, and nothing is made', async () => {  // F98, F138, A-FR-21
  const count = async () => (await florin.get(`${all}?limit=200`)).json.data.length;
  const before_all = await count();
  const cases = [
    [{ nickname: 'A' }, 'unknown_field', 'nickname'],
    [{ billing_address: { planet: 'Mars' } }, 'unknown_field', 'billing_address.planet'],
    [{ customer_id: '' }, 'too_short', 'customer_id'],
    [{ customer_id: 'c'.repeat(65) }, 'too_long', 'customer_id'],
    [{ customer_id: 'ada@example.com' }, 'invalid_customer_id', 'customer_id'],
    [{ customer_id: 7 }, 'wrong_type', 'customer_id'],
    [{ name: 'n'.repeat(201) }, 'too_long', 'name'],
    [{ name: 'two\nlines' }, 'invalid_text', 'name'],
    [{ name: 'a\u0007b' }, 'invalid_text', 'name'],
    [{ email: 'ada' }, 'invalid_email', 'email'],
    [{ email: 'ada@@example.com' }, 'invalid_email', 'email'],
    [{ email: 'a da@example.com' }, 'invalid_email', 'email'],
    [{ email: 'ada@example.com\r\nBcc:b@example.com' }, 'invalid_email', 'email'],
    [{ email: `${'a'.repeat(251)}@b.c` }, 'too_long', 'email'],
    [{ phone: 'call me' }, 'invalid_phone', 'phone'],
    [{ phone: '+1234567890123456' }, 'invalid_phone', 'phone'],
    [{ billing_address: { zip: 'z'.repeat(21) } }, 'too_long', 'billing_address.zip'],
    ...['Germany', 'de', 'XX', 'DEU'].map((country) => [{ billing_address: { country } }, 'unknown_country', 'billing_address.country']),
    [{ metadata: 'text' }, 'wrong_type', 'metadata'],
    [{ metadata: { big: 'x'.repeat(8 * 1024) } }, 'too_long', 'metadata'],
  ];
  for (const [body, code, field] of cases) {
    const answer = await florin.post(all, body);
    assert.equal(answer.status, 422, JSON.stringify(body).slice(0, 80));
    assert.equal(answer.json.code, code, JSON.stringify(body).slice(0, 80));
    assert.equal(answer.json.field, field);
  }
  assert.equal((await florin.post(all, '{"name":"A","name":"B"}')).json.code, 'duplicate_field');
  assert.equal((await florin.post(all, '[]')).json.code, 'wrong_type');
  const { id } = await created({ name: 'Stays' });
  for (const [body, code, field] of [
    [{ name: 'A' }, 'missing_field', 'version'], [{ version: 0 }, 'out_of_range', 'version'], [{ version: null }, 'wrong_type', 'version'],
    [{ version: 1, customer_id: 'other' }, 'unknown_field', 'customer_id'], [{ version: 1, email: 'nowhere' }, 'invalid_email', 'email'],
    [{ version: 1, name: '4111 1111 1111 1111' }, 'card_number_in_text', 'name'],
  ]) {
    const answer = await change(id, body);
    assert.equal(answer.json.code, code, JSON.stringify(body));
    assert.equal(answer.json.field, field);
  }
  for (const [query, code, field] of [['limit=0', 'invalid_parameter', 'limit'], ['limit=201', 'invalid_parameter', 'limit'],
    ['cursor=x', 'invalid_parameter', 'cursor'], ['created_from=yesterday', 'invalid_parameter', 'created_from'], ['name=A', 'unknown_parameter', 'name']]) {
    const answer = await florin.get(`${all}?${query}`);
    assert.equal(answer.json.code, code, query);
    assert.equal(answer.json.field, field);
  }
  assert.equal(await count(), before_all + 1);
});

test('a card number is refused wherever a text could hold one', async () => {  // D-PC-01, F145
  for (const [body, field] of [
    [{ name: 'Ada 4111111111111111' }, 'name'], [{ customer_id: '4111-1111-1111-1111' }, 'customer_id'],
    [{ email: '4111111111111111@example.com' }, 'email'], [{ phone: '378282246310005' }, 'phone'],
    [{ billing_address: { company: '5555 5555 5555 4444' } }, 'billing_address.company'],
    [{ metadata: { note: 'card 4111 1111 1111 1111' } }, 'metadata'], [{ metadata: { deep: [{ pan: 4111111111111111 }] } }, 'metadata'],
    [{ metadata: { '4111111111111111': true } }, 'metadata'],
  ]) {
    // A correlation id of its own could have such digits by chance.
    const answer = await create(body, { headers: { 'x-correlation-id': 'card-in-text' } });
    assert.equal(answer.status, 422, JSON.stringify(body));
    assert.equal(answer.json.code, 'card_number_in_text');
    assert.equal(answer.json.field, field);
    assert.doesNotMatch(answer.text, /4111|5555|3782/);
  }
});

test('lists go from new to old in pages, each customer once', async () => {
  const pages = await florin.new_merchant(`pages-${process.pid}`);
  const options = { key: pages.key };
  const ids = [];
  for (let i = 0; i < 7; ++i) ids.push((await created({ name: `Page ${i}` }, options)).id);
  // Ids lead with the moment; within one millisecond they are in no order but their own.
  ids.sort().reverse();
  const seen = [];
  let cursor = '';
  for (let page = 0; page < 4; ++page) {
    const { json } = await florin.get(`${all}?limit=2${cursor}`, options);
    seen.push(...json.data.map((customer) => customer.id));
    assert.equal(json.has_more, page < 3);
    cursor = json.has_more ? `&cursor=${json.next_cursor}` : '';
  }
  assert.deepEqual(seen, ids);
  const { json: middle } = await florin.get(`${all}/${ids[3]}`, options);
  const { json: since } = await florin.get(`${all}?created_from=${encodeURIComponent(middle.created_at)}`, options);
  const { json: earlier } = await florin.get(`${all}?created_before=${encodeURIComponent(middle.created_at)}`, options);
  assert.deepEqual([...since.data, ...earlier.data].map((customer) => customer.id), ids);
});

test('what belongs to another merchant is answered like what does not exist', async () => {  // F136, F137
  const { id, customer_id } = await created(ada);
  const told = ({ status, json }) => ({ status, ...json, correlation_id: undefined });
  const key = other.key;
  for (const ask of [
    (of) => florin.get(`${all}/${of}`, { key }), (of) => change(of, { version: 1, name: 'Mine' }, { key }), (of) => erase(of, { key }),
  ]) {
    const [foreign, missing, malformed] = await Promise.all([id, absent, 'x'].map(ask));
    assert.equal(foreign.status, 404);
    assert.deepEqual(told(foreign), told(missing));
    assert.deepEqual(told(foreign), told(malformed));
  }
  for (const query of ['', `?customer_id=${customer_id}`]) {
    const { json } = await florin.get(all + query, { key });
    assert.equal(json.data.some((customer) => customer.id === id), false);
  }
  // The same id and e-mail are another customer there.
  const theirs = await created({ customer_id, email: ada.email }, { key });
  assert.notEqual(theirs.id, id);
  assert.deepEqual((await florin.get(`${all}?email=${encodeURIComponent(ada.email)}&customer_id=${customer_id}`, { key })).json.data, [theirs]);
  assert.equal((await florin.get(`${all}/${id}`)).json.name, ada.name);
  assert.deepEqual((await florin.get(`/api/v1/audit?entity_type=customer&entity_id=${id}`, { key })).json.data, []);
});

test('a key does what its scopes say and nothing else', async () => {  // D-PC-05
  const { id } = await created({ name: 'Scoped' });
  const reader = await florin.new_key(test_merchant, 'customers:read');
  const writer = await florin.new_key(test_merchant, 'customers:write');
  const payer = await florin.new_key(test_merchant, 'payments:read payments:write');
  for (const [key, method, target, body, status] of [
    [reader, 'GET', all, undefined, 200], [reader, 'GET', `${all}/${id}`, undefined, 200], [reader, 'POST', all, { name: 'A' }, 403],
    [reader, 'PATCH', `${all}/${id}`, { version: 1 }, 403], [reader, 'DELETE', `${all}/${id}`, undefined, 403],
    [writer, 'GET', all, undefined, 403], [writer, 'GET', `${all}/${id}`, undefined, 403], [writer, 'POST', all, { name: 'A' }, 201],
    [payer, 'GET', `${all}/${id}`, undefined, 403], [payer, 'POST', all, { name: 'A' }, 403], [payer, 'DELETE', `${all}/${id}`, undefined, 403],
  ]) {
    const answer = await florin.request(method, target, { key, body });
    assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
    if (status === 403) assert.equal(answer.json.code, 'missing_scope');
  }
});

test('every change and every read of a person is in the audit trail, without their data', async () => {  // D-PC-08, D-PC-09, D-PC-14, X-25
  const { id, customer_id } = await created(ada, { headers: { 'user-agent': 'audited', 'x-correlation-id': `made-${process.pid}` } });
  await florin.get(`${all}/${id}`);
  await florin.get(`${all}?email=${encodeURIComponent(ada.email)}&customer_id=${customer_id}`);
  await change(id, { version: 1, email: 'other.quillfeather@example.com' });
  await erase(id);
  const records = await eventually('all of it', async () => {
    const found = await trail(id);
    return found.length >= 6 && found;
  });
  const count = (action) => records.filter((record) => record.action === action).length;
  assert.deepEqual(['created', 'read', 'updated', 'erased'].map((verb) => count(`customer.${verb}`)), [1, 3, 1, 1]);
  const first = records.find((record) => record.action === 'customer.created');
  assert.equal(first.correlation_id, `made-${process.pid}`);
  assert.match(first.user_id, /^key:/);
  assert.equal(first.user_agent, 'audited');
  assert.doesNotMatch(JSON.stringify(records), personal);
  const events = await events_of(id, 3);
  assert.deepEqual(events.map((event) => event.type), ['created', 'updated', 'erased'].map((verb) => `florin.customer.${verb}`));
  assert.deepEqual(events[1].data.changed, ['email']);
  assert.doesNotMatch(JSON.stringify(events), personal);
});

test('an erased customer has nothing left but its ids, for ever; its payments stay', async () => {
  const key = fresh_key();
  const body = { customer_id: fresh_id(), ...ada };
  const { json: customer } = await florin.post(all, body, { idempotency_key: key });
  const { json: paid } = await florin.pay('purchase', charge('2.00', { customer_id: customer.customer_id }));
  const erased = await erase(customer.id);
  assert.equal(erased.status, 200);
  const { id, customer_id, created_at } = customer;
  const { erased_at } = erased.json;
  assert.deepEqual(erased.json, { id, customer_id, metadata: {}, version: 2, created_at, updated_at: erased_at, erased_at });
  assert.deepEqual((await florin.get(`${all}/${id}`)).json, erased.json);
  assert.deepEqual((await florin.get(`${all}?customer_id=${customer_id}`)).json.data, [erased.json]);
  const { json: by_email } = await florin.get(`${all}?email=${encodeURIComponent(ada.email)}&limit=200`);
  assert.equal(by_email.data.some((found) => found.id === id), false);
  const again = await erase(id);
  assert.equal(again.status, 200);
  assert.deepEqual(again.json, erased.json, 'erasing twice is once');
  for (const refused of [
    await change(id, { version: 2, name: 'Back' }), await florin.post(all, body), await florin.post(all, body, { idempotency_key: key }),
  ]) {
    assert.equal(refused.status, 409, refused.text);
    assert.equal(refused.json.code, 'customer_erased');
    assert.doesNotMatch(refused.text, /quillfeather/i);
  }
  const { json: payment } = await florin.get(`/api/v1/payments/${paid.payment_id}`);
  assert.equal(payment.payment.state, 'captured');
  assert.equal(payment.payment.customer_id, customer_id);
});

test('what was written on a person\'s subscription goes with them; what it costs stays', async () => {  // X-25, D-DE-07
  const customer = await created(ada);
  const key = fresh_key();
  const body = { customer_id: customer.customer_id, amount: '5.00', currency: 'EUR', billing_cycle: 'monthly', trial_days: 9, metadata: ada.metadata };
  const made = await florin.post('/api/v1/subscriptions', body, { idempotency_key: key });
  assert.deepEqual(made.json.metadata, ada.metadata);
  const refused = await erase(customer.id);
  assert.deepEqual([refused.status, refused.json.code], [409, 'customer_still_charged'], refused.text);
  assert.ok(refused.json.detail.includes(made.json.id), refused.text);
  assert.equal((await florin.post(`/api/v1/subscriptions/${made.json.id}/cancel`, {})).status, 200);
  const { json: left } = await florin.get(`/api/v1/subscriptions/${made.json.id}`);
  assert.deepEqual(left.metadata, ada.metadata);
  assert.equal((await erase(customer.id)).status, 200);
  assert.deepEqual((await florin.get(`/api/v1/subscriptions/${made.json.id}`)).json, { ...left, metadata: {} });
  const again = await florin.post('/api/v1/subscriptions', body, { idempotency_key: key });
  assert.equal(again.status, 201);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.deepEqual(again.json, { ...left, metadata: {} });
});

test('erasing and changing at once end in an erased customer', async () => {  // F32, X-25
  for (let round = 0; round < 5; ++round) {
    const { id } = await created(ada);
    const answers = await Promise.all([change(id, { version: 1, name: 'Changed' }), erase(id), change(id, { version: 1, phone: null }), erase(id)]);
    for (const { status, text } of answers) assert.ok([200, 409].includes(status), text);
    assert.ok(answers[1].status === 200 && answers[3].status === 200);
    const { json } = await florin.get(`${all}/${id}`);
    assert.ok(json.erased_at);
    assert.equal('name' in json, false);
  }
});

/// All bytes that a server has written, whatever the engine: its data directory and, where it has one, a dump.
async function bytes_at_rest(server) {
  const files = fs.readdirSync(server.data, { recursive: true }).map((name) => path.join(server.data, name)).filter((name) => fs.statSync(name).isFile());
  const parts = files.map((name) => fs.readFileSync(name));
  if (server.database) {
    const dump = await run('pg_dump', [server.database]);
    assert.equal(dump.code, 0, dump.err);
    parts.push(Buffer.from(dump.out));
  }
  return Buffer.concat(parts);
}

test('nothing of a person rests in the clear, and after erasure neither does their key', async () => {  // D-DE-07, D-DM-10, D-PC-04, X-25
  const own = await start_florin();
  const key = fresh_key();
  const { status, json: kept } = await own.post(all, { customer_id: 'canary-kept', ...ada }, { idempotency_key: key });
  assert.equal(status, 201);
  const { json: gone } = await own.post(all, { customer_id: 'canary-gone', ...ada });
  await own.get(`${all}?email=${encodeURIComponent(ada.email)}`);
  await own.request('PATCH', `${all}/${kept.id}`, { body: { version: 1, name: 'Ada Zweitname' } });
  // While it runs: database, write-ahead log, audit heads, and what it logs.
  // Each longer than what stands in ids, keys and moments by chance.
  const words = [/quillfeather/i, /zweitname/i, /7946 ?0817/, /gibraltargasse/i, /xanadustadt/i, /ZQ1 ?4XX/, /marzipanstollen/i];
  const search = async () => {
    const text = (await bytes_at_rest(own)).toString('latin1');
    assert.match(text, /canary-kept/, 'the search sees what is there');
    for (const word of words) assert.doesNotMatch(text, word);
    assert.doesNotMatch(own.log.join('\n'), /quillfeather/i);
  };
  await search();
  const replayed = await own.post(all, { customer_id: 'canary-kept', ...ada }, { idempotency_key: key });
  assert.equal(replayed.headers['idempotent-replayed'], 'true');
  assert.equal(replayed.json.email, ada.email);

  const hex = own.database ? `encode(sealed_key, 'hex')` : 'lower(hex(sealed_key))';
  const key_of = (id) => sql(own, `SELECT ${hex} FROM customers WHERE customer_id = '${id}'`);
  const sealed = await key_of('canary-gone');
  const other_sealed = await key_of('canary-kept');
  assert.ok(sealed.length > 100 && other_sealed.length > 100);
  assert.equal((await own.request('DELETE', `${all}/${gone.id}`)).status, 200);
  await own.stop();
  const shape = 'sealed_key IS NULL AND sealed_profile IS NULL AND email_digest IS NULL AND erased_at IS NOT NULL';
  assert.equal(await sql(own, `SELECT count(*) FROM customers WHERE customer_id = 'canary-gone' AND ${shape}`), '1');
  await search();
  const bytes = await bytes_at_rest(own);
  const holds = (text) => bytes.includes(Buffer.from(text, 'hex')) || bytes.includes(text);
  assert.ok(holds(other_sealed), 'the search sees a key that is there');
  assert.ok(!holds(sealed), 'the key of who was erased is nowhere');
});

test('a customer survives a rotation of the keys', async () => {  // D-DE-08
  const own = await start_florin();
  const { json: customer } = await own.post(all, { customer_id: 'rotated', ...ada });
  const rotated = await own.command('keys', 'rotate');
  assert.equal(rotated.code, 0, rotated.err);
  assert.equal((await own.get(`${all}/${customer.id}`)).json.email, ada.email);
  const changed = await own.request('PATCH', `${all}/${customer.id}`, { body: { version: 1, name: 'After' } });
  assert.equal(changed.status, 200, changed.text);
  assert.equal((await own.get(`${all}?email=${encodeURIComponent(ada.email)}`)).json.data[0].name, 'After');
  await own.stop();
});

test('customers in a database are there after kill -9', async () => {
  const own = await start_florin();
  const { json: customer } = await own.post(all, { customer_id: 'survivor', ...ada });
  await own.kill();
  const back = await start_florin({ data: own.data, database: own.database });
  assert.deepEqual((await back.get(`${all}/${customer.id}`)).json, customer);
  await back.stop();
});

test(`the schema refuses a half-erased customer (${engine})`, async () => {
  const own = await start_florin();
  await own.post(all, { customer_id: 'whole', ...ada });
  await own.stop();
  for (const change_of_row of ['sealed_key = NULL', 'erased_at = 1', 'sealed_profile = NULL']) {
    await assert.rejects(sql(own, `UPDATE customers SET ${change_of_row} WHERE customer_id = 'whole'`), /constraint/i, change_of_row);
  }
});
