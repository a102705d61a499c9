#include "plans.hpp"

#include <map>

#include "florin/json/value.hpp"

namespace florin::sim {
namespace {

const store::Sql count_declined{"sim.declined", "SELECT count(*) FROM transactions WHERE status = 'declined'"};

struct Answer {
    int status = 0;
    json::Value body;
    const json::Value& at(std::string_view name) const {
        const json::Value* found = body.find(name);
        check(found != nullptr, "the answer has that field");
        return *found;
    }
    std::string text(std::string_view name) const { return std::string{at(name).text()}; }
    std::int64_t number(std::string_view name) const { return std::stoll(text(name)); }
};

/// A merchant's program that asks until it is answered.
class Merchant {
public:
    explicit Merchant(Installation& at) : at_{at} {}

    /// Until there is an answer that is final: neither lost, nor "not now".
    Task<Answer> ask(std::string method, std::string path, std::string body = {}) {
        const std::string key = "plan-" + std::to_string(++keys_);
        std::string query;
        if (const auto mark = path.find('?'); mark != std::string::npos) {
            query = path.substr(mark + 1);
            path.resize(mark);
        }
        for (;;) {
            http::Request request{
                .method = method, .path = path, .query = query, .headers = {}, .body = body, .peer = "10.0.0.1"};
            request.headers.emplace_back("authorization", "Bearer " + at_.authorize_net_shop.key);
            request.headers.emplace_back("content-type", "application/json");
            if (method == "POST") request.headers.emplace_back("idempotency-key", key);
            const auto response = co_await at_.ask(std::move(request));
            const bool is_final = response && response->status < 500 && response->status != 429 &&
                                  response->body.find("changed_meanwhile") == std::string::npos;
            if (is_final) {
                auto value = json::parse(response->body);
                if (value) co_return Answer{response->status, std::move(*value)};
            }
            co_await sleep_for(Millis{700});
        }
    }

    Task<void> open_clock(std::string now) {
        std::string wish = R"({"now":")" + now + "\"}";
        const Answer made = co_await ask("POST", "/api/v1/test_clocks", std::move(wish));
        if (made.status == 201) {
            clock_ = made.text("id");
            co_return;
        }
        // It was made, and the answer lost.
        const Answer all = co_await ask("GET", "/api/v1/test_clocks");
        clock_ = std::string{all.at("data").items().front().find("id")->text()};
    }

    Task<void> advance(std::string to) {
        for (;;) {
            std::string wish = R"({"to":")" + to + "\"}";
            const Answer moved = co_await ask("POST", "/api/v1/test_clocks/" + clock_ + "/advance", std::move(wish));
            if (moved.status == 200 && moved.text("status") == "ready") co_return;
            co_await sleep_for(Millis{700});
        }
    }

private:
    Installation& at_;
    std::string clock_;
    std::uint64_t keys_ = 0;
};

/// All that a life leaves behind that is looked at.
struct Left {
    bool is_over = false;
    std::string status;
    std::int64_t paid = 0, refunded = 0, earned = 0, cases = 0;
};

Task<std::string> make_plan(Merchant& merchant, std::string card, std::string months, std::string total) {
    const Answer stored = co_await merchant.ask(
        "POST", "/api/v1/payment_methods",
        R"({"customer_id":"c1","card":{"number":")" + card + R"(","expiry_month":12,"expiry_year":2040,"cvv":"123"}})");
    check(stored.status == 201, "the card is stored");
    const Answer made = co_await merchant.ask("POST", "/payment_terms",
                                              R"({"customer_id":"c1","total_amount":)" + total +
                                                  R"(,"start_date":"2031-01-31","term_duration":)" + months +
                                                  R"(,"billing_day":31,"payment_terms":{"payment_method_token":")" +
                                                  stored.text("payment_method_token") + "\"}}");
    check(made.status == 201, "the plan is made");
    co_return made.text("payment_terms_id");
}

