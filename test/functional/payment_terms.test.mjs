// Document A over HTTP: terms made, charged, changed, canceled, read and previewed; what is refused, and how.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { eventually, fresh_key, send, start_florin, visa } from '../support/florin.mjs';

const all = '/payment_terms';
let florin, other, token;
before(async () => {
  florin = await start_florin();
  other = await florin.new_merchant('other');
  token = (await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'c-7' })).json.payment_method_token;
});
after(() => florin?.stop());

const absent = '01890000-0000-7000-8000-000000000000';
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
/// Due today: the first instalment is charged at once.
const wanted = (more = {}) => ({
  customer_id: 'c-7', total_amount: 120_001, start_date: day(0), term_duration: 12, billing_day: Number(day(0).slice(8)), payment_terms: { payment_method_token: token }, ...more,
});
const later = (more = {}) => wanted({ start_date: `${new Date().getUTCFullYear() + 1}-01-31T00:00:00Z`, billing_day: 31, ...more });
const created = async (body, options) => {
  const answer = await florin.post(all, body, options);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
};
const read = async (id) => (await florin.get(`${all}/${id}`)).json;
const adjust = (id, body, options) => florin.request('PATCH', `${all}/${id}`, { body, ...options });
const cancel = (id, options) => florin.request('DELETE', `${all}/${id}`, options);
const paid = (id) => eventually(`an instalment of ${id} is paid`, async () => {
  const terms = await read(id);
  return terms.paid_amount > 0 && terms;
});

test('terms are made, read and listed, and their instalments sum to the total', async () => {  // A-AP-01, A-AP-05, A-FD-01..09, A-AS-13, X-29, A-SC-03, A-SC-04, A-AS-12, A-AS-14, A-CM-07, A-CM-11, X-08
  const body = later({ cancellation_terms: { method: 'short_rate', penalty_percent: 12.5, cooling_off_days: 14, refund_cap: 50_000 }, payment_terms: { adjustment: 'spread', description: 'Policy 4711' } });
  const terms = await created(body);
  assert.deepEqual([terms.status, terms.total_amount, terms.currency, terms.customer_id, terms.version], ['active', 120_001, 'EUR', 'c-7', 1]);
  assert.equal(terms.start_date, body.start_date.slice(0, 10));
  assert.deepEqual(terms.cancellation_terms, { method: 'short_rate', penalty_percent: 12.5, cooling_off_days: 14, refund_cap: 50_000 });
  assert.equal(terms.payment_terms.adjustment, 'spread');
  assert.deepEqual(await read(terms.payment_terms_id), terms);
  const { json: schedule } = await florin.get(`${all}/${terms.payment_terms_id}/schedule`);
  assert.equal(schedule.instalments.length, 12);
  assert.equal(schedule.instalments.reduce((sum, one) => sum + one.amount, 0), 120_001);
  assert.deepEqual(schedule.instalments[0], { number: 1, due_date: body.start_date.slice(0, 10), amount: 10_001, status: 'scheduled' });
  assert.match(schedule.instalments[1].due_date, /-02-(28|29)$/);
  assert.match(schedule.instalments[2].due_date, /-03-31$/);
  const { json: list } = await florin.get(`${all}?customer_id=c-7&status=active&limit=200`);
  assert.ok(list.data.some((one) => one.payment_terms_id === terms.payment_terms_id));
});

test('every read of a customer\'s terms, and of what they will be charged, is in the audit trail', async () => {  // D-PC-09
  const customer_id = `c-${fresh_key()}`.slice(0, 40);
  const { json: made } = await florin.post(all, later({ customer_id, payment_terms: {} }));
  const id = made.payment_terms_id;
  for (const path of [`${all}/${id}`, `${all}/${id}/schedule`, `${all}?customer_id=${customer_id}`, '/api/v1/forecast'])
    assert.equal((await florin.get(path)).status, 200, path);
  assert.equal((await florin.post(`${all}/preview`, { cancel: { payment_terms_id: id } })).status, 200);
  const reads = await eventually('all of it', async () => {
    const { json } = await florin.get('/api/v1/audit');
    const found = json.data.map((record) => `${record.action} ${record.entity_id}`).filter((one) => one === 'forecast.read ' || one === `payment_terms.read ${id}`);
    return found.length >= 5 && found;
  });
  assert.deepEqual(reads.sort(), ['forecast.read ', ...Array(4).fill(`payment_terms.read ${id}`)]);
});

