#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/audit/read_trail.hpp"
#include "florin/broker/broker.hpp"
#include "florin/cases/crm.hpp"
#include "florin/http/client.hpp"
#include "florin/http/router.hpp"
#include "florin/identity/gate.hpp"
#include "florin/jobs/retry.hpp"
#include "florin/notifications/notifications.hpp"
#include "florin/payments/payments.hpp"
#include "florin/reconciliation/reconciliation.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// Which connectors there are, by name.
using Connectors = std::map<std::string, std::unique_ptr<payments::Connector>, std::less<>>;

/// Kinds of job whose retries can be set.
inline constexpr std::array<std::string_view, 18> job_kinds{
    "billing.ahead",        "billing.await",       "billing.case",         "billing.collect",
    "billing.notice",       "billing.receipt",     "billing.turn",         "broker.command",
    "broker.publish",       "cases.mirror",        "ledger.snapshot",      "notifications.send",
    "payment_terms.letter", "payments.money_back", "reconciliation.begin", "reconciliation.import",
    "webhooks.deliver",     "webhooks.process"};

struct PlatformSettings {
    /// This process' name among those that share the database; the same after a restart.
    std::string node = "node-0";
    /// The world outside is a sandbox: document C's routes are open for `test-merchant`.
    bool is_sandbox = false;
    identity::GateOptions gate;
    http::AdmissionOptions admission;
    /// Gets the signed heads of the audit's lanes, to be kept beside the database.
    std::function<void(const std::vector<audit::Head>&)> export_heads = [](const std::vector<audit::Head>&) {};
    /// The way out to merchants' endpoints: the client of the thread that it is called on.
    std::function<http::Client&()> client;
    /// Where those may be, besides public addresses.
    http::Egress egress;
    /// Whether they may be called without TLS.
    bool allows_plain_webhooks = false;
    /// The way out for mail, and whom it comes from. Without one, mails stay queued.
    std::unique_ptr<notifications::Transport> mail;
    std::string mail_from_address = "florin@localhost.localdomain", mail_from_name = "Florin";
    std::string mail_language = "en";
    /// How those outside reach this server: `https://pay.example.com`, for links.
    std::function<std::string()> public_url = [] { return std::string{"http://127.0.0.1:8480"}; };
    /// Where cases are mirrored to; nothing: they are kept here alone.
    std::unique_ptr<cases::Crm> crm;
    /// Whether it is told how the customer can be reached, besides their id.
    bool crm_gets_contact = true;
    /// Who is written to when somebody has to act; how long a burst is waited for, and how long there is no further
    /// mail.
    std::vector<std::string> alert_addresses;
    Millis alert_gather{30'000}, alert_pause{600'000};
    /// How jobs are retried, by kind, where it is not the kind's own.
    std::map<std::string, jobs::Retry> retries;
    /// How often a minute jobs of this process may ask one provider again (F68).
    std::int64_t retries_per_minute = 600;
    /// How many charges that are due are collected at once (requirements D-FL-04).
    std::size_t billing_concurrency = 3;
    /// How what providers have paid out is compared with the books.
    reconciliation::Settings reconciliation;
    /// The message broker; without an address there is none.
    broker::Settings broker;
    /// True while the process takes requests: what readiness says.
    std::function<bool()> is_accepting = [] { return true; };
};

/// All of Florin but its doors: given a world, a store, keys and connectors, it answers requests and
/// does what is due. The server puts sockets and threads around it, the simulation virtual time.
class Platform {
public:
    Platform(World world, store::Store& store, security::KeyRing& keys, Connectors connectors,
             PlatformSettings settings);
    ~Platform();
    Platform(const Platform&) = delete;

    http::Router& router();
    payments::Payments& payments();
    notifications::Notifications& notifications();
    const audit::Log& audit() const;

    /// Takes up what this node left when it died. Before the first request is let in.
    Task<Result<void>> start();
    /// Does what is due (recovery, expiry, sealing, numbering) until `stop`; each loop ends by itself.
    void spawn_background(Scheduler& scheduler, Signal& stop);
    /// Signs the audit's heads for the last time, so that nothing written before a clean stop can be cut
    /// off unseen (F148). After the last request.
    Task<void> finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The name of the merchant that a sandbox is for.
inline constexpr std::string_view sandbox_merchant = "test-merchant";

}  // namespace florin::app
