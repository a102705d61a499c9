// From what mails say to what rests of it, and back.

#include <cstring>

#include "florin/base/check.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "notifications_impl.hpp"

namespace florin::notifications {
namespace {

std::string place(std::string_view column, const Notification& notification) {
    return "notifications." + std::string{column} + "." + std::to_string(notification.merchant.value) + "." +
           notification.id.text();
}

std::string text_at(const json::Value& object, std::string_view name) {
    const json::Value* const found = object.find(name);
    return found == nullptr ? std::string{} : std::string{found->text()};
}

void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

constexpr json::Limits own_limits{.max_bytes = 8 * 1024 * 1024, .max_depth = 20, .max_nodes = 100'000};

json::Value parsed(std::string_view text) {
    auto value = json::parse(text, own_limits);
    check(value && value->kind() == json::Kind::object, "what was sealed of a mail can be read");
    return std::move(*value);
}

}  // namespace

std::string Notifications::Impl::key_of(MerchantId merchant, const Recipient& recipient) const {
    if (!recipient.customer_id.empty()) return "customer:" + recipient.customer_id;
    std::string folded = recipient.email;
    for (char& c : folded)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto digest = security::hmac_sha256(address_key.expose(), std::to_string(merchant.value) + ":" + folded);
    return "address:" + security::to_hex(digest);
}

rows::Sealed Notifications::Impl::seal(const Notification& notification, const Wish& wish) const {
    std::string text;
    text.reserve(1'024 + wish.data.size());
    json::Writer json{text};
    json.open('{').field("email", wish.contact.email).field("name", wish.contact.name);
    json.raw_field("data", wish.data).close('}');
    rows::Sealed sealed = on.keys.seal(text, place("sealed_wish", notification));
    wipe(text);
    return sealed;
}

rows::Sealed Notifications::Impl::seal(const Notification& notification, const Content& content) const {
    std::string text;
    text.reserve(4'096 + 2 * (content.text.size() + content.html.size()));
    json::Writer json{text};
    json.open('{').field("email", content.to_email).field("name", content.to_name);
    json.field("subject", content.subject).field("text", content.text).field("html", content.html).close('}');
    rows::Sealed sealed = on.keys.seal(text, place("sealed_letter", notification));
    wipe(text);
    return sealed;
}

Result<Wish> Notifications::Impl::open_wish(const rows::Row& row) const {
    auto text = on.keys.open(row.wish, place("sealed_wish", row.notification));
    if (!text) return fail(std::move(text.error()));
    const json::Value value = parsed(*text);
    wipe(*text);
    Wish wish{.contact = {.email = text_at(value, "email"), .name = text_at(value, "name")}, .data = "{}"};
    if (const json::Value* const data = value.find("data")) wish.data = json::to_text(*data);
    return wish;
}

Result<Content> Notifications::Impl::open_letter(const rows::Row& row) const {
    auto text = on.keys.open(row.letter, place("sealed_letter", row.notification));
    if (!text) return fail(std::move(text.error()));
    const json::Value value = parsed(*text);
    wipe(*text);
    return Content{.to_email = text_at(value, "email"),
                   .to_name = text_at(value, "name"),
                   .subject = text_at(value, "subject"),
                   .text = text_at(value, "text"),
                   .html = text_at(value, "html")};
}

}  // namespace florin::notifications