test('a list goes on where its page ended', async () => {
  const made = [];
  for (let i = 0; i < 3; ++i) made.unshift((await created(later({ customer_id: 'pages', payment_terms: {} }))).payment_terms_id);
  const first = (await florin.get(`${all}?customer_id=pages&limit=2`)).json;
  assert.deepEqual([first.data.map((one) => one.payment_terms_id), first.has_more], [made.slice(0, 2), true]);
  const second = (await florin.get(`${all}?customer_id=pages&limit=2&cursor=${first.next_cursor}`)).json;
  assert.deepEqual([second.data.map((one) => one.payment_terms_id), second.has_more], [made.slice(2), false]);
});

test('what is due is charged by itself, and a cancellation gives it back', async () => {  // A-FR-01, A-FR-09, A-FR-10, A-AP-03, F86, X-37, A-CM-09, A-CM-13, A-CM-14
  const terms = await created(wanted());
  const id = terms.payment_terms_id;
  assert.equal((await paid(id)).paid_amount, 10_001);
  const { json: schedule } = await florin.get(`${all}/${id}/schedule`);
  assert.deepEqual(schedule.instalments.slice(0, 2).map((one) => one.status), ['succeeded', 'scheduled']);
  const { json: preview } = await florin.post(`${all}/preview`, { cancel: { payment_terms_id: id } });
  assert.equal(preview.cancellation.refund_amount, 10_001);
  assert.equal((await read(id)).status, 'active');
  const canceled = await cancel(id);
  assert.deepEqual([canceled.status, canceled.json.status, canceled.json.cancellation.refund_amount], [200, 'pending_cancellation', 10_001]);
  const gone = await eventually('it is canceled', async () => {
    const now = await read(id);
    return now.status === 'canceled' && now;
  });
  assert.equal(gone.refunded_amount, 10_001);
  const again = await cancel(id);
  assert.deepEqual([again.status, again.json], [200, gone]);
  const settlements = (await florin.get(`${all}/${id}/schedule`)).json.settlements;
  assert.deepEqual(settlements.map((one) => [one.purpose, one.is_refund, one.amount, one.status]), [['final_amount', true, 10_001, 'succeeded']]);
  assert.deepEqual([(await adjust(id, { total_amount: 5 })).status, (await adjust(id, { total_amount: 5 })).json.code], [409, 'payment_terms_canceled']);
});

test('a fee that with the total is more than an amount can be is refused, and named', async () => {  // F90
  const fee = 1_000_000_000_000_000;
  const past = { total_amount: 100, start_date: '2020-01-01', cancellation_terms: { fee } };
  for (const refused of [await florin.post(all, wanted(past)), await florin.post(`${all}/preview`, { create: wanted(past) })]) {
    assert.deepEqual([refused.status, refused.json.code], [422, 'amount_out_of_range'], refused.text);
    assert.ok(refused.json.field.endsWith('cancellation_terms.fee'), refused.text);
  }
  assert.equal((await florin.post(`${all}/preview`, { create: wanted(past) })).json.field, 'create.cancellation_terms.fee');
  const { payment_terms_id: id } = await created(later({ total_amount: 100, cancellation_terms: { fee: fee - 100 } }));
  const raised = await adjust(id, { total_amount: 101 });
  assert.deepEqual([raised.status, raised.json.code, raised.json.field], [422, 'amount_out_of_range', 'total_amount'], raised.text);
});

