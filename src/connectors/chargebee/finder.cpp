#include "finder.hpp"

#include <algorithm>

#include "requests.hpp"

namespace florin::chargebee {
namespace {

/// A request that arrives later than this is found among the latest.
constexpr Millis longest_journey{60 * 60'000};
/// Bounds on one look-up, in pages of a hundred. Beyond them the answer is "not known", never "not found".
constexpr int most_pages = 50;
constexpr int most_latest_pages = 5;

std::unexpected<Error> unclear(std::string_view code, std::string_view message) {
    return fail(ErrorKind::outcome_unknown, code, message);
}
std::unexpected<Error> unclear(const Error& error) { return unclear(error.code, error.message); }
std::unexpected<Error> too_long() { return unclear("list_too_long", "The provider's list was not read to its end."); }
std::unexpected<Error> foreign() {
    return unclear("foreign_reply", "The provider answered with something else than was asked for.");
}
std::unexpected<Error> nothing() {
    return fail(ErrorKind::not_found, "not_found", "The provider shows nothing of that reference.");
}

std::string seconds(Instant at) { return std::to_string(at.ms / 1'000); }

}  // namespace

Task<Result<json::Value>> Finder::read(std::string path) {
    auto reply = co_await line_.query(std::move(path));
    if (!reply) co_return unclear(reply.error());
    if (reply->is_good()) co_return std::move(reply->body);
    const auto problem = read_problem(reply->body);
    if (!problem)
        co_return unclear("http_" + std::to_string(reply->status), "The provider's answer was not understood.");
    if (reply->status == 404 && problem->code == "resource_not_found")
        co_return fail(ErrorKind::not_found, problem->code, problem->message);
    // Rights and keys can be put right, and then the answer is another one.
    co_return unclear(problem->code, problem->message);
}

Task<Result<bool>> Finder::each(std::string path, int max_pages, const Sink& sink) {
    path += path.find('?') == std::string::npos ? "?limit=100" : "&limit=100";
    std::string offset;
    for (int number = 0; number < max_pages; ++number) {
        const auto reply = co_await read(offset.empty() ? path : path + "&offset=" + encoded(offset));
        if (!reply) co_return fail(reply.error());
        const auto page = read_page(*reply);
        if (!page) co_return foreign();
        for (const json::Value* item : page->items)
            if (!sink(*item)) co_return true;
        if (page->next_offset.empty()) co_return true;
        offset = page->next_offset;
    }
    co_return false;
}

Task<Result<Invoice>> Finder::invoice_of_page(std::string reference) {
    if (!is_id(reference)) co_return unclear("invalid_reference", "The reference cannot be looked up.");
    std::optional<Invoice> found;
    bool is_readable = true, are_several = false;
    const Sink take = [&](const json::Value& item) {
        auto one = read_invoice_in(item);
        is_readable = is_readable && one.has_value();
        if (!one || one->po_number != reference) return true;
        are_several = found.has_value();
        found = std::move(one);
        return !are_several;
    };
    const auto is_whole = co_await each("invoices?customer_id%5Bis%5D=" + reference, most_pages, take);
    if (!is_whole) co_return unclear(is_whole.error());
    if (!is_readable) co_return foreign();
    if (are_several) co_return unclear("several_transactions", "More than one invoice carries this reference.");
    if (found) co_return std::move(*found);
    if (!*is_whole) co_return too_long();
    co_return nothing();
}

Task<Result<Invoice>> Finder::invoice(std::string reference, Instant sent_at) {
    auto own = co_await invoice_of_page(reference);
    if (own || own.error().kind != ErrorKind::not_found) co_return own;

    std::optional<Invoice> found;
    bool is_readable = true;
    const Sink take = [&](const json::Value& item) {
        auto one = read_invoice_in(item);
        is_readable = is_readable && one.has_value();
        if (!one || one->po_number != reference) return true;
        found = std::move(one);
        return false;
    };
    const Instant latest = sent_at + longest_journey;
    const std::string between = "[" + seconds(sent_at - clock_margin) + "," + seconds(latest + clock_margin) + "]";
    const std::string window = "invoices?date%5Bbetween%5D=" + encoded(between) + "&sort_by%5Basc%5D=date";
    const auto is_whole = co_await each(window, most_pages, take);
    if (!is_whole) co_return unclear(is_whole.error());
    if (!found && clock_.now() > latest) {
        const auto looked = co_await each("invoices?date%5Bafter%5D=" + seconds(latest) + "&sort_by%5Bdesc%5D=date",
                                          most_latest_pages, take);
        if (!looked) co_return unclear(looked.error());
    }
    if (!is_readable) co_return foreign();
    if (found) co_return std::move(*found);
    if (!*is_whole) co_return too_long();
    co_return nothing();
}

Task<Result<std::vector<Transaction>>> Finder::payments(std::string invoice) {
    std::vector<Transaction> all;
    bool is_readable = true;
    const Sink take = [&](const json::Value& item) {
        auto one = read_transaction_in(item);
        is_readable = is_readable && one.has_value();
        if (one && one->type == "payment") all.push_back(std::move(*one));
        return true;
    };
    const auto is_whole = co_await each("invoices/" + invoice + "/payments", most_pages, take);
    if (!is_whole) co_return unclear(is_whole.error());
    if (!is_readable) co_return foreign();
    if (!*is_whole) co_return too_long();
    // The newest come first.
    std::ranges::reverse(all);
    co_return all;
}

Task<Result<Transaction>> Finder::transaction(std::string id) {
    const auto reply = co_await read("transactions/" + id);
    if (!reply) co_return fail(reply.error());
    auto found = read_transaction_in(*reply);
    if (!found || found->id != id) co_return foreign();
    co_return std::move(*found);
}

Task<Result<std::vector<CreditNote>>> Finder::credit_notes(std::string invoice) {
    std::vector<CreditNote> all;
    bool is_readable = true;
    const Sink take = [&](const json::Value& item) {
        auto one = read_credit_note_in(item);
        is_readable = is_readable && one && one->invoice_id == invoice;
        if (one) all.push_back(std::move(*one));
        return true;
    };
    const auto is_whole = co_await each("credit_notes?reference_invoice_id%5Bis%5D=" + invoice, most_pages, take);
    if (!is_whole) co_return unclear(is_whole.error());
    if (!is_readable) co_return foreign();
    if (!*is_whole) co_return too_long();
    co_return all;
}

Task<Result<HostedPage>> Finder::page(std::string id) {
    const auto reply = co_await read("hosted_pages/" + id);
    if (!reply) co_return fail(reply.error());
    auto found = read_hosted_page_in(*reply);
    if (!found || found->id != id) co_return foreign();
    co_return std::move(*found);
}

Task<Result<HostedPage>> Finder::page_of(std::string reference, Instant sent_at) {
    std::optional<HostedPage> found;
    bool is_readable = true;
    const Sink take = [&](const json::Value& item) {
        auto one = read_hosted_page_in(item);
        is_readable = is_readable && one.has_value();
        if (!one || one->pass_thru_content != reference) return true;
        found = std::move(one);
        return false;
    };
    const std::string since = seconds(sent_at - clock_margin);
    const auto is_whole =
        co_await each("hosted_pages?type%5Bis%5D=checkout_one_time&updated_at%5Bafter%5D=" + since, most_pages, take);
    if (!is_whole) co_return unclear(is_whole.error());
    if (!is_readable) co_return foreign();
    if (found) co_return std::move(*found);
    if (!*is_whole) co_return too_long();
    co_return nothing();
}

Task<Result<std::string>> Finder::source_of(std::string customer) {
    std::string found;
    const Sink take = [&](const json::Value& item) {
        found = read_source_id_in(item);
        return found.empty();
    };
    const auto is_whole = co_await each("payment_sources?customer_id%5Bis%5D=" + customer, 1, take);
    if (!is_whole) co_return unclear(is_whole.error());
    if (!is_id(found)) co_return nothing();
    co_return found;
}

}  // namespace florin::chargebee
