'use strict';
// The vendor's own SDK, unchanged, against the sandbox at SANDBOX_URL (http://127.0.0.1:PORT): what it
// sends must be understood, and what it reads must be there.

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const required = require('stripe');
const Stripe = required.default ?? required;

const sandbox = process.env.SANDBOX_URL;
assert.ok(sandbox, 'SANDBOX_URL names a running sandbox');
const { hostname, port } = new URL(sandbox);
const client = (key = 'sk_test_sandbox', more = {}) =>
  new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, timeout: 5_000, ...more });
const stripe = client();

const put = async (path, body) => {
  const reply = await fetch(`${sandbox}${path}`, { method: 'PUT', body: JSON.stringify(body) });
  assert.equal(reply.status, 200, await reply.text());
};
const faults = (...rules) => put('/sandbox/faults', { rules });
const moved = async (reference) => {
  const { movements } = await (await fetch(`${sandbox}/truth?provider=stripe`)).json();
  return movements.filter((one) => one.reference === reference).map((one) => `${one.type} ${one.amount} ${one.currency}`);
};
const refused = async (call, type, code) => {
  const error = await call.then(() => assert.fail('it was not refused'), (thrown) => thrown);
  assert.deepEqual([error.constructor.name, error.code], [type, code], error.message);
  return error;
};

const card = { payment_method: 'pm_card_visa', payment_method_types: ['card'], confirm: true };
const charge = (more = {}, options = {}) => stripe.paymentIntents.create({ amount: 2000, currency: 'eur', ...card, ...more }, options);

let search_lag_ms;
before(async () => { ({ search_lag_ms } = await (await fetch(`${sandbox}/sandbox/settings`)).json()); });
after(() => put('/sandbox/settings', { search_lag_ms }));

test('a payment is created, then confirmed', async () => {
  const made = await stripe.paymentIntents.create({ amount: 2000, currency: 'eur', payment_method_types: ['card'], metadata: { order: '17' } });
  assert.match(made.id, /^pi_[A-Za-z0-9]{24}$/);
  assert.deepEqual([made.object, made.status, made.amount, made.currency, made.latest_charge, made.livemode],
    ['payment_intent', 'requires_payment_method', 2000, 'eur', null, false]);
  assert.ok(made.client_secret.startsWith(`${made.id}_secret_`));
  const key = randomUUID();
  const done = await stripe.paymentIntents.confirm(made.id, { payment_method: 'pm_card_visa', expand: ['latest_charge'] }, { idempotencyKey: key });
  assert.deepEqual([done.status, done.amount_received, done.metadata.order], ['succeeded', 2000, '17']);
  const { latest_charge } = done;
  assert.deepEqual([latest_charge.object, latest_charge.amount_captured, latest_charge.paid, latest_charge.payment_intent],
    ['charge', 2000, true, made.id]);
  assert.deepEqual([latest_charge.payment_method_details.card.last4, latest_charge.outcome.type], ['4242', 'authorized']);
  assert.deepEqual(await moved(key), ['purchase 2000 EUR']);
  await refused(stripe.paymentIntents.confirm(made.id), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');
  const charges = await stripe.charges.list({ payment_intent: made.id });
  assert.deepEqual(charges.data.map((one) => one.id), [latest_charge.id]);
  assert.equal((await stripe.charges.retrieve(latest_charge.id)).amount, 2000);
});

test('raw cards are taken, and are only known by their last four afterwards', async () => {
  const number = '4242424242424242';
  const method = await stripe.paymentMethods.create({ type: 'card', card: { number, exp_month: 8, exp_year: 2034, cvc: '314' },
    billing_details: { name: 'Ada Lovelace', address: { postal_code: '1010' } } });
  assert.deepEqual([method.card.last4, method.card.brand, method.card.exp_month, method.card.checks.cvc_check, method.billing_details.name],
    ['4242', 'visa', 8, 'pass', 'Ada Lovelace']);
  assert.equal(JSON.stringify(method).includes(number), false);
  assert.equal((await charge({ payment_method: method.id })).status, 'succeeded');
  const odd = (more) => stripe.paymentMethods.create({ type: 'card', card: { number, exp_month: 8, exp_year: 2034, ...more } });
  await refused(odd({ number: '4242424242424241' }), 'StripeCardError', 'incorrect_number');
  await refused(odd({ exp_month: 13 }), 'StripeCardError', 'invalid_expiry_month');
  await refused(odd({ exp_year: 2020 }), 'StripeCardError', 'invalid_expiry_year');
});

test('a hold is captured in part, and the rest is let go of', async () => {
  const key = randomUUID();
  const held = await charge({ capture_method: 'manual' });
  assert.deepEqual([held.status, held.amount_capturable, held.amount_received], ['requires_capture', 2000, 0]);
  await refused(stripe.paymentIntents.capture(held.id, { amount_to_capture: 2001 }), 'StripeInvalidRequestError', 'amount_too_large');
  await refused(stripe.paymentIntents.capture(held.id, { amount_to_capture: 5, final_capture: false }), 'StripeInvalidRequestError', 'parameter_invalid');
  const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1500 }, { idempotencyKey: key });
  assert.deepEqual([captured.status, captured.amount_capturable, captured.amount_received], ['succeeded', 0, 1500]);
  assert.deepEqual(await moved(key), ['capture 1500 EUR']);
  await refused(stripe.paymentIntents.capture(held.id), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');
});

