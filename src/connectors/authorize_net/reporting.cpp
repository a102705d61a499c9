#include "reporting.hpp"

#include <algorithm>

namespace florin::authorize_net {
namespace {

/// How far the provider's clock may be from ours.
constexpr Millis clock_margin{5 * 60'000};
/// A charge settles within a day or two, a held one when a person has looked at it. The provider answers for
/// at most 31 days at once.
constexpr Millis settlement_window{30LL * 24 * 3'600'000};
/// Bounds on one look-up. Beyond them the answer is "not known", never "not found".
constexpr int max_pages = 100;
constexpr std::size_t max_batches = 200;
constexpr std::size_t max_matches = 8;

}  // namespace

std::unexpected<Error> unclear(std::string_view code, std::string_view message) {
    return fail(ErrorKind::outcome_unknown, code, message);
}

std::unexpected<Error> unclear(const Envelope& envelope) {
    if (envelope.reason.code.empty()) return unclear("no_answer", "The provider's answer was not understood.");
    return unclear(envelope.reason.code, envelope.reason.text);
}

Line::Line(Settings settings, std::function<http::Client&()> client)
    : settings_{std::move(settings)}, url_{settings_.base_url + "/xml/v1/request.api"}, client_{std::move(client)} {}

Task<Result<json::Value>> Line::command(std::string body) {
    return send(std::move(body), settings_.charge_timeout, false);
}
Task<Result<json::Value>> Line::query(std::string body) { return send(std::move(body), settings_.query_timeout, true); }

Task<Result<json::Value>> Line::send(std::string body, Millis timeout, bool is_repeatable) {
    http::Call call;
    call.url = url_;
    call.headers = {{"content-type", "application/json"}};
    call.body = std::move(body);
    call.timeout = timeout;
    call.is_repeatable = is_repeatable;
    const auto reply = co_await client_().send(std::move(call));
    if (!reply) co_return fail(reply.error());
    // Errors and declines come with 200 too; anything else is not the gateway speaking.
    if (reply->status != 200)
        co_return unclear("http_" + std::to_string(reply->status), "The provider answered with an HTTP error.");
    auto value = parse_reply(reply->body);
    if (!value) co_return unclear("unreadable_reply", "The provider's answer was not understood.");
    co_return std::move(*value);
}

Task<Result<Details>> Reporting::details(std::string transaction_id) {
    std::string body = details_body(line_.credentials(), transaction_id);
    const auto reply = co_await line_.query(std::move(body));
    if (!reply) co_return unclear(reply.error().code, reply.error().message);
    Details details = read_details(*reply);
    if (details.envelope.reason.code == "E00040")
        co_return fail(ErrorKind::not_found, "E00040", details.envelope.reason.text);
    if (!details.envelope.is_ok()) co_return unclear(details.envelope);
    if (details.transaction_id != transaction_id)
        co_return unclear("foreign_reply", "The provider answered for another transaction.");
    co_return std::move(details);
}

Task<Result<std::vector<std::string>>> Reporting::scan(std::function<std::string(int)> body_of, std::string reference,
                                                       Instant oldest) {
    std::vector<std::string> matches;
    for (int number = 1; number <= max_pages; ++number) {
        std::string body = body_of(number);
        const auto reply = co_await line_.query(std::move(body));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        const Page page = read_page(*reply);
        if (!page.envelope.is_ok()) co_return unclear(page.envelope);
        for (const Page::Entry& entry : page.entries) {
            if (entry.invoice_number == reference) matches.push_back(entry.transaction_id);
        }
        const bool is_last = page.entries.size() < static_cast<std::size_t>(page_size);
        if (is_last || (page.entries.back().submitted_at && *page.entries.back().submitted_at < oldest))
            co_return std::move(matches);
    }
    co_return unclear("list_too_long", "The provider's list was not read to its end.");
}

Task<Result<std::vector<Details>>> Reporting::with_invoice_number(std::string reference, Instant sent_at) {
    const Credentials credentials = line_.credentials();
    const Instant oldest = sent_at - clock_margin;

    // Unsettled first: what settles between the two is then found in its batch.
    std::function<std::string(int)> unsettled_page = [credentials](int page) {
        return unsettled_body(credentials, page);
    };
    auto matches = co_await scan(std::move(unsettled_page), reference, oldest);
    if (!matches) co_return fail(std::move(matches.error()));

    if (matches->empty()) {
        const Instant last = std::min(std::max(clock_.now(), sent_at) + clock_margin, oldest + settlement_window);
        std::string body = batches_body(credentials, oldest, last);
        const auto reply = co_await line_.query(std::move(body));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        const Batches batches = read_batches(*reply);
        if (!batches.envelope.is_ok()) co_return unclear(batches.envelope);
        if (batches.all.size() > max_batches) co_return unclear("list_too_long", "There are too many batches to read.");
        for (const Batches::Batch& batch : batches.all) {
            std::function<std::string(int)> batch_page = [credentials, id = batch.id](int page) {
                return batch_body(credentials, id, page);
            };
            auto in_batch = co_await scan(std::move(batch_page), reference, oldest);
            if (!in_batch) co_return fail(std::move(in_batch.error()));
            matches->insert(matches->end(), in_batch->begin(), in_batch->end());
        }
    }

    // A page that moved while we read may show the same transaction twice.
    std::ranges::sort(*matches);
    const auto repeated = std::ranges::unique(*matches);
    matches->erase(repeated.begin(), repeated.end());
    if (matches->size() > max_matches)
        co_return unclear("several_transactions", "Many transactions carry this reference.");

    std::vector<Details> found;
    for (const std::string& id : *matches) {
        auto details = co_await this->details(id);
        // Listed but not found: the two disagree, so nothing is known.
        if (!details) co_return unclear(details.error().code, details.error().message);
        found.push_back(std::move(*details));
    }
    co_return std::move(found);
}

}  // namespace florin::authorize_net
