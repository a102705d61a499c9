'use strict';
// The vendor's own SDK, unchanged, against the sandbox at SANDBOX_URL (http://127.0.0.1:PORT): what it
// sends must be understood, and what it reads must be there.

const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const { APIContracts: contracts, APIControllers: controllers } = require('authorizenet');

const sandbox = process.env.SANDBOX_URL;
assert.ok(sandbox, 'SANDBOX_URL names a running sandbox');
const endpoint = `${sandbox}/xml/v1/request.api`;
const run = Date.now().toString(36);
let count = 0;
const unique = (prefix) => `${prefix}-${run}-${++count}`;

function credentials(key = 'sandboxKey123456') {
  const authentication = new contracts.MerchantAuthenticationType();
  authentication.setName('sandboxLogin');
  authentication.setTransactionKey(key);
  return authentication;
}

// The SDK never calls back when the connection breaks or the status is not 2xx, so a timer stands beside it.
function execute(Controller, request, Response, patience_ms = 10_000) {
  return new Promise((resolve, reject) => {
    const controller = new Controller(request.getJSON());
    controller.setEnvironment(endpoint);
    const timer = setTimeout(() => reject(new Error('no answer')), patience_ms);
    controller.execute(() => {
      clearTimeout(timer);
      resolve(new Response(controller.getResponse()));
    });
  });
}

function card(number = '4111111111111111', expiry = '2035-12', code = '123') {
  const credit_card = new contracts.CreditCardType();
  credit_card.setCardNumber(number);
  credit_card.setExpirationDate(expiry);
  if (code) credit_card.setCardCode(code);
  const payment = new contracts.PaymentType();
  payment.setCreditCard(credit_card);
  return payment;
}

function order(invoice) {
  const details = new contracts.OrderType();
  details.setInvoiceNumber(invoice);
  details.setDescription('A thing');
  return details;
}

async function transact(type, fill, ref_id = unique('r').slice(0, 20)) {
  const transaction = new contracts.TransactionRequestType();
  transaction.setTransactionType(type);
  fill(transaction);
  const request = new contracts.CreateTransactionRequest();
  request.setMerchantAuthentication(credentials());
  request.setRefId(ref_id);
  request.setTransactionRequest(transaction);
  const response = await execute(controllers.CreateTransactionController, request, contracts.CreateTransactionResponse);
  assert.equal(response.getRefId(), ref_id);
  return response;
}

function charge(type, amount, invoice, payment = card()) {
  return transact(type, (transaction) => {
    transaction.setAmount(amount);
    transaction.setPayment(payment);
    transaction.setOrder(order(invoice));
    const address = new contracts.CustomerAddressType();
    address.setFirstName('Ada');
    address.setLastName('Byron');
    address.setAddress('1 Way');
    address.setZip('44628');
    transaction.setBillTo(address);
    const settings = new contracts.ArrayOfSetting();
    const setting = new contracts.SettingType();
    setting.setSettingName('duplicateWindow');
    setting.setSettingValue('28800');
    settings.setSetting([setting]);
    transaction.setTransactionSettings(settings);
  });
}

const ok = (response) => assert.equal(response.getMessages().getResultCode(), contracts.MessageTypeEnum.OK,
  JSON.stringify(response));
const approved = (response, code = '1') => {
  ok(response);
  const transaction = response.getTransactionResponse();
  assert.equal(transaction.getResponseCode(), '1');
  assert.equal(transaction.getMessages().getMessage()[0].getCode(), code);
  return transaction.getTransId();
};
const refused = (response, response_code, reason) => {
  assert.equal(response.getMessages().getResultCode(), contracts.MessageTypeEnum.ERROR);
  assert.equal(response.getMessages().getMessage()[0].getCode(), 'E00027');
  const transaction = response.getTransactionResponse();
  assert.equal(transaction.getResponseCode(), response_code);
  assert.equal(transaction.getErrors().getError()[0].getErrorCode(), reason);
};

