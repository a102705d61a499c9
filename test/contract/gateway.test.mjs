// Document C's three calls, with its own bodies word for word.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { fresh_key, start_florin } from '../support/florin.mjs';

let florin, shop;
before(async () => {
  florin = await start_florin();
  shop = await florin.new_merchant('shop');
});
after(() => florin?.stop());

const curl = async (...args) => JSON.parse((await promisify(execFile)('curl', ['-sS', ...args])).stdout);
const open = { key: null };
/// The document's example, but for the payment's id.
const make_body = (paymentId, change = {}) => ({
  paymentId, merchantId: 'test-merchant', cardNumber: '1234432198761543', expiryYear: 2000, expiryMonth: 12, currency: 'GBP', amount: 50,
  cardName: 'OmarElmohandes', billingAddress: '77Merenda', cvv: '232', ...change,
});
const create = async (merchantId = 'test-merchant', options = open) => (await florin.post('/create-payment', { merchantId }, options)).json.paymentId;
const make = (body, options = open) => florin.post('/make-payment', body, options);
const get = (paymentId, merchantId = 'test-merchant', options = open) =>
  florin.get(`/get-payment?merchantId=${merchantId}&paymentId=${paymentId}`, options);
const moved_for = async (paymentId) => {
  const read = await florin.get(`/api/v1/payments/${paymentId}`);
  const references = read.json.transactions.map((transaction) => transaction.reference_number);
  return (await florin.truth()).filter((movement) => references.includes(movement.reference));
};

