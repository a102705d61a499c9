#include "traced_connector.hpp"

#include "florin/http/trace.hpp"

namespace florin::app {
namespace {

using payments::Answer;
using payments::BillingAddress;
using payments::Card;
using payments::Charge;
using payments::Connector;
using payments::FollowUp;
using payments::Lookup;

class TracedConnector final : public Connector {
public:
    TracedConnector(MakeConnector make, FindClient client, World world)
        : make_{std::move(make)}, client_{std::move(client)}, world_{world}, of_{make_(client_)} {}

    std::string_view name() const override { return of_->name(); }
    payments::Capabilities capabilities() const override { return of_->capabilities(); }
    Task<Answer> authorize(const Charge& charge) override { return within(&Connector::authorize, charge); }
    Task<Answer> purchase(const Charge& charge) override { return within(&Connector::purchase, charge); }
    Task<Answer> capture(const FollowUp& capture) override { return within(&Connector::capture, capture); }
    Task<Answer> refund(const FollowUp& refund) override { return within(&Connector::refund, refund); }
    Task<Answer> cancel(const FollowUp& cancel) override { return within(&Connector::cancel, cancel); }
    Task<Answer> lookup(const Lookup& operation) override { return within(&Connector::lookup, operation); }
    Task<void> acknowledge(const Lookup& operation) override { return within(&Connector::acknowledge, operation); }
    Task<payments::Reversals> reversals(const Lookup& operation) override {
        return within(&Connector::reversals, operation);
    }
    Task<payments::StoredCard> store_card(const Card& card, const BillingAddress& billing, std::string_view customer_id,
                                          std::string_view reference) override {
        return of_->store_card(card, billing, customer_id, reference);
    }
    Task<Result<std::string>> reference_of(std::string provider_id) override {
        return of_->reference_of(std::move(provider_id));
    }
    Task<Result<std::vector<payments::Settlement>>> settlements(Instant since, Instant until) override {
        return of_->settlements(since, until);
    }
    Task<Result<payments::SettlementPage>> settlement_lines(const payments::Settlement& settlement,
                                                            std::string cursor) override {
        return of_->settlement_lines(settlement, std::move(cursor));
    }
    Result<payments::Notice> read_webhook(const http::Request& request, Instant now) const override {
        return of_->read_webhook(request, now);
    }

private:
    /// `operation` outlives the task: it is the caller's.
    template <class T, class Operation>
    Task<T> within(Task<T> (Connector::*ask)(const Operation&), const Operation& operation) {
        if (operation.traceparent.empty()) co_return co_await (*of_.*ask)(operation);
        TracingClient client{client_(), operation.traceparent, world_};
        const auto at = make_([&client]() -> http::Client& { return client; });
        co_return co_await (*at.*ask)(operation);
    }

    const MakeConnector make_;
    const FindClient client_;
    const World world_;
    const std::unique_ptr<Connector> of_;
};

}  // namespace

Task<Result<http::Reply>> TracingClient::send(http::Call call) {
    if (std::string trace = http::child_of(traceparent_, world_.new_uuid()); !trace.empty())
        call.headers.emplace_back("traceparent", std::move(trace));
    return client_.send(std::move(call));
}

std::unique_ptr<Connector> trace_calls(MakeConnector make, FindClient client, World world) {
    return std::make_unique<TracedConnector>(std::move(make), std::move(client), world);
}

}  // namespace florin::app
