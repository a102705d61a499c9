#include "florin/cases/cases.hpp"

#include <algorithm>

#include "cases_impl.hpp"
#include "florin/base/check.hpp"
#include "florin/events/events.hpp"
#include "florin/json/clean.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/card.hpp"

namespace florin::cases {
namespace {

constexpr std::size_t longest_message = 500;
/// So many open ones nobody leaves lying about one plan.
constexpr std::size_t most_of_an_owner = 1'000;
/// Jobs end by their kind's policy, not before.
constexpr std::int64_t most_attempts = 1'000;

const Asker& the_system() {
    static const Asker system{
        .merchant = {}, .actor = "system", .ip_address = {}, .user_agent = {}, .correlation_id = {}};
    return system;
}

Entry entry_of(const Case& after, std::string_view kind, const Asker& asker, std::string text = {}) {
    return {.number = after.version,
            .kind = std::string{kind},
            .actor = asker.actor,
            .text = std::move(text),
            .created_at = after.updated_at};
}

/// What was asked for in the decision, judged against the case.
Result<std::optional<Money>> amount_of(const Case& one, const Decision& decision) {
    if (decision.resolution != Resolution::paid_elsewhere) {
        if (decision.amount)
            return fail(ErrorKind::invalid, "amount_not_expected", "Only what was paid elsewhere has an amount.",
                        "amount");
        return std::optional<Money>{};
    }
    if (!one.amount)
        return fail(ErrorKind::conflict, "resolution_not_applicable", "No money is at stake in this case.",
                    "resolution");
    if (!decision.amount)
        return fail(ErrorKind::invalid, "amount_required", "Say how much was paid elsewhere.", "amount");
    auto money = parse_major(*decision.amount, one.amount->currency());
    if (!money) return fail(money.error().kind, money.error().code, money.error().message, "amount");
    if (!money->is_positive())
        return fail(ErrorKind::invalid, "amount_required", "Say how much was paid elsewhere.", "amount");
    if (money->minor() > one.amount->minor())
        return fail(ErrorKind::invalid, "amount_above_case", "That is more than the case is about.", "amount");
    return std::optional{*money};
}

}  // namespace

Case next(const Case& one, Instant now) {
    Case after = one;
    ++after.version;
    after.updated_at = now;
    return after;
}

std::string event_data(const Case& one) {
    std::string data;
    json::Writer json{data};
    json.open('{').key("case").open('{').field("id", one.id).field("status", to_text(one.status));
    json.field("reason", one.reason).field("cause", one.cause);
    if (!one.customer_id.empty()) json.field("customer_id", one.customer_id);
    json.field("owner_kind", one.owner_kind);
    if (one.owner != Uuid{}) json.field("owner", one.owner);
    if (one.amount) json.field("amount", to_major_text(*one.amount)).field("currency", one.amount->code());
    if (one.due_date) json.field("due_date", calendar::to_text(*one.due_date));
    json.field("attempts", one.attempts);
    if (!one.decline_class.empty()) json.field("decline_class", one.decline_class);
    if (!one.assignee.empty()) json.field("assignee", one.assignee);
    if (one.resolution) json.field("resolution", to_text(*one.resolution));
    if (one.resolved_amount) json.field("resolved_amount", to_major_text(*one.resolved_amount));
    if (!one.mirror.id.empty()) json.field("crm_id", one.mirror.id);
    json.field("version", one.version).close('}').close('}');
    return data;
}

Cases::Cases(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {}
Cases::~Cases() = default;

void Cases::wake() const {
    if (impl_->on.wake) impl_->on.wake();
}

void Cases::on_resolved(std::string owner_kind, std::function<Result<void>(Tx&, const Case&)> act) {
    const bool is_first = impl_->owners.emplace(std::move(owner_kind), std::move(act)).second;
    check(is_first, "one module acts on the cases of a kind of owner");
}

void Cases::Impl::tell(Tx& tx, const Case& one, const Entry& entry, const Asker& asker) const {
    rows::insert_entry(tx, one.merchant, one.id, entry);
    const std::string& correlation_id = asker.correlation_id.empty() ? one.correlation_id : asker.correlation_id;
    const std::string id = one.id.text(), data = event_data(one);
    events::append(tx, {.merchant = one.merchant,
                        .type = "florin.case." + entry.kind,
                        .subject_type = "case",
                        .subject_id = id,
                        .sequence = one.version,
                        .correlation_id = correlation_id,
                        .data = data});
    on.audit.append(tx, {.merchant = one.merchant,
                         .correlation_id = correlation_id,
                         .action = "case." + entry.kind,
                         .entity_type = "case",
                         .entity_id = id,
                         .actor = asker.actor,
                         .changes = data,
                         .ip_address = asker.ip_address,
                         .user_agent = asker.user_agent});
}

bool Cases::Impl::change(Tx& tx, const Case& after, const Entry& entry, const Asker& asker) const {
    if (!rows::update(tx, after)) return false;
    tell(tx, after, entry, asker);
    return true;
}

void Cases::Impl::want_mirror(Tx& tx, Case& one) const {
    if (on.crm == nullptr) return;
    ++one.mirror.wanted;
    one.mirror.is_refused = false;
    const std::string order = "case/" + one.id.text(), key = order + "/" + std::to_string(one.mirror.wanted);
    const std::string payload = R"({"case":")" + one.id.text() + R"("})";
    jobs::enqueue(tx, {.merchant = one.merchant,
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = job_kind,
                       .payload = payload,
                       .unique_key = key,
                       .ordering_key = order,
                       .max_attempts = most_attempts,
                       .correlation_id = one.correlation_id});
}

CaseId Cases::open(Tx& tx, const NewCase& wanted) { return open_by(tx, wanted, the_system()).first; }

std::pair<CaseId, bool> Cases::open_by(Tx& tx, const NewCase& wanted, const Asker& asker) {
    Impl& my = *impl_;
    check(!wanted.cause.empty() && wanted.cause.size() <= 255, "a case has a cause");
    check(!wanted.reason.empty() && !wanted.owner_kind.empty(), "a case has a reason and an owner");
    check(!wanted.amount || wanted.amount->minor() >= 0, "what is at stake is not negative");
    Case one{.merchant = wanted.merchant,
             .id = my.on.world.new_id<CaseTag>(),
             .cause = std::string{wanted.cause},
             .reason = std::string{wanted.reason},
             .customer_id = std::string{wanted.customer_id},
             .owner_kind = std::string{wanted.owner_kind},
             .owner = wanted.owner,
             .amount = wanted.amount,
             .due_date = wanted.due_date,
             .attempts = wanted.attempts,
             .decline_class = std::string{wanted.decline_class},
             .message = json::clean_text(wanted.message, longest_message),
             .assignee = {},
             .status = Status::open,
             .resolution = {},
             .resolved_amount = {},
             .resolution_note = {},
             .resolved_by = {},
             .resolved_at = {},
             .mirror = {},
             .correlation_id = std::string{wanted.correlation_id},
             .version = 1,
             .created_at = tx.now(),
             .updated_at = tx.now()};
    one.mirror.wanted = my.on.crm == nullptr ? 0 : 1;
    if (rows::insert(tx, one)) {
        one.mirror.wanted = 0;
        my.want_mirror(tx, one);
        my.tell(tx, one, entry_of(one, "opened", asker, one.message), asker);
        return {one.id, true};
    }
    const auto in_the_way = rows::find_by_cause(tx, wanted.merchant, wanted.cause);
    check(in_the_way.has_value(), "what is in the way is there");
    const auto there = rows::take(tx, wanted.merchant, in_the_way->id);
    check(there.has_value(), "a case stays");
    const bool was_decided = there->resolution != Resolution::retry && there->resolved_by != the_system().actor;
    if (there->status == Status::open || was_decided) return {there->id, false};
    // What a person had tried once more has failed again; or what was settled without them is so no longer.
    Case again = next(*there, tx.now());
    again.status = Status::open;
    again.resolution = {};
    again.resolved_amount = {};
    again.resolution_note.clear();
    again.resolved_by.clear();
    again.resolved_at = {};
    again.amount = one.amount;
    again.due_date = one.due_date;
    again.attempts = one.attempts;
    again.decline_class = one.decline_class;
    again.message = one.message;
    my.want_mirror(tx, again);
    check(my.change(tx, again, entry_of(again, "reopened", asker, one.message), asker),
          "what was taken changes by nobody else");
    return {again.id, false};
}

void Cases::Impl::end(Tx& tx, MerchantId merchant, CaseId id, Resolution resolution, std::string_view why) const {
    const auto one = rows::take(tx, merchant, id);
    if (!one || one->status == Status::resolved) return;
    // Nothing was at stake that could have been paid.
    const bool has_amount = one->amount && one->amount->is_positive();
    Case after = next(*one, tx.now());
    after.status = Status::resolved;
    after.resolution = resolution == Resolution::paid_elsewhere && !has_amount ? Resolution::waived : resolution;
    if (after.resolution == Resolution::paid_elsewhere) after.resolved_amount = one->amount;
    after.resolution_note = json::clean_text(why, longest_message);
    after.resolved_by = the_system().actor;
    after.resolved_at = tx.now();
    want_mirror(tx, after);
    check(change(tx, after, entry_of(after, "resolved", the_system(), after.resolution_note), the_system()),
          "what was taken changes by nobody else");
}

void Cases::close(Tx& tx, MerchantId merchant, CaseId id, std::string_view note) {
    impl_->end(tx, merchant, id, Resolution::retry, note);
}

void Cases::settle(Tx& tx, const Settled& settled) {
    check(!settled.cause.empty(), "a case has a cause");
    const CaseFilter open{.status = Status::open,
                          .customer_id = {},
                          .reason = {},
                          .assignee = {},
                          .owner_kind = {},
                          .owner = settled.owner,
                          .limit = most_of_an_owner};
    const auto is_meant = [&](std::string_view cause) {
        if (!cause.starts_with(settled.cause)) return false;
        return cause.size() == settled.cause.size() || cause[settled.cause.size()] == ':';
    };
    for (const Case& one : rows::list(tx, settled.merchant, open))
        if (is_meant(one.cause)) impl_->end(tx, settled.merchant, one.id, settled.resolution, settled.why);
}

void Cases::remark(Tx& tx, MerchantId merchant, std::string_view cause, std::string text) {
    const auto known = rows::find_by_cause(tx, merchant, cause);
    const auto one = known ? rows::take(tx, merchant, known->id) : std::nullopt;
    if (!one) return;
    const Case after = next(*one, tx.now());
    check(impl_->change(tx, after, entry_of(after, "noted", the_system(), std::move(text)), the_system()),
          "what was taken changes by nobody else");
}

std::optional<Case> Cases::find(Reader& reader, MerchantId merchant, CaseId id) {
    return rows::find(reader, merchant, id);
}

std::optional<Case> Cases::find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause) {
    return rows::find_by_cause(reader, merchant, cause);
}

void Cases::erase(Tx& tx, MerchantId merchant, std::string_view customer_id) { rows::erase(tx, merchant, customer_id); }

Task<Result<Opened>> Cases::request(Asker asker, Request request) {
    Impl& my = *impl_;
    const std::pair<std::string_view, const std::string&> texts[] = {
        {"cause", request.cause}, {"customer_id", request.customer_id}, {"message", request.message}};
    for (const auto& [field, text] : texts)
        if (auto fit = security::refuse_card_number(text, field); !fit) co_return fail(std::move(fit.error()));
    const bool is_code = std::ranges::all_of(
        request.reason, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!is_code || request.reason.empty())
        co_return fail(ErrorKind::invalid, "invalid_text", "A reason is lower-case letters, digits and `_`.", "reason");
    const std::string cause = "request:" + request.cause;
    auto hand_over = [&](Tx& tx) -> Result<Opened> {
        const auto [id, is_new] = open_by(tx,
                                          {.merchant = asker.merchant,
                                           .cause = cause,
                                           .reason = request.reason,
                                           .customer_id = request.customer_id,
                                           .owner_kind = request_kind,
                                           .amount = request.amount,
                                           .due_date = request.due_date,
                                           .message = request.message,
                                           .correlation_id = asker.correlation_id},
                                          asker);
        auto one = rows::find(tx, asker.merchant, id);
        check(one.has_value(), "what was opened is there");
        return Opened{std::move(*one), is_new};
    };
    auto opened = co_await my.on.store.write(hand_over);
    if (opened) wake();
    co_return opened;
}

Task<Result<std::vector<Case>>> Cases::list(MerchantId merchant, CaseFilter filter) {
    auto read = [&](Reader& reader) -> Result<std::vector<Case>> { return rows::list(reader, merchant, filter); };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Shown>> Cases::show(MerchantId merchant, CaseId id) {
    auto read = [&](Reader& reader) -> Result<Shown> {
        auto one = rows::find(reader, merchant, id);
        if (!one) return no_case();
        return Shown{std::move(*one), rows::entries(reader, merchant, id)};
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Case>> Cases::assign(Asker asker, CaseId id, std::string assignee) {
    Impl& my = *impl_;
    if (auto fit = security::refuse_card_number(assignee, "assignee"); !fit) co_return fail(std::move(fit.error()));
    auto give = [&](Tx& tx) -> Result<Case> {
        const auto one = rows::take(tx, asker.merchant, id);
        if (!one) return no_case();
        if (one->assignee == assignee) return *one;
        if (one->status == Status::resolved)
            return fail(ErrorKind::conflict, "case_resolved", "This case is resolved.");
        Case after = next(*one, tx.now());
        after.assignee = assignee;
        if (!my.change(tx, after, entry_of(after, "assigned", asker, assignee), asker)) return changed_meanwhile();
        return after;
    };
    co_return co_await my.on.store.write(give);
}

Task<Result<Shown>> Cases::note(Asker asker, idempotency::Guard guard, CaseId id, std::string text) {
    Impl& my = *impl_;
    if (auto fit = security::refuse_card_number(text, "text"); !fit) co_return fail(std::move(fit.error()));
    auto write = [&](Tx& tx) -> Result<Shown> {
        const auto one = rows::take(tx, asker.merchant, id);
        if (!one) return no_case();
        if (!guard.key.empty() && idempotency::is_taken(tx, asker.merchant, guard)) {
            const auto earlier = idempotency::earlier(tx, asker.merchant, guard);
            if (!earlier) return fail(earlier.error());
            return Shown{*one, rows::entries(tx, asker.merchant, id)};
        }
        const Case after = next(*one, tx.now());
        if (!idempotency::take(tx, asker.merchant, guard, id.value))
            return fail(ErrorKind::unavailable, "repeat_request",
                        "A request with this key was taken just now. Repeat yours.");
        if (!my.change(tx, after, entry_of(after, "noted", asker, text), asker)) return changed_meanwhile();
        return Shown{after, rows::entries(tx, asker.merchant, id)};
    };
    co_return co_await my.on.store.write(write);
}

Task<Result<Case>> Cases::resolve(Asker asker, CaseId id, Decision decision) {
    Impl& my = *impl_;
    if (auto fit = security::refuse_card_number(decision.note, "note"); !fit) co_return fail(std::move(fit.error()));
    auto decide = [&](Tx& tx) -> Result<Case> {
        const auto one = rows::take(tx, asker.merchant, id);
        if (!one) return no_case();
        const auto amount = amount_of(*one, decision);
        if (!amount) return fail(amount.error());
        if (one->status == Status::resolved) {
            if (one->resolution == decision.resolution && one->resolved_amount == *amount &&
                one->resolution_note == decision.note)
                return *one;
            return fail(ErrorKind::conflict, "case_resolved", "This case is resolved, and otherwise.");
        }
        Case after = next(*one, tx.now());
        after.status = Status::resolved;
        after.resolution = decision.resolution;
        after.resolved_amount = *amount;
        after.resolution_note = decision.note;
        after.resolved_by = asker.actor;
        after.resolved_at = tx.now();
        my.want_mirror(tx, after);
        std::string text{to_text(decision.resolution)};
        if (*amount) text.append(" ").append(to_major_text(**amount)).append(" ").append((*amount)->code());
        if (!my.change(tx, after, entry_of(after, "resolved", asker, std::move(text)), asker))
            return changed_meanwhile();
        const auto owner = my.owners.find(one->owner_kind);
        if (owner == my.owners.end()) {
            if (decision.resolution == Resolution::retry)
                return fail(ErrorKind::conflict, "resolution_not_applicable",
                            "There is nothing in this case that could be tried again.", "resolution");
            return after;
        }
        if (auto acted = owner->second(tx, after); !acted) return fail(std::move(acted.error()));
        return after;
    };
    auto decided = co_await my.on.store.write(decide);
    if (decided) wake();
    co_return decided;
}

}  // namespace florin::cases
