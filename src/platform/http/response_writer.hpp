#pragma once

#include <string>
#include <string_view>

#include "florin/http/message.hpp"

namespace florin::http {

struct ResponseFrame {
    bool is_close = false;  ///< The connection ends after this response.
    bool is_http_one_zero = false;
};

/// The status line and the header, ready to be sent, in place of `head`. False when a header of the
/// response holds what would end its line: it must not be sent (F144).
bool write_head(const Response& response, ResponseFrame frame, std::string_view date, std::string& head);

/// The edge's own refusals, before any route is known: RFC 9457, under a correlation id of their own.
Response edge_problem(int status, std::string_view code, std::string_view message);

/// `Fri, 20 Nov 2026 10:15:30 GMT`, made anew once a second. For this thread, until its next call.
std::string_view http_date();

}  // namespace florin::http
