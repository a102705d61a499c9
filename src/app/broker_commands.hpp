#pragma once

#include "florin/broker/broker.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/payments/payments.hpp"

namespace florin::app {

/// What may be asked for through the message broker: `florin.command.capture`, `.refund` and `.cancel`, each once per
/// message id. What comes of it is told by events.
void add_broker_commands(broker::Broker& broker, payments::Payments& payments, const idempotency::Secret& secret);

}  // namespace florin::app
