// Feeds bytes to the reading of requests and replies: the code that the server and the client use,
// without their sockets. The first byte says where the input is cut in two, as a network would.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reply_parser.hpp"
#include "request_parser.hpp"

namespace {

using namespace florin::http;

void require(bool ok) {
    if (!ok) std::abort();
}

/// One piece after the other, offering again what was not taken, as a connection does.
template <class Parser, class Stop>
void feed(Parser& parser, std::string_view bytes, std::size_t cut, Stop stop) {
    std::string unread;
    for (const std::string_view piece : {bytes.substr(0, cut), bytes.substr(cut)}) {
        unread.append(piece);
        while (!unread.empty() && !stop(parser)) {
            const std::size_t taken = parser.take(unread);
            require(taken <= unread.size());
            unread.erase(0, taken);
            if (taken == 0) break;
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes{static_cast<const char*>(static_cast<const void*>(data + 1)), size - 1};
    const std::size_t cut = size > 1 ? data[0] % (size - 1) : 0;

    Request request;
    RequestParser requests{{.max_header_bytes = 1024, .max_body_bytes = 4096}};
    requests.begin(request);
    feed(requests, bytes, cut, [](const RequestParser& p) { return p.is_complete() || p.refusal() != nullptr; });
    if (requests.is_complete()) {
        require(request.path.starts_with('/'));
        require(request.path.find('\0') == std::string::npos);
        require(request.body.size() <= 4096);
        for (const auto& [name, value] : request.headers) require(value.find_first_of("\r\n") == std::string::npos);
        require(!(!request.header("content-length").empty() && !request.header("transfer-encoding").empty()));
    }

    Reply reply;
    ReplyParser replies{reply, false, 4096};
    feed(replies, bytes, cut, [](const ReplyParser& p) { return p.is_complete() || p.has_failed(); });
    if (!replies.is_complete() && !replies.has_failed()) replies.take_end();
    require(reply.body.size() <= 4096);
    return 0;
}
