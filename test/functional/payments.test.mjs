// Document D's operations, from the first request to the last cent.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, declined_card, fresh_key, start_florin, visa } from '../support/florin.mjs';

let florin, bank;
before(async () => {
  florin = await start_florin();
  bank = await florin.new_merchant('bank-shop', { connector: 'bank_simulator' });
});
after(() => florin?.stop());

const movements_of = async (reference) => (await florin.truth()).filter((movement) => movement.reference === reference);
/// For both providers: authorize_net is what test-merchant has.
const merchants = [
  ['authorize_net', () => ({ key: florin.key })],
  ['bank_simulator', () => ({ key: bank.key })],
];

for (const [connector, options] of merchants) {
  test(`a purchase through ${connector} answers with all that document D names, and really moved the money`, async () => {  // D-AP-01, D-FL-01, D-DM-01
    const { status, json } = await florin.pay('purchase', charge('12.50', { customer_id: 'customer-7', metadata: { order: 'A-1' } }),
      { ...options(), idempotency_key: fresh_key() });
    assert.equal(status, 200);
    for (const field of ['transaction_id', 'type', 'status', 'amount', 'currency', 'auth_code', 'reference_number', 'correlation_id',
      'created_at', 'updated_at', 'customer_id', 'idempotency_key', 'metadata'])
      assert.ok(json[field] !== undefined && json[field] !== '', field);
    assert.deepEqual([json.type, json.status, json.amount, json.currency], ['purchase', 'settled', '12.50', 'EUR']);
    assert.deepEqual(json.metadata, { order: 'A-1' });
    assert.deepEqual(json.card, { brand: 'visa', last4: '1111', expiry_month: 12, expiry_year: 2035 });
    const moved = await movements_of(json.reference_number);
    assert.deepEqual(moved.map((m) => [m.provider, m.type, m.amount, m.currency]), [[connector, 'purchase', 1250, 'EUR']]);
  });

  test(`an authorization through ${connector} is captured in parts, never beyond itself`, async () => {  // D-AP-02, D-AP-03, F19, D-FL-02
    const held = await florin.pay('authorize', charge('100.00'), options());
    assert.deepEqual([held.status, held.json.type, held.json.status], [200, 'authorize', 'approved']);
    assert.ok(held.json.expires_at > held.json.created_at, 'it says when it expires');
    const id = held.json.transaction_id;
    const capture = (amount) => florin.pay('capture', { transaction_id: id, ...(amount && { amount }) }, options());
    const first = await capture('30.00');
    assert.deepEqual([first.status, first.json.status, first.json.amount], [200, 'settled', '30.00']);
    assert.equal(first.json.parent_transaction_id, id);
    const second = await capture('20.5');
    assert.deepEqual([second.status, second.json.amount], [200, '20.50']);
    const too_much = await capture('49.51');
    assert.deepEqual([too_much.status, too_much.json.code, too_much.json.field], [409, 'amount_exceeds_remaining', 'amount']);
    const rest = await capture();
    assert.deepEqual([rest.status, rest.json.amount], [200, '49.50']);
    const nothing = await capture();
    assert.deepEqual([nothing.status, nothing.json.code], [409, 'nothing_left']);
    const { json } = await florin.get(`/api/v1/payments/${held.json.payment_id}`, options());
    assert.deepEqual([json.payment.state, json.payment.amount_authorized, json.payment.amount_captured, json.payment.amount_refunded],
      ['captured', '100.00', '100.00', '0.00']);
    assert.deepEqual(json.transactions.map((t) => t.type), ['authorize', 'capture', 'capture', 'capture']);
  });

  test(`refunds through ${connector} may be partial and several, and never exceed what was taken`, async () => {  // D-AP-04, F20
    const bought = await florin.pay('purchase', charge('10.00'), options());
    const refund = (amount) => florin.pay('refund', { transaction_id: bought.json.transaction_id, ...(amount && { amount }) }, options());
    const first = await refund('4.00');
    assert.deepEqual([first.status, first.json.type, first.json.status, first.json.amount], [200, 'refund', 'settled', '4.00']);
    assert.equal((await refund('6.01')).status, 409);
    const rest = await refund();
    assert.deepEqual([rest.status, rest.json.amount], [200, '6.00']);
    assert.equal((await refund()).status, 409);
    assert.equal((await refund('0.01')).status, 409);
    const { json } = await florin.get(`/api/v1/payments/${bought.json.payment_id}`, options());
    assert.equal(json.payment.amount_refunded, '10.00');
    const moved = (await Promise.all([first, rest].map((r) => movements_of(r.json.reference_number)))).flat();
    assert.deepEqual(moved.map((m) => [m.type, m.amount]), [['refund', 400], ['refund', 600]]);
  });

  test(`what was captured through ${connector} is refunded by its capture, or by its authorization`, async () => {  // D-AP-04
    const held = (await florin.pay('authorize', charge('30.00'), options())).json;
    const taken = (await florin.pay('capture', { transaction_id: held.transaction_id, amount: '20.00' }, options())).json;
    const by_capture = await florin.pay('refund', { transaction_id: taken.transaction_id, amount: '8.00' }, options());
    assert.deepEqual([by_capture.status, by_capture.json.status], [200, 'settled'], by_capture.text);
    const by_authorization = await florin.pay('refund', { transaction_id: held.transaction_id, amount: '2.00' }, options());
    assert.deepEqual([by_authorization.status, by_authorization.json.parent_transaction_id], [200, taken.transaction_id], by_authorization.text);
    const too_much = await florin.pay('refund', { transaction_id: taken.transaction_id, amount: '10.01' }, options());
    assert.equal(too_much.status, 409);
    const { json } = await florin.get(`/api/v1/payments/${held.payment_id}`, options());
    assert.deepEqual([json.payment.amount_captured, json.payment.amount_refunded], ['20.00', '10.00']);
    assert.deepEqual((await movements_of(by_capture.json.reference_number)).map((m) => [m.type, m.amount]), [['refund', 800]]);
  });

  test(`a canceled authorization through ${connector} can neither be captured nor canceled again`, async () => {  // D-AP-05, F24
    const held = await florin.pay('authorize', charge('8.00'), options());
    const id = held.json.transaction_id;
    const canceled = await florin.pay('cancel', { transaction_id: id }, options());
    assert.deepEqual([canceled.status, canceled.json.type, canceled.json.status], [200, 'cancel', 'voided']);
    assert.equal((await florin.pay('cancel', { transaction_id: id }, options())).status, 409);
    assert.equal((await florin.pay('capture', { transaction_id: id, amount: '1.00' }, options())).status, 409);
    const { json } = await florin.get(`/api/v1/payments/${held.json.payment_id}`, options());
    assert.equal(json.payment.state, 'canceled');
  });

  test(`a stored card at ${connector} pays by its token, for its own merchant alone`, async () => {  // D-PC-03, C-IM-04
    const stored = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'customer-7' }, options());
    assert.equal(stored.status, 201);
    const token = stored.json.payment_method_token;
    assert.match(token, /^pm_/);
    assert.ok(!stored.text.includes('4111111111111111') && !stored.text.includes('"123"'));
    const bought = await florin.pay('purchase', { amount: '5', currency: 'EUR', payment_method_token: token, customer_id: 'customer-7' }, options());
    assert.deepEqual([bought.status, bought.json.status, bought.json.payment_method_token], [200, 'settled', token]);
    const held = await florin.pay('authorize', { amount: '5', currency: 'EUR', payment_method_token: token }, options());
    assert.equal(held.status, 200);
    const read = await florin.get(`/api/v1/payment_methods/${token}`, options());
    assert.deepEqual([read.status, read.json.card.last4], [200, '1111']);
    const other = connector === 'authorize_net' ? bank.key : florin.key;
    const foreign = await florin.pay('purchase', { amount: '5', currency: 'EUR', payment_method_token: token }, { key: other });
    assert.deepEqual([foreign.status, foreign.json.field], [404, 'payment_method_token']);
    assert.equal((await florin.get(`/api/v1/payment_methods/${token}`, { key: other })).status, 404);
  });
}

