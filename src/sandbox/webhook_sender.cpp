#include "webhook_sender.hpp"

#include <algorithm>

#include "amount.hpp"
#include "florin/base/check.hpp"
#include "packing.hpp"

namespace florin::sandbox {
namespace {

/// Deliveries that have ended and are still shown.
constexpr std::size_t most_ended = 1'000;
/// Attempts of one delivery that are remembered.
constexpr std::size_t most_attempts = 50;
/// How long it waits for a moment at most before it looks what the clock says.
constexpr Millis longest_wait{60'000};
/// Of `waits_for`: until there is a next delivery.
constexpr std::int64_t the_next_one = -1;

std::unexpected<Error> invalid_setting(std::string_view message, std::string_view field) {
    return fail(ErrorKind::invalid, "invalid_setting", message, field);
}

std::optional<std::int64_t> integer_within(const json::Value& value, std::int64_t least, std::int64_t most) {
    const auto number = value.integer();
    return number && *number >= least && *number <= most ? number : std::nullopt;
}

}  // namespace

std::string_view name_of(DeliveryState state) {
    switch (state) {
        case DeliveryState::pending:
            return "pending";
        case DeliveryState::delivered:
            return "delivered";
        case DeliveryState::lost:
            return "lost";
        case DeliveryState::given_up:
            return "given_up";
    }
    return {};
}

WebhookSender::WebhookSender(Desk& desk, FaultScript& faults, std::mutex& lock)
    : desk_{desk}, faults_{faults}, lock_{lock} {}
WebhookSender::~WebhookSender() = default;

void WebhookSender::load() {
    desk_.records.load(RecordKind::webhook_settings,
                       [&](std::string_view, std::string_view body) { settings_ = Unpacker::unpack<Settings>(body); });
    desk_.records.load(RecordKind::webhook_delivery, [&](std::string_view, std::string_view body) {
        auto delivery = Unpacker::unpack<Delivery>(body);
        last_number_ = std::max(last_number_, delivery.number);
        if (delivery.state == DeliveryState::pending) {
            queue_.emplace(delivery.due_at, delivery.number);
            if (delivery.is_extra) ++extras_waiting_;
            if (delivery.waits_for != 0) held_.insert(delivery.number);
        }
        deliveries_.emplace(delivery.number, std::move(delivery));
    });
    for (const auto& [number, delivery] : deliveries_) {
        if (delivery.state != DeliveryState::pending) ended_.push_back(number);
    }
}

void WebhookSender::start(Scheduler& scheduler, std::function<http::Client&()> client) {
    const std::lock_guard lock{lock_};
    desk_.now = desk_.world.clock.now();
    scheduler_ = &scheduler;
    client_ = std::move(client);
    wake();
}

WebhookSource& WebhookSender::source_of(const Webhook& webhook) const {
    const auto found = std::ranges::find(sources_, webhook.provider, &WebhookSource::provider);
    check(found != sources_.end(), "every webhook comes from a provider of this sandbox");
    return **found;
}

void WebhookSender::send(Webhook webhook, Millis delay) {
    CallFacts facts;
    facts.provider = webhook.provider;
    facts.method = "webhook";
    facts.transaction_type = webhook.type;
    facts.reference = webhook.object;
    facts.of = FactsOf::webhook;
    const auto fault = faults_.pick(facts);
    Delivery& delivery = add_delivery(std::move(webhook), desk_.now + delay);
    if (!fault || fault->kind != FaultKind::lose) hold_back_for(delivery);
    if (fault) apply(*fault, delivery);
    delivery.webhook.odd_text.clear();
    save(delivery);
    wake();
}

Delivery& WebhookSender::add_delivery(Webhook webhook, Instant due_at) {
    Delivery delivery;
    delivery.number = ++last_number_;
    delivery.webhook = std::move(webhook);
    delivery.made_at = desk_.now.ms;
    delivery.due_at = due_at.ms;
    queue_.emplace(delivery.due_at, delivery.number);
    return deliveries_.emplace(delivery.number, std::move(delivery)).first->second;
}

void WebhookSender::apply(const FaultAction& fault, Delivery& delivery) {
    delivery.fault = fault_name(fault.kind);
    const auto add_extra = [&](Webhook webhook, Instant due_at) -> Delivery& {
        Delivery& extra = add_delivery(std::move(webhook), due_at);
        extra.webhook.odd_text.clear();
        extra.fault = delivery.fault;
        extra.is_extra = true;
        ++extras_waiting_;
        return extra;
    };
    switch (fault.kind) {
        case FaultKind::duplicate:
            for (int copy = 1; copy < fault.copies; ++copy)
                save(add_extra(delivery.webhook, desk_.now + fault.delay * copy));
            break;
        case FaultKind::forge: {
            Delivery& forged = add_extra(source_of(delivery.webhook).forge(delivery.webhook), desk_.now);
            forged.is_forged = true;
            save(forged);
            break;
        }
        case FaultKind::delay:
        case FaultKind::late:
            set_due(delivery, desk_.now + fault.delay);
            break;
        case FaultKind::reorder:
            delivery.waits_for = the_next_one;
            held_.insert(delivery.number);
            delivery.is_for_object = fault.is_for_object;
            // Where no next one comes, it goes all the same: held back is not lost.
            set_due(delivery, desk_.now + fault.delay);
            break;
        case FaultKind::lose:
            queue_.erase({delivery.due_at, delivery.number});
            end(delivery, DeliveryState::lost);
            break;
        case FaultKind::corrupt_body:
            delivery.corrupts = static_cast<std::int64_t>(fault.draw % delivery.webhook.body.size()) + 1;
            break;
        case FaultKind::odd_amount:
            delivery.webhook.signed_text = delivery.webhook.odd_text;
            break;
        case FaultKind::error_before:
        case FaultKind::error_after:
        case FaultKind::drop_before:
        case FaultKind::drop_after:
        case FaultKind::reset:
        case FaultKind::latency:
        case FaultKind::timeout:
        case FaultKind::garbage:
        case FaultKind::strange_text:
        case FaultKind::decline:
        case FaultKind::partial_approval:
        case FaultKind::lookup_lag:
        case FaultKind::line_left_out:
        case FaultKind::line_amount:
        case FaultKind::line_twice:
        case FaultKind::line_unknown:
        case FaultKind::settlement_failed:
        case FaultKind::settlement_total:
            check(false, "the fault script keeps calls, webhooks and settlements apart");
    }
}

void WebhookSender::hold_back_for(const Delivery& next) {
    for (const std::int64_t number : held_) {
        Delivery& held = deliveries_.at(number);
        if (held.waits_for != the_next_one || held.webhook.provider != next.webhook.provider ||
            held.webhook.endpoint != next.webhook.endpoint ||
            (held.is_for_object && held.webhook.object != next.webhook.object))
            continue;
        held.waits_for = next.number;
        save(held);
    }
}

void WebhookSender::release_what_waits_for(std::int64_t number) {
    std::vector<std::int64_t> released;
    for (const std::int64_t waiting : held_) {
        if (deliveries_.at(waiting).waits_for == number) released.push_back(waiting);
    }
    for (const std::int64_t waiting : released) {
        held_.erase(waiting);
        Delivery& delivery = deliveries_.at(waiting);
        delivery.waits_for = 0;
        set_due(delivery, desk_.now);
        save(delivery);
    }
}

void WebhookSender::set_due(Delivery& delivery, Instant at) {
    queue_.erase({delivery.due_at, delivery.number});
    delivery.due_at = at.ms;
    queue_.emplace(delivery.due_at, delivery.number);
}

void WebhookSender::end(Delivery& delivery, DeliveryState state) {
    delivery.state = state;
    ended_.push_back(delivery.number);
    while (ended_.size() > most_ended) {
        desk_.records.put(RecordKind::webhook_delivery, std::to_string(ended_.front()), {});
        deliveries_.erase(ended_.front());
        ended_.pop_front();
    }
}

std::vector<std::int64_t> WebhookSender::ladder_of(const WebhookSource& source) const {
    if (settings_.has_ladder) return settings_.ladder_ms;
    std::vector<std::int64_t> ladder;
    for (const Millis step : source.ladder())
        ladder.push_back(step.count() / 1'000 * settings_.scale_of_million / 1'000);
    return ladder;
}

void WebhookSender::record(Delivery& delivery, const Result<http::Reply>& reply) {
    WebhookSource& source = source_of(delivery.webhook);
    Attempt attempt{desk_.now.ms, 0, {}};
    if (reply)
        attempt.status = reply->status;
    else
        attempt.outcome = reply.error().code;
    if (delivery.attempts.size() == most_attempts) delivery.attempts.erase(delivery.attempts.begin());
    delivery.attempts.push_back(std::move(attempt));

    const bool is_first = delivery.attempts.size() == 1;
    if (is_first) release_what_waits_for(delivery.number);
    if (reply && source.is_accepted(reply->status)) {
        end(delivery, DeliveryState::delivered);
        return;
    }
    ++delivery.failed;
    const auto ladder = ladder_of(source);
    if (delivery.is_extra || delivery.failed > static_cast<std::int64_t>(ladder.size())) {
        end(delivery, DeliveryState::given_up);
        if (!delivery.is_extra) source.gave_up(delivery.webhook);
        return;
    }
    delivery.due_at = desk_.now.ms + ladder[static_cast<std::size_t>(delivery.failed - 1)];
    queue_.emplace(delivery.due_at, delivery.number);
}

void WebhookSender::save(const Delivery& delivery) {
    if (!desk_.records.is_kept()) return;
    Delivery copy = delivery;
    desk_.records.put(RecordKind::webhook_delivery, std::to_string(copy.number), Packer::pack(copy));
}

void WebhookSender::wake() {
    if (scheduler_ == nullptr || queue_.empty()) return;
    if (queue_.begin()->first <= desk_.now.ms && !is_pump_posted_) {
        is_pump_posted_ = true;
        scheduler_->call_after(Millis{0}, [this, alive = std::weak_ptr<bool>{alive_}] {
            if (!alive.expired()) pump();
        });
    }
    const auto later = queue_.upper_bound({desk_.now.ms, INT64_MAX});
    if (later == queue_.end() || (planned_at_ && *planned_at_ > desk_.now.ms && *planned_at_ <= later->first)) return;
    // A clock may be set back and forth meanwhile.
    const std::int64_t at = std::min(later->first, desk_.now.ms + longest_wait.count());
    planned_at_ = at;
    scheduler_->call_after(Millis{at - desk_.now.ms}, [this, at, alive = std::weak_ptr<bool>{alive_}] {
        if (alive.expired()) return;
        {
            const std::lock_guard lock{lock_};
            if (planned_at_ == at) planned_at_.reset();
        }
        pump();
    });
}

void WebhookSender::pump() {
    std::vector<std::int64_t> ready;
    {
        const std::lock_guard lock{lock_};
        desk_.now = desk_.world.clock.now();
        // While this runs, those that it passes over because of others need no call of their own: the others'
        // ends will make one.
        is_pump_posted_ = true;
        for (auto at = queue_.begin(); at != queue_.end() && at->first <= desk_.now.ms;) {
            Delivery& delivery = deliveries_.at(at->second);
            const bool has_place = on_their_way_ < settings_.concurrency;
            if (!has_place && extras_waiting_ == 0) break;
            const ObjectKey key{delivery.webhook.endpoint, delivery.webhook.object};
            if (!delivery.is_extra && (!has_place || busy_.contains(key))) {
                ++at;
                continue;
            }
            if (delivery.is_extra) {
                --extras_waiting_;
            } else {
                busy_.insert(key);
                ++on_their_way_;
            }
            at = queue_.erase(at);
            if (held_.erase(delivery.number) != 0) delivery.waits_for = 0;
            ready.push_back(delivery.number);
        }
        wake();
        is_pump_posted_ = false;
    }
    for (const std::int64_t number : ready) scheduler_->spawn(attempt(number));
}

Task<void> WebhookSender::attempt(std::int64_t number) {
    const std::weak_ptr<bool> alive = alive_;
    std::optional<Envelope> envelope;
    std::string body;
    {
        const std::lock_guard lock{lock_};
        const Delivery& delivery = deliveries_.at(number);
        const Webhook& webhook = delivery.webhook;
        body = webhook.body;
        envelope = source_of(webhook).address(webhook, webhook.signed_text.empty() ? webhook.body : webhook.signed_text,
                                              delivery.is_forged);
        if (delivery.corrupts != 0 && delivery.attempts.empty()) {
            char& octet = body[static_cast<std::size_t>(delivery.corrupts - 1)];
            octet = octet == '7' ? '8' : '7';
        }
    }
    Result<http::Reply> reply = fail(ErrorKind::unavailable, "endpoint_inactive", "The endpoint is switched off.");
    const bool is_sent = envelope.has_value();
    if (is_sent) {
        http::Call call;
        call.url = std::move(envelope->url);
        call.headers = std::move(envelope->headers);
        call.body = std::move(body);
        call.is_repeatable = true;  // At least once is what is promised.
        {
            const std::lock_guard lock{lock_};
            call.timeout = Millis{settings_.timeout_ms};
        }
        reply = co_await client_().send(std::move(call));
        if (alive.expired()) co_return;
    }

    const std::lock_guard lock{lock_};
    desk_.now = desk_.world.clock.now();
    Delivery& delivery = deliveries_.at(number);
    if (!delivery.is_extra) {
        busy_.erase({delivery.webhook.endpoint, delivery.webhook.object});
        --on_their_way_;
    }
    if (is_sent) {
        record(delivery, reply);
    } else {
        delivery.attempts.push_back({desk_.now.ms, 0, reply.error().code});
        release_what_waits_for(number);
        end(delivery, DeliveryState::given_up);
    }
    if (const auto kept = deliveries_.find(number); kept != deliveries_.end()) save(kept->second);
    desk_.records.commit();
    wake();
}

Task<int> WebhookSender::post(Envelope envelope, std::string body) {
    http::Call call;
    call.url = std::move(envelope.url);
    call.headers = std::move(envelope.headers);
    call.body = std::move(body);
    std::function<http::Client&()> client;
    {
        const std::lock_guard lock{lock_};
        call.timeout = Millis{settings_.timeout_ms};
        client = client_;
    }
    if (!client) co_return 0;
    const Result<http::Reply> reply = co_await client().send(std::move(call));
    co_return reply ? reply->status : 0;
}

Result<bool> WebhookSender::change_setting(std::string_view name, const json::Value& value) {
    if (name == "webhook_retry_scale") {
        const auto million = parse_amount(value.text(), 6);
        if (!million || *million < 0 || *million > 1'000'000) return invalid_setting("0 to 1, six decimals.", name);
        settings_.scale_of_million = *million;
    } else if (name == "webhook_retry_ms") {
        std::vector<std::int64_t> ladder;
        if (!value.is_null() && value.kind() != json::Kind::array) return invalid_setting("A list, or null.", name);
        if (!value.is_null()) {
            for (const json::Value& item : value.items()) {
                const auto ms = integer_within(item, 0, 2'592'000'000);
                if (!ms || ladder.size() == 40) return invalid_setting("At most 40 times 0 to 2592000000.", name);
                ladder.push_back(*ms);
            }
        }
        settings_.has_ladder = !value.is_null();
        settings_.ladder_ms = std::move(ladder);
    } else if (name == "webhook_timeout_ms") {
        const auto ms = integer_within(value, 1, 600'000);
        if (!ms) return invalid_setting("1 to 600000.", name);
        settings_.timeout_ms = *ms;
    } else if (name == "webhook_concurrency") {
        const auto count = integer_within(value, 1, 1'000);
        if (!count) return invalid_setting("1 to 1000.", name);
        settings_.concurrency = *count;
    } else {
        return false;
    }
    Settings stored = settings_;
    desk_.records.put(RecordKind::webhook_settings, "settings", Packer::pack(stored));
    return true;
}

void WebhookSender::write_settings(json::Writer& json) const {
    std::string scale = std::to_string(1'000'000 + settings_.scale_of_million).substr(1);
    json.raw_field("webhook_retry_scale", settings_.scale_of_million == 1'000'000 ? "1" : "0." + scale);
    json.key("webhook_retry_ms");
    if (settings_.has_ladder) {
        json.open('[');
        for (const std::int64_t ms : settings_.ladder_ms) json.value(ms);
        json.close(']');
    } else {
        json.null();
    }
    json.field("webhook_timeout_ms", settings_.timeout_ms).field("webhook_concurrency", settings_.concurrency);
}

}  // namespace florin::sandbox
