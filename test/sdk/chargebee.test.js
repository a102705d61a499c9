'use strict';
// The vendor's own SDK, unchanged, against the sandbox at SANDBOX_URL (http://127.0.0.1:PORT): what it
// sends must be understood, and what it reads must be there.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const http = require('node:http');
const required = require('chargebee');
const { basicAuthValidator } = required;
const Chargebee = required.default ?? required;

const sandbox = process.env.SANDBOX_URL;
assert.ok(sandbox, 'SANDBOX_URL names a running sandbox');
const { hostname, port } = new URL(sandbox);
const client = (apiKey = 'test_sandbox', more = {}) =>
  new Chargebee({ site: hostname, apiKey, protocol: 'http', hostSuffix: '', port, timeout: 5_000, ...more });
const cb = client();

const put = async (path, body) => {
  const reply = await fetch(`${sandbox}${path}`, { method: 'PUT', body: JSON.stringify(body) });
  assert.equal(reply.status, 200, await reply.text());
};
const faults = (...rules) => put('/sandbox/faults', { rules });
const moved = async (reference) => {
  const { movements } = await (await fetch(`${sandbox}/truth?provider=chargebee`)).json();
  return movements.filter((one) => one.reference === reference).map((one) => `${one.type} ${one.amount} ${one.currency}`);
};
const refused = async (call, status, code) => {
  const error = await call.then(() => assert.fail('it was not refused'), (thrown) => thrown);
  assert.deepEqual([error.http_status_code, error.api_error_code], [status, code], error.message);
  return error;
};
const key = (text) => ({ 'chargebee-idempotency-key': text });

const good = { number: '4111111111111111', expiry_month: 12, expiry_year: 2035, cvv: '100' };
const without_funds = { ...good, number: '4005519200000004' };
const customer_with = async (card = good, more = {}) => (await cb.customer.create({ id: randomUUID(), first_name: 'Ada', card, ...more })).customer;
const invoice_of = (customer, more = {}) => cb.invoice.createForChargeItemsAndCharges({
  customer_id: customer.id, currency_code: 'EUR', charges: [{ amount: 1250, description: 'Ten licences & a "manual"' }], ...more });
const checkout = (more = {}) => cb.hostedPage.checkoutOneTimeForItems({
  currency_code: 'EUR', charges: [{ amount: 10000, description: 'Enterprise' }, { amount: 250, description: 'Set-up' }], ...more });
