// Which connectors a charge may go through, and how it goes on at the next when one certainly did nothing.

#include <algorithm>

#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "means_checks.hpp"
#include "payments_impl.hpp"

namespace florin::payments {
namespace {

void count_rerouted(std::string_view from, std::string_view to, std::string_view reason) {
    telemetry::metrics()
        .counter("florin_payments_rerouted_total",
                 "Charges that went to another connector than the preferred one, which certainly did nothing.",
                 {{"from", std::string{from}}, {"to", std::string{to}}, {"reason", std::string{reason}}})
        .add();
}

}  // namespace

Task<Result<Payments::Impl::Bond>> Payments::Impl::bind(ChargeCommand& command) {
    if (!command.payment_method && !command.mandate_of) co_return Bond{};
    auto read_bond = [&](store::Reader& reader) -> Result<Bond> {
        Bond bond;
        if (command.payment_method)
            bond.method = rows::find_payment_method(reader, command.merchant, *command.payment_method);
        if (!command.mandate_of) return bond;
        auto original = rows::find_transaction(reader, command.merchant, *command.mandate_of);
        if (!original) return bond;
        auto payment = rows::find_payment(reader, command.merchant, original->payment);
        check(payment.has_value(), "a transaction has a payment");
        bond.original = Recording{std::move(*payment), std::move(*original)};
        return bond;
    };
    auto bond = co_await on.store.read(read_bond);
    if (!bond) co_return bond;
    std::string owner;
    if (bond->method) owner = bond->method->method.connector;
    if (bond->original) owner = bond->original->payment.connector;
    const Connector* connector = owner.empty() ? nullptr : on.connector(owner);
    if (connector != nullptr && connector->capabilities().takes(command.method, command.amount.code()))
        command.connector = std::move(owner);
    co_return bond;
}

Result<std::string> Payments::Impl::mandate_of(ChargeCommand& command, const std::optional<Recording>& original) {
    constexpr std::string_view field = "original_transaction_id";
    if (!original) return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.", field);
    const auto& [payment, first] = *original;
    const bool is_paid = first.type == TransactionType::purchase && first.status == TransactionStatus::approved;
    if (!is_paid || first.provider_id.empty() || payment.connector != command.connector)
        return fail(ErrorKind::invalid, "transaction_makes_no_mandate",
                    "Only a purchase that was paid through the same provider can have made a mandate.", field);
    if (command.customer_id.empty()) command.customer_id = payment.customer_id;
    if (command.customer_id != payment.customer_id)
        return fail(ErrorKind::invalid, "mandate_of_another_customer", "That mandate was given by another customer.",
                    "customer_id");
    command.payer_last4 = payment.method == Method::card ? std::string{} : payment.card.last4;
    return first.provider_id;
}

std::vector<Connector*> Payments::Impl::candidates_for(ChargeCommand& command, Connector& first) const {
    std::vector<Connector*> candidates{&first};
    if (command.payment_method || command.mandate_of || command.created_payment) return candidates;
    for (const std::string& name : command.alternatives) {
        Connector* next = on.connector(name);
        if (next == nullptr || std::ranges::find(candidates, next) != candidates.end()) continue;
        if (validate_charge(command, next->capabilities(), on.world.clock.now())) candidates.push_back(next);
    }
    return candidates;
}

Task<std::size_t> Payments::Impl::first_reachable(const std::vector<Connector*>& candidates, std::size_t at) {
    while (at < candidates.size() && !co_await is_reachable(*candidates[at])) ++at;
    if (at > 0 && at < candidates.size()) {
        const Connector& passed_over = *candidates[at - 1];
        if (breakers.is_open(passed_over.name()))
            count_rerouted(passed_over.name(), candidates[at]->name(), "breaker_open");
    }
    co_return at;
}

/// Why the look-up of a lost answer asks the right provider though several were tried: a charge comes here only after
/// `not_sent`, so whoever had it has done nothing and, the call being over, never will. The change of
/// `payments.connector` is durable before the next one is called. So at any moment, whenever the process dies, at most
/// the connector in the row can have done something, and recovery asks that one (F1, F36). The reference stays the
/// same: none of the earlier providers has taken it, and none is asked a second time.
Task<Result<Recording>> Payments::Impl::reroute(const Recording& known, const Connector& next,
                                                std::string_view reason) {
    const std::string from = known.payment.connector;
    auto write_reroute = [&](store::Tx& tx) -> Result<Recording> {
        Recording now = known;
        now.payment.connector = next.name();
        now.payment.version += 1;
        now.payment.updated_at = tx.now();
        now.transaction.updated_at = tx.now();
        now.transaction.next_check_at = tx.now() + on.orphaned_after;
        // Whoever looks at it, asks the connector before: then it is theirs to conclude, and nobody else is asked.
        if (!rows::reroute(tx, known.payment, now.payment, known.transaction, *now.transaction.next_check_at))
            return fail(ErrorKind::conflict, "recorded_meanwhile", "The charge was looked up by somebody else.");
        announce_rerouted(tx, now, from, reason);
        return now;
    };
    auto rerouted = co_await on.store.write(write_reroute);
    if (!rerouted) co_return rerouted;
    count_rerouted(from, next.name(), reason);
    telemetry::warning("payment.rerouted", {{"transaction_id", known.transaction.id.text()},
                                            {"from", from},
                                            {"to", next.name()},
                                            {"reason", reason},
                                            {"correlation_id", known.transaction.origin.correlation_id}});
    co_return rerouted;
}

}  // namespace florin::payments
