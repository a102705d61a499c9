#include "florin/notifications/notifications.hpp"

#include <algorithm>

#include "florin/base/check.hpp"
#include "florin/events/events.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/card.hpp"
#include "notifications_impl.hpp"

namespace florin::notifications {
namespace {

/// By then a new mail has been tried; else the sweeper asks why not.
constexpr Millis patience_for_first = std::chrono::minutes{5};
/// Jobs end by their kind's policy, not before.
constexpr std::int64_t most_attempts = 1'000;

std::string answer_text(const Notification& notification) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("id", notification.id).field("state", to_text(notification.state)).close('}');
    return text;
}

}  // namespace

std::string job_key(const NotificationId& id) { return "notification/" + id.text(); }

std::string message_id_of(const NotificationId& id, std::string_view from_email) {
    return "<" + id.text() + "@" + std::string{from_email.substr(from_email.find('@') + 1)} + ">";
}

Notifications::Notifications(Surroundings surroundings) : impl_{std::make_unique<Impl>(std::move(surroundings))} {
    check(is_address(impl_->on.from_email) && is_header_text(impl_->on.from_name), "mails come from an address");
    check(parse_language(impl_->on.default_language) == impl_->on.default_language, "the default is a language");
}
Notifications::~Notifications() = default;

void Notifications::wake() const {
    if (impl_->on.wake) impl_->on.wake();
}

bool Notifications::enqueue(store::Tx& tx, const NewNotification& notification) const {
    return impl_->write(tx, notification).has_value();
}

std::optional<Notification> Notifications::Impl::write(store::Tx& tx, const NewNotification& wanted) const {
    check(!wanted.cause.empty() && wanted.cause.size() <= 255, "a notification has a cause");
    check(!wanted.recipient.customer_id.empty() || is_address(wanted.recipient.email),
          "a notification has a recipient");
    rows::Row row{.notification = {.merchant = wanted.merchant,
                                   .id = on.world.new_id<NotificationTag>(),
                                   .cause = std::string{wanted.cause},
                                   .template_name = std::string{wanted.template_name},
                                   .customer_id = wanted.recipient.customer_id,
                                   .language = parse_language(wanted.language).value_or(""),
                                   .state = State::queued,
                                   .provider = {},
                                   .provider_reference = {},
                                   .error_code = {},
                                   .error = {},
                                   .due_at = tx.now() + patience_for_first,
                                   .unknown_since = {},
                                   .sent_at = {},
                                   .erased_at = {},
                                   .correlation_id = std::string{wanted.correlation_id},
                                   .traceparent = std::string{wanted.traceparent},
                                   .version = 1,
                                   .created_at = tx.now(),
                                   .updated_at = tx.now()},
                  .recipient = key_of(wanted.merchant, wanted.recipient),
                  .wish = {},
                  .letter = {}};
    Notification& made = row.notification;
    const Wish wish{.contact = {.email = wanted.recipient.email, .name = wanted.recipient.name},
                    .data = std::string{wanted.data}};
    row.wish = seal(made, wish);
    if (!rows::insert(tx, row)) return std::nullopt;
    std::int64_t number = 0;
    for (const Attachment& attachment : wanted.attachments) {
        ++number;
        const std::string context = "notification_attachments.sealed_content." + std::to_string(made.merchant.value) +
                                    "." + made.id.text() + "." + std::to_string(number);
        rows::insert_attachment(
            tx, made.merchant, made.id,
            {number, attachment.name, attachment.content_type, on.keys.seal(attachment.content, context)});
    }
    const std::string payload = R"({"notification":")" + made.id.text() + R"("})";
    const std::string key = made.id.text(), order = job_key(made.id);
    jobs::enqueue(tx, {.merchant = made.merchant,
                       .id = jobs::JobId{made.id.value},
                       .kind = job_kind,
                       .payload = payload,
                       .unique_key = key,
                       .ordering_key = order,
                       .max_attempts = most_attempts,
                       .correlation_id = made.correlation_id,
                       .traceparent = made.traceparent});
    return made;
}

