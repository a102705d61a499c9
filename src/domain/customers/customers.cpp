#include "florin/customers/customers.hpp"

#include "customers_impl.hpp"
#include "florin/base/check.hpp"
#include "profile.hpp"

namespace florin::customers {
namespace {

/// How often a change is thought out anew when somebody else came in between (F32).
constexpr int most_attempts = 3;

std::unexpected<Error> not_found() {
    return fail(ErrorKind::not_found, "customer_not_found", "There is no such customer.");
}
std::unexpected<Error> erased(std::string_view field = {}) {
    return fail(ErrorKind::conflict, "customer_erased",
                "This customer has been erased; nothing is known of them any more.", field);
}
std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "customer_changed_meanwhile",
                "The customer has another version by now. Read it, and think the change out again.", "version");
}

/// What the unit that creates found.
struct Inserted {
    bool is_new = false;
    /// Of an earlier request with the same key.
    rows::CustomerRow earlier_row;
    std::optional<idempotency::Answer> earlier_answer;
};

rows::CustomerRow row_of_key(store::Reader& reader, MerchantId merchant, const Uuid& id) {
    auto row = rows::find(reader, merchant, CustomerId{id});
    check(row.has_value(), "a key that was taken belongs to a customer");
    return std::move(*row);
}

}  // namespace

