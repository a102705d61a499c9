// Money that billing has collected and that goes again: debits that banks return, disputes, refunds made beside it; and
// money that never was at a provider. What the terms then say is paid, gives back or asks for.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually, send, start_florin, visa } from '../support/florin.mjs';

const all = '/payment_terms';
let florin;
before(async () => {
  florin = await start_florin();
  await settings('buckaroo', { webhook_url: `${florin.origin}/api/v1/webhooks/buckaroo`, collect_ms: 100 });
  // Nothing ends by itself: each test says when.
  await settings('stripe', { webhook_url: `${florin.origin}/api/v1/webhooks/stripe`, dispute_ms: 86_400_000 });
});
after(() => florin?.stop());

const settings = async (provider, of) => {
  const { status, text } = await send(florin.sandbox, 'PUT', '/sandbox/settings', { body: { [provider]: of } });
  assert.equal(status, 200, text);
};
/// A merchant on a test clock, and what it asks for.
const on_a_clock = async (name, connector) => {
  const { key } = await florin.new_merchant(name, connector ? { connector } : {});
  const now = '2027-01-31T09:00:00Z';
  const clock = (await florin.post('/api/v1/test_clocks', { now }, { key })).json;
  const get = async (target) => (await florin.get(target, { key })).json;
  const post = async (target, body, status = 200) => {
    const answer = await florin.post(target, body, { key });
    assert.equal(answer.status, status, answer.text);
    return answer.json;
  };
  return {
    key, get, post,
    advance: (move) => post(`/api/v1/test_clocks/${clock.id}/advance`, move),
    terms: async (payment_terms, more = {}) => (await post(all, {
      customer_id: 'c-7', total_amount: 120_000, start_date: now, term_duration: 12, billing_day: 31, payment_terms, ...more }, 201)).payment_terms_id,
    cancel: async (id) => (await florin.request('DELETE', `${all}/${id}`, { key })).json,
    charges: async (id) => (await get(`/api/v1/billing/charges?owner_kind=payment_terms&owner_id=${id}`)).data.reverse(),
    cases: async (id) => (await get(`/api/v1/cases?owner_kind=payment_terms&owner=${id}&status=open`)).data,
    /// Waits until the terms are so.
    reached: (id, what, is) => eventually(`${id}: ${what}`, async () => {
      const terms = await get(`${all}/${id}`);
      return await is(terms) && terms;
    }),
  };
};
/// The first transaction of a charge's last payment.
const taken_by = async (shop, charge) => (await shop.get(`/api/v1/payments/${charge.payment_id}`)).transactions[0];
const first = async (shop, id) => (await shop.charges(id))[0];

