#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "florin/http/message.hpp"

namespace florin::http {

struct RequestLimits {
    std::size_t max_header_bytes = 16 * 1024;
    std::size_t max_body_bytes = 256 * 1024;
};

/// Why a request is not even looked at: a status and a stable code. The texts are literals.
struct Refusal {
    int status = 0;
    std::string_view code;
    std::string_view message;
};

/// Reads requests from bytes, strictly: what two parsers could understand differently is refused, so
/// that nothing can be smuggled past a proxy in front (F143). Knows no socket. One per connection,
/// reused from request to request.
class RequestParser {
public:
    explicit RequestParser(RequestLimits limits);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;

    /// Begins a new request and empties `request`, which stays in use until the next `begin`.
    void begin(Request& request);
    /// Takes bytes that follow those taken before and returns how many it took. The rest is to be
    /// offered again with more behind it or, when the request is complete, belongs to the next one.
    std::size_t take(std::string_view bytes);

    bool is_header_complete() const;
    bool is_complete() const;
    /// Not null when the request is to be refused and the connection closed.
    const Refusal* refusal() const;
    bool keeps_alive() const;
    bool is_http_one_zero() const;
    /// The client waits for `100 Continue` before it sends the body.
    bool expects_continue() const;

private:
    struct Reader;
    RequestLimits limits_;
    std::unique_ptr<Reader> reader_;
};

/// Decodes a path: percent signs strictly, UTF-8 without control characters, no encoded slashes, no `.` or
/// `..` segments. False when it is refused.
bool decode_path(std::string_view raw, std::string& path);

}  // namespace florin::http
