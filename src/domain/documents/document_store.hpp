#pragma once

#include <optional>
#include <vector>

#include "florin/documents/documents.hpp"

/// Rows and SQL of documents; nothing else.
namespace florin::documents::rows {

using Octets = std::vector<std::uint8_t>;

/// A document as it rests.
struct DocumentRow {
    Document document;
    std::string series;
    std::int64_t number = 0;
    std::string content, locale;
    Sha256 letterhead{};
    std::optional<Octets> sealed_party;
};
/// A person's key; without it they are erased.
struct PersonRow {
    std::optional<Octets> sealed_key;
};
struct LetterheadRow {
    std::string content, logo;
};
struct AcceptanceRow {
    Instant accepted_at;
    Sha256 pdf_sha256{};
    Octets sealed_evidence, sealed_pdf;
};

/// Takes the series' next number. Whoever else takes one waits for the end of this unit.
std::int64_t take_number(Tx& tx, MerchantId merchant, std::string_view series);
/// Gives back the number that this unit has just taken.
void give_back_number(Tx& tx, MerchantId merchant, std::string_view series);

/// False: there is a document of that cause.
[[nodiscard]] bool insert(Tx& tx, const DocumentRow& row);
std::optional<DocumentRow> find(Reader& reader, MerchantId merchant, DocumentId id);
std::optional<DocumentRow> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause);
std::vector<DocumentRow> list(Reader& reader, MerchantId merchant, const DocumentFilter& filter);

std::optional<PersonRow> find_person(Reader& reader, MerchantId merchant, std::string_view customer_id);
/// False: there is one.
[[nodiscard]] bool insert_person(Tx& tx, MerchantId merchant, std::string_view customer_id, const Octets& sealed_key);
/// Also of whom nothing was known yet.
void erase_person(Tx& tx, MerchantId merchant, std::string_view customer_id);

bool has_letterhead(Reader& reader, MerchantId merchant, const Sha256& digest);
void keep_letterhead(Tx& tx, MerchantId merchant, const Sha256& digest, const LetterheadRow& row);
LetterheadRow letterhead(Reader& reader, MerchantId merchant, const Sha256& digest);

/// False: there is one.
[[nodiscard]] bool insert_acceptance(Tx& tx, MerchantId merchant, DocumentId id, const AcceptanceRow& row);
std::optional<AcceptanceRow> find_acceptance(Reader& reader, MerchantId merchant, DocumentId id);

}  // namespace florin::documents::rows
