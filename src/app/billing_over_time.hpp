#pragma once

#include <functional>
#include <string_view>

#include "contacts.hpp"
#include "florin/billing/billing.hpp"
#include "florin/http/router.hpp"
#include "florin/payment_terms/letters.hpp"
#include "florin/payment_terms/payment_terms.hpp"
#include "florin/subscriptions/plans.hpp"
#include "florin/subscriptions/subscriptions.hpp"
#include "florin/test_clocks/test_clocks.hpp"

namespace florin::app {

/// What bills over time, and who hears whom of it: billing, its owners (subscriptions, payment terms) and the clocks
/// that move them. Document A's components and document D's queue.
struct BillingOverTime {
    /// All outlive it.
    struct Surroundings {
        World world;
        store::Store& store;
        const audit::Log& audit;
        payments::Payments& payments;
        merchants::Merchants& merchants;
        notifications::Notifications& notifications;
        documents::Documents& documents;
        cases::Cases& cases;
        const Contacts& contacts;
        bool is_sandbox;
        /// Queues what has happened for merchants' endpoints, at once.
        std::function<Task<std::size_t>()> announce;
        std::function<void()> wake;
    };
    using Handle = std::function<void(std::string_view kind, jobs::Policy, jobs::Handler)>;
    using NoteRead = std::function<void(const http::Exchange&, std::string_view entity_type, std::string entity_id)>;

    explicit BillingOverTime(const Surroundings& on);
    BillingOverTime(const BillingOverTime&) = delete;

    /// `concurrency` charges are collected at once (requirements D-FL-04).
    void handle_jobs(const Handle& handle, std::size_t concurrency);
    void add_routes(http::Router& router, const idempotency::Secret& fingerprint_secret, const NoteRead& note,
                    Clock& clock);
    /// What may still charge a customer: `subscription 01a1…`. Nothing: they can be erased.
    std::optional<std::string> charged_by(store::Reader& reader, MerchantId merchant,
                                          std::string_view customer_id) const;
    void spawn_background(Scheduler& scheduler, Signal& stop);

    billing::Billing billing;
    subscriptions::Plans plans;
    subscriptions::Subscriptions subscriptions;
    payment_terms::Letters letters;
    payment_terms::PaymentTerms payment_terms;
    test_clocks::TestClocks test_clocks;

private:
    bool is_sandbox_;
};

}  // namespace florin::app
