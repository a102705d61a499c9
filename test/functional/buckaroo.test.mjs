// A merchant whose payers pay by iDEAL and by direct debit, through Buckaroo: every operation over the API, the page on
// which the payer decides, pushes with and without luck, and reversals. What is signed here is signed by a second
// implementation, which the vectors of the providers' page judge first.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, Florin, florin as command, fresh_key, send, start_florin, temporary_folder } from '../support/florin.mjs';

const hook = '/api/v1/webhooks/buckaroo';
const site = { website: 'SANDBOX01', secret: 'sandbox-secret-0123456789' };

let florin, shop;
before(async () => {
  florin = await start_florin();
  shop = await florin.new_merchant('ideal-shop', { connector: 'buckaroo' });
  await settings({ webhook_url: `${florin.origin}${hook}`, collect_ms: 200, reversal_ms: 200 });
});
after(() => florin?.stop());

const settings = async (buckaroo) => {
  const { status, text } = await send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { buckaroo } });
  assert.equal(status, 200, text);
};
const pay = (body, more = {}) => florin.pay('purchase', { amount: '12.50', currency: 'EUR', ...body }, { key: shop.key, ...more });
const ideal = (more = {}, options) => pay({ payment_method_type: 'ideal', return_url: 'https://shop.example/back', ...more }, options);
const debit = (iban, more = {}, options) =>
  pay({ payment_method_type: 'sepa_debit', bank_account: { holder_name: 'A. de Vries', iban }, ...more }, options);
const settled = (made) => florin.settled(made.transaction_id, { key: shop.key });
const payment_of = async (made) => {
  const { json } = await florin.get(`/api/v1/payments/${made.payment_id}`, { key: shop.key });
  return { ...json.payment, transactions: json.transactions };
};
const moved = async (reference) => (await florin.truth()).filter((one) => one.reference === reference)
  .map((one) => `${one.type} ${one.amount} ${one.currency}`);
