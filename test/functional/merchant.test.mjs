// The merchant's own profile, and the machine's time zones.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { binary, run, start_florin, temporary_folder } from '../support/florin.mjs';

let florin;
before(async () => { florin = await start_florin(); });
after(() => florin?.stop());

const at = '/api/v1/merchant';
const put = (body, options = {}) => florin.request('PUT', at, { body, ...options });
const plain = { time_zone: 'UTC', billing_hour: 0, locale: 'en' };
/** One black pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

test('a merchant reads what its customers see of it, and sets it whole', async () => {
  const first = await florin.get(at);
  assert.deepEqual([first.status, first.json], [200, { id: 1, name: 'test-merchant', default_currency: 'EUR', is_sandbox: true, time_zone: 'UTC', billing_hour: 0, locale: 'en', payment_notice_days: [14, 3], version: 0 }]);
  const wish = { time_zone: 'Europe/Berlin', billing_hour: 6, locale: 'de-AT', legal_name: 'Example Shop GmbH', address_lines: ['Hauptstraße 1', '10115 Berlin'], tax_line: 'VAT DE123456789', support_email: 'help@example.com', logo_png: pixel, payment_notice_days: [30, 7] };
  const set = await put({ ...wish, version: 0 });
  assert.deepEqual([set.status, set.json], [200, { id: 1, name: 'test-merchant', default_currency: 'EUR', is_sandbox: true, ...wish, version: 1 }]);
  assert.deepEqual((await florin.get(at)).json, set.json);
  const late = await put({ ...wish, version: 0 });
  assert.deepEqual([late.status, late.json.code, late.json.field], [409, 'merchant_changed_meanwhile', 'version']);
  const bare = await put(plain);
  assert.deepEqual([bare.status, bare.json.legal_name, bare.json.logo_png, bare.json.version], [200, undefined, undefined, 2]);
});

test('what a merchant cannot be is refused, naming the field', async () => {
  for (const [wrong, code, field] of [
    [{ time_zone: 'Mars/Olympus' }, 'unknown_time_zone', 'time_zone'],
    [{ time_zone: '../../../etc/passwd' }, 'unknown_time_zone', 'time_zone'],
    [{ time_zone: undefined }, 'missing_field', 'time_zone'],
    [{ billing_hour: 24 }, 'out_of_range', 'billing_hour'],
    [{ billing_hour: '6' }, 'wrong_type', 'billing_hour'],
    [{ locale: 'de_AT' }, 'invalid_locale', 'locale'],
    [{ support_email: 'nobody' }, 'invalid_email', 'support_email'],
    [{ address_lines: Array(7).fill('a') }, 'too_many', 'address_lines'],
    [{ tax_line: '4111 1111 1111 1111' }, 'card_number_in_text', 'tax_line'],
    [{ logo_png: '***' }, 'invalid_base64', 'logo_png'],
    [{ logo_png: Buffer.from('GIF89a').toString('base64') }, 'invalid_logo', 'logo_png'],
    [{ payment_notice_days: [14, 0] }, 'invalid_notice_days', 'payment_notice_days'],
    [{ surprise: 1 }, 'unknown_field', 'surprise'],
  ]) {
    const { status, json } = await put({ ...plain, ...wrong });
    assert.deepEqual([status, json.code, json.field], [422, code, field], JSON.stringify(wrong));
  }
});

test('a key sees and changes its own merchant only, and only with the scope', async () => {
  const key = await florin.new_key('test-merchant', 'merchant:read');
  const refused = await put(plain, { key });
  assert.deepEqual([refused.status, refused.json.code], [403, 'missing_scope']);
  assert.equal((await florin.get(at, { key })).status, 200);
});

test('a machine without time zones says so, and knows UTC', async () => {  // F75
  const there = await run(binary, ['doctor', '--data', temporary_folder()]);
  assert.match(there.out, /ok +time zones/);
  const absent = await run('env', ['TZDIR=/nonexistent', binary, 'doctor', '--data', temporary_folder()]);
  assert.equal(absent.code, 1);
  assert.match(absent.out, /problem +The time zone database is not on this machine\. Install the package tzdata\./);
});
