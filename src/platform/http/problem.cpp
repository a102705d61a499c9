#include "problem.hpp"

#include <algorithm>
#include <array>

#include "florin/http/router.hpp"

namespace florin::http {
namespace {

/// `invalid` because the bytes could not be read at all, so there are no fields to speak of.
constexpr std::array unreadable{"malformed_json", "json_too_deep", "duplicate_field", "malformed_query"};

std::string_view title_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
            return "Invalid request";
        case ErrorKind::unauthenticated:
            return "Not authenticated";
        case ErrorKind::forbidden:
            return "Not allowed";
        case ErrorKind::not_found:
            return "Not found";
        case ErrorKind::conflict:
            return "Conflict";
        case ErrorKind::mismatch:
            return "Idempotency key used with another request";
        case ErrorKind::declined:
            return "Declined";
        case ErrorKind::rate_limited:
            return "Too many requests";
        case ErrorKind::too_large:
            return "Too large";
        case ErrorKind::unavailable:
            return "Not available";
        case ErrorKind::outcome_unknown:
            return "Outcome not yet known";
    }
    return "Error";
}

}  // namespace

int status_of(const Error& error) {
    switch (error.kind) {
        case ErrorKind::invalid:
            if (error.code == "method_not_allowed") return 405;
            return std::ranges::find(unreadable, error.code) == unreadable.end() ? 422 : 400;
        case ErrorKind::unauthenticated:
            return 401;
        case ErrorKind::forbidden:
            return 403;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::conflict:
            return 409;
        case ErrorKind::mismatch:
            return 422;
        case ErrorKind::declined:
            return 402;
        case ErrorKind::rate_limited:
            return 429;
        case ErrorKind::too_large:
            return 413;
        case ErrorKind::unavailable:
            return error.code == "internal_error" ? 500 : 503;
        case ErrorKind::outcome_unknown:
            return 202;
    }
    return 500;
}

Response problem(const Error& error, std::string_view correlation_id) {
    const int status = status_of(error);
    ProblemBody body{.type = "/problems/" + error.code,
                     .title = status == 500 ? "Internal error" : title_of(error.kind),
                     .status = status,
                     .detail = error.message,
                     .code = error.code,
                     .field = {},
                     .correlation_id = correlation_id};
    if (!error.field.empty()) body.field = error.field;
    Response response{
        .status = status, .body = json::to_text(body), .content_type = "application/problem+json", .headers = {}};
    if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
    if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
}

Response reply(int status, std::string json) {
    return {.status = status, .body = std::move(json), .content_type = "application/json", .headers = {}};
}

}  // namespace florin::http