test('another total catches up or spreads, as it was previewed', async () => {  // A-AP-02, A-FR-05..08, X-30, A-SC-08, A-CM-08
  for (const [adjustment, more, next] of [['catch_up', 14_999, 25_000], ['spread', 0, 26_369]]) {
    const { payment_terms_id: id } = await created(wanted({ payment_terms: { payment_method_token: token, adjustment } }));
    await paid(id);
    const { json: preview } = await florin.post(`${all}/preview`, { adjust: { payment_terms_id: id, total_amount: 300_000 } });
    const { json: terms } = await adjust(id, { total_amount: 300_000, version: (await read(id)).version });
    assert.deepEqual([terms.total_amount, terms.next_amount], [300_000, next]);
    assert.deepEqual(preview.compensation, more ? { is_refund: false, amount: more } : undefined);
    assert.equal(preview.instalments[1].amount, next);
    await eventually('the difference is paid', async () => (await read(id)).paid_amount === 10_001 + more);
    const { json: schedule } = await florin.get(`${all}/${id}/schedule`);
    const sum = [...schedule.instalments, ...schedule.settlements].reduce((total, one) => total + (one.is_refund ? -one.amount : one.amount), 0);
    assert.equal(sum, 300_000);
    await cancel(id);
  }
});

test('a request with a key happens once', async () => {  // F11, F12, F37
  const body = later();
  const options = { idempotency_key: fresh_key() };
  const first = await florin.post(all, body, options);
  const again = await florin.post(all, body, options);
  assert.deepEqual([again.status, again.text, again.headers['idempotent-replayed']], [201, first.text, 'true']);
  const other_body = await florin.post(all, { ...body, total_amount: 7 }, options);
  assert.deepEqual([other_body.status, other_body.json.code], [422, 'idempotency_key_reused']);
  const id = first.json.payment_terms_id;
  const key = { idempotency_key: fresh_key() };
  const changed = await adjust(id, { total_amount: 60_000 }, key);
  await adjust(id, { total_amount: 70_000 });
  assert.equal((await adjust(id, { total_amount: 60_000 }, key)).text, changed.text);
  assert.equal((await read(id)).total_amount, 70_000);
  assert.equal((await adjust(id, { total_amount: 80_000, version: 1 })).json.code, 'payment_terms_changed_meanwhile');
});

test('amounts are whole numbers of minor units and nothing else', async () => {  // F93, F98, A-FD-09
  for (const amount of ['"120000"', '1200.00', '1e5', '-0', '0', '-1', '1000000000000001', 'null', 'true']) {
    const text = JSON.stringify(later({ total_amount: 'AMOUNT' })).replace('"AMOUNT"', amount);
    const answer = await florin.post(all, text);
    assert.deepEqual([answer.status, answer.json.field], [422, 'total_amount'], `${amount}: ${answer.text}`);
    const preview = await florin.post(`${all}/preview`, `{"create":${text}}`);
    assert.deepEqual([preview.status, preview.json.field], [422, 'create.total_amount'], `${amount}: ${preview.text}`);
  }
});