/// What the payer does at their bank.
const decide = (made, status, iban = 'NL44RABO0123456789') => {
  const page = new URL(made.action_url);
  return send(page.origin, 'POST', page.pathname, {
    body: `status=${status}&iban=${iban}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
};
const paid_by_ideal = async (more, iban) => {
  const { json, text, status } = await ideal(more);
  assert.equal(status, 202, text);
  await decide(json, 190, iban);
  assert.equal((await settled(json)).status, 'settled');
  return json;
};

// ------------------------------------------------------------------------------------------- signing, a second time

const url_encoded = (text) => encodeURIComponent(text).replaceAll('%20', '+')
  .replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
const hmac = ({ website, secret, method, url, body = '', nonce, time }) => {
  const digest = body ? crypto.createHash('md5').update(body).digest('base64') : '';
  const text = website + method + url_encoded(url.replace(/^https?:\/\//, '')).toLowerCase() + time + nonce + digest;
  return crypto.createHmac('sha256', secret).update(text).digest('base64');
};
const authorization = (method, url, body, more = {}) => {
  const parts = { ...site, method, url, body, nonce: crypto.randomBytes(16).toString('hex'), time: Math.floor(Date.now() / 1000), ...more };
  return `hmac ${parts.website}:${hmac(parts)}:${parts.nonce}:${parts.time}`;
};
const form_signature = (fields, secret = site.secret) => {
  const names = Object.keys(fields).sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  return crypto.createHash('sha1').update(names.map((name) => `${name}=${fields[name]}`).join('') + secret).digest('hex');
};
/// As the provider's own clients ask it.
const ask = async (method, target, body) => {
  const url = `${florin.sandbox}/json/${target}`;
  return send(florin.sandbox, method, `/json/${target}`, { body, headers: { authorization: authorization(method, url, body) } });
};
const push = (transaction, more = {}) => {
  const body = typeof transaction === 'string' ? transaction : JSON.stringify({ Transaction: transaction });
  return florin.post(hook, body, { key: null, headers: { authorization: authorization('POST', `${florin.origin}${hook}`, body, more) } });
};

test('both implementations sign as the vectors say, and so the sandbox hears this one', async () => {
  const vector = { website: 'TESTKEY01', secret: 'local-secret-0123456789', nonce: '6f1c6a0e2b4d4c1f9a3e5d7b8c9a0b1d', time: '1763640000' };
  const body = '{"Currency":"EUR","AmountDebit":12.5,"Invoice":"INV-17","Services":{"ServiceList":[{"Name":"SepaDirectDebit",'
    + '"Action":"PayRecurrent","Version":1}]},"OriginalTransactionKey":"0F1E2D3C4B5A69788796A5B4C3D2E1F0"}';
  const root = 'https://testcheckout.buckaroo.nl/json/Transaction';
  assert.equal(hmac({ ...vector, method: 'POST', url: root, body }), 'blfhVc8wjb5m8fldoiGrrd0x3RoMVDSsQTpRORkN8Ag=');
  assert.equal(hmac({ ...vector, method: 'GET', url: `${root}/Status/0F1E2D3C4B5A69788796A5B4C3D2E1F0` }), 'vFcJgUF1lq+j38nJsAZ35YoglYfiVDmxZbu+L0IVpII=');
  assert.equal(form_signature({
    cust_order: '17', brq_amount: '12.50', brq_currency: 'EUR', brq_invoicenumber: 'INV-17',
    brq_SERVICE_ideal_consumerIBAN: 'NL44RABO0123456789', brq_statuscode: '190', brq_test: 'true', brq_websitekey: 'TESTKEY01',
  }, vector.secret), 'e335ed1bdfe7222449fcd6e3f5f4f82d79047253');

  const created = await ask('POST', 'Transaction', JSON.stringify({
    Currency: 'EUR', AmountDebit: 1, Invoice: fresh_key('own'), Services: { ServiceList: [{ Name: 'ideal', Action: 'Pay', Version: 2 }] } }));
  assert.equal(created.json.Status.Code.Code, 790, created.text);
  assert.equal((await ask('GET', `Transaction/Status/${created.json.Key}`)).json.Invoice, created.json.Invoice);
  assert.equal((await send(florin.sandbox, 'GET', `/json/Transaction/Status/${created.json.Key}`)).status, 401);
});

// ------------------------------------------------------------------------------------------------------- the flows

test('an iDEAL payment goes to the payer\'s bank, comes back by a push, and is captured once', async () => {  // B-FR-25, B-FR-28
  const idempotency_key = fresh_key();
  const first = await ideal({ makes_mandate: true }, { idempotency_key });
  assert.equal(first.status, 202, first.text);
  const { json } = first;
  assert.deepEqual([json.status, json.payment_state, json.payment_method_type], ['pending', 'requires_action', 'ideal']);
  assert.equal((await ideal({ makes_mandate: true }, { idempotency_key })).text, first.text);
  const page = await send(new URL(json.action_url).origin, 'GET', new URL(json.action_url).pathname);
  assert.match(page.text, /12\.50 EUR/);
  assert.deepEqual(await moved(json.reference_number), []);

  const back = await decide(json, 190);
  assert.deepEqual([back.status, back.headers.location], [303, 'https://shop.example/back']);
  assert.equal((await settled(json)).status, 'settled');
  const payment = await payment_of(json);
  assert.deepEqual([payment.state, payment.amount_captured, payment.account_last4, payment.action_url], ['captured', '12.50', '6789', undefined]);
  assert.deepEqual(await moved(json.reference_number), ['purchase 1250 EUR']);
  const { webhooks } = (await send(florin.sandbox, 'GET', '/sandbox/webhooks')).json;
  const told = webhooks.filter(({ body }) => body.includes(json.reference_number));
  assert.deepEqual(told.map(({ type }) => type), ['C021 190']);
  await eventually('the push is delivered', async () => {
    const all = (await send(florin.sandbox, 'GET', '/sandbox/webhooks')).json.webhooks;
    return all.find(({ number }) => number === told[0].number).state === 'delivered';
  });
});

test('what the payer or the bank refuses is declined, with Buckaroo\'s status as its code', async () => {
  for (const [status, decline_class] of [[490, 'soft'], [690, 'hard'], [890, 'soft']]) {
    const { json } = await ideal();
    await decide(json, status);
    const ended = await settled(json);
    assert.deepEqual([ended.status, ended.decline_class, ended.provider_code], ['failed', decline_class, String(status)]);
    assert.equal((await payment_of(json)).state, 'declined');
    assert.deepEqual(await moved(json.reference_number), []);
  }
  const { json } = await ideal();
  await decide(json, 791);
  await eventually('the payer has nothing more to do', async () => (await payment_of(json)).action_url === undefined);
  await decide(json, 190);
  assert.equal((await settled(json)).status, 'settled');
});

test('an iDEAL payment makes a mandate, and its account is debited by it', async () => {  // B-FR-23, B-FR-24
  const original = await paid_by_ideal({ makes_mandate: true, customer_id: 'customer-7' }, 'NL10TEST0000000190');
  const by = (made) => pay({ payment_method_type: 'sepa_debit', original_transaction_id: made.transaction_id, amount: '7.00' });
  const { status, json, text } = await by(original);
  assert.equal(status, 202, text);
  assert.deepEqual([json.payment_state, json.action_url, json.account_last4], ['pending', undefined, '0190']);
  assert.equal((await settled(json)).status, 'settled');
  assert.deepEqual(await moved(json.reference_number), ['purchase 700 EUR']);
  const asked = (await send(florin.sandbox, 'GET', '/sandbox/calls')).json.calls.find(({ reference }) => reference === json.reference_number);
  assert.equal(asked.transactionType, 'recurrent');

  const once = await paid_by_ideal();
  const refused = await by(once);
  assert.deepEqual([refused.status, refused.json.code], [402, 'provider_refused'], 'its payer agreed to nothing more');
});

test('debits by IBAN end as their banks say', async () => {
  for (const [iban, status, decline_class, code] of [
    ['NL10TEST0000000190', 'settled'], ['nl91 abna 0417 1643 00', 'settled'], ['NL58TEST0000000490', 'failed', 'soft', '490'],
    ['NL90TEST0000000690', 'failed', 'hard', 'AC04'], ['NL25TEST0000000890', 'failed', 'soft', '890'],
  ]) {
    const { json } = await debit(iban);
    const ended = await settled(json);
    assert.deepEqual([ended.status, ended.decline_class, ended.provider_code], [status, decline_class, code], iban);
    assert.deepEqual(await moved(json.reference_number), status === 'settled' ? ['purchase 1250 EUR'] : []);
  }
  const wrong = await debit('NL91ABNA0417164301');
  assert.deepEqual([wrong.status, wrong.json.code, wrong.json.field], [422, 'invalid_iban', 'bank_account.iban']);
  const dollars = await ideal({ currency: 'USD' });
  assert.deepEqual([dollars.status, dollars.json.field], [422, 'payment_method_type'], dollars.text);
});

test('a debit that its bank takes back is a chargeback and never a second payment', async () => {  // F28
  const { json } = await debit('NL85TEST0000000004');
  assert.equal((await settled(json)).status, 'settled');
  const payment = await eventually('the reversal is booked', async () => {
    const now = await payment_of(json);
    return now.amount_charged_back && now;
  });
  assert.deepEqual([payment.state, payment.amount_captured, payment.amount_charged_back], ['captured', '12.50', '12.50']);
  const taken = payment.transactions.filter(({ type }) => type === 'chargeback');
  assert.deepEqual(taken.map((one) => [one.provider_code, one.decline_class, one.amount]), [['AM04', 'insufficient_funds', '12.50']]);
  assert.equal(payment.transactions.filter(({ type }) => type === 'purchase').length, 1);
  assert.deepEqual(await moved(json.reference_number), ['purchase 1250 EUR', 'chargeback 1250 EUR']);
  assert.equal((await florin.pay('refund', { transaction_id: json.transaction_id }, { key: shop.key })).status, 409, 'nothing is left to give back');
});

test('what a bank takes back weeks later is booked too, and a push of it that comes twice is one', async () => {  // F40, F43
  const { json } = await debit('NL10TEST0000000190');
  const { provider_transaction_id: key } = await settled(json);
  const order = await send(florin.sandbox, 'POST', `/sandbox/buckaroo/transactions/${key}/reversal`, { body: { reason_code: 'MD06' } });
  assert.equal(order.json.TransactionType, 'C501', order.text);
  await eventually('it is booked', async () => (await payment_of(json)).amount_charged_back === '12.50');
  assert.equal((await push({ ...order.json, Status: { ...order.json.Status, DateTime: '2026-01-01T00:00:00' } })).json.status, 'accepted');
  const payment = await payment_of(json);
  assert.equal(payment.transactions.filter(({ type }) => type === 'chargeback').length, 1);
  assert.equal(payment.transactions.find(({ type }) => type === 'chargeback').decline_class, 'hard');
});

test('payments are paid back, in parts and once', async () => {
  const paid = await paid_by_ideal();
  for (const amount of ['4.25', '8.25']) {
    const { status, json, text } = await florin.pay('refund', { transaction_id: paid.transaction_id, amount }, { key: shop.key });
    assert.equal(status, 200, text);
    assert.deepEqual(await moved(json.reference_number), [`refund ${amount.replace('.', '')} EUR`]);
  }
  assert.equal((await florin.pay('refund', { transaction_id: paid.transaction_id, amount: '0.01' }, { key: shop.key })).status, 409);
});

// ------------------------------------------------------------------------------------- lost answers, and lost pushes

test('without any push polling reaches the same state', async () => {  // F44
  await settings({ webhook_url: '' });
  const { json } = await ideal();
  await decide(json, 190);
  assert.equal((await settled(json)).status, 'settled');
  assert.equal((await payment_of(json)).state, 'captured');
  await settings({ webhook_url: `${florin.origin}${hook}` });
});

test('a payment whose answer was lost is unknown until its push names it, and is never sent again', async () => {  // F1, F4, F41
  await florin.faults({ match: { provider: 'buckaroo', transactionType: 'SepaDirectDebit' }, action: { kind: 'drop_after' }, count: 1 });
  const lost = (await debit('NL10TEST0000000190')).json;
  await florin.faults();
  assert.equal((await settled(lost)).status, 'settled');
  assert.deepEqual(await moved(lost.reference_number), ['purchase 1250 EUR']);

  // The same while no push arrives: it stays open. Somebody at Buckaroo sends it once more, and it settles.
  await settings({ webhook_url: '' });
  await florin.faults({ match: { provider: 'buckaroo', transactionType: 'SepaDirectDebit' }, action: { kind: 'drop_after' }, count: 1 });
  const alone = (await debit('NL10TEST0000000190')).json;
  await florin.faults();
  const [movement] = await eventually('it is collected', async () => {
    const all = (await florin.truth()).filter(({ reference }) => reference === alone.reference_number);
    return all.length > 0 && all;
  });
  const open = (await florin.get(`/api/v1/transactions/${alone.transaction_id}`, { key: shop.key })).json;
  assert.deepEqual([open.status, open.code], ['pending', 'outcome_unknown']);
  const shown = (await ask('GET', `Transaction/Status/${movement.provider_id}`)).json;
  assert.equal((await push(shown)).json.status, 'accepted');
  assert.equal((await settled(alone)).status, 'settled');
  assert.deepEqual(await moved(alone.reference_number), ['purchase 1250 EUR']);
  await settings({ webhook_url: `${florin.origin}${hook}` });
});

test('a refund whose answer was lost is found by its push, and is made once', async () => {  // F23
  const paid = await paid_by_ideal();
  await florin.faults({ match: { provider: 'buckaroo', transactionType: 'refund' }, action: { kind: 'drop_after' }, count: 1 });
  const { json } = await florin.pay('refund', { transaction_id: paid.transaction_id, amount: '3.00' }, { key: shop.key });
  await florin.faults();
  assert.equal((await settled(json)).status, 'settled');
  assert.deepEqual(await moved(json.reference_number), ['refund 300 EUR']);
});

test('pushes that are forged, old, changed or for another website are refused', async () => {  // F45, F46, F47, F51
  const { json } = await ideal();
  const transaction = (await ask('GET', `Transaction/Status/${json.provider_transaction_id}`)).json;
  const now = Math.floor(Date.now() / 1000);
  for (const more of [{ secret: 'another' }, { website: 'OTHERSITE' }, { time: now - 310 }, { time: now + 310 },
    { url: `${florin.origin}/api/v1/webhooks/other` }, { method: 'PUT' }])
    assert.equal((await push(transaction, more)).status, 401, JSON.stringify(more));
  assert.equal((await florin.post(hook, JSON.stringify({ Transaction: transaction }), { key: null })).status, 401);
  assert.equal((await push('{}')).status, 422, 'genuine, and not what Buckaroo writes');
  // A genuine push is only a hint: what it claims is asked for, and nothing was paid.
  const lie = structuredClone(transaction);
  lie.Status.Code.Code = 190;
  assert.equal((await push(lie)).json.status, 'accepted');
  assert.equal((await push(lie)).json.status, 'duplicate');
  await decide(json, 890);
  assert.equal((await settled(json)).status, 'failed');
  assert.deepEqual(await moved(json.reference_number), []);
});

test('pushes that are forms are taken as well', async () => {
  await settings({ push_format: 'form' });
  const { json } = await ideal();
  await decide(json, 190);
  assert.equal((await settled(json)).status, 'settled');
  await settings({ push_format: 'json' });
  const fields = {
    brq_transactions: json.provider_transaction_id, brq_invoicenumber: json.reference_number, brq_statuscode: '190',
    brq_timestamp: '2026-11-20 12:00:00', brq_transaction_type: 'C021', brq_websitekey: site.website, cust_note: 'café & more' };
  const deliver = (signature) => florin.post(hook, new URLSearchParams({ ...fields, brq_signature: signature }).toString(), {
    key: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal((await deliver(form_signature(fields))).json.status, 'accepted');
  assert.equal((await deliver(form_signature(fields))).json.status, 'duplicate');
  assert.equal((await deliver(form_signature(fields, 'another'))).status, 401);
});

// --------------------------------------------------------------------------------------------------- configuration

test('with credentials the real Buckaroo is called, told where to push, and pushes by either key are taken', async (context) => {  // F53
  const folder = temporary_folder();
  const [secret, previous] = ['secret', 'previous'].map((name) => path.join(folder, name));
  fs.writeFileSync(secret, `${site.secret}\n`, { mode: 0o600 });
  fs.writeFileSync(previous, 'the-key-before\n', { mode: 0o600 });
  const push_url = 'https://pay.example/api/v1/webhooks/buckaroo';
  // The sandbox plays Buckaroo, as far as the server knows a real one.
  const config = `[buckaroo]\nbase_url = "${florin.sandbox}"\nwebsite_key = "${site.website}"\nsecret_key_file = "${secret}"\n`
    + `previous_secret_key_file = "${previous}"\npush_url = "${push_url}"\n`;
  const live = await Florin.start({ config });
  context.after(() => live.stop());
  assert.equal(live.sandbox, undefined, 'no sandbox of its own');
  const own = await live.new_merchant('live-shop', { connector: 'buckaroo' });
  const made = await live.pay('purchase', { amount: '7.00', currency: 'EUR', payment_method_type: 'ideal', return_url: 'https://shop.example/' }, { key: own.key });
  assert.equal(made.status, 202, made.text);
  await decide(made.json, 190);
  const told = (await send(florin.sandbox, 'GET', '/sandbox/webhooks')).json.webhooks.find(({ body }) => body.includes(made.json.reference_number));
  assert.equal(told.endpoint, push_url);
  const deliver = (secret_key) => {
    const body = told.body;
    return live.post(hook, body, { key: null, headers: { authorization: authorization('POST', push_url, body, { secret: secret_key }) } });
  };
  assert.equal((await deliver('neither')).status, 401);
  assert.equal((await deliver('the-key-before')).json.status, 'accepted');
  assert.equal((await deliver(site.secret)).json.status, 'duplicate');
  assert.equal((await live.settled(made.json.transaction_id, { key: own.key })).status, 'settled');

  const file = path.join(folder, 'florin.toml');
  const doctor = async (text) => {
    fs.writeFileSync(file, text, { mode: 0o600 });
    return command('doctor', '--config', file, '--data', path.join(folder, 'data'));
  };
  assert.match((await doctor(config)).out, /problem  Buckaroo is to be called without TLS/);
  assert.match((await doctor(config.replace(florin.sandbox, 'https://testcheckout.buckaroo.nl'))).out, /ok       Buckaroo's test environment at https/);
  assert.match((await doctor(`[buckaroo]\nwebsite_key = "${site.website}"\n`)).err, /both a website key and its secret key/);
  assert.match((await doctor(config.replace(site.website, 'no key'))).err, /buckaroo\.website_key/);
  assert.match((await doctor(config.replace(push_url, 'pay.example'))).err, /buckaroo\.push_url/);
  assert.match((await doctor('[buckaroo]\nsecret = "x"\n')).err, /buckaroo\.secret/);
});

test('at the end the books agree with Buckaroo to the cent', async () => {
  await florin.faults();
  const { data: payments } = (await florin.get('/api/v1/payments?limit=100', { key: shop.key })).json;
  assert.ok(payments.every(({ state }) => !['unknown', 'processing', 'quarantined'].includes(state)), JSON.stringify(payments.map(({ state }) => state)));
  const signs = { purchase: 1, refund: -1, chargeback: -1 };
  let truth = -700; // The purchase of the server that took the sandbox for the real Buckaroo.
  for (const one of (await florin.truth()).filter(({ provider }) => provider === 'buckaroo')) truth += signs[one.type] * one.amount;
  const { json } = await florin.get('/api/v1/ledger/balances', { key: shop.key });
  const books = json.balances.filter(({ account }) => account.startsWith('provider_clearing'))
    .reduce((sum, { balance_minor }) => sum + balance_minor, 0);
  assert.equal(books, truth);
  const checked = await florin.command('ledger', 'check');
  assert.equal(checked.code, 0, checked.err);
});
