// Who is given what, who serves which route and who hears of what: the whole of Florin on one screen.

#include "florin/app/platform.hpp"

#include <algorithm>

#include "alert_mail.hpp"
#include "billing_over_time.hpp"
#include "broker_commands.hpp"
#include "contacts.hpp"
#include "counted_jobs.hpp"
#include "dashboard.hpp"
#include "florin/base/check.hpp"
#include "florin/cases/routes.hpp"
#include "florin/customers/routes.hpp"
#include "florin/dead_letters/routes.hpp"
#include "florin/documents/routes.hpp"
#include "florin/events/events.hpp"
#include "florin/events/routes.hpp"
#include "florin/gateway/routes.hpp"
#include "florin/intake/intake.hpp"
#include "florin/jobs/timetable.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/ledger/ledger.hpp"
#include "florin/merchants/routes.hpp"
#include "florin/notifications/routes.hpp"
#include "florin/payments/routes.hpp"
#include "florin/payments/watch.hpp"
#include "florin/reconciliation/routes.hpp"
#include "florin/routing/routing.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "florin/webhooks/routes.hpp"
#include "ledger_snapshots.hpp"
#include "merchant_directory.hpp"
#include "no_mail.hpp"
#include "observed_connector.hpp"
#include "system_routes.hpp"
#include "timeline.hpp"

namespace florin::app {
namespace {

constexpr std::string_view bank_simulator = "bank_simulator";

std::array<std::uint8_t, 32> bytes_of(const security::SecretKey& key) {
    std::array<std::uint8_t, 32> bytes;
    std::ranges::copy(key.expose(), bytes.begin());
    return bytes;
}

std::vector<std::string> names_of(const Connectors& connectors) {
    std::vector<std::string> names;
    for (const auto& [name, connector] : connectors) names.push_back(name);
    return names;
}

reconciliation::Settings reconciliation_settings(const PlatformSettings& settings) {
    reconciliation::Settings own = settings.reconciliation;
    own.waits_for_first_settlement = settings.is_sandbox;
    return own;
}

/// Runs `once` every `pause` until `stop`.
Task<void> repeat(Signal& stop, Millis pause, std::function<Task<void>()> once) {
    while (!stop.is_set()) {
        co_await once();
        co_await stop.wait_for(pause);
    }
}

}  // namespace

struct Platform::Impl {
    World world;
    store::Store& store;
    security::KeyRing& keys;
    Connectors connectors;
    std::map<std::string, ConnectorWatch*, std::less<>> watches;
    PlatformSettings settings;
    audit::Log audit;
    audit::ReadTrail reads;
    identity::Gate gate;
    security::RateLimiter open_calls;
    http::Admission admission;
    http::Router router;
    MerchantDirectory merchants;
    merchants::Merchants profiles;
    events::Feed feed;
    customers::Customers customers;
    Contacts contacts;
    documents::Documents documents;
    payments::Payments payments;
    routing::Routing routing;
    jobs::Timetable timetable;
    jobs::Worker worker;
    intake::Intake intake;
    webhooks::Webhooks webhooks;
    NoMail no_mail;
    notifications::Notifications notifications;
    cases::Cases cases;
    BillingOverTime over_time;
    reconciliation::Reconciliation reconciliation;
    dead_letters::Desk desk;
    broker::Broker broker;

