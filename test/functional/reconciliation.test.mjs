// What providers have paid out, compared with the books over HTTP: what agrees drains the clearing account, what does not
// is a case that a bookkeeper understands and ends.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { charge, eventually, fresh_key, minor, send, start_florin } from '../support/florin.mjs';

// Only what is asked for is read, at the moment at which it is.
const config = '[reconciliation]\nschedule = "0 0 1 1 *"\n[retry."reconciliation.import"]\nstrategy = "fixed"\nfirst_ms = 50\n';
let florin;
before(async () => { florin = await start_florin({ config }); });
after(() => florin?.stop());

const paid = async (amount) => {
  const answer = await florin.pay('purchase', charge(amount, { currency: 'EUR' }));
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const refunded = async ({ transaction_id }, amount) => {
  const answer = await florin.pay('refund', { transaction_id, amount });
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};
const settle = async () => assert.equal((await send(florin.sandbox, 'POST', '/sandbox/settle')).status, 200);
const overview = async () => (await florin.get('/api/v1/reconciliation')).json;
const import_of = async (connector) => (await overview()).imports.find((one) => one.connector === connector);
/// Has everything read that was settled by now, and waits for it.
const reconcile = async (connector = 'authorize_net') => {
  const before_it = (await import_of(connector)).begun_at ?? '';
  const asked = await florin.post('/api/v1/reconciliation/runs', { connector }, { idempotency_key: fresh_key() });
  assert.equal(asked.status, 202, asked.text);
  assert.deepEqual(asked.json, { connectors: [connector], look_at: '/api/v1/reconciliation' });
  // One that was under way may have passed what is to be read: it has to have begun since. One that finds nothing new
  // ends in the millisecond in which it began.
  await eventually('the settlements are read', async () => {
    const { begun_at = '', succeeded_at = '' } = await import_of(connector);
    return begun_at > before_it && succeeded_at >= begun_at;
  });
};
const standing = async () => (await overview()).standings.find((one) => one.connector === 'authorize_net' && one.currency === 'EUR');
const balances = async () => Object.fromEntries((await florin.get('/api/v1/ledger/balances')).json.balances
  .filter((one) => one.currency === 'EUR').map((one) => [one.account, minor(one.balance)]));
const settlements = async (query = '') => (await florin.get(`/api/v1/settlements?${query}`)).json.data;
const lines_of = async ({ id }, query = '', options = {}) => (await florin.get(`/api/v1/settlements/${id}/lines?${query}`, options)).json.data;
const desk = async () => (await florin.get('/api/v1/cases?owner_kind=settlement_difference')).json.data;
const only_case = async (reason) => {
  const all = await desk();
  assert.equal(all.length, 1, JSON.stringify(all, null, 1));
  assert.equal(all[0].reason, reason);
  return all[0];
};
const resolve = async (id, body) => {
  const resolved = await florin.post(`/api/v1/cases/${id}/resolve`, body);
  assert.equal(resolved.status, 200, resolved.text);
};
/// The bank has what the settlements say was paid, and what people have said came another way.
const bank_is_what_was_paid = async (elsewhere = 0) => {
  const totals = (await settlements('limit=200')).filter((one) => one.state === 'paid').map((one) => minor(one.total));
  assert.equal((await balances()).bank ?? 0, totals.reduce((sum, one) => sum + one, 0) + elsewhere);
};
const spoil = (action) => florin.faults({ match: { provider: 'authorize_net' }, action, count: 1 });

test('charge, refund, settle, import: the clearing account drains to zero, and every cent of the payout is explained', async () => {
  const first = await paid('10.00'), second = await paid('25.50');
  const back = await refunded(second, '5.50');
  assert.equal((await standing()).clearing, '30.00');
  assert.equal((await standing()).in_transit, '30.00');
  await settle();
  await reconcile();
  const one = await standing();
  assert.deepEqual([one.clearing, one.suspense, one.open_differences], ['0.00', '0.00', 0]);
  const [payout, ...others] = await settlements();
  assert.equal(others.length, 0);
  assert.deepEqual([payout.state, payout.total, payout.net, payout.lines, payout.is_imported, payout.beside_lines], ['paid', '30.00', '30.00', 3, true, '0.00']);
  const lines = await lines_of(payout);
  assert.deepEqual(lines.map((line) => [line.kind, line.status, line.gross, line.transaction_id]).sort(), [
    ['charge', 'matched', '10.00', first.transaction_id], ['charge', 'matched', '25.50', second.transaction_id],
    ['refund', 'matched', '-5.50', back.transaction_id]].sort());
  for (const line of lines) {
    const journal = (await florin.get(`/api/v1/ledger/transactions/${line.id}`)).json.entries;
    assert.equal(journal.reduce((sum, entry) => sum + minor(entry.amount), 0), 0);
    assert.equal(minor(journal.find((entry) => entry.account === 'bank').amount), minor(line.net));
  }
  const whole = (await florin.get(`/api/v1/settlements/${payout.id}`)).json;
  assert.deepEqual([whole.merchants.length, whole.merchants[0].net, whole.differences], [1, '30.00', []]);
  assert.deepEqual(await desk(), []);
  await reconcile();
  await bank_is_what_was_paid();
});

test('a line of another amount is a case that says what stands where, and is written off', async () => {
  await spoil({ kind: 'line_amount', amount: '9.00' });
  const { reference_number } = await paid('10.00');
  await settle();
  await reconcile();
  const one = await only_case('amount_differs');
  assert.equal(one.amount, '1.00');
  const [payout] = await settlements();
  const shown = async () => (await florin.get(`/api/v1/settlements/${payout.id}`)).json.differences;
  assert.deepEqual((await shown()).map((each) => [each.kind, each.resolution]), [['amount_differs', undefined]]);
  assert.deepEqual((await lines_of(payout, 'status=differs')).map((line) => line.status), ['amount_differs']);
  for (const words of ['9.00 EUR', '10.00 EUR', reference_number, '1.00 EUR is missing']) assert.ok(one.message.includes(words), one.message);
  assert.equal((await standing()).suspense, '1.00');
  assert.equal((await balances()).suspense, 100, 'the same sign in the ledger');
  assert.equal((await florin.get('/api/v1/reconciliation/differences')).json.data[0].missing, '1.00', 'and in the difference');
  await resolve(one.id, { resolution: 'waived', note: 'Agreed on the phone' });
  await reconcile();
  assert.deepEqual(await desk(), []);
  assert.deepEqual([(await standing()).suspense, (await standing()).clearing], ['0.00', '0.00']);
  assert.equal((await balances()).write_offs, 100);
  await bank_is_what_was_paid();
  assert.deepEqual((await shown()).map((each) => [each.kind, each.resolution]), [['amount_differs', 'waived']]);
  const differences_of = async (id) => (await florin.get(`/api/v1/reconciliation/differences?status=all&settlement_id=${id}`)).json.data;
  assert.deepEqual((await differences_of(payout.id)).map((each) => each.settlement_id), [payout.id]);
  assert.deepEqual(await differences_of((await settlements()).at(-1).id), []);
  assert.equal((await florin.get('/api/v1/reconciliation/differences?settlement_id=x')).json.code, 'invalid_parameter');
  const [ended] = (await florin.get('/api/v1/reconciliation/differences?status=resolved&kind=amount_differs')).json.data;
  assert.deepEqual([ended.resolution, ended.missing], ['waived', '1.00']);
  const journal = (await florin.get(`/api/v1/ledger/transactions/${ended.closing_journal_id}`)).json.entries;
  assert.deepEqual(journal.map((entry) => entry.account).sort(), ['suspense', 'write_offs']);
});

test('a line twice, and one that nobody sent, are given back another way', async () => {
  for (const [action, reason] of [[{ kind: 'line_twice' }, 'settled_twice'], [{ kind: 'line_unknown', amount: '10.00' }, 'unknown_operation']]) {
    await spoil(action);
    await paid('10.00');
    await settle();
    await reconcile();
    const one = await only_case(reason);
    assert.equal(one.amount, '10.00');
    assert.ok(one.message.includes('10.00 EUR was paid beyond what our books expect'), one.message);
    assert.equal(minor((await standing()).suspense), -1000);
    await resolve(one.id, { resolution: 'paid_elsewhere', amount: '10.00', note: 'Sent back by transfer' });
    assert.equal((await standing()).suspense, '0.00');
  }
  await bank_is_what_was_paid(-2000);
});

test('a total that its lines do not come to is a case, and the bank has the total', async () => {
  const before_it = await balances();
  await spoil({ kind: 'settlement_total', amount: '18.00' });
  await paid('20.00');
  await settle();
  await reconcile();
  const one = await only_case('total_differs');
  assert.ok(one.message.includes('18.00 EUR') && one.message.includes('20.00 EUR'), one.message);
  assert.equal((await balances()).bank - before_it.bank, 1800);
  await resolve(one.id, { resolution: 'retry' });
  await reconcile();
  const again = await only_case('total_differs');
  assert.equal(again.id, one.id, 'it still differs: the same case is open again');
  await resolve(one.id, { resolution: 'waived' });
  await reconcile();
  assert.deepEqual(await desk(), []);
  assert.equal((await standing()).suspense, '0.00');
});

test('a batch that could not be settled is a case until its payments are settled with the next', async () => {
  await spoil({ kind: 'settlement_failed' });
  await paid('30.00');
  await settle();
  await reconcile();
  const one = await only_case('failed');
  assert.match(one.message, / of 30\.00 EUR/);
  assert.equal((await standing()).clearing, '30.00');
  await resolve(one.id, { resolution: 'retry' });
  await reconcile();
  assert.equal((await only_case('failed')).message, one.message);
  await settle();
  await reconcile();
  assert.equal((await standing()).clearing, '0.00');
  assert.deepEqual(await desk(), []);
  assert.equal((await florin.get(`/api/v1/cases/${one.id}`)).json.status, 'resolved');
  assert.equal((await settlements('state=failed')).length, 1);
});

test('an outcome that was lost is looked up before anybody is asked', async () => {
  await spoil({ kind: 'drop_after' });
  const lost = await florin.pay('purchase', charge('40.00', { currency: 'EUR' }));
  assert.ok([200, 202].includes(lost.status), lost.text);
  await settle();
  await reconcile();
  assert.deepEqual(await desk(), []);
  assert.equal((await standing()).clearing, '0.00');
});

test('a payout of Stripe, fees deducted, is of another merchant than the account', async () => {
  const shop = await florin.new_merchant('stripe-shop', { connector: 'stripe' });
  const key = { key: shop.key };
  const sale = (await florin.pay('purchase', charge('20.00'), key)).json;
  assert.equal((await florin.pay('refund', { transaction_id: sale.transaction_id, amount: '5.00' }, key)).json.status, 'settled');
  await settle();
  await reconcile('stripe');
  const [mine] = (await florin.get('/api/v1/settlements', key)).json.data;
  const lines = (await florin.get(`/api/v1/settlements/${mine.id}/lines`, key)).json.data;
  assert.deepEqual(lines.map((line) => [line.kind, line.status, line.gross]).sort(), [['charge', 'matched', '20.00'], ['refund', 'matched', '-5.00']]);
  const [standing_of_it] = (await florin.get('/api/v1/reconciliation', key)).json.standings;
  assert.deepEqual([standing_of_it.connector, standing_of_it.clearing, standing_of_it.suspense], ['stripe', '0.00', '0.00']);
  assert.equal(mine.total, undefined, 'what the whole payout comes to is for whose account it is');
  const whole = (await florin.get(`/api/v1/settlements/${mine.id}`)).json;
  assert.equal(minor(whole.total), minor(mine.net), 'and it is all of that merchant');
  const { balances: books } = (await florin.get('/api/v1/ledger/balances', key)).json;
  const booked = (account) => minor(books.find((one) => one.account === account).balance);
  assert.deepEqual([booked('bank'), booked('bank') + booked('fees')], [minor(whole.total), 1500]);
});

test('a payout of Stripe made by hand is paid of what is owed, and the next one takes it off', async () => {
  const shop = await florin.new_merchant('stripe-by-hand', { connector: 'stripe' });
  const key = { key: shop.key };
  const of_stripe = async (options) => (await florin.get('/api/v1/reconciliation', options)).json.standings.find((one) => one.connector === 'stripe') ?? {};
  // All arrive on the same day, so their order says nothing.
  const seen = new Set((await settlements('connector=stripe')).map((one) => one.id));
  const new_one = async () => {
    const [one, ...others] = (await settlements('connector=stripe')).filter(({ id }) => !seen.has(id));
    assert.equal(others.length, 0);
    seen.add(one.id);
    return one;
  };
  const before_it = minor((await of_stripe()).clearing ?? '0.00'), paid_before = (await balances()).bank ?? 0;
  assert.equal((await florin.pay('purchase', charge('40.00'), key)).status, 200);
  const by_hand = await send(florin.sandbox, 'POST', '/v1/payouts', {
    body: `amount=1500&currency=eur`, headers: { authorization: 'Bearer sk_test_sandbox', 'content-type': 'application/x-www-form-urlencoded' } });
  assert.deepEqual([by_hand.status, by_hand.json.automatic, by_hand.json.reconciliation_status], [200, false, 'not_applicable'], by_hand.text);
  await reconcile('stripe');
  const first = await new_one();
  assert.deepEqual([first.total, (await lines_of(first)).map((line) => [line.kind, line.status, line.gross])], ['15.00', [['payout', 'matched', '15.00']]]);
  assert.equal(minor((await of_stripe()).clearing), before_it - 1500, 'so much was paid ahead');
  await settle();
  await reconcile('stripe');
  const next = await new_one();
  assert.deepEqual((await lines_of(next)).map((line) => [line.kind, line.status, line.gross]), [['payout', 'matched', '-15.00']]);
  const [mine] = (await florin.get('/api/v1/settlements', key)).json.data;
  assert.deepEqual([mine.id, (await lines_of(mine, '', key)).map((line) => [line.kind, line.status])], [next.id, [['charge', 'matched']]]);
  assert.deepEqual([minor((await of_stripe()).clearing), (await of_stripe(key)).clearing], [before_it, '0.00']);
  assert.equal((await balances()).bank ?? 0, paid_before, 'what was paid by hand is in the books of the other');
  assert.deepEqual(await desk(), []);
});

test('what nobody may see, and what is asked wrongly, is refused', async () => {
  const other = await florin.new_merchant('other-shop');
  const [payout] = await settlements();
  for (const target of [`/api/v1/settlements/${payout.id}`, `/api/v1/settlements/${payout.id}/lines`, '/api/v1/settlements/x'])
    assert.equal((await florin.get(target, { key: other.key })).json.code, 'settlement_not_found');
  assert.deepEqual((await florin.get('/api/v1/settlements', { key: other.key })).json.data, []);
  const reader = await florin.new_key('test-merchant', 'cases:read');
  assert.equal((await florin.get('/api/v1/reconciliation', { key: reader })).status, 403);
  for (const query of ['state=gone', 'limit=0', 'cursor=x', 'from=yesterday'])
    assert.deepEqual([(await florin.get(`/api/v1/settlements?${query}`)).status, (await florin.get(`/api/v1/settlements?${query}`)).json.code], [422, 'invalid_parameter']);
  assert.equal((await florin.get('/api/v1/settlements?colour=red')).json.code, 'unknown_parameter');
  assert.equal((await florin.post('/api/v1/reconciliation/runs', { connector: 'nobody' })).json.code, 'unknown_connector');
  const idempotency_key = fresh_key();
  for (let i = 0; i < 2; ++i) assert.equal((await florin.post('/api/v1/reconciliation/runs', {}, { idempotency_key })).status, 202);
  assert.equal((await florin.post('/api/v1/reconciliation/runs', { connector: 'authorize_net' }, { idempotency_key })).json.code, 'idempotency_key_reused');
});

test('lists go on, settlements are told of in events, readings in the audit, and the books agree', async () => {
  const seen = [];
  for (let query = 'limit=2'; query;) {
    const page = (await florin.get(`/api/v1/settlements?${query}`)).json;
    seen.push(...page.data);
    query = page.has_more && `limit=2&cursor=${page.next_cursor}`;
  }
  assert.equal(new Set(seen.map((one) => one.id)).size, (await settlements('limit=200')).length);
  const news = (await florin.get('/api/v1/events?limit=200&type=florin.reconciliation.difference_found')).json.data;
  assert.ok(news.length >= 5, String(news.length));
  const metrics = (await florin.get('/api/v1/metrics', { key: null })).text;
  assert.match(metrics, /florin_settlement_lines_total\{connector="authorize_net",status="matched"\} [1-9]/);
  assert.match(metrics, /florin_settlement_differences\{connector="authorize_net",kind="amount_differs"\} 0/);
  assert.equal((await florin.command('ledger', 'check')).code, 0);
  assert.equal((await florin.command('audit', 'verify')).code, 0);
});
