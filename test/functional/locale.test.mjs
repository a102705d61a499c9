// Amounts, days and letters as their readers write them, judged by Node's Intl: somebody else's program with CLDR's data.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { after, before, test } from 'node:test';
import { eventually, send, start_florin, visa } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

/// Ours by Intl's names. English without a region is the world's.
const locales = {
  en: 'en-001', 'en-US': 'en-US', 'en-GB': 'en-GB', 'en-IE': 'en-IE', 'en-CA': 'en-CA', 'en-AU': 'en-AU', 'en-NZ': 'en-NZ',
  de: 'de', 'de-DE': 'de-DE', 'de-AT': 'de-AT', 'de-CH': 'de-CH', 'de-LI': 'de-LI', 'de-LU': 'de-LU', 'de-BE': 'de-BE', 'de-IT': 'de-IT',
};
/// The releases of CLDR differ in which of two apostrophes they write.
const folded = (text) => text.replaceAll('’', "'");
/// As a mail in that language shows them: one a line.
const written = async (locale, values) => {
  const { status, json, text } = await florin.post(`/api/v1/notification_templates/oracle/${locale}/preview`, { subject: 'S', text: '{{#all}}{{.}}\n{{/all}}', data: { all: values } });
  assert.equal(status, 200, text);
  return json.text.trimEnd().split('\n');
};

test('every currency is written as CLDR says, in every region that has forms of its own', async () => {  // A-FR-14, F92
  // The guilder is younger than many a machine's CLDR; the baht has a sign that documents cannot show.
  const currencies = Intl.supportedValuesOf('currency').filter((code) => !['XCG', 'THB'].includes(code));
  for (const [ours, theirs] of Object.entries(locales)) {
    const wanted = [], values = [];
    for (const currency of currencies) {
      const { status, json } = await florin.post(`/api/v1/notification_templates/oracle/en/preview`, { subject: 'S', text: '{{a}}', data: { a: { amount: '0', currency } } });
      if (status === 422) { assert.equal(json.code, 'unknown_currency'); continue; }
      // Intl's own idea of decimals leaves out those that are hardly used; the books have those of ISO 4217.
      const digits = (/\.(\d+)/.exec(json.text) ?? ['', ''])[1].length;
      const format = new Intl.NumberFormat(theirs, { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
      for (const amount of ['0', '1', '-1', '1234', '-1234567']) {
        values.push({ amount, currency });
        // Intl has a negative zero that nobody owes.
        wanted.push(format.format(Number(amount)));
      }
    }
    assert.ok(values.length > 700, `${values.length} amounts`);
    for (let from = 0; from < values.length; from += 200)
      assert.deepEqual((await written(ours, values.slice(from, from + 200))).map(folded), wanted.slice(from, from + 200).map(folded), ours);
  }
});

test('every day of a leap year is written as CLDR says', async () => {  // F73
  const days = Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(2028, 0, 1 + i)));
  for (const [ours, theirs] of Object.entries(locales)) {
    const format = new Intl.DateTimeFormat(theirs, { dateStyle: 'long', timeZone: 'UTC' });
    assert.deepEqual(await written(ours, days.map((day) => ({ date: day.toISOString().slice(0, 10) }))), days.map((day) => format.format(day)), ours);
  }
});

test('every country of ISO 3166-1 is called as CLDR calls it', async () => {
  const { readFileSync } = await import('node:fs');
  const table = [...readFileSync(new URL('../../src/core/locale/countries.cpp', import.meta.url), 'utf8').matchAll(/Country\{"(..)", "(.+)", "(.+)"\}/g)];
  assert.equal(table.length, 249 + 1);  // Kosovo's XK is not one of ISO's.
  const english = new Intl.DisplayNames('en', { type: 'region' }), german = new Intl.DisplayNames('de', { type: 'region' });
  assert.deepEqual(table.map(([, code, en, de]) => [code, en, de]), table.map(([, code]) => [code, english.of(code), german.of(code)]));
});

test('what is no amount or no day is named, and other objects are left alone', async () => {
  const shown = (data) => florin.post('/api/v1/notification_templates/oracle/fr/preview', { subject: 'S', text: '{{a}}|{{b.c}}|{{d}}', data });
  for (const [data, code, field] of [
    [{ a: { amount: '1.005', currency: 'EUR' } }, 'amount_too_precise', 'data.a'],
    [{ a: { amount: '1', currency: 'XYZ' } }, 'unknown_currency', 'data.a'],
    [{ b: { c: { date: '2026-02-30' } } }, 'invalid_date', 'data.b.c'],
    [{ b: [1, { date: 'soon' }] }, 'invalid_date', 'data.b.1'],
  ]) {
    const { status, json } = await shown(data);
    assert.deepEqual([status, json.code, json.field], [422, code, field], JSON.stringify(data));
  }
  const { json } = await shown({ a: { amount: 12.5, currency: 'EUR' }, b: { c: 'x', date: '2026-02-28' }, d: { date: '2026-02-28' } });
  assert.equal(json.text, '12.50 EUR|x|2026-02-28', 'a language without forms of its own gets those that all read');
});