test('a decline is 402 with class and code, and posts nothing', async () => {  // F16, F27
  const idempotency_key = fresh_key();
  const { status, json } = await florin.pay('purchase', charge('20.00', { card: declined_card }), { idempotency_key });
  assert.equal(status, 402);
  assert.deepEqual([json.status, json.code], ['failed', 'card_declined']);
  assert.ok(json.decline_class, 'it has a class');
  assert.ok(json.provider_code, 'and the provider\'s code');
  assert.equal((await florin.get(`/api/v1/ledger/transactions/${json.transaction_id}`)).status, 404);
  assert.deepEqual(await movements_of(json.reference_number), []);
  const again = await florin.pay('purchase', charge('20.00', { card: declined_card }), { idempotency_key });
  assert.deepEqual([again.status, again.json.transaction_id], [402, json.transaction_id]);
  assert.equal(again.headers['idempotent-replayed'], 'true');
});

test('the bank says no in its own ways: declined and insufficient funds', async () => {  // C-SI-02, C-SI-03, D-AP-01
  const declined = await florin.pay('purchase', charge('1'), { key: bank.key });
  assert.equal(declined.status, 402);
  const poor = await florin.pay('purchase', charge('2'), { key: bank.key });
  assert.deepEqual([poor.status, poor.json.decline_class], [402, 'insufficient_funds']);
});