test('a hold with multicapture is captured again and again', async () => {
  const held = await charge({ capture_method: 'manual', payment_method_options: { card: { request_multicapture: 'if_available' } }, expand: ['latest_charge'] });
  assert.equal(held.latest_charge.payment_method_details.card.multicapture.status, 'available');
  const part = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 700, final_capture: false, metadata: { parcel: '1' } });
  assert.deepEqual([part.status, part.amount_capturable, part.amount_received, part.metadata.parcel], ['requires_capture', 1300, 700, '1']);
  const last = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1300, metadata: { parcel: '2' } });
  assert.deepEqual([last.status, last.amount_received, last.metadata.parcel], ['succeeded', 2000, '2']);
});

test('a hold is canceled, once', async () => {
  const key = randomUUID();
  const held = await charge({ capture_method: 'manual' });
  const canceled = await stripe.paymentIntents.cancel(held.id, { cancellation_reason: 'abandoned' }, { idempotencyKey: key });
  assert.deepEqual([canceled.status, canceled.cancellation_reason, canceled.amount_capturable], ['canceled', 'abandoned', 0]);
  assert.deepEqual(await moved(key), ['cancel 2000 EUR']);
  const error = await refused(stripe.paymentIntents.cancel(held.id), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');
  assert.equal(error.statusCode, 400);
});

test('what was taken is paid back, in parts and never beyond', async () => {
  const key = randomUUID();
  const paid = await charge();
  const part = await stripe.refunds.create({ payment_intent: paid.id, amount: 500, reason: 'requested_by_customer', metadata: { line: '1' } }, { idempotencyKey: key });
  assert.match(part.id, /^re_/);
  assert.deepEqual([part.status, part.amount, part.charge, part.metadata.line], ['succeeded', 500, paid.latest_charge, '1']);
  assert.deepEqual(await moved(key), ['refund 500 EUR']);
  await refused(stripe.refunds.create({ payment_intent: paid.id, amount: 1501 }), 'StripeInvalidRequestError', undefined);
  assert.equal((await stripe.refunds.create({ charge: paid.latest_charge })).amount, 1500);
  await refused(stripe.refunds.create({ payment_intent: paid.id }), 'StripeInvalidRequestError', 'charge_already_refunded');
  const all = await stripe.refunds.list({ payment_intent: paid.id });
  assert.deepEqual(all.data.map((one) => one.amount), [1500, 500]);
  assert.equal((await stripe.refunds.retrieve(part.id)).amount, 500);
  assert.equal((await stripe.charges.retrieve(paid.latest_charge)).amount_refunded, 2000);
});

test('declines are told by the vendor\'s codes, and leave their payment behind', async () => {
  for (const [method, code, decline_code] of [
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_radarBlock', 'card_declined', 'fraudulent'],
  ]) {
    const key = randomUUID();
    const error = await refused(charge({ payment_method: method }, { idempotencyKey: key }), 'StripeCardError', code);
    assert.deepEqual([error.statusCode, error.decline_code, error.payment_intent.status], [402, decline_code, 'requires_payment_method']);
    const left = await stripe.paymentIntents.retrieve(error.payment_intent.id);
    assert.deepEqual([left.last_payment_error.code, left.last_payment_error.charge], [code, error.charge]);
    assert.deepEqual(await moved(key), []);
    // With another card it goes on.
    assert.equal((await stripe.paymentIntents.confirm(left.id, { payment_method: 'pm_card_visa' })).status, 'succeeded');
  }
});

test('a payer who must confirm is sent to a page and back, or declined where nobody could ask', async () => {
  const asks = { payment_method: 'pm_card_authenticationRequired', return_url: 'https://shop.example/back' };
  const page_of = (intent) => {
    assert.deepEqual([intent.status, intent.next_action.type, intent.next_action.redirect_to_url.return_url],
      ['requires_action', 'redirect_to_url', asks.return_url]);
    return intent.next_action.redirect_to_url.url;
  };
  const press = (page, outcome) => fetch(page, { method: 'POST', body: new URLSearchParams({ outcome }), redirect: 'manual' });
  for (const [more, outcome, status, error, truth] of [
    [{}, 'succeeded', 'succeeded', undefined, ['purchase 2000 EUR']],
    [{ capture_method: 'manual' }, 'succeeded', 'requires_capture', undefined, ['authorize 2000 EUR']],
    [{}, 'failed', 'requires_payment_method', 'payment_intent_authentication_failure', []],
    [{ payment_method: 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds' }, 'succeeded', 'requires_payment_method', 'card_declined', []],
  ]) {
    const key = randomUUID();
    const page = page_of(await charge({ ...asks, ...more }, { idempotencyKey: key }));
    assert.match(await (await fetch(page)).text(), /<button name="outcome" value="succeeded">Approve<\/button>/);
    const sent_back = await press(page, outcome);
    assert.equal(sent_back.status, 303);
    const back = new URL(sent_back.headers.get('location'));
    assert.equal(back.origin + back.pathname, asks.return_url);
    assert.equal(back.searchParams.get('redirect_status'), error === undefined ? 'succeeded' : 'failed');
    const after = await stripe.paymentIntents.retrieve(back.searchParams.get('payment_intent'));
    assert.deepEqual([after.status, after.last_payment_error?.code, after.next_action], [status, error, null]);
    assert.deepEqual(await moved(key), truth);
  }
  const waiting = await charge(asks);
  assert.equal((await stripe.paymentIntents.cancel(waiting.id)).status, 'canceled');
  assert.match(await (await press(page_of(waiting), 'succeeded')).text(), /nothing to do/);
  const plain = await charge({ payment_method: 'pm_card_authenticationRequired' });
  assert.equal(plain.next_action.type, 'use_stripe_sdk');
  for (const more of [{ off_session: true }, { error_on_requires_action: true }])
    await refused(charge({ ...asks, ...more }), 'StripeCardError', 'authentication_required');
});

const offline = { mandate_data: { customer_acceptance: { type: 'offline' } } };
const debit = (payment_method, more = {}, options = {}) => {
  const type = payment_method.startsWith('pm_usBank') ? 'us_bank_account' : 'sepa_debit';
  return stripe.paymentIntents.create({ amount: 3000, currency: type === 'sepa_debit' ? 'eur' : 'usd', confirm: true,
    payment_method, payment_method_types: [type], ...offline, ...more }, options);
};
const order = async (target, body) => {
  const reply = await fetch(`${sandbox}/sandbox/stripe/${target}`, { method: 'POST', body: JSON.stringify(body) });
  assert.equal(reply.status, 200, await reply.clone().text());
  return reply.json();
};

test('a SEPA debit is under way for days, and then succeeds or fails', async () => {
  await put('/sandbox/settings', { stripe: { debit_ms: 86_400_000 } });
  const method = await stripe.paymentMethods.create({ type: 'sepa_debit', sepa_debit: { iban: 'DE89 3704 0044 0532 0130 00' },
    billing_details: { name: 'Ada Lovelace', email: 'ada@example.org' } });
  assert.deepEqual([method.sepa_debit.last4, method.sepa_debit.country, method.sepa_debit.bank_code], ['3000', 'DE', '37040044']);
  const key = randomUUID();
  const begun = await debit(method.id, { payment_method_types: ['sepa_debit'], expand: ['latest_charge'] }, { idempotencyKey: key });
  const { latest_charge } = begun;
  assert.deepEqual([begun.status, begun.amount_received, latest_charge.status, latest_charge.paid, latest_charge.id.slice(0, 3)],
    ['processing', 0, 'pending', false, 'py_']);
  const mandate = await stripe.mandates.retrieve(latest_charge.payment_method_details.sepa_debit.mandate);
  assert.deepEqual([mandate.status, mandate.type, mandate.customer_acceptance.type, mandate.payment_method], ['active', 'single_use', 'offline', method.id]);
  await refused(stripe.paymentIntents.cancel(begun.id), 'StripeInvalidRequestError', 'payment_intent_unexpected_state');
  assert.deepEqual(await moved(key), []);
  await order(`payment_intents/${begun.id}`, { outcome: 'succeeded' });
  const paid = await stripe.paymentIntents.retrieve(begun.id);
  assert.deepEqual([paid.status, paid.amount_received], ['succeeded', 3000]);
  assert.deepEqual(await moved(key), ['purchase 3000 EUR']);
  assert.equal((await stripe.refunds.create({ payment_intent: begun.id, amount: 1000 })).status, 'succeeded');

  for (const failure_code of ['insufficient_funds', 'debit_not_authorized']) {
    const failing = await debit('pm_sepaDebit_success_de', {}, { idempotencyKey: randomUUID() });
    await order(`payment_intents/${failing.id}`, { outcome: 'failed', failure_code });
    const after = await stripe.paymentIntents.retrieve(failing.id, { expand: ['latest_charge'] });
    assert.deepEqual([after.status, after.latest_charge.status, after.latest_charge.failure_code, after.last_payment_error.charge],
      ['requires_payment_method', 'failed', failure_code, after.latest_charge.id]);
    const left = await stripe.mandates.retrieve(after.latest_charge.payment_method_details.sepa_debit.mandate);
    assert.equal(left.status, failure_code === 'insufficient_funds' ? 'active' : 'inactive');
  }
  await put('/sandbox/settings', { stripe: { debit_ms: 0 } });
  for (const [method_id, status] of [['pm_sepaDebit_success_de', 'succeeded'], ['pm_sepaDebit_failed_de', 'requires_payment_method'],
    ['pm_sepaDebit_successDelayed_de', 'processing'], ['pm_usBankAccount_success', 'succeeded'], ['pm_usBankAccount_noAccount', 'requires_payment_method'],
    ['pm_usBankAccount_processing', 'processing']])
    assert.equal((await stripe.paymentIntents.retrieve((await debit(method_id)).id)).status, status, method_id);

  await refused(debit('pm_sepaDebit_success_de', { mandate_data: undefined }), 'StripeInvalidRequestError', 'parameter_missing');
  await refused(debit('pm_sepaDebit_success_de', { currency: 'usd' }), 'StripeInvalidRequestError', 'payment_intent_invalid_parameter');
  await refused(debit('pm_sepaDebit_success_de', { capture_method: 'manual' }), 'StripeInvalidRequestError', 'payment_intent_invalid_parameter');
  const iban = (number) => stripe.paymentMethods.create({ type: 'sepa_debit', sepa_debit: { iban: number }, billing_details: { name: 'A', email: 'a@example.org' } });
  await refused(iban('DE89370400440532013001'), 'StripeInvalidRequestError', 'invalid_bank_account_iban');
  await refused(iban('DE91370400440000055555'), 'StripeInvalidRequestError', 'bank_not_supported');
});

test('an account is kept for later debits, and then debited without its owner', async () => {
  const customer = await stripe.customers.create({ name: 'Ada', email: 'ada@example.org' });
  const first = await debit('pm_sepaDebit_success_de', { customer: customer.id, setup_future_usage: 'off_session', expand: ['latest_charge'] });
  const { mandate } = first.latest_charge.payment_method_details.sepa_debit;
  assert.equal((await stripe.mandates.retrieve(mandate)).type, 'multi_use');
  const later = { customer: customer.id, off_session: true, mandate_data: undefined, payment_method_types: ['sepa_debit'] };
  assert.equal((await debit(first.payment_method, { ...later, mandate })).status, 'processing');
  assert.equal((await debit(first.payment_method, later)).status, 'processing', 'its mandate is known');
  const setup = await stripe.setupIntents.create({ customer: customer.id, payment_method: 'pm_usBankAccount_success',
    payment_method_types: ['us_bank_account'], confirm: true, ...offline });
  assert.deepEqual([setup.status, (await stripe.mandates.retrieve(setup.mandate)).status], ['succeeded', 'active']);
  const { data } = await stripe.customers.listPaymentMethods(customer.id, { type: 'us_bank_account' });
  assert.deepEqual(data.map((one) => [one.id, one.us_bank_account.last4]), [[setup.payment_method, '6789']]);
});

test('the owner of an American account says what arrived there', async () => {
  const method = await stripe.paymentMethods.create({ type: 'us_bank_account', billing_details: { name: 'Ada' },
    us_bank_account: { routing_number: '110000000', account_number: '000123456789', account_holder_type: 'individual' } });
  const wait = async () => {
    const intent = await debit(method.id, { payment_method_types: ['us_bank_account'], currency: 'usd' });
    assert.deepEqual([intent.status, intent.next_action.type], ['requires_action', 'verify_with_microdeposits']);
    return intent;
  };
  const failing = await wait();
  await order(`payment_intents/${failing.id}`, { outcome: 'failed' });
  assert.equal((await stripe.paymentIntents.retrieve(failing.id)).last_payment_error.code, 'payment_method_microdeposit_verification_attempts_exceeded');
  const waiting = await wait();
  const verify = (body) => stripe.paymentIntents.verifyMicrodeposits(waiting.id, body);
  await refused(verify({ descriptor_code: 'SM99AA' }), 'StripeInvalidRequestError', 'payment_method_microdeposit_verification_descriptor_code_mismatch');
  await refused(verify({ amounts: [32, 44] }), 'StripeInvalidRequestError', 'payment_method_microdeposit_verification_amounts_mismatch');
  assert.equal((await verify({ amounts: [32, 45] })).status, 'processing');
});

test('what is disputed is taken back, and given again to who wins', async () => {
  await put('/sandbox/settings', { stripe: { dispute_ms: 0, debit_ms: 0 } });
  const disputed = async (payment_method, key) => {
    const { id } = payment_method.startsWith('pm_card') ? await charge({ payment_method }, { idempotencyKey: key }) : await debit(payment_method, {}, { idempotencyKey: key });
    const { data } = await stripe.disputes.list({ payment_intent: id });
    assert.equal(data.length, 1, payment_method);
    return data[0];
  };
  const key = randomUUID();
  const dispute = await disputed('pm_card_createDispute', key);
  assert.deepEqual([dispute.status, dispute.reason, dispute.amount, dispute.evidence_details.has_evidence], ['needs_response', 'fraudulent', 2000, false]);
  assert.equal((await stripe.charges.retrieve(dispute.charge)).disputed, true);
  await refused(stripe.refunds.create({ charge: dispute.charge }), 'StripeInvalidRequestError', 'charge_disputed');
  const answered = await stripe.disputes.update(dispute.id, { evidence: { product_description: 'A book' }, submit: false });
  assert.deepEqual([answered.status, answered.evidence.product_description], ['needs_response', 'A book']);
  const won = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
  assert.deepEqual([won.status, won.evidence_details.submission_count], ['won', 1]);
  assert.deepEqual(await moved(key), ['purchase 2000 EUR', 'chargeback 2000 EUR', 'chargeback_reversal 2000 EUR']);

  const lost = randomUUID();
  const other = await disputed('pm_card_createDisputeProductNotReceived', lost);
  assert.equal((await stripe.disputes.update(other.id, { evidence: { uncategorized_text: 'losing_evidence' } })).status, 'lost');
  assert.deepEqual(await moved(lost), ['purchase 2000 EUR', 'chargeback 2000 EUR']);
  const asked = randomUUID();
  const inquiry = await disputed('pm_card_createDisputeInquiry', asked);
  assert.equal(inquiry.status, 'warning_needs_response');
  assert.equal((await stripe.disputes.close(inquiry.id)).status, 'warning_closed');
  assert.deepEqual(await moved(asked), ['purchase 2000 EUR']);
  for (const [method, truth] of [['pm_sepaDebit_disputed_de', '3000 EUR'], ['pm_usBankAccount_dispute', '3000 USD']]) {
    const returned = randomUUID();
    const { status, id } = await disputed(method, returned);
    assert.equal(status, 'lost', 'nobody can contest it');
    await stripe.disputes.close(id).then(() => assert.fail('it is closed'), (error) => assert.equal(error.statusCode, 400));
    assert.deepEqual(await moved(returned), [`purchase ${truth}`, `chargeback ${truth}`]);
  }
  await put('/sandbox/settings', { stripe: { dispute_ms: 1000, debit_ms: 2000 } });
});

test('what moves money is in the balance with its fee, and a payout is the sum of what it pays', async () => {
  // A currency of this test's own; whoever else has the sandbox settle, pays out some of it earlier.
  const currency = 'sek';
  const first = await charge({ amount: 10_000, currency, metadata: { order: '1' } });
  const whole = await stripe.paymentIntents.retrieve(first.id, { expand: ['latest_charge.balance_transaction'] });
  const { balance_transaction } = whole.latest_charge;
  assert.deepEqual([balance_transaction.object, balance_transaction.type, balance_transaction.reporting_category],
    ['balance_transaction', 'charge', 'charge']);
  assert.deepEqual([balance_transaction.amount, balance_transaction.fee, balance_transaction.net], [10_000, 320, 9_680]);
  assert.deepEqual(balance_transaction.fee_details.map((one) => [one.type, one.amount, one.currency]), [['stripe_fee', 320, currency]]);
  assert.equal((await stripe.balanceTransactions.retrieve(balance_transaction.id)).source, whole.latest_charge.id);

  const refund = await stripe.refunds.create({ payment_intent: first.id, amount: 1_000, expand: ['balance_transaction'] });
  assert.deepEqual([refund.balance_transaction.type, refund.balance_transaction.amount, refund.balance_transaction.fee], ['refund', -1_000, 0]);
  const held = await charge({ amount: 5_000, currency, capture_method: 'manual' });
  assert.equal((await stripe.charges.retrieve(held.latest_charge)).balance_transaction, null);
  await stripe.paymentIntents.capture(held.id);
  assert.match((await stripe.charges.retrieve(held.latest_charge)).balance_transaction, /^txn_/);
  const small = [];
  for (let i = 0; i < 12; ++i) small.push((await charge({ amount: 1_000 + i, currency })).latest_charge);
  const balance = await stripe.balance.retrieve();
  assert.ok([...balance.available, ...balance.pending].every((one) => Number.isInteger(one.amount)));

  await fetch(`${sandbox}/sandbox/settle`, { method: 'POST' });
  const sources = [];
  let count = 0;
  for await (const payout of stripe.payouts.list({ status: 'paid', limit: 2 })) {
    if (payout.currency !== currency) continue;
    ++count;
    assert.deepEqual([payout.object, payout.automatic, payout.reconciliation_status, payout.status], ['payout', true, 'completed', 'paid']);
    assert.equal(payout.arrival_date % 86_400, 0);
    let net = 0;
    for await (const one of stripe.balanceTransactions.list({ payout: payout.id, limit: 5, expand: ['data.source', 'data.source.payment_intent'] })) {
      assert.equal(one.net, one.amount - one.fee);
      if (one.type === 'payout') {
        assert.deepEqual([one.id, one.source.id, one.net], [payout.balance_transaction, payout.id, -payout.amount]);
        continue;
      }
      net += one.net;
      sources.push(one.source.id);
      if (one.source.id === whole.latest_charge.id) assert.equal(one.source.payment_intent.metadata.order, '1');
    }
    assert.equal(net, payout.amount);
    assert.equal((await stripe.payouts.retrieve(payout.id, { expand: ['balance_transaction'] })).balance_transaction.net, -payout.amount);
  }
  assert.ok(count > 0);
  assert.deepEqual(sources.sort(), [whole.latest_charge.id, refund.id, held.latest_charge, ...small].sort());
  const of_source = await stripe.balanceTransactions.list({ source: refund.id });
  assert.deepEqual(of_source.data.map((one) => one.type), ['refund']);
  const of_type = await stripe.balanceTransactions.list({ type: 'payout', currency });
  assert.equal(of_type.data.length, count);
  await refused(stripe.payouts.retrieve('po_none'), 'StripeInvalidRequestError', 'resource_missing');
});

test('a dispute takes its amount and a fee from the balance, and who wins gets both back', async () => {
  await put('/sandbox/settings', { stripe: { dispute_ms: 0 } });
  const { id } = await charge({ payment_method: 'pm_card_createDispute' });
  const { data: [dispute] } = await stripe.disputes.list({ payment_intent: id });
  assert.deepEqual(dispute.balance_transactions.map((one) => [one.type, one.reporting_category, one.amount, one.fee]),
    [['adjustment', 'dispute', -2000, 1500]]);
  const won = await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
  assert.deepEqual(won.balance_transactions.map((one) => [one.reporting_category, one.amount, one.fee, one.net]),
    [['dispute', -2000, 1500, -3500], ['dispute_reversal', 2000, -1500, 3500]]);
  await put('/sandbox/settings', { stripe: { dispute_ms: 1000 } });
});

test('a card is kept for later: a customer, and a set-up that needs nobody', async () => {
  const customer = await stripe.customers.create({ name: 'Ada', email: 'ada@example.org', metadata: { account: '7' } });
  const setup = await stripe.setupIntents.create({ customer: customer.id, payment_method: 'pm_card_mastercard', payment_method_types: ['card'], confirm: true });
  assert.deepEqual([setup.status, setup.usage], ['succeeded', 'off_session']);
  const { data } = await stripe.customers.listPaymentMethods(customer.id, { type: 'card' });
  assert.deepEqual(data.map((one) => [one.id, one.card.brand]), [[setup.payment_method, 'mastercard']]);
  const later = { customer: customer.id, payment_method: setup.payment_method, off_session: true };
  assert.equal((await charge(later)).customer, customer.id);
  await refused(charge({ payment_method: setup.payment_method }), 'StripeInvalidRequestError', 'payment_method_unexpected_state');
  assert.equal((await stripe.paymentMethods.detach(setup.payment_method)).customer, null);
  await refused(stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer: customer.id }), 'StripeCardError', 'card_declined');
  assert.equal((await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id })).customer, customer.id);
  assert.deepEqual((await stripe.customers.list({ email: 'ada@example.org', limit: 1 })).data.map((one) => one.id), [customer.id]);
  assert.equal((await stripe.customers.del(customer.id)).deleted, true);
  assert.equal((await stripe.customers.retrieve(customer.id)).deleted, true);
  await refused(charge(later), 'StripeInvalidRequestError', 'resource_missing');
  const unready = await stripe.setupIntents.create({ payment_method: 'pm_card_authenticationRequired', payment_method_types: ['card'], confirm: true });
  assert.equal(unready.status, 'requires_action');
  assert.equal((await stripe.setupIntents.cancel(unready.id)).status, 'canceled');
});

