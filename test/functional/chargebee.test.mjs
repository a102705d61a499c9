// Payments on Chargebee's hosted page: purchase, the payer's browser, the webhook or none, the refund; and what Florin's
// books then say of what the sandbox's Chargebee did.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { charge, eventually, Florin, florin as command, fresh_key, send, start_florin, temporary_folder, visa } from '../support/florin.mjs';

let florin, shop;
before(async () => {
  florin = await start_florin();
  shop = await florin.new_merchant('chargebee-shop', { connector: 'chargebee' });
});
after(() => florin?.stop());

const pay = (verb, body, more = {}) => florin.pay(verb, body, { key: shop.key, ...more });
const on_page = (amount, more = {}) => ({ amount, currency: 'EUR', payment_method_type: 'hosted_page', return_url: 'http://127.0.0.1:9/back?order=17', ...more });
const payment_of = async ({ payment_id }) => (await florin.get(`/api/v1/payments/${payment_id}`, { key: shop.key })).json.payment;
const moved = async (reference) => (await florin.truth()).filter((one) => one.reference === reference)
  .map((one) => `${one.provider} ${one.type} ${one.amount} ${one.currency}`);
/// As the payer's browser does on the page: `pay` or `cancel`.
const click = (url, button, form = '') => {
  const page = new URL(url);
  return send(page.origin, 'POST', `${page.pathname}${button}`, { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
};
/// As the provider's own clients ask it.
const ask = (method, target, body) => send(florin.sandbox, method, `/api/v2/${target}`, {
  body, headers: { authorization: `Basic ${Buffer.from('test_sandbox:').toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
});
const state_becomes = (payment, state) => eventually(`the payment is ${state}`, async () => {
  const shown = await payment_of(payment);
  return shown.state === state && shown;
}, 60_000);

test('a payer is sent to a page, pays there or does not, and comes back; without a webhook polling finds it', async () => {  // F44, B-PL-12, B-FR-25
  const canceled = (await pay('purchase', on_page('9.00'))).json;
  assert.match((await click(canceled.action_url, 'cancel')).headers.location, /&state=cancelled$/);
  const idempotency_key = fresh_key();
  const first = await pay('purchase', on_page('12.50'), { idempotency_key });
  assert.equal(first.status, 202, first.text);
  const { action_url, reference_number, transaction_id } = first.json;
  assert.equal((await payment_of(first.json)).state, 'requires_action');
  assert.equal((await pay('purchase', on_page('12.50'), { idempotency_key })).text, first.text, 'a second request opens no second page');
  const shown = await send(new URL(action_url).origin, 'GET', new URL(action_url).pathname);
  assert.match(shown.text, /12\.50 EUR/);
  assert.deepEqual(await moved(reference_number), []);

  const sent = await click(action_url, 'pay', 'number=4111111111111111&expiry_month=12&expiry_year=2035&cvv=100');
  assert.equal(sent.status, 303);
  assert.match(sent.headers.location, /^http:\/\/127\.0\.0\.1:9\/back\?order=17&id=[^&]+&state=succeeded$/);
  const settled = await florin.settled(transaction_id, { key: shop.key });
  assert.equal(settled.status, 'settled');
  const payment = await payment_of(first.json);
  assert.deepEqual([payment.state, payment.amount_captured, payment.action_url], ['captured', '12.50', undefined]);
  assert.deepEqual(await moved(reference_number), ['chargebee purchase 1250 EUR']);
  await eventually('the page is acknowledged', async () =>
    (await ask('GET', `hosted_pages/${new URL(sent.headers.location).searchParams.get('id')}`)).json.hosted_page.state === 'acknowledged');

  assert.equal((await state_becomes(canceled, 'failed')).amount_captured, '0.00');
  assert.deepEqual(await moved(canceled.reference_number), []);

  for (const amount of ['5.00', '7.50']) {
    const { json, text } = await pay('refund', { transaction_id, amount });
    assert.equal(json.status, 'settled', text);
    assert.deepEqual(await moved(json.reference_number), [`chargebee refund ${Number(amount) * 100} EUR`]);
  }
  assert.equal((await pay('refund', { transaction_id, amount: '0.01' })).status, 409);
});

test('its webhook settles a payment, with the right password alone', async () => {  // F45, F47, B-SE-09
  // From here on there are webhooks.
  const set = await send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { chargebee: { webhook_url: `${florin.origin}/api/v1/webhooks/chargebee` } } });
  assert.equal(set.status, 200, set.text);
  const { json } = await pay('purchase', on_page('21.00'));
  await click(json.action_url, 'pay');
  await state_becomes(json, 'captured');
  const delivered = async () => (await send(florin.sandbox, 'GET', '/sandbox/webhooks')).json.webhooks
    .find((one) => one.type === 'payment_succeeded' && one.body.includes(json.reference_number) && one.state === 'delivered');
  const { body, attempts } = await eventually('the webhook is taken', delivered);
  assert.deepEqual(attempts.map((attempt) => attempt.status), [200]);

  const deliver = (credentials) => florin.post('/api/v1/webhooks/chargebee', body, {
    key: null, headers: credentials ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {} });
  for (const wrong of ['', 'chargebee:', 'chargebee:other', 'other:chargebee_sandbox', 'chargebee_sandbox'])
    assert.equal((await deliver(wrong)).status, 401, wrong);
  assert.equal((await deliver('chargebee:chargebee_sandbox')).json.status, 'duplicate');
  assert.deepEqual(await moved(json.reference_number), ['chargebee purchase 2100 EUR']);
});

test('a payer whose card is declined on the page may try another', async () => {
  const { json } = await pay('purchase', on_page('9.50'));
  assert.equal((await click(json.action_url, 'pay', 'number=4005519200000004&expiry_month=12&expiry_year=2035')).status, 402);
  assert.equal((await payment_of(json)).state, 'requires_action');
  await click(json.action_url, 'pay');
  await state_becomes(json, 'captured');
  assert.deepEqual(await moved(json.reference_number), ['chargebee purchase 950 EUR']);
});

test('a page whose address was lost on its way is found again, and paid once', async () => {  // F1, F4
  await florin.faults({ match: { provider: 'chargebee', transactionType: 'hosted_page' }, action: { kind: 'drop_after' }, count: 1 });
  const lost = await pay('purchase', on_page('33.00'));
  await florin.faults();
  assert.equal(lost.status, 202, lost.text);
  const { action_url } = await state_becomes(lost.json, 'requires_action');
  await click(action_url, 'pay');
  await click(action_url, 'pay');
  await state_becomes(lost.json, 'captured');
  assert.deepEqual(await moved(lost.json.reference_number), ['chargebee purchase 3300 EUR']);
});

test('a raw card and a stored one pay at once, the latter without its holder; a decline leaves nothing to collect', async () => {  // F16, F17
  const bought = (await pay('purchase', charge('14.00'))).json;
  assert.equal(bought.status, 'settled');
  assert.deepEqual(await moved(bought.reference_number), ['chargebee purchase 1400 EUR']);
  const stored = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'customer-7' }, { key: shop.key });
  assert.equal(stored.status, 201, stored.text);
  const { payment_method_token } = stored.json;
  const later = (await pay('purchase', { amount: '8.00', currency: 'EUR', payment_method_token })).json;
  assert.deepEqual(await moved(later.reference_number), ['chargebee purchase 800 EUR']);

  const declined = await pay('purchase', charge('15.00', { card: { ...visa, number: '4005519200000004' } }));
  assert.equal(declined.status, 402, declined.text);
  assert.deepEqual([declined.json.decline_class, declined.json.provider_code], ['insufficient_funds', '3001']);
  const { list } = (await ask('GET', `invoices?customer_id[is]=${declined.json.reference_number}`)).json;
  assert.deepEqual(list.map(({ invoice }) => [invoice.status, invoice.amount_due]), [['voided', 0]]);
  assert.deepEqual(await moved(declined.json.reference_number), []);
  const refused = await florin.post('/api/v1/payment_methods', { card: { ...visa, number: '4119862760338320' } }, { key: shop.key });
  assert.deepEqual([refused.status, refused.json.code], [402, 'card_refused']);

  const held = await pay('authorize', charge('16.00'));
  assert.equal(held.json.provider_code, 'authorize_not_supported', held.text);
});

test('lost answers of cards and refunds settle by themselves', async () => {  // F4, F23
  for (const kind of ['drop_after', 'error_after']) {
    await florin.faults({ match: { provider: 'chargebee', transactionType: 'invoice' }, action: { kind }, count: 1 });
    const lost = (await pay('purchase', charge('17.00'))).json;
    await florin.faults();
    assert.equal((await florin.settled(lost.transaction_id, { key: shop.key })).status, 'settled', kind);
    assert.deepEqual(await moved(lost.reference_number), ['chargebee purchase 1700 EUR']);
    await florin.faults({ match: { provider: 'chargebee', transactionType: 'refund' }, action: { kind }, count: 1 });
    const refund = (await pay('refund', { transaction_id: lost.transaction_id, amount: '3.00' })).json;
    await florin.faults();
    assert.equal((await florin.settled(refund.transaction_id, { key: shop.key })).status, 'settled', kind);
    assert.deepEqual(await moved(refund.reference_number), ['chargebee refund 300 EUR']);
  }
});

test('with credentials the real Chargebee is called, and only what is configured is there', async (context) => {
  const folder = temporary_folder();
  const [key, password] = ['key', 'password'].map((name) => path.join(folder, name));
  fs.writeFileSync(key, 'test_sandbox\n', { mode: 0o600 });
  fs.writeFileSync(password, 'secret word\n', { mode: 0o600 });
  // The sandbox plays Chargebee, as far as the server knows a real one.
  const config = `[chargebee]\nsite = "acme-test"\nbase_url = "${florin.sandbox}"\napi_key_file = "${key}"\nwebhook_user = "florin"\nwebhook_password_file = "${password}"\n`;
  const live = await Florin.start({ config });
  context.after(() => live.stop());
  assert.equal(live.sandbox, undefined, 'no sandbox of its own');
  const own = await live.new_merchant('live-shop', { connector: 'chargebee' });
  const { json } = await live.pay('purchase', charge('7.00'), { key: own.key });
  assert.deepEqual(await moved(json.reference_number), ['chargebee purchase 700 EUR']);
  const body = JSON.stringify({ id: `ev_${crypto.randomUUID()}`, object: 'event', event_type: 'payment_succeeded', content: {} });
  const deliver = (word) => live.post('/api/v1/webhooks/chargebee', body, { key: null, headers: { authorization: `Basic ${Buffer.from(`florin:${word}`).toString('base64')}` } });
  assert.equal((await deliver('secret words')).status, 401);
  assert.equal((await deliver('secret word')).json.status, 'accepted');

  const file = path.join(folder, 'florin.toml');
  const doctor = async (text) => {
    fs.writeFileSync(file, text, { mode: 0o600 });
    return command('doctor', '--config', file, '--data', path.join(folder, 'data'));
  };
  assert.match((await doctor(config)).out, /problem  Chargebee's test site is to be called without TLS/);
  assert.match((await doctor(config.replace(/base_url.*\n/, ''))).out, /ok       Chargebee's test site at https:\/\/acme-test\.chargebee\.com/);
  assert.match((await doctor(config.replace(/webhook_user.*\n/, ''))).err, /chargebee\.webhook_user/);
  assert.match((await doctor(config.replace('acme-test', 'acme.example'))).err, /chargebee\.site/);
  assert.match((await doctor(`[chargebee]\napi_key_file = "${key}"\n`)).err, /chargebee\.site/);
  assert.match((await doctor(`[chargebee]\nwebhook_user = "x"\nwebhook_password_file = "${password}"\n`)).err, /need its API key/);
  assert.match((await doctor('[chargebee]\napi_key = "test_1"\n')).err, /chargebee\.api_key/);
  fs.writeFileSync(key, 'public_key\n', { mode: 0o600 });
  assert.match((await doctor(config)).err, /chargebee\.api_key_file/);
});

test('at the end the books agree with Chargebee to the cent', async () => {
  await florin.faults();
  const signs = { purchase: 1, refund: -1 };
  let truth = -700; // The purchase of the server that took the sandbox for the real Chargebee.
  for (const one of await florin.truth()) truth += signs[one.type] * one.amount;
  const { json } = await florin.get('/api/v1/ledger/balances', { key: shop.key });
  const books = json.balances.filter(({ account }) => account.startsWith('provider_clearing')).reduce((sum, one) => sum + one.balance_minor, 0);
  assert.equal(books, truth);
  const checked = await florin.command('ledger', 'check');
  assert.equal(checked.code, 0, checked.err);
});
