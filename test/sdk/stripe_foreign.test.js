'use strict';
// Judged by a Stripe that somebody else wrote: the npm package stripe-stateful-mock, which keeps charges and refunds as the
// API of 2020-08-27 has them, knows idempotency keys, and knows no payment intents and no webhooks.
//
// 1. The vendor's SDK does the same to it and to our sandbox, and both must answer alike: what a repeated
//    Idempotency-Key gives, how declines are told, what refunds add up to and how wrong ones are refused.
// 2. Florin itself pays, captures, cancels and refunds at it, through a small adapter (below) that puts payment intents in
//    front of its charges. The adapter is ours, so what is judged is what remains behind it: that a lost answer is found
//    again and nothing is done twice, by keys and refusals which are not ours.
//
// Not judged, because it differs from the real one there: it remembers refusals for a wrong parameter under their key, and
// keeps keys apart by endpoint.

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const required = require('stripe');
const Stripe = required.default ?? required;

const secret_key = 'sk_test_sandbox';

const serve = (handler) => new Promise((resolve) => {
  const server = http.createServer(handler);
  server.listen(0, '127.0.0.1', () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` }));
});
const close = ({ server }) => { server.closeAllConnections(); server.close(); };
const client = (origin) => {
  const { hostname, port } = new URL(origin);
  return new Stripe(secret_key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, timeout: 5_000 });
};

const loading = import('../support/florin.mjs');
let foreign, adapter, parties, support, sandbox, florin, shop;
before(async () => {
  support = await loading;
  // One of its own: the other files plant faults in theirs.
  sandbox = await support.Sandbox.start();
  foreign = await serve(require('stripe-stateful-mock').createExpressApp());
  adapter = await serve(adapt);
  const theirs = client(foreign.origin), ours = client(sandbox.origin);
  parties = [
    { stripe: theirs, buy: ({ card, ...more }, options) => theirs.charges.create({ amount: 2000, currency: 'eur', source: `tok_${card ?? 'visa'}`, ...more }, options) },
    {
      stripe: ours,
      buy: async ({ card, capture, ...more }, options) => {
        const intent = await ours.paymentIntents.create({ amount: 2000, currency: 'eur', confirm: true, payment_method: `pm_card_${card ?? 'visa'}`,
          payment_method_types: ['card'], expand: ['latest_charge'], ...more }, options);
        // What it answers with is the charge in it.
        return Object.assign(intent.latest_charge, { lastResponse: intent.lastResponse });
      },
    },
  ];
  const folder = support.temporary_folder();
  const key = path.join(folder, 'key');
  fs.writeFileSync(key, `${secret_key}\n`, { mode: 0o600 });
  florin = await support.Florin.start({ config: `[stripe]\nbase_url = "${adapter.origin}"\nsecret_key_file = "${key}"\n` });
  shop = await florin.new_merchant('foreign-shop', { connector: 'stripe' });
});
after(async () => {
  await florin?.stop();
  await sandbox?.stop();
  close(adapter);
  close(foreign);
});

/// What a call came to, as far as both can be compared.
const outcome = (call, shown) => call.then(
  (object) => ({ shown: shown.map((name) => object[name]), is_replayed: object.lastResponse.headers['idempotent-replayed'] === 'true' }),
  (error) => ({ class: error.constructor.name, status: error.statusCode, type: error.rawType, code: error.code, decline_code: error.decline_code, param: error.param }));
/// Both do `scenario`; what each step came to must be the same. Nothing came to nothing.
const alike = async (scenario) => {
  const [theirs, ours] = await Promise.all(parties.map(scenario));
  assert.deepEqual(ours, theirs);
  return ours;
};

test('a key that comes again gives the first answer again', () => alike(async ({ buy, stripe }) => {
  const key = randomUUID(), options = { idempotencyKey: key };
  const first = await buy({}, options);
  const again = await buy({}, options);
  const refund_key = { idempotencyKey: randomUUID() };
  const refund = await stripe.refunds.create({ charge: first.id, amount: 700 }, refund_key);
  const refund_again = await stripe.refunds.create({ charge: first.id, amount: 700 }, refund_key);
  const { amount_refunded } = await stripe.charges.retrieve(first.id);
  return [
    again.id === first.id, first.lastResponse.headers['idempotent-replayed'], again.lastResponse.headers['idempotent-replayed'],
    refund_again.id === refund.id, refund_again.lastResponse.headers['idempotent-replayed'], amount_refunded,
    await outcome(buy({ amount: 2001 }, options), []),
    await outcome(stripe.refunds.create({ charge: first.id, amount: 701 }, refund_key), []),
  ];
}));

test('a decline is told by its codes, and comes again under its key', async () => {
  for (const card of ['chargeDeclined', 'chargeDeclinedInsufficientFunds', 'chargeDeclinedExpiredCard', 'chargeDeclinedProcessingError', 'chargeDeclinedIncorrectCvc']) {
    const [first, again] = await alike(async ({ buy }) => {
      const options = { idempotencyKey: randomUUID() };
      const steps = [await outcome(buy({ card }, options), []), await outcome(buy({ card }, options), [])];
      // The foreign one leaves `decline_code` out where `code` says it, and names no parameter alike.
      return steps.map(({ class: name, status, type, code }) => ({ name, status, type, code }));
    });
    assert.deepEqual([first.name, again], ['StripeCardError', first], card);
  }
});

test('refunds add up to what was taken, and wrong ones are refused alike', async () => {
  const steps = await alike(async ({ buy, stripe }) => {
    const { id } = await buy({});
    const refund = (more) => outcome(stripe.refunds.create({ charge: id, ...more }), ['object', 'amount', 'currency', 'status', 'reason']);
    const charge = async () => {
      const { amount, amount_refunded, refunded, captured } = await stripe.charges.retrieve(id);
      return { amount, amount_refunded, refunded, captured };
    };
    const made = [await refund({ amount: 500, reason: 'requested_by_customer' }), await charge(), await refund({ amount: 1501 }), await refund({ amount: 0 }),
      await refund({}), await charge(), await refund({ amount: 1 }), await refund({}), await outcome(stripe.refunds.create({ charge: 'ch_nobody' }), [])];
    // The old API has another name for the parameter.
    delete made.at(-1).param;
    const { data } = await stripe.refunds.list({ charge: id });
    return [...made, data.map(({ amount }) => amount).sort()];
  });
  assert.deepEqual(steps.map((step) => step.code ?? step.shown?.[1] ?? step.status), [500, undefined, 400, 'parameter_invalid_integer', 1500, undefined,
    'charge_already_refunded', 'charge_already_refunded', 'resource_missing', undefined]);
});

test('amounts that cannot be charged are refused alike', () => alike(async ({ buy }) => {
  const refusals = [];
  for (const more of [{ amount: 49 }, { amount: 100_000_000 }])
    refusals.push(await outcome(buy(more), []));
  return refusals;
}));

// ---- Florin at the foreign Stripe.

const tokens = { 4000000000000002: 'tok_chargeDeclined', 4000000000009995: 'tok_chargeDeclinedInsufficientFunds' };
const methods = new Map();
/// How many of the next answers to commands are lost on the way, after the deed was done.
let lost_answers = 0;
/// What the foreign Stripe was asked to do: `POST charges` …
let commands = [];

const as_intent = (charge) => {
  const is_canceled = !charge.captured && charge.refunded;
  const is_failed = charge.status === 'failed';
  return {
    id: charge.id.replace(/^ch_/, 'pi_'), object: 'payment_intent', amount: charge.amount, currency: charge.currency, created: charge.created, metadata: charge.metadata,
    amount_capturable: charge.captured || is_canceled || is_failed ? 0 : charge.amount, amount_received: charge.captured && !is_failed ? charge.amount_captured : 0,
    status: is_failed ? 'requires_payment_method' : is_canceled ? 'canceled' : charge.captured ? 'succeeded' : 'requires_capture',
    last_payment_error: is_failed ? { type: 'card_error', code: charge.failure_code, message: charge.failure_message } : null, latest_charge: charge,
  };
};
const charge_of = (intent) => intent.replace(/^pi_/, 'ch_');

/// Payment intents in front of charges. It keeps nothing but which card a payment method is.
async function adapt(request, response) {
  let body = '';
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  const { pathname, searchParams } = new URL(request.url, 'http://adapter');
  const ask = async (method, target, parameters) => {
    const headers = { authorization: request.headers.authorization };
    if (method === 'POST') Object.assign(headers, { 'content-type': 'application/x-www-form-urlencoded' });
    if (method === 'POST' && request.headers['idempotency-key']) Object.assign(headers, { 'idempotency-key': request.headers['idempotency-key'] });
    if (method === 'POST') commands.push(target);
    const reply = await fetch(`${foreign.origin}/v1/${target}`, { method, headers, body: parameters && new URLSearchParams(parameters).toString() });
    return { status: reply.status, json: await reply.json() };
  };
  const metadata = () => Object.fromEntries([...form].filter(([name]) => name.startsWith('metadata[')));
  const answer = async () => {
    const [, , kind, id, verb] = pathname.split('/');
    const is_post = request.method === 'POST';
    if (kind === 'payment_methods') {
      const method = `pm_${methods.size + 1}`;
      methods.set(method, tokens[form.get('card[number]')] ?? 'tok_visa');
      return { status: 200, json: { id: method, object: 'payment_method' } };
    }
    if (kind === 'payment_intents' && is_post && !id) {
      const made = await ask('POST', 'charges', { amount: form.get('amount'), currency: form.get('currency'), source: methods.get(form.get('payment_method')),
        capture: String(form.get('capture_method') !== 'manual'), ...metadata() });
      if (made.status === 200) return { status: 200, json: as_intent(made.json) };
      const { charge } = made.json.error;
      const intent = charge && as_intent((await ask('GET', `charges/${charge}`)).json);
      return { status: made.status, json: { error: { ...made.json.error, ...(intent ? { payment_intent: intent } : {}) } } };
    }
    if (kind === 'payment_intents' && !id) {
      const list = await ask('GET', 'charges?limit=100');
      return { status: list.status, json: { object: 'list', has_more: list.json.has_more, data: list.json.data.map(as_intent) } };
    }
    if (kind === 'payment_intents' && verb === 'capture') {
      const before_it = await ask('GET', `charges/${charge_of(id)}`);
      const captured = await ask('POST', `charges/${charge_of(id)}/capture`, { amount: form.get('amount_to_capture') });
      if (captured.status !== 200) return captured;
      const marks = Object.fromEntries(Object.entries(before_it.json.metadata).map(([name, value]) => [`metadata[${name}]`, value]));
      delete request.headers['idempotency-key'];
      return { status: 200, json: as_intent((await ask('POST', `charges/${charge_of(id)}`, { ...marks, ...metadata() })).json) };
    }
    if (kind === 'payment_intents' && verb === 'cancel') {
      // How the old API lets go of a hold.
      const released = await ask('POST', 'refunds', { charge: charge_of(id) });
      if (released.status !== 200) return released;
      return { status: 200, json: as_intent((await ask('GET', `charges/${charge_of(id)}`)).json) };
    }
    if (kind === 'payment_intents') {
      const charge = await ask('GET', `charges/${charge_of(id)}`);
      return charge.status === 200 ? { status: 200, json: as_intent(charge.json) } : charge;
    }
    const as_ours = (refund) => ({ ...refund, payment_intent: refund.charge.replace(/^ch_/, 'pi_') });
    if (kind === 'refunds' && is_post) {
      const made = await ask('POST', 'refunds', { charge: charge_of(form.get('payment_intent')), amount: form.get('amount'), ...metadata() });
      return made.status === 200 ? { status: 200, json: as_ours(made.json) } : made;
    }
    if (kind === 'refunds') {
      const list = await ask('GET', `refunds?limit=100&charge=${charge_of(searchParams.get('payment_intent'))}`);
      return { status: 200, json: { object: 'list', has_more: list.json.has_more, data: list.json.data.map(as_ours) } };
    }
    return { status: 404, json: { error: { type: 'invalid_request_error', message: 'Unrecognized request URL.' } } };
  };
  const { status, json } = await answer();
  const is_command = request.method === 'POST' && !pathname.endsWith('/payment_methods');
  if (is_command && lost_answers > 0) {
    lost_answers -= 1;
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
}

const pay = (verb, body) => florin.pay(verb, body, { key: shop.key });
const settled = ({ transaction_id }) => florin.settled(transaction_id, { key: shop.key });
/// The foreign charge of a payment.
const at_theirs = ({ provider_transaction_id }) => parties[0].stripe.charges.retrieve(charge_of(provider_transaction_id));
const charged = (reference) => parties[0].stripe.charges.list({ limit: 100 }).then(({ data }) => data.filter((one) => one.metadata.reference === reference));

test('Florin buys, and gives back in parts, and no more than there is', async () => {
  const bought = await pay('purchase', support.charge('20.00'));
  assert.deepEqual([bought.status, bought.json.status], [200, 'settled'], bought.text);
  for (const amount of ['5.00', '15.00'])
    assert.equal((await pay('refund', { transaction_id: bought.json.transaction_id, amount })).json.status, 'settled');
  assert.equal((await pay('refund', { transaction_id: bought.json.transaction_id, amount: '0.01' })).status, 409);
  const { amount, amount_refunded, refunded } = await at_theirs(bought.json);
  assert.deepEqual([amount, amount_refunded, refunded], [2000, 2000, true]);
});

test('Florin holds, captures a part, and lets go', async () => {
  const held = (await pay('authorize', support.charge('30.00'))).json;
  assert.equal(held.status, 'approved');
  assert.equal((await at_theirs(held)).captured, false);
  const captured = await pay('capture', { transaction_id: held.transaction_id, amount: '10.00' });
  assert.equal(captured.json.status, 'settled', captured.text);
  assert.equal((await at_theirs(held)).amount_captured, 1000);
  const other = (await pay('authorize', support.charge('31.00'))).json;
  assert.equal((await pay('cancel', { transaction_id: other.transaction_id })).json.status, 'voided');
  const { captured: is_captured, refunded } = await at_theirs(other);
  assert.deepEqual([is_captured, refunded], [false, true]);
});

test('Florin tells declines by their class', async () => {
  for (const [number, decline_class] of [['4000000000000002', 'soft'], ['4000000000009995', 'insufficient_funds']]) {
    const { status, json, text } = await pay('purchase', support.charge('12.00', { card: { ...support.visa, number } }));
    assert.deepEqual([status, json.status, json.decline_class], [402, 'failed', decline_class], text);
  }
});

test('what was done although its answer was lost is found, and done once', async () => {  // F1, F4, F23
  lost_answers = 1;
  const bought = await pay('purchase', support.charge('40.00'));
  assert.equal(bought.status, 202, bought.text);
  const found = await settled(bought.json);
  assert.equal(found.status, 'settled');
  assert.equal((await charged(found.reference_number)).length, 1);

  commands = [];
  lost_answers = 1;
  const refund = await pay('refund', { transaction_id: bought.json.transaction_id, amount: '7.00' });
  assert.equal(refund.status, 202, refund.text);
  assert.equal((await settled(refund.json)).status, 'settled');
  assert.deepEqual(commands, ['refunds'], 'it was found, not asked for again');
  assert.equal((await at_theirs(found)).amount_refunded, 700);

  const held = (await pay('authorize', support.charge('41.00'))).json;
  lost_answers = 1;
  const captured = await pay('capture', { transaction_id: held.transaction_id, amount: '41.00' });
  assert.equal((await settled(captured.json)).status, 'settled');
  assert.equal((await at_theirs(held)).amount_captured, 4100);
});