/// As the payer's browser does.
const click = (page, button, form = {}) => fetch(`${page.url}${button}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });

test('a customer is made with a card, found, changed and deleted; the number is never seen again', async () => {
  const id = randomUUID();
  const made = await cb.customer.create({ id, first_name: 'Ada', email: 'ada+shop@example.org', meta_data: { account: 7 },
    billing_address: { line1: '1 Main St', city: 'Wien', country: 'AT' }, card: good });
  assert.deepEqual([made.customer.id, made.customer.object, made.customer.email, made.customer.meta_data, made.customer.billing_address.city, made.card.last4, made.card.brand],
    [id, 'customer', 'ada+shop@example.org', { account: 7 }, 'Wien', '1111', 'visa']);
  assert.equal(JSON.stringify(made).includes(good.number), false);
  assert.equal((await cb.customer.update(id, { first_name: 'Grace' })).customer.first_name, 'Grace');
  assert.ok((await cb.customer.retrieve(id)).customer.resource_version > made.customer.resource_version);
  assert.equal((await refused(cb.customer.create({ id }), 400, 'duplicate_entry')).param, 'id');
  assert.equal((await cb.customer.delete(id)).customer.deleted, true);
  await refused(cb.customer.retrieve(id), 404, 'resource_not_found');
});

test('cards are added, listed and deleted, and refused when they are stored', async () => {
  const customer = await customer_with();
  const { payment_source } = await cb.paymentSource.createCard({ customer_id: customer.id, card: { ...good, number: '5555555555554444' }, replace_primary_payment_source: true });
  assert.match(payment_source.id, /^pm_/);
  assert.deepEqual([payment_source.type, payment_source.status, payment_source.card.brand, payment_source.card.last4], ['card', 'valid', 'mastercard', '4444']);
  assert.equal((await cb.customer.retrieve(customer.id)).customer.primary_payment_source_id, payment_source.id);
  const { list } = await cb.paymentSource.list({ customer_id: { is: customer.id } });
  assert.deepEqual(list.map((each) => each.payment_source.card.last4), ['4444', '1111']);
  await cb.paymentSource.delete(payment_source.id);
  assert.equal((await cb.paymentSource.list({ customer_id: { is: customer.id } })).list.length, 1);
  const error = await refused(customer_with({ ...good, number: '4119862760338320' }), 400, 'payment_method_verification_failed');
  assert.deepEqual([error.type, error.param], ['payment', 'card[number]']);
  await refused(customer_with({ ...good, number: '4111111111111112' }), 400, 'param_wrong_value');
  await refused(customer_with({ ...good, expiry_year: 2020 }), 400, 'param_wrong_value');
});

test('an invoice is collected at once from the stored card, without its holder', async () => {
  const customer = await customer_with();
  const po_number = randomUUID();
  const { invoice } = await invoice_of(customer, { po_number, auto_collection: 'on', payment_initiator: 'merchant' });
  assert.deepEqual([invoice.status, invoice.total, invoice.amount_paid, invoice.amount_due, invoice.po_number, invoice.line_items[0].description],
    ['paid', 1250, 1250, 0, po_number, 'Ten licences & a "manual"']);
  const [linked] = invoice.linked_payments;
  assert.deepEqual([linked.txn_status, linked.txn_amount], ['success', 1250]);
  const { transaction } = await cb.transaction.retrieve(linked.txn_id);
  assert.deepEqual([transaction.type, transaction.amount, transaction.masked_card_number, transaction.initiator_type, transaction.linked_invoices[0].invoice_id],
    ['payment', 1250, '************1111', 'merchant', invoice.id]);
  assert.deepEqual((await cb.transaction.paymentsForInvoice(invoice.id)).list.map((each) => each.transaction.id), [linked.txn_id]);
  assert.deepEqual(await moved(po_number), ['purchase 1250 EUR']);
  await refused(cb.invoice.voidInvoice(invoice.id), 409, 'invalid_state_for_request');
});

test('a payment that fails leaves an invoice in dunning, which is collected, stopped or voided', async () => {
  const customer = await customer_with(without_funds);
  const { invoice } = await invoice_of(customer);
  assert.deepEqual([invoice.status, invoice.dunning_status, invoice.amount_due], ['payment_due', 'in_progress', 1250]);
  assert.ok(invoice.next_retry_at > Date.now() / 1000 + 86_000);
  const failed = (await cb.transaction.retrieve(invoice.linked_payments[0].txn_id)).transaction;
  assert.deepEqual([failed.status, failed.error_code, failed.error_text], ['failure', '3001', '(3001) Insufficient funds.']);
  const error = await refused(cb.invoice.collectPayment(invoice.id), 400, 'payment_processing_failed');
  assert.deepEqual([error.type, error.message], ['payment', 'Payment collection failed. Reason: (3001) Insufficient funds.']);
  const { payment_source } = await cb.paymentSource.createCard({ customer_id: customer.id, card: good });
  const paid = await cb.invoice.collectPayment(invoice.id, { payment_source_id: payment_source.id });
  assert.deepEqual([paid.invoice.status, paid.invoice.dunning_status, paid.transaction.status], ['paid', 'stopped', 'success']);

  const other = (await invoice_of(customer)).invoice;
  assert.equal((await cb.invoice.stopDunning(other.id)).invoice.dunning_status, 'stopped');
  const voided = (await cb.invoice.voidInvoice(other.id)).invoice;
  assert.deepEqual([voided.status, voided.amount_due], ['voided', 0]);
  await refused(cb.invoice.voidInvoice(other.id), 409, 'invalid_state_for_request');
  await refused(cb.invoice.collectPayment(other.id), 409, 'invalid_state_for_request');
});

test('what was paid is paid back by credit notes, in parts and never beyond', async () => {
  const customer = await customer_with();
  const { invoice } = await invoice_of(customer);
  const once = randomUUID();
  const part = await cb.invoice.refund(invoice.id, { refund_amount: 500, customer_notes: 'one licence', credit_note: { reason_code: 'order_change' } }, key(once));
  assert.deepEqual([part.transaction.type, part.transaction.amount, part.transaction.refunded_txn_id, part.credit_note.status, part.credit_note.reason_code, part.credit_note.notes],
    ['refund', 500, invoice.linked_payments[0].txn_id, 'refunded', 'order_change', ['one licence']]);
  assert.deepEqual(await moved(once), ['refund 500 EUR']);
  await refused(cb.invoice.refund(invoice.id, { refund_amount: 751 }), 400, 'param_wrong_value');
  assert.equal((await cb.invoice.refund(invoice.id)).transaction.amount, 750);
  await refused(cb.invoice.refund(invoice.id), 409, 'invalid_state_for_request');
  const notes = (await cb.creditNote.list({ reference_invoice_id: { is: invoice.id } })).list.map((each) => each.credit_note);
  assert.deepEqual(notes.map((note) => [note.total, note.linked_refunds[0].txn_status]), [[750, 'success'], [500, 'success']]);
  assert.deepEqual((await cb.invoice.retrieve(invoice.id)).invoice.issued_credit_notes.map((note) => note.cn_total), [500, 750]);
  assert.equal((await cb.transaction.retrieve(invoice.linked_payments[0].txn_id)).transaction.linked_refunds.length, 2);
});

test('a payer pays on a hosted page, and it is acknowledged once', async () => {
  const [id, pass_thru_content, po_number] = [randomUUID(), randomUUID(), randomUUID()];
  const { hosted_page } = await checkout({ customer: { id, first_name: 'Ada', email: 'ada@example.org' }, invoice: { po_number }, pass_thru_content,
    redirect_url: 'http://127.0.0.1:1234/back?order=17', cancel_url: 'https://shop.example/cancel' });
  assert.deepEqual([hosted_page.type, hosted_page.state, hosted_page.content], ['checkout_one_time', 'created', {}]);
  await refused(cb.hostedPage.acknowledge(hosted_page.id), 409, 'invalid_state_for_request');
  const shown = await fetch(hosted_page.url);
  assert.match(shown.headers.get('content-type'), /^text\/html/);
  const html = await shown.text();
  for (const text of ['Enterprise', '100.00 EUR', '102.50 EUR', 'action="pay"', 'action="cancel"']) assert.ok(html.includes(text), text);
  assert.equal((await cb.hostedPage.retrieve(hosted_page.id)).hosted_page.state, 'requested');

  const declined = await click(hosted_page, 'pay', without_funds);
  assert.match(await declined.text(), /Insufficient funds/);
  const open = (await cb.hostedPage.retrieve(hosted_page.id)).hosted_page;
  assert.deepEqual([open.state, open.failure_reason], ['requested', 'card_error']);
  await refused(cb.customer.retrieve(id), 404, 'resource_not_found');

  const sent = await click(hosted_page, 'pay', good);
  assert.deepEqual([sent.status, sent.headers.get('location')], [303, `http://127.0.0.1:1234/back?order=17&id=${hosted_page.id}&state=succeeded`]);
  assert.equal((await click(hosted_page, 'pay', good)).status, 303, 'a second click does nothing');
  assert.deepEqual(await moved(po_number), ['purchase 10250 EUR']);

  const paid = (await cb.hostedPage.retrieve(hosted_page.id)).hosted_page;
  assert.deepEqual([paid.state, paid.pass_thru_content, paid.content.invoice.status, paid.content.invoice.po_number, paid.content.customer.id, paid.content.card.last4],
    ['succeeded', pass_thru_content, 'paid', po_number, id, '1111']);
  assert.equal((await cb.hostedPage.acknowledge(hosted_page.id)).hosted_page.state, 'acknowledged');
  await refused(cb.hostedPage.acknowledge(hosted_page.id), 409, 'invalid_state_for_request');
  const { list } = await cb.hostedPage.list({ state: { in: ['acknowledged'] }, updated_at: { after: Math.floor(Date.now() / 1000) - 60 }, limit: 100 });
  assert.ok(list.some((each) => each.hosted_page.id === hosted_page.id));
  // The card pays later, without its holder.
  assert.equal((await invoice_of({ id }, { payment_source_id: paid.content.card.payment_source_id })).invoice.status, 'paid');
});