Task<void> live(Installation& at, PlanLife life, Left& left) {
    Merchant merchant{at};
    co_await merchant.open_clock("2031-01-20T00:00:00Z");
    std::string plan;
    if (life == PlanLife::adjusted_and_canceled) {
        plan = co_await make_plan(merchant, "4111111111111111", "3", "30001");
        co_await merchant.advance("2031-02-01T00:00:00Z");
        co_await merchant.ask("PATCH", "/payment_terms/" + plan, R"({"total_amount":36000})");
        co_await merchant.advance("2031-03-05T00:00:00Z");
        co_await merchant.ask("DELETE", "/payment_terms/" + plan);
        co_await merchant.advance("2031-03-07T00:00:00Z");
    } else {
        plan = co_await make_plan(merchant, "4000000000009995", "2", "20000");
        // An outcome that a crash has left open is looked up after longer than a clock waits: its retry comes later.
        for (int day = 10; day < 16 && left.cases < 2; ++day) {
            co_await merchant.advance("2031-03-" + std::to_string(day) + "T00:00:00Z");
            const Answer cases = co_await merchant.ask("GET", "/api/v1/cases?status=open");
            left.cases = static_cast<std::int64_t>(cases.at("data").items().size());
            if (left.cases < 2) co_await sleep_for(Millis{60'000});
        }
    }
    for (int look = 0; look < 200; ++look) {
        const Answer now = co_await merchant.ask("GET", "/payment_terms/" + plan);
        left.status = now.text("status");
        left.paid = now.number("paid_amount");
        left.refunded = now.number("refunded_amount");
        if (left.status == "canceled") {
            const json::Value* earned = now.at("cancellation").find("earned_amount");
            left.earned = std::stoll(std::string{earned->text()});
        }
        if (life == PlanLife::never_paid || left.status == "canceled") break;
        co_await sleep_for(Millis{700});
    }
    left.is_over = true;
}

}  // namespace

std::string_view to_text(PlanLife life) {
    return life == PlanLife::adjusted_and_canceled ? "a plan adjusted and canceled" : "a plan that is never paid";
}

Course run_plan(PlanLife life, std::uint64_t death) {
    const std::size_t errors_before = Installation::errors().size();
    Course result;
    Installation at{7'000 + death};
    const Memory memory;
    at.moments.dies_at = [&](std::uint64_t number, std::string_view what) {
        if (number != death) return false;
        result.died_at = what;
        return true;
    };
    Left left;
    at.outside.spawn(live(at, life, left));
    const bool is_done = at.run_clients(Millis{900'000});
    result.moments = at.moments.passed();
    const bool is_settled = at.settle(Millis{60'000});
    result.objections = judge(at, memory);
    const auto object = [&](std::string law, std::string what) {
        result.objections.push_back({std::move(law), std::move(what)});
    };
    if (!is_done || !left.is_over) object("every client gets a final answer", std::string{to_text(life)});
    if (!is_settled) object("all is settled in a minute", std::string{to_text(life)});
    std::int64_t net = 0, charges = 0;
    for (const sandbox::Movement& movement : at.sandbox->movements()) {
        const bool is_charge = movement.type == "purchase" || movement.type == "capture";
        net += is_charge ? movement.amount_minor : -movement.amount_minor;
        if (is_charge) ++charges;
    }
    const std::string money = "paid " + std::to_string(left.paid) + ", refunded " + std::to_string(left.refunded) +
                              ", earned " + std::to_string(left.earned) + ", at the provider " + std::to_string(net) +
                              " of " + std::to_string(charges) + " charges, " + left.status;
    if (left.paid - left.refunded != net) object("a plan's sums are the provider's", money);
    if (life == PlanLife::adjusted_and_canceled) {
        if (left.status != "canceled") object("a cancellation comes to its end", money);
        if (net != left.earned) object("after a cancellation what was earned is kept", money);
        // Two instalments, and what the adjustment left to be paid of the first (F84).
        if (charges != 3) object("one charge for each period", money);
    } else {
        auto count = [](store::Reader& reader) -> Result<std::int64_t> {
            return reader.first(count_declined, [](const store::Row& row) { return row.integer(0); }).value_or(0);
        };
        const std::int64_t declined = at.look(count);
        // F82: exactly one more try, then a case; and the next instalment is due on its own day.
        if (declined != 4 || left.cases != 2)
            object("one retry and one case for each",
                   std::to_string(declined) + " tries, " + std::to_string(left.cases) + " cases");
    }
    for (std::size_t i = errors_before; i < Installation::errors().size(); ++i)
        object("no error is logged", Installation::errors()[i]);
    return result;
}

}  // namespace florin::sim
