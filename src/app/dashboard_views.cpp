#include "dashboard.hpp"

namespace florin::app {

std::string_view dashboard_views() {
    return R"js(// What is shown.

const refreshEvery_ms = 10_000;
const listed = 20;

const periods = { hour: 3_600_000, day: 86_400_000, week: 7 * 86_400_000, month: 31 * 86_400_000 };
let period = tab.read('florin.period') in periods ? tab.read('florin.period') : 'day';
let summary = null;     // As last read, of whatever period; so are the others.
let payments = null;
let details = null;
let place = {};         // Where location.hash leads: {payment}, {state} or neither.

const titles = {
  outcome_unknown: 'Outcomes unknown', quarantined: 'Approved otherwise than asked', capture_failed: 'Captures failed',
  refund_failed: 'Refunds failed', cancel_failed: 'Cancels failed', declines_frequent: 'Many declines',
  authorizations_expiring: 'Authorizations about to expire',
};
const listOf = (of) => '#state=' + encodeURIComponent(of);
const culprits = {
  outcome_unknown: 'unknown', quarantined: 'quarantined', declines_frequent: 'declined',
  authorizations_expiring: 'authorized',
};
const titleOf = (alarm) => titles[alarm.code] ?? words(alarm.code);

const alarmOf = (alarm) => {
  const severity = alarm.severity === 'critical' ? 'critical' : 'warning';
  const since = alarm.since && (isAhead(alarm.since) ? 'first at ' : 'since ');
  return make('li', { class: 'alarm ' + severity, 'data-key': alarm.code },
    icon(severity),
    make('div', {},
      make('h3', {}, make('span', { class: 'severity' }, alarm.severity), titleOf(alarm),
        make('span', { class: 'count' }, '× ' + alarm.count.toLocaleString())),
      make('p', {}, data(alarm.message)),
      make('p', { class: 'meta' },
        since ? make('span', {}, since, time(alarm.since), ' · ' + age(alarm.since)) : null,
        culprits[alarm.code] ? make('a', { href: listOf(culprits[alarm.code]) }, 'Show these payments') : null)));
};

const showAlarms = () => {
  const alarms = summary.alarms;
  show(byId('alarms'), alarms.length ? make('ul', {}, alarms.map(alarmOf))
    : make('div', { class: 'well' }, icon('well'), make('p', {}, 'All is well.')));
  document.title = (alarms.length ? '(' + alarms.length + ') ' : '') + 'Florin dashboard';
  const aloud = alarms.map((alarm) => [alarm.severity, titleOf(alarm), alarm.count].join(' ')).join('; ');
  say('alarms', aloud || 'All is well.');
};

const tile = (name, figure, aside = '') =>
  make('div', { class: 'tile' }, make('dt', {}, name),
    make('dd', {}, make('div', { class: 'figure' }, figure), make('div', { class: 'aside' }, aside)));

const countOf = (groups) => groups.reduce((all, group) => all + group.count, 0);
const currencyOf = ([currency, groups]) => {
  const total = (member) => sum(groups.map((group) => group[member]));
  const count = countOf(groups);
  const declined = countOf(groups.filter((group) => group.state === 'declined'));
  const paid = countOf(groups.filter((group) => !isZero(group.amount_captured)));
  const [asked, taken, refunded] = ['amount', 'amount_captured', 'amount_refunded'].map(total);
  return make('div', { class: 'currency', 'data-key': currency },
    make('h3', {}, currency),
    make('dl', { class: 'tiles' },
      tile('Taken', money(taken), 'of ' + money(asked) + ' asked for'),
      tile('Refunded', money(refunded), isZero(taken) ? '' : share(Number(refunded), Number(taken)) + ' of what was taken'),
      tile('Payments', count.toLocaleString(), paid.toLocaleString() + ' of them paid'),
      tile('Declined', share(declined, count), declined.toLocaleString() + ' of ' + count.toLocaleString())));
};

const showTotals = () => {
  const currencies = new Map();
  for (const group of summary.payments) {
    if (!currencies.has(group.currency)) currencies.set(group.currency, []);
    currencies.get(group.currency).push(group);
  }
  const busiest = [...currencies].sort(([, one], [, other]) => countOf(other) - countOf(one));
  show(byId('totals'), busiest.length ? busiest.map(currencyOf)
    : make('div', { class: 'currency' }, make('dl', { class: 'tiles' },
      tile('Taken', '–'), tile('Refunded', '–'), tile('Payments', '0'), tile('Declined', '–'))));

  show(byId('states'), summary.payments.length
    ? table('By state', ['State', '#Payments', '#Asked for', '#Taken', '#Refunded'],
      busiest.flatMap(([, groups]) => groups).map((group) => make('tr', { 'data-key': group.state + group.currency },
        make('th', { scope: 'row' }, state(group.state, listOf(group.state))),
        cell('number end', '×', group.count.toLocaleString()),
        cell('number quiet', 'Asked for', money(group.amount, group.currency)),
        cell('number end', 'Taken', unlessZero(group.amount_captured, group.currency)),
        cell('number', 'Refunded', unlessZero(group.amount_refunded, group.currency)))))
    : make('p', { class: 'empty' }, 'No payments in this period.'));

  const declined = countOf(summary.declines);
  const barOf = (one) =>
    make('li', { 'data-key': one.decline_class },
      make('div', { class: 'words' }, words(one.decline_class),
        make('span', {}, one.count.toLocaleString(),
          make('span', { class: 'soft' }, ' · ' + share(one.count, declined)))),
      make('svg', { 'aria-hidden': 'true' },
        make('rect', { height: '100%', rx: '3', width: (100 * one.count) / declined + '%' })));
  show(byId('declines'), declined ? make('ul', { class: 'bars' }, summary.declines.map(barOf))
    : make('p', { class: 'empty' }, 'None in this period.'));

  const { count, since } = summary.unknown;
  show(byId('unknown'), make('p', {}, make('span', { class: 'unknown-count' }, count.toLocaleString())),
    make('p', { class: 'empty' }, count === 0 ? 'Every operation has its outcome.' : null,
      since ? make('span', {}, 'The oldest since ', time(since), ' · ' + age(since) + '. ') : null,
      count ? 'They settle by themselves. ' : null,
      count ? make('a', { href: listOf('unknown') }, 'Show them') : null));
};

const rowOf = (payment) =>
  make('tr', { 'data-key': payment.id },
    make('th', { scope: 'row' },
      make('a', { href: '#payment=' + encodeURIComponent(payment.id) }, time(payment.created_at))),
    cell('number end', '', money(payment.amount, payment.currency)),
    cell('', '', state(payment.state)),
    cell('quiet end', '', card(payment.card)),
    cell('number quiet', 'Refunded', unlessZero(payment.amount_refunded, payment.currency)),
    cell('quiet', '', payment.customer_id ? data(payment.customer_id) : ''));

const showPayments = () => {
  const { data: rows, has_more: hasMore, state: of } = payments;
  show(byId('list-title'), of ? 'Latest payments that are ' + words(of) : 'Latest payments',
    of ? make('a', { href: '#' }, 'Show all') : null);
  show(byId('payments'), rows.length
    ? table('Latest payments', ['Made', '#Amount', 'State', 'Card', '#Refunded', 'Customer'], rows.map(rowOf))
    : make('p', { class: 'empty' }, of ? 'There are none.' : 'No payments yet.'),
  hasMore ? make('p', { class: 'empty', 'data-key': 'more' }, 'These are the last ' + rows.length +
    '. Older ones are at ', make('code', {}, '/api/v1/payments'), '.') : null);
};

// One payment.

const long = (text) => (text.length > 60 ? 'wide' : '');
const metadataOf = (payment) => Object.entries(payment.metadata ?? {})
  .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])
  .map(([name, text]) => [name, text, long(text)]);
