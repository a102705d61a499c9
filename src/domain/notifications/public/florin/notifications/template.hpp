#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/result.hpp"

namespace florin::notifications {

/// Words with gaps: subject and text as they are, HTML with what fills the gaps escaped. Mustache, of which
/// `{{name}}`, `{{a.b}}`, sections, inverted sections and comments are allowed.
struct TemplateText {
    std::string subject, text, html;  ///< `html` may be empty: then the mail is plain text.
};

struct Template {
    std::string name, language;
    TemplateText words;
    bool is_built_in = false;  ///< Florin's own.
    std::int64_t version = 0;  ///< 0: built in.
    Instant created_at, updated_at;
};

/// Rendered.
struct Words {
    std::string subject, text, html;
};

/// Errors (`invalid`): `invalid_template`, with the field.
Result<void> validate(const TemplateText& words);
/// What fills the gaps as it is written in `locale` (`de-AT`): `{"amount":"12.50","currency":"EUR"}` is an amount,
/// `{"date":"2026-11-20"}` a day. In a language that Florin has no words in: `12.50 EUR`, `2026-11-20`.
/// Errors: those of `validate`; `invalid` (`invalid_header_text`, field `subject`: what fills the subject has line ends
/// or it is empty; `mail_too_large`; `malformed_json` and its like for the data; those of amounts and days).
Result<Words> render(const TemplateText& words, std::string_view data, std::string_view locale = "en");

/// Florin's own, by name and language.
const std::vector<Template>& built_in_templates();
/// `de`, `de-at`: two or three letters, and a region. Nothing for what is no language. Folded to lower case.
std::optional<std::string> parse_language(std::string_view text);

}  // namespace florin::notifications
