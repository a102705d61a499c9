// Bad input anywhere gets a clear error that names the field, and nothing is lost or half-done.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, start_florin, visa } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const purchase = '/api/v1/payments/purchase';
const body = (change) => JSON.stringify(charge('10.00', change));
const without = (field) => { const all = charge('10.00'); delete all[field]; return JSON.stringify(all); };
const card = (change) => body({ card: { ...visa, ...change } });
const card_without = (field) => { const all = { ...visa }; delete all[field]; return body({ card: all }); };
/// The body with the amount written exactly so.
const amount = (text) => `{"amount":${text},"currency":"EUR","card":${JSON.stringify(visa)}}`;
const in_currency = (text, currency) => amount(text).replace('EUR', currency);

// Why it is bad, the body, the statuses that say so, the field.
const bad = [
  ['nothing at all', '', [400, 422], undefined],
  ['not JSON', 'amount=10', [400], undefined],
  ['cut off', body().slice(0, -3), [400], undefined],
  ['something behind it', body() + '{}', [400], undefined],
  ['an array', '[]', [400, 422], undefined],
  ['a text', '"10.00"', [400, 422], undefined],
  ['null', 'null', [400, 422], undefined],
  ['a comma too much', body().replace(/}$/, ',}'), [400], undefined],
  ['a comment', body().replace('{', '{/* paid */'), [400], undefined],
  ['not UTF-8', Buffer.concat([Buffer.from('{"amount":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), [400], undefined],
  ['a control character in a text', body({ customer_id: 'a' }).replace('"a"', '"a\u0001"'), [400], undefined],
  ['nested 10,000 deep', '{"metadata":' + '['.repeat(10_000) + ']'.repeat(10_000) + '}', [400], undefined],
  ['nested objects 10,000 deep', '{"metadata":' + '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_001), [400], undefined],
  ['a field twice', body().replace('{', '{"amount":"1.00",'), [400], 'amount'],
  ['a nested field twice', body().replace('"number"', '"number":"4111111111111111","number"'), [400], 'card.number'],
  ['a field twice, once escaped', body().replace('{', '{"\\u0061mount":"1.00",'), [400], 'amount'],
  ['a country by its name', body({ billing_address: { country: 'Germany' } }), [422], 'billing_address.country'],
  ['an unknown field', body({ colour: 'blue' }), [422], 'colour'],
  ['a status to be assigned', body({ status: 'settled' }), [422], 'status'],
  ['a merchant to be assigned', body({ merchant_id: 7 }), [422], 'merchant_id'],
  ['an id to be assigned', body({ id: '01890000-0000-7000-8000-000000000000' }), [422], 'id'],
  ['a transaction id to be assigned', body({ transaction_id: '01890000-0000-7000-8000-000000000000' }), [422], 'transaction_id'],
  ['an auth code to be assigned', body({ auth_code: 'ABCDEF' }), [422], 'auth_code'],
  ['an unknown field of the card', card({ pin: '1234' }), [422], 'card.pin'],
  ['no amount', without('amount'), [422], 'amount'],
  ['no currency', without('currency'), [422], 'currency'],
  ['neither card nor token', without('card'), [422], 'card'],
  ['both card and token', body({ payment_method_token: 'pm_01890000-0000-7000-8000-000000000000' }), [422], 'card'],
  ['an amount of zero', amount('0'), [422], 'amount'],
  ['an amount of 0.00', amount('"0.00"'), [422], 'amount'],
  ['a negative amount', amount('-5'), [422], 'amount'],
  ['a negative zero', amount('-0'), [422], 'amount'],
  ['an exponent', amount('1e2'), [422], 'amount'],
  ['an exponent in a text', amount('"1e2"'), [422], 'amount'],
  ['a third decimal of a euro', amount('10.001'), [422], 'amount'],
  ['a decimal of a yen', in_currency('"100.5"', 'JPY'), [422], 'amount'],
  ['a fourth decimal of a dinar', in_currency('"1.2345"', 'KWD'), [422], 'amount'],
  ['an amount with a comma', amount('"10,00"'), [422], 'amount'],
  ['an amount with a space', amount('" 10.00"'), [422], 'amount'],
  ['an amount with a plus', amount('"+10.00"'), [422], 'amount'],
  ['an amount with a sign of currency', amount('"€10"'), [422], 'amount'],
  ['an amount that begins with a point', amount('".50"'), [422], 'amount'],
  ['an amount that ends with a point', amount('"10."'), [422], 'amount'],
  ['an amount in hexadecimal', amount('"0x10"'), [422], 'amount'],
  ['an amount that is not a number', amount('"NaN"'), [422], 'amount'],
  ['an amount that is endless', amount('"Infinity"'), [422], 'amount'],
  ['an amount beyond all bounds', amount('"' + '9'.repeat(40) + '"'), [422], 'amount'],
  ['an amount beyond 64 bits', amount('92233720368547758.08'), [422], 'amount'],
  ['an empty amount', amount('""'), [422], 'amount'],
  ['an amount that is null', amount('null'), [422], 'amount'],
  ['an amount that is true', amount('true'), [422], 'amount'],
  ['an amount that is a list', amount('[10]'), [422], 'amount'],
  ['an amount in Arabic digits', amount('"١٠"'), [422], 'amount'],
  ['a currency that is none', body({ currency: 'XXQ' }), [422], 'currency'],
  ['a currency in lower case', body({ currency: 'eur' }), [422], 'currency'],
  ['a currency that is a number', body({ currency: 978 }), [422], 'currency'],
  ['a currency of two letters', body({ currency: 'EU' }), [422], 'currency'],
  ['a card that is a text', body({ card: '4111111111111111' }), [422], 'card'],
  ['a card without number', card_without('number'), [422], 'card.number'],
  ['a card without expiry month', card_without('expiry_month'), [422], 'card.expiry_month'],
  ['a card without expiry year', card_without('expiry_year'), [422], 'card.expiry_year'],
  ['a card number that is a number', card({ number: 4111111111111111 }), [422], 'card.number'],
  ['a card number that fails Luhn', card({ number: '4111111111111112' }), [422], 'card.number'],
  ['a card number with letters', card({ number: '4111abcd11111111' }), [422], 'card.number'],
  ['a card number too short', card({ number: '41111111111' }), [422], 'card.number'],
  ['a card number too long', card({ number: '4'.repeat(20) }), [422], 'card.number'],
  ['a month of zero', card({ expiry_month: 0 }), [422], 'card.expiry_month'],
  ['a month of 13', card({ expiry_month: 13 }), [422], 'card.expiry_month'],
  ['a month and a half', card({ expiry_month: 1.5 }), [422], 'card.expiry_month'],
  ['a month that is a text', card({ expiry_month: '12' }), [422], 'card.expiry_month'],
  ['a year of two digits', card({ expiry_year: 35 }), [422], 'card.expiry_year'],
  ['a card that has expired', card({ expiry_year: 2020 }), [422], /^card\.expiry/],
  ['a card code of two digits', card({ cvv: '12' }), [422], 'card.cvv'],
  ['a card code of five digits', card({ cvv: '12345' }), [422], 'card.cvv'],
  ['a card code with letters', card({ cvv: 'abc' }), [422], 'card.cvv'],
  ['a card code that is a number', card({ cvv: 123 }), [422], 'card.cvv'],
  ['a cardholder who is a number', card({ name: 5 }), [422], 'card.name'],
  ['a customer id that is empty', body({ customer_id: '' }), [422], 'customer_id'],
  ['a customer id that is too long', body({ customer_id: 'x'.repeat(65) }), [422], 'customer_id'],
  ['a customer id that is a number', body({ customer_id: 7 }), [422], 'customer_id'],
  ['metadata that is a list', body({ metadata: [] }), [422], 'metadata'],
  ['metadata that is a text', body({ metadata: 'x' }), [422], 'metadata'],
  ['metadata that is too large', body({ metadata: { a: 'x'.repeat(9000) } }), [422], 'metadata'],
  ['a zip that is too long', body({ billing_address: { zip: 'x'.repeat(21) } }), [422], 'billing_address.zip'],
  ['an address with an unknown field', body({ billing_address: { planet: 'x' } }), [422], 'billing_address.planet'],
  ['an idempotency key that is a number', body({ idempotency_key: 5 }), [422], 'idempotency_key'],
  ['an idempotency key that is empty', body({ idempotency_key: '' }), [422], /dempotency.[kK]ey/],
  ['a NUL in a text', body({ customer_id: 'a\u0000b' }), [400, 422], 'customer_id'],
  ['a lone surrogate', body({ customer_id: 'a' }).replace('"a"', '"\\ud800"'), [400, 422], undefined],
  ['more than 256 KiB', body({ metadata: { a: 'x'.repeat(300_000) } }), [413], undefined],
];

for (const [why, text, statuses, field] of bad) {
  test(`refused, naming the field: ${why}`, async () => {  // F91, F92, F93, F98, F138, F143, A-RK-01
    const answer = await florin.post(purchase, text);
    assert.ok(statuses.includes(answer.status), `${answer.status} ${answer.text}`);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    for (const member of ['type', 'title', 'status', 'detail', 'code', 'correlation_id']) assert.ok(answer.json[member], member);
    assert.equal(answer.json.status, answer.status);
    assert.equal(answer.json.correlation_id, answer.headers['x-correlation-id']);
    if (field instanceof RegExp) assert.match(String(answer.json.field), field);
    else if (field) assert.equal(answer.json.field, field, answer.text);
    assert.ok(!answer.text.includes(visa.number), 'no error repeats a card number');
  });
}

test('after all that was refused nothing has moved and nothing is there', async () => {
  assert.deepEqual(await florin.truth(), []);
  assert.deepEqual((await florin.get('/api/v1/payments')).json.data, []);
});

test('amounts are exact beyond what a double can hold', async () => {  // F91
  const bank = await florin.new_merchant('exact', { connector: 'bank_simulator' });
  const text = '9007199254740.93';  // 2^53 + 1 cents
  const written_as_number = await florin.post(purchase, amount('9007199254740.93'), { key: bank.key });
  assert.deepEqual([written_as_number.status, written_as_number.json.amount], [200, text]);
  const moved = (await florin.truth()).find((movement) => movement.reference === written_as_number.json.reference_number);
  assert.equal(moved.amount, 900719925474093);
});

test('a body without an announced length is bounded too', async () => {  // F143
  const answer = await florin.post(purchase, 'x'.repeat(400_000), { chunked: true });
  assert.equal(answer.status, 413);
});

test('a body whose length is told in two ways is refused', async () => {  // F143: what smuggling is made of
  const answer = await florin.post(purchase, charge('10.00'), { headers: { 'transfer-encoding': 'chunked', 'content-length': '5' } });
  assert.equal(answer.status, 400);
});

test('unknown routes are 404, wrong methods 405 with Allow', async () => {
  assert.equal((await florin.get('/api/v1/nothing')).status, 404);
  const wrong = await florin.get('/make-payment');
  assert.deepEqual([wrong.status, wrong.json.code], [405, 'method_not_allowed']);
  assert.match(wrong.headers.allow, /POST/);
  const deleted = await florin.request('DELETE', '/api/v1/payments');
  assert.equal(deleted.status, 405);
});

test('every path of the description answers other methods with 405 and those that it has', async () => {  // RFC 9110, 15.5.6
  const { json: api } = await florin.get('/openapi.json');
  const verbs = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  for (const [path, operations] of Object.entries(api.paths)) {
    const known = Object.keys(operations).map((verb) => verb.toUpperCase()).filter((verb) => verbs.includes(verb));
    const served = [...known, ...(known.includes('GET') ? ['HEAD'] : [])].sort();
    // The answer to HEAD has no body to look at.
    for (const method of verbs.filter((verb) => verb !== 'HEAD' && !served.includes(verb))) {
      const { status, headers } = await florin.request(method, path.replace(/\{\w+\}/g, 'some-id'));
      assert.deepEqual([status, headers.allow], [405, served.join(', ')], `${method} ${path}`);
    }
  }
});

test('what looks like SQL is text: stored, found and shown as it is', async () => {  // A-RK-01
  const text = `x'; DROP TABLE payments; --`;
  const { json: paid } = await florin.pay('purchase', charge('10.00', { customer_id: text, metadata: { [text]: text } }));
  assert.equal(paid.status, 'settled', JSON.stringify(paid));
  const { json: found } = await florin.get(`/api/v1/payments?customer_id=${encodeURIComponent(text)}`);
  assert.deepEqual(found.data.map((one) => [one.id, one.customer_id, one.metadata]), [[paid.payment_id, text, { [text]: text }]]);
  const none = `' OR 1=1 --`;
  assert.deepEqual((await florin.get(`/api/v1/payments?customer_id=${encodeURIComponent(none)}`)).json.data, []);
  assert.equal((await florin.get(`/api/v1/payments/${encodeURIComponent(none)}`)).status, 404);
});