test('what makes no sense is refused, naming the field', async () => {  // A-AP-04
  const refused = [
    [{ customer_id: undefined }, 'customer_id', 'missing_field'], [{ term_duration: 0 }, 'term_duration', 'out_of_range'], [{ term_duration: 601 }, 'term_duration', 'out_of_range'],
    [{ billing_day: 32 }, 'billing_day', 'out_of_range'], [{ billing_day: 0 }, 'billing_day', 'out_of_range'], [{ start_date: '2027-02-30' }, 'start_date', 'invalid_start_date'], [{ start_date: '2027-02-30T00:00:00Z' }, 'start_date', 'invalid_start_date'],
    [{ start_date: '1999-12-31' }, 'start_date', 'start_date_out_of_range'], [{ currency: 'XXL' }, 'currency', 'unknown_currency'], [{ tax: 1 }, 'tax', 'unknown_field'],
    [{ cancellation_terms: { method: 'half' } }, 'cancellation_terms.method', 'unknown_method'],
    [{ cancellation_terms: { method: 'short_rate' } }, 'cancellation_terms.penalty_percent', 'missing_field'],
    [{ cancellation_terms: { penalty_percent: 10 } }, 'cancellation_terms.penalty_percent', 'penalty_not_applicable'],
    [{ cancellation_terms: { minimum_earned_percent: 12.345 } }, 'cancellation_terms.minimum_earned_percent', 'invalid_percent'],
    [{ cancellation_terms: { fee: -1 } }, 'cancellation_terms.fee', 'out_of_range'], [{ payment_terms: { adjustment: 'never' } }, 'payment_terms.adjustment', 'unknown_adjustment'],
    [{ payment_terms: { retry_policy: 'nobodys' } }, 'payment_terms.retry_policy', 'unknown_retry_policy'],
    [{ payment_terms: { payment_method_token: `pm_${absent}` } }, 'payment_terms.payment_method_token', 'payment_method_not_usable'],
    [{ customer_id: 'another' }, 'payment_terms.payment_method_token', 'payment_method_not_usable'],
  ];
  for (const [more, field, code] of refused) {
    const answer = await florin.post(all, later(more));
    assert.deepEqual([answer.status, answer.json.field, answer.json.code], [422, field, code], answer.text);
    if (more.start_date?.startsWith('2027-02-30')) assert.equal(answer.json.detail, 'There is no such day: 2027-02-30.');
  }
  // What is found late is named as the body has it, like what is found early.
  for (const [more, field, code] of refused) {
    const answer = await florin.post(`${all}/preview`, { create: later(more) });
    assert.deepEqual([answer.status, answer.json.field, answer.json.code], [422, `create.${field}`, code], answer.text);
  }
  const { payment_terms_id } = await created(later());
  for (const total_amount of [0, '5', 1e15 + 1])
    assert.equal((await florin.post(`${all}/preview`, { adjust: { payment_terms_id, total_amount } })).json.field, 'adjust.total_amount');
  assert.equal((await florin.post(`${all}/preview`, {})).json.code, 'ambiguous_preview');
  assert.equal((await florin.get(`${all}?status=paid`)).json.code, 'invalid_parameter');
});

test('only the total and how it is paid can be changed; what it was made with stays', async () => {  // A-AS-15, A-AS-16
  const terms = await created(later({ cancellation_terms: { method: 'flat' } }));
  const id = terms.payment_terms_id;
  for (const [field, value] of Object.entries({ term_duration: 24, billing_day: 1, start_date: day(0), customer_id: 'c-8', currency: 'USD', cancellation_terms: { method: 'none' } })) {
    const refused = await adjust(id, { total_amount: 130_000, [field]: value });
    assert.deepEqual([refused.status, refused.json.code, refused.json.field], [422, 'unknown_field', field], refused.text);
  }
  assert.deepEqual(await read(id), terms);
});

test('a term is as many months as it is told to be', async () => {  // A-SC-03, A-FD-04, A-AS-14
  for (const months of [1, 6, 12, 24, 600]) {
    const { payment_terms_id: id } = await created(later({ term_duration: months }));
    const { json: schedule } = await florin.get(`${all}/${id}/schedule`);
    assert.equal(schedule.instalments.length, months);
    assert.equal(schedule.instalments.reduce((sum, one) => sum + one.amount, 0), 120_001);
    assert.equal(new Set(schedule.instalments.slice(1).map((one) => one.amount)).size, months > 1 ? 1 : 0, 'all but the first are alike');
    await cancel(id);
  }
  for (const field of ['customer_id', 'total_amount', 'start_date', 'term_duration', 'billing_day']) {
    const refused = await florin.post(all, later({ [field]: undefined }));
    assert.deepEqual([refused.status, refused.json.code, refused.json.field], [422, 'missing_field', field]);
  }
});

test('a start may have passed, but not the whole term', async () => {
  const today = new Date();
  const months_ago = (months) => new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, 1)).toISOString().slice(0, 10);
  const over = await florin.post(all, wanted({ start_date: months_ago(13), billing_day: 1 }));
  assert.deepEqual([over.status, over.json.code, over.json.field], [422, 'start_date_out_of_range', 'start_date'], over.text);
  const { payment_terms_id: id } = await created(wanted({ start_date: months_ago(2), billing_day: 1 }));
  await eventually('what came due since is charged', async () => (await read(id)).billed_instalments === 3);
});

