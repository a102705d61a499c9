// How Florin's own mails look, as text and as a page: light and dark, narrow and wide, without pictures or scripts.

#include "built_in_layout.hpp"

#include <array>

#include "florin/base/check.hpp"

namespace florin::notifications {
namespace {

/// Programs that know no `prefers-color-scheme` show the light one.
constexpr std::string_view style =
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:32px 16px;background:#f2f4f7;color:#1d2430;"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}"
    ".card{max-width:520px;margin:0 auto;padding:32px;background:#ffffff;border:1px solid #dfe3ea;border-radius:12px;"
    "overflow-wrap:break-word}"
    ".from{margin:0 0 24px;padding:0 0 16px;border-bottom:1px solid #dfe3ea;font-weight:600}"
    "p{margin:0 0 16px}"
    "table{width:100%;margin:8px 0 24px;border-collapse:collapse}"
    "th,td{padding:8px 0;border-bottom:1px solid #dfe3ea;vertical-align:top}"
    "th{padding-right:16px;text-align:left;font-weight:400;color:#566072}"
    "tr:last-child th,tr:last-child td{border-bottom:0}"
    ".card>:last-child{margin-bottom:0}"
    "td{text-align:right;font-variant-numeric:tabular-nums}"
    ".go{display:inline-block;padding:10px 20px;border-radius:8px;background:#1a56c4;color:#ffffff;font-weight:600;"
    "text-decoration:none}"
    ".foot{max-width:520px;margin:16px auto 0;padding:0 32px;font-size:13px;color:#566072}"
    ".foot a{color:inherit}"
    "@media (max-width:480px){body{padding:12px 8px}.card{padding:24px 20px}.foot{padding:0 20px}}"
    "@media (prefers-color-scheme:dark){"
    "body{background:#12161d;color:#e7eaf0}"
    ".card{background:#1b212b;border-color:#323b4a}"
    ".from,th,td{border-color:#323b4a}"
    "th,.foot{color:#a3adbd}"
    ".go{background:#8ab4ff;color:#0b1730}}";

struct Phrases {
    std::string_view language, greeting, questions;
};
constexpr std::array phrases{
    Phrases{"en", "Hello{{#name}} {{name}}{{/name}},", "Questions? Write to {{support_email}}."},
    Phrases{"de", "Guten Tag{{#name}} {{name}}{{/name}},", "Fragen? Schreiben Sie an {{support_email}}."},
};
const Phrases& phrases_of(std::string_view language) { return language == "de" ? phrases[1] : phrases[0]; }

/// What stands between asterisks, between `begin` and `end`.
std::string stressed(std::string_view words, std::string_view begin, std::string_view end) {
    std::string out;
    bool is_inside = false;
    for (const char c : words) {
        if (c != '*') {
            out.push_back(c);
            continue;
        }
        out += is_inside ? end : begin;
        is_inside = !is_inside;
    }
    return out;
}

/// `inner`, shown as `when` says.
std::string only_when(std::string_view when, std::string inner) {
    if (when.empty()) return inner;
    const bool is_inverted = when.starts_with('^');
    const std::string name{is_inverted ? when.substr(1) : when};
    return (is_inverted ? "{{^" : "{{#") + name + "}}" + std::move(inner) + "{{/" + name + "}}";
}

std::string text_of(const Block& block) {
    const std::string words = stressed(block.words, "", "");
    switch (block.kind) {
        case Block::Kind::paragraph:
            return words + "\n\n";
        case Block::Kind::fact:
            return std::string{block.label} + ": " + words;
        case Block::Kind::link:
            return std::string{block.label} + ":\n" + words + "\n\n";
    }
    return {};
}

std::string html_of(const Block& block) {
    const std::string words = stressed(block.words, "<b>", "</b>"), label{block.label};
    switch (block.kind) {
        case Block::Kind::paragraph:
            return "<p>" + words + "</p>\n";
        case Block::Kind::fact:
            return "<tr><th scope=\"row\">" + label + "</th><td>" + words + "</td></tr>\n";
        case Block::Kind::link:
            return "<p><a class=\"go\" href=\"" + words + "\">" + label + "</a></p>\n";
    }
    return {};
}

std::string text_of(const OwnTemplate& own) {
    std::string text;
    if (own.is_letter) text.append(phrases_of(own.language).greeting).append("\n\n");
    bool is_among_facts = false;
    for (const Block& block : own.blocks) {
        const bool is_fact = block.kind == Block::Kind::fact;
        check(!is_fact || is_among_facts || block.when.empty(), "a table begins with what is always there");
        if (is_among_facts && !is_fact) text += "\n\n";
        // Mustache takes away a line that has nothing but a tag, so each tag stands where there are words.
        text += only_when(block.when, (is_fact && is_among_facts ? "\n" : "") + text_of(block));
        is_among_facts = is_fact;
    }
    if (is_among_facts) text += "\n\n";
    if (own.is_letter)
        text += "{{#merchant}}{{merchant}}\n{{/merchant}}{{#support_email}}" +
                std::string{phrases_of(own.language).questions} + "\n{{/support_email}}";
    return text;
}

std::string html_of(const OwnTemplate& own) {
    const Phrases& said = phrases_of(own.language);
    std::string html = "<!doctype html>\n<html lang=\"" + std::string{own.language} +
                       "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                       "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light "
                       "dark\">\n<title>" +
                       std::string{own.subject} + "</title>\n<style>" + std::string{style} +
                       "</style></head>\n<body><div class=\"card\">\n{{#merchant}}<p "
                       "class=\"from\">{{merchant}}</p>\n{{/merchant}}<p>" +
                       std::string{said.greeting} + "</p>\n";
    bool is_among_facts = false;
    for (const Block& block : own.blocks) {
        const bool is_fact = block.kind == Block::Kind::fact;
        if (is_fact && !is_among_facts) html += "<table>\n";
        if (!is_fact && is_among_facts) html += "</table>\n";
        is_among_facts = is_fact;
        html += only_when(block.when, html_of(block));
    }
    if (is_among_facts) html += "</table>\n";
    return html + "</div>\n{{#support_email}}<p class=\"foot\">" + std::string{said.questions} +
           "</p>\n{{/support_email}}</body></html>\n";
}

}  // namespace

Template template_of(const OwnTemplate& own) {
    return {.name = std::string{own.name},
            .language = std::string{own.language},
            .words = {.subject = std::string{own.subject},
                      .text = text_of(own),
                      .html = own.is_letter ? html_of(own) : std::string{}},
            .is_built_in = true,
            .version = 0,
            .created_at = {},
            .updated_at = {}};
}

}  // namespace florin::notifications
