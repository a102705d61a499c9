#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/http/router.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::routing {

/// Which connectors take what, in the order of preference.
struct Route {
    payments::Method method = payments::Method::card;
    std::optional<Currency> currency;     ///< Nothing: any that no other route of the method names.
    std::vector<std::string> connectors;  ///< At least one.
};

/// All routes of a merchant.
struct Plan {
    std::vector<Route> routes;
    std::int64_t version = 0;  ///< Counts changes; 0: nobody has set any.
    std::optional<Instant> updated_at;
};

inline constexpr std::size_t most_routes = 200, most_connectors = 8;

/// The connectors of the route that is for this payment: that of its currency, else that of any. Empty: there is none.
/// `currency` nothing: only the route of any currency will do.
std::vector<std::string> connectors_for(const Plan& plan, payments::Method method, std::optional<Currency> currency);

/// Who changes routes, for the audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    /// The connector of that name, nullptr when there is none.
    std::function<const payments::Connector*(std::string_view name)> connector;
};

/// Where merchants' payments go. From any scheduler.
class Routing {
public:
    explicit Routing(Surroundings surroundings) : on_{std::move(surroundings)} {}
    Routing(const Routing&) = delete;

    /// The plan as it was at most a second ago.
    Task<Result<Plan>> recent(MerchantId merchant);
    Task<Result<Plan>> find(MerchantId merchant);
    /// Puts these routes in the place of all that there are. `version`, if given, is the one that they are a change of.
    /// Errors: `invalid` (field named: `routes.0.connectors.1`), `conflict`/`routing_changed_meanwhile`.
    Task<Result<Plan>> replace(Asker asker, std::vector<Route> routes, std::optional<std::int64_t> version);

    /// `/api/v1/routing`
    std::vector<http::Route> routes();
    static std::vector<json::Schema> schemas();

private:
    struct Known {
        Plan plan;
        std::int64_t read_ns;
    };
    Result<void> validate(const std::vector<Route>& routes) const;
    void forget(MerchantId merchant);

    static constexpr std::int64_t stale_after_ns = 1'000'000'000;
    static constexpr std::size_t most_known = 10'000;
    Surroundings on_;
    std::mutex mutex_;
    std::map<std::int64_t, Known> known_;
};

}  // namespace florin::routing
