#pragma once

#include <strings.h>

#include "florin/idempotency/idempotency.hpp"

namespace florin::idempotency {

/// The guard of a request with that key; without a key, one that protects nothing. `what()` is the text that makes the
/// request this one: its canonical body, and what of its path and query it is about. It is asked for only with a key,
/// and wiped, because it may hold a card number. Error `invalid_idempotency_key`.
template <class What>
Result<Guard> guard_of(std::string_view key, std::string_view route, const Secret& secret, const What& what) {
    Guard guard{.key = std::string{key}, .route = {}, .fingerprint = {}};
    if (key.empty()) return guard;
    if (auto valid = validate_key(key); !valid) return fail(std::move(valid.error()));
    guard.route = route;
    std::string text = what();
    guard.fingerprint = fingerprint_of(secret, route, text);
    explicit_bzero(text.data(), text.size());
    return guard;
}

}  // namespace florin::idempotency