    Impl(World w, store::Store& s, security::KeyRing& k, Connectors c, PlatformSettings p)
        : world{w},
          store{s},
          keys{k},
          connectors{std::move(c)},
          watches{watch(connectors, world)},
          settings{std::move(p)},
          audit{bytes_of(keys.derive("audit.chain"))},
          reads{store, audit, world},
          gate{store, world, settings.gate},
          open_calls{world},
          admission{settings.admission},
          router{world, gate},
          merchants{store, world.clock},
          profiles{store, world,
                   settings.is_sandbox ? merchants::Merchants::TestClocks::possible
                                       : merchants::Merchants::TestClocks::none},
          feed{store, [this] { return !settings.is_accepting(); }},
          customers{{.world = world,
                     .store = store,
                     .keys = keys,
                     .audit = audit,
                     .forget =
                         [this](store::Tx& tx, MerchantId merchant, std::string_view id) {
                             notifications.erase(tx, merchant, id);
                             documents.forget(tx, merchant, id);
                             cases.erase(tx, merchant, id);
                             over_time.subscriptions.forget(tx, merchant, id);
                         },
                     .charged_by = [this](store::Reader& reader, MerchantId merchant,
                                          std::string_view id) { return over_time.charged_by(reader, merchant, id); }}},
          contacts{customers, settings.crm_gets_contact},
          documents{{.world = world,
                     .store = store,
                     .keys = keys,
                     .audit = audit,
                     .profile = [this](store::Reader& reader,
                                       MerchantId merchant) { return profiles.profile(reader, merchant); },
                     .find_party = [this](store::Reader& reader, MerchantId merchant,
                                          std::string_view id) { return contacts.party(reader, merchant, id); },
                     .public_url = settings.public_url,
                     .is_in_force =
                         [this](store::Reader& reader, const documents::Document& agreement) {
                             using payment_terms::PaymentTermsId;
                             return agreement.owner_kind != payment_terms::owner_kind ||
                                    over_time.payment_terms.are_in_force(reader, agreement.merchant,
                                                                         PaymentTermsId{agreement.owner});
                         }}},
          payments{
              {.world = world,
               .store = store,
               .keys = keys,
               .audit = audit,
               .connector = [this](std::string_view name) { return connector(name); },
               .node = settings.node,
               .on_late_outcome = &billing::Billing::hear,
               .on_money_back = [this](store::Tx& tx, const payments::PaymentDetails& now,
                                       const auto& by) { return over_time.billing.hear_of_money_back(tx, now, by); }}},
          routing{{.world = world,
                   .store = store,
                   .audit = audit,
                   .connector = [this](std::string_view name) { return connector(name); }}},
          timetable{store, world},
          worker{store, world, {.name = settings.node, .retries_per_minute = settings.retries_per_minute}},
          intake{{.world = world,
                  .store = store,
                  .keys = keys,
                  .payments = payments,
                  .connector = [this](std::string_view name) { return connector(name); },
                  .wake = [this] { worker.wake(); }}},
          webhooks{{.world = world,
                    .store = store,
                    .keys = keys,
                    .audit = audit,
                    .client = settings.client,
                    .egress = settings.egress,
                    .allows_plain_http = settings.allows_plain_webhooks,
                    .wake = [this] { worker.wake(); }}},
          notifications{
              {.world = world,
               .store = store,
               .keys = keys,
               .audit = audit,
               .transport = settings.mail ? *settings.mail : no_mail,
               .find_contact = [this](MerchantId merchant,
                                      std::string id) { return contacts.mail(merchant, std::move(id)); },
               .from_email = settings.mail_from_address,
               .from_name = settings.mail_from_name,
               .default_language = settings.mail_language,
               .find_sender = [this](store::Reader& reader,
                                     MerchantId merchant) { return sender_of(profiles.profile(reader, merchant)); },
               .wake = [this] { worker.wake(); }}},
          cases{{.world = world,
                 .store = store,
                 .audit = audit,
                 .crm = settings.crm.get(),
                 .find_contact = [this](MerchantId merchant,
                                        std::string id) { return contacts.crm(merchant, std::move(id)); },
                 .wake = [this] { worker.wake(); }}},
          over_time{{.world = world,
                     .store = store,
                     .audit = audit,
                     .payments = payments,
                     .merchants = profiles,
                     .notifications = notifications,
                     .documents = documents,
                     .cases = cases,
                     .contacts = contacts,
                     .is_sandbox = settings.is_sandbox,
                     .announce = [this] { return announce(); },
                     .wake = [this] { worker.wake(); }}},
          reconciliation{{.world = world,
                          .store = store,
                          .audit = audit,
                          .payments = payments,
                          .cases = cases,
                          .connector = [this](std::string_view name) { return connector(name); },
                          .connectors = names_of(connectors),
                          .settings = reconciliation_settings(settings),
                          .wake = [this] { worker.wake(); }}},
          desk{{.world = world,
                .store = store,
                .audit = audit,
                .wake = [this] { worker.wake(); },
                .write_mail = alert_writer(notifications, settings.alert_addresses),
                .own_mails = std::string{notifications::Notifications::job_kind},
                .gather = settings.alert_gather,
                .pause = settings.alert_pause}},
          broker{settings.broker,
                 {.world = world,
                  .store = store,
                  .keys = keys,
                  .node = settings.node,
                  .find_merchant = [this](std::string name) { return merchant_id(std::move(name)); },
                  .wake = [this] { worker.wake(); }}} {
        // Requirements D-DE-10.
        handle(intake::Intake::job_kind, {.concurrency = 5, .provider = &intake::Intake::provider_of},
               [this](const jobs::Job& job) { return intake.process(job); });
        handle(webhooks::Webhooks::job_kind, webhooks::Webhooks::policy(),
               [this](const jobs::Job& job) { return webhooks.deliver(job); });
        jobs::Policy mails = notifications::Notifications::policy();
        mails.provider = [](const jobs::Job&) { return std::string{"mail"}; };
        handle(notifications::Notifications::job_kind, std::move(mails),
               [this](const jobs::Job& job) { return notifications.deliver(job); });
        jobs::Policy mirrors = cases::Cases::policy();
        mirrors.provider = [](const jobs::Job&) { return std::string{"crm"}; };
        handle(cases::Cases::job_kind, std::move(mirrors), [this](const jobs::Job& job) { return cases.mirror(job); });
        handle(broker::Broker::publish_kind, {}, [this](const jobs::Job& job) { return broker.publish_one(job); });
        handle(broker::Broker::command_kind, {}, [this](const jobs::Job& job) { return broker.obey(job); });
        add_broker_commands(broker, payments, bytes_of(keys.derive("idempotency.fingerprint")));
        handle(payments::Payments::money_back_kind, {},
               [this](const jobs::Job& job) { return payments.tell_money_back(job); });
        over_time.handle_jobs([this](std::string_view kind, jobs::Policy policy,
                                     jobs::Handler handler) { handle(kind, std::move(policy), std::move(handler)); },
                              settings.billing_concurrency);
        using reconciliation::Reconciliation;
        handle(Reconciliation::begin_kind, {.concurrency = 1},
               [this](const jobs::Job& job) { return reconciliation.begin(job); });
        handle(Reconciliation::import_kind, Reconciliation::policy(),
               [this](const jobs::Job& job) { return reconciliation.import(job); });
        handle("ledger.snapshot", {.concurrency = 1},
               [this](const jobs::Job&) { return take_ledger_snapshots(store); });
        add_routes();
        observe();
    }

