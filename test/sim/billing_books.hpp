#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "florin/calendar/calendar.hpp"
#include "world.hpp"

/// What the platform's own tables say of its charges, for the judges.
namespace florin::sim {

using Owner = std::pair<std::int64_t, Uuid>;  ///< Its merchant, and whose charges they are.

struct Attempt {
    std::int64_t number = 0;
    std::string status;
    std::int64_t amount = 0;
    std::optional<Uuid> payment;
    Instant begun_at;
    std::string decline;
    /// Of its payment: taken, given back, and taken back by the provider.
    std::int64_t captured = 0, refunded = 0, charged_back = 0;
    bool is_part = false;
    std::int64_t moved = 0;  ///< By its own transaction.
    std::string code;
    std::int64_t kept() const { return captured - refunded - charged_back; }
};

/// An event that tells of a charge.
struct Told {
    std::int64_t sequence = 0;
    std::string word, status;
    std::int64_t attempts = 0;
    Instant at;
};

struct Charge {
    std::int64_t merchant = 0;
    Uuid id{};
    std::string owner_kind;
    Uuid owner{};
    std::string purpose;
    std::int64_t number = 0;
    bool is_refund = false;
    std::string status;
    std::int64_t amount = 0, done = 0;
    calendar::Date due_on;
    std::int64_t failures = 0;
    std::string ending, lines, retry_policy;
    std::int64_t version = 0, attempts = 0;
    std::optional<calendar::Date> first_failed_on, retry_on;
    std::int64_t taken_back = 0, outside = 0;
    std::optional<std::int64_t> returned_attempt;
    std::optional<Uuid> payment;
    Instant created_at;

    bool is_open() const { return status == "pending" || status == "processing" || status == "retrying"; }
    /// Received, or given back, whatever was taken back of it since.
    std::int64_t settled() const {
        if (status == "succeeded") return amount;
        return is_refund && status == "canceled" ? done : 0;
    }
    Owner whose() const { return {merchant, owner}; }
    /// What its case is opened for when it fails now.
    std::string cause() const {
        return "charge:" + florin::to_text(id) + (returned_attempt ? ":" + std::to_string(*returned_attempt) : "");
    }
    std::string name() const {
        return owner_kind + " " + florin::to_text(owner) + " " + purpose + " " + std::to_string(number) +
               (is_refund ? " back " : " ") + std::to_string(amount) + " " + status;
    }
};

/// A case, as it stands.
struct OpenedCase {
    std::string id, reason, status, resolution;
    std::int64_t amount = 0;
};

struct Books {
    std::vector<Charge> charges;  ///< By merchant, owner, purpose and number.
    std::map<std::pair<std::int64_t, Uuid>, std::vector<Attempt>> attempts;
    std::map<std::pair<std::int64_t, Uuid>, std::vector<Told>> told;
    std::map<std::pair<std::int64_t, std::string>, OpenedCase> cases;  ///< By cause.

    const std::vector<Attempt>& attempts_of(const Charge& charge) const;
    const std::vector<Told>& told_of(const Charge& charge) const;
    /// How often a charge's events say `word`.
    std::int64_t times(const Charge& charge, std::string_view word) const;
    bool has_case(std::int64_t merchant, const std::string& cause) const { return cases.contains({merchant, cause}); }
    /// How often a person was told that money came for a charge that is settled otherwise.
    std::int64_t times_paid_twice(const Charge& charge) const;
    /// Of its attempt number `number` the money has come and gone again.
    bool was_returned(const Charge& charge) const { return times(charge, "returned") > 0; }
};
/// When an instalment is due: said with nothing of the platform's own but the calendar of the standard library.
calendar::Date instalment_day(calendar::Date start, unsigned billing_day, std::int64_t number);
std::vector<Charge> read_charges(store::Reader& reader);
Books read_books(store::Reader& reader);

}  // namespace florin::sim
