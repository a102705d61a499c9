// A merchant whose cards go through Stripe: every operation over the API, what the sandbox's Stripe then says that it
// did, and its webhooks. Lost answers are in unknown_outcomes.test.mjs, for every provider.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, Florin, florin as command, fresh_key, send, start_florin, temporary_folder, visa } from '../support/florin.mjs';

let florin, shop;
before(async () => {
  florin = await start_florin();
  shop = await florin.new_merchant('stripe-shop', { connector: 'stripe' });
});
after(() => florin?.stop());

const pay = (verb, body, more = {}) => florin.pay(verb, body, { key: shop.key, ...more });
const with_card = (number, amount = '12.50', more = {}) => charge(amount, { card: { ...visa, number }, ...more });
const moved = async (reference) => (await florin.truth()).filter((one) => one.reference === reference)
  .map((one) => `${one.provider} ${one.type} ${one.amount} ${one.currency}`);
/// As the provider's own clients ask it.
const ask = (method, target, body) => send(florin.sandbox, method, `/v1/${target}`, {
  body, headers: { authorization: 'Bearer sk_test_sandbox', 'content-type': 'application/x-www-form-urlencoded' },
});

test('a purchase is taken once, under our reference', async () => {
  const idempotency_key = fresh_key();
  const first = await pay('purchase', charge('12.50'), { idempotency_key });
  assert.equal(first.status, 200, first.text);
  assert.deepEqual([first.json.status, first.json.amount, first.json.auth_code.length], ['settled', '12.50', 6]);
  const again = await pay('purchase', charge('12.50'), { idempotency_key });
  assert.equal(again.text, first.text);
  assert.deepEqual(await moved(first.json.reference_number), ['stripe purchase 1250 EUR']);
  const listed = (await ask('GET', 'payment_intents?limit=1')).json.data[0];
  assert.equal(listed.metadata.reference, first.json.reference_number);
});

test('an authorization is captured in parts, and a capture is paid back in parts', async () => {
  const held = (await pay('authorize', charge('60.00'))).json;
  assert.equal(held.status, 'approved');
  const { transaction_id } = held;
  const first = (await pay('capture', { transaction_id, amount: '25.00' })).json;
  const second = (await pay('capture', { transaction_id, amount: '30.00' })).json;
  assert.deepEqual([first.status, second.status], ['settled', 'settled']);
  assert.deepEqual(await moved(second.reference_number), ['stripe capture 3000 EUR']);
  assert.equal((await pay('capture', { transaction_id, amount: '5.01' })).json.code, 'amount_exceeds_remaining');
  for (const amount of ['10.00', '15.00']) {
    const { json } = await pay('refund', { transaction_id: first.transaction_id, amount });
    assert.deepEqual(await moved(json.reference_number), [`stripe refund ${Number(amount) * 100} EUR`]);
  }
  assert.equal((await pay('refund', { transaction_id: first.transaction_id, amount: '0.01' })).status, 409);
});

test('an authorization is canceled as a whole', async () => {
  const held = (await pay('authorize', charge('33.00'))).json;
  const canceled = await pay('cancel', { transaction_id: held.transaction_id });
  assert.equal(canceled.status, 200, canceled.text);
  assert.deepEqual(await moved(canceled.json.reference_number), ['stripe cancel 3300 EUR']);
  assert.equal((await pay('capture', { transaction_id: held.transaction_id })).status, 409);
});

test('a stored card pays while its holder is there, and while not', async () => {
  const stored = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'customer-7' }, { key: shop.key });
  assert.equal(stored.status, 201, stored.text);
  const { payment_method_token } = stored.json;
  const { json } = await pay('purchase', { amount: '9.00', currency: 'EUR', payment_method_token });
  assert.deepEqual(await moved(json.reference_number), ['stripe purchase 900 EUR']);
  const held = (await pay('authorize', { amount: '8.00', currency: 'EUR', payment_method_token })).json;
  assert.equal((await pay('capture', { transaction_id: held.transaction_id })).json.status, 'settled');
  const refused = await florin.post('/api/v1/payment_methods', { card: { ...visa, number: '4000000000000002' } }, { key: shop.key });
  assert.deepEqual([refused.status, refused.json.code], [402, 'card_refused']);
  const wants_holder = await florin.post('/api/v1/payment_methods', { card: { ...visa, number: '4000002760003184' } }, { key: shop.key });
  assert.deepEqual([wants_holder.status, wants_holder.json.code], [402, 'card_refused']);
});