    void handle(std::string_view kind, jobs::Policy policy, jobs::Handler handler) {
        check(std::ranges::find(job_kinds, kind) != job_kinds.end(), "a kind's retries can be set");
        if (const auto set = settings.retries.find(std::string{kind}); set != settings.retries.end())
            policy.retry = set->second;
        worker.handle(std::string{kind}, std::move(policy), counted(kind, std::move(handler), world.clock));
    }

    payments::Connector* connector(std::string_view name) {
        const auto found = connectors.find(name);
        return found == connectors.end() ? nullptr : found->second.get();
    }

    void note_read(const http::Exchange& exchange, std::string_view entity_type, const std::string& entity_id) {
        const std::string action = std::string{entity_type} + ".read";
        reads.note({.merchant = exchange.principal.merchant,
                    .correlation_id = exchange.correlation_id,
                    .action = action,
                    .entity_type = entity_type,
                    .entity_id = entity_id,
                    .actor = exchange.principal.actor,
                    .ip_address = exchange.request.peer,
                    .user_agent = exchange.user_agent});
    }

    void add_routes() {
        const idempotency::Secret secret = bytes_of(keys.derive("idempotency.fingerprint"));
        const auto note = [this](const http::Exchange& exchange, std::string_view type, std::string id) {
            note_read(exchange, type, id);
        };
        router.add(payments::routes(
            {.payments = payments,
             .fingerprint_secret = secret,
             .connectors_of =
                 [this](MerchantId merchant, payments::Method method, std::optional<Currency> currency) {
                     return connectors_of(merchant, method, currency);
                 },
             .note_read = note}));
        router.add_schemas(payments::schemas());
        router.add(routing.routes());
        router.add_schemas(routing::Routing::schemas());
        router.add(connectors_route({.connectors = connectors, .watches = watches, .payments = payments}));
        router.add(timeline_route({.payments = payments, .store = store, .note_read = note}));
        router.add(merchants::routes({.merchants = profiles, .audit = audit}));
        router.add_schemas(merchants::schemas());
        router.add(customers::routes({.customers = customers, .fingerprint_secret = secret, .note_read = note}));
        router.add_schemas(customers::schemas());
        router.add(gateway::routes(
            {.payments = payments,
             .store = store,
             .keys = keys,
             .clock = world.clock,
             .fingerprint_secret = secret,
             .find_merchant = [this](std::string_view name) { return gateway_merchant(std::string{name}); },
             .open_merchant = settings.is_sandbox ? std::string{sandbox_merchant} : std::string{},
             .note_read = note,
             .may_ask =
                 [this](MerchantId merchant) {
                     return open_calls.take(std::to_string(merchant.value), settings.gate.per_merchant);
                 }}));
        router.add_schemas(gateway::schemas());
        router.add(intake.routes());
        router.add_schemas(intake::Intake::schemas());
        router.add(webhooks::routes(webhooks));
        router.add_schemas(webhooks::schemas());
        router.add(
            notifications::routes({.notifications = notifications, .fingerprint_secret = secret, .note_read = note}));
        router.add_schemas(notifications::schemas());
        router.add(documents::routes({.documents = documents, .note_read = note}));
        router.add_schemas(documents::schemas());
        over_time.add_routes(router, secret, note, world.clock);
        router.add(cases::routes({.cases = cases, .fingerprint_secret = secret, .note_read = note}));
        router.add_schemas(cases::schemas());
        router.add(reconciliation::routes(
            {.reconciliation = reconciliation, .fingerprint_secret = secret, .note_read = note}));
        router.add_schemas(reconciliation::schemas());
        router.add(dead_letters::routes(desk, note));
        router.add_schemas(dead_letters::schemas());
        router.add(events::routes({.store = store, .feed = feed, .clock = world.clock}));
        router.add(money_trail_routes(store, note));
        router.add(system_routes(store, world.clock, settings.is_accepting));
        router.add(dashboard_routes());
        router.add(http::document_routes(router));
    }

