#include "document_store.hpp"

#include <algorithm>

#include "florin/base/check.hpp"
#include "numbering.hpp"

namespace florin::documents::rows {
namespace {

using store::Row;
using store::Sql;

// The row stays locked until the commit, so numbers are taken one unit after another, also on PostgreSQL.
Sql take_number_sql{"document_series.take", R"sql(
    INSERT INTO document_series (merchant_id, series, last_number) VALUES ($1, $2, 1)
    ON CONFLICT (merchant_id, series) DO UPDATE SET last_number = document_series.last_number + 1
    RETURNING last_number
)sql"};
Sql give_back_sql{"document_series.give_back", R"sql(
    UPDATE document_series SET last_number = last_number - 1 WHERE merchant_id = $1 AND series = $2
)sql"};

#define FLORIN_DOCUMENT_COLUMNS                                                                              \
    "id, kind, series, number, cause, customer_id, owner_kind, owner_id, issued_on, currency, total_minor, " \
    "content, locale, letterhead, sealed_party, refers_to, created_at"

Sql insert_sql{"documents.insert", "INSERT INTO documents (merchant_id, " FLORIN_DOCUMENT_COLUMNS R"sql()
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    ON CONFLICT (merchant_id, cause) DO NOTHING
)sql"};
Sql find_sql{"documents.find", "SELECT " FLORIN_DOCUMENT_COLUMNS " FROM documents WHERE merchant_id = $1 AND id = $2"};
Sql find_by_cause_sql{"documents.find_by_cause",
                      "SELECT " FLORIN_DOCUMENT_COLUMNS " FROM documents WHERE merchant_id = $1 AND cause = $2"};

// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_LIST_HEAD "SELECT " FLORIN_DOCUMENT_COLUMNS " FROM documents WHERE merchant_id = $1 AND id < $2"
#define FLORIN_LIST_TAIL " AND issued_on >= $3 AND issued_on < $4 AND ($5 = '' OR kind = $5) ORDER BY id DESC LIMIT $6"
Sql list_sql{"documents.list", FLORIN_LIST_HEAD FLORIN_LIST_TAIL};
Sql list_by_customer_sql{"documents.list_by_customer", FLORIN_LIST_HEAD " AND customer_id = $7" FLORIN_LIST_TAIL};
Sql list_by_owner_sql{"documents.list_by_owner",
                      FLORIN_LIST_HEAD " AND owner_id = $7 AND ($8 = '' OR customer_id = $8)" FLORIN_LIST_TAIL};

Sql find_person_sql{"document_persons.find", R"sql(
    SELECT sealed_key FROM document_persons WHERE merchant_id = $1 AND customer_id = $2
)sql"};
Sql insert_person_sql{"document_persons.insert", R"sql(
    INSERT INTO document_persons (merchant_id, customer_id, sealed_key) VALUES ($1, $2, $3)
    ON CONFLICT (merchant_id, customer_id) DO NOTHING
)sql"};
Sql erase_person_sql{"document_persons.erase", R"sql(
    INSERT INTO document_persons (merchant_id, customer_id, erased_at) VALUES ($1, $2, $3)
    ON CONFLICT (merchant_id, customer_id) DO UPDATE SET sealed_key = NULL, erased_at = $3
    WHERE document_persons.erased_at IS NULL
)sql"};

Sql has_letterhead_sql{"document_letterheads.has", R"sql(
    SELECT 1 FROM document_letterheads WHERE merchant_id = $1 AND digest = $2
)sql"};
Sql keep_letterhead_sql{"document_letterheads.keep", R"sql(
    INSERT INTO document_letterheads (merchant_id, digest, content, logo) VALUES ($1, $2, $3, $4)
    ON CONFLICT (merchant_id, digest) DO NOTHING
)sql"};
Sql letterhead_sql{"document_letterheads.find", R"sql(
    SELECT content, logo FROM document_letterheads WHERE merchant_id = $1 AND digest = $2
)sql"};

Sql insert_acceptance_sql{"document_acceptances.insert", R"sql(
    INSERT INTO document_acceptances (merchant_id, document_id, accepted_at, pdf_sha256, sealed_evidence, sealed_pdf)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (merchant_id, document_id) DO NOTHING
)sql"};
Sql find_acceptance_sql{"document_acceptances.find", R"sql(
    SELECT accepted_at, pdf_sha256, sealed_evidence, sealed_pdf FROM document_acceptances
    WHERE merchant_id = $1 AND document_id = $2
)sql"};

Octets octets_of(const Row& row, int column) {
    const auto bytes = row.bytes(column);
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {begin, begin + bytes.size()};
}

Sha256 digest_of(const Row& row, int column) {
    const Octets bytes = octets_of(row, column);
    Sha256 digest{};
    check(bytes.size() == digest.size(), "a digest has 32 bytes");
    std::ranges::copy(bytes, digest.begin());
    return digest;
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

DocumentRow row_of(const Row& row, MerchantId merchant) {
    const auto currency = Currency::of(row.text(9));
    check(currency.has_value(), "a document's currency is one");
    const auto total = Money::of(row.integer(10), *currency);
    const auto issued_on = calendar::parse_date(row.text(8));
    const auto kind = parse_kind(row.text(1));
    check(total && issued_on && kind, "a document can be read as it was written");
    DocumentRow read{.document = {.merchant = merchant,
                                  .id = row.id<DocumentId>(0),
                                  .kind = *kind,
                                  .number = {},
                                  .cause = row.string(4),
                                  .customer_id = row.string(5),
                                  .owner_kind = row.optional_string(6).value_or(""),
                                  .owner = row.is_null(7) ? Uuid{} : row.uuid(7),
                                  .issued_on = *issued_on,
                                  .total = *total,
                                  .refers_to = row.optional_id<DocumentId>(15),
                                  .created_at = row.instant(16)},
                     .series = row.string(2),
                     .number = row.integer(3),
                     .content = row.string(11),
                     .locale = row.string(12),
                     .letterhead = digest_of(row, 13),
                     .sealed_party = std::nullopt};
    read.document.number = number_text(read.series, read.number);
    if (!row.is_null(14)) read.sealed_party = octets_of(row, 14);
    return read;
}

}  // namespace

std::int64_t take_number(Tx& tx, MerchantId merchant, std::string_view series) {
    const auto taken = tx.first(take_number_sql, [](const Row& row) { return row.integer(0); }, merchant, series);
    check(taken.has_value(), "a series always has a next number");
    return *taken;
}

void give_back_number(Tx& tx, MerchantId merchant, std::string_view series) { tx.run(give_back_sql, merchant, series); }

bool insert(Tx& tx, const DocumentRow& row) {
    const Document& d = row.document;
    const bool has_owner = !d.owner_kind.empty();
    return tx.claim(insert_sql, d.merchant, d.id, to_text(d.kind), row.series, row.number, d.cause, d.customer_id,
                    has_owner ? std::optional{d.owner_kind} : std::nullopt,
                    has_owner ? std::optional{d.owner} : std::nullopt, calendar::to_text(d.issued_on), d.total.code(),
                    d.total.minor(), row.content, row.locale, row.letterhead, row.sealed_party, d.refers_to,
                    d.created_at);
}

std::optional<DocumentRow> find(Reader& reader, MerchantId merchant, DocumentId id) {
    return reader.first(find_sql, [&](const Row& row) { return row_of(row, merchant); }, merchant, id);
}

std::optional<DocumentRow> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause) {
    return reader.first(find_by_cause_sql, [&](const Row& row) { return row_of(row, merchant); }, merchant, cause);
}

std::vector<DocumentRow> list(Reader& reader, MerchantId merchant, const DocumentFilter& filter) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const std::string from = filter.issued_from ? calendar::to_text(*filter.issued_from) : "0000-00-00";
    const std::string until = filter.issued_before ? calendar::to_text(*filter.issued_before) : "9999-99-99";
    const std::string_view kind = filter.kind ? to_text(*filter.kind) : "";
    const auto map = [&](const Row& row) { return row_of(row, merchant); };
    if (filter.owner)
        return reader.all(list_by_owner_sql, map, merchant, before, from, until, kind, filter.limit, *filter.owner,
                          filter.customer_id.value_or(""));
    if (filter.customer_id)
        return reader.all(list_by_customer_sql, map, merchant, before, from, until, kind, filter.limit,
                          *filter.customer_id);
    return reader.all(list_sql, map, merchant, before, from, until, kind, filter.limit);
}