test('declines have their class, and Stripe\'s own code', async () => {  // F16
  for (const [number, decline_class, code] of [
    ['4000000000000002', 'soft', 'generic_decline'], ['4000000000009995', 'insufficient_funds', 'insufficient_funds'],
    ['4000000000009987', 'hard', 'lost_card'], ['4000000000000069', 'expired_card', 'expired_card'],
    ['4000000000000127', 'input', 'incorrect_cvc'], ['4000000000000119', 'technical', 'processing_error'],
    ['4100000000000019', 'fraud', 'fraudulent'], ['4000002760003184', 'soft', 'authentication_required'],
  ]) {
    const { status, json, text } = await pay('purchase', with_card(number));
    assert.equal(status, 402, text);
    assert.deepEqual([json.decline_class, json.provider_code], [decline_class, code], text);
    assert.deepEqual(await moved(json.reference_number), []);
  }
});

test('currencies are counted as Stripe counts them, and what it cannot take is refused', async () => {
  for (const [amount, currency, minor] of [['500', 'JPY', 500], ['5.120', 'KWD', 5120], ['700.00', 'MGA', 70000], ['5', 'ISK', 5]]) {
    const { json, text } = await pay('purchase', charge(amount, { currency }));
    assert.equal(json.status, 'settled', text);
    assert.deepEqual(await moved(json.reference_number), [`stripe purchase ${minor} ${currency}`]);
  }
  for (const [amount, currency] of [['5.124', 'KWD'], ['700.50', 'MGA'], ['500', 'UGX']]) {
    const { status, json } = await pay('purchase', charge(amount, { currency }));
    assert.deepEqual([status, json.status, json.provider_code], [402, 'failed', 'amount_not_supported']);
  }
});

test('a partial approval is held and never taken for the whole', async () => {  // F25
  await florin.faults({ match: { provider: 'stripe', transactionType: 'payment_intent' }, action: { kind: 'partial_approval', amount: '4.00' }, count: 1 });
  const { json } = await pay('purchase', charge('10.00'));
  assert.deepEqual([json.payment_state, json.status, json.amount_approved], ['quarantined', 'pending', '4.00'], JSON.stringify(json));
});

test('while too many requests are made nothing is lost or doubled', async () => {
  await florin.faults({ match: { provider: 'stripe', transactionType: 'payment_method' }, action: { kind: 'error_before', status: 503 }, count: 1 });
  const idempotency_key = fresh_key();
  const refused = await pay('purchase', charge('11.00'), { idempotency_key });
  assert.deepEqual([refused.status, refused.json.code], [503, 'provider_unavailable']);
  const { status, json } = await pay('purchase', charge('11.00'), { idempotency_key });
  assert.equal(status, 200);
  assert.deepEqual(await moved(json.reference_number), ['stripe purchase 1100 EUR']);
});