test('what is another merchant\'s is not there, and a key needs the scope', async () => {
  const { payment_terms_id: id } = await created(later());
  for (const target of [id, absent, 'nonsense']) {
    for (const answer of [await florin.get(`${all}/${target}`, { key: other.key }), await adjust(target, { total_amount: 5 }, { key: other.key }), await cancel(target, { key: other.key }),
      await florin.get(`${all}/${target}/schedule`, { key: other.key }), await florin.post(`${all}/${target}/release`, undefined, { key: other.key })])
      assert.deepEqual([answer.status, answer.json.code], [404, 'payment_terms_not_found']);
  }
  const reader = await florin.new_key('other', 'payment_terms:read');
  assert.equal((await florin.get(all, { key: reader })).status, 200);
  assert.equal((await florin.post(all, later(), { key: reader })).status, 403);
  assert.equal((await florin.post(`${all}/${id}/release`)).json.code, 'payment_terms_not_held');
});

test('changes are told by events and kept in the audit', async () => {  // A-CM-10, A-FR-17, A-PH-05, A-ST-01, A-CL-02
  const { payment_terms_id: id } = await created(later());
  await adjust(id, { total_amount: 60_000 });
  await cancel(id);
  const events = await eventually('four events', async () => {
    const { json } = await florin.get(`/api/v1/events?subject=${id}`);
    return json.data.length >= 4 && json.data;
  });
  assert.deepEqual(events.map((one) => one.type.replace('florin.payment_terms.', '')), ['created', 'adjusted', 'canceling', 'canceled']);
  const { json: audit } = await florin.get(`/api/v1/audit?entity_type=payment_terms&entity_id=${id}`);
  assert.equal(audit.data.length, 4);
});

test('the customer gets the agreement as a document by mail, anew with another total, and a statement of the cancellation', async () => {  // A-FR-12, A-FR-15, A-CM-27
  const customer_id = 'told';
  await florin.post('/api/v1/customers', { customer_id, name: 'Ada Lovelace', email: 'ada@example.com' });
  const { payment_terms_id: id } = await created(later({ customer_id, payment_terms: { description: 'Policy 4711' } }));
  await adjust(id, { total_amount: 60_000 });
  const accept = ({ id: document }) => florin.post(`/api/v1/documents/${document}/acceptance`, { name: 'Ada Lovelace' });
  const { json: issued } = await florin.get(`/api/v1/documents?owner_id=${id}`);
  const replaced = await accept(issued.data[1]);
  assert.deepEqual([replaced.status, replaced.json.code], [409, 'agreement_not_in_force'], replaced.text);
  const accepted = await accept(issued.data[0]);
  assert.equal(accepted.status, 200, accepted.text);
  await cancel(id);
  const mails = await eventually('three mails', async () => {
    const { json } = await florin.get(`/api/v1/notifications?customer_id=${customer_id}`);
    return json.data.length >= 3 && json.data;
  });
  assert.deepEqual(mails.map((one) => one.template).sort(), ['payment_terms_adjusted', 'payment_terms_canceled', 'payment_terms_created']);
  const { json: documents } = await florin.get(`/api/v1/documents?owner_id=${id}`);
  assert.deepEqual(documents.data.map((one) => [one.kind, one.number.slice(0, 3)]), [['statement', 'STM'], ['agreement', 'AGR'], ['agreement', 'AGR']]);
  const pdf = await florin.get(`/api/v1/documents/${documents.data[1].id}/pdf`);
  assert.deepEqual([pdf.status, pdf.headers['content-type'], pdf.text.slice(0, 5)], [200, 'application/pdf', '%PDF-']);
  assert.equal((await accept(documents.data[1])).text, accepted.text, 'what was accepted stays so');
});

