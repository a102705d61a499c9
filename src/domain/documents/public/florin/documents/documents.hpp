#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/money.hpp"
#include "florin/base/result.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::documents {

using store::Reader;
using store::Tx;
using DocumentId = Id<struct DocumentTag>;

enum class Kind { invoice, receipt, credit_note, agreement };
std::string_view to_text(Kind kind);

struct Line {
    std::string description;
    std::int64_t quantity = 1;
    Money amount;  ///< Of all of it; of a credit negative.
};
/// A row of an agreement's schedule.
struct ScheduleRow {
    std::int64_t number = 1;
    calendar::Date due_date;
    Money amount;
};

/// Something a customer receives. What it is about is fixed when it is issued.
struct NewDocument {
    MerchantId merchant;
    Kind kind = Kind::receipt;
    /// What it is issued because of: `charge:<id>:receipt`. There is one document of it (F124).
    std::string_view cause;
    std::string customer_id;
    calendar::Date issued_on;
    std::vector<Line> lines;
    Money total;
    std::string subject;                  ///< `Instalment 3 of 12`
    std::optional<DocumentId> refers_to;  ///< A credit note's invoice or receipt.
    std::vector<ScheduleRow> schedule;    ///< Of an agreement.
    std::string payment_words;            ///< `Visa ending in 1111`; empty: none.
    std::string owner_kind;               ///< As in `billing::Turn`; empty: none.
    Uuid owner{};
};

struct Document {
    MerchantId merchant;
    DocumentId id;
    Kind kind = Kind::receipt;
    std::string number;  ///< `RCT-000017`: of its series, without gaps.
    std::string cause, customer_id, owner_kind;
    Uuid owner{};
    calendar::Date issued_on;
    Money total;
    Instant created_at;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const security::KeyRing& keys;
    const audit::Log& audit;
    const merchants::Merchants& merchants;
    /// Where links point: `https://pay.example.com`, without a slash at the end.
    std::function<std::string()> public_url;
};

/// Invoices, receipts, credit notes and agreements: gapless numbers, PDFs. Any scheduler.
class Documents {
public:
    explicit Documents(Surroundings surroundings);
    ~Documents();
    Documents(const Documents&) = delete;

    /// In the caller's unit, which takes the number: a unit that does not commit leaves no gap. The document that was
    /// issued for the cause before, if there is one.
    Document issue(Tx& tx, const NewDocument& document);
    std::optional<Document> find(Reader& reader, MerchantId merchant, DocumentId id);
    std::optional<Document> find_by_cause(Reader& reader, MerchantId merchant, std::string_view cause);
    /// The PDF: the same bytes whenever it is asked for. Error `document_not_found`.
    Task<Result<std::string>> pdf(MerchantId merchant, DocumentId id);
    /// A link by which anybody who has it can read the PDF until `expires_at`.
    std::string link(MerchantId merchant, DocumentId id, Instant expires_at) const;

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::documents
