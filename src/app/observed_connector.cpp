#include "observed_connector.hpp"

#include <mutex>

#include "florin/json/writer.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::app {
namespace {

using payments::Answer;
using payments::Charge;
using payments::FollowUp;
using payments::Lookup;
using payments::Outcome;

class ObservedConnector final : public payments::Connector, public ConnectorWatch {
public:
    ObservedConnector(std::unique_ptr<payments::Connector> of, World world) : of_{std::move(of)}, world_{world} {}

    std::string_view name() const override { return of_->name(); }
    payments::Capabilities capabilities() const override { return of_->capabilities(); }
    Task<Answer> authorize(const Charge& charge) override { return observe(authorize_, of_->authorize(charge)); }
    Task<Answer> purchase(const Charge& charge) override { return observe(purchase_, of_->purchase(charge)); }
    Task<Answer> capture(const FollowUp& capture) override { return observe(capture_, of_->capture(capture)); }
    Task<Answer> refund(const FollowUp& refund) override { return observe(refund_, of_->refund(refund)); }
    Task<Answer> cancel(const FollowUp& cancel) override { return observe(cancel_, of_->cancel(cancel)); }
    Task<Answer> lookup(const Lookup& operation) override { return observe(lookup_, of_->lookup(operation)); }
    Task<payments::Reversals> reversals(const Lookup& operation) override {
        return measure(reversals_, of_->reversals(operation));
    }
    Task<payments::StoredCard> store_card(const payments::Card& card, const payments::BillingAddress& billing,
                                          std::string_view customer_id, std::string_view reference) override {
        return observe(store_card_, of_->store_card(card, billing, customer_id, reference));
    }
    Task<Result<std::string>> reference_of(std::string provider_id) override {
        return measure(reference_of_, of_->reference_of(std::move(provider_id)));
    }
    Task<Result<std::vector<payments::Settlement>>> settlements(Instant since, Instant until) override {
        return measure(settlements_, of_->settlements(since, until));
    }
    Task<Result<payments::SettlementPage>> settlement_lines(const payments::Settlement& settlement,
                                                            std::string cursor) override {
        return measure(settlement_lines_, of_->settlement_lines(settlement, std::move(cursor)));
    }
    Task<void> acknowledge(const Lookup& operation) override { return of_->acknowledge(operation); }
    Result<payments::Notice> read_webhook(const http::Request& request, Instant now) const override {
        return of_->read_webhook(request, now);
    }

    std::optional<LastError> last_error() const override {
        const std::lock_guard lock{mutex_};
        return last_error_;
    }

private:
    telemetry::Histogram& histogram(std::string_view operation) {
        return telemetry::metrics().histogram(
            "florin_provider_request_duration_seconds", "Time that a provider took for an operation, all its calls.",
            telemetry::Unit::seconds, {{"connector", std::string{of_->name()}}, {"operation", std::string{operation}}});
    }
    template <class T>
    Task<T> measure(telemetry::Histogram& into, Task<T> call) {
        const std::int64_t begun_ns = world_.clock.monotonic_ns();
        T answer = co_await std::move(call);
        into.observe(world_.clock.monotonic_ns() - begun_ns);
        co_return answer;
    }
    template <class T>
    Task<T> observe(telemetry::Histogram& into, Task<T> call) {
        T answer = co_await measure(into, std::move(call));
        if (answer.outcome == Outcome::no_answer || answer.outcome == Outcome::not_sent) {
            const std::lock_guard lock{mutex_};
            last_error_ = LastError{.outcome = answer.outcome, .at = world_.clock.now()};
        }
        co_return answer;
    }

    const std::unique_ptr<payments::Connector> of_;
    const World world_;
    telemetry::Histogram& authorize_ = histogram("authorize");
    telemetry::Histogram& purchase_ = histogram("purchase");
    telemetry::Histogram& capture_ = histogram("capture");
    telemetry::Histogram& refund_ = histogram("refund");
    telemetry::Histogram& cancel_ = histogram("cancel");
    telemetry::Histogram& lookup_ = histogram("lookup");
    telemetry::Histogram& reference_of_ = histogram("reference_of");
    telemetry::Histogram& reversals_ = histogram("reversals");
    telemetry::Histogram& settlements_ = histogram("settlements");
    telemetry::Histogram& settlement_lines_ = histogram("settlement_lines");
    telemetry::Histogram& store_card_ = histogram("store_card");
    mutable std::mutex mutex_;
    std::optional<LastError> last_error_;
};

Task<http::Response> list_connectors(ConnectorRoutes on) {
    std::string body;
    json::Writer json{body};
    json.open('{').key("data").open('[');
    for (const auto& [name, connector] : on.connectors) {
        const payments::Capabilities can = connector->capabilities();
        json.open('{').field("name", name).key("methods").open('[');
        for (const payments::Method method : can.methods) json.value(to_text(method));
        json.close(']').key("currencies").open('[');
        for (const std::string& currency : can.currencies) json.value(currency);
        json.close(']').field("takes_all_currencies", can.currencies.empty());
        const payments::BreakerState breaker = on.payments.breaker(name);
        json.key("breaker")
            .open('{')
            .field("state", breaker.is_open ? "open" : "closed")
            .field("since", breaker.since)
            .close('}');
        const auto watch = on.watches.find(name);
        if (const auto error = watch != on.watches.end() ? watch->second->last_error() : std::nullopt)
            json.key("last_error").open('{').field("class", to_text(error->outcome)).field("at", error->at).close('}');
        json.close('}');
    }
    json.close(']').close('}');
    co_return http::reply(200, std::move(body));
}

}  // namespace

std::map<std::string, ConnectorWatch*, std::less<>> watch(Connectors& connectors, World world) {
    std::map<std::string, ConnectorWatch*, std::less<>> watches;
    for (auto& [name, connector] : connectors) {
        auto observed = std::make_unique<ObservedConnector>(std::move(connector), world);
        watches.emplace(name, observed.get());
        connector = std::move(observed);
    }
    return watches;
}

http::Route connectors_route(ConnectorRoutes on) {
    return {.method = "GET",
            .path = "/api/v1/connectors",
            .operation_id = "listConnectors",
            .tag = "Payments",
            .summary = "List what there is to pay through, and how each is doing",
            .scope = "payments:read",
            .handler = [on](http::Exchange&) { return list_connectors(on); },
            .answers = {{200,
                         "Name, methods, currencies (none: all), the breaker's state since when, and what went wrong "
                         "last: `no_answer` or `not_sent`. Breaker and error are those of the process that answers."}}};
}

}  // namespace florin::app
