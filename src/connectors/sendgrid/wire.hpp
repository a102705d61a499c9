#pragma once

#include <string>

#include "florin/base/result.hpp"
#include "florin/http/client.hpp"
#include "florin/notifications/transport.hpp"

/// SendGrid's v3 API as it goes over the wire. Source: providers' notes on e-mail, section 3.
namespace florin::sendgrid {

/// The body of `POST /v3/mail/send`.
std::string mail_of(const notifications::Letter& letter);
/// What its answer means. It has no idempotency key, so that what may have been taken is never called deferred.
notifications::Delivery delivery_of(const Result<http::Reply>& reply);

/// `query` of `GET /v3/messages`, encoded: the mail that has this notification's id among its custom arguments.
std::string query_of(const notifications::Letter& letter);
notifications::Trace trace_of(const Result<http::Reply>& reply);

}  // namespace florin::sendgrid