test('captures that are asked for at once cannot exceed the limit together, and each has its outcome', async () => {  // F19, F32, D-DE-01
  for (let round = 0; round < 8; ++round) {
    const held = await florin.pay('authorize', charge('100.00'));
    const captures = await Promise.all(Array.from({ length: 12 }, () =>
      florin.pay('capture', { transaction_id: held.json.transaction_id, amount: '15.00' })));
    const counted = {};
    for (const { status, json } of captures) counted[`${status} ${json.code ?? json.status}`] = (counted[`${status} ${json.code ?? json.status}`] ?? 0) + 1;
    assert.deepEqual(counted, { '200 settled': 6, '409 amount_exceeds_remaining': 6 });
  }
});

test('refunds that are asked for at once cannot exceed what was taken', async () => {  // F20
  const bought = await florin.pay('purchase', charge('100.00'));
  const refunds = await Promise.all(Array.from({ length: 6 }, () =>
    florin.pay('refund', { transaction_id: bought.json.transaction_id, amount: '60.00' })));
  const given_back = refunds.filter((answer) => answer.status === 200).map((answer) => answer.json.reference_number);
  assert.equal(given_back.length, 1);
  const truth = await florin.truth();
  assert.deepEqual(truth.filter((m) => m.type === 'refund' && m.amount === 6000).map((m) => m.reference), given_back);
});

test('a capture and a cancel at the same moment: one of them wins', async () => {  // F21
  for (let round = 0; round < 8; ++round) {
    const held = await florin.pay('authorize', charge('9.00'));
    const body = { transaction_id: held.json.transaction_id };
    const [captured, canceled] = await Promise.all([florin.pay('capture', body), florin.pay('cancel', body)]);
    const statuses = [captured.status, canceled.status].sort();
    assert.deepEqual(statuses, [200, 409], captured.text + canceled.text);
    const state = (await florin.get(`/api/v1/payments/${held.json.payment_id}`)).json.payment.state;
    assert.equal(state, captured.status === 200 ? 'captured' : 'canceled');
  }
});

