#pragma once

#include <optional>
#include <string>
#include <vector>

#include "line.hpp"
#include "reply.hpp"

namespace florin::stripe {

/// What was asked for is not known.
std::unexpected<Error> unclear(std::string_view code, std::string_view message);

/// Finds intents and refunds again. Every error but `not_found` is `outcome_unknown`: what was not read to its end says
/// nothing.
class Finder {
public:
    Finder(Line& line, Clock& clock) : line_{line}, clock_{clock} {}

    /// With its latest charge. Error `not_found` when there is none of that id.
    Task<Result<Intent>> intent(std::string id);
    /// Every intent whose metadata names that reference, each with its latest charge. Lists show what has been written;
    /// the search, which lags behind, is asked for what came much later than it was sent.
    Task<Result<std::vector<Intent>>> intents(std::string reference, Instant sent_at);
    /// Every refund of an intent.
    Task<Result<std::vector<Refund>>> refunds(std::string intent);
    /// Every dispute of an intent.
    Task<Result<std::vector<Dispute>>> disputes(std::string intent);

    /// The reply of a query that Stripe answered; every error of it is `outcome_unknown`, or `not_found`.
    Task<Result<json::Value>> read(std::string path);

private:
    /// Every object of a list, as `read_one` reads them.
    template <class T>
    Task<Result<std::vector<T>>> all(std::string list, std::optional<T> (*read_one)(const json::Value& object));
    /// The ids of a list's intents with that reference. `is_whole` is false when the list was not read to its end.
    Task<Result<std::vector<std::string>>> listed(std::string reference, Instant sent_at, bool& is_whole);
    Task<Result<std::vector<std::string>>> searched(std::string reference);

    Line& line_;
    Clock& clock_;
};

}  // namespace florin::stripe
