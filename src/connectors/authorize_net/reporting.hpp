#pragma once

#include <functional>
#include <string>
#include <vector>

#include "florin/authorize_net/authorize_net.hpp"
#include "reply.hpp"

namespace florin::authorize_net {

/// The one address, and how a body gets there and back.
class Line {
public:
    Line(Settings settings, std::function<http::Client&()> client);
    const Settings& settings() const { return settings_; }

    Credentials credentials() const { return {settings_.login.expose(), settings_.transaction_key.expose()}; }
    /// Moves money: sent once. Errors `not_sent` (`unavailable`) and `no_answer` (`outcome_unknown`): timeouts,
    /// statuses other than 200 and bodies that are not JSON are all the latter.
    Task<Result<json::Value>> command(std::string body);
    /// Only reads, so a dead connection is replaced. Errors as above.
    Task<Result<json::Value>> query(std::string body);

private:
    Task<Result<json::Value>> send(std::string body, Millis timeout, bool is_repeatable);
    Settings settings_;
    std::string url_;
    std::function<http::Client&()> client_;
};

/// Nothing is known of what was asked for.
std::unexpected<Error> unclear(std::string_view code, std::string_view message);
/// An `Error` reply to a query says nothing about it either.
std::unexpected<Error> unclear(const Envelope& envelope);

/// Finds transactions again. Every error is `outcome_unknown`: a list that was not read to its end says nothing.
class Reporting {
public:
    Reporting(Line& line, Clock& clock) : line_{line}, clock_{clock} {}

    /// Error `not_found` when the provider knows no such transaction.
    Task<Result<Details>> details(std::string transaction_id);
    /// Every transaction with that invoice number, among the unsettled ones first and then, because it may have
    /// settled meanwhile, in the batches since. Empty when there is none yet.
    Task<Result<std::vector<Details>>> with_invoice_number(std::string reference, Instant sent_at);

private:
    /// Reads a list, newest first, until it ends or is older than what is sought. `body_of(page)` asks for a page.
    Task<Result<std::vector<std::string>>> scan(std::function<std::string(int)> body_of, std::string reference,
                                                Instant oldest);
    Line& line_;
    Clock& clock_;
};

}  // namespace florin::authorize_net