test('follow-ups refuse what does not fit: type, currency, absent and open transactions', async () => {  // D-FL-03, A-RK-09, F97, F99: nothing is ever converted, so no rate can move
  const bought = await florin.pay('purchase', charge('10.00'));
  const held = await florin.pay('authorize', charge('10.00'));
  const cases = [
    ['a purchase cannot be captured', 'capture', { transaction_id: bought.json.transaction_id }, 409, 'transaction_id'],
    ['a purchase cannot be canceled', 'cancel', { transaction_id: bought.json.transaction_id }, 409, 'transaction_id'],
    ['an authorization without captures cannot be refunded', 'refund', { transaction_id: held.json.transaction_id }, 409, 'transaction_id'],
    ['the currency is the payment\'s', 'capture', { transaction_id: held.json.transaction_id, currency: 'USD' }, 422, 'currency'],
    ['no amount is zero', 'capture', { transaction_id: held.json.transaction_id, amount: 0 }, 422, 'amount'],
    ['no amount is negative', 'refund', { transaction_id: bought.json.transaction_id, amount: '-1' }, 422, 'amount'],
    ['nothing has this id', 'refund', { transaction_id: '01890000-0000-7000-8000-000000000000' }, 404, 'transaction_id'],
    ['this is no id', 'refund', { transaction_id: 'x' }, 404, 'transaction_id'],
    ['a cancel is whole', 'cancel', { transaction_id: held.json.transaction_id, amount: '3.00' }, 422, 'amount'],
  ];
  for (const [why, verb, body, status, field] of cases) {
    const answer = await florin.pay(verb, body);
    assert.deepEqual([answer.status, answer.json.field], [status, field], `${why}: ${answer.text}`);
  }
});

test('amounts may be numbers or strings and have the currency\'s decimals', async () => {  // F92, F98, X-03
  const cases = [
    [12.5, 'EUR', '12.50'], ['12.5', 'EUR', '12.50'], [7, 'EUR', '7.00'], ['100', 'JPY', '100'], [250, 'KRW', '250'],
    ['1.234', 'KWD', '1.234'], ['0.01', 'USD', '0.01'],
  ];
  for (const [amount, currency, shown] of cases) {
    const { status, json, text } = await florin.pay('purchase', { amount, currency, card: visa }, { key: bank.key });
    assert.deepEqual([status, json.amount, json.currency], [200, shown, currency], text);
  }
});

test('payments are listed newest first, by filter, page by page, each once', async () => {  // D-DM-06, C-FR-05
  const customer_id = fresh_key('customer');
  const made = [];
  for (let i = 0; i < 7; ++i) made.unshift((await florin.pay('purchase', charge(`${i + 3}.00`, { customer_id }))).json.payment_id);
  const held = (await florin.pay('authorize', charge('4.00', { customer_id }))).json;
  made.unshift(held.payment_id);
  const seen = [];
  let cursor;
  do {
    const { status, json, text } = await florin.get(`/api/v1/payments?customer_id=${customer_id}&limit=3${cursor ? `&cursor=${cursor}` : ''}`);
    assert.equal(status, 200, text);
    assert.ok(json.data.length <= 3);
    assert.equal(json.has_more, json.next_cursor !== undefined);
    seen.push(...json.data.map((payment) => payment.id));
    cursor = json.next_cursor;
  } while (cursor);
  // Ids lead with the moment; within one millisecond they are in no order but their own.
  assert.deepEqual(seen, made.sort().reverse());
  const authorized = await florin.get(`/api/v1/payments?customer_id=${customer_id}&state=authorized`);
  assert.deepEqual(authorized.json.data.map((payment) => payment.id), [held.payment_id]);
  const later = await florin.get(`/api/v1/payments?customer_id=${customer_id}&created_from=${encodeURIComponent(held.created_at)}`);
  assert.ok(later.json.data.some((payment) => payment.id === held.payment_id));
  const earlier = await florin.get(`/api/v1/payments?customer_id=${customer_id}&created_before=2001-01-01T00:00:00Z`);
  assert.deepEqual(earlier.json.data, []);
  for (const [query, field] of [['limit=0', 'limit'], ['limit=201', 'limit'], ['limit=x', 'limit'], ['cursor=x', 'cursor'],
    ['state=paid', 'state'], ['created_from=yesterday', 'created_from'], ['colour=blue', 'colour'], ['limit=1&limit=2', 'limit']]) {
    const answer = await florin.get(`/api/v1/payments?${query}`);
    assert.ok([400, 422].includes(answer.status), `${query}: ${answer.text}`);
    assert.equal(answer.json.field, field, `${query}: ${answer.text}`);
  }
});

test('a transaction is read by its id, and looks as it did when it was made', async () => {  // D-AP, design API
  const made = await florin.pay('purchase', charge('3.33'));
  const read = await florin.get(`/api/v1/transactions/${made.json.transaction_id}`);
  assert.equal(read.status, 200);
  assert.deepEqual(read.json, made.json);
});