std::optional<PersonRow> find_person(Reader& reader, MerchantId merchant, std::string_view customer_id) {
    const auto map = [](const Row& row) {
        return PersonRow{row.is_null(0) ? std::nullopt : std::optional{octets_of(row, 0)}};
    };
    return reader.first(find_person_sql, map, merchant, customer_id);
}

bool insert_person(Tx& tx, MerchantId merchant, std::string_view customer_id, const Octets& sealed_key) {
    return tx.claim(insert_person_sql, merchant, customer_id, sealed_key);
}

void erase_person(Tx& tx, MerchantId merchant, std::string_view customer_id) {
    tx.run(erase_person_sql, merchant, customer_id, tx.now());
}

bool has_letterhead(Reader& reader, MerchantId merchant, const Sha256& digest) {
    return reader.first(has_letterhead_sql, [](const Row&) { return true; }, merchant, digest).has_value();
}

void keep_letterhead(Tx& tx, MerchantId merchant, const Sha256& digest, const LetterheadRow& row) {
    tx.later(keep_letterhead_sql, merchant, digest, row.content, bytes_of(row.logo));
}

LetterheadRow letterhead(Reader& reader, MerchantId merchant, const Sha256& digest) {
    const auto map = [](const Row& row) {
        const auto logo = row.bytes(1);
        return LetterheadRow{.content = row.string(0),
                             .logo = std::string{reinterpret_cast<const char*>(logo.data()), logo.size()}};
    };
    auto found = reader.first(letterhead_sql, map, merchant, digest);
    check(found.has_value(), "a document's letterhead is kept");
    return std::move(*found);
}

bool insert_acceptance(Tx& tx, MerchantId merchant, DocumentId id, const AcceptanceRow& row) {
    return tx.claim(insert_acceptance_sql, merchant, id, row.accepted_at, row.pdf_sha256, row.sealed_evidence,
                    row.sealed_pdf);
}

std::optional<AcceptanceRow> find_acceptance(Reader& reader, MerchantId merchant, DocumentId id) {
    const auto map = [](const Row& row) {
        return AcceptanceRow{.accepted_at = row.instant(0),
                             .pdf_sha256 = digest_of(row, 1),
                             .sealed_evidence = octets_of(row, 2),
                             .sealed_pdf = octets_of(row, 3)};
    };
    return reader.first(find_acceptance_sql, map, merchant, id);
}

}  // namespace florin::documents::rows
