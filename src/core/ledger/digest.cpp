#include "digest.hpp"

#include <algorithm>

#include "florin/security/hash.hpp"

namespace florin::ledger {

Digest digest_of(const StoredEntry& entry) {
    std::string text;
    text.reserve(160);
    const auto add_integer = [&](std::int64_t number) {
        for (int shift = 56; shift >= 0; shift -= 8) text.push_back(static_cast<char>(number >> shift));
    };
    // Lengths lead, so that no two entries are the same text.
    const auto add_text = [&](std::string_view part) {
        add_integer(static_cast<std::int64_t>(part.size()));
        text.append(part);
    };
    add_integer(entry.merchant.value);
    text.append(reinterpret_cast<const char*>(entry.journal.value.data()), entry.journal.value.size());
    add_integer(entry.leg);
    add_integer(entry.legs);
    add_text(entry.kind);
    add_text(entry.account);
    add_text(entry.currency);
    add_integer(entry.amount_minor);
    add_integer(entry.posted_at.ms);
    const auto whole = security::sha256(text);
    Digest digest;
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    return digest;
}

}  // namespace florin::ledger