test('an agreement about terms that were canceled is not accepted any more', async () => {  // A-FR-22
  const { payment_terms_id: id } = await created(later());
  await cancel(id);
  const { json: documents } = await florin.get(`/api/v1/documents?kind=agreement&owner_id=${id}`);
  const late = await florin.post(`/api/v1/documents/${documents.data[0].id}/acceptance`, { name: 'Ada Lovelace' });
  assert.deepEqual([late.status, late.json.code], [409, 'agreement_not_in_force'], late.text);
});

test('the statement of a cancellation explains every cent, comes with its mail and is shown by the link in it', async () => {  // A-FR-15, A-CM-27, A-AS-17
  const customer_id = `told-${fresh_key()}`.slice(0, 40);
  await florin.post('/api/v1/customers', { customer_id, name: 'Ada Lovelace', email: `${customer_id}@example.com`, locale: 'de' });
  const { json: card } = await florin.post('/api/v1/payment_methods', { card: visa, customer_id });
  const { payment_terms_id: id } = await created(wanted({ customer_id, cancellation_terms: { fee: 2_500, minimum_earned_percent: 5 }, payment_terms: { payment_method_token: card.payment_method_token, description: 'Police 4711' } }));
  await paid(id);
  await cancel(id);
  const statement = await eventually('the statement is issued', async () => (await florin.get(`/api/v1/documents?owner_id=${id}&kind=statement`)).json.data[0]);
  const { json: whole } = await florin.get(`/api/v1/documents/${statement.id}`);
  assert.deepEqual([whole.kind, whole.locale, whole.lines.length, whole.total], ['statement', 'de', 3, -15.01]);
  assert.deepEqual(whole.lines.map((one) => one.amount), [60, 25, -100.01]);
  assert.deepEqual(whole.schedule.map((one) => [one.description, one.due_date, one.amount]), [['Rate 1 von 12', day(0), 100.01]]);
  assert.match(whole.paragraphs.join(' '), /5\u00a0% des Gesamtbetrags/);
  const mail = await eventually('the mail is there', async () => {
    const { mails } = (await send(florin.sandbox, 'GET', `/sandbox/mails?to=${customer_id}%40example.com`)).json;
    return mails.find((one) => one.subject === 'Ihr Zahlungsplan ist beendet: Police 4711');
  });
  assert.deepEqual(mail.attachments, [{ filename: `${statement.number}.pdf`, type: 'application/pdf' }]);
  const link = new URL(mail.text.match(/https?:\/\/\S+\/documents\/\S+/)[0]);
  const shown = await florin.get(link.pathname + link.search, { key: '' });
  assert.deepEqual([shown.status, shown.text], [200, (await florin.get(`/api/v1/documents/${statement.id}/pdf`)).text]);
});

/// A merchant with a clock of its own that shows `now`, and a stored card.
async function on_a_clock(name, now) {
  const { key } = await florin.new_merchant(name);
  const clock = (await florin.post('/api/v1/test_clocks', { now }, { key })).json;
  const { json: card } = await florin.post('/api/v1/payment_methods', { card: visa, customer_id: 'c-7' }, { key });
  const advance = async (move) => {
    const moved = await florin.post(`/api/v1/test_clocks/${clock.id}/advance`, move, { key });
    assert.equal(moved.status, 200, moved.text);
  };
  const terms = { customer_id: 'c-7', total_amount: 120_001, start_date: now, term_duration: 12, billing_day: 31, payment_terms: { payment_method_token: card.payment_method_token } };
  return { key, advance, terms, get: async (target) => (await florin.get(`${all}/${target}`, { key })).json };
}

