#pragma once

#include <functional>
#include <string>

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

/// Whether a merchant's payments can go through a connector of that name.
bool is_connector(std::string_view name);

}  // namespace florin::app
