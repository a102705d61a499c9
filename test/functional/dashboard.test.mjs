// The dashboard: what is served, and what its script does with real answers, in a stand-in for a browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, declined_card, eventually, start_florin } from '../support/florin.mjs';
import { Page } from '../support/page.mjs';

const parts = { '/dashboard': 'text/html', '/dashboard/dashboard.js': 'text/javascript', '/dashboard/dashboard.css': 'text/css' };
const markup = '<img src=x onerror=alert(1)>';
let florin, html, script;
before(async () => {
  florin = await start_florin();
  html = (await florin.get('/dashboard', { key: null })).text;
  script = (await florin.get('/dashboard/dashboard.js', { key: null })).text;
});
after(() => florin?.stop());

async function new_shop(name) {
  const { key } = await florin.new_merchant(name);
  return { key, pay: async (verb, body) => (await florin.pay(verb, body, { key })).json };
}
const open = (options) => new Page(html, script, { origin: florin.origin, ...options });
/// A page on which somebody has given the key.
async function open_with(key) {
  const page = open();
  page.id('key').value = key;
  await page.id('entry').dispatch('submit');
  await eventually('something is shown', () => page.id('freshness').dataset.tone === 'fresh' || page.text('trouble-words') || page.text('entry-trouble'));
  return page;
}
const approve_only = (amount) =>
  florin.faults({ match: { provider: 'authorize_net' }, action: { kind: 'partial_approval', amount }, count: 1 });

test('the page and what it loads are served to everybody, under a policy that lets nothing else in', async () => {  // C-IM-13
  for (const [target, type] of Object.entries(parts)) {
    const { status, headers, text } = await florin.get(target, { key: null });
    assert.equal(status, 200, target);
    assert.ok(headers['content-type'].startsWith(type) && text.length > 0, target);
    const policy = headers['content-security-policy'];
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.ok(!/unsafe|https?:|\*|data:/.test(policy), policy);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['set-cookie'], undefined);
    const head = await florin.request('HEAD', target, { key: null });
    assert.deepEqual([head.status, head.text, head.headers['content-type']], [200, '', headers['content-type']], target);
    assert.equal((await florin.post(target, {}, { key: null })).status, 405, target);
  }
});

test('nothing stands inline, nothing comes from elsewhere, and no text can become markup', () => {
  assert.ok(!/<style|style=|\son\w+=|javascript:|https?:/i.test(html), 'inline or foreign');
  assert.deepEqual([...html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)].map(([, given, inside]) => [given.trim(), inside]),
    [['src="/dashboard/dashboard.js" defer', '']]);
  assert.deepEqual([...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, address]) => address).sort(),
    ['/dashboard/dashboard.css', '/dashboard/dashboard.js', '/docs']);
  assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(|localStorage|cookie/.test(script));
  assert.ok(!/https?:/.test(script.replace("'http://www.w3.org/2000/svg'", '')), 'it asks nobody else');
});

test('sums are exact, whatever their size, and follow the currency’s decimals', () => {
  const page = open();
  assert.equal(page.run(`sum(['9007199254740993.01', '0.02'])`), '9007199254740993.03');
  assert.equal(page.run(`sum(['48200', '1'])`), '48201');
  assert.equal(page.run(`sum(['0.001', '0.009'])`), '0.010');
  assert.equal(page.run('sum([])'), '0');
});

test('it shows what the summary and the list say, and a refresh keeps the rows that stay', async () => {
  const shop = await new_shop('shown');
  await shop.pay('purchase', charge('12.50', { customer_id: 'customer-7' }));
  const bought = await shop.pay('purchase', charge('7.50'));
  await shop.pay('purchase', charge('1.00', { card: declined_card }));
  await shop.pay('refund', { transaction_id: bought.transaction_id, amount: '2.50' });
  const page = await open_with(shop.key);
  assert.equal(page.text('alarms'), 'All is well.');
  assert.match(page.text('totals'), /EUR.*Taken20.00.*Refunded2.50.*Payments3.*Declined33\s%1 of 3/);
  assert.match(page.text('states'), /captured2.*declined1/);
  assert.match(page.text('unknown'), /^0/);
  const [, ...rows] = page.id('payments').all('tr');
  assert.equal(rows.length, 3);
  await shop.pay('purchase', charge('3.00'));
  await page.run('refresh()');
  const [, fresh, ...same] = page.id('payments').all('tr');
  assert.match(fresh.textContent, /3\.00/);
  assert.deepEqual(same.map((row, i) => row === rows[i]), [true, true, true], 'rows are moved, not made anew');
});

