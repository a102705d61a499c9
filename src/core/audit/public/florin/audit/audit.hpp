#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/store/tx.hpp"

namespace florin::audit {

using store::Reader;
using store::Tx;
using Hash = std::array<std::uint8_t, 32>;

/// Who did, or read, what (D-PC-14). Borrowed for the length of a call.
struct Entry {
    MerchantId merchant;
    std::string_view correlation_id = {};
    std::string_view action = {};       ///< `payment.captured`, `payment.read`
    std::string_view entity_type = {};  ///< `payment`
    std::string_view entity_id = {};
    std::string_view actor = {};      ///< `key:<id>`, `user:<id>`, `system`; stored as `user_id`.
    std::string_view changes = "{}";  ///< A JSON object; passed through `sanitised`.
    std::string_view ip_address = {};
    std::string_view user_agent = {};  ///< Kept up to 512 bytes.
    std::optional<Instant> at = {};    ///< When it happened, if before the unit that records it.
};

/// `changes` without what must not rest: values of fields named like card numbers, verification values,
/// tokens, passwords or secrets, and strings that are card numbers, read `[redacted]`. What is not
/// JSON is replaced as a whole. Source: requirements D-PC-13.
std::string sanitised(std::string_view changes);

/// A signed statement that a lane reached `sequence` with `hash`.
struct Head {
    MerchantId merchant;
    std::string lane;
    std::int64_t sequence = 0;
    Hash hash{};
    Instant signed_at;
    Hash mac{};
};
/// One JSON object, without a line end: what is exported beside the database.
std::string to_json(const Head& head);
/// Reads what `to_json` wrote; error `malformed_audit_head`.
Result<Head> parse_head(std::string_view line);

enum class Fault {
    altered,       ///< The record is not what was written, or stands in another's place.
    missing,       ///< The record is not there, though its followers are.
    tail_missing,  ///< A head was signed for a record that is not there.
    head_forged,   ///< A head's signature is not ours.
};
std::string_view to_text(Fault fault);

/// The first record of a lane with which something is wrong.
struct Finding {
    Fault fault;
    MerchantId merchant;
    std::string lane;
    std::int64_t sequence;
};
std::string to_text(const Finding& finding);

struct Verified {
    std::uint64_t records = 0;
    std::uint64_t lanes = 0;
    std::vector<Finding> findings;  ///< At most one of each fault for a lane, in rising order.
};

/// The append-only log. Each record's hash is HMAC-SHA256 over the hash before it in its merchant's
/// lane and all its fields, so an edit, a cut or another order shows; signed heads show a dropped
/// tail or lane (F148). Any thread.
class Log {
public:
    /// `key` is the key ring's, derived for "audit".
    explicit Log(const Hash& key) : key_{key} {}

    /// One pipelined statement; the lane's head is read once per connection.
    void append(Tx& tx, const Entry& entry) const;

    /// Signs the head of every lane that grew since it was last signed, and answers them. To be called
    /// regularly; what was appended since then is protected by the chain, but not against being cut off.
    std::vector<Head> anchor(Tx& tx) const;

    /// Reads everything. `witnesses` are heads that were exported: they show when both the records and
    /// the heads in the database were cut.
    Verified verify(Reader& reader, const std::vector<Head>& witnesses = {}) const;

private:
    Hash key_;
};

/// A record as it is shown. Its id is its lane and sequence.
struct Record {
    std::string lane;
    std::int64_t sequence;
    Instant created_at;
    std::string correlation_id;
    std::string action;
    std::string entity_type;
    std::string entity_id;
    std::string user_id;
    std::string changes;
    std::string ip_address;
    std::string user_agent;

    std::string id() const { return lane + "." + std::to_string(sequence); }
};
/// All that one request did, in the order of time (D-DM-09). At most `limit`.
std::vector<Record> of_correlation(Reader& reader, MerchantId merchant, std::string_view correlation_id, int limit);
/// The newest first.
std::vector<Record> of_entity(Reader& reader, MerchantId merchant, std::string_view entity_type,
                              std::string_view entity_id, int limit);
/// A place in the order of time, in which no two records of a merchant are the same.
struct Moment {
    Instant at{INT64_MIN};
    std::string lane;
    std::int64_t sequence = 0;
};
/// Those behind `after`, the oldest first.
std::vector<Record> of_entity_after(Reader& reader, MerchantId merchant, std::string_view entity_type,
                                    std::string_view entity_id, const Moment& after, int limit);
/// The newest before `before` first.
std::vector<Record> before(Reader& reader, MerchantId merchant, Instant before, int limit);

}  // namespace florin::audit