test('a year of instalments passes on a test clock, each on its day', async () => {  // A-FR-01, A-AS-13, X-28, A-SC-02
  const shop = await on_a_clock('a-year', '2027-01-31T09:00:00Z');
  const { payment_terms_id: id } = await created(shop.terms, { key: shop.key });
  await shop.advance({ to: '2027-07-01T00:00:00Z' });
  assert.equal((await shop.get(id)).paid_amount, 60_001);
  const forecast = (await florin.get('/api/v1/forecast?until=2027-12-31', { key: shop.key })).json;
  assert.equal(forecast.data.length, 6, JSON.stringify(forecast));
  await shop.advance({ to: '2028-01-30T00:00:00Z' });
  const terms = await shop.get(id);
  assert.deepEqual([terms.status, terms.paid_amount, terms.billed_instalments], ['completed', 120_001, 12]);
  const { instalments } = await shop.get(`${id}/schedule`);
  assert.deepEqual(instalments.map((one) => [one.due_date.slice(5), one.amount, one.status]),
    ['01-31', '02-28', '03-31', '04-30', '05-31', '06-30', '07-31', '08-31', '09-30', '10-31', '11-30', '12-31'].map((date, at) => [date, at === 0 ? 10_001 : 10_000, 'succeeded']));
});

test('a total that is lowered below what was paid is told as it adds up, without instalments of nothing', async () => {  // A-FR-15, A-FR-12
  const shop = await on_a_clock('lowered', '2027-01-31T09:00:00Z');
  const email = 'lowered@example.com';
  await florin.post('/api/v1/customers', { customer_id: 'c-7', name: 'Ada', email }, { key: shop.key });
  const { payment_terms_id: id } = await created({ ...shop.terms, total_amount: 120_000, payment_terms: { ...shop.terms.payment_terms, adjustment: 'spread' } }, { key: shop.key });
  await shop.advance({ to: '2027-05-01T00:00:00Z' });
  assert.equal((await shop.get(id)).paid_amount, 40_000);
  assert.equal((await adjust(id, { total_amount: 36_000 }, { key: shop.key })).status, 200);
  const mail = await eventually('the mail is there', async () => {
    const { mails } = (await send(florin.sandbox, 'GET', `/sandbox/mails?to=${email}`)).json;
    return mails.find((one) => one.subject.startsWith('Your payment plan has changed'));
  });
  const text = mail.text.replaceAll('\u00a0', ' ');
  assert.match(text, /Given back at once: €40\.00\nNext instalment: none/);
  const { json: { data: [agreement] } } = await florin.get(`/api/v1/documents?kind=agreement&owner_id=${id}`, { key: shop.key });
  const { json: { pdf_url } } = await florin.get(`/api/v1/documents/${agreement.id}`, { key: shop.key });
  const pdf = Buffer.from(await (await fetch(pdf_url)).arrayBuffer());
  const page = execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString().replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
  assert.match(page, /Paid so far €400\.00 Given back at once, for this change [-−]€40\.00 Total €360\.00/);
  assert.doesNotMatch(page, /€0\.00|Schedule/);
});

test('a declined instalment is tried again the next day and then left to a person, and the next one is charged on its day', async () => {  // F82, A-FR-02..04, A-FR-13, A-ST-03
  const shop = await on_a_clock('declined', '2027-01-30T09:00:00Z');
  const { payment_terms_id: id } = await created(shop.terms, { key: shop.key });
  const status = async (number) => (await shop.get(`${id}/schedule`)).instalments[number - 1].status;
  await florin.faults({ match: { provider: 'authorize_net', transactionType: 'authCaptureTransaction' }, action: { kind: 'decline', code: 2 }, count: 2 });
  await shop.advance({ to: '2027-01-31T12:00:00Z' });
  assert.equal(await status(1), 'retrying');
  await shop.advance({ to: '2027-02-01T12:00:00Z' });
  assert.equal(await status(1), 'failed');
  await florin.faults();
  await shop.advance({ to: '2027-03-01T00:00:00Z' });
  assert.deepEqual([await status(1), await status(2), (await shop.get(id)).paid_amount], ['failed', 'succeeded', 10_000]);
  // The refund of a cancellation is of what was paid.
  await florin.request('DELETE', `${all}/${id}`, { key: shop.key });
  await shop.advance({ by: 'P1D' });
  const terms = await shop.get(id);
  assert.deepEqual([terms.status, terms.cancellation.paid_amount, terms.cancellation.elapsed_days], ['canceled', 10_000, 30]);
});
