// The published JSON Schema and the server judge the same requests alike; the other judge is ajv, which knows nothing of us.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { run, start_florin, top } from '../support/florin.mjs';

let florin, agrees;
before(async () => {
  const here = path.join(top, 'test/contract');
  if (!fs.existsSync(path.join(here, 'node_modules/ajv-formats'))) {
    const installed = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: here, timeout: 170_000 });
    assert.equal(installed.code, 0, installed.err);
  }
  const load = createRequire(path.join(here, 'package.json'));
  const Ajv = load('ajv/dist/2020').default;
  florin = await start_florin();
  const published = await florin.get('/schemas/payment_terms.json', { key: null });
  assert.deepEqual([published.status, published.headers['content-type']], [200, 'application/schema+json']);
  const ajv = new Ajv({ strictSchema: true, allowUnionTypes: true, multipleOfPrecision: 6 });
  load('ajv-formats').default(ajv);
  agrees = ajv.compile(JSON.parse(published.text));
}, { timeout: 180_000 });
after(() => florin?.stop());

const base = { customer_id: 'c-7', total_amount: 120_000, start_date: '2027-01-31', term_duration: 12, billing_day: 31 };
const uuid = '01890000-0000-7000-8000-000000000000';
// Numbers are those that JavaScript keeps apart from others: how one is spelled (1e2, 100.0) no schema can say.
const values = {
  method: ['pro_rata', 'short_rate', 'flat', 'none', 'half', '', 1, true],
  penalty_percent: [0, 10, 12.5, 33.33, 100, '10', '7.25', '100.00', 100.01, -1, 12.345, 'ten', '1e1', '010', '', true],
  minimum_earned_percent: [0, 25, 99.99, 100, '25', -0.01, 101, '101', [], {}],
  cooling_off_days: [0, 14, 18_300, 18_301, -1, 1.5, '14', false],
  // With the total it may come to 1e15: a sum is what no schema sees.
  fee: [0, 2_500, 1e15 - base.total_amount, 1e15 + 1, -1, 0.5, '1'],
  refund_cap: [0, 5_000, -1, 'all'],
  tax: [1],
  adjustment: ['catch_up', 'spread', 'never', '', 3],
  retry_policy: ['next_day_then_case', '', 'x'.repeat(65), 7],
  description: ['Policy 4711', '', 'x'.repeat(200), 'x'.repeat(201), 4],
  payment_method_token: ['card', `pm_${uuid}x`, 17],
  original_transaction_id: ['', 'x', 5],
};
const of = { cancellation_terms: ['method', 'penalty_percent', 'minimum_earned_percent', 'cooling_off_days', 'fee', 'refund_cap', 'tax'], payment_terms: ['adjustment', 'retry_policy', 'description', 'payment_method_token', 'original_transaction_id', 'tax'] };

async function judged_alike(body) {
  const answer = await florin.post('/payment_terms/preview', { create: body });
  assert.ok([200, 422].includes(answer.status), answer.text);
  assert.equal(agrees(body), answer.status === 200, `${JSON.stringify(body)}: ${answer.text} ${JSON.stringify(agrees.errors)}`);
  return answer.status === 200;
}

test('each value of each field is judged alike', async () => {  // A-SC-05
  let good = 0, bad = 0;
  for (const [object, fields] of Object.entries(of))
    for (const field of fields)
      for (const value of values[field]) {
        const extra = field === 'penalty_percent' ? { method: 'short_rate' } : {};
        (await judged_alike({ ...base, [object]: { ...extra, [field]: value } })) ? ++good : ++bad;
      }
  for (const more of [{}, { cancellation_terms: {} }, { payment_terms: {} }, { cancellation_terms: [] }, { payment_terms: 'x' }, { total_amount: 0 }, { total_amount: 1.5 }, { billing_day: 32 }, { term_duration: 601 }, { customer_id: '' }, { tax: 2 },
    { payment_terms: { payment_method_token: `pm_${uuid}`, original_transaction_id: uuid } }])
    (await judged_alike({ ...base, ...more })) ? ++good : ++bad;
  assert.ok(good > 20 && bad > 40, `${good} good, ${bad} bad`);
});

test('what goes with what is judged alike', async () => {
  for (const method of [undefined, ...values.method])
    for (const penalty_percent of [undefined, 10, 101])
      await judged_alike({ ...base, cancellation_terms: { ...(method !== undefined && { method }), ...(penalty_percent !== undefined && { penalty_percent }) } });
});

test('a fee that is too much only together with the total is refused by name', async () => {
  const answer = await florin.post('/payment_terms/preview', { create: { ...base, cancellation_terms: { fee: 1e15 - base.total_amount + 1 } } });
  assert.deepEqual([answer.status, answer.json.code, answer.json.field], [422, 'amount_out_of_range', 'create.cancellation_terms.fee']);
});

test('bodies drawn by chance are judged alike', async () => {
  let seed = 4711;
  const chance = (count) => { seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648; return Math.floor(seed / 65_536) % count; };
  for (let i = 0; i < 300; ++i) {
    const body = { ...base };
    for (const [object, fields] of Object.entries(of)) {
      if (chance(3) === 0) continue;
      body[object] = {};
      for (const field of fields) {
        if (field === 'tax' ? chance(20) !== 0 : chance(2) === 0) continue;
        // Mostly what is good alone, so that what is wrong together shows.
        const list = values[field];
        body[object][field] = list[(chance(3) === 0 ? chance(list.length) : chance(2)) % list.length];
      }
      if (body[object].payment_method_token !== undefined || body[object].original_transaction_id !== undefined) {
        delete body[object].payment_method_token;
        delete body[object].original_transaction_id;
      }
    }
    await judged_alike(body);
  }
});