Customers::Customers(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Customers::~Customers() = default;

Task<Result<rows::CustomerRow>> Customers::Impl::read(MerchantId merchant, CustomerId id) {
    auto read_row = [&](store::Reader& reader) -> Result<rows::CustomerRow> {
        auto row = rows::find(reader, merchant, id);
        if (!row) return not_found();
        return std::move(*row);
    };
    co_return co_await on.store.read(read_row);
}

Result<Created> Customers::Impl::repeat_of(const rows::CustomerRow& row, const idempotency::Answer& sealed) const {
    // The answer told of a person of whom nothing is known any more.
    if (row.customer.erased_at) return erased();
    auto body = sealing.open_answer(sealed.body, row);
    if (!body) return fail(std::move(body.error()));
    auto customer = sealing.open(row);
    if (!customer) return fail(std::move(customer.error()));
    return Created{.customer = std::move(*customer),
                   .is_new = false,
                   .stored = idempotency::Answer{sealed.status, std::move(*body)}};
}

Task<Result<Created>> Customers::create(CreateCommand command) {
    Impl& my = *impl_;
    Customer customer{.merchant = command.merchant,
                      .id = my.on.world.new_id<CustomerTag>(),
                      .customer_id = command.customer_id,
                      .profile = command.profile,
                      .version = 1,
                      .created_at = my.on.world.clock.now(),
                      .updated_at = {},
                      .erased_at = std::nullopt};
    if (customer.customer_id.empty()) customer.customer_id = customer.id.text();
    customer.updated_at = customer.created_at;
    if (auto valid = validate_customer_id(customer.customer_id); !valid) co_return fail(std::move(valid.error()));
    if (auto valid = validate(customer.profile); !valid) co_return fail(std::move(valid.error()));

    const rows::CustomerRow row = my.sealing.seal_new(customer);
    idempotency::Answer answer = answer_of(customer, true);
    auto sealed_body = my.sealing.seal_answer(answer.body, row);
    if (!sealed_body) co_return fail(std::move(sealed_body.error()));
    answer.body = std::move(*sealed_body);
    const auto known = differences(Profile{}, customer.profile);

    std::optional<rows::CustomerRow> in_the_way;
    auto insert = [&](store::Tx& tx) -> Result<Inserted> {
        in_the_way.reset();
        if (!idempotency::take(tx, command.merchant, command.guard, customer.id.value)) {
            auto earlier = idempotency::earlier(tx, command.merchant, command.guard);
            if (!earlier) return fail(std::move(earlier.error()));
            return Inserted{.is_new = false,
                            .earlier_row = row_of_key(tx, command.merchant, earlier->transaction),
                            .earlier_answer = std::move(earlier->answer)};
        }
        if (!rows::insert(tx, row)) {
            in_the_way = rows::find_by_customer_id(tx, command.merchant, customer.customer_id);
            return fail(ErrorKind::unavailable, "repeat_request",
                        "A request for this customer failed just now. Repeat yours.");
        }
        my.announce(tx, customer, "florin.customer.created", command.origin, known);
        idempotency::finish(tx, command.merchant, command.guard.key, answer);
        return Inserted{.is_new = true, .earlier_row = {}, .earlier_answer = std::nullopt};
    };
    auto inserted = co_await my.on.store.write(insert);
    if (!inserted && in_the_way) co_return co_await my.meet(command, *in_the_way);
    if (!inserted) co_return fail(std::move(inserted.error()));
    if (inserted->is_new) co_return Created{.customer = std::move(customer), .is_new = true, .stored = std::nullopt};
    check(inserted->earlier_answer.has_value(), "a customer and the answer about it are one commit");
    co_return my.repeat_of(inserted->earlier_row, *inserted->earlier_answer);
}

Task<Result<Created>> Customers::Impl::meet(const CreateCommand& command, const rows::CustomerRow& row) {
    if (row.customer.erased_at) co_return erased("customer_id");
    auto customer = sealing.open(row);
    if (!customer) co_return fail(std::move(customer.error()));
    if (!differences(customer->profile, command.profile).empty())
        co_return fail(ErrorKind::conflict, "customer_exists",
                       "There is a customer with this id, of whom something else is known. Change that one.",
                       "customer_id");

    idempotency::Answer answer = answer_of(*customer, false);
    auto sealed_body = sealing.seal_answer(answer.body, row);
    if (!sealed_body) co_return fail(std::move(sealed_body.error()));
    answer.body = std::move(*sealed_body);
    // The key tells of the customer that was there.
    auto take_key = [&](store::Tx& tx) -> Result<Inserted> {
        if (idempotency::take(tx, command.merchant, command.guard, row.customer.id.value)) {
            idempotency::finish(tx, command.merchant, command.guard.key, answer);
            return Inserted{};
        }
        auto earlier = idempotency::earlier(tx, command.merchant, command.guard);
        if (!earlier) return fail(std::move(earlier.error()));
        return Inserted{.is_new = false,
                        .earlier_row = row_of_key(tx, command.merchant, earlier->transaction),
                        .earlier_answer = std::move(earlier->answer)};
    };
    auto taken = co_await on.store.write(take_key);
    if (!taken) co_return fail(std::move(taken.error()));
    if (taken->earlier_answer) co_return repeat_of(taken->earlier_row, *taken->earlier_answer);
    co_return Created{.customer = std::move(*customer), .is_new = false, .stored = std::nullopt};
}

Task<Result<Customer>> Customers::find(MerchantId merchant, CustomerId id) {
    auto row = co_await impl_->read(merchant, id);
    if (!row) co_return fail(std::move(row.error()));
    co_return impl_->sealing.open(*row);
}

Task<Result<std::vector<Customer>>> Customers::list(MerchantId merchant, CustomerFilter filter) {
    Impl& my = *impl_;
    std::optional<rows::Digest> digest;
    if (filter.email) digest = my.sealing.digest_of(merchant, *filter.email);
    auto read = [&](store::Reader& reader) -> Result<std::vector<rows::CustomerRow>> {
        return rows::list(reader, merchant, filter, digest);
    };
    auto found = co_await my.on.store.read(read);
    if (!found) co_return fail(std::move(found.error()));
    std::vector<Customer> customers;
    customers.reserve(found->size());
    for (const rows::CustomerRow& row : *found) {
        auto customer = my.sealing.open(row);
        if (!customer) co_return fail(std::move(customer.error()));
        customers.push_back(std::move(*customer));
    }
    co_return customers;
}

Result<std::optional<Customer>> Customers::find_by_customer_id(store::Reader& reader, MerchantId merchant,
                                                               std::string_view customer_id) const {
    const auto row = rows::find_by_customer_id(reader, merchant, customer_id);
    if (!row) return std::optional<Customer>{};
    auto customer = impl_->sealing.open(*row);
    if (!customer) return fail(std::move(customer.error()));
    return std::optional{std::move(*customer)};
}

bool Customers::is_known(store::Reader& reader, MerchantId merchant, std::string_view customer_id) {
    const auto row = rows::find_by_customer_id(reader, merchant, customer_id);
    return row && !row->customer.erased_at;
}

Task<Result<Customer>> Customers::update(UpdateCommand command) {
    Impl& my = *impl_;
    const auto before = co_await my.read(command.merchant, command.id);
    if (!before) co_return fail(before.error());
    if (before->customer.erased_at) co_return erased();
    if (before->customer.version != command.version) co_return changed_meanwhile();
    auto known = my.sealing.open(*before);
    if (!known) co_return fail(std::move(known.error()));
    Customer customer = *known;
    customer.profile = changed(known->profile, command.changes);
    if (auto valid = validate(customer.profile); !valid) co_return fail(std::move(valid.error()));
    const auto what = differences(known->profile, customer.profile);
    if (what.empty()) co_return std::move(*known);
    customer.version += 1;
    customer.updated_at = my.on.world.clock.now();
    const auto row = my.sealing.seal_again(customer, *before);
    if (!row) co_return fail(row.error());

    auto write = [&](store::Tx& tx) -> Result<bool> {
        // No row: somebody changed or erased it since we read it. Nothing was written.
        if (!rows::update(tx, *row)) return changed_meanwhile();
        my.announce(tx, customer, "florin.customer.updated", command.origin, what);
        return true;
    };
    auto written = co_await my.on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    co_return customer;
}

Task<Result<Customer>> Customers::erase(MerchantId merchant, CustomerId id, Origin origin) {
    Impl& my = *impl_;
    for (int attempt = 1;; ++attempt) {
        auto before = co_await my.read(merchant, id);
        if (!before) co_return fail(std::move(before.error()));
        if (before->customer.erased_at) co_return std::move(before->customer);
        Customer gone = std::move(before->customer);
        gone.version += 1;
        gone.updated_at = my.on.world.clock.now();
        gone.erased_at = gone.updated_at;
        bool is_late = false;
        auto write = [&](store::Tx& tx) -> Result<bool> {
            is_late = false;
            const auto by = my.on.charged_by ? my.on.charged_by(tx, merchant, gone.customer_id) : std::nullopt;
            if (by) {
                const std::string message = "This customer is still charged, and nobody could be told of it: cancel " +
                                            *by + ", or wait for its end.";
                return fail(ErrorKind::conflict, "customer_still_charged", message);
            }
            is_late = !rows::erase(tx, gone);
            if (is_late) return changed_meanwhile();
            if (my.on.forget) my.on.forget(tx, merchant, gone.customer_id);
            my.announce(tx, gone, "florin.customer.erased", origin, {});
            return true;
        };
        auto written = co_await my.on.store.write(write);
        if (written) co_return gone;
        if (!is_late || attempt == most_attempts) co_return fail(std::move(written.error()));
    }
}

}  // namespace florin::customers
