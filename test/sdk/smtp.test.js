'use strict';
// Mail by SMTP to a real server: the npm package smtp-server takes it, and postal-mime reads it.

const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { SMTPServer } = require('smtp-server');

// Begun here and not in the hook, because what it registers for the end of the file would end with the hook.
const loading = Promise.all([import('../support/florin.mjs'), import('postal-mime')]);
let support, PostalMime, certificate;
before(async () => {
  [support, { default: PostalMime }] = await loading;
  const folder = support.temporary_folder();
  certificate = { key: path.join(folder, 'key.pem'), cert: path.join(folder, 'cert.pem') };
  const made = await support.run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', certificate.key, '-out', certificate.cert,
    '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']);
  assert.equal(made.code, 0, made.err);
});

const password = 's3cret with spaces = and \u00e9';

/// A mail server that keeps what it takes; `habits` overrides what it does.
async function mail_server(context, options = {}, habits = {}) {
  const server = { mails: [], sessions: 0, habits };
  const smtp = new SMTPServer({
    key: fs.readFileSync(certificate.key), cert: fs.readFileSync(certificate.cert), authMethods: ['PLAIN', 'LOGIN'], logger: false, closeTimeout: 1,
    onConnect(session, done) { server.sessions += 1; done(); },
    onAuth(auth, session, done) {
      if (auth.username !== 'shop@example.com' || auth.password !== password) return done(Object.assign(new Error('no'), { responseCode: 535 }));
      done(null, { user: auth.username });
    },
    onRcptTo(address, session, done) { done(server.habits.rcpt?.(address) ?? null); },
    onData(stream, session, done) {
      const parts = [];
      stream.on('data', (part) => parts.push(part));
      stream.on('end', async () => {
        const raw = Buffer.concat(parts);
        const refusal = server.habits.data?.(server);
        if (!refusal || refusal.is_taken) server.mails.push({ raw, mail: await PostalMime.parse(raw), session: { ...session } });
        if (refusal?.is_lost) return smtp.connections.forEach((connection) => connection._socket.destroy());
        done(refusal?.error ?? null, 'Ok: queued as 4C1BE53E');
      });
    },
    ...options,
  });
  smtp.on('error', () => {});
  await new Promise((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  context.after(() => new Promise((resolve) => smtp.close(resolve)));
  server.port = smtp.server.address().port;
  return server;
}

/// A Florin whose mail leaves there.
async function florin_with(context, server, settings = {}) {
  const file = path.join(support.temporary_folder(), 'mail-password');
  fs.writeFileSync(file, `${password}\n`, { mode: 0o600 });
  const mail = {
    smtp_url: `smtp://localhost:${server.port}`, username: 'shop@example.com', password_file: file, authority_file: certificate.cert,
    from_address: 'shop@example.com', from_name: 'Der Laden \u00fc', ...settings,
  };
  const lines = Object.entries(mail).filter(([, value]) => value !== undefined).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const config = ['[retry."notifications.send"]', 'strategy = "fixed"', 'first_ms = 100', 'most_attempts = 5', '[mail]', ...lines].join('\n');
  const florin = await support.start_florin({ config });
  context.after(() => florin.stop());
  return florin;
}
const ask = async (florin, body = {}) => {
  const answer = await florin.post('/api/internal/v1/users/customer-7/emails/send', {
    template: 'order_confirmed', email: 'ada@example.com', name: 'Ad\u00e8le "A" Lovelace', language: 'de',
    data: { order: 'A-17 \u20ac', amount: '12.50', currency: 'EUR', name: '<Ada>' }, ...body,
  });
  assert.equal(answer.status, 202, answer.text);
  return answer.json.id;
};
const reached = (florin, id, state) => support.eventually(`${id} is ${state}`, async () => {
  const { json } = await florin.get(`/api/v1/notifications/${id}`);
  return json.state === state && json;
});

for (const [how, options, settings] of [
  ['by STARTTLS and AUTH PLAIN', { authMethods: ['PLAIN'] }, {}],
  ['by STARTTLS and AUTH LOGIN', { authMethods: ['LOGIN'] }, {}],
  ['by TLS from the start', { secure: true }, { is_secure: true }],
]) {
  test(`a mail arrives ${how}, and reads as it was written`, async (context) => {  // A-AS-08, A-CM-30, E-CM-04
    const server = await mail_server(context, options);
    const florin = await florin_with(context, server, settings.is_secure ? { smtp_url: `smtps://localhost:${server.port}` } : {});
    const id = await ask(florin);
    const sent = await reached(florin, id, 'sent');
    assert.deepEqual([sent.provider, sent.provider_reference, sent.attempts], ['smtp', 'Ok: queued as 4C1BE53E', 1]);
    const [{ mail, raw, session }, ...more] = server.mails;
    assert.equal(more.length, 0);
    assert.equal(session.secure, true);
    assert.equal(session.user, 'shop@example.com');
    assert.deepEqual([session.envelope.mailFrom.address, session.envelope.rcptTo[0].address], ['shop@example.com', 'ada@example.com']);
    assert.deepEqual([mail.from, mail.to], [
      { name: 'Der Laden \u00fc', address: 'shop@example.com' }, [{ name: 'Ad\u00e8le "A" Lovelace', address: 'ada@example.com' }]]);
    assert.equal(mail.subject, 'Ihre Bestellung A-17 \u20ac ist best\u00e4tigt');
    assert.equal(mail.messageId, `<${id}@example.com>`);
    assert.equal(mail.text.replace(/\r\n/g, '\n').trim(), sent.text.trim());
    assert.equal(mail.html.replace(/\r\n/g, '\n').trim(), sent.html.trim());
    assert.match(mail.html, /&lt;Ada&gt;/);
    const lines = raw.toString('latin1').split('\r\n');
    assert.ok(lines.every((line) => line.length <= 78 && /^[\x09\x20-\x7e]*$/.test(line)), 'short lines of ASCII, and no lone line ends');
  });
}

test('a subject of many characters arrives whole', async (context) => {
  const server = await mail_server(context);
  const florin = await florin_with(context, server);
  const subject = 'Gr\u00fc\u00dfe \u2013 '.repeat(24).trim();
  await reached(florin, await ask(florin, { template: 'message', data: { subject, text: '.\n..\n.a\nFrom me\n' + 'long '.repeat(300) } }), 'sent');
  assert.equal(server.mails[0].mail.subject, subject);
  assert.equal(server.mails[0].mail.text.replace(/\r\n/g, '\n').trim(), ('.\n..\n.a\nFrom me\n' + 'long '.repeat(300)).trim());
});

test('what the server does not want now is sent later, as the same mail', async (context) => {
  const server = await mail_server(context);
  let left = 2;
  server.habits.rcpt = () => (left-- > 0 ? Object.assign(new Error('greylisted'), { responseCode: 450 }) : null);
  const florin = await florin_with(context, server);
  const sent = await reached(florin, await ask(florin), 'sent');
  assert.equal(sent.attempts, 3);
  assert.equal(server.mails.length, 1);
});

test('what it refuses for good is a dead letter at once, and let go is sent', async (context) => {
  const server = await mail_server(context);
  server.habits.rcpt = () => Object.assign(new Error('5.1.1 ada@example.com unknown'), { responseCode: 550 });
  const florin = await florin_with(context, server);
  const id = await ask(florin);
  const failed = await reached(florin, id, 'failed');
  assert.deepEqual([failed.attempts, failed.error_code], [1, 'mail_refused']);
  assert.match(failed.error, /550/);
  assert.ok(!failed.error.includes('ada@example.com'));
  server.habits.rcpt = undefined;
  assert.equal((await florin.post(`/api/v1/notifications/${id}/resend`)).status, 202);
  await reached(florin, id, 'sent');
  assert.equal(server.mails.length, 1);
});

test('a connection that ends after the whole mail leaves it unknown, and it is not sent again blindly', async (context) => {  // F122
  const server = await mail_server(context);
  server.habits.data = () => ({ is_taken: true, is_lost: true });
  const florin = await florin_with(context, server);
  const id = await ask(florin);
  const unknown = await reached(florin, id, 'unknown');
  assert.deepEqual([unknown.attempts, unknown.error_code], [1, 'mail_answer_lost']);
  // Its job is a dead letter by now: nobody else would send it.
  await support.eventually('the job died', () => florin.log.some((line) => line.includes('job.died') && line.includes('mail_outcome_unknown')));
  assert.equal(server.mails.length, 1);
  server.habits.data = undefined;
  assert.equal((await florin.post(`/api/v1/notifications/${id}/resend`)).status, 202);
  await reached(florin, id, 'sent');
  assert.equal(server.mails.length, 2);
  assert.equal(server.mails[0].mail.messageId, server.mails[1].mail.messageId, 'mail programs know it as a copy');
});

test('a wrong password and a certificate of somebody else\'s send nothing, and are told apart', async (context) => {
  const server = await mail_server(context);
  const wrong = path.join(support.temporary_folder(), 'wrong');
  fs.writeFileSync(wrong, 'wrong\n', { mode: 0o600 });
  const florin = await florin_with(context, server, { password_file: wrong });
  assert.equal((await reached(florin, await ask(florin), 'failed')).error_code, 'mail_login_refused');
  const stranger = await florin_with(context, server, { authority_file: undefined });
  const id = await ask(stranger);
  await support.eventually('it was tried', async () => (await stranger.get(`/api/v1/notifications/${id}`)).json.error_code === 'mail_server_unreachable');
  assert.equal(server.mails.length, 0);
});

test('a server without TLS gets neither password nor mail, unless it was said that it need not have it', async (context) => {
  const server = await mail_server(context, { disabledCommands: ['STARTTLS'], authOptional: true, allowInsecureAuth: true });
  const florin = await florin_with(context, server);
  const id = await ask(florin);
  await support.eventually('it was tried', async () => (await florin.get(`/api/v1/notifications/${id}`)).json.error_code);
  assert.equal(server.mails.length, 0);
  const plain = await florin_with(context, server, { tls: 'off', username: undefined, password_file: undefined, authority_file: undefined });
  await reached(plain, await ask(plain), 'sent');
  assert.equal(server.mails.length, 1);
});
