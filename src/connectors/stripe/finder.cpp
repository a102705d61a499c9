#include "finder.hpp"

#include <algorithm>

#include "classify.hpp"
#include "requests.hpp"

namespace florin::stripe {
namespace {

/// How far Stripe's clock may be from ours.
constexpr Millis clock_margin{5 * 60'000};
/// A request that arrives later than this is found by the search.
constexpr Millis longest_journey{10 * 60'000};
/// Before that the search shows nothing that the list does not.
constexpr Millis search_lag{60'000};
/// Bounds on one look-up. Beyond them the answer is "not known", never "not found".
constexpr int max_pages = 50;
constexpr std::size_t max_matches = 8;

bool is_plain_reference(std::string_view reference) {
    return !reference.empty() && std::ranges::all_of(reference, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

}  // namespace

std::unexpected<Error> unclear(std::string_view code, std::string_view message) {
    return fail(ErrorKind::outcome_unknown, code, message);
}

Task<Result<json::Value>> Finder::read(std::string path) {
    auto reply = co_await line_.query(std::move(path));
    if (!reply) co_return unclear(reply.error().code, reply.error().message);
    if (reply->is_good()) co_return std::move(reply->body);
    const auto problem = read_problem(reply->body);
    if (!problem)
        co_return unclear("http_" + std::to_string(reply->status), "The provider's answer was not understood.");
    if (reply->status == 404 && problem->code == "resource_missing")
        co_return fail(ErrorKind::not_found, problem->code, problem->message);
    // Rights and keys can be put right, and then the answer is another one.
    co_return unclear(problem->code.empty() ? problem->type : problem->code, problem->message);
}

Task<Result<Intent>> Finder::intent(std::string id) {
    const auto reply = co_await read("payment_intents/" + id + "?expand%5B0%5D=latest_charge");
    if (!reply) co_return fail(reply.error());
    auto found = read_intent(*reply);
    if (!found || found->id != id) co_return unclear("foreign_reply", "The provider answered for another payment.");
    co_return std::move(*found);
}

Task<Result<std::vector<std::string>>> Finder::listed(std::string reference, Instant sent_at, bool& is_whole) {
    is_whole = false;
    std::vector<std::string> ids;
    const std::string window =
        "payment_intents?limit=100&created%5Bgte%5D=" + std::to_string((sent_at - clock_margin).ms / 1'000) +
        "&created%5Blte%5D=" + std::to_string((sent_at + clock_margin + longest_journey).ms / 1'000);
    std::string after;
    for (int page_number = 0; page_number < max_pages; ++page_number) {
        const auto reply = co_await read(after.empty() ? window : window + "&starting_after=" + encoded(after));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        const auto page = read_page(*reply);
        if (!page) co_return unclear("foreign_reply", "The provider did not answer with a list.");
        for (const json::Value* item : page->items) {
            const auto intent = read_intent(*item);
            if (!intent) co_return unclear("foreign_reply", "The provider's list holds something else.");
            if (intent->reference == reference) ids.push_back(intent->id);
            after = intent->id;
        }
        is_whole = !page->has_more;
        if (is_whole || page->items.empty() || ids.size() > max_matches) break;
    }
    co_return ids;
}

Task<Result<std::vector<std::string>>> Finder::searched(std::string reference) {
    const auto reply =
        co_await read("payment_intents/search?limit=20&query=" + encoded("metadata['reference']:'" + reference + "'"));
    if (!reply) co_return fail(reply.error());
    const auto page = read_page(*reply);
    if (!page || page->has_more) co_return unclear("foreign_reply", "The provider's search was not understood.");
    std::vector<std::string> ids;
    for (const json::Value* item : page->items) {
        const auto intent = read_intent(*item);
        if (intent && intent->reference == reference) ids.push_back(intent->id);
    }
    co_return ids;
}

Task<Result<std::vector<Intent>>> Finder::intents(std::string reference, Instant sent_at) {
    if (!is_plain_reference(reference)) co_return unclear("invalid_reference", "The reference cannot be looked up.");
    bool is_whole = false;
    auto ids = co_await listed(reference, sent_at, is_whole);
    if (!ids) co_return fail(std::move(ids.error()));
    if (ids->empty() && (!is_whole || clock_.now() - sent_at > search_lag)) {
        auto late = co_await searched(reference);
        // Accounts without a search have lists all the same.
        if (late)
            ids = std::move(late);
        else if (!is_whole)
            co_return fail(std::move(late.error()));
    }
    if (ids->empty() && !is_whole) co_return unclear("list_too_long", "The provider's list was not read to its end.");
    if (ids->size() > max_matches) co_return unclear("several_transactions", "Many payments carry this reference.");
    std::vector<Intent> found;
    for (const std::string& id : *ids) {
        auto one = co_await intent(id);
        if (!one) co_return unclear(one.error().code, one.error().message);
        found.push_back(std::move(*one));
    }
    co_return found;
}

template <class T>
Task<Result<std::vector<T>>> Finder::all(std::string list, std::optional<T> (*read_one)(const json::Value& object)) {
    std::vector<T> found;
    std::string after;
    for (int page_number = 0; page_number < max_pages; ++page_number) {
        const auto reply = co_await read(after.empty() ? list : list + "&starting_after=" + encoded(after));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        const auto page = read_page(*reply);
        if (!page) co_return unclear("foreign_reply", "The provider did not answer with a list.");
        for (const json::Value* item : page->items) {
            auto one = read_one(*item);
            if (!one) co_return unclear("foreign_reply", "The provider's list holds something else.");
            after = one->id;
            found.push_back(std::move(*one));
        }
        if (!page->has_more) co_return found;
        if (page->items.empty()) break;
    }
    co_return unclear("list_too_long", "The provider's list was not read to its end.");
}

Task<Result<std::vector<Refund>>> Finder::refunds(std::string intent) {
    return all<Refund>("refunds?limit=100&payment_intent=" + encoded(intent), &read_refund);
}

Task<Result<std::vector<Dispute>>> Finder::disputes(std::string intent) {
    return all<Dispute>("disputes?limit=100&payment_intent=" + encoded(intent), &read_dispute);
}

}  // namespace florin::stripe
