#pragma once

#include "bodies.hpp"

namespace florin::webhooks {

EndpointView view_of(const Endpoint& endpoint);
/// With the secret, which is shown only now.
EndpointView view_of(const WithSecret& made);
AttemptView view_of(const Attempt& attempt);

}  // namespace florin::webhooks