const by_mandate = async (shop) => {
  const paid = (await florin.pay('purchase', {
    amount: '1.00', currency: 'EUR', payment_method_type: 'ideal', return_url: 'https://shop.example/back', makes_mandate: true, customer_id: 'c-7',
  }, { key: shop.key })).json;
  const page = new URL(paid.action_url);
  await send(page.origin, 'POST', page.pathname, {
    body: 'status=190&iban=NL10TEST0000000190', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  await florin.settled(paid.transaction_id, { key: shop.key });
  return { original_transaction_id: paid.transaction_id };
};
const by_card = async (shop) => ({
  payment_method_token: (await shop.post('/api/v1/payment_methods', { card: visa, customer_id: 'c-7' }, 201)).payment_method_token });

test('a returned debit is told to the customer, tried again the next day, and then left to a person', async () => {  // F28, F82, A-FR-02..04, A-SC-07
  const shop = await on_a_clock('returned', 'buckaroo');
  await shop.post('/api/v1/customers', { customer_id: 'c-7', name: 'Ada Lovelace', email: 'returned@example.com' }, 201);
  const means = await by_mandate(shop);
  const id = await shop.terms(means);
  await shop.advance({ to: '2027-01-31T12:00:00Z' });
  await shop.reached(id, 'the first instalment is paid', ({ paid_amount }) => paid_amount === 10_000);
  const give_back = async () => {
    const { provider_transaction_id: key } = await taken_by(shop, await first(shop, id));
    const order = await send(florin.sandbox, 'POST', `/sandbox/buckaroo/transactions/${key}/reversal`, { body: { reason_code: 'AM04' } });
    assert.equal(order.status, 200, order.text);
  };
  await give_back();
  await shop.reached(id, 'it is unpaid again', ({ paid_amount }) => paid_amount === 0);
  const { instalments } = await shop.get(`${all}/${id}/schedule`);
  assert.equal(instalments[0].status, 'retrying');
  const returned = await first(shop, id);
  assert.deepEqual([returned.status, returned.decline_class, returned.retry_on], ['retrying', 'insufficient_funds', '2027-02-01']);
  const { attempts } = await shop.get(`/api/v1/billing/charges/${returned.id}`);
  assert.deepEqual(attempts.map(({ status, code }) => [status, code]), [['failed', 'AM04']]);

  await shop.advance({ to: '2027-02-01T12:00:00Z' });
  await shop.reached(id, 'it is paid again, once', ({ paid_amount }) => paid_amount === 10_000);
  assert.equal((await first(shop, id)).attempts, 2);
  await give_back();
  const [opened] = await eventually('a case is opened', async () => {
    const found = await shop.cases(id);
    return found.length > 0 && found;
  });
  assert.deepEqual([opened.reason, opened.amount, opened.decline_class], ['payment_failed', '100.00', 'insufficient_funds']);
  assert.equal((await first(shop, id)).status, 'failed');
  // An event is read once it has its place, a moment after what it tells of.
  const words = await eventually('all is told', async () => {
    const { data: events } = await shop.get('/api/v1/events?limit=200');
    const told = events.filter(({ type }) => type.startsWith('florin.billing.charge.')).map(({ type }) => type.slice(22)).filter((word) => word !== 'processing');
    return told.length >= 5 && told;
  });
  assert.deepEqual(words, ['created', 'succeeded', 'returned', 'succeeded', 'returned']);
  const mails = await eventually('both are told by mail', async () => {
    const all_mails = (await send(florin.sandbox, 'GET', '/sandbox/mails?to=returned%40example.com')).json.mails;
    const told = all_mails.filter(({ subject }) => subject.includes('bank'));
    return told.length === 2 && told;
  });
  for (const { subject, text } of mails) {
    assert.match(subject, /^Your payment of €100\.00 was returned by your bank$/);
    assert.match(text, /Your bank has returned your payment of €100\.00[^]*still open/);
    assert.doesNotMatch(text, /could not be collected/);
  }
  assert.deepEqual(mails.map(({ text }) => text.includes('try again')).sort(), [false, true]);
});

test('terms that what pays them cannot pay are refused when they are made, and when they are tried out', async () => {
  const shop = await on_a_clock('dollars', 'buckaroo');
  const wanted = { customer_id: 'c-7', total_amount: 1_000, currency: 'USD', start_date: '2027-01-31', term_duration: 2, billing_day: 31, payment_terms: await by_mandate(shop) };
  for (const refused of [await florin.post(all, wanted, { key: shop.key }), await florin.post(`${all}/preview`, { create: wanted }, { key: shop.key })])
    assert.deepEqual([refused.status, refused.json.code, refused.json.field?.split('.').at(-1)], [422, 'currency_not_supported', 'currency'], refused.text);
  const subscription = await florin.post('/api/v1/subscriptions', {
    customer_id: 'c-7', amount: '10.00', currency: 'USD', billing_cycle: 'monthly' }, { key: shop.key });
  assert.deepEqual([subscription.status, subscription.json.code, subscription.json.field], [422, 'currency_not_supported', 'currency'], subscription.text);
});

test('so are those in a currency that the provider of a stored card takes none of', async () => {
  for (const [connector, currency] of [['authorize_net', 'JPY'], ['authorize_net', 'KWD'], ['stripe', 'UGX']]) {
    const shop = await on_a_clock(`currency-${connector}-${currency}`.toLowerCase().replace('_', '-'), connector);
    const payment_terms = await by_card(shop);
    const wanted = { customer_id: 'c-7', total_amount: 120_000, currency, start_date: '2027-01-31', term_duration: 12, billing_day: 31, payment_terms };
    const terms = await florin.post(all, wanted, { key: shop.key });
    assert.deepEqual([terms.status, terms.json.code, terms.json.field], [422, 'currency_not_supported', 'currency'], terms.text);
    const subscription = await florin.post('/api/v1/subscriptions', {
      customer_id: 'c-7', amount: '1000', currency, billing_cycle: 'monthly' }, { key: shop.key });
    assert.deepEqual([subscription.status, subscription.json.code, subscription.json.field], [422, 'currency_not_supported', 'currency'], subscription.text);
    assert.equal((await florin.post(all, { ...wanted, currency: 'EUR' }, { key: shop.key })).status, 201);
  }
});

test('a disputed instalment is not charged again, and not given back; won, it counts again', async () => {  // F28, F95, A-SC-07
  const shop = await on_a_clock('disputed', 'stripe');
  const id = await shop.terms(await by_card(shop));
  await shop.advance({ to: '2027-02-28T12:00:00Z' });
  await shop.reached(id, 'two are paid', ({ paid_amount }) => paid_amount === 20_000);
  const { provider_transaction_id: payment_intent } = await taken_by(shop, await first(shop, id));
  const dispute = (await send(florin.sandbox, 'POST', '/sandbox/stripe/disputes', { body: { payment_intent } })).json.id;
  const terms = await shop.reached(id, 'it is gone', ({ taken_back_amount }) => taken_back_amount === 10_000);
  assert.deepEqual([terms.status, terms.paid_amount], ['active', 10_000]);
  const [opened] = await shop.cases(id);
  assert.deepEqual([opened.reason, opened.amount], ['disputed', '100.00']);
  await shop.advance({ to: '2027-03-02T12:00:00Z' });
  assert.deepEqual((await shop.charges(id)).map(({ status, attempts }) => [status, attempts]), [['succeeded', 1], ['succeeded', 1]]);
  const { cancellation } = (await shop.post(`${all}/preview`, { cancel: { payment_terms_id: id } }));
  assert.deepEqual([cancellation.paid_amount, cancellation.final_charge_amount], [10_000, 0], JSON.stringify(cancellation));

  await send(florin.sandbox, 'POST', `/sandbox/stripe/disputes/${dispute}`, { body: { outcome: 'won' } });
  await shop.reached(id, 'it counts again', ({ paid_amount, taken_back_amount }) => paid_amount === 20_000 && taken_back_amount === undefined);
  const noted = await shop.get(`/api/v1/cases/${opened.id}`);
  assert.equal(noted.notes.length, 1, JSON.stringify(noted));
});

test('what is given back by the payments API is not given back a second time', async () => {  // F95
  const shop = await on_a_clock('given-back');
  const id = await shop.terms(await by_card(shop), { cancellation_terms: { method: 'flat' } });
  await shop.advance({ to: '2027-01-31T12:00:00Z' });
  await shop.reached(id, 'one is paid', ({ paid_amount }) => paid_amount === 10_000);
  const { transaction_id } = await taken_by(shop, await first(shop, id));
  const refund = await florin.pay('refund', { transaction_id, amount: '30.00' }, { key: shop.key });
  assert.equal(refund.json.status, 'settled', refund.text);
  await shop.reached(id, 'it is known', ({ paid_amount }) => paid_amount === 7_000);
  assert.equal((await first(shop, id)).amount_taken_back, 30);
  const credits = () => eventually('it has its credit note', async () => {
    const { data } = await shop.get(`/api/v1/documents?kind=credit_note&owner_id=${id}`);
    return data.length > 0 && data;
  });
  assert.deepEqual((await credits()).map(({ number, total }) => [number, Number(total)]), [['CN-000001', -30]]);
  const canceled = await shop.cancel(id);
  assert.equal(canceled.cancellation.refund_amount, 7_000);
  await shop.advance({ by: 'P1D' });
  await shop.reached(id, 'it is canceled', ({ status, refunded_amount }) => status === 'canceled' && refunded_amount === 7_000);
  const { payment } = await shop.get(`/api/v1/payments/${(await first(shop, id)).payment_id}`);
  assert.equal(payment.amount_refunded, '100.00');
});

test('what is on its way back by the payments API when terms are canceled is not given back by them, too', async () => {  // F95
  const shop = await on_a_clock('on-its-way-back');
  const id = await shop.terms(await by_card(shop));
  await shop.advance({ to: '2027-04-30T12:00:00Z' });
  await shop.reached(id, 'four are paid', ({ paid_amount }) => paid_amount === 40_000);
  const last = (await shop.charges(id))[3];
  const { transaction_id } = await taken_by(shop, last);
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'refundTransaction' }, action: { kind: 'drop_after' }, count: 1 });
  const refund = await florin.pay('refund', { transaction_id, amount: '30.00' }, { key: shop.key });
  assert.deepEqual([refund.status, refund.json.status], [202, 'pending'], refund.text);
  await florin.faults();
  const retried = await florin.post(`/api/v1/billing/charges/${last.id}/retry`, {}, { key: shop.key });
  assert.equal(retried.status, 409, retried.text);
  // 89 of 365 days have passed: 107.40 are too much, of which 30.00 are on their way.
  const { cancellation } = await shop.cancel(id);
  assert.deepEqual([cancellation.paid_amount, cancellation.earned_amount, cancellation.refund_amount], [37_000, 29_260, 7_740], JSON.stringify(cancellation));
  await shop.advance({ by: 'P1D' });
  assert.equal((await florin.settled(refund.json.transaction_id, { key: shop.key })).status, 'settled');
  await shop.reached(id, 'it is canceled', ({ status, refunded_amount, taken_back_amount }) =>
    status === 'canceled' && refunded_amount === 7_740 && taken_back_amount === 3_000);
  const payments = await Promise.all((await shop.charges(id)).filter(({ is_refund }) => !is_refund).map(({ payment_id }) => shop.get(`/api/v1/payments/${payment_id}`)));
  assert.equal(payments.reduce((sum, { payment }) => sum + Math.round(Number(payment.amount_refunded) * 100), 0), 10_740);
  const words = await eventually('all is told', async () => {
    const told = (await shop.get('/api/v1/events?limit=200')).data.filter(({ subject }) => subject?.includes(last.id)).map(({ type }) => type.split('.').at(-1));
    return told.includes('refunded') && told;
  });
  assert.deepEqual(words.filter((word) => word.startsWith('refund')), ['refunding', 'refunded']);
});