test('a payer who cancels pays nothing, and odd addresses are not gone to', async () => {
  const { hosted_page } = await checkout({ cancel_url: 'https://shop.example/cancel' });
  const sent = await click(hosted_page, 'cancel');
  assert.equal(sent.headers.get('location'), `https://shop.example/cancel?id=${hosted_page.id}&state=cancelled`);
  assert.equal((await cb.hostedPage.retrieve(hosted_page.id)).hosted_page.state, 'cancelled');
  await click(hosted_page, 'pay', good);
  assert.equal((await cb.hostedPage.retrieve(hosted_page.id)).hosted_page.state, 'cancelled');
  await refused(checkout({ redirect_url: 'https://shop.example:3000/' }), 400, 'UNSUPPORTED_PORT');
  await refused(checkout({ redirect_url: 'javascript:alert(1)' }), 400, 'UNSUPPORTED_PORT');
});

test('an idempotency key gives the first answer again, whatever that was', async () => {
  const customer = await customer_with();
  const [once, po_number] = [randomUUID(), randomUUID()];
  const pay = (headers, more = {}) => cb.invoice.createForChargeItemsAndCharges({ customer_id: customer.id, po_number, charges: [{ amount: 900, description: 'x', ...more }] }, headers);
  const first = await pay(key(once));
  const again = await pay(key(once));
  assert.deepEqual([first.isIdempotencyReplayed, again.isIdempotencyReplayed, again.invoice.id], [false, 'true', first.invoice.id]);
  assert.deepEqual(await moved(po_number), ['purchase 900 EUR']);
  const other = await refused(pay(key(once), { amount: 901 }), 422, 'unable_to_process_request');
  assert.equal(other.type, 'invalid_request');
  // What was refused before anything began does not use the key up.
  const corrected = randomUUID();
  await refused(pay(key(corrected), { amount: 0 }), 400, 'param_wrong_value');
  assert.equal((await pay(key(corrected))).invoice.status, 'paid');
  await refused(pay(key('k'.repeat(101))), 400, 'param_wrong_value');
});

