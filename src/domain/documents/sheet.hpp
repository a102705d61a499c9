#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/documents/documents.hpp"
#include "logo.hpp"

namespace florin::documents {

/// What of the merchant stands on a document.
struct Letterhead {
    std::string name;
    std::vector<std::string> address_lines;
    std::string tax_line, support_email;
};

/// What a document says of the matter; nothing personal.
struct Content {
    std::string subject;
    std::vector<Line> lines;
    std::vector<ScheduleRow> schedule;
    std::vector<std::string> paragraphs;
};

/// What a document knows of a person.
struct Personal {
    std::string name;
    std::vector<std::string> address_lines;
    std::string payment_words;
};

/// All that a PDF is made of.
struct Sheet {
    Kind kind = Kind::receipt;
    std::string number;
    calendar::Date issued_on;
    std::string customer_id, locale;
    Money total;
    Letterhead letterhead;
    std::shared_ptr<const Logo> logo;  ///< Null: none.
    Content content;
    std::optional<Personal> personal;        ///< Nothing: nothing is known of the person, or no longer.
    std::optional<Document> refers_to = {};  ///< The document that a credit note is for.
};

/// The PDF: always the same for the same sheet. Any thread.
std::string render(const Sheet& sheet);

}  // namespace florin::documents