const mails_to = async (email) => (await send(florin.sandbox, 'GET', `/sandbox/mails?to=${encodeURIComponent(email)}`)).json.mails;
const customer_of = async (more = {}) => {
  const customer_id = `reader-${crypto.randomUUID()}`;
  const { status, json, text } = await florin.post('/api/v1/customers', { customer_id, name: 'Ada', email: `${customer_id}@example.com`, ...more });
  assert.equal(status, 201, text);
  const { json: method } = await florin.post('/api/v1/payment_methods', { card: visa, customer_id });
  return { ...json, method: method.payment_method_token };
};
const words_of = (pdf) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf }).toString();
const terms_for = async (customer) => {
  const today = new Date().toISOString().slice(0, 10);
  const made = await florin.post('/payment_terms', {
    customer_id: customer.customer_id, total_amount: 120_000, start_date: today, term_duration: 12, billing_day: Number(today.slice(8)),
    payment_terms: { payment_method_token: customer.method, description: 'Police 4711' }, cancellation_terms: { method: 'short_rate', penalty_percent: 12.5, fee: 2500 },
  });
  assert.equal(made.status, 201, made.text);
  return made.json.payment_terms_id;
};

test('a customer reads mails, agreement and receipt in their own language, whatever the merchant\'s is', async () => {  // A-FR-12, A-FR-14, A-FR-15
  const day = (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date());
  const of_locale = {
    'de-AT': { country: 'Österreich', receipt: /^Quittung über € 100,00 \(RCT-/, rate: 'Police 4711: Rate 1 von 12', title: /Finanzierungsvereinbarung/, terms: /12,5 % des Rests[^]*Gebühr von € 25,00/, with: /Visa mit den letzten Ziffern 1111/ },
    'en-US': { country: 'Austria', receipt: /^Receipt for €100\.00 \(RCT-/, rate: 'Police 4711: Instalment 1 of 12', title: /Financing agreement/, terms: /12\.5% of the rest[^]*fee of €25\.00/, with: /Visa ending in 1111/ },
  };
  for (const [locale, wanted] of Object.entries(of_locale)) {
    const customer = await customer_of({ locale, billing_address: { address: 'Ring 1', zip: '1010', city: 'Wien', country: 'AT' } });
    assert.equal(customer.locale, locale);
    const owner = await terms_for(customer);
    const mails = await eventually('both mails are there', async () => {
      const all = await mails_to(customer.email);
      return all.length === 2 && all;
    });
    const receipt = mails.find((mail) => wanted.receipt.test(mail.subject.replaceAll('\u00a0', ' ')));
    assert.ok(receipt, mails.map((mail) => mail.subject).join());
    const plan = mails.find((mail) => mail !== receipt);
    const due = day(locale);
    for (const part of [plan.text, plan.html]) assert.ok(part.includes(due), `${due} is in ${part}`);
    // What the text says, the page says too: above all the link to the document.
    const link = /https?:\/\/\S+\/documents\/\S+/.exec(receipt.text)?.[0];
    assert.ok(link, receipt.text);
    assert.ok(receipt.html.includes(`href="${link.replaceAll('&', '&amp;')}"`), receipt.html);
    assert.match(receipt.html, new RegExp(`<html lang="${locale.slice(0, 2)}">`));
    assert.ok(receipt.text.includes(wanted.rate), receipt.text);
    const receipt_words = words_of(Buffer.from(await (await fetch(link)).arrayBuffer()));
    assert.match(receipt_words, wanted.with);
    assert.ok(receipt_words.includes(wanted.country), receipt_words);

    const { json: { data: [agreement] } } = await florin.get(`/api/v1/documents?kind=agreement&owner_id=${owner}`);
    const { json: whole } = await florin.get(`/api/v1/documents/${agreement.id}`);
    assert.equal(whole.locale, locale);
    const page = words_of(Buffer.from(await (await fetch(whole.pdf_url)).arrayBuffer()));
    assert.match(page, wanted.title);
    assert.match(page.replaceAll('\u00a0', ' ').replace(/\s+/g, ' '), wanted.terms);
    assert.ok(page.includes(due), page);
  }
});

test('who has no locale is written to in the merchant\'s, and who changes theirs from then on in the new one', async () => {
  const { json: profile } = await florin.get('/api/v1/merchant');
  assert.equal(profile.locale, 'en');
  const ask = async (customer, body = {}) => (await florin.post(`/api/internal/v1/users/${customer.customer_id}/emails/send`, { template: 'order_confirmed', data: { order: 'A-17', amount: { amount: '1234.50', currency: 'EUR' } }, ...body })).json.id;
  const subject_of = (id) => eventually('it is sent', async () => {
    const { json } = await florin.get(`/api/v1/notifications/${id}`);
    return json.state === 'sent' && json;
  });
  const customer = await customer_of();
  const first = await subject_of(await ask(customer));
  assert.deepEqual([first.subject, first.language], ['Your order A-17 is confirmed', 'en']);
  assert.match(first.text, /€1,234\.50/);
  const changed = await florin.request('PATCH', `/api/v1/customers/${customer.id}`, { body: { version: customer.version, locale: 'DE' } });
  assert.deepEqual([changed.status, changed.json.locale], [200, 'de']);
  const second = await subject_of(await ask(customer));
  assert.deepEqual([second.subject, second.language], ['Ihre Bestellung A-17 ist bestätigt', 'de']);
  assert.match(second.text, /1\.234,50\u00a0€/);
  const third = await subject_of(await ask(customer, { language: 'en-US' }));
  assert.equal(third.subject, 'Your order A-17 is confirmed', 'what is asked for goes first');
  const gone = await florin.request('PATCH', `/api/v1/customers/${customer.id}`, { body: { version: changed.json.version, locale: null } });
  assert.equal(gone.json.locale, undefined);
  assert.equal((await subject_of(await ask(customer))).language, 'en');
  for (const locale of ['fr', 'de_AT', 'german', 'de-AT-1996']) {
    const { status, json } = await florin.post('/api/v1/customers', { locale });
    assert.deepEqual([status, json.code, json.field], [422, 'unsupported_locale', 'locale'], locale);
  }
});
