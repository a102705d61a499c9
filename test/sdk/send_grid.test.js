'use strict';
// The vendor's own client, @sendgrid/mail, against the sandbox's stand-in: its judge.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const mail = require('@sendgrid/mail');

const origin = process.env.SANDBOX_URL;
/// Whoever sets a key is sent to the vendor's own address again.
const use_key = (key) => {
  mail.setApiKey(key);
  mail.client.setDefaultRequest('baseUrl', `${origin}/`);
};
use_key('SG.sandbox');

const someone = () => `ada-${process.pid}-${Math.random().toString(36).slice(2)}@example.com`;
const mails_to = async (email) => (await (await fetch(`${origin}/sandbox/mails?to=${encodeURIComponent(email)}`)).json()).mails;
const message = (more = {}) => ({
  to: someone(), from: { email: 'shop@example.com', name: 'Shop' }, subject: 'Receipt INV-17', text: 'Thank you.', html: '<p>Thank you.</p>', ...more,
});
const refused = (sent, status, field) => assert.rejects(sent, (error) => {
  assert.equal(error.code, status);
  if (field) assert.equal(error.response.body.errors[0].field, field);
  return true;
});

test('a mail is accepted and stands in the inbox as it was sent', async () => {
  const sent = message({
    customArgs: { attempt_id: 'a-17-1' }, headers: { 'X-Attempt': '1' },
    attachments: [{ content: Buffer.from('%PDF').toString('base64'), filename: 'INV-17.pdf', type: 'application/pdf', disposition: 'attachment' }],
  });
  const [response] = await mail.send(sent);
  assert.equal(response.statusCode, 202);
  const [got, ...more] = await mails_to(sent.to);
  assert.equal(more.length, 0);
  assert.deepEqual(
    [got.id, got.subject, got.text, got.html, got.from.email, got.custom_args.attempt_id, got.headers['X-Attempt'], got.attachments[0].filename],
    [response.headers['x-message-id'], sent.subject, sent.text, sent.html, 'shop@example.com', 'a-17-1', '1', 'INV-17.pdf']);
});

test('a mail to several is one for each who is not to see the others', async () => {
  const [one, other] = [someone(), someone()];
  await mail.send(message({ to: [one, other] }));
  assert.deepEqual((await mails_to(one))[0].to, [one, other]);
});

test('what the vendor refuses is refused, and nothing is sent', async () => {
  const to = someone();
  await refused(mail.send(message({ to, from: 'nobody' })), 400);
  await refused(mail.send(message({ to, headers: { Subject: 'x' } })), 400, 'headers');
  await refused(mail.send({ to, from: 'shop@example.com', subject: 'x', content: [{ type: 'text/html', value: '<p>' }, { type: 'text/plain', value: 'x' }] }), 400, 'content');
  const [trial] = await mail.send(message({ to, mailSettings: { sandboxMode: { enable: true } } }));
  assert.equal(trial.statusCode, 200);
  assert.equal((await mails_to(to)).length, 0);
  use_key('SG.wrong');
  await refused(mail.send(message({ to })), 401);
  use_key('SG.sandbox');
});

test('what was sent is found by recipient, subject and custom argument', async () => {
  const sent = message({ subject: `Receipt ${process.pid} ${Date.now()}`, customArgs: { florin_notification: `n-${process.pid}-${Date.now()}` } });
  await mail.send(sent);
  const find = async (query) => (await mail.client.request({ method: 'GET', url: '/v3/messages', qs: { query, limit: 10 } }))[1].messages;
  for (const query of [`to_email="${sent.to}"`, `subject="${sent.subject}"`, `(unique_args['florin_notification']="${sent.customArgs.florin_notification}")`])
    assert.deepEqual((await find(query)).map((one) => one.to_email), [sent.to], query);
  assert.deepEqual(await find('to_email="nobody@example.com"'), []);
  await assert.rejects(find('colour="red"'), (error) => error.code === 400);
});
