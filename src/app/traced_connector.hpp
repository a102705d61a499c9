#pragma once

#include <functional>
#include <memory>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"

namespace florin::app {

using FindClient = std::function<http::Client&()>;
using MakeConnector = std::function<std::unique_ptr<payments::Connector>(FindClient client)>;

/// A connector whose calls to the provider carry the trace of the operation that they are for, each under a parent id
/// of its own. Connectors keep nothing between operations, so each operation with a trace has one to itself, made by
/// `make` with a client that adds the header; they themselves know nothing of it.
std::unique_ptr<payments::Connector> trace_calls(MakeConnector make, FindClient client, World world);

/// Sends on through another client, with a child of a trace.
class TracingClient final : public http::Client {
public:
    TracingClient(http::Client& client, std::string traceparent, World world)
        : client_{client}, traceparent_{std::move(traceparent)}, world_{world} {}
    Task<Result<http::Reply>> send(http::Call call) override;

private:
    http::Client& client_;
    const std::string traceparent_;
    const World world_;
};

}  // namespace florin::app
