#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/router.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/payments/payments.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::intake {

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    security::KeyRing& keys;
    payments::Payments& payments;
    /// The connector of that name, nullptr when there is none.
    std::function<payments::Connector*(std::string_view name)> connector;
    /// Called after a commit that has left something to process.
    std::function<void()> wake;
};

enum class Receipt {
    accepted,
    duplicate,    ///< It came before.
    conflicting,  ///< Another message came before under its event id: the first is kept (F48).
};
std::string_view to_text(Receipt receipt);

/// A provider's webhook as it was taken in, without what it said.
struct Received {
    std::string connector, event_id, event_type;
    std::string status;  ///< `received`, `processed` or `unmatched`.
    std::string correlation_id;
    Instant received_at;
    std::optional<Instant> processed_at;
};
/// The webhooks that name the reference of an operation, the oldest first.
std::vector<Received> received_of(store::Reader& reader, std::string_view reference);

/// Webhooks of providers: verified as they came, stored, and processed in order per payment. What a webhook says is
/// a hint; the provider is asked.
///
/// Source: design.md, Providers; requirements D-FL-06, D-FL-07, X-22, X-23; failures F40–F53.
class Intake {
public:
    static constexpr std::string_view job_kind = "webhooks.process";

    explicit Intake(Surroundings surroundings) : on_{std::move(surroundings)} {}

    /// Once it returns a value the message is durable. Errors: those of `Connector::read_webhook`; `not_found` for a
    /// connector that there is none of; the store's. Any scheduler.
    Task<Result<Receipt>> receive(std::string_view connector, const http::Request& request,
                                  std::string_view correlation_id);

    /// Works on one job of `job_kind`. May be called again for the same one.
    Task<Result<void>> process(const jobs::Job& job);
    /// Who is asked when that job is worked on.
    static std::string provider_of(const jobs::Job& job);

    /// `POST /api/v1/webhooks/{provider}`, where a provider is a connector's name with hyphens.
    std::vector<http::Route> routes();
    static std::vector<json::Schema> schemas();

private:
    Surroundings on_;
};

}  // namespace florin::intake
