#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "florin/app/platform.hpp"
#include "florin/http/client.hpp"
#include "options.hpp"

namespace florin::app {

/// The connectors of a world outside: the real providers when there are credentials, else those of the
/// sandbox at `sandbox_url`.
Connectors make_connectors(const Options& options, const std::string& sandbox_url, World world,
                           std::function<http::Client&()> client);

/// The way out for mail: the operator's, else the sandbox's; nothing where there is neither.
std::unique_ptr<notifications::Transport> make_mail(const Options& options, const std::string& sandbox_url,
                                                    std::function<http::Client&()> client);

/// Where cases are mirrored to: the operator's Salesforce, else the sandbox's; nothing where there is neither.
std::unique_ptr<cases::Crm> make_crm(const Options& options, const std::string& sandbox_url, World world,
                                     std::function<http::Client&()> client);

/// The connectors that a merchant's payments can go through.
inline constexpr std::array<std::string_view, 6> connector_names{"authorize_net", "stripe", "chargebee",
                                                                 "buckaroo",      "wallet", "bank_simulator"};
bool is_connector(std::string_view name);
/// `authorize_net, stripe, …`, for people.
std::string list_of_connectors();

}  // namespace florin::app
