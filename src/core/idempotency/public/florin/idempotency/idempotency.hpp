#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"
#include "florin/store/tx.hpp"

namespace florin::idempotency {

/// What makes two requests the same: a keyed hash over the route and the canonical body. Keyed,
/// because the body may have held a card number, which a plain hash would give away.
using Fingerprint = std::array<std::uint8_t, 32>;
using Secret = std::array<std::uint8_t, 32>;
Fingerprint fingerprint_of(const Secret& secret, std::string_view route, std::string_view canonical_body);

/// A request that wants to happen once. `key` may be empty: then it has no protection.
struct Guard {
    std::string key;
    std::string route;  ///< The operation's id: a key belongs to one route (F13).
    Fingerprint fingerprint{};
};

/// A stored final answer.
struct Answer {
    int status;
    std::string body;
};

/// What an earlier request with the same key left.
struct Earlier {
    Uuid transaction;              ///< What it made, or is making.
    std::optional<Answer> answer;  ///< Nothing while it has no final answer.
};

/// 1–255 printable ASCII characters. Error `invalid_idempotency_key`.
Result<void> validate_key(std::string_view key);

/// Whether it is a key that no caller can choose: a module's own, which has a space in it. Nobody is given an answer
/// again by it, so none is kept.
inline bool is_internal(std::string_view key) { return key.find(' ') != std::string_view::npos; }

/// Takes the key for `transaction`, or says that it is taken. In the unit that writes the intent,
/// before anything else is written. Always true without a key.
[[nodiscard]] bool take(store::Tx& tx, MerchantId merchant, const Guard& guard, const Uuid& transaction);

/// Whether the key is taken, by whatever request.
[[nodiscard]] bool is_taken(store::Reader& reader, MerchantId merchant, const Guard& guard);

/// For a guard whose key is taken. Error `mismatch` (`idempotency_key_reused`): it was taken for
/// another route or body (F12, F13).
Result<Earlier> earlier(store::Reader& reader, MerchantId merchant, const Guard& guard);

/// Whether an answer holds what goes when the person whom it is about is erased.
enum class Holds { nothing_personal, personal_words };

/// Stores the final answer; later requests with the key get it again, byte for byte (F37). With the
/// record of the outcome. Nothing happens without a key.
void finish(store::Tx& tx, MerchantId merchant, std::string_view key, const Answer& answer,
            Holds holds = Holds::nothing_personal);

/// Puts `body` in the place of all answers about `transaction` that hold personal words.
void forget(store::Tx& tx, MerchantId merchant, const Uuid& transaction, std::string_view body);

/// Where `read_through` goes on.
struct KeyPlace {
    MerchantId merchant;
    std::string key;
};
/// Reads the index of keys, from behind `from` on at most `limit` of them, so that the machine has it in memory: a
/// fresh key may belong anywhere in it, and the writer should not wait for a disk to find out. Adds to `count` how many
/// there were; answers where to go on, nothing at the end.
std::optional<KeyPlace> read_through(store::Reader& reader, const KeyPlace& from, int limit, std::int64_t& count);

/// Gives the key free, because nothing happened: the same request may be made again.
void free(store::Tx& tx, MerchantId merchant, std::string_view key);

}  // namespace florin::idempotency