test('an idempotency key gives the first answer again, whatever that was', async () => {
  const key = randomUUID();
  const first = await charge({}, { idempotencyKey: key });
  const again = await charge({}, { idempotencyKey: key });
  assert.equal(again.id, first.id);
  assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
  assert.equal(first.lastResponse.headers['idempotent-replayed'], undefined);
  assert.deepEqual(await moved(key), ['purchase 2000 EUR']);
  const error = await refused(charge({ amount: 2001 }, { idempotencyKey: key }), 'StripeIdempotencyError', undefined);
  assert.equal(error.rawType, 'idempotency_error');
  await refused(stripe.refunds.create({ payment_intent: first.id }, { idempotencyKey: key }), 'StripeIdempotencyError', undefined);

  const declined = randomUUID();
  const no = await refused(charge({ payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: declined }), 'StripeCardError', 'card_declined');
  const no_again = await refused(charge({ payment_method: 'pm_card_chargeDeclined' }, { idempotencyKey: declined }), 'StripeCardError', 'card_declined');
  assert.equal(no_again.payment_intent.id, no.payment_intent.id);

  // What was refused before anything began does not use the key up.
  const corrected = randomUUID();
  await refused(charge({ amount: 1 }, { idempotencyKey: corrected }), 'StripeInvalidRequestError', 'amount_too_small');
  assert.equal((await charge({}, { idempotencyKey: corrected })).status, 'succeeded');
});

