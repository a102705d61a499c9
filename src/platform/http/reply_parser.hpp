#pragma once

#include <memory>
#include <string_view>

#include "florin/http/client.hpp"

namespace florin::http {

/// Reads one reply from bytes. What is not clearly HTTP/1.x is `has_failed`: then nobody knows what
/// the other side did. Interim replies (1xx) are skipped. Knows no socket.
class ReplyParser {
public:
    ReplyParser(Reply& reply, bool is_answer_to_head, std::size_t max_body_bytes);
    ~ReplyParser();
    ReplyParser(const ReplyParser&) = delete;

    /// Takes bytes that follow those taken before and returns how many it took; the rest is to be
    /// offered again with more behind it, or came unasked.
    std::size_t take(std::string_view bytes);
    /// The peer has finished sending: the end of some replies, the loss of others.
    void take_end();

    bool is_complete() const;
    bool has_failed() const;
    bool keeps_alive() const;

private:
    struct Reader;
    Reply& reply_;
    bool is_answer_to_head_;
    std::size_t max_body_bytes_;
    std::unique_ptr<Reader> reader_;
};

}  // namespace florin::http