    void observe() {
        for (const auto& [name, connector] : connectors) payments::show_breaker(name, false);
        router.bound(admission);
        auto& latency =
            telemetry::metrics().histogram("florin_http_request_duration_seconds",
                                           "Time from the end of a request to its answer.", telemetry::Unit::seconds);
        std::array<telemetry::Counter*, 6> answers{};
        for (std::size_t i = 1; i < answers.size(); ++i)
            answers[i] = &telemetry::metrics().counter("florin_http_answers_total", "Answers by class of status.",
                                                       {{"status", std::to_string(i) + "xx"}});
        router.observe(
            [&latency, answers](const http::Exchange&, const http::Route*, int status, std::int64_t duration_ns) {
                latency.observe(duration_ns);
                if (const auto kind = static_cast<std::size_t>(status / 100); kind >= 1 && kind < answers.size())
                    answers[kind]->add();
            });
        router.observe_failures([](const http::Exchange& exchange, const http::Route& route, std::string_view what) {
            telemetry::error(
                "http.handler_failed",
                {{"correlation_id", exchange.correlation_id}, {"operation", route.operation_id}, {"what", what}});
        });
    }

    /// The merchant's route for it; where there is none, its own connector if that can, else whichever takes it.
    Task<Result<std::vector<std::string>>> connectors_of(MerchantId id, payments::Method method,
                                                         std::optional<Currency> currency) {
        const auto takes = [&](std::string_view name) {
            const auto found = connectors.find(name);
            if (found == connectors.end()) return false;
            const payments::Capabilities can = found->second->capabilities();
            return currency ? can.takes(method, currency->code())
                            : can.can_store_cards && std::ranges::find(can.methods, method) != can.methods.end();
        };
        const auto plan = co_await routing.recent(id);
        if (!plan) co_return fail(plan.error());
        auto routed = routing::connectors_for(*plan, method, currency);
        std::erase_if(routed, [&](const std::string& name) { return !takes(name); });
        if (!routed.empty()) co_return routed;

        auto merchant = co_await merchants.find(id);
        if (!merchant) co_return fail(std::move(merchant.error()));
        if (!*merchant) co_return fail(ErrorKind::not_found, "merchant_not_found", "There is no such merchant.");
        const std::string& own = (*merchant)->connector;
        // What its provider is not configured for is told where the charge is made.
        if (method == payments::Method::card || takes(own)) co_return std::vector{own};
        for (const auto& [name, connector] : connectors)
            if (takes(name)) co_return std::vector{name};
        co_return fail(ErrorKind::invalid, "method_not_supported",
                       "No provider of yours takes payments by that method in that currency.", "payment_method_type");
    }

    Task<Result<std::optional<MerchantId>>> merchant_id(std::string name) {
        auto merchant = co_await merchants.find(std::move(name));
        if (!merchant) co_return fail(std::move(merchant.error()));
        if (!*merchant || !(*merchant)->is_active) co_return std::optional<MerchantId>{};
        co_return (*merchant)->id;
    }

    Task<Result<std::optional<gateway::Merchant>>> gateway_merchant(std::string name) {
        auto merchant = co_await merchants.find(name);
        if (!merchant) co_return fail(std::move(merchant.error()));
        if (!*merchant || !(*merchant)->is_active) co_return std::optional<gateway::Merchant>{};
        // Document C's bank answers in the sandbox; with live connectors it is the merchant's own.
        co_return gateway::Merchant{
            .id = (*merchant)->id,
            .connector = settings.is_sandbox ? std::string{bank_simulator} : (*merchant)->connector,
            .default_currency = (*merchant)->default_currency};
    }