test('a lower total gives back nothing that is gone already, and a higher one does not ask for it', async () => {  // F28, F94, F95
  const shop = await on_a_clock('lowered');
  const id = await shop.terms(await by_card(shop));
  await shop.advance({ to: '2027-04-30T12:00:00Z' });
  await shop.reached(id, 'four are paid', ({ paid_amount }) => paid_amount === 40_000);
  const { transaction_id } = await taken_by(shop, await first(shop, id));
  await florin.pay('refund', { transaction_id, amount: '30.00' }, { key: shop.key });
  await shop.reached(id, 'it is known', ({ paid_amount }) => paid_amount === 37_000);
  const previewed = await shop.post(`${all}/preview`, { adjust: { payment_terms_id: id, total_amount: 12_000 } });
  assert.deepEqual([previewed.compensation, previewed.instalments[4].amount], [{ is_refund: true, amount: 33_000 }, 1_000]);
  const change = async (total_amount) => {
    const answer = await florin.request('PATCH', `${all}/${id}`, { body: { total_amount }, key: shop.key });
    assert.equal(answer.status, 200, answer.text);
    await shop.advance({ by: 'PT1M' });
  };
  await change(12_000);
  const lowered = await shop.reached(id, 'the rest is given back', ({ refunded_amount }) => refunded_amount === 33_000);
  assert.deepEqual([lowered.paid_amount, lowered.next_amount, lowered.credit_amount], [37_000, 1_000, undefined]);
  await change(120_000);
  await shop.reached(id, 'it is as if the total had not been lower', ({ paid_amount }) => paid_amount === 70_000);
});