const times = ({ created_at: created, updated_at: updated, expires_at: expires }) => [
  ['Made', time(created)],
  Date.parse(updated) - Date.parse(created) >= 1000 && ['Changed', time(updated)],
  expires && ['Expires', time(expires)],
];

const transactionOf = (transaction) => {
  const { transaction_id: id, currency, code, decline_class: declineClass } = transaction;
  const isOpen = transaction.status === 'pending' && ['amount_mismatch', 'approved_late'].includes(code);
  const reason = [transaction.provider_code, transaction.message].filter(Boolean).join(': ');
  return make('li', { class: 'panel transaction', 'data-key': id },
    make('div', { class: 'head' }, make('h4', {}, words(transaction.type)), state(transaction.status),
      make('span', { class: 'amount' }, money(transaction.amount, currency))),
    facts(
      transaction.amount_approved && ['Approved by the provider', money(transaction.amount_approved, currency)],
      code && ['Why', words(code) + (declineClass ? ' (' + words(declineClass) + ')' : '')],
      ['Provider’s reason', reason, long(reason)],
      ...times(transaction),
      ['Authorization code', transaction.auth_code],
      ['Reference', transaction.reference_number, 'id'],
      ['Provider’s id', transaction.provider_transaction_id, 'id'],
      ['Transaction', id, 'id'],
      ['Correlation', transaction.correlation_id, 'id']),
    isOpen ? decisionOn(transaction) : null);
};

