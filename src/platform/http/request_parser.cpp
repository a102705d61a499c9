#include "request_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <vector>

#include "chunked.hpp"
#include "text.hpp"
#include "wipe.hpp"

namespace florin::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;

constexpr std::size_t max_target_bytes = 8 * 1024;
constexpr std::size_t max_fields = 100;
constexpr std::string_view known_methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/// Header strings that earlier requests on this thread have left, with their memory: most requests
/// then allocate none.
class SpareHeaders {
public:
    void give_back(std::vector<Header>& headers) {
        for (Header& header : headers)
            if (spare_.size() < 256 && header.second.capacity() <= 512) spare_.push_back(std::move(header));
        headers.clear();
    }
    Header take() {
        if (spare_.empty()) return {};
        Header header = std::move(spare_.back());
        spare_.pop_back();
        return header;
    }

private:
    std::vector<Header> spare_;
};
thread_local SpareHeaders spare_headers;

bool equals_ignoring_case(std::string_view a, std::string_view lower_case) {
    return a.size() == lower_case.size() &&
           std::equal(a.begin(), a.end(), lower_case.begin(), [](char x, char y) { return lower(x) == y; });
}

constexpr Refusal malformed{400, "malformed_request", "The request is not well-formed HTTP/1.1."};
constexpr Refusal ambiguous_length{400, "ambiguous_length", "The length of the body is given twice or not clearly."};
constexpr Refusal too_large{431, "headers_too_large", "The header fields are too large."};
constexpr Refusal uri_too_long{414, "uri_too_long", "The path and query are too long."};
constexpr Refusal bad_path{400, "bad_path", "The path is not well-formed."};

}  // namespace

bool decode_path(std::string_view raw, std::string& path) {
    path.clear();
    if (!raw.starts_with('/') || raw.find('\\') != std::string_view::npos) return false;
    path.assign(raw.substr(0, raw.find('%')));
    for (std::size_t i = path.size(); i < raw.size(); ++i) {
        char c = raw[i];
        if (c == '%') {
            if (i + 2 >= raw.size()) return false;
            const int high = hex_digit(raw[i + 1]);
            const int low = hex_digit(raw[i + 2]);
            if (high < 0 || low < 0) return false;
            c = static_cast<char>(high * 16 + low);
            // An encoded slash would be one segment to some and two to others.
            if (c == '/') return false;
            i += 2;
        }
        if (c == '\\') return false;
        path.push_back(c);
    }
    // Parts of it are kept, and no database takes octets that are no text.
    if (!is_plain_text(path)) return false;
    for (std::size_t begin = 1; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view segment = std::string_view{path}.substr(begin, end - begin);
        if (segment == "." || segment == "..") return false;
        begin = end + 1;
    }
    return true;
}

/// Beast does the reading; what it lets through and we do not is refused in the callbacks.
struct RequestParser::Reader {
    class Beast final : public beast::http::basic_parser<true> {
    public:
        explicit Beast(Reader& reader) : reader_{reader} {}

    private:
        using View = beast::string_view;
        static std::string_view std_view(View text) { return {text.data(), text.size()}; }

        void on_request_impl(beast::http::verb, View method, View target, int version, beast::error_code& ec) override {
            reader_.on_start(std_view(method), std_view(target), version);
            stop_if_refused(ec);
        }
        void on_field_impl(beast::http::field, View name, View value, beast::error_code& ec) override {
            reader_.on_field(std_view(name), std_view(value));
            stop_if_refused(ec);
        }
        void on_header_impl(beast::error_code& ec) override {
            reader_.on_header();
            stop_if_refused(ec);
        }
        void on_body_init_impl(boost::optional<std::uint64_t> const& length, beast::error_code&) override {
            if (length) reader_.request->body.reserve(static_cast<std::size_t>(*length));
        }
        std::size_t on_body_impl(View body, beast::error_code&) override {
            append_wiping(reader_.request->body, std_view(body));
            return body.size();
        }
        void on_chunk_header_impl(std::uint64_t, View extensions, beast::error_code& ec) override {
            if (!extensions.empty()) reader_.refuse(malformed);
            stop_if_refused(ec);
        }
        std::size_t on_chunk_body_impl(std::uint64_t, View body, beast::error_code&) override {
            append_wiping(reader_.request->body, std_view(body));
            return body.size();
        }
        void on_finish_impl(beast::error_code&) override {}
        void on_response_impl(int, View, int, beast::error_code&) override {}

