#include "message.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "florin/security/encoding.hpp"

namespace florin::smtp {
namespace {

using notifications::Attachment;
using notifications::Letter;

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t longest_line = 76;
constexpr std::size_t longest_word = 75;
constexpr std::string_view hex = "0123456789ABCDEF";

std::string escaped(char c, char sign) {
    const auto octet = static_cast<unsigned char>(c);
    return {sign, hex[octet >> 4], hex[octet & 15]};
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f; }
bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// How many octets the character at the beginning has.
std::size_t length_of_character(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && length < 4 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) ++length;
    return length;
}

std::string base64_lines(std::string_view content) {
    const std::string text = security::to_base64(content);
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += longest_line)
        lines.append(text, at, longest_line).append(line_end);
    return lines;
}

/// A name before an address.
std::string person(const std::string& name, const std::string& email) {
    if (name.empty()) return email;
    const bool is_short = name.size() <= 60 && std::ranges::all_of(name, is_plain);
    if (!is_short) return header_text(name) + std::string{line_end} + " <" + email + ">";
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted.push_back('\\');
        quoted.push_back(c);
    }
    return quoted + "\" <" + email + ">";
}

std::string part(std::string_view type, std::string_view text) {
    std::string out = "Content-Type: " + std::string{type} + "; charset=utf-8\r\n";
    out += "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    return out + quoted_printable(text);
}

/// `boundary` begins with `=_`, which neither of the encodings can make.
std::string joined(std::string_view kind, const std::string& boundary, const std::vector<std::string>& parts) {
    std::string out = "Content-Type: multipart/" + std::string{kind} + ";\r\n boundary=\"" + boundary + "\"\r\n\r\n";
    for (const std::string& one : parts) out += "--" + boundary + "\r\n" + one;
    return out + "--" + boundary + "--\r\n";
}

std::string file_part(const Attachment& file) {
    std::string plain, encoded;
    for (const char c : file.name) {
        plain.push_back(is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ? c : '_');
        encoded += is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ? std::string{c} : escaped(c, '%');
    }
    std::string out =
        "Content-Type: " + file.content_type + "\r\nContent-Disposition: attachment;\r\n filename=\"" + plain + "\"";
    if (plain != file.name) out += ";\r\n filename*=UTF-8''" + encoded;
    return out + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(file.content);
}

bool is_type(std::string_view type) {
    return type.size() <= 70 && std::ranges::count(type, '/') == 1 && std::ranges::all_of(type, [](char c) {
               return is_letter_or_digit(c) || c == '/' || c == '.' || c == '-' || c == '+';
           });
}

Result<void> validate(const Letter& letter) {
    if (!notifications::is_address(letter.from_email) || !notifications::is_address(letter.content.to_email))
        return fail(ErrorKind::invalid, "invalid_email", "Mail cannot be sent from or to that address.");
    for (const std::string* const text :
         {&letter.message_id, &letter.from_name, &letter.content.to_name, &letter.content.subject})
        if (!notifications::is_header_text(*text))
            return fail(ErrorKind::invalid, "invalid_header_text", "A header of the mail would have a line end.");
    for (const Attachment& file : letter.attachments)
        if (!is_type(file.content_type) || !notifications::is_header_text(file.name) || file.name.size() > 100)
            return fail(ErrorKind::invalid, "invalid_header_text", "A file has a name or type that it cannot have.");
    return {};
}

}  // namespace

std::string quoted_printable(std::string_view text) {
    std::string out;
    std::string line;
    const auto end_line = [&] {
        // White space at the end of a line is lost on the way.
        if (!line.empty() && (line.back() == ' ' || line.back() == '\t')) {
            const char last = line.back();
            line.pop_back();
            line += escaped(last, '=');
        }
        out += line;
        out += line_end;
        line.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        if (c == '\n' || c == '\r') {
            end_line();
            continue;
        }
        const bool is_itself = (is_plain(c) && c != '=') || c == '\t';
        // A point that begins a line would end the mail.
        const std::string next = is_itself && !(c == '.' && line.empty()) ? std::string{c} : escaped(c, '=');
        // Three octets may follow white space at the end, and the sign that the line goes on.
        if (line.size() + next.size() > longest_line - 3) {
            out += line;
            out += "=\r\n";
            line = c == '.' ? escaped(c, '=') : next;
        } else {
            line += next;
        }
    }
    if (!line.empty()) end_line();
    return out;
}

std::string header_text(std::string_view text) {
    const bool is_short = text.size() <= 60 && std::ranges::all_of(text, is_plain) && !text.contains("=?") &&
                          !text.starts_with(' ') && !text.ends_with(' ');
    if (is_short) return std::string{text};
    constexpr std::string_view begin = "=?utf-8?q?", end = "?=";
    // The first one stands behind the header's name.
    constexpr std::size_t room = longest_word - begin.size() - end.size() - 10;
    std::string out;
    std::string word;
    while (!text.empty()) {
        const std::size_t length = length_of_character(text);
        std::string next;
        for (const char c : text.substr(0, length))
            next += c == ' ' ? "_" : is_letter_or_digit(c) ? std::string{c} : escaped(c, '=');
        if (word.size() + next.size() > room) {
            out.append(out.empty() ? "" : "\r\n ").append(begin).append(word).append(end);
            word.clear();
        }
        word += next;
        text.remove_prefix(length);
    }
    return out.append(out.empty() ? "" : "\r\n ").append(begin).append(word).append(end);
}

std::string date_text(Instant at) {
    using namespace std::chrono;
    const sys_time<milliseconds> moment{milliseconds{at.ms}};
    const auto day = floor<days>(moment);
    const year_month_day date{day};
    const hh_mm_ss time{floor<seconds>(moment - day)};
    constexpr std::array week{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d +0000", week[weekday{day}.c_encoding()],
                  static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                  static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    return text;
}

Result<std::string> message_of(const Letter& letter) {
    if (auto valid = validate(letter); !valid) return fail(std::move(valid.error()));
    const auto& content = letter.content;
    std::string out = "Date: " + date_text(letter.at) + "\r\n";
    out += "From: " + person(letter.from_name, letter.from_email) + "\r\n";
    out += "To: " + person(content.to_name, content.to_email) + "\r\n";
    out += "Subject: " + header_text(content.subject) + "\r\n";
    out += "Message-ID: " + letter.message_id + "\r\n";
    out += "Auto-Submitted: auto-generated\r\n";
    out += "X-Florin-Attempt: " + std::to_string(letter.attempt) + "\r\n";
    out += "MIME-Version: 1.0\r\n";
    std::string body = part("text/plain", content.text);
    if (!content.html.empty())
        body = joined("alternative", "=_a_" + letter.id, {body, part("text/html", content.html)});
    if (!letter.attachments.empty()) {
        std::vector<std::string> parts{std::move(body)};
        for (const Attachment& file : letter.attachments) parts.push_back(file_part(file));
        body = joined("mixed", "=_m_" + letter.id, parts);
    }
    return out + body;
}

}  // namespace florin::smtp
