#include "bodies.hpp"

namespace florin::cases {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

std::optional<std::string> decimal_of(const std::optional<Money>& amount) {
    return amount ? std::optional{to_major_text(*amount)} : std::nullopt;
}

std::optional<CrmView> crm_of(const MirrorState& mirror) {
    if (mirror.wanted == 0) return std::nullopt;
    const bool is_done = mirror.done == mirror.wanted;
    return CrmView{.state = is_done             ? "mirrored"
                            : mirror.is_refused ? "refused"
                                                : "waiting",
                   .id = or_nothing(mirror.id),
                   .error_code = or_nothing(mirror.error_code),
                   .error = or_nothing(mirror.error)};
}

}  // namespace

CaseView view_of(const Case& one) {
    return {.id = one.id,
            .status = to_text(one.status),
            .reason = one.reason,
            .cause = one.cause,
            .customer_id = or_nothing(one.customer_id),
            .owner_kind = one.owner_kind,
            .owner = one.owner == Uuid{} ? std::nullopt : std::optional{one.owner},
            .amount = decimal_of(one.amount),
            .currency = one.amount ? std::optional{std::string{one.amount->code()}} : std::nullopt,
            .due_date = one.due_date ? std::optional{calendar::to_text(*one.due_date)} : std::nullopt,
            .attempts = one.attempts,
            .decline_class = or_nothing(one.decline_class),
            .message = or_nothing(one.message),
            .assignee = or_nothing(one.assignee),
            .resolution = one.resolution ? std::optional{to_text(*one.resolution)} : std::nullopt,
            .resolved_amount = decimal_of(one.resolved_amount),
            .resolution_note = or_nothing(one.resolution_note),
            .resolved_by = or_nothing(one.resolved_by),
            .resolved_at = one.resolved_at,
            .crm = crm_of(one.mirror),
            .correlation_id = or_nothing(one.correlation_id),
            .version = one.version,
            .created_at = one.created_at,
            .updated_at = one.updated_at,
            .notes = std::nullopt,
            .history = std::nullopt};
}

CaseView view_of(const Shown& shown) {
    CaseView view = view_of(shown.one);
    view.notes.emplace();
    view.history.emplace();
    for (const Entry& entry : shown.entries)
        (entry.kind == "noted" ? view.notes : view.history)
            ->push_back({entry.number, entry.kind, entry.actor, or_nothing(entry.text), entry.created_at});
    return view;
}

}  // namespace florin::cases
