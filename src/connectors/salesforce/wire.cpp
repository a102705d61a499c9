#include "wire.hpp"

#include "florin/base/money.hpp"
#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"

namespace florin::salesforce {
namespace {

using Mirrored = cases::Crm::Mirrored;
using Outcome = cases::Crm::Outcome;

/// What the fields of a Case hold. Source: providers' notes on Salesforce, section 2.1.
constexpr std::size_t longest_subject = 255, longest_description = 32'000, longest_name = 80, longest_email = 80;
constexpr std::size_t longest_id = 18, longest_value = 1'000;

std::string_view text_at(const json::Value* value, std::string_view name) {
    const json::Value* const found = value == nullptr ? nullptr : value->find(name);
    return found == nullptr ? std::string_view{} : found->text();
}

/// `payment_failed`: `Payment failed`
std::string words_of(std::string_view code) {
    std::string words{code};
    for (char& letter : words)
        if (letter == '_') letter = ' ';
    if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
    return words;
}

std::string amount_text(const Money& amount) { return to_major_text(amount) + " " + std::string{amount.code()}; }

std::string subject_of(const cases::Case& one) {
    std::string subject = words_of(one.reason);
    if (one.amount) subject += ": " + amount_text(*one.amount);
    if (one.due_date) subject += " due " + calendar::to_text(*one.due_date);
    if (!one.customer_id.empty()) subject += ", customer " + one.customer_id;
    return json::clean_text(subject, longest_subject - 1);
}

std::string description_of(const cases::Case& one) {
    std::string text;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (value.empty()) return;
        text.append(name).append(": ").append(json::clean_text(value, longest_value)).append("\n");
    };
    add("Florin case", one.id.text());
    add("Reason", one.reason);
    add("Customer", one.customer_id);
    if (one.owner != Uuid{}) add(words_of(one.owner_kind), to_text(one.owner));
    if (one.amount) add("Amount", amount_text(*one.amount));
    if (one.due_date) add("Due", calendar::to_text(*one.due_date));
    add("Attempts", std::to_string(one.attempts));
    add("Decline", one.decline_class);
    add("Message", one.message);
    add("Correlation", one.correlation_id);
    return text.substr(0, longest_description);
}

/// The first of the errors that an answer lists, and what they say: `400 STRING_TOO_LONG: … (Subject)`.
struct Complaint {
    std::string code, text;
};
Complaint complaint_of(const http::Reply& reply) {
    Complaint complaint{.code = "http_" + std::to_string(reply.status), .text = std::to_string(reply.status)};
    const auto value = json::parse(reply.body);
    // An upsert's own errors stand in an object.
    const json::Value* list = value ? &*value : nullptr;
    if (list != nullptr && list->kind() == json::Kind::object) list = list->find("errors");
    if (list == nullptr || list->items().empty()) return complaint;
    const json::Value& first = list->items().front();
    std::string_view code = text_at(&first, "errorCode");
    if (code.empty()) code = text_at(&first, "statusCode");
    if (!code.empty()) complaint.code = json::clean_text(code, 64);
    complaint.text += " " + complaint.code;
    if (const std::string_view message = text_at(&first, "message"); !message.empty())
        complaint.text += ": " + std::string{message};
    const json::Value* const fields = first.find("fields");
    if (fields != nullptr && !fields->items().empty())
        complaint.text += " (" + std::string{fields->items().front().text()} + ")";
    return complaint;
}

/// What an answer that is no success means. Source: providers' notes on Salesforce, section 3.
Mirrored failure_of(const http::Reply& reply) {
    Complaint complaint = complaint_of(reply);
    const bool is_passing = complaint.code == "UNABLE_TO_LOCK_ROW" || complaint.code == "REQUEST_LIMIT_EXCEEDED" ||
                            // Two made the same record at once: the other one's is there now.
                            complaint.code == "DUPLICATE_VALUE";
    Outcome outcome = Outcome::unknown;
    switch (reply.status) {
        case 300:
        case 400:
        case 403:
        case 404:
        case 405:
        case 413:
        case 414:
        case 415:
            outcome = is_passing ? Outcome::deferred : Outcome::refused;
            break;
        case 302:  // The organisation has moved: the next login says where.
        case 401:
        case 409:
        case 412:
        case 420:
        case 429:
        case 503:
            outcome = Outcome::deferred;
            break;
        default:
            break;
    }
    if (reply.status == 300) complaint.text = "300: several records have this external id; the field is not unique.";
    return {.outcome = outcome, .id = {}, .code = std::move(complaint.code), .reason = std::move(complaint.text)};
}

Mirrored without_reply(const Error& error) {
    const bool has_left = error.kind == ErrorKind::outcome_unknown;
    return {.outcome = has_left ? Outcome::unknown : Outcome::deferred,
            .id = {},
            .code = has_left ? "crm_answer_lost" : "crm_unreachable",
            .reason = error.message};
}

Mirrored strange(std::string_view what) {
    return {.outcome = Outcome::unknown, .id = {}, .code = "crm_answer_strange", .reason = std::string{what}};
}

/// What asks only, and brought no answer, has changed nothing.
Mirrored asked_in_vain(Mirrored failure) {
    if (failure.outcome == Outcome::unknown) failure.outcome = Outcome::deferred;
    return failure;
}

bool is_scheme_kept(std::string_view login_url, std::string_view instance_url) {
    return instance_url.starts_with("https://") ||
           (login_url.starts_with("http://") && instance_url.starts_with("http://"));
}

}  // namespace