test('a total lowered while a debit is on its way: what is foretold is what then happens', async () => {  // F84, A-FR-12, A-FR-15
  const shop = await on_a_clock('on-its-way', 'stripe');
  const settle = (key) => send(florin.sandbox, 'POST', `/sandbox/stripe/payment_intents/${key}`, { body: { outcome: 'succeeded' } });
  const paid = (await florin.pay('purchase', {
    amount: '1.00', currency: 'EUR', payment_method_type: 'sepa_debit', makes_mandate: true, customer_id: 'c-7', email: 'ada@example.org',
    bank_account: { holder_name: 'Ada', iban: 'DE89370400440532013000' } }, { key: shop.key })).json;
  await settle(paid.provider_transaction_id);
  await florin.settled(paid.transaction_id, { key: shop.key });
  const id = await shop.terms({ original_transaction_id: paid.transaction_id });
  // The clock waits for it.
  await settings('stripe', { webhook_url: `${florin.origin}/api/v1/webhooks/stripe`, dispute_ms: 86_400_000, debit_ms: 86_400_000 });
  const arriving = shop.advance({ to: '2027-01-31T12:00:00Z' });
  const on_its_way = await eventually('the first debit is on its way', async () => {
    const charge = await first(shop, id);
    return charge?.status === 'processing' && charge.payment_id && charge;
  });
  const lowered = await florin.request('PATCH', `${all}/${id}`, { body: { total_amount: 12_000 }, key: shop.key });
  assert.equal(lowered.status, 200, lowered.text);
  const { instalments, settlements } = await shop.get(`${all}/${id}/schedule`);
  assert.deepEqual(instalments.slice(0, 3).map(({ amount }) => amount), [10_000, 1_000, 1_000]);
  assert.deepEqual(settlements.map(({ status, is_refund, amount }) => [status, is_refund, amount]), [['scheduled', true, 9_000]]);
  const sums = ({ totals }) => totals.map(({ charges, refunds }) => [Number(charges), Number(refunds)]);
  const forecast = await shop.get('/api/v1/forecast?until=2028-01-31');
  assert.deepEqual(sums(forecast), [[210, 90]], JSON.stringify(forecast.totals));

  await settle((await taken_by(shop, on_its_way)).provider_transaction_id);
  assert.equal((await arriving).still_open, undefined);
  await shop.reached(id, 'the credit is given back', ({ refunded_amount }) => refunded_amount === 9_000);
  const rest = await shop.get('/api/v1/forecast?until=2028-01-31');
  assert.deepEqual(sums(rest), [[110, 0]], JSON.stringify(rest.totals));
});

