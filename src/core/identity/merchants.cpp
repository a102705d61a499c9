#include "florin/identity/merchants.hpp"

#include <algorithm>

#include "florin/base/check.hpp"
#include "florin/base/money.hpp"
#include "identity_store.hpp"

namespace florin::identity {
namespace {

/// A name stands in configuration, addresses and file names.
bool is_name(std::string_view name) {
    const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_plain) && !name.starts_with('-') &&
           !name.ends_with('-');
}

}  // namespace

Result<Merchant> create_merchant(Tx& tx, const NewMerchant& wanted) {
    if (!is_name(wanted.name)) {
        return fail(ErrorKind::invalid, "invalid_merchant_name",
                    "A merchant's name has 1 to 64 letters a to z, digits and inner dashes.", "name");
    }
    if (wanted.connector.empty()) {
        return fail(ErrorKind::invalid, "missing_connector", "Name the connector that moves this merchant's money.",
                    "connector");
    }
    if (wanted.time_zone.empty()) {
        return fail(ErrorKind::invalid, "invalid_time_zone", "A time zone has an IANA name, such as UTC.", "time_zone");
    }
    if (auto currency = Currency::of(wanted.default_currency); !currency) {
        currency.error().field = "default_currency";
        return fail(std::move(currency.error()));
    }
    // Another process may take the number meanwhile; then ours was not written and the next is asked for.
    for (int attempt = 0; attempt < 10; ++attempt) {
        if (find_merchant(tx, wanted.name)) {
            return fail(ErrorKind::conflict, "merchant_exists", "There is a merchant of that name.", "name");
        }
        const Merchant merchant{next_merchant_id(tx),
                                wanted.name,
                                wanted.connector,
                                wanted.time_zone,
                                wanted.default_currency,
                                true,
                                wanted.is_sandbox,
                                tx.now(),
                                tx.now(),
                                1};
        if (insert_merchant(tx, merchant)) return merchant;
    }
    return fail(ErrorKind::unavailable, "merchant_numbers_contended",
                "Too many merchants are being created. Try again.");
}

Result<Merchant> switch_merchant(Tx& tx, MerchantId id, bool is_active) {
    if (!update_merchant_is_active(tx, id, is_active)) {
        return fail(ErrorKind::not_found, "merchant_not_found", "There is no such merchant.");
    }
    return *find_merchant(tx, id);
}

Result<void> change_time_zone(Tx& tx, MerchantId id, std::string_view time_zone) {
    if (!update_merchant_time_zone(tx, id, time_zone))
        return fail(ErrorKind::not_found, "merchant_not_found", "There is no such merchant.");
    return {};
}

}  // namespace florin::identity
