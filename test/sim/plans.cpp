#include "plans.hpp"

#include <map>

#include "billing_judge.hpp"
#include "florin/calendar/calendar.hpp"
#include "merchant.hpp"
#include "taken_back_judge.hpp"

namespace florin::sim {
namespace {

const store::Sql count_declined{"sim.declined", "SELECT count(*) FROM transactions WHERE status = 'declined'"};

/// All that a life leaves behind that is looked at.
struct Left {
    bool is_over = false;
    std::string status;
    std::int64_t paid = 0, refunded = 0, earned = 0, cases = 0;
    std::string missed;
};

Task<std::string> make_plan(Merchant& merchant, std::string card, std::string months, std::string total) {
    const std::string token = co_await merchant.store_card("c1", std::move(card));
    const Answer made = co_await merchant.ask(
        "POST", "/payment_terms",
        R"({"customer_id":"c1","total_amount":)" + total + R"(,"start_date":"2031-01-31","term_duration":)" + months +
            R"(,"billing_day":31,"payment_terms":{"payment_method_token":")" + token + "\"}}");
    check(made.status == 201, "the plan is made");
    co_return made.text("payment_terms_id");
}

Task<void> live(Installation& at, PlanLife life, Left& left) {
    Merchant merchant{at, at.authorize_net_shop};
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

/// Weeks go by as the world's do; in some of them nobody is there.
Task<void> live_over_downtime(Installation& at, Left& left) {
    constexpr Millis day = std::chrono::days{1};
    Merchant merchant{at, at.stripe_shop};
    co_await merchant.ask("POST", "/api/v1/customers", R"({"customer_id":"c1","email":"ada@example.com"})");
    const std::string token = co_await merchant.store_card("c1", "4111111111111111");
    const std::string today = calendar::to_text(calendar::Zone::utc().date_of(at.clock.now()));
    const Answer terms = co_await merchant.ask(
        "POST", "/payment_terms",
        R"({"customer_id":"c1","total_amount":30001,"currency":"USD","start_date":")" + today +
            R"(","term_duration":4,"billing_day":25,"payment_terms":{"payment_method_token":")" + token + "\"}}");
    const Answer made = co_await merchant.ask(
        "POST", "/api/v1/subscriptions",
        R"({"customer_id":"c1","amount":10.00,"currency":"USD","billing_cycle":"weekly","payment_method_token":")" +
            token + "\"}");
    check(terms.status == 201 && made.status == 201, "agreements are made");
    const std::string plan = "/payment_terms/" + terms.text("payment_terms_id");
    const std::string subscription = "/api/v1/subscriptions/" + made.text("id");
    at.clock.jump(8 * day);
    // In the midst of what is charged now (F84).
    co_await merchant.ask("PATCH", plan, R"({"total_amount":24000})");
    co_await merchant.ask("PUT", subscription, R"({"amount":25.00,"proration":"charge_now"})");
    co_await sleep_for(Millis{5'000});
    at.die();
    co_await sleep_for(Millis{1});
    at.clock.jump(31 * day);  // F71: four periods and an instalment at once.
    co_await sleep_for(Millis{6'000});
    // F85
    co_await merchant.ask("POST", subscription + "/cancel", R"({"refund":"unused"})");
    const Answer canceled = co_await merchant.ask("DELETE", plan);
    left.status = canceled.text("status");
    left.is_over = true;
}

/// Of what was paid something goes again and comes back. From the moment on at which everything is paid, it dies.
class GoneAgain {
public:
    GoneAgain(Installation& at, Left& left) : at_{at}, left_{left} {}

    Task<void> live(std::function<void()> may_die) {
        co_await merchant_.ask("POST", "/api/v1/customers", R"({"customer_id":"c1","email":"ada@example.com"})");
        const std::string mandate = co_await merchant_.make_mandate("c1", "DE89370400440532013000");
        const std::string card = co_await merchant_.store_card("c1", "4111111111111111");
        std::string again = co_await make(R"("EUR","payment_terms":{"original_transaction_id":")" + mandate);
        std::string back = co_await make(R"("EUR","payment_terms":{"original_transaction_id":")" + mandate);
        std::string disputed = co_await make(R"("USD","payment_terms":{"payment_method_token":")" + card);
        for (const std::string* plan : {&again, &back, &disputed}) co_await reached(*plan, 10'000);
        may_die();
        const std::string first = co_await take(again), erred = co_await take(back), lost = co_await take(disputed);
        for (const std::string* plan : {&again, &back, &disputed}) co_await reached(*plan, 0);
        // The bank has erred, and the dispute is won, before anything is tried again.
        for (const std::string* dispute : {&erred, &lost}) order("disputes/" + *dispute, R"({"outcome":"won"})");
        for (const std::string* plan : {&back, &disputed}) co_await reached(*plan, 10'000);
        at_.clock.jump(Millis{25LL * 3'600'000});
        co_await reached(again, 10'000);
        // Now it was paid twice, as a person is told.
        order("disputes/" + first, R"({"outcome":"won"})");
        for (int look = 0; look < most_looks && left_.cases < 2; ++look) {
            const Answer cases = co_await merchant_.ask("GET", "/api/v1/cases?status=all");
            left_.cases = static_cast<std::int64_t>(cases.at("data").items().size());
            co_await sleep_for(Millis{700});
        }
        left_.is_over = true;
    }

private:
    static constexpr int most_looks = 400;

    Task<std::string> make(std::string paid_by) {
        const std::string today = calendar::to_text(calendar::Zone::utc().date_of(at_.clock.now()));
        const Answer made = co_await merchant_.ask("POST", "/payment_terms",
                                                   R"({"customer_id":"c1","total_amount":20000,"start_date":")" +
                                                       today + R"(","term_duration":2,"billing_day":)" +
                                                       std::to_string(std::stoi(today.substr(8))) + R"(,"currency":)" +
                                                       paid_by + "\"}}");
        check(made.status == 201, "the plan is made");
        co_return made.text("payment_terms_id");
    }
    Task<void> reached(std::string plan, std::int64_t paid) {
        for (int look = 0; look < most_looks; ++look) {
            const Answer now = co_await merchant_.ask("GET", "/payment_terms/" + plan);
            if (now.number("paid_amount") == paid) co_return;
            co_await sleep_for(Millis{700});
        }
        left_.missed += plan + " never came to " + std::to_string(paid) + "; ";
    }
    /// What has paid for the plan is taken back by its payer or its bank.
    Task<std::string> take(std::string plan) {
        const Answer charges =
            co_await merchant_.ask("GET", "/api/v1/billing/charges?owner_kind=payment_terms&owner_id=" + plan);
        const json::Value* payment = charges.at("data").items().front().find("payment_id");
        const Answer paid = co_await merchant_.ask("GET", "/api/v1/payments/" + std::string{payment->text()});
        const json::Value* intent = paid.at("transactions").items().front().find("provider_transaction_id");
        // For a reason for which it is worth trying again.
        const json::Value made = order(
            "disputes", R"({"reason":"insufficient_funds","payment_intent":")" + std::string{intent->text()} + "\"}");
        co_return std::string{made.find("id")->text()};
    }
    json::Value order(std::string path, std::string body) {
        http::Call call{.method = "POST",
                        .url = "http://sandbox.test/sandbox/stripe/" + path,
                        .headers = {},
                        .body = std::move(body)};
        auto answer = json::parse(at_.sandbox->serve(request_of(call)).response.body);
        check(answer.has_value(), "the sandbox answers JSON");
        return std::move(*answer);
    }

    Installation& at_;
    Left& left_;
    Merchant merchant_{at_, at_.stripe_shop};
};

/// What was left open is looked up, and what waits for it goes on.
void come_to_rest(Installation& at) {
    for (int look = 0; look < 300; ++look) {
        at.timeline.run_until([] { return false; }, Millis{2'000});
        const Unfinished left = unfinished(at);
        if (left.count == 0 && at.is_up()) return;
        if (left.next_at && *left.next_at > at.clock.now() + Millis{3'000})
            at.clock.jump(*left.next_at - at.clock.now());
    }
}

}  // namespace

std::string_view to_text(PlanLife life) {
    switch (life) {
        case PlanLife::adjusted_and_canceled:
            return "a plan adjusted and canceled";
        case PlanLife::never_paid:
            return "a plan that is never paid";
        case PlanLife::over_downtime:
            return "a plan and a subscription over weeks of downtime";
        case PlanLife::gone_again:
            return "plans whose money goes again and comes back";
    }
    check(false, "a life has a name");
    return {};
}

Course run_plan(PlanLife life, std::uint64_t death) {
    const std::size_t errors_before = Installation::errors().size();
    Course result;
    const bool is_over_downtime = life == PlanLife::over_downtime;
    Installation at{7'000 + death, is_over_downtime ? 2U : 1U};
    const Memory memory;
    const std::function<void()> may_die = [&] {
        at.moments.dies_at = [&](std::uint64_t number, std::string_view what) {
            if (number != death) return false;
            result.died_at = what;
            return true;
        };
    };
    Left left;
    GoneAgain gone_again{at, left};
    if (life == PlanLife::gone_again) {
        at.listen_to_webhooks();
        at.outside.spawn(gone_again.live(may_die));
    } else {
        may_die();
        at.outside.spawn(is_over_downtime ? live_over_downtime(at, left) : live(at, life, left));
    }
    const bool is_done = at.run_clients(Millis{900'000});
    result.moments = at.moments.passed();
    const bool is_settled = at.settle(Millis{60'000});
    result.objections = judge(at, memory);
    const auto object = [&](std::string law, std::string what) {
        result.objections.push_back({std::move(law), std::move(what)});
    };
    if (!is_done || !left.is_over) object("every client gets a final answer", std::string{to_text(life)});
    if (!is_settled) object("all is settled in a minute", std::string{to_text(life)});
    const auto judge_all = [&] {
        come_to_rest(at);
        for (Objection& objection : judge_billing(at)) result.objections.push_back(std::move(objection));
        for (Objection& objection : judge_taken_back(at)) result.objections.push_back(std::move(objection));
        for (std::size_t i = errors_before; i < Installation::errors().size(); ++i)
            object("no error is logged", Installation::errors()[i]);
    };
    if (life == PlanLife::gone_again) {
        judge_all();
        // The dispute's, which has ended by itself, and what was paid twice.
        if (!left.missed.empty() || left.cases != 2)
            object("what goes again and comes back is booked", left.missed + std::to_string(left.cases) + " cases");
        return result;
    }
    if (is_over_downtime) {
        come_to_rest(at);
        for (Objection& objection : judge_billing(at)) result.objections.push_back(std::move(objection));
        std::int64_t periods = 0, instalments = 0;
        for (const auto& [due, charged] : all_charged(at)) {
            periods += std::get<2>(due) == "period" ? 1 : 0;
            instalments += std::get<2>(due) == "instalment" ? 1 : 0;
        }
        // The first, after 7, 14, 21, 28 and 35 days; and after 7 and 37.
        if (periods != 6 || instalments != 2)
            object("what was missed is charged, each of it",
                   std::to_string(periods) + " periods, " + std::to_string(instalments) + " instalments");
        for (std::size_t i = errors_before; i < Installation::errors().size(); ++i)
            object("no error is logged", Installation::errors()[i]);
        return result;
    }
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
