// Documents over HTTP: from a plan's agreement and receipt to the PDF that anybody with its link can read.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, start_florin, visa } from '../support/florin.mjs';

const all = '/api/v1/documents';
const absent = '01890000-0000-7000-8000-000000000000';
let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const refused = async (path, status, code) => {
  const { status: got, json } = await florin.get(path);
  assert.equal(got, status, path);
  assert.equal(json.code, code, path);
};

test('a merchant without documents has an empty list, and wrong filters are named', async () => {  // A-FR-14, F98
  assert.deepEqual((await florin.get(all)).json, { data: [], has_more: false });
  assert.deepEqual((await florin.get(`${all}?kind=receipt&customer_id=c-1&owner_id=${absent}&issued_from=2026-01-01&issued_before=2027-01-01&limit=5`)).json.data, []);
  for (const wrong of ['kind=paper', 'owner_id=7', 'issued_from=2026-02-30', 'issued_before=yesterday', 'limit=0', 'limit=201', 'cursor=x']) {
    const { status, json } = await florin.get(`${all}?${wrong}`);
    assert.equal(status, 422, wrong);
    assert.equal(json.code, 'invalid_parameter', wrong);
    assert.equal(json.field, wrong.split('=')[0]);
  }
  await refused(`${all}?colour=red`, 422, 'unknown_parameter');
});

test('what is not there is 404, however it is asked for', async () => {  // F139
  for (const id of [absent, 'x']) {
    await refused(`${all}/${id}`, 404, 'document_not_found');
    await refused(`${all}/${id}/pdf`, 404, 'document_not_found');
    const { status, json } = await florin.post(`${all}/${id}/acceptance`, { name: 'Ada Lovelace' });
    assert.equal(status, 404);
    assert.equal(json.code, 'document_not_found');
  }
});

test('a link that is not ours is 404 without a key, and says nothing else', async () => {  // A-FR-14, F136
  for (const link of [`1-${absent}.pdf`, `1-${absent}.pdf?expires=4000000000&signature=AAAA`, 'x', `1-${absent}.pdf?expires=1&signature=`]) {
    const answer = await fetch(`${florin.origin}/documents/${link}`);
    assert.equal(answer.status, 404, link);
    assert.equal((await answer.json()).code, 'document_not_found', link);
  }
});

/// What poppler reads in a PDF.
const words_of = (pdf) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString();
const bytes_of = async (url, options) => {
  const answer = await fetch(url, options);
  assert.equal(answer.status, 200, url);
  assert.equal(answer.headers.get('content-type'), 'application/pdf');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.match(answer.headers.get('cache-control'), /no-store/);
  return Buffer.from(await answer.arrayBuffer());
};

test('a plan brings its agreement, which is accepted as it is, and a receipt that outlives its customer', async () => {  // A-FR-11, A-FR-14, A-FR-22, A-CL-16, X-25, A-FR-23, A-CM-29
  const customer_id = `documents-${process.pid}`;
  const person = { customer_id, name: 'Ada Quillfeather', billing_address: { address: 'Gibraltargasse 43', city: 'Xanadustadt', zip: '1010' }, locale: 'de-AT' };
  const { json: customer } = await florin.post('/api/v1/customers', person);
  const { json: method } = await florin.post('/api/v1/payment_methods', { card: visa, customer_id });
  const today = new Date().toISOString().slice(0, 10);
  const made = await florin.post('/payment_terms', {
    customer_id, total_amount: 120_000, start_date: today, term_duration: 12, billing_day: Number(today.slice(8)), payment_terms: { payment_method_token: method.payment_method_token },
  });
  assert.equal(made.status, 201, made.text);
  const owner = made.json.payment_terms_id;
  const issued = (kind) => eventually(`a ${kind} is issued`, async () => (await florin.get(`${all}?kind=${kind}&owner_id=${owner}`)).json.data[0]);

  const agreement = await issued('agreement');
  const whole = (await florin.get(`${all}/${agreement.id}`)).json;
  assert.deepEqual([whole.total, whole.schedule.length, whole.name], [1200, 12, 'Ada Quillfeather']);
  const shown = await bytes_of(whole.pdf_url);
  assert.match(words_of(shown), /Finanzierungsvereinbarung[^]*Ada Quillfeather[^]*1010 Xanadustadt[^]*€\s100,00/);
  for (const ip_address of ['home', '203.0.113', '203.0.113.7:443', '2001:db8::g', '0203.0.113.07', '10.0.0.0/8']) {
    const refused = await florin.post(`${all}/${agreement.id}/acceptance`, { name: 'Ada Quillfeather', ip_address });
    assert.deepEqual([refused.status, refused.json.code, refused.json.field], [422, 'invalid_ip_address', 'ip_address'], ip_address);
  }
  const { json: accepted } = await florin.post(`${all}/${agreement.id}/acceptance`, { name: 'Ada Quillfeather', ip_address: '203.0.113.7' });
  assert.equal(accepted.pdf_sha256, createHash('sha256').update(shown).digest('hex'));
  assert.equal((await florin.post(`${all}/${agreement.id}/acceptance`, { name: 'Somebody Else' })).json.code, 'document_already_accepted');
  assert.deepEqual(await bytes_of(whole.pdf_url), shown);

  const receipt = await issued('receipt');
  assert.match(receipt.number, /^RCT-\d{6}$/);
  const link = (await florin.get(`${all}/${receipt.id}`)).json.pdf_url;
  assert.match(words_of(await bytes_of(link)), /Quittung[^]*Ada Quillfeather/);
  assert.equal((await fetch(link.replace(/expires=\d+/, 'expires=4000000000'))).status, 404);

  const refused = await florin.request('DELETE', `/api/v1/customers/${customer.id}`);
  assert.deepEqual([refused.status, refused.json.code], [409, 'customer_still_charged'], refused.text);
  assert.ok(refused.json.detail.includes(owner), refused.text);
  assert.equal((await florin.request('DELETE', `/payment_terms/${owner}`)).status, 200);
  await eventually('nothing is charged or given back any more', async () =>
    (await florin.request('DELETE', `/api/v1/customers/${customer.id}`)).status === 200);
  for (const { id } of (await florin.get(`${all}?owner_id=${owner}`)).json.data) {
    const left = await florin.get(`${all}/${id}`);
    assert.doesNotMatch(left.text + words_of(await bytes_of(left.json.pdf_url)), /Quillfeather|Gibraltar|203\.0\.113|1111/);
  }
});