const showDetails = () => {
  const { payment, transactions } = details;
  const { currency } = payment;
  const metadata = metadataOf(payment);
  const titled = (name, ...content) => [make('h3', { 'data-key': 'title ' + name }, name), ...content];
  show(byId('detail-title'), make('span', {}, money(payment.amount, currency)), state(payment.state));
  show(byId('payment'),
    make('div', { class: 'panel', 'data-key': 'facts' }, facts(
      ['Authorized', unlessZero(payment.amount_authorized, currency)],
      ['Taken', unlessZero(payment.amount_captured, currency)],
      ['Refunded', unlessZero(payment.amount_refunded, currency)],
      ...times(payment),
      ['Card', card(payment.card)], ['Customer', payment.customer_id], ['Provider', words(payment.connector)],
      ['Payment', payment.id, 'id'])),
    ...(metadata.length
      ? titled('Metadata', make('div', { class: 'panel', 'data-key': 'metadata' }, facts(...metadata))) : []),
    ...titled('Transactions', make('ol', {}, transactions.map(transactionOf))));
};

/// The form in which a person decides about a quarantined transaction. Refreshes leave it alone.
const decisionOn = (transaction) => {
  const { transaction_id: id, currency } = transaction;
  const approvedAmount = transaction.amount_approved ?? '0';
  const asked = money(transaction.amount, currency);
  const approved = money(approvedAmount, currency);
  const choice = (value, text) => make('label', { class: 'choice' },
    make('input', { type: 'radio', name: 'decision-' + id, value, required: '' }), make('span', {}, text));
  const note = make('textarea', { required: '', maxlength: '500', 'aria-describedby': 'answer-' + id });
  const send = make('button', { type: 'submit', class: 'main' }, 'Record the decision');
  const answer = make('p', { class: 'complaint', role: 'alert', id: 'answer-' + id });
  const form = make('form', { class: 'resolve', 'data-key': 'resolve-' + id, 'data-keep': '' },
    make('p', {}, transaction.code === 'approved_late'
      ? 'The provider approved this after it was told to have failed. Florin gives it back by itself: decide only if ' +
        'that came to nothing.'
      : 'Asked for: ' + asked + '. Approved by the provider: ' + (isZero(approvedAmount)
        ? 'something that could not be booked. Undo it at the provider, then dismiss it.'
        : approved + '. Accept it here, or refund or cancel it through the API.')),
    make('fieldset', {}, make('legend', {}, 'Decision'),
      choice('accept', 'Accept: what was approved takes the place of what was asked for.'),
      choice('dismiss', 'Dismiss: nothing moved, or it has been undone at the provider. The transaction has failed.')),
    make('div', {}, make('label', { class: 'label' }, 'Note: why, for those who come after', note)),
    make('div', { class: 'send' }, send, answer));

  let attempt = { text: '', key: '' };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (send.getAttribute('aria-disabled') === 'true') return;
    const body = { decision: new FormData(form).get('decision-' + id), note: note.value.trim() };
    answer.textContent = '';
    note.setAttribute('aria-invalid', String(!body.note));
    if (!body.note) {
      answer.textContent = 'Say why: the note is kept with the decision.';
      note.focus();
      return;
    }
    // One decision, one key, however often it is sent: it is recorded once.
    const text = JSON.stringify(body);
    if (attempt.text !== text) attempt = { text, key: newKey() };
    send.setAttribute('aria-disabled', 'true');
    const asking = key;
    try {
      await ask('/api/v1/transactions/' + encodeURIComponent(id) + '/resolve',
        { body, headers: { 'Idempotency-Key': attempt.key } });
      if (key !== asking) return;
      say('decision', body.decision === 'accept' ? 'Accepted.' : 'Dismissed.');
      byId('detail-title').focus();
      refresh();
    } catch (refusal) {
      if (refusal.field === 'note') note.setAttribute('aria-invalid', 'true');
      answer.textContent = refusal.status === 0
        ? 'No answer came, so the decision may or may not be recorded. Press again: it is recorded once.'
        : explain(refusal);
    } finally {
      send.removeAttribute('aria-disabled');
    }
  });
  return form;
};

