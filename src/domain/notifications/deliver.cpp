// One mail, from its row to the mail server and back: intent, act, record.

#include <algorithm>

#include "florin/base/check.hpp"
#include "florin/events/events.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "notifications_impl.hpp"

namespace florin::notifications {
namespace {

/// By then what is being sent is known to be sent or not.
constexpr Millis patience_for_sending = std::chrono::minutes{10};
/// By then what was put off has been tried again: longer than the longest wait between two attempts.
constexpr Millis patience_for_next = std::chrono::hours{2};
/// Whoever was away for so long between intent and sending no longer sends: somebody else may have judged already.
constexpr Millis longest_pause{20'000};
/// How long between two questions about one mail.
constexpr Millis trace_pause{5'000};
constexpr std::size_t longest_reason = 300;

std::optional<NotificationId> subject_of(std::string_view payload) {
    const auto value = json::parse(payload);
    const json::Value* const id = value ? value->find("notification") : nullptr;
    return id == nullptr ? std::nullopt : NotificationId::parse(id->text());
}

void count(std::string_view result) {
    telemetry::metrics()
        .counter("florin_notifications_total", "Mails, by what became of giving them to the mail server.",
                 {{"result", std::string{result}}})
        .add();
}

/// What mail servers say of an address repeats it, and rests where nobody erases it.
std::string without(std::string text, std::string_view address) {
    for (std::size_t at = 0; !address.empty() && (at = text.find(address, at)) != std::string::npos;)
        text.replace(at, address.size(), "[recipient]");
    return text;
}

/// `de` of `de-at`.
std::string_view base_of(std::string_view language) { return language.substr(0, language.find('-')); }

/// What fills any template, before what fills this one: who is told, and who tells.
std::string with_names(const std::string& data, std::string_view name, const Sender& sender) {
    const auto value = json::parse(data);
    if (!value || value->kind() != json::Kind::object) return data;
    std::string text;
    json::Writer json{text};
    json.open('{');
    const auto add = [&](std::string_view field, std::string_view known) {
        if (!known.empty() && value->find(field) == nullptr) json.field(field, known);
    };
    add("name", name);
    add("merchant", sender.name);
    add("support_email", sender.support_email);
    for (const auto& [field, inner] : value->members()) json.raw_field(field, json::to_text(inner));
    json.close('}');
    return text;
}

std::unexpected<Error> moved_meanwhile() {
    return fail(ErrorKind::unavailable, "notification_changed_meanwhile", "Somebody else is sending this mail.");
}

/// A job that ends like this is dead at once: the mail is on the dead-letter desk, and let go there it is sent again.
/// It is buried with its mail's row (`jobs::bury`).
std::unexpected<Error> dead(std::string_view code, std::string_view reason) {
    return fail(ErrorKind::invalid, code, reason);
}

}  // namespace

jobs::Policy Notifications::policy() {
    return {.concurrency = 4,
            .retry = {.strategy = jobs::RetryStrategy::exponential,
                      .first = Millis{15'000},
                      .longest = std::chrono::hours{1},
                      .most_attempts = 20}};
}

std::optional<rows::Row> Notifications::Impl::after(const rows::Row& row, Happening what, Instant now) {
    const auto state = next(row.notification.state, what);
    if (!state) return std::nullopt;
    rows::Row moved = row;
    Notification& n = moved.notification;
    n.state = *state;
    n.version += 1;
    n.updated_at = now;
    n.unknown_since = *state == State::unknown ? std::optional{now} : std::nullopt;
    n.sent_at = *state == State::sent ? std::optional{now} : std::nullopt;
    n.due_at = std::nullopt;
    if (*state == State::sending) n.due_at = now + patience_for_sending;
    if (*state == State::queued || *state == State::unknown) n.due_at = now + patience_for_next;
    if (*state == State::sent || *state == State::sending) n.error_code.clear(), n.error.clear();
    return moved;
}

bool Notifications::Impl::move(store::Tx& tx, const rows::Row& moved) const {
    if (!rows::update(tx, moved)) return false;
    const Notification& n = moved.notification;
    std::string data;
    json::Writer json{data};
    json.open('{').key("notification").open('{').field("id", n.id).field("state", to_text(n.state));
    json.field("template", n.template_name).field("cause", n.cause);
    if (!n.customer_id.empty()) json.field("customer_id", n.customer_id);
    if (!n.error_code.empty()) json.field("error_code", n.error_code);
    json.field("version", n.version).close('}').close('}');
    const std::string type =
        n.erased_at ? "florin.notification.erased" : "florin.notification." + std::string{to_text(n.state)};
    // The platform itself has no events: nobody could read them.
    if (n.merchant.value != 0)
        events::append(tx, {.merchant = n.merchant,
                            .type = type,
                            .subject_type = "notification",
                            .subject_id = n.id.text(),
                            .correlation_id = n.correlation_id,
                            .traceparent = n.traceparent,
                            .data = data});
    return true;
}

Task<Result<Contact>> Notifications::Impl::contact_of(const Notification& notification, const Wish& wish) {
    if (notification.customer_id.empty()) co_return wish.contact;
    auto known = co_await on.find_contact(notification.merchant, notification.customer_id);
    if (!known) co_return fail(std::move(known.error()));
    if (!wish.contact.email.empty()) {
        Contact told = wish.contact;
        if (*known) told.language = std::move((*known)->language);
        co_return told;
    }
    if (!*known || (*known)->email.empty())
        co_return fail(ErrorKind::not_found, "customer_not_found", "No e-mail address is known of this customer.");
    if (!is_address((*known)->email))
        co_return fail(ErrorKind::invalid, "invalid_email", "Mail cannot be sent to this customer's address.", "email");
    if (!is_header_text((*known)->name)) (*known)->name.clear();
    co_return std::move(**known);
}

Task<Result<Notifications::Impl::Made>> Notifications::Impl::make(const Notification& notification, const Wish& wish) {
    auto contact = co_await contact_of(notification, wish);
    if (!contact) co_return fail(std::move(contact.error()));
    Sender sender;
    std::string language;
    auto choose = [&](store::Reader& reader) -> Result<Template> {
        sender = on.find_sender && notification.merchant.value != 0 ? on.find_sender(reader, notification.merchant)
                                                                    : Sender{};
        language = on.default_language;
        for (const std::string_view wanted : {std::string_view{sender.language}, std::string_view{contact->language},
                                              std::string_view{notification.language}})
            if (auto parsed = parse_language(wanted)) language = std::move(*parsed);
        return notifications::choose_template(reader, notification.merchant, notification.template_name, language,
                                              on.default_language);
    };
    const auto chosen = co_await on.store.read(choose);
    if (!chosen) co_return fail(chosen.error());
    const bool is_that_language = base_of(chosen->language) == base_of(language);
    auto words = render(chosen->words, with_names(wish.data, contact->name, sender),
                        is_that_language ? language : chosen->language);
    if (!words) co_return fail(std::move(words.error()));
    co_return Made{.content = {.to_email = std::move(contact->email),
                               .to_name = std::move(contact->name),
                               .subject = std::move(words->subject),
                               .text = std::move(words->text),
                               .html = std::move(words->html)},
                   .language = std::move(language)};
}

Task<Result<Letter>> Notifications::Impl::letter_of(const rows::Row& row, Content content) {
    const Notification& n = row.notification;
    auto read_files = [&](store::Reader& reader) -> Result<std::vector<rows::AttachmentRow>> {
        return rows::attachments(reader, n.merchant, n.id);
    };
    const auto files = co_await on.store.read(read_files);
    if (!files) co_return fail(files.error());
    Letter letter{.id = n.id.text(),
                  .message_id = message_id_of(n.id, on.from_email),
                  .attempt = n.attempts,
                  .at = n.created_at,
                  .from_email = on.from_email,
                  .from_name = on.from_name,
                  .content = std::move(content),
                  .attachments = {}};
    for (const rows::AttachmentRow& file : *files) {
        const std::string context = "notification_attachments.sealed_content." + std::to_string(n.merchant.value) +
                                    "." + n.id.text() + "." + std::to_string(file.number);
        auto opened = on.keys.open(file.content, context);
        if (!opened) co_return fail(std::move(opened.error()));
        letter.attachments.push_back({file.name, file.content_type, std::move(*opened)});
    }
    co_return letter;
}

Task<Result<void>> Notifications::deliver(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto id = subject_of(job.payload);
    if (!id) co_return fail(ErrorKind::invalid, "job_unreadable", "The job does not name a notification.");
    auto row = co_await my.read(job.merchant, *id);
    if (!row) co_return dead(row.error().code, row.error().message);
    switch (row->notification.state) {
        case State::sent:
        case State::canceled:
            co_return Result<void>{};
        case State::sending: {
            // Whoever was sending it is no more, and has not said what became of it.
            const Delivery lost{.outcome = Outcome::unknown,
                                .code = "sender_lost",
                                .reason = "The process that was sending it ended before there was an answer."};
            co_return co_await my.record(job, *row, lost, {});
        }
        case State::unknown:
            if (row->notification.due_at) co_return co_await my.look_for(job, std::move(*row));
            // It was held for a person, who has let it go: the same letter once more.
            co_return co_await my.send_now(job, std::move(*row));
        case State::failed:
            // The same, but what was wrong may have been mended: template, address, or our account.
            row->letter.clear();
            co_return co_await my.send_now(job, std::move(*row));
        case State::queued:
            co_return co_await my.send_now(job, std::move(*row));
    }
    __builtin_unreachable();
}

Task<Result<void>> Notifications::Impl::send_now(const jobs::Job& job, rows::Row row) {
    Content content;
    std::string language = row.notification.language;
    if (row.letter.empty()) {
        const auto wish = open_wish(row);
        if (!wish) co_return fail(wish.error());
        auto made = co_await make(row.notification, *wish);
        if (!made && made.error().kind == ErrorKind::unavailable) co_return fail(std::move(made.error()));
        if (!made) co_return co_await give_up(job, row, std::move(made.error()));
        content = std::move(made->content);
        language = std::move(made->language);
    } else {
        auto opened = open_letter(row);
        if (!opened) co_return fail(std::move(opened.error()));
        content = std::move(*opened);
    }

    // Intent. From here on a crash leaves a row that says that it may have been sent.
    const Instant began = on.world.clock.now();
    auto intend = [&](store::Tx& tx) -> Result<rows::Row> {
        auto intended = after(row, Happening::intended, tx.now());
        check(intended.has_value(), "what is sent now may be");
        intended->notification.attempts += 1;
        intended->notification.language = language;
        intended->notification.provider = on.transport.name();
        intended->notification.provider_reference.clear();
        if (intended->letter.empty()) intended->letter = seal(intended->notification, content);
        if (!rows::update(tx, *intended)) return moved_meanwhile();
        return std::move(*intended);
    };
    const auto intended = co_await on.store.write(intend);
    if (!intended) co_return fail(intended.error());
    auto letter = co_await letter_of(*intended, std::move(content));
    const bool is_late = *job.is_lost || on.world.clock.now() - began > longest_pause;
    if (!letter || is_late) {
        auto withhold = [&](store::Tx& tx) -> Result<bool> {
            auto withheld = after(*intended, Happening::withheld, tx.now());
            return withheld && rows::update(tx, *withheld);
        };
        const auto withheld = co_await on.store.write(withhold);
        if (!withheld) co_return fail(withheld.error());
        if (!letter) co_return fail(std::move(letter.error()));
        co_return fail(ErrorKind::unavailable, "sender_was_away", "Too long has passed since it was to be sent.");
    }

    // Act. No transaction is open.
    const Delivery delivery = co_await on.transport.send(*letter);
    co_return co_await record(job, *intended, delivery, letter->content.to_email);
}

Task<Result<void>> Notifications::Impl::record(const jobs::Job& job, const rows::Row& sent, const Delivery& delivery,
                                               std::string_view to) {
    const Happening what = delivery.outcome == Outcome::accepted   ? Happening::accepted
                           : delivery.outcome == Outcome::deferred ? Happening::deferred
                           : delivery.outcome == Outcome::refused  ? Happening::refused
                                                                   : Happening::lost;
    const bool is_traceable = on.transport.trace_delay() > Millis{0};
    const std::string reason = json::clean_text(without(delivery.reason, to), longest_reason);
    const Error death = (delivery.outcome == Outcome::refused
                             ? dead(delivery.code, reason)
                             : dead("mail_outcome_unknown",
                                    "It may have been sent, and the mail server cannot be asked. Let it go only if it "
                                    "did not arrive: " +
                                        reason))
                            .error();
    auto write_outcome = [&](store::Tx& tx) -> Result<bool> {
        // As it is now: whoever took over a lost lease may have called it unknown, and this is the answer.
        const auto row = rows::find(tx, sent.notification.merchant, sent.notification.id);
        check(row.has_value(), "what was sent has a row");
        const bool is_of_this_attempt = row->notification.attempts == sent.notification.attempts;
        auto moved = is_of_this_attempt || what == Happening::accepted ? after(*row, what, tx.now()) : std::nullopt;
        if (!moved) return false;
        Notification& n = moved->notification;
        if (!delivery.reference.empty()) n.provider_reference = json::clean_text(delivery.reference, longest_reason);
        n.error_code = delivery.code;
        n.error = reason;
        if (n.state == State::unknown && !is_traceable) n.due_at = std::nullopt;
        if (!move(tx, *moved)) return moved_meanwhile();
        // With the outcome, so that both are true or neither is. A lost lease changes nothing of what has happened.
        if (n.state == State::sent) (void)jobs::finish(tx, job);
        if (n.state == State::unknown && is_traceable) (void)jobs::postpone(tx, job, tx.now() + trace_pause);
        if (n.state == State::failed || (n.state == State::unknown && !is_traceable)) (void)jobs::bury(tx, job, death);
        return true;
    };
    const auto written = co_await on.store.write(write_outcome);
    if (!written) co_return fail(written.error());
    constexpr std::array results{"accepted", "deferred", "refused", "unknown"};
    count(results[static_cast<std::size_t>(delivery.outcome)]);
    if (!*written || delivery.outcome == Outcome::accepted) co_return Result<void>{};
    telemetry::warning("notification.not_sent", {{"notification_id", sent.notification.id},
                                                 {"merchant", sent.notification.merchant},
                                                 {"attempt", sent.notification.attempts},
                                                 {"outcome", results[static_cast<std::size_t>(delivery.outcome)]},
                                                 {"code", delivery.code},
                                                 {"correlation_id", sent.notification.correlation_id}});
    if (delivery.outcome == Outcome::refused) co_return fail(death);
    if (delivery.outcome == Outcome::deferred) co_return fail(ErrorKind::unavailable, delivery.code, reason);
    if (is_traceable) co_return Result<void>{};
    co_return fail(death);
}

Task<Result<void>> Notifications::Impl::look_for(const jobs::Job& job, rows::Row row) {
    auto opened = open_letter(row);
    if (!opened) co_return fail(std::move(opened.error()));
    auto letter = co_await letter_of(row, std::move(*opened));
    if (!letter) co_return fail(std::move(letter.error()));
    const Trace trace = co_await on.transport.trace(*letter);
    const bool is_old = on.world.clock.now() - *row.notification.unknown_since > on.transport.trace_delay();
    const Error death =
        dead("mail_outcome_unknown",
             "It may have been sent, and the mail server does not tell. Let it go only if it did not arrive.")
            .error();
    const bool is_lost = trace == Trace::not_found && is_old;
    auto write_finding = [&](store::Tx& tx) -> Result<bool> {
        if (trace == Trace::found || is_lost) {
            auto moved = after(row, is_lost ? Happening::not_there : Happening::accepted, tx.now());
            check(moved.has_value(), "what was lost can be found");
            if (!move(tx, *moved)) return moved_meanwhile();
            return is_lost ? jobs::postpone(tx, job, tx.now()) : jobs::finish(tx, job);
        }
        if (trace != Trace::impossible) return jobs::postpone(tx, job, tx.now() + trace_pause);
        rows::Row held = row;
        held.notification.due_at = std::nullopt;
        held.notification.version += 1;
        held.notification.updated_at = tx.now();
        if (!rows::update(tx, held)) return moved_meanwhile();
        (void)jobs::bury(tx, job, death);
        return true;
    };
    const auto written = co_await on.store.write(write_finding);
    if (!written) co_return fail(written.error());
    if (trace == Trace::found) count("found");
    if (trace == Trace::impossible) co_return fail(death);
    co_return Result<void>{};
}

Task<Result<void>> Notifications::Impl::give_up(const jobs::Job& job, const rows::Row& row, Error why) {
    const Error death = dead(why.code, why.message).error();
    auto write_failure = [&](store::Tx& tx) -> Result<bool> {
        auto failed = after(row, Happening::refused, tx.now());
        check(failed.has_value(), "what was not sent can fail");
        failed->notification.error_code = why.code;
        failed->notification.error = json::clean_text(why.message, longest_reason);
        if (!move(tx, *failed)) return moved_meanwhile();
        (void)jobs::bury(tx, job, death);
        return true;
    };
    const auto written = co_await on.store.write(write_failure);
    if (!written) co_return fail(written.error());
    count("refused");
    co_return fail(death);
}

}  // namespace florin::notifications