test('a request whose first copy is still running is told so', async () => {
  await faults({ match: { provider: 'stripe', transactionType: 'payment_intent' }, action: { kind: 'latency', ms: 700 }, count: 1 });
  const key = randomUUID();
  const first = charge({}, { idempotencyKey: key });
  await new Promise((resolve) => { setTimeout(resolve, 150); });
  const error = await charge({}, { idempotencyKey: key }).then(() => assert.fail('it was answered'), (thrown) => thrown);
  assert.deepEqual([error.statusCode, error.code], [409, 'idempotency_key_in_use']);
  const done = await first;
  assert.equal((await charge({}, { idempotencyKey: key })).id, done.id);
  await faults();
});

test('the SDK\'s own repetition after an error finds what the first copy did', async () => {
  for (const action of [{ kind: 'error_after', status: 500 }, { kind: 'drop_after' }, { kind: 'error_before', status: 503 }]) {
    await faults({ match: { provider: 'stripe', transactionType: 'payment_intent' }, action, count: 1 });
    const key = randomUUID();
    const paid = await client('sk_test_sandbox', { maxNetworkRetries: 2 }).paymentIntents.create({ amount: 2000, currency: 'eur', ...card }, { idempotencyKey: key });
    assert.equal(paid.status, 'succeeded', action.kind);
    assert.deepEqual(await moved(key), ['purchase 2000 EUR'], action.kind);
  }
  await faults();
});