/// Not `randomUUID`, which a page without TLS does not have.
const newKey = () => {
  const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
  return 'dashboard-' + bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

// Refreshing.

let timer = 0;
let running = null;      // Stops the refresh that is under way.
let isStopped = false;   // Until a person does something.
let shownAt = 0;         // When all that is shown was last read.
let spoken = {};

/// Says it to those who listen, once.
const say = (about, text) => {
  if (spoken[about] === text) return;
  spoken[about] = text;
  byId('spoken').textContent = text;
};

const showFreshness = (isFresh) => {
  const line = byId('freshness');
  line.dataset.tone = shownAt ? (isFresh ? 'fresh' : 'stale') : 'none';
  line.textContent = shownAt ? (isFresh ? 'Updated ' : 'As of ') + clock.format(shownAt) : '';
};

const showTrouble = (text) => {
  byId('trouble').hidden = !text;
  if (byId('trouble-words').textContent !== text) byId('trouble-words').textContent = text;
  say('trouble', text);
};

const wait = (pause_ms) => {
  clearTimeout(timer);
  if (key && !isStopped && document.visibilityState === 'visible') timer = setTimeout(refresh, pause_ms);
};

const read = async (signal) => {
  if (place.payment) {
    details = await ask('/api/v1/payments/' + encodeURIComponent(place.payment), { signal });
    if (!signal.aborted) showDetails();
    return;
  }
  // The list first: its answer tells the server's time, from which the period is counted.
  const of = place.state;
  const filter = of ? '&state=' + encodeURIComponent(of) : '';
  const page = await ask('/api/v1/payments?limit=' + listed + filter, { signal });
  if (signal.aborted) return;
  payments = { ...page, state: of };
  showPayments();
  byId('payments').setAttribute('aria-busy', 'false');
  // The longest period less a minute: it must not have grown longer by the time that it arrives.
  const length_ms = periods[period] - (period === 'month' ? 60_000 : 0);
  const from = new Date(serverNow() - length_ms).toISOString();
  const sums = await ask('/api/v1/summary?created_from=' + encodeURIComponent(from), { signal });
  if (signal.aborted) return;
  summary = sums;
  showAlarms();
  showTotals();
  byId('figures').setAttribute('aria-busy', 'false');
};

/// Whether asking again will not help: the question is wrong. A period may become less busy.
const isFinal = ({ status, code }) => status >= 400 && status < 500 && status !== 429 && code !== 'period_too_busy';

const refresh = async () => {
  running?.abort();
  clearTimeout(timer);
  if (!key) return;
  const mine = running = new AbortController();
  let pause_ms = refreshEvery_ms;
  try {
    await read(mine.signal);
    if (mine.signal.aborted) return;
    isStopped = false;
    shownAt = Date.now();
    showFreshness(true);
    showTrouble('');
  } catch (failure) {
    if (mine.signal.aborted) return;
    // What is not a refusal is a fault of this page.
    if (!(failure instanceof Refusal)) console.error(failure);
    const refusal = failure instanceof Refusal ? failure : new Refusal(-1, { detail: 'This page has failed.' });
    isStopped = isFinal(refusal);
    pause_ms = Math.max(pause_ms, refusal.wait_ms);
    if (refusal === failure) showAgain();
    showFreshness(false);
    if (refusal.status === 401) {
      showTrouble('');
      askForKey(explain(refusal));
      return;
    }
    const isShown = place.payment ? details : payments && payments.state === place.state;
    if (!isShown) show(byId(place.payment ? 'payment' : 'payments'), make('p', { class: 'empty' }, 'Nothing to show.'));
    showTrouble([explain(refusal),
      isShown && shownAt ? 'Shown is what was so at ' + clock.format(shownAt) + '.' : '',
      isStopped ? '' : 'The next try is in ' + Math.round(pause_ms / 1000) + ' seconds.'].filter(Boolean).join(' '));
  }
  wait(pause_ms);
};

/// Ages go on while the server is silent.
const showAgain = () => {
  if (place.payment) {
    if (details) showDetails();
    return;
  }
  if (payments) showPayments();
  if (summary) {
    showAlarms();
    showTotals();
  }
};

// Keys.

const askForKey = (complaint = '') => {
  key = null;
  tab.drop('florin.key');
  byId('entry').hidden = false;
  byId('forget').hidden = true;
  byId('key').value = '';
  byId('entry-trouble').textContent = complaint;
  byId('key').focus();
};

const blank = () => {
  running?.abort();
  clearTimeout(timer);
  summary = payments = details = null;
  shownAt = 0;
  spoken = {};
  for (const id of ['alarms', 'totals', 'states', 'declines', 'unknown', 'payments', 'payment']) show(byId(id));
  byId('spoken').textContent = '';
  show(byId('detail-title'), 'Payment');
  byId('overview').hidden = byId('detail').hidden = true;
  document.title = 'Florin dashboard';
  showFreshness(false);
  showTrouble('');
};

const begin = () => {
  isStopped = false;
  byId('entry').hidden = true;
  byId('forget').hidden = false;
  go();
};

byId('entry').addEventListener('submit', (event) => {
  event.preventDefault();
  const given = byId('key').value.trim();
  if (!/^[\x21-\x7e]+$/.test(given)) {
    byId('entry-trouble').textContent = 'That is not an API key: one has no spaces and begins with fk_.';
    return;
  }
  blank();  // Another key may be another merchant's.
  key = given;
  tab.keep('florin.key', key);
  byId('key').value = '';
  begin();
});

byId('forget').addEventListener('click', () => {
  blank();
  if (location.hash) history.replaceState(null, '', location.pathname);
  place = {};
  askForKey();
});

// Where to.

let leftAt = 0;          // How far the overview was scrolled, and which payment was opened.
let opened = null;

const go = () => {
  const before = place;
  const [name, value = ''] = location.hash.slice(1).split('=');
  const named = (() => { try { return decodeURIComponent(value); } catch { return ''; } })();
  place = named && (name === 'payment' || name === 'state') ? { [name]: named } : {};
  if (!key) return;
  isStopped = false;
  if (place.payment && !before.payment) {
    leftAt = scrollY;
    byId('back').setAttribute('href', before.state ? listOf(before.state) : '#');
  }
  byId('overview').hidden = Boolean(place.payment);
  byId('detail').hidden = !place.payment;
  if (place.payment) {
    opened = place.payment;
    if (details?.payment.id !== place.payment) {
      details = null;
      show(byId('detail-title'), 'Payment');
      show(byId('payment'), make('p', { class: 'empty' }, 'Reading…'));
    }
    scrollTo(0, 0);
    byId('detail-title').focus({ preventScroll: true });
  } else {
    if (payments === null) show(byId('payments'), make('p', { class: 'empty' }, 'Reading…'));
    if (before.state !== place.state && !before.payment) byId('payments').setAttribute('aria-busy', 'true');
    if (before.payment) {
      scrollTo(0, leftAt);
      const row = [...byId('payments').querySelectorAll('tr')].find((candidate) => candidate.dataset.key === opened);
      row?.querySelector('a').focus({ preventScroll: true });
    } else if (place.state) {
      byId('list').scrollIntoView();
      byId('list').focus({ preventScroll: true });
    }
  }
  refresh();
};

addEventListener('hashchange', go);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') clearTimeout(timer);
  else if (key && !isStopped) refresh();
});
byId('again').addEventListener('click', () => refresh());
for (const choice of document.querySelectorAll('#period input')) {
  choice.checked = choice.value === period;
  choice.addEventListener('change', () => {
    period = choice.value;
    tab.keep('florin.period', period);
    byId('figures').setAttribute('aria-busy', 'true');
    isStopped = false;
    refresh();
  });
}

if (key) begin();
else askForKey();
)js";
}

}  // namespace florin::app
