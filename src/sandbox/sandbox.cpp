#include "florin/sandbox/sandbox.hpp"

#include <charconv>
#include <mutex>

#include "authorize_net/gateway.hpp"
#include "authorize_net/webhooks.hpp"
#include "bank/bank.hpp"
#include "buckaroo/api.hpp"
#include "call_log.hpp"
#include "chargebee/api.hpp"
#include "desk.hpp"
#include "faults.hpp"
#include "florin/http/trace.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/runtime/scheduler.hpp"
#include "inbox.hpp"
#include "mail/send_grid.hpp"
#include "packing.hpp"
#include "reply_text.hpp"
#include "salesforce/org.hpp"
#include "stripe/api.hpp"
#include "timetable.hpp"
#include "wallet/wallet.hpp"
#include "webhook_sender.hpp"

namespace florin::sandbox {
namespace {

constexpr std::string_view authorize_net_path = "/xml/v1/request.api";
constexpr std::string_view authorize_net_webhooks_path = "/rest/v1/";
constexpr std::string_view bank_path = "/bank/v1/";
constexpr std::string_view stripe_path = "/v1/";
constexpr std::string_view sendgrid_path = "/v3/";

struct StoredSettings {
    std::int64_t settle_after_ms = 0;
    std::int64_t late_reply_ms = 0;
    std::int64_t search_lag_ms = 60'000;
    template <class Fields>
    void fields(Fields& f) {
        f("settle_after_ms", settle_after_ms), f("late_reply_ms", late_reply_ms);
        f("search_lag_ms", search_lag_ms);
    }
};

http::Response json_reply(int status, std::string body) {
    http::Response response;
    response.status = status;
    if (body.empty()) response.content_type = {};
    response.body = std::move(body);
    return response;
}

http::Response refusal(int status, const Error& error) {
    std::string body;
    json::Writer json{body};
    json.open('{').field("code", error.code).field("reason", error.message).field("field", error.field).close('}');
    return json_reply(status, std::move(body));
}

std::int64_t integer_parameter(const http::Request& request, std::string_view name, std::int64_t otherwise) {
    const auto text = request.parameter(name);
    if (!text) return otherwise;
    std::int64_t number = otherwise;
    std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

class Everything final : public Sandbox {
public:
    Everything(SandboxOptions options, World world, std::unique_ptr<Records> records)
        : records_{std::move(records)},
          desk_{world, *records_, {options.settle_after, options.late_reply, options.search_lag},
                {},    {},        world.clock.now()},
          sender_{desk_, faults_, mutex_},
          timetable_{desk_, mutex_},
          webhooks_{desk_, sender_, std::move(options.merchants)},
          gateway_{desk_, webhooks_, faults_},
          bank_{desk_},
          stripe_{desk_, sender_, timetable_, faults_, std::move(options.stripe)},
          chargebee_{desk_, sender_, std::move(options.chargebee)},
          buckaroo_{desk_, sender_, timetable_, std::move(options.buckaroo)},
          wallet_{desk_, sender_, std::move(options.wallet)},
          sendgrid_{desk_, std::move(options.sendgrid)},
          salesforce_{desk_, std::move(options.salesforce)} {
        load();
    }

    Task<http::Response> handle(http::Request& request) override {
        if (authorize_net::Webhooks::is_ping(request)) co_return co_await ping(request);
        Served served = serve(request, false);
        if (served.late > Millis{0}) {
            co_await sleep_for(served.late);
            served = serve(request, true);
        }
        if (served.delay > Millis{0}) co_await sleep_for(served.delay);
        served.response.is_dropped = served.drop;
        co_return std::move(served.response);
    }

    Served serve(const http::Request& request, bool is_late) override {
        const std::lock_guard lock{mutex_};
        desk_.now = desk_.world.clock.now();
        // Like everything else here, what a caller writes is shown only as far as it is what it should be.
        traceparent_ = http::is_traceparent(request.header("traceparent")) ? request.header("traceparent") : "";
        timetable_.run_due();
        wallet_.advance();
        Served served = request.path == authorize_net_path ? serve_authorize_net(request, is_late)
                        : request.path.starts_with(authorize_net_webhooks_path)
                            ? serve_authorize_net_webhooks(request, is_late)
                        : request.path.starts_with(bank_path)     ? serve_bank(request, is_late)
                        : request.path.starts_with(stripe_path)   ? serve_stripe(request, is_late)
                        : request.path.starts_with(sendgrid_path) ? serve_sendgrid(request, is_late)
                        : chargebee::Api::is_ours(request.path)   ? serve_chargebee(request, is_late)
                        : buckaroo::Api::is_ours(request.path)    ? serve_buckaroo(request, is_late)
                        : wallet::Wallet::is_ours(request.path)   ? serve_wallet(request, is_late)
                        : salesforce::Org::is_ours(request.path)  ? serve_salesforce(request, is_late)
                                                                  : Served{serve_own(request)};
        records_->commit();
        return served;
    }

    std::vector<Movement> movements() const override {
        const std::lock_guard lock{mutex_};
        return desk_.book;
    }
    Result<void> set_faults(std::string_view json) override {
        const std::lock_guard lock{mutex_};
        auto set = faults_.set(json);
        if (set) records_->put(RecordKind::faults, "script", faults_.text());
        records_->commit();
        return set;
    }
    void clear_faults() override {
        const std::lock_guard lock{mutex_};
        faults_.clear();
        records_->put(RecordKind::faults, "script", {});
        records_->commit();
    }
    Result<void> change_settings(std::string_view json) override {
        const std::lock_guard lock{mutex_};
        desk_.now = desk_.world.clock.now();
        auto changed = take_settings(json);
        records_->commit();
        return changed;
    }
    void send_webhooks(Scheduler& scheduler, std::function<http::Client&()> client) override {
        sender_.start(scheduler, std::move(client));
        timetable_.start(scheduler);
    }
    std::size_t settle() override {
        const std::lock_guard lock{mutex_};
        desk_.now = desk_.world.clock.now();
        const std::size_t settled = gateway_.settle() + stripe_.settle();
        records_->commit();
        return settled;
    }

private:
    void load() {
        desk_.book = records_->load_movements();
        records_->load(RecordKind::secret, [&](std::string_view, std::string_view body) { desk_.secret = body; });
        if (desk_.secret.empty()) {
            desk_.secret = desk_.letters(40);
            records_->put(RecordKind::secret, "fingerprints", desk_.secret);
        }
        records_->load(RecordKind::settings, [&](std::string_view, std::string_view body) {
            const auto stored = Unpacker::unpack<StoredSettings>(body);
            desk_.settings = {Millis{stored.settle_after_ms}, Millis{stored.late_reply_ms},
                              Millis{stored.search_lag_ms}};
        });
        records_->load(RecordKind::faults, [&](std::string_view, std::string_view body) {
            check(faults_.set(body).has_value(), "a stored fault script can be read again");
        });
        sender_.load();
        webhooks_.load();
        gateway_.load();
        bank_.load();
        stripe_.load();
        chargebee_.load();
        buckaroo_.load();
        wallet_.load();
        sendgrid_.load();
        salesforce_.load();
        records_->commit();
    }

    /// Runs `work` with whatever the fault script has in store for the call, and logs it.
    template <class Work>
    Served with_faults(const CallFacts& facts, bool is_late, const Work& work) {
        const auto fault = is_late ? std::nullopt : faults_.pick(facts);
        Served served;
        std::string outcome;
        const auto run = [&](const Orders& orders) {
            Answer answer = work(orders);
            served.response.status = answer.status;
            served.response.body = std::move(answer.body);
            std::ranges::move(answer.headers, std::back_inserter(served.response.headers));
            served.drop = answer.drop;
            served.delay = answer.delay;
        };
        if (!fault) {
            run({});
        } else {
            switch (fault->kind) {
                case FaultKind::late:
                    served.late = fault->delay;
                    return served;
                case FaultKind::error_before:
                    served.response = json_reply(fault->status, R"({"error":"The sandbox's fault script says so."})");
                    break;
                case FaultKind::drop_before:
                    served.drop = true;
                    break;
                case FaultKind::error_after:
                    run({});
                    served.response = json_reply(fault->status, R"({"error":"The sandbox's fault script says so."})");
                    break;
                case FaultKind::drop_after:
                case FaultKind::reset:
                    run({});
                    served.drop = true;
                    break;
                case FaultKind::latency:
                    run({0, {}, Millis{0}, fault->delay});
                    served.delay += fault->delay;
                    break;
                case FaultKind::timeout:
                    run({0, {}, Millis{0}, fault->delay});
                    served.delay += fault->delay;
                    served.drop = true;
                    break;
                case FaultKind::garbage:
                    run({});
                    served.response.status = 200;
                    served.response.body = served.response.body.substr(0, served.response.body.size() / 2) + "\"<html>";
                    break;
                case FaultKind::strange_text:
                    run({});
                    served.response.body = with_strange_texts(served.response.body);
                    break;
                case FaultKind::decline:
                    run({fault->code, {}, Millis{0}, Millis{0}});
                    break;
                case FaultKind::partial_approval:
                    run({0, fault->amount, Millis{0}, Millis{0}});
                    break;
                case FaultKind::lookup_lag:
                    run({0, {}, fault->delay, Millis{0}});
                    break;
                case FaultKind::duplicate:
                case FaultKind::delay:
                case FaultKind::reorder:
                case FaultKind::lose:
                case FaultKind::forge:
                case FaultKind::corrupt_body:
                case FaultKind::odd_amount:
                case FaultKind::line_left_out:
                case FaultKind::line_amount:
                case FaultKind::line_twice:
                case FaultKind::line_unknown:
                case FaultKind::settlement_failed:
                case FaultKind::settlement_total:
                    check(false, "the fault script keeps calls, webhooks and settlements apart");
            }
        }
        if (served.drop)
            outcome = "dropped";
        else if (served.delay > Millis{0})
            outcome = "answered late";
        else
            outcome = read_outcome(served.response.body);
        log_.add({0, desk_.now, facts.provider, facts.method, facts.transaction_type, facts.path, facts.reference,
                  served.response.status, traceparent_, std::move(outcome)});
        return served;
    }

    Served serve_authorize_net(const http::Request& request, bool is_late) {
        const auto with_cors = [](Served served) {
            // Card forms send card data here straight from the browser, from the merchant's own origin.
            served.response.headers.emplace_back("Access-Control-Allow-Origin", "*");
            served.response.headers.emplace_back("Access-Control-Allow-Headers", "Content-Type");
            served.response.headers.emplace_back("Access-Control-Allow-Methods", "POST");
            return served;
        };
        if (request.method == "OPTIONS") return with_cors(Served{json_reply(204, {})});
        const std::string_view type = request.header("content-type");
        if (request.method != "POST" || type.find("xml") != std::string_view::npos) {
            http::Response response = json_reply(
                200, authorize_net::Gateway::refusal("E00002", "The content-type specified is not supported."));
            response.content_type = "application/json; charset=utf-8";
            return with_cors(Served{std::move(response)});
        }
        authorize_net::Incoming incoming = gateway_.read(request.body);
        incoming.facts.path = request.path;
        Served served = with_faults(incoming.facts, is_late,
                                    [&](const Orders& orders) { return gateway_.answer(incoming, orders); });
        served.response.content_type = "application/json; charset=utf-8";
        return with_cors(std::move(served));
    }

    Served serve_authorize_net_webhooks(const http::Request& request, bool is_late) {
        Served served = with_faults(authorize_net::Webhooks::facts_of(request), is_late,
                                    [&](const Orders&) { return webhooks_.answer(request); });
        if (served.response.body.empty()) served.response.content_type = {};
        return served;
    }

    /// The one call whose answer waits for somebody else's.
    Task<http::Response> ping(http::Request& request) {
        authorize_net::Webhooks::Ping ping;
        {
            const std::lock_guard lock{mutex_};
            desk_.now = desk_.world.clock.now();
            ping = webhooks_.begin_ping(request);
        }
        if (!ping.envelope) co_return json_reply(ping.refusal.status, std::move(ping.refusal.body));
        const int status = co_await sender_.post(std::move(*ping.envelope), std::move(ping.body));
        const std::lock_guard lock{mutex_};
        Answer answer = webhooks_.end_ping(status);
        co_return json_reply(answer.status, std::move(answer.body));
    }

    Served serve_bank(const http::Request& request, bool is_late) {
        return with_faults(bank::Bank::facts_of(request), is_late,
                           [&](const Orders& orders) { return bank_.answer(request, orders); });
    }

    Served serve_stripe(const http::Request& request, bool is_late) {
        return with_faults(stripe::Api::facts_of(request), is_late,
                           [&](const Orders& orders) { return stripe_.answer(request, orders); });
    }

    Served serve_wallet(const http::Request& request, bool is_late) {
        return with_faults(wallet::Wallet::facts_of(request), is_late,
                           [&](const Orders& orders) { return wallet_.answer(request, orders); });
    }

    Served serve_chargebee(const http::Request& request, bool is_late) {
        const bool is_page = request.path.starts_with("/pages/");
        Served served = with_faults(chargebee::Api::facts_of(request), is_late,
                                    [&](const Orders& orders) { return chargebee_.answer(request, orders); });
        http::MediaType& type = served.response.content_type;
        if (served.response.body.empty())
            type = {};
        else if (is_page)
            type = "text/html; charset=utf-8";
        else
            type = "application/json;charset=utf-8";
        return served;
    }

    Served serve_sendgrid(const http::Request& request, bool is_late) {
        return with_faults(mail::SendGrid::facts_of(request), is_late,
                           [&](const Orders& orders) { return sendgrid_.answer(request, orders); });
    }

    Served serve_salesforce(const http::Request& request, bool is_late) {
        return with_faults(salesforce::Org::facts_of(request), is_late,
                           [&](const Orders& orders) { return salesforce_.answer(request, orders); });
    }

    Served serve_buckaroo(const http::Request& request, bool is_late) {
        return with_faults(buckaroo::Api::facts_of(request), is_late,
                           [&](const Orders& orders) { return buckaroo_.answer(request, orders); });
    }

    /// What became of an order to do something at a provider's, in its payers' place.
    static http::Response ordered(Result<std::string> done) {
        return done ? json_reply(200, std::move(*done))
                    : refusal(done.error().kind == ErrorKind::not_found ? 404 : 422, done.error());
    }

    http::Response serve_own(const http::Request& request) {
        const std::string& path = request.path;
        const bool is_get = request.method == "GET";
        if (path == "/" && is_get) {
            http::Response page =
                json_reply(200, inbox_page({log_, desk_.book, sendgrid_.mails(), salesforce_.records(),
                                            sender_.deliveries(), desk_.settings, faults_.text(), desk_.now}));
            page.content_type = "text/html; charset=utf-8";
            page.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
            return page;
        }
        if (path == "/truth" && is_get) return truth(request);
        if (stripe::Api::is_page(request)) return stripe_.page(request);
        if (stripe::Api::is_order(request)) return ordered(stripe_.take_order(request));
        if (buckaroo::Api::is_page(path)) return buckaroo_.page(request);
        if (buckaroo::Api::is_order(request)) return ordered(buckaroo_.take_order(request));
        if (path == "/sandbox/calls" && is_get) return calls(request);
        if (path == "/sandbox/mails") return mails(request);
        if (path == "/sandbox/webhooks" && is_get) return deliveries(request);
        if (path == "/sandbox/settle" && request.method == "POST")
            return json_reply(200, "{\"settled\":" + std::to_string(gateway_.settle() + stripe_.settle()) + "}");
        if (path == "/sandbox/settings") {
            if (request.method == "PUT") {
                const auto changed = take_settings(request.body);
                return changed ? settings() : refusal(422, changed.error());
            }
            if (is_get) return settings();
        }
        if (path == "/sandbox/faults") {
            if (request.method == "PUT") {
                auto set = faults_.set(request.body);
                if (!set) return refusal(422, set.error());
                records_->put(RecordKind::faults, "script", faults_.text());
            } else if (request.method == "DELETE") {
                faults_.clear();
                records_->put(RecordKind::faults, "script", {});
            } else if (!is_get) {
                return refusal(405, {ErrorKind::invalid, "method_not_allowed", "GET, PUT or DELETE.", {}});
            }
            return json_reply(200, faults_.text());
        }
        return refusal(404, {ErrorKind::not_found, "unknown_route", "See the sandbox's README.", {}});
    }

    http::Response truth(const http::Request& request) const {
        const std::int64_t since = integer_parameter(request, "since", INT64_MIN);
        const std::int64_t after = std::max<std::int64_t>(0, integer_parameter(request, "after", 0));
        const std::int64_t limit = integer_parameter(request, "limit", INT64_MAX);
        const std::string provider = request.parameter("provider").value_or("");
        std::string body;
        json::Writer json{body};
        json.open('{').key("movements").open('[');
        std::int64_t shown = 0;
        std::optional<std::int64_t> next_after;
        std::int64_t last = after;
        // Movement n stands at n - 1.
        for (std::size_t i = static_cast<std::size_t>(after); i < desk_.book.size(); ++i) {
            const Movement& movement = desk_.book[i];
            if (movement.at.ms < since || (!provider.empty() && movement.provider != provider)) continue;
            if (shown == limit) {
                next_after = last;
                break;
            }
            ++shown;
            last = movement.seq;
            json.open('{').field("seq", movement.seq).field("provider", movement.provider);
            json.field("reference", movement.reference).field("type", movement.type);
            json.field("amount", movement.amount_minor).field("currency", movement.currency);
            json.field("provider_id", movement.provider_id).field("parent_id", movement.parent_id);
            if (!movement.cancels.empty()) json.field("cancels", movement.cancels);
            json.field("at", movement.at).close('}');
        }
        json.close(']').field("next_after", next_after).close('}');
        return json_reply(200, std::move(body));
    }

    http::Response calls(const http::Request& request) const {
        const std::int64_t limit = integer_parameter(request, "limit", 100);
        std::string body;
        json::Writer json{body};
        json.open('{').key("calls").open('[');
        std::int64_t shown = 0;
        for (auto call = log_.calls().rbegin(); call != log_.calls().rend() && shown < limit; ++call, ++shown) {
            json.open('{').field("number", call->number).field("at", call->at).field("provider", call->provider);
            json.field("method", call->method).field("transactionType", call->transaction_type);
            json.field("path", call->path).field("reference", call->reference).field("status", call->status);
            if (!call->traceparent.empty()) json.field("traceparent", call->traceparent);
            json.field("outcome", call->outcome).close('}');
        }
        json.close(']').close('}');
        return json_reply(200, std::move(body));
    }

    http::Response mails(const http::Request& request) {
        if (request.method == "DELETE") {
            sendgrid_.clear();
        } else if (request.method != "GET") {
            return refusal(405, {ErrorKind::invalid, "method_not_allowed", "GET or DELETE.", {}});
        }
        std::string body;
        json::Writer json{body};
        json.open('{').key("mails");
        sendgrid_.write_mails(json, request.parameter("to").value_or(""), integer_parameter(request, "limit", 100));
        json.close('}');
        return json_reply(200, std::move(body));
    }

    http::Response deliveries(const http::Request& request) const {
        const std::int64_t limit = integer_parameter(request, "limit", 100);
        std::string body;
        json::Writer json{body};
        json.open('{').key("webhooks").open('[');
        std::int64_t shown = 0;
        const auto& all = sender_.deliveries();
        for (auto at = all.rbegin(); at != all.rend() && shown < limit; ++at, ++shown) {
            const Delivery& delivery = at->second;
            json.open('{').field("number", delivery.number).field("provider", delivery.webhook.provider);
            json.field("endpoint", delivery.webhook.endpoint).field("id", delivery.webhook.event_id);
            json.field("type", delivery.webhook.type).field("object", delivery.webhook.object);
            json.field("state", name_of(delivery.state)).field("made_at", Instant{delivery.made_at});
            if (delivery.state == DeliveryState::pending) json.field("due_at", Instant{delivery.due_at});
            if (!delivery.fault.empty()) json.field("fault", delivery.fault);
            if (delivery.is_extra) json.field("extra", delivery.is_forged ? "forgery" : "copy");
            json.key("attempts").open('[');
            for (const Attempt& attempt : delivery.attempts) {
                json.open('{').field("at", Instant{attempt.at}).field("status", attempt.status);
                if (!attempt.outcome.empty()) json.field("outcome", attempt.outcome);
                json.close('}');
            }
            json.close(']').field("body", delivery.webhook.body).close('}');
        }
        json.close(']').close('}');
        return json_reply(200, std::move(body));
    }

    http::Response settings() {
        std::string body;
        json::Writer json{body};
        json.open('{').field("settle_after_ms", static_cast<std::int64_t>(desk_.settings.settle_after.count()));
        json.field("late_reply_ms", static_cast<std::int64_t>(desk_.settings.late_reply.count()));
        json.field("search_lag_ms", static_cast<std::int64_t>(desk_.settings.search_lag.count()));
        sender_.write_settings(json);
        webhooks_.write_settings(json);
        stripe_.write_settings(json);
        chargebee_.webhooks().write_settings(json);
        buckaroo_.write_settings(json);
        wallet_.write_settings(json);
        salesforce_.write_settings(json);
        json.close('}');
        return json_reply(200, std::move(body));
    }

    Result<void> take_settings(std::string_view text) {
        const auto body = json::parse(text);
        if (!body) return fail(body.error());
        for (const auto& [name, value] : body->members()) {
            std::optional<Result<void>> of_provider;
            if (name == "authorize_net") of_provider = webhooks_.change_settings(value);
            if (name == "stripe") of_provider = stripe_.change_settings(value);
            if (name == "wallet") of_provider = wallet_.change_settings(value);
            if (name == "salesforce") of_provider = salesforce_.change_settings(value);
            if (name == "chargebee") of_provider = chargebee_.webhooks().change_settings(value);
            if (name == "buckaroo") of_provider = buckaroo_.change_settings(value);
            if (of_provider && !*of_provider) return std::move(*of_provider);
            if (of_provider) continue;
            const auto is_of_webhooks = sender_.change_setting(name, value);
            if (!is_of_webhooks) return fail(is_of_webhooks.error());
            if (*is_of_webhooks) continue;
            const auto ms = value.integer();
            Millis* const setting = name == "settle_after_ms" ? &desk_.settings.settle_after
                                    : name == "late_reply_ms" ? &desk_.settings.late_reply
                                    : name == "search_lag_ms" ? &desk_.settings.search_lag
                                                              : nullptr;
            if (setting == nullptr || !ms || *ms < 0)
                return fail(ErrorKind::invalid, "invalid_setting", "Milliseconds, 0 or more.", name);
            *setting = Millis{*ms};
        }
        StoredSettings stored{desk_.settings.settle_after.count(), desk_.settings.late_reply.count(),
                              desk_.settings.search_lag.count()};
        records_->put(RecordKind::settings, "settings", Packer::pack(stored));
        return {};
    }

    mutable std::mutex mutex_;
    std::unique_ptr<Records> records_;
    Desk desk_;
    FaultScript faults_;
    std::string traceparent_;  ///< Of the call that is being served.
    CallLog log_;
    WebhookSender sender_;
    Timetable timetable_;
    authorize_net::Webhooks webhooks_;
    authorize_net::Gateway gateway_;
    bank::Bank bank_;
    stripe::Api stripe_;
    chargebee::Api chargebee_;
    buckaroo::Api buckaroo_;
    wallet::Wallet wallet_;
    mail::SendGrid sendgrid_;
    salesforce::Org salesforce_;
};

}  // namespace

Result<std::unique_ptr<Sandbox>> Sandbox::open(SandboxOptions options, World world) {
    auto records = Records::open(options.data_directory);
    if (!records) return fail(std::move(records.error()));
    return std::unique_ptr<Sandbox>{new Everything{std::move(options), world, std::move(*records)}};
}

}  // namespace florin::sandbox