test('a request whose first copy is still running is told so', async () => {
  const customer = await customer_with();
  await faults({ match: { provider: 'chargebee', transactionType: 'invoice' }, action: { kind: 'latency', ms: 700 }, count: 1 });
  const once = randomUUID();
  const pay = () => cb.invoice.createForChargeItemsAndCharges({ customer_id: customer.id, charges: [{ amount: 900, description: 'x' }] }, key(once));
  const first = pay();
  await new Promise((resolve) => { setTimeout(resolve, 150); });
  const error = await refused(pay(), 429, 'lock_timeout');
  assert.equal(error.headers['retry-after'], '1');
  const done = await first;
  assert.equal((await pay()).invoice.id, done.invoice.id);
  await faults();
});

test('the SDK\'s own repetition after an error finds what the first copy did', async () => {
  const patient = client('test_sandbox', { retryConfig: { enabled: true, maxRetries: 2, delayMs: 10 } });
  const customer = await customer_with();
  for (const action of [{ kind: 'error_after', status: 500 }, { kind: 'error_before', status: 503 }]) {
    await faults({ match: { provider: 'chargebee', transactionType: 'invoice' }, action, count: 1 });
    const po_number = randomUUID();
    const paid = await patient.invoice.createForChargeItemsAndCharges({ customer_id: customer.id, po_number, charges: [{ amount: 900, description: 'x' }] });
    assert.equal(paid.invoice.status, 'paid', action.kind);
    assert.deepEqual(await moved(po_number), ['purchase 900 EUR'], action.kind);
  }
  await faults();
});

test('lists are filtered, sorted and read page by page', async () => {
  const customer = await customer_with();
  const ids = [];
  for (let i = 0; i < 5; ++i) ids.unshift((await invoice_of(customer, { po_number: `part ${i}` })).invoice.id);
  const filter = { customer_id: { is: customer.id } };
  const read = async (more) => { const { list, next_offset } = await cb.invoice.list({ ...filter, ...more }); return { ids: list.map((each) => each.invoice.id), next_offset }; };
  const page = await read({ limit: 2 });
  assert.deepEqual(page.ids, ids.slice(0, 2));
  const next = await read({ limit: 2, offset: page.next_offset });
  assert.deepEqual(next.ids, ids.slice(2, 4));
  const last = await read({ limit: 2, offset: next.next_offset });
  assert.deepEqual([last.ids, last.next_offset], [ids.slice(4), undefined]);
  assert.deepEqual((await read({ limit: 2, sort_by: { asc: 'date' } })).ids, ids.slice(3).reverse());
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await read({ date: { between: [now - 60, now + 60] } })).ids.length, 5);
  assert.equal((await read({ date: { after: now + 60 } })).ids.length, 0);
  assert.equal((await read({ status: { in: ['paid', 'payment_due'] }, total: { gte: 1250 } })).ids.length, 5);
  assert.equal((await read({ status: { is_not: 'paid' } })).ids.length, 0);
  await refused(cb.invoice.list({ limit: 101 }), 400, 'param_wrong_value');
});