std::string form_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string form;
    const auto encode = [&](std::string_view text) {
        for (const char letter : text) {
            const bool is_plain = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                                  (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_' ||
                                  letter == '~';
            const auto octet = static_cast<unsigned char>(letter);
            if (is_plain)
                form.push_back(letter);
            else
                form.append(1, '%').append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
        }
    };
    for (const auto& [name, value] : fields) {
        if (!form.empty()) form.push_back('&');
        encode(name);
        form.push_back('=');
        encode(value);
    }
    return form;
}

std::string record_of(const cases::Reflection& reflection, const Settings& settings) {
    const cases::Case& one = reflection.one;
    const std::string& email = reflection.contact.email;
    std::string description = description_of(one);
    std::string record;
    json::Writer json{record};
    json.open('{').field("Subject", subject_of(one));
    // Cut, an address would be another's.
    if (email.size() > longest_email) description += "E-mail: " + email + "\n";
    json.field("Description", description).field("Origin", settings.origin).field("Priority", settings.priority);
    if (!email.empty() && email.size() <= longest_email) json.field("SuppliedEmail", email);
    if (!reflection.contact.name.empty())
        json.field("SuppliedName", json::clean_text(reflection.contact.name, longest_name - 1));
    json.field("Status", one.status == cases::Status::open ? settings.open_status : settings.closed_status);
    json.close('}');
    return record;
}

std::string status_of(std::string_view status) {
    std::string body;
    json::Writer{body}.open('{').field("Status", status).close('}');
    return body;
}

Login login_of(const Result<http::Reply>& reply, std::string_view login_url) {
    if (!reply) return {.session = {}, .failure = asked_in_vain(without_reply(reply.error()))};
    const auto value = json::parse(reply->body);
    const json::Value* const body = value ? &*value : nullptr;
    if (reply->status == 200) {
        Session session{.instance_url = std::string{text_at(body, "instance_url")},
                        .token = std::string{text_at(body, "access_token")}};
        while (session.instance_url.ends_with('/')) session.instance_url.pop_back();
        if (session.token.empty() || !is_scheme_kept(login_url, session.instance_url))
            return {.session = {}, .failure = asked_in_vain(strange("The login's answer names no token or instance."))};
        return {.session = std::move(session), .failure = {}};
    }
    const std::string error{text_at(body, "error")};
    const bool is_final = (reply->status == 400 || reply->status == 401 || reply->status == 403) && !error.empty() &&
                          error != "rate_limit_exceeded" && error != "unknown_error";
    std::string reason = std::to_string(reply->status) + " " + error;
    if (const std::string_view why = text_at(body, "error_description"); !why.empty())
        reason += ": " + std::string{why};
    return {.session = {},
            .failure = {.outcome = is_final ? Outcome::refused : Outcome::deferred,
                        .id = {},
                        .code = is_final ? "crm_login_refused" : "crm_login_failed",
                        .reason = std::move(reason)}};
}

Search search_of(const Result<http::Reply>& reply) {
    if (!reply) return {.found = {}, .failure = asked_in_vain(without_reply(reply.error()))};
    if (reply->status == 404 && complaint_of(*reply).code == "NOT_FOUND") return {};
    if (reply->status != 200) return {.found = {}, .failure = asked_in_vain(failure_of(*reply))};
    const auto value = json::parse(reply->body);
    const std::string_view id = text_at(value ? &*value : nullptr, "Id");
    if (id.empty() || id.size() > longest_id)
        return {.found = {}, .failure = asked_in_vain(strange("The record that was asked for has no id."))};
    const json::Value* const is_closed = value->find("IsClosed");
    return {.found = Found{.id = std::string{id}, .is_closed = is_closed != nullptr && is_closed->as_boolean()},
            .failure = {}};
}

Mirrored upsert_of(const Result<http::Reply>& reply, std::string_view known_id) {
    if (!reply) return without_reply(reply.error());
    if (reply->status == 204 && !known_id.empty())
        return {.outcome = Outcome::accepted, .id = std::string{known_id}, .code = {}, .reason = {}};
    if (reply->status != 200 && reply->status != 201) return failure_of(*reply);
    const auto value = json::parse(reply->body);
    const std::string_view id = text_at(value ? &*value : nullptr, "id");
    const json::Value* const success = value ? value->find("success") : nullptr;
    if (id.empty() || id.size() > longest_id || success == nullptr || !success->as_boolean())
        return strange(complaint_of(*reply).text + ": the answer does not say that the record was written.");
    return {.outcome = Outcome::accepted, .id = std::string{id}, .code = {}, .reason = {}};
}

bool is_session_over(const Result<http::Reply>& reply) { return reply && reply->status == 401; }

}  // namespace florin::salesforce
