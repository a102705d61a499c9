#include "billing_over_time.hpp"

#include "florin/billing/routes.hpp"
#include "florin/payment_terms/routes.hpp"
#include "florin/subscriptions/routes.hpp"
#include "florin/test_clocks/routes.hpp"

namespace florin::app {

BillingOverTime::BillingOverTime(const Surroundings& on)
    : billing{{.world = on.world,
               .store = on.store,
               .audit = on.audit,
               .payments = on.payments,
               .merchants = on.merchants,
               .notifications = &on.notifications,
               .documents = &on.documents,
               .cases = &on.cases,
               .addressee = [&contacts = on.contacts](
                                MerchantId merchant,
                                std::string id) { return contacts.addressee(merchant, std::move(id)); },
               .may_be_told = &customers::Customers::is_known,
               .wake = on.wake}},
      plans{
          {.world = on.world,
           .store = on.store,
           .audit = on.audit,
           .knows_policy = [this](store::Reader& reader, MerchantId merchant,
                                  std::string_view name) { return billing.has_retry_policy(reader, merchant, name); }}},
      subscriptions{
          {.world = on.world,
           .store = on.store,
           .audit = on.audit,
           .profile = [&merchants = on.merchants](store::Reader& reader,
                                                  MerchantId merchant) { return merchants.profile(reader, merchant); },
           .now = [&merchants = on.merchants](store::Reader& reader,
                                              MerchantId merchant) { return merchants.now(reader, merchant); },
           .collector = subscriptions::collector_of(billing),
           .check_means =
               [&payments = on.payments](MerchantId merchant, billing::Means means, std::string customer) {
                   return subscriptions::usable_means(payments, merchant, means, std::move(customer));
               },
           .locale_of = [&documents = on.documents](
                            store::Reader& reader, MerchantId merchant,
                            std::string_view id) { return documents.locale_of(reader, merchant, id); },
           .issue =
               [&documents = on.documents, &clock = on.world.clock](store::Tx& tx,
                                                                    const documents::NewDocument& invoice) {
                   const documents::Document issued = documents.issue(tx, invoice);
                   return documents.link(issued.merchant, issued.id, clock.now() + documents::mailed_link_lifetime);
               },
           .addressee = [&contacts = on.contacts](
                            store::Reader& reader, MerchantId merchant,
                            std::string_view id) { return contacts.addressee(reader, merchant, id); },
           .notify = [&notifications = on.notifications](
                         store::Tx& tx,
                         const notifications::NewNotification& mail) { notifications.enqueue(tx, mail); },
           .wake = on.wake}},
      letters{{.world = on.world,
               .store = on.store,
               .documents = on.documents,
               .notifications = on.notifications,
               .merchants = on.merchants,
               .addressee = [&contacts = on.contacts](
                                MerchantId merchant,
                                std::string id) { return contacts.addressee(merchant, std::move(id)); }}},
      payment_terms{{.world = on.world,
                     .store = on.store,
                     .audit = on.audit,
                     .billing = billing,
                     .merchants = on.merchants,
                     .tell_customer =
                         [this](store::Tx& tx, const payment_terms::Scheduled& scheduled, std::string_view what,
                                const std::optional<payment_terms::Movement>& at_once) {
                             letters.tell(tx, scheduled, what, at_once);
                         },
                     .locale_of = [&documents = on.documents](
                                      store::Reader& reader, MerchantId merchant,
                                      std::string_view id) { return documents.locale_of(reader, merchant, id); },
                     .wake = on.wake}},
      test_clocks{
          {.world = on.world,
           .store = on.store,
           .audit = on.audit,
           .merchants = on.merchants,
           .is_sandbox = on.is_sandbox,
           .agenda = {.next_turn_at = [this](store::Reader& reader,
                                             MerchantId merchant) { return billing.next_moment(reader, merchant); },
                      .load = [this](MerchantId merchant) { return billing.load(merchant); }},
           .settling_kinds =
               std::string{billing::Billing::turn_kind} + "," + std::string{billing::Billing::collect_kind} + "," +
               std::string{billing::Billing::await_kind} + "," + std::string{billing::Billing::receipt_kind} + "," +
               std::string{billing::Billing::ahead_kind},
           .telling_kinds = "billing.case,billing.notice,broker.publish,notifications.send,"
                            "payment_terms.letter,webhooks.deliver",
           .announce = on.announce,
           .wake = on.wake}},
      is_sandbox_{on.is_sandbox} {
    billing::Owner of_subscriptions = subscriptions.owner();
    of_subscriptions.on_case = [this](store::Tx& tx, const cases::Case& one) {
        return subscriptions.on_case_resolved(tx, one);
    };
    billing.add(std::move(of_subscriptions));
    billing.add(payment_terms.owner());
}

void BillingOverTime::handle_jobs(const Handle& handle, std::size_t concurrency) {
    using billing::Billing;
    // Units of work and little else: so many at once that a commit, which costs more than they do, holds many.
    const jobs::Policy many{.concurrency = 64};
    handle(Billing::turn_kind, many, [this](const jobs::Job& job) { return billing.take_turn(job); });
    handle(Billing::collect_kind, {.concurrency = concurrency},
           [this](const jobs::Job& job) { return billing.collect(job); });
    handle(Billing::await_kind, {}, [this](const jobs::Job& job) { return billing.await_outcome(job); });
    for (const std::string_view kind :
         {Billing::notice_kind, Billing::receipt_kind, Billing::case_kind, Billing::ahead_kind})
        handle(kind, many, [this](const jobs::Job& job) { return billing.tell(job); });
    handle(payment_terms::Letters::job_kind, {}, [this](const jobs::Job& job) { return letters.deliver(job); });
}

void BillingOverTime::add_routes(http::Router& router, const idempotency::Secret& fingerprint_secret,
                                 const NoteRead& note, Clock& clock) {
    router.add(billing::routes({.billing = billing, .note_read = note}));
    router.add_schemas(billing::schemas());
    router.add(test_clocks::routes({.clocks = test_clocks, .clock = clock, .fingerprint_secret = fingerprint_secret}));
    router.add_schemas(test_clocks::schemas());
    router.add(subscriptions::routes(
        {.subscriptions = subscriptions, .plans = plans, .fingerprint_secret = fingerprint_secret, .note_read = note}));
    router.add_schemas(subscriptions::schemas());
    router.add(payment_terms::routes(
        {.payment_terms = payment_terms, .fingerprint_secret = fingerprint_secret, .note_read = note}));
    router.add_schemas(payment_terms::schemas());
}

std::optional<std::string> BillingOverTime::charged_by(store::Reader& reader, MerchantId merchant,
                                                       std::string_view customer_id) const {
    if (const auto terms = payment_terms.find_running(reader, merchant, customer_id))
        return "payment terms " + terms->text();
    if (const auto subscription = subscriptions.find_running(reader, merchant, customer_id))
        return "subscription " + subscription->text();
    if (const auto charge = billing.find_open(reader, merchant, customer_id)) return "charge " + charge->text();
    return std::nullopt;
}

void BillingOverTime::spawn_background(Scheduler& scheduler, Signal& stop) {
    scheduler.spawn(billing.run(stop));
    scheduler.spawn(billing.run_looks(stop));
    if (is_sandbox_) scheduler.spawn(test_clocks.run(stop));
}

}  // namespace florin::app