const capture = (id, amount) => transact('priorAuthCaptureTransaction', (transaction) => {
  if (amount) transaction.setAmount(amount);
  transaction.setRefTransId(id);
});
const cancel = (id) => transact('voidTransaction', (transaction) => transaction.setRefTransId(id));
const refund = (id, amount) => transact('refundTransaction', (transaction) => {
  transaction.setAmount(amount);
  transaction.setPayment(card('1111', 'XXXX', ''));
  transaction.setRefTransId(id);
  transaction.setOrder(order(unique('f')));
});

async function details(id) {
  const request = new contracts.GetTransactionDetailsRequest();
  request.setMerchantAuthentication(credentials());
  request.setTransId(id);
  return execute(controllers.GetTransactionDetailsController, request, contracts.GetTransactionDetailsResponse);
}

async function movements(reference) {
  const truth = await (await fetch(`${sandbox}/truth?provider=authorize_net`)).json();
  return truth.movements.filter((movement) => movement.reference === reference);
}

before(async () => {
  await fetch(`${sandbox}/sandbox/faults`, { method: 'DELETE' });
});

test('a sale is approved, moves its money once and can be looked up', async () => {
  const invoice = unique('s');
  const id = approved(await charge('authCaptureTransaction', '12.50', invoice));
  const moved = await movements(invoice);
  assert.equal(moved.length, 1);
  assert.equal(moved[0].amount, 1250);
  assert.equal(moved[0].type, 'purchase');
  assert.equal(moved[0].provider_id, id);

  const found = await details(id);
  ok(found);
  assert.equal(found.getTransaction().getTransactionStatus(), 'capturedPendingSettlement');
  assert.equal(Number(found.getTransaction().getSettleAmount()), 12.5);
  assert.equal(found.getTransaction().getOrder().getInvoiceNumber(), invoice);
  assert.equal(found.getTransaction().getPayment().getCreditCard().getCardNumber(), 'XXXX1111');
});

test('an authorization is captured once; capturing again is no error and moves nothing', async () => {
  const id = approved(await charge('authOnlyTransaction', '20.00', unique('a')));
  refused(await capture(id, '20.01'), '3', '47');
  assert.equal(approved(await capture(id, '15.00')), id);
  assert.equal(approved(await capture(id, '15.00'), '311'), id);
  assert.equal(Number((await details(id)).getTransaction().getSettleAmount()), 15);
});

test('a void undoes, and says 310 the second time', async () => {
  const id = approved(await charge('authCaptureTransaction', '9.00', unique('v')));
  assert.equal(approved(await cancel(id)), id);
  assert.equal(approved(await cancel(id), '310'), id);
  assert.equal((await details(id)).getTransaction().getTransactionStatus(), 'voided');
});

test('refunds add up to the sale and not beyond', async () => {
  const id = approved(await charge('authCaptureTransaction', '10.00', unique('f')));
  const refund_id = approved(await refund(id, '4.00'));
  assert.notEqual(refund_id, id);
  refused(await refund(id, '6.01'), '3', '55');
  approved(await refund(id, '6.00'));
  refused(await refund('12345', '1.00'), '3', '54');
});

test('a declining card is declined', async () => {
  const response = await charge('authCaptureTransaction', '10.00', unique('d'), card('4000000000000002'));
  refused(response, '2', '2');
  assert.notEqual(response.getTransactionResponse().getTransId(), '0');
});

test('the same sale again is a duplicate, not a second sale', async () => {
  const invoice = unique('dup');
  approved(await charge('authCaptureTransaction', '7.00', invoice));
  refused(await charge('authCaptureTransaction', '7.00', invoice), '3', '11');
  assert.equal((await movements(invoice)).length, 1);
});

test('the unsettled list shows the newest first', async () => {
  const invoice = unique('u');
  const id = approved(await charge('authOnlyTransaction', '3.00', invoice));
  const request = new contracts.GetUnsettledTransactionListRequest();
  request.setMerchantAuthentication(credentials());
  const paging = new contracts.Paging();
  paging.setLimit(5);
  paging.setOffset(1);
  request.setPaging(paging);
  const sorting = new contracts.TransactionListSorting();
  sorting.setOrderBy(contracts.TransactionListOrderFieldEnum.SUBMITTIMEUTC);
  sorting.setOrderDescending(true);
  request.setSorting(sorting);
  const response = await execute(controllers.GetUnsettledTransactionListController, request,
    contracts.GetUnsettledTransactionListResponse);
  ok(response);
  const newest = response.getTransactions().getTransaction()[0];
  assert.equal(newest.getTransId(), id);
  assert.equal(newest.getInvoiceNumber(), invoice);
  assert.equal(newest.getTransactionStatus(), 'authorizedPendingCapture');
});

