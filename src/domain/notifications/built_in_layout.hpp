#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "florin/notifications/template.hpp"

namespace florin::notifications {

/// A part of a mail. In `words` a text between asterisks is stressed.
struct Block {
    enum class Kind {
        paragraph,
        fact,  ///< `label` and what it is; those that follow each other are a table.
        link,  ///< `label` leads to `words`.
    };
    Kind kind = Kind::paragraph;
    std::string_view words;
    std::string_view label = {};
    /// Shown only where there is that: `reference`; `^retry_on`: only where there is not. Empty: always.
    std::string_view when = {};
};

/// The words of one mail, from which its text and its HTML are both made: neither says what the other does not.
struct OwnTemplate {
    std::string_view name, language, subject;
    std::vector<Block> blocks;
    /// Whether it goes to a merchant's customer, who is greeted and told who writes; others are plain text.
    bool is_letter = true;
};

Template template_of(const OwnTemplate& own);

}  // namespace florin::notifications
