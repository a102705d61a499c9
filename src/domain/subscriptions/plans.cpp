#include "florin/subscriptions/plans.hpp"

#include "florin/base/check.hpp"
#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/card.hpp"
#include "invalid.hpp"
#include "life.hpp"
#include "plan_store.hpp"
#include "view.hpp"

namespace florin::subscriptions {
namespace {

std::unexpected<Error> no_plan() { return fail(ErrorKind::not_found, "plan_not_found", "There is no such plan."); }

bool is_plan_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

/// Ids of subjects are unique among all of a merchant's: a plan's own id may be some other thing's.
std::string subject_of(const Plan& plan) { return "plan:" + plan.plan_id; }

}  // namespace

struct Plans::Impl {
    PlanSurroundings on;

    Result<void> validate(store::Reader& reader, const Plan& plan) const {
        if (auto valid = validate_name(plan.name); !valid) return valid;
        if (plan.price.amount.minor() < 0) return invalid("invalid_amount", "A price is not negative.", "amount");
        if (!is_affordable(plan.price, 1)) return too_dear();
        if (auto valid = subscriptions::validate(plan.price.cycle); !valid) return valid;
        if (plan.trial_days < 0 || plan.trial_days > most_trial_days)
            return invalid("invalid_trial", "A trial lasts two years at most.", "trial_days");
        if (!plan.retry_policy.empty() && !on.knows_policy(reader, plan.merchant, plan.retry_policy))
            return invalid("unknown_retry_policy", "There is no retry policy of that name.", "retry_policy");
        return {};
    }

    void announce(store::Tx& tx, const Plan& plan, std::string_view what, const Asker& asker) const {
        const std::string action = "plan." + std::string{what};
        const std::string type = "florin." + action;
        const std::string view = json::to_text(view_of(plan));
        const std::string data = R"({"plan":)" + view + "}";
        const std::string subject = subject_of(plan);
        events::append(tx, {.merchant = plan.merchant,
                            .type = type,
                            .subject_type = "plan",
                            .subject_id = subject,
                            .sequence = plan.version,
                            .correlation_id = asker.correlation_id,
                            .traceparent = asker.traceparent,
                            .data = data});
        on.audit.append(tx, {.merchant = plan.merchant,
                             .correlation_id = asker.correlation_id,
                             .action = action,
                             .entity_type = "plan",
                             .entity_id = plan.plan_id,
                             .actor = asker.actor,
                             .changes = view,
                             .ip_address = asker.ip_address,
                             .user_agent = asker.user_agent});
    }