        void stop_if_refused(beast::error_code& ec) const {
            if (reader_.refusal) ec = error::bad_value;
        }
        Reader& reader_;
    };

    /// Walks over the lines that have come, each once. A line that ends without CR or that continues
    /// the one before is read differently by different servers, so it is refused.
    bool has_whole_header(std::string_view bytes, std::size_t limit) {
        while (!refusal) {
            const std::size_t end = bytes.find('\n', looked_at);
            if (end == std::string_view::npos) {
                looked_at = bytes.size();
                break;
            }
            if (end == 0 || bytes[end - 1] != '\r') {
                refuse(malformed);
            } else if (line_begin == 0 && end >= limit) {
                refuse(uri_too_long);
            } else if (end - line_begin == 1) {
                if (line_begin == 0) refuse(malformed);
                if (end >= limit) refuse(too_large);
                return !refusal;
            } else if (bytes[line_begin] == ' ' || bytes[line_begin] == '\t') {
                refuse(malformed);
            }
            looked_at = line_begin = end + 1;
        }
        if (bytes.size() >= limit) refuse(line_begin == 0 ? uri_too_long : too_large);
        return false;
    }

    void refuse(const Refusal& why) {
        if (!refusal) refusal = why;
    }

    void on_start(std::string_view method, std::string_view target, int version) {
        if (std::ranges::find(known_methods, method) == std::end(known_methods))
            return refuse({501, "method_not_implemented", "This method is not known here."});
        if (target.size() > max_target_bytes) return refuse(uri_too_long);
        is_one_zero = version < 11;
        request->method.assign(method);
        for (const std::string_view scheme : {"http://", "https://"}) {
            if (!target.starts_with(scheme)) continue;
            const std::size_t slash = target.find('/', scheme.size());
            target = slash == std::string_view::npos ? "/" : target.substr(slash);
        }
        // Looked through to the end, so that many characters are compared at once.
        bool is_visible = true;
        for (const char c : target) is_visible &= c > 0x20 && c < 0x7f && c != '#';
        if (!is_visible) return refuse(bad_path);
        const std::size_t mark = target.find('?');
        if (mark != std::string_view::npos) request->query.assign(target.substr(mark + 1));
        if (!decode_path(target.substr(0, mark), request->path)) refuse(bad_path);
    }