test('lists are whole at once and page by page; the search is behind', async () => {
  const customer = await stripe.customers.create({ name: 'Pages' });
  const order = randomUUID();
  const ids = [];
  for (let i = 0; i < 5; ++i) ids.unshift((await charge({ customer: customer.id, metadata: { order, part: String(i) } })).id);
  const page = await stripe.paymentIntents.list({ customer: customer.id, limit: 2 });
  assert.deepEqual([page.data.map((one) => one.id), page.has_more], [ids.slice(0, 2), true]);
  const next = await stripe.paymentIntents.list({ customer: customer.id, limit: 2, starting_after: ids[1] });
  assert.deepEqual(next.data.map((one) => one.id), ids.slice(2, 4));
  const back = await stripe.paymentIntents.list({ customer: customer.id, limit: 2, ending_before: ids[4] });
  assert.deepEqual(back.data.map((one) => one.id), ids.slice(2, 4));
  const all = [];
  for await (const one of stripe.paymentIntents.list({ customer: customer.id, limit: 2 })) all.push(one.id);
  assert.deepEqual(all, ids);
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await stripe.paymentIntents.list({ customer: customer.id, created: { gte: now + 60 } })).data.length, 0);
  assert.equal((await stripe.paymentIntents.list({ customer: customer.id, created: { gte: now - 60, lte: now + 1 } })).data.length, 5);

  const query = `metadata['order']:'${order}'`;
  await put('/sandbox/settings', { search_lag_ms: 60_000 });
  assert.equal((await stripe.paymentIntents.search({ query })).data.length, 0);
  await put('/sandbox/settings', { search_lag_ms: 0 });
  assert.deepEqual((await stripe.paymentIntents.search({ query })).data.map((one) => one.id), ids);
  assert.deepEqual((await stripe.paymentIntents.search({ query: `${query} AND -metadata['part']:'3' AND status:'succeeded'`, limit: 2 })).data.map((one) => one.id),
    [ids[0], ids[2]]);
  assert.equal((await stripe.paymentIntents.search({ query: `${query} AND amount>2000` })).data.length, 0);
  await refused(stripe.paymentIntents.search({ query: 'order=17' }), 'StripeInvalidRequestError', undefined);
});

