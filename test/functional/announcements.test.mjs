// What customers are told before a charge that cannot be made as things are, on test clocks with mails and webhooks.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { send, start_florin, visa } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

/** A merchant's own server: keeps what it is told. */
const listener = async () => {
  const told = [];
  const server = http.createServer((request, answer) => {
    let text = '';
    request.on('data', (part) => { text += part; }).on('end', () => { told.push(JSON.parse(text)); answer.writeHead(204).end(); });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { told, url: `http://127.0.0.1:${server.address().port}/events`, close: () => { server.closeAllConnections(); server.close(); } };
};

/// A merchant whose clock shows the last day of January 2027, with a customer who can be written to.
let count = 0;
async function shop_of({ locale = 'en', notice_days } = {}) {
  const { key } = await florin.new_merchant(`ahead-${++count}`);
  const ask = async (method, path, body, status = 200) => {
    const { status: got, json, text } = await florin.request(method, path, { key, body });
    assert.equal(got, status, text);
    return json;
  };
  await ask('PUT', '/api/v1/merchant', { time_zone: 'Europe/Berlin', billing_hour: 6, locale, ...(notice_days && { payment_notice_days: notice_days }) });
  const clock = await ask('POST', '/api/v1/test_clocks', { now: '2027-01-31T09:00:00Z' }, 201);
  const email = `ahead-${count}@example.com`;
  await ask('POST', '/api/v1/customers', { customer_id: 'c-1', name: 'Ada Lovelace', email }, 201);
  return {
    ask,
    store: async (year, month) => (await ask('POST', '/api/v1/payment_methods', { card: { ...visa, expiry_year: year, expiry_month: month }, customer_id: 'c-1' }, 201)).payment_method_token,
    terms: (more) => ask('POST', '/payment_terms', { customer_id: 'c-1', total_amount: 120_000, start_date: '2027-02-01', term_duration: 12, billing_day: 10, ...more }, 201),
    subscription: (more) => ask('POST', '/api/v1/subscriptions', { customer_id: 'c-1', amount: '10.00', currency: 'EUR', billing_cycle: 'monthly', ...more }, 201),
    advance: (to) => ask('POST', `/api/v1/test_clocks/${clock.id}/advance`, { to }),
    announced: async (query = '') => (await ask('GET', `/api/v1/billing/announcements${query}`)).data.reverse(),
    mails: async () => (await send(florin.sandbox, 'GET', `/sandbox/mails?to=${encodeURIComponent(email)}`)).json.mails,
  };
}
const short = (all) => all.map((one) => [one.reason, one.owner_kind, one.due_date, one.days_before]);

test('a card that will have expired is announced twice, by mail and webhook, once for all that it pays', async () => {  // X-26, B-SE-16
  const ears = await listener();
  try {
    const shop = await shop_of({ locale: 'de' });
    await shop.ask('POST', '/api/v1/webhook_endpoints', { url: ears.url, event_types: ['florin.billing.card_expiring', 'florin.billing.payment_method_missing'] }, 201);
    const token = await shop.store(2027, 3);
    const terms = await shop.terms({ payment_terms: { payment_method_token: token, description: 'Police 4711' } });
    await shop.subscription();
    // On 31 March it is still good; the next charge is on 10 April.
    await shop.advance('2027-03-26T12:00:00Z');
    assert.deepEqual(await shop.announced(), []);
    await shop.advance('2027-03-27T12:00:00Z');
    const [first] = await shop.announced();
    assert.deepEqual([first.reason, first.days_before, first.owner_kind, first.owner_id, first.customer_id], ['card_expiring', 14, 'payment_terms', terms.payment_terms_id, 'c-1']);
    assert.deepEqual([first.due_date, first.amount, first.currency, first.payment_method_token, first.card_last4, first.card_expires, first.is_open],
      ['2027-04-10', 100, 'EUR', token, '1111', '2027-03', true]);
    await shop.advance('2027-06-30T12:00:00Z');
    assert.deepEqual(short(await shop.announced()), [['card_expiring', 'payment_terms', '2027-04-10', 14], ['card_expiring', 'payment_terms', '2027-04-10', 3]]);
    assert.deepEqual((await shop.announced()).map((one) => one.is_open), [false, false], 'the day is over');
    const mails = (await shop.mails()).filter((mail) => mail.subject.includes('läuft'));
    assert.equal(mails.length, 2);
    assert.match(mails[0].text, /1111[^]*100,00\u00a0€[^]*Police 4711[^]*10\. April 2027[^]*03\/2027/);
    assert.deepEqual(ears.told.map((event) => [event.type, event.data.announcement.days_before]), [['florin.billing.card_expiring', 14], ['florin.billing.card_expiring', 3]]);
    assert.deepEqual((await shop.announced('?customer_id=nobody')), []);
  } finally {
    ears.close();
  }
});

test('another card ends it, for running terms and for subscriptions', async () => {  // D-FL-05
  const shop = await shop_of();
  const old = await shop.store(2027, 3);
  const terms = await shop.terms({ payment_terms: { payment_method_token: old } });
  const subscription = await shop.subscription({ payment_method_token: old });
  await shop.advance('2027-03-27T12:00:00Z');
  assert.equal((await shop.announced()).length, 1);
  const fresh = await shop.store(2031, 1);
  assert.deepEqual((await shop.announced()).map((one) => one.is_open), [true], 'these terms name the old one');
  const patched = await shop.ask('PATCH', `/payment_terms/${terms.payment_terms_id}`, { payment_terms: { payment_method_token: fresh } });
  assert.deepEqual([patched.payment_terms.payment_method_token, patched.total_amount], [fresh, 120_000]);
  await shop.ask('PUT', `/api/v1/subscriptions/${subscription.id}`, { payment_method_token: fresh });
  assert.deepEqual((await shop.announced()).map((one) => one.is_open), [false]);
  await shop.advance('2027-06-30T12:00:00Z');
  assert.equal((await shop.announced()).length, 1, 'no second notice');
  const charges = (await shop.ask('GET', '/api/v1/billing/charges?due_from=2027-04-01')).data;
  assert.deepEqual(charges.map((one) => one.status), charges.map(() => 'succeeded'));
  assert.ok(charges.length >= 5);
  for (const body of [{}, { payment_terms: { payment_method_token: 'pm_none' } }, { payment_terms: { adjustment: 'spread' } }])
    assert.equal((await florin.request('PATCH', `/payment_terms/${terms.payment_terms_id}`, { body })).status, body.payment_terms ? 422 : 422);
});

test('who has given nothing to charge is told before the trial ends and before each charge', async () => {  // B-SE-16
  const shop = await shop_of({ notice_days: [5] });
  const made = await shop.subscription({ trial_days: 30 });
  await shop.advance('2027-03-31T12:00:00Z');
  assert.deepEqual(short(await shop.announced()).slice(0, 1), [['payment_method_missing', 'subscription', made.trial_end_date, 5]]);
  const mails = (await shop.mails()).filter((mail) => mail.subject.includes('no way to collect'));
  assert.ok(mails.length >= 1);
  assert.match(mails[0].text, /€10\.00/);
});

test('the days are bounded, and read as they were set', async () => {
  const shop = await shop_of({ notice_days: [2, 21] });
  assert.deepEqual((await shop.ask('GET', '/api/v1/merchant')).payment_notice_days, [21, 2]);
  for (const days of [[0], [61], [3, 3], [1, 2, 3, 4, 5, 6]]) {
    const refused = await shop.ask('PUT', '/api/v1/merchant', { time_zone: 'UTC', billing_hour: 0, locale: 'en', payment_notice_days: days }, 422);
    assert.deepEqual([refused.code, refused.field], ['invalid_notice_days', 'payment_notice_days']);
  }
  await shop.ask('PUT', '/api/v1/merchant', { time_zone: 'UTC', billing_hour: 0, locale: 'en' });
  assert.deepEqual((await shop.ask('GET', '/api/v1/merchant')).payment_notice_days, [14, 3]);
  assert.equal((await florin.get('/api/v1/billing/announcements?limit=0')).json.field, 'limit');
  assert.equal((await florin.get('/api/v1/billing/announcements?cursor=x')).json.field, 'cursor');
});

test('a forecast is read page by page, and charges by the days on which they were due', async () => {  // X-26
  const shop = await shop_of();
  await shop.store(2035, 1);
  for (const billing_day of [5, 10, 15, 20]) await shop.terms({ billing_day });
  const whole = await shop.ask('GET', '/api/v1/forecast?until=2027-12-31');
  assert.equal(whole.has_more, false);
  const paged = [];
  for (let cursor, pages = 0; pages < 10; ++pages) {
    const page = await shop.ask('GET', `/api/v1/forecast?until=2027-12-31&limit=11${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    paged.push(...page.data);
    cursor = page.next_cursor;
    assert.equal(page.has_more, cursor !== undefined);
    if (!cursor) break;
  }
  const key_of = (one) => `${one.date} ${one.owner_id} ${one.number}`;
  assert.deepEqual(paged.map(key_of).sort(), whole.data.map(key_of).sort());
  assert.equal(whole.data.length, 4 * 11);
  assert.equal((await florin.get('/api/v1/forecast?cursor=x')).json.field, 'cursor');
  assert.equal((await florin.get('/api/v1/forecast?limit=5001')).json.field, 'limit');

  await shop.advance('2027-06-30T12:00:00Z');
  const due = [];
  for (let cursor; ;) {
    const page = await shop.ask('GET', `/api/v1/billing/charges?due_from=2027-03-10&due_before=2027-05-15&limit=3${cursor ? `&cursor=${cursor}` : ''}`);
    due.push(...page.data.map((one) => one.due_date));
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  const days = ['03-10', '03-15', '03-20', '04-05', '04-10', '04-15', '04-20', '05-05', '05-10'].map((day) => `2027-${day}`);
  assert.deepEqual(due, days.reverse(), 'the latest first');
  assert.equal((await shop.ask('GET', '/api/v1/billing/charges?due_from=2027-03-10&due_before=2027-05-15&status=succeeded')).data.length, 9);
  assert.equal((await shop.ask('GET', '/api/v1/billing/charges?due_from=2027-03-10&due_before=2027-05-15&owner_kind=subscription')).data.length, 0);
});