    void on_field(std::string_view name, std::string_view value) {
        // Trailers are read and forgotten: nothing decided upon the header may change behind it.
        if (is_header_complete) return;
        if (request->headers.size() >= max_fields)
            return refuse({431, "too_many_headers", "The request has too many header fields."});
        if (equals_ignoring_case(name, "content-length")) {
            if (has_length || has_coding) return refuse(ambiguous_length);
            has_length = true;
            if (value.empty() || !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }))
                return refuse(ambiguous_length);
        } else if (equals_ignoring_case(name, "transfer-encoding")) {
            if (has_length || has_coding || is_one_zero) return refuse(ambiguous_length);
            has_coding = true;
            if (!equals_ignoring_case(value, "chunked"))
                return refuse(
                    {501, "transfer_coding_not_implemented", "Only the chunked transfer coding is known here."});
        } else if (equals_ignoring_case(name, "host")) {
            if (has_host) return refuse({400, "bad_host", "The request names its host twice."});
            has_host = true;
        } else if (equals_ignoring_case(name, "expect")) {
            if (!equals_ignoring_case(value, "100-continue"))
                return refuse({417, "unknown_expectation", "Only 100-continue can be expected."});
            expects_continue = !is_one_zero;
        }
        Header& header = request->headers.emplace_back(spare_headers.take());
        header.first.resize(name.size());
        std::ranges::transform(name, header.first.begin(), lower);
        header.second.assign(value);
    }

    void on_header() {
        is_header_complete = true;
        if (!has_host && !is_one_zero) refuse({400, "bad_host", "The request names no host."});
    }

    void on_error(const beast::error_code& ec) {
        if (refusal) return;
        if (ec == error::header_limit) {
            refuse(too_large);
        } else if (ec == error::body_limit) {
            refuse({413, "body_too_large", "The body is too large."});
        } else if (ec == error::bad_version) {
            refuse({505, "http_version_not_supported", "Only HTTP/1.1 and 1.0 are spoken here."});
        } else if (ec == error::multiple_content_length || ec == error::bad_content_length ||
                   ec == error::bad_transfer_encoding) {
            refuse(ambiguous_length);
        } else {
            refuse(malformed);
        }
    }

    std::optional<Beast> beast;
    Request* request = nullptr;
    std::optional<Refusal> refusal;
    std::size_t line_begin = 0;
    std::size_t looked_at = 0;
    bool is_header_complete = false;
    bool is_one_zero = false;
    bool has_host = false;
    bool has_length = false;
    bool has_coding = false;
    bool expects_continue = false;
};

RequestParser::RequestParser(RequestLimits limits) : limits_{limits}, reader_{std::make_unique<Reader>()} {}
RequestParser::~RequestParser() = default;

void RequestParser::begin(Request& request) {
    request.method.clear();
    request.path.clear();
    request.query.clear();
    spare_headers.give_back(request.headers);
    wipe(request.body);
    request.body = std::string{};

    Reader& reader = *reader_;
    reader.beast.reset();
    reader.request = &request;
    reader.refusal.reset();
    reader.line_begin = reader.looked_at = 0;
    reader.is_header_complete = reader.is_one_zero = false;
    reader.has_host = reader.has_length = reader.has_coding = reader.expects_continue = false;
    reader.beast.emplace(reader);
    reader.beast->eager(true);
    reader.beast->header_limit(static_cast<std::uint32_t>(limits_.max_header_bytes));
    reader.beast->body_limit(limits_.max_body_bytes);
}

std::size_t RequestParser::take(std::string_view bytes) {
    Reader& reader = *reader_;
    // Beast would read line by line. Waiting for the whole header lets its lines be judged first.
    if (!reader.is_header_complete && !reader.has_whole_header(bytes, limits_.max_header_bytes)) return 0;
    if (reader.beast->chunked() && bytes.size() < shortest_chunked_rest) return 0;
    beast::error_code ec;
    const std::size_t taken = reader.beast->put(boost::asio::buffer(bytes.data(), bytes.size()), ec);
    if (ec && ec != error::need_more) reader.on_error(ec);
    // What stays behind is a chunk's head or a trailer that has not ended yet.
    if (!is_complete() && bytes.size() - taken > limits_.max_header_bytes) reader.refuse(too_large);
    return taken;
}

bool RequestParser::is_header_complete() const { return reader_->is_header_complete; }
bool RequestParser::is_complete() const { return reader_->beast->is_done() && !reader_->refusal; }
const Refusal* RequestParser::refusal() const { return reader_->refusal ? &*reader_->refusal : nullptr; }
bool RequestParser::keeps_alive() const { return reader_->beast->keep_alive(); }
bool RequestParser::is_http_one_zero() const { return reader_->is_one_zero; }
bool RequestParser::expects_continue() const { return reader_->expects_continue && !is_complete(); }

}  // namespace florin::http
