#include "target.hpp"

#include <algorithm>

#include "text.hpp"

namespace florin::http {
namespace {

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || others.contains(c);
    });
}

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
}

std::unexpected<Error> bad_url() {
    return fail(ErrorKind::invalid, "bad_url", "The address to call is not a http or https URL.", "url");
}

}  // namespace

std::string Target::origin() const { return (is_tls ? "https://" : "http://") + host + " " + port; }

Result<Target> parse_url(std::string_view url) {
    Target target;
    if (!std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; }))
        return bad_url();
    if (url.starts_with("https://"))
        target.is_tls = true;
    else if (!url.starts_with("http://"))
        return bad_url();
    url.remove_prefix(target.is_tls ? 8 : 7);

    const std::string_view authority = url.substr(0, url.find_first_of("/?"));
    url.remove_prefix(authority.size());
    target.authority = authority;
    target.path_and_query = url.starts_with('/') ? std::string{url} : "/" + std::string{url};

    const bool is_bracketed = authority.starts_with('[');
    const std::size_t host_end = is_bracketed ? authority.find(']') : authority.find(':');
    if (is_bracketed && host_end == std::string_view::npos) return bad_url();
    target.host = is_bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end);
    std::string_view rest =
        host_end == std::string_view::npos ? "" : authority.substr(host_end + (is_bracketed ? 1 : 0));
    const std::string_view allowed = is_bracketed ? "0123456789abcdefABCDEF:." : "-._";
    if (target.host.empty() || target.host.size() > 253 || !std::ranges::all_of(target.host, [&](char c) {
            return allowed.contains(c) ||
                   (!is_bracketed && ((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z')));
        }))
        return bad_url();

    if (rest.empty()) {
        target.port = target.is_tls ? "443" : "80";
        return target;
    }
    if (!rest.starts_with(':')) return bad_url();
    rest.remove_prefix(1);
    if (rest.empty() || rest.size() > 5 || !std::ranges::all_of(rest, [](char c) { return c >= '0' && c <= '9'; }))
        return bad_url();
    const int port = std::stoi(std::string{rest});
    if (port < 1 || port > 65535) return bad_url();
    target.port = std::to_string(port);
    return target;
}

Result<std::string> request_head(const Call& call, const Target& target) {
    if (!is_token(call.method)) return fail(ErrorKind::invalid, "bad_header", "The method is not a word.", "method");
    std::string head;
    head.reserve(512);
    head.append(call.method).append(" ").append(target.path_and_query).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(target.authority).append("\r\n");
    constexpr std::string_view ours[] = {"host", "content-length", "transfer-encoding", "connection", "expect"};
    for (const auto& [name, value] : call.headers) {
        std::string lower_name = name;
        std::ranges::transform(lower_name, lower_name.begin(), lower);
        if (!is_token(name) || !is_field_value(value) || std::ranges::find(ours, lower_name) != std::end(ours))
            return fail(ErrorKind::invalid, "bad_header", "A header of the call cannot be sent: " + name, "headers");
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (!call.body.empty() || (call.method != "GET" && call.method != "HEAD"))
        head.append("Content-Length: ").append(std::to_string(call.body.size())).append("\r\n");
    head.append("\r\n");
    return head;
}

}  // namespace florin::http