test('the key goes into the tab and the header alone, and is forgotten on request', async () => {  // C-IM-02
  const shop = await new_shop('keys');
  const page = await open_with(shop.key);
  assert.equal(page.stored.get('florin.key'), shop.key);
  assert.equal(page.id('key').value, '');
  for (const { target, headers } of page.requests) {
    assert.ok(!target.includes(shop.key));
    assert.equal(headers.Authorization, `Bearer ${shop.key}`);
  }
  await page.id('forget').dispatch('click');
  assert.equal(page.stored.has('florin.key'), false);
  assert.equal(page.text('totals') + page.text('payments') + page.text('alarms'), '');
  assert.equal(page.timers.size, 0, 'it asks no more');
});

test('a silent server loses nothing of what is shown, and is asked again', async () => {
  const shop = await new_shop('silence');
  await shop.pay('purchase', charge('12.50'));
  const page = await open_with(shop.key);
  const shown = page.text('totals');
  page.is_cut_off = true;
  await page.run('refresh()');
  assert.match(page.text('trouble-words'), /does not answer/);
  assert.deepEqual([page.id('trouble').hidden, page.id('freshness').dataset.tone, page.text('totals')], [false, 'stale', shown]);
  assert.deepEqual([...page.timers.values()].map((timer) => timer.pause_ms), [10_000]);
  page.is_cut_off = false;
  await page.run('refresh()');
  assert.deepEqual([page.id('trouble').hidden, page.id('freshness').dataset.tone], [true, 'fresh']);
});

test('a key that is of no use is said to be, and is not tried again and again', async () => {
  const unknown = await open_with('fk_test_nobody');
  assert.match(unknown.text('entry-trouble'), /does not know this API key/);
  assert.deepEqual([unknown.stored.has('florin.key'), unknown.id('entry').hidden, unknown.timers.size], [false, false, 0]);
  await new_shop('other-scope');
  const page = await open_with(await florin.new_key('other-scope', 'events:read'));
  assert.match(page.text('trouble-words'), /lacks the scope payments:read/);
  assert.equal(page.timers.size, 0);
});

test('what others wrote is shown as they wrote it, never as markup', async () => {
  const shop = await new_shop('hostile');
  const { payment_id } = await shop.pay('purchase', charge('6.60', { customer_id: markup, metadata: { [markup]: markup } }));
  const page = await open_with(shop.key);
  assert.ok(page.text('payments').includes(markup));
  await page.go_to('#payment=' + payment_id);
  await eventually('the payment is shown', () => page.text('payment').includes(payment_id));
  assert.equal(page.text('payment').split(markup).length, 4, 'customer, name and value');
  assert.equal(page.body.all('img').length, 0);
});

test('what was approved otherwise than asked raises an alarm and is decided there, once however often it is sent', async () => {  // C-IM-12, F25
  const shop = await new_shop('deciding');
  await approve_only('6.00');
  const { payment_id } = await shop.pay('purchase', charge('10.00'));
  const page = await open_with(shop.key);
  assert.match(page.text('alarms'), /critical.*Approved otherwise than asked.*since/);
  await page.go_to('#payment=' + payment_id);
  const form = await eventually('the form is shown', () => page.id('payment').all('form')[0]);
  const [note] = form.all('textarea');
  const complaint = () => form.all('p').at(-1).textContent;
  const choose = (value) => { for (const one of form.all('input')) one.checked = one.value === value; };
  const decisions = () => page.requests.filter((request) => request.method === 'POST');

  choose('dismiss');
  await form.dispatch('submit');
  assert.match(complaint(), /Say why/);
  assert.equal(decisions().length, 0, 'a note is required');
  note.value = 'it was voided';
  await form.dispatch('submit');
  assert.match(complaint(), /booked/, 'the server’s reason is shown');
  await page.run('refresh()');
  assert.deepEqual([page.id('payment').all('form')[0], note.value], [form, 'it was voided'], 'a refresh leaves alone what somebody is writing');
  assert.match(complaint(), /booked/);

  choose('accept');
  note.value = 'the rest was paid in cash';
  page.is_cut_off = true;
  await form.dispatch('submit');
  assert.match(complaint(), /recorded once/);
  page.is_cut_off = false;
  await form.dispatch('submit');
  await eventually('the form has gone', () => page.id('payment').all('form').length === 0);
  assert.match(page.text('detail-title'), /captured/);
  const [dismissed, lost, accepted] = decisions().map((request) => request.headers['Idempotency-Key']);
  assert.equal(accepted, lost, 'one decision, one key');
  assert.notEqual(lost, dismissed);
});

test('an address that leads nowhere is said to', async () => {
  const shop = await new_shop('nowhere');
  for (const hash of ['#payment=' + encodeURIComponent(markup), '#payment=00000000-0000-7000-8000-000000000000', '#state=nonsense']) {
    const page = await open_with(shop.key);
    await page.go_to(hash);
    await eventually('it is said', () => page.text('trouble-words'));
    assert.equal(page.timers.size, 0, hash);
  }
});