test('the document\'s curl lines work as they stand', async () => {  // C-AP-01..09, C-AP-12, X-14, X-40, C-FD-01..11, C-FD-14, C-FD-16
  const before_s = Math.floor(Date.now() / 1000);
  const created = await curl('-X', 'POST', '-d', '{ "merchantId" : "test-merchant" }', `${florin.origin}/create-payment`);
  assert.deepEqual(Object.keys(created), ['paymentId', 'status', 'creationTimestampSeconds']);
  assert.match(created.paymentId, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  assert.equal(created.status, 'Created');
  assert.ok(Number.isInteger(created.creationTimestampSeconds) && Math.abs(created.creationTimestampSeconds - before_s) < 60);

  const made = await curl('-X', 'POST', `${florin.origin}/make-payment`, '-d',
    `{"paymentId":"${created.paymentId}","merchantId":"test-merchant","cardNumber":"1234432198761543","expiryYear":2000,"expiryMonth":12,` +
    '"currency":"GBP","amount":50,"cardName":"OmarElmohandes","billingAddress":"77Merenda","cvv":"232"}');
  assert.deepEqual(made, { status: 'Accepted' });

  const read = await curl('-G', '-d', 'merchantId=test-merchant', '-d', `paymentId=${created.paymentId}`, `${florin.origin}/get-payment`);
  assert.deepEqual(read, {
    cardNumber: '************1543', expiryYear: 2000, expiryMonth: 12, currency: 'GBP', amount: 50, status: 'Accepted',
    cardName: 'OmarElmohandes', billingAddress: '77Merenda', creationTimestampSeconds: created.creationTimestampSeconds,
  });
  const moved = await moved_for(created.paymentId);
  assert.deepEqual(moved.map((m) => [m.provider, m.type, m.amount, m.currency]), [['bank_simulator', 'purchase', 5000, 'GBP']]);
});

test('before it is made a payment is Created', async () => {  // C-ST-01
  const id = await create();
  const { status, json } = await get(id);
  assert.equal(status, 200);
  assert.equal(json.status, 'Created');
  assert.ok(Number.isInteger(json.creationTimestampSeconds));
});

test('amount 1 is Declined, 2 InsufficientFunds, both with code and reason, and nothing moves', async () => {  // C-SI-02, C-SI-03, C-FD-12, C-FD-13
  for (const [amount, status] of [[1, 'Declined'], [2, 'InsufficientFunds']]) {
    const id = await create();
    const made = await make(make_body(id, { amount }));
    assert.deepEqual([made.status, made.json.status], [200, status]);
    assert.ok(made.json.failCode && made.json.failReason);
    const again = await make(make_body(id, { amount }));
    assert.equal(again.text, made.text, 'a refusal is final');
    const { json } = await get(id);
    assert.deepEqual([json.status, json.failCode, json.failReason], [status, made.json.failCode, made.json.failReason]);
    assert.deepEqual(await moved_for(id), []);
  }
});

test('amount 24 is Pending, then Accepted when asked again, and stays so; other data is refused', async () => {  // F31, C-SI-04, X-02
  const id = await create();
  const first = await make(make_body(id, { amount: 24 }));
  assert.deepEqual([first.status, first.json], [200, { status: 'Pending' }]);
  assert.equal((await get(id)).json.status, 'Pending');
  const other = await make(make_body(id, { amount: 25 }));
  assert.ok([409, 422].includes(other.status), other.text);
  assert.ok(other.json.failCode && other.json.failReason);
  const second = await make(make_body(id, { amount: 24 }));
  assert.deepEqual([second.status, second.json], [200, { status: 'Accepted' }]);
  const third = await make(make_body(id, { amount: 24 }));
  assert.deepEqual([third.status, third.json], [200, { status: 'Accepted' }]);
  const late_other = await make(make_body(id, { amount: 24, cvv: '999' }));
  assert.ok([409, 422].includes(late_other.status), late_other.text);
  assert.equal((await get(id)).json.status, 'Accepted');
  assert.deepEqual((await moved_for(id)).map((m) => [m.type, m.amount]), [['purchase', 2400]]);
});

test('any other amount is Accepted', async () => {  // C-SI-05
  for (const amount of [3, 0.01, 23, 25, 1.01, 99999]) {
    const made = await make(make_body(await create(), { amount }));
    assert.deepEqual([made.status, made.json], [200, { status: 'Accepted' }], String(amount));
  }
});

test('making a payment is idempotent on its id, also when it is asked for many times at once', async () => {  // C-AP-10, C-FR-03, F32, C-FD-15
  const id = await create();
  const answers = await Promise.all(Array.from({ length: 30 }, () => make(make_body(id))));
  for (const answer of answers) assert.ok([200, 429].includes(answer.status), answer.text);
  assert.ok(answers.some((answer) => answer.status === 200 && answer.json.status === 'Accepted'));
  assert.deepEqual((await make(make_body(id))).json, { status: 'Accepted' });
  assert.equal((await moved_for(id)).length, 1);
  const read = await florin.get(`/api/v1/payments/${id}`);
  assert.ok(Number.isInteger(read.json.payment.version) && read.json.payment.version > 0, 'C-FD-15');
});

test('the card code is never returned, by no route', async () => {  // C-AP-09, F146
  const id = await create();
  const cvv = '7391';
  const texts = [await make(make_body(id, { cvv })), await get(id), await florin.get(`/api/v1/payments/${id}`),
    await florin.get('/api/v1/events?limit=200'), await florin.get('/api/v1/audit')].map((answer) => answer.text);
  for (const text of texts) {
    assert.ok(!text.includes(`"${cvv}"`), text);
    assert.ok(!text.includes('1234432198761543'));
  }
});

test('all ten fields are required and have a format; refusals carry failCode and failReason', async () => {  // C-AP-05, C-IM-09, X-35, C-FD-03..10
  const id = await create();
  const cases = Object.keys(make_body(id)).map((field) => [`without ${field}`, { [field]: undefined }, field]);
  cases.push(
    ['amount 0', { amount: 0 }, 'amount'], ['amount -1', { amount: -1 }, 'amount'], ['three decimals', { amount: '1.001' }, 'amount'],
    ['letters in the card', { cardNumber: '12344321abcd1543' }, 'cardNumber'], ['a short card', { cardNumber: '1234' }, 'cardNumber'],
    ['month 13', { expiryMonth: 13 }, 'expiryMonth'], ['a month as text', { expiryMonth: '12' }, 'expiryMonth'],
    ['a year of two digits', { expiryYear: 30 }, 'expiryYear'], ['no such currency', { currency: 'QQQ' }, 'currency'],
    ['a short code', { cvv: '1' }, 'cvv'], ['a code as number', { cvv: 232 }, 'cvv'], ['an empty name', { cardName: '' }, 'cardName'],
    ['an empty address', { billingAddress: '' }, 'billingAddress'], ['an unknown field', { status: 'Accepted' }, 'status']);
  for (const [why, change, field] of cases) {
    const answer = await make(make_body(id, change));
    assert.ok([400, 422].includes(answer.status), `${why}: ${answer.status} ${answer.text}`);
    assert.equal(answer.json.field, field, `${why}: ${answer.text}`);
    assert.ok(answer.json.failCode && answer.json.failReason, why);
  }
  assert.equal((await get(id)).json.status, 'Created', 'it is still open');
  assert.equal((await make(make_body(id))).json.status, 'Accepted');
  const no_merchant = await florin.post('/create-payment', {}, open);
  assert.deepEqual([no_merchant.status, no_merchant.json.field], [422, 'merchantId']);
  const incomplete = await florin.get('/get-payment?merchantId=test-merchant', open);
  assert.deepEqual([incomplete.status, incomplete.json.field], [422, 'paymentId']);
});

test('other merchants need their own key; what is foreign is as absent as what does not exist', async () => {  // C-IM-01, C-IM-02, C-AP-11, F137
  const anonymous = await florin.post('/create-payment', { merchantId: 'shop' }, open);
  assert.equal(anonymous.status, 401);
  assert.ok(anonymous.json.failCode);
  const anonymous_absent = await florin.post('/create-payment', { merchantId: 'no-such-shop' }, open);
  assert.equal(anonymous_absent.status, 401);
  const foreign = await florin.post('/create-payment', { merchantId: 'shop' });
  const absent = await florin.post('/create-payment', { merchantId: 'no-such-shop' });
  assert.deepEqual([foreign.status, foreign.json.code], [404, absent.json.code]);
  assert.equal(absent.status, 404);

  const mine = { key: shop.key };
  const id = await create('shop', mine);
  assert.equal((await make(make_body(id, { merchantId: 'shop' }))).status, 401);
  assert.equal((await make(make_body(id, { merchantId: 'shop' }), { key: florin.key })).status, 404);
  assert.equal((await make(make_body(id))).status, 404, 'not by naming another merchant either');
  assert.equal((await get(id)).status, 404);
  assert.equal((await get(id, 'shop', { key: florin.key })).status, 404);
  assert.equal((await get(id, 'shop')).status, 401);
  assert.deepEqual((await make(make_body(id, { merchantId: 'shop' }), mine)).json, { status: 'Accepted' });
  assert.equal((await get(id, 'shop', mine)).json.status, 'Accepted');
  assert.equal((await florin.post('/create-payment', { merchantId: 'test-merchant' }, { key: 'fk_wrong' })).status, 401);
});

test('a payment id that is unknown or none at all is 404', async () => {
  for (const id of ['01890000-0000-7000-8000-000000000000', '59c7a3dd-a035-41c6-97ee-d930cd340ce2']) {
    assert.equal((await make(make_body(id))).status, 404);
    assert.equal((await get(id)).status, 404);
  }
  assert.equal((await get('x')).status, 404);
});

test('a purchase of document D cannot be made again by document C, which says so', async () => {
  const bought = await florin.pay('purchase', { amount: '5', currency: 'GBP', card: { number: '4111111111111111', expiry_month: 1, expiry_year: 2035 } },
    { idempotency_key: fresh_key() });
  assert.equal(bought.status, 200);
  const made = await make(make_body(bought.json.payment_id));
  assert.deepEqual([made.status, made.json.failCode, made.json.field], [409, 'payment_not_open', 'paymentId']);
});