const sign = (body, { secret = 'whsec_sandbox', at = Math.floor(Date.now() / 1000) } = {}) =>
  `t=${at},v1=${crypto.createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
const deliver = (body, signature = sign(body)) => florin.post('/api/v1/webhooks/stripe', body, { key: null, headers: { 'stripe-signature': signature } });

test('a webhook that Stripe signed settles a payment whose answer was lost; others are refused', async () => {  // F4, F45, F47
  await florin.faults({ match: { provider: 'stripe', transactionType: 'payment_intent' }, action: { kind: 'drop_after' }, count: 1 });
  const lost = (await pay('purchase', charge('61.00'))).json;
  await florin.faults();
  const body = JSON.stringify({
    id: `evt_${crypto.randomUUID().replaceAll('-', '')}`, object: 'event', type: 'payment_intent.succeeded',
    data: { object: { id: 'pi_1', object: 'payment_intent', metadata: { reference: lost.reference_number } } },
  });
  const old = Math.floor(Date.now() / 1000) - 301;
  for (const signature of ['', sign(`${body} `), sign(body, { secret: 'whsec_other' }), sign(body, { at: old })])
    assert.equal((await deliver(body, signature)).status, 401);
  assert.equal((await deliver(body)).json.status, 'accepted');
  assert.equal((await deliver(body)).json.status, 'duplicate');
  assert.equal((await florin.settled(lost.transaction_id, { key: shop.key })).status, 'settled');
  assert.deepEqual(await moved(lost.reference_number), ['stripe purchase 6100 EUR']);
});

test('with credentials the real Stripe is called, and only what is configured is there', async (context) => {
  const folder = temporary_folder();
  const [key, secret] = ['key', 'secret'].map((name) => path.join(folder, name));
  fs.writeFileSync(key, 'sk_test_sandbox\n', { mode: 0o600 });
  fs.writeFileSync(secret, 'whsec_sandbox\n', { mode: 0o600 });
  // The sandbox plays Stripe, as far as the server knows a real one.
  const config = `[stripe]\nbase_url = "${florin.sandbox}"\nsecret_key_file = "${key}"\nwebhook_secret_file = "${secret}"\n`;
  const live = await Florin.start({ config });
  context.after(() => live.stop());
  assert.equal(live.sandbox, undefined, 'no sandbox of its own');
  const own = await live.new_merchant('live-shop', { connector: 'stripe' });
  const { json } = await live.pay('purchase', charge('7.00'), { key: own.key });
  assert.deepEqual(await moved(json.reference_number), ['stripe purchase 700 EUR']);
  const other = await live.new_merchant('other-shop');
  assert.equal((await live.pay('purchase', charge('7.00'), { key: other.key })).status, 503, 'there is no Authorize.Net here');

  const file = path.join(folder, 'florin.toml');
  const doctor = async (text) => {
    fs.writeFileSync(file, text, { mode: 0o600 });
    return command('doctor', '--config', file, '--data', path.join(folder, 'data'));
  };
  assert.match((await doctor(config)).out, /problem  Stripe in test mode is to be called without TLS/);
  assert.match((await doctor(config.replace(florin.sandbox, 'https://api.stripe.com'))).out, /ok       Stripe in test mode at https/);
  fs.writeFileSync(key, 'pk_test_public\n', { mode: 0o600 });
  assert.match((await doctor(config)).err, /stripe\.secret_key_file/);
  assert.match((await doctor('[stripe]\nsecret = "sk_test_1"\n')).err, /stripe\.secret/);
  assert.match((await doctor(`[stripe]\nwebhook_secret_file = "${secret}"\n`)).err, /need its secret key/);
});

test('at the end the books agree with Stripe to the cent', async () => {
  await florin.faults();
  const signs = { purchase: 1, capture: 1, refund: -1, authorize: 0, cancel: 0 };
  const truth = {};
  for (const one of (await florin.truth()).filter(({ provider }) => provider === 'stripe'))
    truth[one.currency] = (truth[one.currency] ?? 0) + signs[one.type] * one.amount;
  truth.EUR -= 700; // The purchase of the server that took the sandbox for the real Stripe.
  const { json } = await florin.get('/api/v1/ledger/balances', { key: shop.key });
  const books = {};
  for (const { account, currency, balance_minor } of json.balances)
    if (account.startsWith('provider_clearing')) books[currency] = (books[currency] ?? 0) + balance_minor;
  assert.deepEqual(books, truth);
  const checked = await florin.command('ledger', 'check');
  assert.equal(checked.code, 0, checked.err);
});
