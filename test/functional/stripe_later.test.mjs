// What takes its time at Stripe: payers who have to confirm, debits that end days later, money that is taken back. The
// sandbox tells of it by webhook, as Stripe does; what Florin then says must be what the sandbox's own books say.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, eventually, send, start_florin, visa } from '../support/florin.mjs';

let florin, shop;
before(async () => {
  florin = await start_florin();
  shop = await florin.new_merchant('stripe-shop', { connector: 'stripe' });
  // Nothing ends by itself: each test says when.
  await settings({ webhook_url: `${florin.origin}/api/v1/webhooks/stripe`, debit_ms: 86_400_000, dispute_ms: 86_400_000 });
});
after(() => florin?.stop());

const settings = async (stripe) => {
  const set = await send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { stripe } });
  assert.equal(set.status, 200, set.text);
};
const order = async (target, body) => {
  const done = await send(florin.sandbox, 'POST', `/sandbox/stripe/${target}`, { body });
  assert.equal(done.status, 200, done.text);
  return done.json;
};
const press = (url, form) => {
  const { origin, pathname } = new URL(url);
  assert.equal(origin, florin.sandbox);
  return send(origin, 'POST', pathname, { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
};
const pay = (verb, body) => florin.pay(verb, body, { key: shop.key });
const settled = ({ transaction_id }) => florin.settled(transaction_id, { key: shop.key });
const payment = async ({ payment_id }) => (await florin.get(`/api/v1/payments/${payment_id}`, { key: shop.key })).json.payment;
/// Waits until the payment is in that state, or whatever else is asked of it.
const reached = (begun, what) => eventually(`payment ${begun.payment_id} is ${what}`, async () => {
  const now = await payment(begun);
  return (typeof what === 'string' ? now.state === what : what(now)) && now;
});
const moved = async ({ reference_number }) => (await florin.truth()).filter((one) => one.reference === reference_number)
  .map((one) => `${one.type} ${one.amount} ${one.currency}`);

const return_url = 'https://shop.example/back';
const wants_holder = (amount) => charge(amount, { card: { ...visa, number: '4000002760003184' }, return_url });
const sepa = (amount, iban = 'DE89370400440532013000', more = {}) => ({ amount, currency: 'EUR', payment_method_type: 'sepa_debit',
  email: 'ada@example.org', bank_account: { holder_name: 'Ada Lovelace', iban }, ...more });
const ach = (amount) => ({ amount, currency: 'USD', payment_method_type: 'ach_debit',
  bank_account: { holder_name: 'Ada Lovelace', routing_number: '110000000', account_number: '000123456789' } });

test('a card\'s holder confirms at their bank, and only then it is paid', async () => {
  for (const [verb, status, state, truth] of [['purchase', 'settled', 'captured', 'purchase 1250 EUR'], ['authorize', 'approved', 'authorized', 'authorize 1250 EUR']]) {
    const begun = await pay(verb, wants_holder('12.50'));
    assert.deepEqual([begun.status, begun.json.status, begun.json.payment_state], [202, 'pending', 'requires_action'], begun.text);
    assert.deepEqual(await moved(begun.json), []);
    const back = await press(begun.json.action_url, 'outcome=succeeded');
    assert.equal(back.status, 303);
    assert.match(back.headers.location, /^https:\/\/shop\.example\/back\?.*redirect_status=succeeded/);
    assert.equal((await settled(begun.json)).status, status);
    const after_it = await reached(begun.json, state);
    assert.equal(after_it.action_url, undefined);
    assert.deepEqual(await moved(begun.json), [truth]);
  }
});

test('a holder who does not confirm has not paid', async () => {
  const { json } = await pay('purchase', wants_holder('13.50'));
  await press(json.action_url, 'outcome=failed');
  const ended = await settled(json);
  assert.deepEqual([ended.status, ended.decline_class, ended.provider_code], ['failed', 'soft', 'payment_intent_authentication_failure']);
  await reached(json, 'declined');
  assert.deepEqual(await moved(json), []);
});

test('a SEPA debit is pending until the bank has decided', async () => {
  const [good, bad] = [(await pay('purchase', sepa('20.00'))).json, (await pay('purchase', sepa('21.00'))).json];
  for (const begun of [good, bad]) {
    assert.deepEqual([begun.status, begun.payment_state, begun.account_last4], ['pending', 'pending', '3000'], JSON.stringify(begun));
    assert.match(begun.provider_transaction_id, /^pi_/);
  }
  await order(`payment_intents/${good.provider_transaction_id}`, { outcome: 'succeeded' });
  await order(`payment_intents/${bad.provider_transaction_id}`, { outcome: 'failed', failure_code: 'insufficient_funds' });
  assert.equal((await settled(good)).status, 'settled');
  const failed = await settled(bad);
  assert.deepEqual([failed.status, failed.decline_class, failed.provider_code], ['failed', 'insufficient_funds', 'insufficient_funds']);
  assert.deepEqual([await moved(good), await moved(bad)], [['purchase 2000 EUR'], []]);
  const refund = await pay('refund', { transaction_id: good.transaction_id, amount: '5.00' });
  assert.equal(refund.json.status, 'settled', refund.text);
  // What the provider refuses at once is told at once.
  const refused = await pay('purchase', sepa('22.00', 'DE91370400440000055555'));
  assert.deepEqual([refused.status, refused.json.provider_code], [402, 'bank_not_supported'], refused.text);
});

test('an account is debited again by the mandate of an earlier debit', async () => {  // B-FR-23
  const first = (await pay('purchase', sepa('23.00', undefined, { makes_mandate: true }))).json;
  await order(`payment_intents/${first.provider_transaction_id}`, { outcome: 'succeeded' });
  await settled(first);
  const again = await pay('purchase', { amount: '24.00', currency: 'EUR', payment_method_type: 'sepa_debit', original_transaction_id: first.transaction_id });
  assert.equal(again.status, 202, again.text);
  await order(`payment_intents/${again.json.provider_transaction_id}`, { outcome: 'succeeded' });
  assert.equal((await settled(again.json)).status, 'settled');
  assert.deepEqual(await moved(again.json), ['purchase 2400 EUR']);
});

test('an American account is verified by its owner, then debited', async () => {
  for (const outcome of ['succeeded', 'failed']) {
    const begun = await pay('purchase', ach('30.00'));
    assert.deepEqual([begun.status, begun.json.payment_state], [202, 'requires_action'], begun.text);
    assert.equal((await press(begun.json.action_url, 'outcome=succeeded&code=99+1')).status, 422);
    assert.equal((await press(begun.json.action_url, 'outcome=succeeded&code=SM11AA')).status, 200);
    await reached(begun.json, 'pending');
    await order(`payment_intents/${begun.json.provider_transaction_id}`, { outcome, failure_code: 'account_closed' });
    const ended = await settled(begun.json);
    assert.deepEqual([ended.status, ended.decline_class], outcome === 'succeeded' ? ['settled', undefined] : ['failed', 'hard']);
    assert.deepEqual(await moved(begun.json), outcome === 'succeeded' ? ['purchase 3000 USD'] : []);
  }
});

const dispute_of = async (paid) => (await order('disputes', { payment_intent: paid.provider_transaction_id })).id;
/// Waits until the latest events of a payment are these: on PostgreSQL they are numbered a moment later.
const told = ({ payment_id }, ...types) => eventually(`${types} is told of ${payment_id}`, async () => {
  const { data } = (await florin.get('/api/v1/events?limit=100', { key: shop.key })).json;
  return data.filter(({ subject }) => subject === `payment/${payment_id}`).map(({ type }) => type).slice(-types.length).join() === types.join();
});

test('a dispute takes the money, and its loss leaves it there', async () => {  // F28
  const paid = (await pay('purchase', charge('40.00'))).json;
  const dispute = await dispute_of(paid);
  const taken = await reached(paid, ({ amount_charged_back }) => amount_charged_back === '40.00');
  assert.deepEqual([taken.state, taken.amount_captured], ['captured', '40.00']);
  await order(`disputes/${dispute}`, { outcome: 'lost' });
  assert.equal((await pay('refund', { transaction_id: paid.transaction_id, amount: '1.00' })).status, 409);
  assert.deepEqual(await moved(paid), ['purchase 4000 EUR', 'chargeback 4000 EUR']);
  await told(paid, 'florin.payment.charged_back');
});

test('a dispute that is won brings the money back, and then it can be refunded', async () => {  // F28
  const held = (await pay('authorize', charge('41.00'))).json;
  const paid = (await pay('capture', { transaction_id: held.transaction_id })).json;
  const dispute = await dispute_of(paid);
  await reached(paid, ({ amount_charged_back }) => amount_charged_back === '41.00');
  await order(`disputes/${dispute}`, { outcome: 'won' });
  await reached(paid, ({ amount_charged_back }) => amount_charged_back === undefined);
  await told(paid, 'florin.payment.charged_back', 'florin.payment.chargeback_reversed');
  const refund = await pay('refund', { transaction_id: paid.transaction_id, amount: '1.00' });
  assert.equal(refund.json.status, 'settled', refund.text);
});

test('a debit can be returned after it was paid', async () => {  // F28
  const paid = (await pay('purchase', sepa('42.00'))).json;
  await order(`payment_intents/${paid.provider_transaction_id}`, { outcome: 'succeeded' });
  await settled(paid);
  await order('disputes', { payment_intent: paid.provider_transaction_id });
  const taken = await reached(paid, ({ amount_charged_back }) => amount_charged_back === '42.00');
  assert.equal(taken.state, 'captured');
  assert.deepEqual(await moved(paid), ['purchase 4200 EUR', 'chargeback 4200 EUR']);
});

test('at the end the books agree with Stripe to the cent', async () => {
  const signs = { purchase: 1, capture: 1, refund: -1, chargeback: -1, chargeback_reversal: 1, authorize: 0, cancel: 0 };
  const truth = {};
  for (const one of (await florin.truth()).filter(({ provider }) => provider === 'stripe'))
    truth[one.currency] = (truth[one.currency] ?? 0) + signs[one.type] * one.amount;
  const { json } = await florin.get('/api/v1/ledger/balances', { key: shop.key });
  const books = {};
  for (const { account, currency, balance_minor } of json.balances)
    if (account.startsWith('provider_clearing')) books[currency] = (books[currency] ?? 0) + balance_minor;
  assert.deepEqual(books, truth);
  assert.equal((await florin.command('ledger', 'check')).code, 0);
});
