#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/json/describe.hpp"
#include "florin/routing/routing.hpp"

/// The bodies of `/api/v1/routing`, in and out.
namespace florin::routing {

struct RouteBody {
    std::string method;
    std::optional<std::string> currency;
    std::vector<std::string> connectors;
};

struct ReplaceBody {
    std::vector<RouteBody> routes;
    std::optional<std::int64_t> version;
};

struct PlanView {
    std::vector<RouteBody> routes;
    std::int64_t version = 0;
    std::optional<Instant> updated_at;
};

}  // namespace florin::routing

namespace florin::json {

template <>
struct Described<routing::RouteBody> {
    using B = routing::RouteBody;
    static constexpr std::string_view name = "Route";
    static constexpr std::string_view doc = "Through whom payments by a method go.";
    static constexpr auto fields = std::tuple{
        Field{.name = "method",
              .member = &B::method,
              .doc = "card, ideal, sepa_debit, ach_debit, wallet or hosted_page.",
              .example = "\"card\"",
              .max_length = 20},
        Field{.name = "currency",
              .member = &B::currency,
              .doc = "ISO 4217. Left out: any that no other route of the method names.",
              .example = "\"EUR\"",
              .min_length = 3,
              .max_length = 3},
        Field{.name = "connectors",
              .member = &B::connectors,
              .doc = "1 to 8 of `GET /api/v1/connectors`, in the order of preference.",
              .example = R"(["stripe","authorize_net"])",
              .max_length = 40},
    };
};

template <>
struct Described<routing::ReplaceBody> {
    using B = routing::ReplaceBody;
    static constexpr std::string_view name = "ReplaceRoutingRequest";
    static constexpr auto fields = std::tuple{
        Field{"routes", &B::routes, "All routes; what is not among them ends. Empty: the merchant's own connector."},
        Field{.name = "version",
              .member = &B::version,
              .doc = "The version that this is a change of; another one is refused. Left out: any.",
              .example = "1",
              .minimum = 0},
    };
};

template <>
struct Described<routing::PlanView> {
    using V = routing::PlanView;
    static constexpr std::string_view name = "Routing";
    static constexpr auto fields = std::tuple{
        Field{"routes", &V::routes, "By method and currency."},
        Field{"version", &V::version, "Counts changes; 0: none was ever set.", "1"},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
    };
};

}  // namespace florin::json