Task<Result<Queued>> Notifications::send(SendCommand command) {
    Impl& my = *impl_;
    if (command.cause.size() > 255 || !is_header_text(command.cause))
        co_return fail(ErrorKind::invalid, "invalid_cause", "A cause has 1 to 255 characters in one line.", "cause");
    if (!command.language.empty() && !parse_language(command.language))
        co_return fail(ErrorKind::invalid, "invalid_language", "Give a language such as de or de-AT.", "language");
    Recipient& to = command.recipient;
    if (!to.email.empty() && !is_address(to.email))
        co_return fail(ErrorKind::invalid, "invalid_email", "This is not an e-mail address that mail can be sent to.",
                       "email");
    if (!is_header_text(to.name))
        co_return fail(ErrorKind::invalid, "invalid_text", "Line breaks and tabs are not allowed.", "name");
    if (auto fit = security::refuse_card_number(command.data, "data"); !fit) co_return fail(std::move(fit.error()));

    // Made once to see that it can be, so that who asks is told what is wrong.
    Notification trial{.merchant = command.asker.merchant,
                       .id = {},
                       .cause = command.cause,
                       .template_name = command.template_name,
                       .customer_id = to.customer_id,
                       .language = parse_language(command.language).value_or("")};
    const Wish wish{.contact = {.email = to.email, .name = to.name}, .data = command.data};
    auto made = co_await my.make(trial, wish);
    if (!made && made.error().code == "template_not_found")
        co_return fail(ErrorKind::invalid, "unknown_template",
                       "There is no template of that name in a language that would do.", "template");
    if (!made) co_return fail(std::move(made.error()));

    auto queue = [&](store::Tx& tx) -> Result<Queued> {
        const NotificationId id = my.on.world.new_id<NotificationTag>();
        const std::string cause = command.cause.empty()
                                      ? "request:" + (command.guard.key.empty() ? id.text() : command.guard.key)
                                      : command.cause;
        if (!command.guard.key.empty() && idempotency::is_taken(tx, command.asker.merchant, command.guard)) {
            const auto earlier = idempotency::earlier(tx, command.asker.merchant, command.guard);
            if (!earlier) return fail(earlier.error());
            auto row = rows::find(tx, command.asker.merchant, NotificationId{earlier->transaction});
            check(row.has_value(), "a key that was taken belongs to a notification");
            return Queued{std::move(row->notification), false};
        }
        auto written = my.write(tx, {.merchant = command.asker.merchant,
                                     .cause = cause,
                                     .template_name = command.template_name,
                                     .recipient = to,
                                     .data = command.data,
                                     .language = trial.language,
                                     .correlation_id = command.asker.correlation_id,
                                     .traceparent = command.asker.traceparent});
        const bool is_new = written.has_value();
        if (!is_new) {
            auto row = rows::find_same(tx, command.asker.merchant, cause, command.template_name,
                                       my.key_of(command.asker.merchant, to));
            check(row.has_value(), "what is in the way is there");
            written = std::move(row->notification);
        }
        if (!idempotency::take(tx, command.asker.merchant, command.guard, written->id.value))
            return fail(ErrorKind::unavailable, "repeat_request",
                        "A request with this key was taken just now. Repeat yours.");
        idempotency::finish(tx, command.asker.merchant, command.guard.key, {202, answer_text(*written)});
        return Queued{std::move(*written), is_new};
    };
    auto queued = co_await my.on.store.write(queue);
    if (queued && queued->is_new) wake();
    co_return queued;
}

Task<Result<rows::Row>> Notifications::Impl::read(MerchantId merchant, NotificationId id) {
    auto read_row = [&](store::Reader& reader) -> Result<rows::Row> {
        auto row = rows::find(reader, merchant, id);
        if (!row) return no_notification();
        return std::move(*row);
    };
    co_return co_await on.store.read(read_row);
}

Task<Result<Opened>> Notifications::find(MerchantId merchant, NotificationId id) {
    Impl& my = *impl_;
    auto row = co_await my.read(merchant, id);
    if (!row) co_return fail(std::move(row.error()));
    Opened opened{row->notification, std::nullopt};
    if (row->notification.erased_at) co_return opened;
    if (!row->letter.empty()) {
        auto content = my.open_letter(*row);
        if (!content) co_return fail(std::move(content.error()));
        opened.content = std::move(*content);
        co_return opened;
    }
    const auto wish = my.open_wish(*row);
    if (!wish) co_return fail(wish.error());
    // What cannot be made has no content to show; its row says why.
    if (auto made = co_await my.make(row->notification, *wish)) {
        opened.content = std::move(made->content);
        opened.notification.language = std::move(made->language);
    }
    co_return opened;
}

Task<Result<std::vector<Notification>>> Notifications::list(MerchantId merchant, NotificationFilter filter) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<Notification>> {
        std::vector<Notification> all;
        for (rows::Row& row : rows::list(reader, merchant, filter)) all.push_back(std::move(row.notification));
        return all;
    };
    co_return co_await impl_->on.store.read(read);
}

Task<Result<Notification>> Notifications::resend(Asker asker, NotificationId id) {
    Impl& my = *impl_;
    auto let_go = [&](store::Tx& tx) -> Result<Notification> {
        const auto row = rows::find(tx, asker.merchant, id);
        if (!row) return no_notification();
        const Notification& held = row->notification;
        const bool is_held = held.state == State::failed || (held.state == State::unknown && !held.due_at);
        if (!is_held)
            return fail(ErrorKind::conflict, "notification_not_held",
                        "This mail is under way, or was sent: only one that failed, or of which nobody knows, is sent "
                        "again.");
        // A job that died is let go; where there is none any more, another is made.
        const jobs::Decision decision{.by = asker.actor, .reason = "The mail is to be sent again."};
        if (jobs::retry(tx, held.merchant, {jobs::JobId{id.value}}, decision).empty() &&
            jobs::count_open(tx, held.merchant, job_key(id)) == 0) {
            const std::string payload = R"({"notification":")" + id.text() + R"("})", order = job_key(id);
            jobs::enqueue(tx, {.merchant = held.merchant,
                               .id = my.on.world.new_id<struct jobs::JobOf>(),
                               .kind = job_kind,
                               .payload = payload,
                               .ordering_key = order,
                               .max_attempts = most_attempts,
                               .correlation_id = asker.correlation_id});
        }
        my.on.audit.append(tx, {.merchant = asker.merchant,
                                .correlation_id = asker.correlation_id,
                                .action = "notification.resent",
                                .entity_type = "notification",
                                .entity_id = id.text(),
                                .actor = asker.actor,
                                .ip_address = asker.ip_address,
                                .user_agent = asker.user_agent});
        return held;
    };
    auto released = co_await my.on.store.write(let_go);
    if (released) wake();
    co_return released;
}

void Notifications::erase(store::Tx& tx, MerchantId merchant, std::string_view customer_id) const {
    rows::erase(tx, merchant,
                impl_->key_of(merchant, {.customer_id = std::string{customer_id}, .email = {}, .name = {}}));
}

}  // namespace florin::notifications