test('what is wrong with a request is told by the vendor\'s error classes', async () => {
  await refused(stripe.paymentIntents.retrieve('pi_nobody'), 'StripeInvalidRequestError', 'resource_missing');
  await refused(client('sk_test_wrong').paymentIntents.retrieve('pi_1'), 'StripeAuthenticationError', 'api_key_invalid');
  const unknown = await refused(charge({ frobnicate: 1 }), 'StripeInvalidRequestError', 'parameter_unknown');
  assert.equal(unknown.param, 'frobnicate');
  await refused(stripe.paymentIntents.create({ currency: 'eur' }), 'StripeInvalidRequestError', 'parameter_missing');
  await refused(charge({ currency: 'xxx' }), 'StripeInvalidRequestError', 'parameter_invalid');
  await refused(charge({ amount: 100_000_000 }), 'StripeInvalidRequestError', 'amount_too_large');
  await refused(charge({ currency: 'kwd', amount: 5124 }), 'StripeInvalidRequestError', 'parameter_invalid_integer');
  await refused(charge({ metadata: { ['k'.repeat(41)]: 'v' } }), 'StripeInvalidRequestError', undefined);
  const { payment_method } = card;
  await refused(stripe.paymentIntents.create({ amount: 2000, currency: 'eur', payment_method, confirm: true }), 'StripeInvalidRequestError', 'parameter_missing');
});