test('what was paid without a provider is given back by a person, and the rest by the provider', async () => {  // F95
  const shop = await on_a_clock('elsewhere');
  const id = await shop.terms(await by_card(shop), { cancellation_terms: { method: 'flat' } });
  await shop.advance({ to: '2027-01-31T12:00:00Z' });
  await shop.reached(id, 'one is paid', ({ paid_amount }) => paid_amount === 10_000);
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'decline', code: 2 }, count: 2 });
  await shop.advance({ to: '2027-03-02T12:00:00Z' });
  await florin.faults();
  const resolve = async (reason, amount) => {
    const [one] = await eventually(`a case ${reason}`, async () => {
      const found = (await shop.cases(id)).filter((each) => each.reason === reason);
      return found.length > 0 && found;
    });
    await shop.post(`/api/v1/cases/${one.id}/resolve`, { resolution: 'paid_elsewhere', amount });
    return one;
  };
  await resolve('payment_failed', '100.00');
  await shop.reached(id, 'two are paid', ({ paid_amount }) => paid_amount === 20_000);
  assert.equal((await shop.cancel(id)).cancellation.refund_amount, 20_000);
  await shop.advance({ by: 'P1D' });
  assert.equal((await shop.get(`${all}/${id}`)).status, 'pending_cancellation');
  const outside = await resolve('refund_outside', '100.00');
  assert.equal(outside.amount, '100.00');
  await shop.reached(id, 'it is canceled', ({ status, refunded_amount }) => status === 'canceled' && refunded_amount === 20_000);
  const refund = (await shop.charges(id)).find(({ is_refund }) => is_refund);
  assert.deepEqual([refund.status, refund.amount_refunded, refund.amount_outside], ['succeeded', 200, 100]);
});
