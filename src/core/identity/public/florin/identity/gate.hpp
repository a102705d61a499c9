#pragma once

#include <memory>

#include "florin/http/router.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/rate_limiter.hpp"
#include "florin/store/store.hpp"

namespace florin::identity {

/// How often who may ask. Zero a second: no limit.
struct GateOptions {
    security::Rate per_merchant{5'000, 10'000};
    security::Rate per_key{5'000, 10'000};
    security::Rate per_peer{0, 1};
    /// Refused credentials from one address. Beyond it, only keys that are known here are looked at.
    security::Rate refused_per_peer{20, 20};
};

/// Establishes who asks, by `Authorization: Bearer fk_…`. What it knows of a key is at most a second
/// old; when the database cannot be asked after that, nobody is let in (F118). Any thread.
///
/// A route without a scope is open: without the header its principal is `anonymous` of merchant 0;
/// with one the key must be good. `Basic …` and `hmac …` are left to such a route itself.
///
/// Errors: `missing_api_key` and `invalid_api_key` (unauthenticated; the latter alike for unknown,
/// malformed, expired and revoked keys and for merchants that are switched off, F136), `missing_scope`
/// (forbidden), `too_many_requests` (rate_limited), and the store's `storage_unavailable`.
class Gate final : public http::Gatekeeper {
public:
    /// All outlive the gate.
    Gate(store::Store& store, World world, GateOptions options = {});
    ~Gate() override;

    Task<Result<http::Principal>> admit(const http::Request& request, const http::Route& route) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::identity
