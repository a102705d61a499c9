#pragma once

#include <functional>
#include <memory>
#include <string>

#include "florin/http/client.hpp"
#include "florin/payments/connector.hpp"
#include "florin/runtime/world.hpp"

namespace florin::bank_simulator {

struct Settings {
    std::string base_url;  ///< Where the sandbox listens: `http://127.0.0.1:8090`.
    Millis timeout{30'000};
};

/// The bank of document C. `client` gives the HTTP client of the thread that it is called on.
/// A payment that is pending is let go on by the same request with the same reference; a look-up only reads.
///
/// Source: requirements C-SI-01 … C-SI-05, X-14.
std::unique_ptr<payments::Connector> make_bank_simulator(Settings settings, World world,
                                                         std::function<http::Client&()> client);

}  // namespace florin::bank_simulator