test('a customer profile is made, charged, shown and removed', async () => {
  const customer_id = unique('c').slice(0, 20);
  const create = () => {
    const payment_profile = new contracts.CustomerPaymentProfileType();
    payment_profile.setCustomerType(contracts.CustomerTypeEnum.INDIVIDUAL);
    payment_profile.setPayment(card('5424000000000015'));
    const profile = new contracts.CustomerProfileType();
    profile.setMerchantCustomerId(customer_id);
    profile.setDescription('Somebody');
    profile.setEmail(`${customer_id}@example.com`);
    profile.setPaymentProfiles([payment_profile]);
    const request = new contracts.CreateCustomerProfileRequest();
    request.setMerchantAuthentication(credentials());
    request.setProfile(profile);
    request.setValidationMode(contracts.ValidationModeEnum.TESTMODE);
    return execute(controllers.CreateCustomerProfileController, request, contracts.CreateCustomerProfileResponse);
  };
  const created = await create();
  ok(created);
  const profile_id = created.getCustomerProfileId();
  const payment_id = created.getCustomerPaymentProfileIdList().getNumericString()[0];

  const twin = await create();
  assert.equal(twin.getMessages().getMessage()[0].getCode(), 'E00039');
  assert.ok(twin.getMessages().getMessage()[0].getText().includes(profile_id));

  const invoice = unique('p');
  approved(await transact('authCaptureTransaction', (transaction) => {
    const chosen = new contracts.PaymentProfile();
    chosen.setPaymentProfileId(payment_id);
    const profile = new contracts.CustomerProfilePaymentType();
    profile.setCustomerProfileId(profile_id);
    profile.setPaymentProfile(chosen);
    transaction.setProfile(profile);
    transaction.setAmount('5.00');
    transaction.setOrder(order(invoice));
  }));
  assert.equal((await movements(invoice))[0].amount, 500);

  const get = new contracts.GetCustomerProfileRequest();
  get.setMerchantAuthentication(credentials());
  get.setCustomerProfileId(profile_id);
  const shown = await execute(controllers.GetCustomerProfileController, get, contracts.GetCustomerProfileResponse);
  ok(shown);
  assert.equal(shown.getProfile().getMerchantCustomerId(), customer_id);
  assert.equal(shown.getProfile().getPaymentProfiles()[0].getPayment().getCreditCard().getCardNumber(), 'XXXX0015');

  const remove = new contracts.DeleteCustomerProfileRequest();
  remove.setMerchantAuthentication(credentials());
  remove.setCustomerProfileId(profile_id);
  ok(await execute(controllers.DeleteCustomerProfileController, remove, contracts.DeleteCustomerProfileResponse));
  const gone = await execute(controllers.GetCustomerProfileController, get, contracts.GetCustomerProfileResponse);
  assert.equal(gone.getMessages().getMessage()[0].getCode(), 'E00040');
});