    /// A merchant whose days nobody can tell is not billed by guess.
    Task<Result<void>> check_time_zones() {
        auto check_each = [](store::Reader& reader) -> Result<bool> {
            for (const identity::Merchant& merchant : identity::list_merchants(reader)) {
                const auto zone = calendar::Zone::find(merchant.time_zone);
                if (!zone)
                    return fail(zone.error().kind, zone.error().code,
                                "Merchant " + merchant.name + ", time zone " + merchant.time_zone + ": " +
                                    zone.error().message);
            }
            return true;
        };
        const auto checked = co_await store.read(check_each);
        if (!checked) co_return fail(checked.error());
        co_return Result<void>{};
    }

    /// What the timetable holds from the first start on.
    Task<Result<void>> declare_schedules() {
        auto declare = [&](store::Tx& tx) -> Result<bool> {
            const jobs::Schedule schedules[] = {
                {.merchant = {}, .name = "ledger.snapshot", .cron = "17 3 * * *", .kind = "ledger.snapshot"},
                {.merchant = {},
                 .name = "reconciliation",
                 .cron = settings.reconciliation.schedule,
                 .kind = std::string{reconciliation::Reconciliation::begin_kind}}};
            for (const jobs::Schedule& schedule : schedules)
                if (auto declared = timetable.declare(tx, schedule); !declared)
                    return fail(std::move(declared.error()));
            return true;
        };
        auto declared = co_await store.write(declare);
        if (!declared) co_return fail(std::move(declared.error()));
        co_return Result<void>{};
    }

    Task<void> anchor_audit() {
        auto sign = [&](store::Tx& tx) -> Result<std::vector<audit::Head>> { return audit.anchor(tx); };
        auto heads = co_await store.write(sign);
        if (heads && !heads->empty()) settings.export_heads(*heads);
    }

    /// False: somebody else is at it, and what was committed just now may have no position yet.
    Task<bool> number_events() {
        auto number = [&](store::Tx& tx) -> Result<std::optional<std::int64_t>> {
            return events::assign_positions(tx);
        };
        const auto numbered = co_await store.write(number);
        co_return numbered && numbered->has_value();
    }

    /// Queues what has happened for merchants' endpoints, at once.
    Task<std::size_t> announce() {
        constexpr int most_tries = 1'000;
        constexpr Millis pause{2};
        if (store.engine() == store::Engine::postgres)
            for (int tries = 0; tries < most_tries && !co_await number_events(); ++tries) co_await sleep_for(pause);
        co_return co_await webhooks.fan_out();
    }
};

Platform::Platform(World world, store::Store& store, security::KeyRing& keys, Connectors connectors,
                   PlatformSettings settings)
    : impl_{std::make_unique<Impl>(world, store, keys, std::move(connectors), std::move(settings))} {}
Platform::~Platform() = default;

http::Router& Platform::router() { return impl_->router; }
payments::Payments& Platform::payments() { return impl_->payments; }
notifications::Notifications& Platform::notifications() { return impl_->notifications; }
const audit::Log& Platform::audit() const { return impl_->audit; }

Task<Result<void>> Platform::start() {
    auto known = co_await impl_->check_time_zones();
    if (!known) co_return known;
    auto adopted = co_await impl_->payments.adopt_orphans();
    if (!adopted) co_return fail(std::move(adopted.error()));
    if (*adopted > 0) telemetry::info("payments.adopted", {{"count", *adopted}});
    co_return co_await impl_->declare_schedules();
}

Task<void> Platform::finish() { return impl_->anchor_audit(); }

void Platform::spawn_background(Scheduler& scheduler, Signal& stop) {
    Impl& my = *impl_;
    scheduler.spawn(my.payments.run_recovery(stop));
    scheduler.spawn(my.reads.run(stop));
    scheduler.spawn(my.timetable.run(stop));
    scheduler.spawn(my.worker.run(stop));
    my.over_time.spawn_background(scheduler, stop);
    scheduler.spawn(my.webhooks.run(stop));
    scheduler.spawn(my.notifications.run(stop));
    scheduler.spawn(my.desk.run(stop));
    scheduler.spawn(my.broker.run(stop));
    scheduler.spawn(repeat(stop, Millis{5'000}, [&my] { return my.anchor_audit(); }));
    if (my.store.engine() == store::Engine::postgres)
        scheduler.spawn(repeat(stop, Millis{200}, [&my]() -> Task<void> { co_await my.number_events(); }));
}

}  // namespace florin::app
