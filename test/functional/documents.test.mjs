// Documents over HTTP: routes, the signed link's refusals, scopes. What issues them is billing, whose tests are elsewhere.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start_florin } from '../support/florin.mjs';

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