test('a batch is listed with what it comes to, and every transaction is in one', async () => {
  const invoices = [unique('b'), unique('b')];
  const first = approved(await charge('authCaptureTransaction', '12.50', invoices[0]));
  approved(await charge('authCaptureTransaction', '7.25', invoices[1]));
  approved(await refund(first, '2.00'));
  await fetch(`${sandbox}/sandbox/settle`, { method: 'POST' });

  const request = new contracts.GetSettledBatchListRequest();
  request.setMerchantAuthentication(credentials());
  request.setIncludeStatistics(true);
  request.setFirstSettlementDate(new Date(Date.now() - 86_400_000).toISOString());
  request.setLastSettlementDate(new Date(Date.now() + 60_000).toISOString());
  const listed = await execute(controllers.GetSettledBatchListController, request, contracts.GetSettledBatchListResponse);
  ok(listed);

  const cents = (amount) => Math.round(Number(amount) * 100);
  const sign = {
    [contracts.TransactionStatusEnum.SETTLEDSUCCESSFULLY]: 1,
    [contracts.TransactionStatusEnum.REFUNDSETTLEDSUCCESSFULLY]: -1,
  };
  const seen = [];
  for (const batch of listed.getBatchList().getBatch()) {
    assert.equal(batch.getSettlementState(), contracts.SettlementStateEnum.SETTLEDSUCCESSFULLY);
    assert.ok(Date.parse(batch.getSettlementTimeUTC()) > 0);
    const of_batch = new contracts.GetTransactionListRequest();
    of_batch.setMerchantAuthentication(credentials());
    of_batch.setBatchId(batch.getBatchId());
    const sorting = new contracts.TransactionListSorting();
    sorting.setOrderBy(contracts.TransactionListOrderFieldEnum.ID);
    sorting.setOrderDescending(false);
    of_batch.setSorting(sorting);
    const paging = new contracts.Paging();
    paging.setLimit(1000);
    paging.setOffset(1);
    of_batch.setPaging(paging);
    const list = await execute(controllers.GetTransactionListController, of_batch, contracts.GetTransactionListResponse);
    ok(list);
    const transactions = list.getTransactions().getTransaction();
    seen.push(...transactions.map((each) => each.getInvoiceNumber()));
    const paid = transactions.reduce((sum, each) =>
      sum + (sign[each.getTransactionStatus()] ?? 0) * cents(each.getSettleAmount()), 0);

    const of_statistics = new contracts.GetBatchStatisticsRequest();
    of_statistics.setMerchantAuthentication(credentials());
    of_statistics.setBatchId(batch.getBatchId());
    const told = await execute(controllers.GetBatchStatisticsController, of_statistics, contracts.GetBatchStatisticsResponse);
    ok(told);
    for (const statistics of [batch.getStatistics(), told.getBatch().getStatistics()]) {
      const stated = statistics.getStatistic().reduce((sum, each) =>
        sum + cents(each.getChargeAmount()) - cents(each.getRefundAmount()), 0);
      assert.equal(stated, paid);
    }
  }
  for (const invoice of invoices) assert.equal(seen.filter((each) => each === invoice).length, 1);
});

test('the account says which currencies it has', async () => {
  const request = new contracts.GetMerchantDetailsRequest();
  request.setMerchantAuthentication(credentials());
  const response = await execute(controllers.GetMerchantDetailsController, request, contracts.GetMerchantDetailsResponse);
  ok(response);
  assert.ok(response.getCurrencies().getCurrency().map(String).includes('USD'));
});

test('wrong credentials are E00007', async () => {
  const request = new contracts.AuthenticateTestRequest();
  request.setMerchantAuthentication(credentials('wrong'));
  const response = await execute(controllers.AuthenticateTestController, request, contracts.AuthenticateTestResponse);
  assert.equal(response.getMessages().getMessage()[0].getCode(), 'E00007');
});

test('a dropped connection leaves the SDK without an answer, though the money moved', async () => {
  const invoice = unique('lost');
  await fetch(`${sandbox}/sandbox/faults`, {
    method: 'PUT',
    body: JSON.stringify({ rules: [{ match: { provider: 'authorize_net' }, action: { kind: 'drop_after' }, count: 1 }] }),
  });
  const transaction = new contracts.TransactionRequestType();
  transaction.setTransactionType('authCaptureTransaction');
  transaction.setAmount('6.00');
  transaction.setPayment(card());
  transaction.setOrder(order(invoice));
  const request = new contracts.CreateTransactionRequest();
  request.setMerchantAuthentication(credentials());
  request.setTransactionRequest(transaction);
  await assert.rejects(
    execute(controllers.CreateTransactionController, request, contracts.CreateTransactionResponse, 1_000), /no answer/);
  assert.equal((await movements(invoice)).length, 1);
});
