#include "response_writer.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "florin/runtime/world.hpp"

namespace florin::http {
namespace {

void append_number(std::string& text, std::size_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

bool ends_its_line(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

/// What every response of ours carries: its name, and the whole line.
struct CommonHeader {
    std::string_view name;
    std::string_view line;
};
constexpr CommonHeader common_headers[] = {
    {"Cache-Control", "Cache-Control: no-store\r\n"},
    {"X-Content-Type-Options", "X-Content-Type-Options: nosniff\r\n"},
    {"Referrer-Policy", "Referrer-Policy: no-referrer\r\n"},
    {"X-Frame-Options", "X-Frame-Options: DENY\r\n"},
    {"Content-Security-Policy", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"},
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool has_own(const Response& response, std::string_view name) {
    return std::ranges::any_of(response.headers,
                               [&](const Header& header) { return equal_ignoring_case(header.first, name); });
}

void append_common_headers(const Response& response, std::string& head) {
    if (!has_own(response, "X-Correlation-Id")) append_header(head, "X-Correlation-Id", response.correlation_id);
    for (const auto& [name, line] : common_headers)
        if (!has_own(response, name)) head.append(line);
}

}  // namespace

bool write_head(const Response& response, ResponseFrame frame, std::string_view date, std::string& head) {
    head.assign("HTTP/1.1 ");
    append_number(head, static_cast<std::size_t>(response.status));
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
    head.append(" ").append(reason.data(), reason.size()).append("\r\n");
    append_header(head, "Date", date);
    const bool has_body_by_status = response.status != 204 && response.status != 304;
    if (has_body_by_status) {
        if (response.content_type != "") append_header(head, "Content-Type", response.content_type);
        head.append("Content-Length: ");
        append_number(head, response.body.size());
        head.append("\r\n");
    }
    for (const auto& [name, value] : response.headers) {
        if (name.empty() || ends_its_line(name) || name.find(':') != std::string::npos || ends_its_line(value))
            return false;
        append_header(head, name, value);
    }
    if (ends_its_line(response.correlation_id)) return false;
    if (!response.correlation_id.empty()) append_common_headers(response, head);
    if (frame.is_close)
        append_header(head, "Connection", "close");
    else if (frame.is_http_one_zero)
        append_header(head, "Connection", "keep-alive");
    head.append("\r\n");
    return true;
}

Response edge_problem(int status, std::string_view code, std::string_view message) {
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    const auto title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    // Codes and messages are literals of ours: nothing in them needs escaping.
    response.body.append(R"({"type":"/problems/)")
        .append(code)
        .append(R"(","title":")")
        .append(title.data(), title.size());
    response.body.append(R"(","status":)").append(std::to_string(status));
    response.body.append(R"(,"code":")").append(code).append(R"(","detail":")").append(message);
    response.correlation_id = to_text(World{system_clock(), system_random()}.new_uuid());
    response.body.append(R"(","correlation_id":")").append(response.correlation_id).append(R"("})");
    if (status == 503 || status == 429) response.headers.emplace_back("Retry-After", "1");
    return response;
}

std::string_view http_date() {
    thread_local std::int64_t made_for_s = -1;
    thread_local std::array<char, 64> text;
    thread_local std::size_t size = 0;
    const std::int64_t now_s = system_clock().now().ms / 1000;
    if (now_s != made_for_s) {
        made_for_s = now_s;
        const std::time_t time = now_s;
        std::tm parts{};
        gmtime_r(&time, &parts);
        // The process runs in the C locale, so these are the English names that HTTP asks for.
        size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return {text.data(), size};
}

}  // namespace florin::http
