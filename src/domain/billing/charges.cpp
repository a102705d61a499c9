// What is due comes into being, and is prevented.

#include "billing_impl.hpp"
#include "florin/base/check.hpp"
#include "florin/cases/cases.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "job_payloads.hpp"
#include "ordering_keys.hpp"
#include "policy_store.hpp"

namespace florin::billing {

std::string lines_text(const std::vector<Line>& lines) {
    std::string text;
    json::Writer json{text};
    json.open('[');
    for (const Line& line : lines)
        json.open('{')
            .field("description", line.description)
            .field("quantity", line.quantity)
            .field("amount_minor", line.amount.minor())
            .close('}');
    json.close(']');
    return text;
}

std::vector<Line> parse_lines(std::string_view text, Currency currency) {
    std::vector<Line> lines;
    const auto raise_unreadable = [] {
        throw store::Failure{store::Failure::Kind::fault, "the lines of a charge cannot be read"};
    };
    const auto value = json::parse(text);
    if (!value || value->kind() != json::Kind::array) raise_unreadable();
    for (const json::Value& item : value->items()) {
        const json::Value *minor = item.find("amount_minor"), *description = item.find("description"),
                          *quantity = item.find("quantity");
        if (minor == nullptr || description == nullptr || quantity == nullptr) raise_unreadable();
        const auto amount = Money::of(minor->integer().value_or(0), currency);
        lines.push_back({.description = std::string{description->text()},
                         .quantity = quantity->integer().value_or(1),
                         .amount = amount.value_or(Money::zero(currency))});
    }
    return lines;
}

Billing::Impl::Impl(Surroundings surroundings) : on{std::move(surroundings)} {
    owners.emplace("charge", Owner{.kind = "charge",
                                   .on_turn = [this](Tx& tx, MerchantId merchant, const Uuid& id,
                                                     Instant) { return retry_now(tx, merchant, id); },
                                   .on_charge = {},
                                   .forecast = {}});
}

Billing::Billing(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Billing::~Billing() = default;

void Billing::add(Owner owner) {
    std::string kind = owner.kind;
    if (impl_->on.cases != nullptr)
        impl_->on.cases->on_resolved(
            kind, [my = impl_.get()](Tx& tx, const cases::Case& resolved) { return my->act_on(tx, resolved); });
    const bool is_new = impl_->owners.emplace(std::move(kind), std::move(owner)).second;
    check(is_new, "a kind of owner is added once");
}

const Owner* Billing::Impl::find_owner(std::string_view kind) const {
    const auto found = owners.find(kind);
    return found == owners.end() ? nullptr : &found->second;
}

ChargeId Billing::create(Tx& tx, const NewCharge& wanted) {
    check(!wanted.owner_kind.empty() && impl_->find_owner(wanted.owner_kind) != nullptr, "a charge has an owner");
    check(wanted.amount.minor() >= 0, "what is to be given back is a refund, not a negative charge (F93)");
    check(!wanted.means.payment_method || !wanted.means.mandate_of, "a charge is paid by one means");
    const Charge charge{.merchant = wanted.merchant,
                        .id = impl_->on.world.new_id<ChargeTag>(),
                        .owner_kind = wanted.owner_kind,
                        .owner = wanted.owner,
                        .purpose = wanted.purpose,
                        .number = wanted.number,
                        .is_refund = wanted.is_refund,
                        .amount = wanted.amount,
                        .due_date = wanted.due_date,
                        .customer_id = wanted.customer_id,
                        .means = wanted.means,
                        .retry_policy = wanted.retry_policy,
                        .description = wanted.description,
                        .message = {},
                        .correlation_id = wanted.correlation_id,
                        .created_at = tx.now(),
                        .updated_at = tx.now()};
    if (!rows::insert_charge(tx, charge, lines_text(wanted.lines))) {
        const auto same = rows::find_same(tx, wanted);
        check(same.has_value(), "what keeps a charge from being made is there");
        return *same;
    }
    impl_->announce(tx, charge, "created", "system");
    impl_->enqueue_collect(tx, charge);
    return charge.id;
}

void Billing::Impl::enqueue_collect(Tx& tx, const Charge& charge) const {
    const std::int64_t attempt = charge.attempts + 1;
    const std::string payload = json::to_text(CollectPayload{.charge = charge.id, .attempt = attempt});
    // An attempt that was given up because its money came back may have to be made after all, once it has gone again.
    const std::string unique = charge.id.text() + ":" + std::to_string(attempt) + ":" + std::to_string(charge.version);
    const std::string ordering = ordering_keys::collect(charge.owner_kind, charge.owner);
    jobs::enqueue(tx, {.merchant = charge.merchant,
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = collect_kind,
                       .payload = payload,
                       .unique_key = unique,
                       .ordering_key = ordering,
                       .correlation_id = charge.correlation_id});
}

Result<void> Billing::Impl::retry_now(Tx& tx, MerchantId merchant, const Uuid& id) const {
    const auto charge = rows::find_charge(tx, merchant, ChargeId{id});
    // Meanwhile canceled, or settled by a person.
    if (!charge || charge->status != ChargeStatus::retrying) return {};
    enqueue_collect(tx, *charge);
    return {};
}

bool Billing::cancel(Tx& tx, MerchantId merchant, ChargeId id) { return impl_->prevent(tx, merchant, id); }

bool Billing::Impl::prevent(Tx& tx, MerchantId merchant, const ChargeId& id) const {
    auto charge = rows::find_charge(tx, merchant, id);
    const bool is_unsent =
        charge && (charge->status == ChargeStatus::pending || charge->status == ChargeStatus::retrying);
    const bool is_left_over =
        charge && charge->status == ChargeStatus::failed && !charge->is_refund && !charge->returned_attempt;
    if (!is_unsent && !is_left_over) return false;
    const Charge before = *charge;
    charge->ending = std::nullopt;
    charge->status = ChargeStatus::canceled;
    charge->retry_on = std::nullopt;
    charge->version += 1;
    charge->updated_at = tx.now();
    charge->settled_at = tx.now();
    if (!rows::cancel_charge(tx, *charge, before.version)) return false;
    remove_turn(tx, merchant, {.kind = "charge", .id = id.value});
    announce(tx, *charge, "canceled", "system");
    end_cases(tx, before, *charge);
    credit_invoice(tx, *charge);
    return true;
}

void Billing::Impl::let_go(Tx& tx, const Charge& charge) const {
    if (!prevent(tx, charge.merchant, charge.id)) return;
    const auto after = rows::find_charge(tx, charge.merchant, charge.id);
    check(after.has_value(), "a charge is never taken away");
    tell_owner(tx, charge, *after);
}

std::optional<Charge> Billing::find(Reader& reader, MerchantId merchant, ChargeId charge) const {
    return rows::find_charge(reader, merchant, charge);
}

std::vector<Charge> Billing::charges_of(Reader& reader, MerchantId merchant, std::string_view owner_kind,
                                        const Uuid& owner) const {
    return rows::charges_of(reader, merchant, owner_kind, owner);
}

std::optional<ChargeId> Billing::find_open(Reader& reader, MerchantId merchant, std::string_view customer_id) const {
    for (const ChargeStatus status : {ChargeStatus::pending, ChargeStatus::processing, ChargeStatus::retrying}) {
        rows::ChargeFilter filter{.status = status, .limit = 1};
        filter.customer_id = customer_id;
        const auto found = rows::list_charges(reader, merchant, filter);
        if (!found.empty()) return found.front().id;
    }
    return std::nullopt;
}

RetryPolicy Billing::Impl::policy_of(Reader& reader, const Charge& charge) const {
    if (!charge.retry_policy.empty())
        if (auto named = rows::find_policy(reader, charge.merchant, charge.retry_policy)) return named->policy;
    if (auto own = rows::find_policy(reader, charge.merchant, default_policy)) return own->policy;
    return presets().front();
}

bool Billing::has_retry_policy(Reader& reader, MerchantId merchant, std::string_view name) const {
    return name.empty() || rows::find_policy(reader, merchant, name).has_value();
}

bool Billing::is_busy(Reader& reader, MerchantId merchant) const {
    return jobs::count_open(reader, merchant, ordering_keys::turns) > 0 ||
           jobs::count_open(reader, merchant, ordering_keys::collects) > 0;
}

Figures figures(Reader& reader, Instant now) {
    Figures all{.turns = due_turns(reader, now), .open_charges = {}};
    for (const ChargeStatus status : {ChargeStatus::pending, ChargeStatus::processing, ChargeStatus::retrying})
        all.open_charges.emplace_back(status, rows::count_charges(reader, status));
    return all;
}

}  // namespace florin::billing