test('amounts are in the vendor\'s units, and the truth is in ISO 4217\'s', async () => {
  for (const [currency, amount, truth] of [['jpy', 500, 'purchase 500 JPY'], ['kwd', 5120, 'purchase 5120 KWD'], ['mga', 700, 'purchase 70000 MGA'], ['isk', 500, 'purchase 5 ISK']]) {
    const key = randomUUID();
    await charge({ currency, amount }, { idempotencyKey: key });
    assert.deepEqual(await moved(key), [truth]);
  }
});

test('each answer has a request id, and the version that was asked for', async () => {
  const { lastResponse } = await stripe.paymentIntents.list({ limit: 1 });
  assert.match(lastResponse.requestId, /^req_/);
  const pinned = await stripe.paymentIntents.list({ limit: 1 }, { apiVersion: '2025-01-27.acacia' });
  assert.equal(pinned.lastResponse.apiVersion, '2025-01-27.acacia');
});

test('what happens is told in events, and sent to those who listen, signed as the SDK expects it', async () => {
  const arrived = [];
  const listener = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      arrived.push({ body, signature: request.headers['stripe-signature'] });
      response.end();
    });
  });
  await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${listener.address().port}/hook`,
    enabled_events: ['payment_intent.succeeded', 'charge.captured', 'refund.created'] });
  assert.match(endpoint.secret, /^whsec_/);
  assert.equal((await stripe.webhookEndpoints.retrieve(endpoint.id)).secret, undefined, 'it is shown once');
  try {
    const key = randomUUID();
    const held = await charge({ capture_method: 'manual', metadata: { order: '17' } });
    await stripe.paymentIntents.capture(held.id, {}, { idempotencyKey: key });
    await stripe.refunds.create({ payment_intent: held.id, amount: 500 });
    for (let patience = 200; arrived.length < 3 && patience > 0; --patience) await new Promise((resolve) => { setTimeout(resolve, 25); });
    const events = arrived.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret));
    assert.deepEqual(events.map((event) => event.type), ['charge.captured', 'payment_intent.succeeded', 'refund.created']);
    const [, succeeded] = events;
    assert.deepEqual([succeeded.data.object.id, succeeded.data.object.status, succeeded.data.object.metadata.order, succeeded.request.idempotency_key],
      [held.id, 'succeeded', '17', key]);
    const [{ body, signature }] = arrived;
    assert.throws(() => stripe.webhooks.constructEvent(`${body} `, signature, endpoint.secret), { type: 'StripeSignatureVerificationError' });
    assert.throws(() => stripe.webhooks.constructEvent(body, signature, 'whsec_other'), { type: 'StripeSignatureVerificationError' });
    const listed = await stripe.events.list({ limit: 10 });
    const about = listed.data.filter((event) => [event.data.object.id, event.data.object.payment_intent].includes(held.id)).map((event) => event.type);
    assert.deepEqual(about.reverse(), ['payment_intent.created', 'charge.succeeded', 'payment_intent.amount_capturable_updated', 'charge.captured',
      'payment_intent.succeeded', 'refund.created', 'charge.refunded']);
    assert.equal((await stripe.events.retrieve(succeeded.id)).type, 'payment_intent.succeeded');
    assert.deepEqual((await stripe.events.list({ type: 'refund.*', limit: 1 })).data.map((event) => event.type), ['refund.created']);
  } finally {
    assert.equal((await stripe.webhookEndpoints.del(endpoint.id)).deleted, true);
    listener.closeAllConnections();
    listener.close();
  }
});

test('what happens later by itself is told too: a debit\'s end, a dispute, a payer\'s part', async () => {
  const arrived = [];
  const listener = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      arrived.push({ body, signature: request.headers['stripe-signature'] });
      response.end();
    });
  });
  await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  const endpoint = await stripe.webhookEndpoints.create({ url: `http://127.0.0.1:${listener.address().port}/hook`, enabled_events: ['*'] });
  const told = async (id, last) => {
    const about = () => arrived.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, endpoint.secret))
      .filter(({ data: { object } }) => object.id === id || object.payment_intent === id);
    for (let patience = 400; !about().some(({ type }) => type === last) && patience > 0; --patience)
      await new Promise((resolve) => { setTimeout(resolve, 25); });
    return about().map(({ type }) => type);
  };
  try {
    await put('/sandbox/settings', { stripe: { dispute_ms: 100, debit_ms: 100 } });
    const returned = await debit('pm_sepaDebit_disputed_de');
    assert.deepEqual(await told(returned.id, 'charge.dispute.closed'), ['payment_intent.created', 'payment_intent.processing', 'charge.pending',
      'charge.succeeded', 'payment_intent.succeeded', 'charge.dispute.created', 'charge.dispute.funds_withdrawn', 'charge.dispute.closed']);
    const failing = await debit('pm_usBankAccount_accountClosed');
    assert.deepEqual(await told(failing.id, 'payment_intent.payment_failed'),
      ['payment_intent.created', 'payment_intent.processing', 'charge.pending', 'charge.failed', 'payment_intent.payment_failed']);
    const contested = await charge({ payment_method: 'pm_card_createDispute' });
    await told(contested.id, 'charge.dispute.funds_withdrawn');
    const { data: [dispute] } = await stripe.disputes.list({ payment_intent: contested.id });
    await stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: 'winning_evidence' } });
    assert.deepEqual((await told(contested.id, 'charge.dispute.closed')).slice(-5), ['charge.dispute.created', 'charge.dispute.funds_withdrawn',
      'charge.dispute.updated', 'charge.dispute.funds_reinstated', 'charge.dispute.closed']);
    const waiting = await charge({ payment_method: 'pm_card_authenticationRequired', return_url: 'https://shop.example/back' });
    await order(`payment_intents/${waiting.id}`, { outcome: 'succeeded' });
    assert.deepEqual(await told(waiting.id, 'payment_intent.succeeded'),
      ['payment_intent.created', 'payment_intent.requires_action', 'charge.succeeded', 'payment_intent.succeeded']);
  } finally {
    await put('/sandbox/settings', { stripe: { dispute_ms: 1000, debit_ms: 2000 } });
    await stripe.webhookEndpoints.del(endpoint.id);
    listener.closeAllConnections();
    listener.close();
  }
});
