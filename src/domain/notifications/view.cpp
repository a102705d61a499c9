#include "view.hpp"

namespace florin::notifications {
namespace {

std::optional<std::string> or_nothing(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

NotificationView view_of(const Notification& n) {
    return {.id = n.id,
            .state = to_text(n.state),
            .template_name = n.template_name,
            .language = or_nothing(n.language),
            .cause = n.cause,
            .customer_id = or_nothing(n.customer_id),
            .email = {},
            .name = {},
            .subject = {},
            .text = {},
            .html = {},
            .attempts = n.attempts,
            .provider = or_nothing(n.provider),
            .provider_reference = or_nothing(n.provider_reference),
            .error_code = or_nothing(n.error_code),
            .error = or_nothing(n.error),
            .created_at = n.created_at,
            .updated_at = n.updated_at,
            .sent_at = n.sent_at,
            .unknown_since = n.unknown_since,
            .erased_at = n.erased_at};
}

NotificationView view_of(const Opened& opened) {
    NotificationView view = view_of(opened.notification);
    if (!opened.content) return view;
    view.email = opened.content->to_email;
    view.name = or_nothing(opened.content->to_name);
    view.subject = opened.content->subject;
    view.text = opened.content->text;
    view.html = or_nothing(opened.content->html);
    return view;
}

TemplateView view_of(const Template& shown) {
    return {.name = shown.name,
            .language = shown.language,
            .is_built_in = shown.is_built_in,
            .subject = shown.words.subject,
            .text = shown.words.text,
            .html = or_nothing(shown.words.html),
            .version = shown.version,
            .created_at = shown.is_built_in ? std::nullopt : std::optional{shown.created_at},
            .updated_at = shown.is_built_in ? std::nullopt : std::optional{shown.updated_at}};
}

PreviewView view_of(Words words) {
    return {.subject = std::move(words.subject), .text = std::move(words.text), .html = or_nothing(words.html)};
}

}  // namespace florin::notifications
