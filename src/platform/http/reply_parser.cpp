#include "reply_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "chunked.hpp"
#include "text.hpp"

namespace florin::http {
namespace {
namespace beast = boost::beast;
using beast::http::error;
constexpr std::uint32_t max_header_bytes = 64 * 1024;
}  // namespace

struct ReplyParser::Reader final : beast::http::basic_parser<false> {
    Reader(Reply& the_reply, bool is_answer_to_head, std::size_t max_body_bytes) : reply{the_reply} {
        eager(true);
        skip(is_answer_to_head);
        header_limit(max_header_bytes);
        body_limit(max_body_bytes);
        reply = Reply{};
    }

    using View = beast::string_view;
    void on_request_impl(beast::http::verb, View, View, int, beast::error_code&) override {}
    void on_response_impl(int status, View, int, beast::error_code&) override { reply.status = status; }
    void on_field_impl(beast::http::field field, View name, View value, beast::error_code& ec) override {
        if (has_header) return;
        using beast::http::field::content_length;
        using beast::http::field::transfer_encoding;
        if (field == content_length || field == transfer_encoding) {
            // Two lengths, or a coding that is not ours: where the body ends is anybody's guess.
            if (std::exchange(has_length, true)) ec = error::bad_content_length;
            if (field == transfer_encoding && !beast::iequals(value, "chunked")) ec = error::bad_transfer_encoding;
        }
        Header& header = reply.headers.emplace_back();
        header.first.resize(name.size());
        std::transform(name.begin(), name.end(), header.first.begin(), lower);
        header.second.assign(value.data(), value.size());
    }
    void on_header_impl(beast::error_code&) override { has_header = true; }
    void on_body_init_impl(boost::optional<std::uint64_t> const& length, beast::error_code&) override {
        if (length) reply.body.reserve(static_cast<std::size_t>(*length));
    }
    std::size_t on_body_impl(View body, beast::error_code&) override {
        reply.body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, View, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, beast::error_code&) override {
        reply.body.append(body.data(), body.size());
        return body.size();
    }
    void on_finish_impl(beast::error_code&) override {}

    Reply& reply;
    bool has_header = false;
    bool has_length = false;
    bool has_failed = false;
};

ReplyParser::ReplyParser(Reply& reply, bool is_answer_to_head, std::size_t max_body_bytes)
    : reply_{reply},
      is_answer_to_head_{is_answer_to_head},
      max_body_bytes_{max_body_bytes},
      reader_{std::make_unique<Reader>(reply, is_answer_to_head, max_body_bytes)} {}
ReplyParser::~ReplyParser() = default;

std::size_t ReplyParser::take(std::string_view bytes) {
    std::size_t taken = 0;
    while (taken < bytes.size() && !is_complete() && !has_failed()) {
        if (reader_->is_header_done() && reader_->chunked() && bytes.size() - taken < shortest_chunked_rest) break;
        beast::error_code ec;
        taken += reader_->put(boost::asio::buffer(bytes.data() + taken, bytes.size() - taken), ec);
        if (ec && ec != error::need_more) reader_->has_failed = true;
        if (ec) break;
        if (reader_->is_done() && reply_.status / 100 == 1) {
            // Nobody asked to switch protocols.
            if (reply_.status == 101) {
                reader_->has_failed = true;
                break;
            }
            reader_ = std::make_unique<Reader>(reply_, is_answer_to_head_, max_body_bytes_);
        }
    }
    if (!is_complete() && bytes.size() - taken > max_header_bytes) reader_->has_failed = true;
    return taken;
}

void ReplyParser::take_end() {
    beast::error_code ec;
    if (!reader_->got_some()) {
        reader_->has_failed = true;
        return;
    }
    reader_->put_eof(ec);
    if (ec) reader_->has_failed = true;
}

bool ReplyParser::is_complete() const { return reader_->is_done() && !reader_->has_failed; }
bool ReplyParser::has_failed() const { return reader_->has_failed; }
bool ReplyParser::keeps_alive() const { return reader_->keep_alive() && !reader_->need_eof(); }

}  // namespace florin::http
