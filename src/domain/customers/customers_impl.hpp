#pragma once

#include "florin/customers/customers.hpp"
#include "sealing.hpp"

namespace florin::customers {

struct Customers::Impl {
    Surroundings on;
    Sealing sealing;

    explicit Impl(Surroundings surroundings) : on{surroundings}, sealing{on.keys, on.world.random} {}

    Task<Result<rows::CustomerRow>> read(MerchantId merchant, CustomerId id);
    /// What a taken key was taken for, as its first request was answered.
    Result<Created> repeat_of(const rows::CustomerRow& row, const idempotency::Answer& sealed) const;
    /// The answer for a customer that was there already, if it is the same as is wanted.
    Task<Result<Created>> meet(const CreateCommand& command, const rows::CustomerRow& row);
    /// The event and the audit entry of what a unit has just written: no personal data, only which fields changed.
    void announce(store::Tx& tx, const Customer& customer, std::string_view type, const Origin& origin,
                  const std::vector<std::string_view>& changed) const;
};

/// The answer that the API gives for a customer.
idempotency::Answer answer_of(const Customer& customer, bool is_new);

}  // namespace florin::customers