    /// What a taken key was taken for.
    Result<PlanAnswer> repeat_of(store::Tx& tx, MerchantId merchant, const idempotency::Guard& guard,
                                 std::string_view plan_id) const {
        auto before = idempotency::earlier(tx, merchant, guard);
        if (!before) return fail(std::move(before.error()));
        check(before->answer.has_value(), "a plan and the answer about it are one commit");
        // The answer tells which plan it was; what it has become since does not matter.
        Plan plan{.merchant = merchant,
                  .plan_id = std::string{plan_id},
                  .price = {.amount = Money::zero(*Currency::of("EUR")), .cycle = {}}};
        return PlanAnswer{std::move(plan), std::move(before->answer)};
    }
};

Plans::Plans(PlanSurroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Plans::~Plans() = default;

Task<Result<PlanAnswer>> Plans::create(Asker asker, idempotency::Guard guard, NewPlan wish) {
    Impl& my = *impl_;
    const Uuid own = my.on.world.new_uuid();
    const std::string plan_id = wish.plan_id.empty() ? florin::to_text(own) : wish.plan_id;
    if (!is_plan_id(plan_id))
        co_return invalid("invalid_plan_id", "A plan's id is 1 to 64 of a–z, A–Z, 0–9, dash, dot and underscore.",
                          "plan_id");
    if (auto clean = security::refuse_card_number(plan_id, "plan_id"); !clean) co_return fail(std::move(clean.error()));
    auto unit = [&](store::Tx& tx) -> Result<PlanAnswer> {
        if (!idempotency::take(tx, asker.merchant, guard, own)) return my.repeat_of(tx, asker.merchant, guard, plan_id);
        Plan plan{.merchant = asker.merchant,
                  .plan_id = plan_id,
                  .name = wish.name,
                  .price = {.plan_id = plan_id, .number = 1, .amount = wish.amount, .cycle = wish.cycle},
                  .trial_days = wish.trial_days,
                  .retry_policy = wish.retry_policy,
                  .is_active = wish.is_active,
                  .created_at = tx.now(),
                  .updated_at = tx.now()};
        if (auto valid = my.validate(tx, plan); !valid) return fail(std::move(valid.error()));
        if (!rows::insert(tx, plan))
            return fail(ErrorKind::conflict, "plan_exists", "There is a plan with this id. Change that one.",
                        "plan_id");
        rows::insert_price(tx, plan);
        my.announce(tx, plan, "created", asker);
        idempotency::finish(tx, asker.merchant, guard.key, answer_of(plan, 201));
        return PlanAnswer{std::move(plan), std::nullopt};
    };
    co_return co_await my.on.store.write(unit);
}

Task<Result<Plan>> Plans::find(MerchantId merchant, std::string plan_id) {
    auto read = [&](store::Reader& reader) -> Result<Plan> {
        auto plan = rows::find_plan(reader, merchant, plan_id);
        if (!plan) return no_plan();
        return std::move(*plan);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<std::vector<Plan>>> Plans::list(MerchantId merchant, PlanFilter filter) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<Plan>> {
        return rows::list_plans(reader, merchant, filter);
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<PlanAnswer>> Plans::change(Asker asker, idempotency::Guard guard, std::string plan_id,
                                       PlanChanges changes) {
    Impl& my = *impl_;
    const Uuid own = my.on.world.new_uuid();
    auto unit = [&](store::Tx& tx) -> Result<PlanAnswer> {
        if (!idempotency::take(tx, asker.merchant, guard, own)) return my.repeat_of(tx, asker.merchant, guard, plan_id);
        const auto changed_meanwhile = [] {
            return fail(ErrorKind::conflict, "plan_changed_meanwhile",
                        "The plan has another version by now. Read it, and think the change out again.", "version");
        };
        auto found = rows::find_plan(tx, asker.merchant, plan_id);
        if (!found) return no_plan();
        if (changes.version && *changes.version != found->version) return changed_meanwhile();
        Plan plan = *found;
        if (changes.name) plan.name = *changes.name;
        if (changes.trial_days) plan.trial_days = *changes.trial_days;
        if (changes.retry_policy) plan.retry_policy = *changes.retry_policy;
        if (changes.is_active) plan.is_active = *changes.is_active;
        if (changes.amount) {
            const auto amount = parse_major(*changes.amount, plan.price.amount.currency());
            if (!amount) return invalid(amount.error().code, amount.error().message, "amount");
            plan.price.amount = *amount;
        }
        if (changes.cycle) plan.price.cycle = *changes.cycle;
        if (auto valid = my.validate(tx, plan); !valid) return fail(std::move(valid.error()));
        // What no reader could tell apart has not changed.
        if (idempotency::Answer same = answer_of(plan, 200); same.body == answer_of(*found, 200).body) {
            idempotency::finish(tx, asker.merchant, guard.key, std::move(same));
            return PlanAnswer{std::move(plan), std::nullopt};
        }
        plan.version += 1;
        plan.updated_at = tx.now();
        const bool is_other_price =
            plan.price.amount != found->price.amount || !(plan.price.cycle == found->price.cycle);
        if (is_other_price) plan.price.number += 1;
        if (!rows::update(tx, plan)) return changed_meanwhile();
        if (is_other_price) rows::insert_price(tx, plan);
        my.announce(tx, plan, "changed", asker);
        idempotency::finish(tx, asker.merchant, guard.key, answer_of(plan, 200));
        return PlanAnswer{std::move(plan), std::nullopt};
    };
    co_return co_await my.on.store.write(unit);
}

}  // namespace florin::subscriptions