test('what is wrong with a request is told by the vendor\'s codes', async () => {
  await refused(client('test_wrong').customer.retrieve('x'), 401, 'api_authentication_failed');
  await refused(cb.invoice.retrieve('nobody'), 404, 'resource_not_found');
  const customer = await customer_with();
  const amount = await refused(cb.invoice.createForChargeItemsAndCharges({ customer_id: customer.id, charges: [{ amount: -1, description: 'x' }] }), 400, 'param_wrong_value');
  assert.equal(amount.param, 'charges[amount][0]');
  await refused(invoice_of(customer, { currency_code: 'XXY' }), 400, 'param_wrong_value');
  await refused(invoice_of({ id: 'nobody' }), 404, 'resource_not_found');
  const { customer: poor } = await cb.customer.create({});
  await refused(invoice_of(poor), 400, 'payment_method_not_present');
  assert.equal((await invoice_of(poor, { auto_collection: 'off' })).invoice.status, 'payment_due');
});

test('what happens is told in events, and sent with the Basic credentials that the SDK checks', async () => {
  const arrived = [];
  const listener = http.createServer((request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
      arrived.push({ headers: request.headers, event: JSON.parse(body) });
      response.end();
    });
  });
  await new Promise((resolve) => { listener.listen(0, '127.0.0.1', resolve); });
  await put('/sandbox/settings', { chargebee: { webhook_url: `http://127.0.0.1:${listener.address().port}/hook`, webhook_user: 'florin', webhook_password: 'a pass:word' } });
  try {
    const po_number = randomUUID();
    const { hosted_page } = await checkout({ invoice: { po_number } });
    await click(hosted_page, 'pay', good);
    const { content } = (await cb.hostedPage.retrieve(hosted_page.id)).hosted_page;
    await cb.invoice.refund(content.invoice.id, { refund_amount: 250 });
    for (let patience = 200; arrived.length < 6 && patience > 0; --patience) await new Promise((resolve) => { setTimeout(resolve, 25); });
    const about = (...types) => arrived.map(({ event }) => event).filter((event) => types.includes(event.event_type));
    assert.deepEqual(about('invoice_generated', 'payment_succeeded', 'credit_note_created', 'payment_refunded').map((event) => event.event_type),
      ['invoice_generated', 'payment_succeeded', 'credit_note_created', 'payment_refunded']);
    assert.deepEqual(about('customer_created', 'payment_source_added').map((event) => event.event_type), ['customer_created', 'payment_source_added']);
    const [paid] = about('payment_succeeded');
    assert.deepEqual([paid.api_version, paid.object, paid.source, paid.webhooks[0].webhook_status, paid.content.invoice.po_number, paid.content.transaction.status, paid.content.customer.id],
      ['v2', 'event', 'hosted_page', 'scheduled', po_number, 'success', content.customer.id]);
    const check = (expected) => basicAuthValidator((user, password) => user === 'florin' && password === expected);
    for (const { headers } of arrived) await check('a pass:word')(headers);
    await assert.rejects(check('another')(arrived[0].headers), { name: 'WebhookAuthenticationError' });

    const { event } = await cb.event.retrieve(paid.id);
    assert.deepEqual([event.event_type, event.content.transaction.id], ['payment_succeeded', paid.content.transaction.id]);
    const { list } = await cb.event.list({ event_type: { in: ['payment_refunded'] }, limit: 1 });
    assert.equal(list[0].event.content.invoice.id, content.invoice.id);
  } finally {
    await put('/sandbox/settings', { chargebee: { webhook_url: '', webhook_user: 'chargebee', webhook_password: 'chargebee_sandbox' } });
    listener.closeAllConnections();
    listener.close();
  }
});
