#include "florin/identity/gate.hpp"

#include <algorithm>

#include "identity_store.hpp"
#include "key_cache.hpp"
#include "key_text.hpp"

namespace florin::identity {
namespace {

std::unexpected<Error> invalid_key() {
    return fail(ErrorKind::unauthenticated, "invalid_api_key", "This API key is not valid.");
}
std::unexpected<Error> no_bearer() {
    return fail(ErrorKind::unauthenticated, "invalid_api_key",
                "The key has to follow the word Bearer: Authorization: Bearer fk_...");
}
std::unexpected<Error> too_many() {
    return fail(ErrorKind::rate_limited, "too_many_requests", "Too many requests. Wait, then try again.");
}

/// `scheme` in lower case, with the space behind it.
bool is_of(std::string_view authorization, std::string_view scheme) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return authorization.size() >= scheme.size() &&
           std::ranges::equal(authorization.substr(0, scheme.size()), scheme, {}, lower);
}

/// The token of `Bearer token`; empty for another scheme.
std::string_view bearer_of(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (!is_of(authorization, scheme)) return {};
    authorization.remove_prefix(scheme.size());
    while (authorization.starts_with(' ')) authorization.remove_prefix(1);
    return authorization;
}

std::shared_ptr<const Admitted> admitted_of(const std::optional<KnownKey>& known, Instant now) {
    if (!known || !known->is_merchant_active || !known->key.is_valid_at(now)) return nullptr;
    auto admitted = std::make_shared<Admitted>();
    admitted->principal = {known->key.merchant, known->merchant_name, "key:" + known->key.id.text(), known->key.scopes};
    admitted->key_bucket = "key:" + known->key.id.text();
    admitted->merchant_bucket = "merchant:" + std::to_string(known->key.merchant.value);
    admitted->expires_at = known->key.expires_at;
    return admitted;
}

}  // namespace

struct Gate::Impl {
    store::Store& store;
    World world;
    GateOptions options;
    security::RateLimiter limiter;
    KeyCache cache;

    Impl(store::Store& s, World w, GateOptions o) : store{s}, world{w}, options{o}, limiter{w} {}

    std::unexpected<Error> refuse(const std::string& peer, std::unexpected<Error> why = invalid_key()) {
        if (!limiter.take("refused:" + peer, options.refused_per_peer)) return too_many();
        return why;
    }
};

Gate::Gate(store::Store& store, World world, GateOptions options)
    : impl_{std::make_unique<Impl>(store, world, options)} {}
Gate::~Gate() = default;

Task<Result<http::Principal>> Gate::admit(const http::Request& request, const http::Route& route) {
    Impl& gate = *impl_;
    const bool is_limited = route.counts_against_limits;
    if (is_limited && gate.options.per_peer.per_second > 0 &&
        !gate.limiter.take("peer:" + request.peer, gate.options.per_peer)) {
        co_return too_many();
    }

    const std::string_view authorization = request.header("authorization");
    // Where no key is needed, a name and a password or a signature are the route's own affair: some providers' webhooks
    // carry them.
    const bool is_for_route = route.scope.empty() && (is_of(authorization, "basic ") || is_of(authorization, "hmac "));
    if (authorization.empty() || is_for_route) {
        if (!route.scope.empty()) {
            co_return fail(ErrorKind::unauthenticated, "missing_api_key",
                           "Send an API key: Authorization: Bearer fk_...");
        }
        co_return http::Principal{MerchantId{0}, "", "anonymous", {}};
    }
    const std::string_view text = bearer_of(authorization);
    // Said of any text alike, so it tells nothing about a key.
    if (text.empty()) co_return gate.refuse(request.peer, no_bearer());
    if (!looks_like_key(text)) co_return gate.refuse(request.peer);

    const security::Sha256 hash = security::sha256(text);
    const std::int64_t asked_at_ns = gate.world.clock.monotonic_ns();
    auto [verdict, is_fresh] = gate.cache.find(hash, asked_at_ns);
    if (!is_fresh) {
        // Who guesses keys must not keep the database busy; who has a good one is not held up by it.
        const bool was_good = verdict && verdict->admitted;
        if (!was_good && !gate.limiter.has_token("refused:" + request.peer, gate.options.refused_per_peer)) {
            co_return too_many();
        }
        auto view = [&hash](Reader& reader) -> Result<std::optional<KnownKey>> {
            return find_key_by_hash(reader, hash);
        };
        const auto known = co_await gate.store.read(view);
        if (!known) co_return fail(known.error());
        verdict = Verdict{admitted_of(*known, gate.world.clock.now()), asked_at_ns};
        gate.cache.keep(hash, *verdict);
    }
    const Admitted* const admitted = verdict->admitted.get();
    if (admitted == nullptr || (admitted->expires_at && *admitted->expires_at <= gate.world.clock.now())) {
        co_return gate.refuse(request.peer);
    }

    if (is_limited && (!gate.limiter.take(admitted->key_bucket, gate.options.per_key) ||
                       !gate.limiter.take(admitted->merchant_bucket, gate.options.per_merchant))) {
        co_return too_many();
    }
    if (!route.scope.empty() && !admitted->principal.may(route.scope)) {
        co_return fail(ErrorKind::forbidden, "missing_scope",
                       "This API key lacks the scope " + std::string{route.scope} + ".");
    }
    co_return admitted->principal;
}

}  // namespace florin::identity
