#include "bodies.hpp"
#include "florin/dead_letters/routes.hpp"

namespace florin::dead_letters {

LetterView view_of(const DeadLetter& letter) {
    LetterView view{.id = letter.id,
                    .kind = letter.kind,
                    .status = jobs::to_text(letter.status),
                    .cause = letter.cause,
                    .last_error = letter.last_error,
                    .attempts = letter.attempts,
                    .deaths = letter.deaths,
                    .correlation_id = letter.correlation_id,
                    .created_at = letter.created_at,
                    .died_at = letter.died_at,
                    .decided_at = letter.decided_at,
                    .decided_by = std::nullopt,
                    .reason = std::nullopt,
                    .version = letter.version,
                    .payload = std::nullopt,
                    .edits = std::nullopt};
    if (!letter.decided_by.empty()) view.decided_by = letter.decided_by;
    if (!letter.reason.empty()) view.reason = letter.reason;
    return view;
}

LetterView view_of(const Shown& shown) {
    LetterView view = view_of(shown.letter);
    view.payload = json::Object{shown.payload};
    view.edits.emplace();
    for (const jobs::LetterEdit& edit : shown.edits)
        view.edits->push_back({.number = edit.number,
                               .payload_before = {edit.payload_before},
                               .edited_at = edit.edited_at,
                               .edited_by = edit.edited_by,
                               .reason = edit.reason});
    return view;
}

std::string to_json(const DeadLetter& letter) { return json::to_text(view_of(letter)); }
std::string to_json(const Shown& shown) { return json::to_text(view_of(shown)); }

}  // namespace florin::dead_letters
